# Tests molecules/screen/rows.py
"""What a screen, an explanation and a scaffold refuse: one sentence that says what to do."""

import json
import os
import shutil
from unittest import mock

import pytest

import genwright
from genwright.core.errors import DataError, RunError, Unsupported
from genwright.molecules.screen import rows
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


def test_a_part_that_lost_a_molecule_is_refused(tmp_path, monkeypatch):
    ask = dict(actives=["CCN"], out=tmp_path / "hits", progress=False)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("genwright.molecules.screen.screen.write_ranked", mock.Mock(side_effect=KeyboardInterrupt))
        genwright.screen(["CCO", "CCC"], **ask)
    part = tmp_path / "hits" / "work" / "000000.csv"
    whole = part.read_text().splitlines(keepends=True)
    for content in ("", whole[0], whole[0] + whole[1][:4]):
        part.write_text(content)
        with pytest.raises(RunError, match="work"):
            genwright.screen(["CCO", "CCC"], **ask)
    shutil.rmtree(tmp_path / "hits" / "work")
    assert len(genwright.screen(["CCO", "CCC"], **ask).best) == 2


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


# ---------------------------------------------------------------------- files that come back changed

SUMMARY, RANKED = "summary.json", "ranked.csv"
QUICK = dict(actives=["CCN", "CCCN"], progress=False)


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    return genwright.screen(["CCO", "CCC", "OCCO"], out=tmp_path_factory.mktemp("screened") / "hits", **QUICK).folder


def in_summary(**values):
    return SUMMARY, lambda text: json.dumps(json.loads(text) | values)


CHANGES = {
    "ranks of words": in_summary(ranks="x"),
    "a rank beyond all": in_summary(ranks=[9.0], among=1),
    "removed without counts": in_summary(removed=[1]),
    "kept as a word": in_summary(kept="x"),
    "flags without words": in_summary(flags=[1]),
    "a figure without its error": in_summary(figures={"a": 1}),
    "a figure of words": in_summary(figures={"a": ["x", None]}),
    "unreadable lines as a number": in_summary(unreadable=5),
    "a count of hundreds of digits": in_summary(total=10**400),
    "a summary that is a list": (SUMMARY, lambda text: "[]"),
    "a summary without names": (SUMMARY, lambda text: "{}"),
    "a deep summary": (SUMMARY, lambda text: "[" * 200_000),
    "a deep record": ("screen.json", lambda text: "[" * 200_000),
    "a record of more": ("screen.json", lambda text: json.dumps(json.loads(text) | {"x": 1})),
    "nothing ranked": (RANKED, lambda text: ""),
    "names of columns alone": (RANKED, lambda text: text.split("\n")[0]),
    "no names of columns": (RANKED, lambda text: text.split("\n", 1)[1]),
    "bytes": (RANKED, lambda text: "\xff\xfe\0"),
    "a rank that is a word": (RANKED, lambda text: text.replace("\n1,", "\nx,")),
    "a score beyond all": (RANKED, lambda text: text.replace("\n1,", "\n1e999,")),
    "an open quote": (RANKED, lambda text: f'{text}"'),
    "no molecule": (RANKED, lambda text: text.replace("OCCO", "OC1CO")),
    "more than a molecule": (RANKED, lambda text: text.replace("OCCO", "OCCO |&1:1|")),
    "no active": (RANKED, lambda text: text.replace("CCCN", "C1CN").replace("CCN", "C1CN")),
    "a cell without end": (RANKED, lambda text: text.replace("OCCO,", f"OCCO,{'x' * 100_000}")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_of_a_screen_that_was_changed_is_one_sentence(screened, tmp_path, change):
    name, edit = CHANGES[change]
    shutil.copytree(screened, tmp_path / "hits")
    text = edit((tmp_path / "hits" / name).read_text())
    (tmp_path / "hits" / name).write_text(text, encoding="latin-1")
    with pytest.raises((RunError, DataError)):
        genwright.screen(["CCO", "CCC", "OCCO"], out=tmp_path / "hits", **QUICK)


@pytest.mark.parametrize("name", [SUMMARY, RANKED, "screen.json"])
def test_a_link_out_of_the_folder_of_a_screen_is_refused(screened, tmp_path, name):
    shutil.copytree(screened, tmp_path / "hits")
    (tmp_path / "hits" / name).rename(tmp_path / name)
    (tmp_path / "hits" / name).symlink_to(tmp_path / name)
    with pytest.raises(RunError):
        genwright.screen(["CCO", "CCC", "OCCO"], out=tmp_path / "hits", **QUICK)


def test_a_part_of_a_screen_that_was_changed_is_one_sentence(tmp_path):
    place, part = {name: k for k, name in enumerate(("number", "score", "removed"))}, tmp_path / "000000.csv"
    for text in ("0,1.5\n", "x,1.5,\n", "0,x,\n", '0,1.5,"', "0,1.5,\xff\n"):
        part.write_text(text, encoding="latin-1")
        with pytest.raises(RunError):
            list(rows._rows(place, part))
    os.remove(part)
    os.mkfifo(part)
    with pytest.raises(RunError):
        list(rows._rows(place, part))


def test_a_folder_that_a_screen_refuses_gains_nothing(screened, tmp_path):
    shutil.copytree(screened, tmp_path / "other", ignore=shutil.ignore_patterns(".lock"))
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "ranked.csv").write_text("mine")
    for folder in (tmp_path / "other", tmp_path / "foreign"):
        before = sorted(path.name for path in folder.iterdir())
        with pytest.raises(RunError):
            genwright.screen(["CCO", "CCF"], out=folder, **QUICK)
        assert sorted(path.name for path in folder.iterdir()) == before
