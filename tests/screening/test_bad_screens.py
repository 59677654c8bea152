"""What a screen, an explanation and a scaffold refuse: one sentence that says what to do."""

import pytest
from filelock import FileLock

import genwright
from genwright.core.errors import BudgetError, DataError, RunError, Unsupported
from genwright.screening.explain import explain


@pytest.mark.parametrize(
    "ask, why",
    [
        ({}, "nothing is known: name one of --actives"),
        ({"actives": ["CCO"], "run": "forest"}, "actives and run are named: name one"),
        ({"assay": "assay.csv"}, "name it with --target"),
        ({"assay": "assay.csv", "target": "colour"}, "colour"),
        ({"actives": ["CCO"], "target": "y"}, "leave --target out"),
        ({"actives": ["CCO"], "by": "magic"}, "choose one of similarity, one-class, decoys"),
        ({"run": "forest", "by": "decoys"}, "leave --by out"),
        ({"actives": ["CCO"], "family": "forest"}, "leave --family out"),
        ({"actives": ["c1cccc1", "no molecule"]}, r"no active molecule that can be read \(line|\(.*c1cccc1|item"),
        ({"actives": []}, "no active molecule|no molecules|no"),
        ({"actives": ["CCO"], "without": ["pain"]}, "no filter or flag is called 'pain': choose one of pains, mcf"),
        *(
            ({"actives": ["CCO"], "flags": {name: "forest"}}, f"a flag cannot be called .*: use --flag {other}")
            for name, other in {
                "score": "score-flag",
                "number": "number-flag",
                "unreadable": "unreadable-flag",
                "others": "others-flag",
                "not new": "'not new-flag=forest'",
                "a:b": "a-b",
                "pains,": "pains-flag",
                "tab\there": "'tab here=forest'",
            }.items()
        ),
        ({"actives": ["CCO"], "flags": {"a": "forest", "a_of": "forest"}}, "use --flag a_of-flag=forest"),
        ({"actives": ["CCO"], "flags": {"tox": "nowhere"}}, "nowhere"),
        ({"run": "both"}, "predicts several targets: name one of active, y with --target"),
        ({"run": "forest", "target": "colour"}, "predicts no 'colour': name one of active"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_screen_that_makes_no_sense_is_refused_before_anything_is_written(place, tmp_path, monkeypatch, ask, why):
    monkeypatch.chdir(place.folder)
    with pytest.raises((DataError, RunError), match=why):
        genwright.screen("library.smi", out=tmp_path / "hits", progress=False, **ask)
    assert not (tmp_path / "hits" / "ranked.csv").exists()


@pytest.mark.parametrize("ask", [{"top": 0}, {"new": 0.0}, {"new": 1.5}], ids=str)
def test_numbers_out_of_range_are_refused(tmp_path, ask):
    with pytest.raises(BudgetError, match=f"{next(iter(ask))} .*not {next(iter(ask.values()))}"):
        genwright.screen(["CCO"], actives=["CCN"], out=tmp_path / "hits", **ask)


def test_an_empty_library_and_one_that_keeps_nothing_are_refused(place, tmp_path):
    (tmp_path / "empty.smi").write_text("")
    with pytest.raises(DataError, match="empty.smi"):
        genwright.screen(tmp_path / "empty.smi", actives=["CCO"], out=tmp_path / "a", progress=False)
    with pytest.raises(DataError, match=r"keeps no molecule \(measured already 1, unreadable 1\)|keeps no molecule"):
        genwright.screen(["CCO", "c1cccc1"], actives=["CCO"], out=tmp_path / "b", progress=False)


def test_a_folder_with_something_else_is_left_alone(place, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="holds no screen: name another folder"):
        genwright.screen(["CCO"], actives=["CCN"], out=tmp_path, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_damaged_record_is_no_screen(tmp_path):
    ask = dict(actives=["CCN"], out=tmp_path / "hits", progress=False)
    genwright.screen(["CCO", "CCC"], **ask)
    (tmp_path / "hits" / "summary.json").write_text("{")
    with pytest.raises(RunError, match="summary.json is damaged.*remove it, and run the same command again"):
        genwright.screen(["CCO", "CCC"], **ask)
    (tmp_path / "hits" / "summary.json").unlink()
    genwright.screen(["CCO", "CCC"], **ask)
    (tmp_path / "hits" / "screen.json").write_text('{"library"')
    with pytest.raises(RunError, match="no screen that can be resumed"):
        genwright.screen(["CCO", "CCC"], **ask)


def test_a_refusal_names_what_is_another(tmp_path):
    (tmp_path / "a.smi").write_text("CCO\nCCC\n")
    (tmp_path / "b.smi").write_text("CCO\nCCC\n")
    ask = dict(out=tmp_path / "hits", progress=False)
    genwright.screen(tmp_path / "a.smi", actives=["CCN"], **ask)
    with pytest.raises(RunError, match=r"\(other library\)"):
        genwright.screen(tmp_path / "b.smi", actives=["CCN"], **ask)
    with pytest.raises(RunError, match=r"\(other known molecules\)"):
        genwright.screen(tmp_path / "a.smi", actives=["CCF"], **ask)


def test_a_folder_that_another_process_holds_is_refused(tmp_path):
    ask = dict(actives=["CCN"], out=tmp_path / "hits", progress=False)
    (tmp_path / "hits").mkdir()
    with FileLock(tmp_path / "hits" / ".lock"), pytest.raises(RunError, match="another process screens in .*: wait"):
        genwright.screen(["CCO", "CCC"], **ask)
    assert genwright.screen(["CCO", "CCC"], **ask).summary["kept"] == 2


def test_a_run_of_another_kind_ranks_nothing(place, tmp_path):
    genwright.fit(place.library, "bootstrap", out=tmp_path / "strings", progress=False)
    for call in (
        lambda: genwright.screen(place.library, run=tmp_path / "strings", out=tmp_path / "hits"),
        lambda: explain(tmp_path / "strings", place.library),
    ):
        with pytest.raises(DataError, match="predicts no properties of molecules: train one"):
            call()


def test_a_model_that_sees_no_atoms_explains_none(place, tmp_path):
    data = genwright.load_data(place.folder / "assay.csv", target="active", descriptors="none")
    genwright.fit(data, "mean", out=tmp_path / "mean", progress=False)
    with pytest.raises(Unsupported, match="sees no atoms"):
        explain(tmp_path / "mean", place.library[:2])
    with pytest.raises(DataError, match="no molecule that can be read"):
        explain(place.folder / "forest", ["c1cccc1"])
