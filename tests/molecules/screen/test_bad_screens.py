"""What a screen, an explanation and a scaffold refuse: one sentence that says what to do."""

import os

import pytest

import genwright
from genwright.core.errors import DataError, RunError, Unsupported
from genwright.molecules.screen.explain import explain
from genwright.molecules.screen.screen import best_of


@pytest.mark.parametrize(
    "ask",
    [
        {},
        {"actives": ["CCO"], "run": "forest"},
        {"assay": "assay.csv"},
        {"assay": "assay.csv", "target": "colour"},
        {"run": "forest", "by": "decoys"},
        {"actives": ["c1cccc1", "no molecule"]},
        {"actives": ["CCO"], "without": ["pain"]},
        {"actives": ["CCO"], "flags": {"score": "forest"}},
        {"actives": ["CCO"], "flags": {"a:b": "forest"}},
        {"actives": ["CCO"], "flags": {"a": "forest", "a_of": "forest"}},
        {"actives": ["CCO"], "flags": {"tox": "nowhere"}},
        {"run": "both"},
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_screen_that_makes_no_sense_is_refused_before_anything_is_written(place, tmp_path, monkeypatch, ask):
    monkeypatch.chdir(place.folder)
    with pytest.raises((DataError, RunError)):
        genwright.screen("library.smi", out=tmp_path / "hits", progress=False, **ask)
    assert not (tmp_path / "hits" / "ranked.csv").exists()


def test_an_empty_library_and_one_that_keeps_nothing_are_refused(place, tmp_path):
    (tmp_path / "empty.smi").write_text("")
    with pytest.raises(DataError, match="empty.smi"):
        genwright.screen(tmp_path / "empty.smi", actives=["CCO"], out=tmp_path / "a", progress=False)
    with pytest.raises(DataError):
        genwright.screen(["CCO", "c1cccc1"], actives=["CCO"], out=tmp_path / "b", progress=False)


DAMAGES = {  # of a file of a finished screen
    "screen.json": ['{"library"', "[" * 200_000, "[]"],
    "summary.json": [
        "{", "[" * 200_000, "[]", "{}", ('"ranks": [', '"ranks": [99, '), ('"removed": {', '"removed": {"x": "y"'),
    ],
    "ranked.csv": [
        "", "rank,smiles", ("similarity", "x"), ("CCO", "C1C"), ("\n1", "\n1_000"), ("removed\n", 'removed\n"'),
    ],
}  # fmt: skip


def test_what_a_person_changed_is_refused_and_its_remedy_works(tmp_path):
    ask = dict(actives=["CCN"], out=tmp_path / "hits", progress=False)
    genwright.screen(["CCO", "CCC"], **ask)
    for name, contents in DAMAGES.items():
        path, whole = tmp_path / "hits" / name, (tmp_path / "hits" / name).read_text()
        for content in contents:
            path.write_text(whole.replace(*content) if isinstance(content, tuple) else content)
            assert path.read_text() != whole
            with pytest.raises(RunError, match=name):
                genwright.screen(["CCO", "CCC"], **ask)
        path.write_text(whole) if name == "screen.json" else path.unlink()
        genwright.screen(["CCO", "CCC"], **ask)
        assert path.read_text() == whole


@pytest.mark.skipif(os.name != "posix", reason="pipes with names are POSIX")
def test_a_pipe_in_place_of_the_ranking_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "ranked.csv")
    with pytest.raises(RunError):
        best_of(tmp_path / "ranked.csv", 9)


def test_a_refusal_names_what_is_another(tmp_path):
    (tmp_path / "a.smi").write_text("CCO\nCCC\n")
    (tmp_path / "b.smi").write_text("CCO\nCCC\n")
    ask = dict(out=tmp_path / "hits", progress=False)
    genwright.screen(tmp_path / "a.smi", actives=["CCN"], **ask)
    with pytest.raises(RunError):
        genwright.screen(tmp_path / "b.smi", actives=["CCN"], **ask)
    with pytest.raises(RunError):
        genwright.screen(tmp_path / "a.smi", actives=["CCF"], **ask)


def test_a_run_of_another_kind_ranks_nothing(place, tmp_path):
    genwright.fit(place.library, "bootstrap", out=tmp_path / "strings", progress=False)
    for call in (
        lambda: genwright.screen(place.library, run=tmp_path / "strings", out=tmp_path / "hits"),
        lambda: explain(tmp_path / "strings", place.library),
    ):
        with pytest.raises(DataError):
            call()


def test_a_model_that_sees_no_atoms_explains_none(place, tmp_path):
    data = genwright.load_data(place.folder / "assay.csv", target="active", descriptors="none")
    genwright.fit(data, "mean", out=tmp_path / "mean", progress=False)
    with pytest.raises(Unsupported):
        explain(tmp_path / "mean", place.library[:2])
    with pytest.raises(DataError):
        explain(place.folder / "forest", ["c1cccc1"])
