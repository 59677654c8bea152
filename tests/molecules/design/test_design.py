# Tests molecules/chemistry/drawings.py, molecules/design/design_molecules.py, molecules/design/score_child.py
"""`genwright design` from end to end: it is repeated bit for bit, resumes, and says what is wrong with its input."""

import json
import re
import shutil
import sys
from collections import Counter

import pandas as pd
import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")

from rdkit import Chem  # noqa: E402

import genwright as gw  # noqa: E402
from genwright.cli.commands import main  # noqa: E402
from genwright.core.errors import BudgetError, DataError, GivenError, RunError, TrainingFailed  # noqa: E402
from genwright.molecules.chemistry.drawings import differing_atoms  # noqa: E402
from genwright.molecules.chemistry.embedding import can_embed  # noqa: E402
from genwright.molecules.chemistry.impossible_rings import find_impossible_ring  # noqa: E402
from genwright.molecules.chemistry.standards import canonical  # noqa: E402
from genwright.molecules.design import genetic, loop, result  # noqa: E402
from genwright.molecules.design.design_molecules import plan_design  # noqa: E402
from genwright.molecules.design.families import Proposal  # noqa: E402
from genwright.molecules.design.oracle import MOST_FAILURES, CallsFile  # noqa: E402
from genwright.molecules.design.plan import read_start  # noqa: E402

SMILES = molecules(40)
QUICK = dict(calls=48, batch=16, filters=False, rings=None, progress=False)


def nitrogens(smiles: list[str]) -> list[float]:
    return [text.upper().count("N") + len(text) / 1000 for text in smiles]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return gw.design(SMILES, score=nitrogens, **QUICK, out=tmp_path_factory.mktemp("whole") / "out")


def bits(folder):
    """What must be equal: calls without their seconds, and the best, byte for byte."""
    return pd.read_csv(folder / "calls.csv").drop(columns="seconds"), (folder / "best.csv").read_bytes()


def test_a_design_has_its_best_its_calls_its_curve_and_its_page(whole):
    assert len(whole.calls) == 48 and whole.calls["number"].tolist() == list(range(1, 49))
    assert whole.best["score"].is_monotonic_decreasing and whole.best["smiles"].is_unique
    assert whole.best["valid"].all() and set(whole.best["start"]) <= set(whole.calls["smiles"])
    assert (whole.curve["best10"][10:].diff().dropna() >= -1e-12).all()
    result = whole.report.read_text()
    assert (
        "genetic is ahead" in result and result.count("data:image/png") == 1 and result.count("<svg viewBox") == 2 * 3
    )
    told = (whole.folder / "best.columns.txt").read_text()
    assert all(f"\n{name}: " in f"\n{told}" for name in whole.best)
    assert len(pd.read_csv(whole.folder / "shortlist.csv")) <= 20


def test_colour_marks_what_the_other_molecule_lacks():
    assert differing_atoms("Cc1ccccc1O", "Cc1ccccc1") == {7}
    assert differing_atoms("Cc1ccccc1", "Cc1ccccc1O") == set()
    assert differing_atoms("CC", "c1ccccc1") == {0, 1}


@pytest.mark.long
def test_a_stopped_search_ends_with_the_same_bits_and_makes_no_recorded_call_again(whole, tmp_path, monkeypatch):
    """Stopped before each batch in turn, and in the middle of a line."""
    append, asked = CallsFile.append, []

    def score(smiles):
        asked.extend(smiles)
        return nitrogens(smiles)

    class Stopped(Exception):
        pass

    def stop_before(self, rows):
        raise Stopped

    for _ in range(6):
        monkeypatch.setattr(CallsFile, "append", stop_before)
        with pytest.raises(Stopped):
            gw.design(SMILES, score=score, **QUICK, out=tmp_path / "out")
        asked.clear()  # one batch was asked and not recorded
        once = iter([append, stop_before])
        monkeypatch.setattr(CallsFile, "append", lambda self, rows: next(once)(self, rows))
        try:
            gw.design(SMILES, score=score, **QUICK, out=tmp_path / "out")
        except Stopped:
            pass
        recorded = pd.read_csv(tmp_path / "out" / "calls.csv")["smiles"]
        assert recorded.is_unique
        if len(recorded) == 48:
            break
        path = tmp_path / "out" / "calls.csv"
        path.write_bytes(path.read_bytes()[:-3])
    monkeypatch.setattr(CallsFile, "append", append)
    asked.clear()
    found = gw.design(SMILES, score=score, **QUICK, out=tmp_path / "out")
    calls, best = bits(tmp_path / "out")
    expected, expected_best = bits(whole.folder)
    pd.testing.assert_frame_equal(calls, expected)
    assert best == expected_best and len(found.calls) == 48


