"""Screens that are begun from a page, and those that lie in the folder of a studio."""

import pytest

from genwright.core.errors import DataError
from genwright.molecules.screen import record
from genwright.molecules.studio.screen_page import RECORD, ROWS_SHOWN, SCREEN, show_screen
from genwright.studio.shelf import Shelf
from genwright.studio.trainings import Trainings


def test_a_screen_ranks_by_one_thing_that_lies_here(client, monkeypatch):
    begun = []

    def begin(self, words):
        begun.append(words)
        raise DataError("noted")

    monkeypatch.setattr(Trainings, "begin", begin)
    ids = [client.put(f"/api/uploads/{name}.smi", content=b"CCO\nCCN\n").json()["id"] for name in ("library", "known")]
    ask = lambda **more: client.post("/api/pages/screen/begin", json={"source": ids[0], **more}).status_code
    assert ask() == ask(actives=ids[1], run=ids[1]) == 400
    assert ask(run=ids[1]) == 404 and ask(actives="../../etc") == 400 and not begun
    ask(actives=ids[1])
    assert [words[0] for words in begun] == [SCREEN] and begun[0][2] == "--actives"
    assert begun[0][1].endswith("library.smi") and begun[0][3].endswith("known.smi")


@pytest.fixture
def screened(root):
    """The entry of a screen, whose table the test writes."""
    (root / "hits").mkdir()
    (root / "hits" / RECORD).write_text("{}")
    return Shelf(root, dict).entry_of(root / "hits", SCREEN)


def test_a_folder_of_a_screen_is_known_by_its_record():
    assert record.RECORD == RECORD


def test_the_best_are_shown_without_those_that_are_left_out_and_half_lines(screened):
    assert show_screen(screened)["rows"] == []
    lines = [f"{k},{'C' * k},{1 - k / 100},," for k in range(1, 31)]
    (screened.path / "ranked.csv").write_text("\n".join(["rank,smiles,score,low,removed", *lines, ",CO,,,mcf", "31,C"]))
    found = show_screen(screened)
    assert found["columns"] == ["rank", "smiles", "score"] and found["calls"] == 30
    assert len(found["rows"]) == ROWS_SHOWN and found["rows"][0] == ["1", "C", "0.99"]
