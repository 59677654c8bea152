# Tests molecules/design/families.py
"""The oracle: each different molecule costs one call, is written before it is used, and is never asked again."""

import os

import pandas as pd
import pytest

pytest.importorskip("rdkit")

from genwright.core.errors import RunError, TrainingFailed  # noqa: E402
from genwright.molecules.design.families import Proposal  # noqa: E402
from genwright.molecules.design.oracle import Answer, CallsFile, Oracle, Spent  # noqa: E402


class Lengths:
    """The length of a SMILES; those with an F cannot be scored."""

    def __init__(self):
        self.asked = []

    def __call__(self, smiles):
        self.asked += smiles
        return [Answer(None, error="an\nF") if "F" in text else Answer(float(len(text))) for text in smiles]


def proposals(*smiles):
    return [Proposal(text) for text in smiles]


def test_the_same_molecule_costs_one_call(tmp_path):
    score = Lengths()
    with CallsFile(tmp_path, ()) as file:
        oracle = Oracle(file, score, "genetic", 0)
        assert oracle(proposals("C", "CC", "C")) == [1, 2, 1] and oracle.news
        assert oracle(proposals("CC")) == [2] and not oracle.news
        assert score.asked == ["C", "CC"] and oracle.count == 2


def test_recorded_calls_answer_a_search_that_begins_again(tmp_path):
    with CallsFile(tmp_path, ()) as file:
        Oracle(file, Lengths(), "genetic", 0)(proposals("C", "FC"))
    score = Lengths()
    with CallsFile(tmp_path, ()) as file:
        oracle = Oracle(file, score, "genetic", 0)
        assert oracle(proposals("C", "FC", "CC")) == [1, 1, 2]
        assert score.asked == ["CC"] and oracle.count == 3
        other = Oracle(file, score, "genetic", 1)
        assert other(proposals("C")) == [1] and score.asked == ["CC", "C"]
        assert [row["error"] for row in file.rows] == ["", "an F", "", ""]


def test_a_line_that_was_cut_short_is_asked_again(tmp_path):
    with CallsFile(tmp_path, ()) as file:
        Oracle(file, Lengths(), "genetic", 0)(proposals("C", "CC"))
    path = tmp_path / "calls.csv"
    whole = path.read_bytes()
    for cut in range(1, 12):
        path.write_bytes(whole[:-cut])
        score = Lengths()
        with CallsFile(tmp_path, ()) as file:
            assert Oracle(file, score, "genetic", 0)(proposals("C", "CC")) == [1, 2]
        assert score.asked == ["CC"]


def test_a_failure_is_worth_the_lowest_score_seen_and_twenty_in_a_row_end_the_search(tmp_path):
    with CallsFile(tmp_path, ()) as file:
        oracle = Oracle(file, Lengths(), "genetic", 0)
        assert oracle(proposals("CCC", "FC", "CC")) == [3, 2, 2]
        with pytest.raises(TrainingFailed):
            oracle(proposals(*("F" * k for k in range(1, 21))))
        assert len(file.rows) == 23  # all were recorded


def test_the_budget_is_of_calls(tmp_path):
    score = Lengths()
    with CallsFile(tmp_path, ()) as file:
        oracle = Oracle(file, score, "genetic", 0, calls=2)
        with pytest.raises(Spent):
            oracle(proposals("C", "CC", "CCC"))
        assert score.asked == ["C", "CC"] and len(file.rows) == 2
        assert oracle(proposals("C")) == [1]  # what is known costs nothing
        late = Oracle(file, score, "genetic", 1, minutes=1e-9)
        with pytest.raises(Spent):
            late(proposals("C"))