def test_more_calls_extend_a_design_as_if_they_had_been_asked_at_once(whole, tmp_path):
    gw.design(SMILES, score=nitrogens, **QUICK | {"calls": 25}, out=tmp_path / "out")
    gw.design(SMILES, score=nitrogens, **QUICK, out=tmp_path / "out")
    pd.testing.assert_frame_equal(bits(tmp_path / "out")[0], bits(whole.folder)[0])


def test_a_genetic_search_of_an_earlier_version_is_refused_and_what_it_measured_can_be_told(whole, tmp_path):
    shutil.copytree(whole.folder, tmp_path / "out")
    record = json.loads((tmp_path / "out" / "design.json").read_text())
    del record[loop.GENETIC]
    (tmp_path / "out" / "design.json").write_text(json.dumps(record))
    with pytest.raises(RunError, match="--tell") as raised:
        gw.design(SMILES, score=nitrogens, **QUICK, out=tmp_path / "out")
    assert "\n" not in str(raised.value)
    quiet = dict(filters=False, rings=None, progress=False)
    found = gw.design(SMILES, tell=tmp_path / "out" / "calls.csv", ask=5, out=tmp_path / "lab", **quiet)
    assert len(found.calls) == 48


def test_molecules_that_cannot_be_embedded_and_ones_own_are_marked_wherever_they_stand(tmp_path, monkeypatch):
    """The bent benzene has too long a bridge for the limits, and too short a one for RDKit."""
    monkeypatch.setattr(result, "can_embed", can_embed)
    bent, start = "C1CCCc2ccc(cc2)CC1", ["C1CCCc2ccc(CC1)cc2", "C[C@H](N)C(=O)O", "CCO", "C1Cc2cccc1c2"]
    loose = dict(filters=False, rings=None, progress=False, family="best-of-data")
    found = gw.design(start, score=nitrogens, **loose, calls=10, out=tmp_path / "out")
    for table in (found.best, *(pd.read_csv(found.folder / f"{name}.csv") for name in ("best", "shortlist"))):
        flat = table.loc[~table["embedded"], "smiles"]
        assert [canonical(text) for text in flat] == [canonical(bent)]
        assert (table["yours"] == "yes").all() and len(table) == 3  # the meta bridge breaks a limit
    page = found.report.read_text()
    signs = [line for line in page.split("<figcaption>")[1:] if "not embedded" in line.split("</figcaption>")[0]]
    assert len(signs) == 1 and page.count("<br>yours<br>") == 3
    assert sum("`embedded`" in note or "`yours`" in note for note in found.notes) == 2


def test_a_persons_own_molecule_is_known_again_without_stereo_and_salt():
    is_own = plan_design(score=nitrogens).is_own(read_start(["C[C@H](N)C(=O)O", "CCN"]))
    assert is_own("CC(N)C(=O)O") and is_own("C[C@@H](N)C(=O)O") and is_own("CC[NH3+].[Cl-]") and not is_own("CCO")


@pytest.mark.parametrize("family", ["genetic", "random-edits"])
def test_no_search_proposes_a_ring_that_cannot_exist(tmp_path, family):
    """Alkynes whose ends close rings: with these limits, many edits and crossovers make impossible ones."""
    start = ["C#CCCCC", "C=C=CCCC", "c1ccccc1CCC", "CCC#CCCC"]
    how = dict(filters=False, rings=None, progress=False, family=family, calls=150)
    found = gw.design(start, score=nitrogens, **how, out=tmp_path / "out")
    assert not any(find_impossible_ring(Chem.MolFromSmiles(text)) for text in found.calls["smiles"])
    assert any("impossible rings" in note for note in found.notes[1:])


def test_the_page_says_what_limits_refused(tmp_path):
    found = gw.design(SMILES, score=nitrogens, **QUICK | {"atoms": 18, "calls": 60}, out=tmp_path / "out")
    (note,) = [note for note in found.notes if "limits refused" in note]
    assert "atoms" in note and note in found.report.read_text()


