"""Wishes that are refused, and designs that lie in the folder of a studio."""

import pytest

import genwright
from genwright.core.errors import GenwrightError
from genwright.molecules.chemistry.properties import PROPERTIES
from genwright.molecules.studio.design_page import DESIGN, ROWS_SHOWN, SLIDERS, best_of
from genwright.studio.shelf import Shelf


@pytest.mark.parametrize(
    ("wishes", "word"),
    [
        ({}, "nothing"),
        ({"weight": [None, None]}, "nothing"),
        ({"weight": [300, 200]}, "weight"),
        ({"weight": [1e9, None]}, "weight"),
        ({"weight": 300}, "weight"),
        ({"qed": ["0.5", None]}, "qed"),
        ({"score --out=/tmp": [1, None]}, "wishes"),
        ([], "wishes"),
    ],
)
def test_wishes_that_cannot_be_are_refused(client, wishes, word):
    answer = client.post("/api/pages/design/begin", json={"source": "zinc-jtvae", "wishes": wishes, "calls": 10})
    assert answer.status_code == 400 and word in answer.json()["error"]


def test_each_wish_has_a_meaning_and_a_range(client):
    told = client.post("/api/pages/design/wishes").json()["wishes"]
    assert {one["name"] for one in told} == set(SLIDERS) <= set(PROPERTIES)
    assert all(low < high and step > 0 for low, high, step in (one["range"] for one in told))


@pytest.fixture
def design(root):
    """The entry of a design, whose calls the test writes."""
    (root / "found").mkdir()
    (root / "found" / "design.json").write_text("{}")
    return Shelf(root, dict).entry_of(root / "found", DESIGN)


def test_the_best_calls_are_shown_without_failures_and_half_lines(design):
    lines = [f"{k},{'C' * k},{k / 100:.2f},{k / 100},genetic,0,,0.1," for k in range(1, 31)]
    head = "number,smiles,score,qed desirability,family,seed,parent,seconds,error"
    text = "\n".join([head, *lines, "31,CO,,,genetic,0,,0.1,failed", "32,CN,nan,0,genetic,0,,0.1,", "33,CF,9"])
    (design.path / "calls.csv").write_text(text)
    found = best_of(design)
    assert found["columns"] == ["smiles", "score"] and found["calls"] == 32 and len(found["rows"]) == ROWS_SHOWN
    assert found["rows"][0] == ["C" * 30, "0.3"]


def test_the_best_calls_say_which_molecules_are_the_persons_own(tmp_path):
    pytest.importorskip("rdkit")
    found = genwright.design(["CCO", "CCN"], score=lambda smiles: list(map(len, smiles)), calls=6, filters=False,
                             out=tmp_path / "found", progress=False)  # fmt: skip
    assert set(found.calls["smiles"]) > {"CCO", "CCN"}
    best = best_of(Shelf(tmp_path, dict).entry_of(tmp_path / "found", DESIGN))
    at, sign = best["columns"].index("smiles"), best["columns"].index("yours")
    assert {row[at] for row in best["rows"] if row[sign]} == {"CCO", "CCN"}


def test_calls_of_other_people_are_read_as_text(client, design, tmp_path):
    calls = design.path / "calls.csv"
    for text in ("", "\n", "a\n", "smiles\nC\n", "score,smiles\n1\n", "\0,\0\n\xff,1\n"):
        calls.write_bytes(text.encode("latin-1"))
        assert best_of(design)["rows"] in ([], [["C"]])
    calls.write_text(f"smiles,score\n{'C' * 200_000},1\n")
    with pytest.raises(GenwrightError):
        best_of(design)
    calls.unlink()
    calls.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(GenwrightError):
        best_of(design)
    entries = client.get("/api/home").json()["entries"]
    assert [(one["what"], one["state"]) for one in entries] == [("design", "stopped")]
    assert client.post(f"/api/entries/{entries[0]['id']}/resume", json={}).status_code == 409