def test_the_budget_of_time_holds_what_recorded_calls_took(tmp_path):
    record = {"smiles": "C", "score": 1.0, "family": "genetic", "seed": 0}
    with CallsFile(tmp_path, ()) as file:
        file.append([record | {"number": number, "seconds": 40.0} for number in (1, 2)])
    with CallsFile(tmp_path, ()) as file:
        assert Oracle(file, Lengths(), "genetic", 0, minutes=1.5)(proposals("CC")) == [2]
        with pytest.raises(Spent):
            Oracle(file, Lengths(), "genetic", 0, minutes=1.0)(proposals("CCC"))
        assert Oracle(file, Lengths(), "genetic", 1, minutes=1.0)(proposals("CCC")) == [3]


def test_a_file_of_another_design_is_refused(tmp_path):
    with CallsFile(tmp_path, ["qed"]) as file:
        file.append([{"number": 1, "smiles": "C", "score": 0.1 + 0.2, "qed": 0.5, "seed": 0, "seconds": 0.1}])
    with CallsFile(tmp_path, ["qed"]) as file:
        assert file.rows[0]["score"] == 0.1 + 0.2
    with pytest.raises(RunError):
        CallsFile(tmp_path, [])


@pytest.mark.parametrize(
    "foreign",
    [
        b"date,who\n2024-01-01,ann\n2024-01-02,bob",
        b"one line",
        b"number,smiles,score,mine\n1,C,2,3",
        b"number,smiles,score,family,seed,parent,seconds,error\n1,C,high,genetic,0,,0.1,\n2,CC",
        b"\xff\xfe\n\0",
    ],
)
def test_a_file_that_is_not_ours_keeps_each_byte(tmp_path, foreign):
    (tmp_path / "linked").mkdir()
    (tmp_path / "calls.csv").write_bytes(foreign)
    (tmp_path / "linked" / "calls.csv").symlink_to("../calls.csv")
    for folder in (tmp_path, tmp_path / "linked"):
        with pytest.raises(RunError):
            CallsFile(folder, ())
        assert (tmp_path / "calls.csv").read_bytes() == foreign


def test_column_names_without_calls_belong_to_no_design(tmp_path):
    path = tmp_path / "calls.csv"
    for columns in ([], ["qed"], ["weight", "qed"]):
        CallsFile(tmp_path, columns).__exit__()
        path.write_bytes(path.read_bytes()[:-1] if columns == ["weight", "qed"] else path.read_bytes())
    with CallsFile(tmp_path, ["weight", "qed"]) as file:
        assert file.rows == [] and path.read_text().startswith("number,smiles,score,weight,qed,family")


def test_a_link_to_calls_elsewhere_is_refused(tmp_path):
    (tmp_path / "here").mkdir()
    CallsFile(tmp_path, ()).__exit__()
    (tmp_path / "here" / "calls.csv").symlink_to(tmp_path / "calls.csv")
    with pytest.raises(RunError):
        CallsFile(tmp_path / "here", ())


def test_a_pipe_in_the_place_of_calls_is_refused(tmp_path):
    os.mkfifo(tmp_path / "calls.csv")
    with pytest.raises(RunError):
        CallsFile(tmp_path, ())


@pytest.mark.parametrize(
    "change",
    [
        {"error": "x" * 200_000},
        {"smiles": "C1C"},
        {"parent": "\u00bd"},
        {"parent": "CC"},
        {"parent": "CCC"},
        {"smiles": "CC name"},
        {"number": "-1"},
        {"score": "nan"},
        {"score": "1e999"},
        {"family": "$x"},
        {"seed": "9" * 30},
        {"seconds": "soon"},
    ],
)
def test_calls_that_were_changed_by_hand_are_refused(tmp_path, change):
    with CallsFile(tmp_path, ()) as file:
        Oracle(file, Lengths(), "genetic", 0)([Proposal("C"), Proposal("CC"), Proposal("CCC", "CC")])
    path = tmp_path / "calls.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for name, cell in change.items():
        table.loc[1, name] = cell
    table.to_csv(path, index=False)
    before = path.read_bytes()
    with pytest.raises(RunError):
        CallsFile(tmp_path, ())
    assert path.read_bytes() == before