@pytest.mark.long
def test_several_families_and_seeds_stand_in_one_table(tmp_path):
    families = ["genetic", "random-edits", "best-of-data"]
    found = gw.design(SMILES, score=nitrogens, family=families, seeds=2, **QUICK | {"calls": 48}, out=tmp_path / "out")
    assert set(found.summary["family"]) == {*families, "start molecules"}
    assert found.calls.groupby(["family", "seed"]).size().max() == 48
    result = found.report.read_text()
    assert "best-of-data (trivial)" in result and "standard deviations of a seed" in result
    assert any("no further molecules" in note for note in found.notes)


def test_a_diverse_design_has_few_molecules_of_one_scaffold(tmp_path, monkeypatch):
    from genwright.molecules.design import loop

    monkeypatch.setattr(loop, "MOST_PER_SCAFFOLD", 3)
    monkeypatch.setattr(result, "MOST_PER_SCAFFOLD", 3)
    found = gw.design(SMILES, score=nitrogens, diverse=True, **QUICK, out=tmp_path / "out")
    assert found.best["scaffold"].value_counts().max() <= 3


def test_wishes_have_columns_of_values_and_desirabilities(tmp_path):
    found = gw.design(SMILES, want=["weight=150..250", "2*qed>=0.6"], **QUICK, out=tmp_path / "out")
    row = found.best.iloc[0]
    assert 0 <= row["score"] <= 1 and {"weight", "qed desirability"} <= set(found.calls)
    assert row["weight"] == pytest.approx(found.calls.set_index("smiles").loc[row["smiles"], "weight"])
    assert "1 where qed is at least 0.6" in (tmp_path / "out" / "best.columns.txt").read_text()


def test_a_lead_and_a_scaffold_are_kept(tmp_path):
    from rdkit import Chem

    lead = SMILES[0]
    near = gw.design(SMILES, score=nitrogens, like=lead, similar=0.5, **QUICK | {"calls": 16}, out=tmp_path / "near")
    keep = "[*:1]c1ccccc1"
    kept = gw.design(SMILES, score=nitrogens, keep=keep, **QUICK | {"calls": 12, "batch": 4}, out=tmp_path / "kept")
    pattern = Chem.MolFromSmarts("c1ccccc1")
    assert all(Chem.MolFromSmiles(text).HasSubstructMatch(pattern) for text in kept.calls["smiles"])
    assert len(near.calls) == 16


@pytest.mark.parametrize(
    "reached, start, leader",
    [
        ({"genetic": 0.5, "gcpn": 0.2}, 0.3, "genetic"),
        ({"genetic": 0.2, "gcpn": 0.4}, 0.3, "gcpn"),  # genetic is first by its area
        ({"gcpn": 0.3}, 0.3, None),
        ({"gcpn": 0.2, "genetic": 0.1}, 0.3, None),
        ({"gcpn": 0.2, "genetic": 0.1}, None, "gcpn"),
        ({"gcpn": 0.2}, None, None),  # nothing to be ahead of
    ],
)
def test_a_family_is_ahead_only_of_what_it_passed(reached, start, leader):
    rows = [
        dict(family=name, seeds=1, calls=9, best10=top, area=0.0, area_sd=float("nan")) for name, top in reached.items()
    ]
    rows += [dict(rows[0], family=result.STARTED, best10=start)] * (start is not None)
    lead = result.Designed(*[None] * 3, pd.DataFrame(rows), [], None).lead
    assert re.findall(r"(\w+) is ahead", lead) == [leader] * (leader is not None)
    assert start is None or f"{start:.3g}" in lead


@pytest.mark.long
def test_the_command_says_where_no_family_is_above_the_start_molecules(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mols.smi").write_text("\n".join([*SMILES, "no molecule"]))
    (tmp_path / "score.py").write_text("def score(smiles): return [float(len(s)) for s in smiles]\n")
    command = "design mols.smi --score score.py --calls 30 --filters off --rings off --elements B,Si"
    with pytest.raises(SystemExit) as left:
        main(command.split())
    said = capsys.readouterr().out
    assert not left.value.code and "limit switched off: filters" in said
    assert "No family is above the start molecules" in said and "30 of the best 30 molecules are yours" in said
    assert "1 start molecules cannot be read: line 41" in said and "runs/design-mols/report.html" in said
    record = json.loads((tmp_path / "runs" / "design-mols" / "design.json").read_text())
    assert record["limits"]["rings"] is None and "Si" in record["limits"]["elements"]


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "data, options, error",
    [
        ([], {}, DataError),
        (["C(", "xx"], {}, DataError),
        (SMILES, {"score": None}, DataError),
        (SMILES, {"calls": 0}, BudgetError),
        (SMILES, {"batch": 501}, BudgetError),
        (SMILES, {"score": None, "ask": 10**9}, BudgetError),
        (SMILES, {"family": "gcpm"}, DataError),
        (SMILES, {"want": "charge>=1"}, GivenError),
        (SMILES, {"similar": 0.4}, BudgetError),
        (SMILES, {"like": "nowhere.smi", "similar": 0.5}, DataError),
        (SMILES, {"rings": (7, 4)}, BudgetError),
        (SMILES, {"atoms": 3}, DataError),
        (SMILES, {"elements": "Xx"}, DataError),
        (SMILES, {"keep": "FC(F)(F)F"}, DataError),
        (SMILES, {"score": "score.py"}, DataError),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, data, options, error):
    with pytest.raises(error) as raised:
        gw.design(data, **QUICK | {"score": nitrogens} | options, out=tmp_path / "out")
    assert "\n" not in str(raised.value)


def test_a_system_without_a_library_for_drawings_is_told_so_before_any_call(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit.Chem.Draw", None)
    with pytest.raises(DataError):
        gw.design(SMILES, score=nitrogens, **QUICK, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_start_molecule_is_enough(tmp_path):
    found = gw.design("NC(=O)c1ccc(C)cc1", score=nitrogens, **QUICK, out=tmp_path / "out")
    assert len(found.calls) == 48 and set(found.best["start"]) == {"Cc1ccc(C(N)=O)cc1"}


def test_molecules_to_be_like_need_a_similarity_and_belong_to_the_design(tmp_path):
    lead, other = [["NC(=O)c1ccc(C)cc1"], ["NC(=O)c1ccccc1"]]
    with pytest.raises(BudgetError):
        gw.design(SMILES, score=nitrogens, like=lead, **QUICK, out=tmp_path / "out")
    wish = dict(want="similarity>=0.5", **QUICK, out=tmp_path / "out")
    gw.design(SMILES, like=lead, **wish)
    with pytest.raises(RunError):
        gw.design(SMILES, like=other, **wish)


def test_no_batch_is_larger_than_it_may_be(tmp_path):
    sizes = []

    def score(smiles):
        sizes.append(len(smiles))
        return nitrogens(smiles)

    found = gw.design(SMILES, score=score, **QUICK | {"batch": 5}, out=tmp_path / "out")
    assert max(sizes) <= 5 and sum(sizes) == len(found.calls) == 48


@pytest.mark.long
def test_a_search_that_runs_dry_keeps_what_it_found(tmp_path, monkeypatch):
    monkeypatch.setattr(genetic, "PATIENCE", 1)
    monkeypatch.setattr(genetic, "crossed", lambda *_: None)
    found = gw.design(SMILES, score=nitrogens, **QUICK, out=tmp_path / "out")
    assert len(found.best) and any(re.match(r"genetic 0: ended after \d+ calls, since", note) for note in found.notes)


def test_a_molecule_that_comes_again_fills_its_scaffold_once():
    crowds, benzenes = loop._Crowds(Counter(), {}), [Proposal("C" * k + "c1ccccc1") for k in range(1, 27)]
    for _ in range(3):
        assert crowds.scores(benzenes, [1.0] * 26, 0.0) == [1.0] * 25 + [0.0]


def test_a_score_that_always_fails_stops_the_search_and_says_why(tmp_path):
    def fails(smiles):
        raise RuntimeError("no licence")

    fails.__name__ = "nitrogens"
    with pytest.raises(TrainingFailed):
        gw.design(SMILES, score=fails, **QUICK, out=tmp_path / "out")
    found = gw.design(SMILES, score=nitrogens, **QUICK, out=tmp_path / "out")
    assert len(found.calls) == 48 and found.calls["error"].ne("").sum() == 32  # of two batches


# ---------------------------------------------------------------------- a score that is a file

FLOOR = QUICK | {"family": "best-of-data", "batch": 4}


def write_score(folder, body: str) -> str:
    """A score file that says in `started` that it was loaded."""
    path = folder / "score.py"
    path.write_text(f"open({str(folder / 'started')!r}, 'a').write('.')\ndef score(smiles):\n    {body}\n")
    return str(path)


def test_no_score_starts_in_a_folder_that_is_refused(whole, tmp_path):
    score, foreign = write_score(tmp_path, "return [1.0] * len(smiles)"), tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "calls.csv").write_text("mine")
    for folder in (foreign, whole.folder):
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        with pytest.raises(RunError):
            gw.design(SMILES, score=score, **FLOOR, out=folder)
        with loop._place_of(tmp_path / "held").hold(), pytest.raises(RunError):
            gw.design(SMILES, score=score, **FLOOR, out=tmp_path / "held")
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not (tmp_path / "started").exists()


def test_a_score_that_does_not_start_leaves_a_folder_for_another(tmp_path):
    with pytest.raises(DataError):
        gw.design(SMILES, score=write_score(tmp_path, "return ["), **FLOOR, out=tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} <= {".lock"}
    found = gw.design(SMILES, score=nitrogens, **FLOOR | {"calls": 4}, out=tmp_path / "out")
    assert len(found.calls) == 4


@pytest.mark.long
def test_a_score_file_that_changes_is_refused_and_each_remedy_works(tmp_path):
    out, old = tmp_path / "out", "return [float(len(text)) for text in smiles]"
    score = write_score(tmp_path, old)
    gw.design(SMILES, score=score, **FLOOR | {"calls": 4}, out=out)
    for remedy in ("restore", "another folder", "remove the line"):
        write_score(tmp_path, "return [-5.0] * len(smiles)")
        with pytest.raises(RunError):
            gw.design(SMILES, score=score, **FLOOR | {"calls": 8}, out=out)
        assert len(pd.read_csv(out / "calls.csv")) == 4
        if remedy == "restore":
            write_score(tmp_path, old)
        if remedy == "remove the line":  # also the record of a design from before it had the line
            lines = (out / "design.json").read_text().splitlines()
            (out / "design.json").write_text("\n".join(line for line in lines if '"score file"' not in line))
        calls = 8 if remedy == "remove the line" else 4
        folder = tmp_path / "other" if remedy == "another folder" else out
        assert len(gw.design(SMILES, score=score, **FLOOR | {"calls": calls}, out=folder).calls) == calls


def test_a_score_file_may_be_mended_where_a_search_stopped_for_that(tmp_path):
    count = f"n = len(open({str(tmp_path / 'asked')!r}, 'a+').write('.') and smiles)"
    first = f"import os; {count}; return [1.0] * n if os.stat({str(tmp_path / 'asked')!r}).st_size < 3 else None"
    score = write_score(tmp_path, first)
    with pytest.raises(TrainingFailed):
        gw.design(SMILES, score=score, **FLOOR, out=tmp_path / "out")
    write_score(tmp_path, "return [2.0] * len(smiles)")
    found = gw.design(SMILES, score=score, **FLOOR, out=tmp_path / "out")
    assert found.calls["score"].isna().sum() >= MOST_FAILURES and set(found.calls["score"].dropna()) == {1.0, 2.0}
    assert any("score.py was mended after 8 scores" in note for note in found.notes)


@pytest.mark.parametrize("pause", [0, 0.2])
def test_a_program_that_answers_twice_shifts_no_score(tmp_path, pause):
    (tmp_path / "twice").write_text(
        "import json, sys, time\nfor line in sys.stdin:\n    said = json.dumps([len(s) for s in json.loads(line)])\n"
        f"    print(said, flush=True); time.sleep({pause}); print(said, flush=True)"
    )
    with pytest.raises(DataError):
        gw.design(SMILES, score=f"{sys.executable} {tmp_path / 'twice'}", **FLOOR | {"calls": 12}, out=tmp_path / "out")
    calls = pd.read_csv(tmp_path / "out" / "calls.csv")
    assert len(calls) == 4 and (calls["score"] == calls["smiles"].str.len()).all()


def test_a_score_that_fails_for_all_of_a_few_molecules_says_why(tmp_path):
    with pytest.raises(TrainingFailed):
        gw.design(SMILES, score=lambda smiles: [None] * len(smiles), **FLOOR | {"calls": 3}, out=tmp_path / "out")


@pytest.mark.parametrize("record", [b"[" * 100_000, b"[]", b"{}", b'{"batch": "x"}', b"\xff"])
def test_a_record_that_cannot_be_read_is_one_sentence(tmp_path, record):
    (tmp_path / "design.json").write_bytes(record)
    with pytest.raises(RunError):
        gw.design(SMILES, score=nitrogens, **FLOOR, out=tmp_path)
