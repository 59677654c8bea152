# Tests molecules/screen/page.py, molecules/screen/plan.py, molecules/screen/record.py, molecules/screen/scorers.py
"""A screen ranks a library, says why a molecule is left out, resumes, and is honest about what it does not know."""

import shutil

import numpy as np
import pandas as pd
import pytest
from made_molecules import molecules
from markupsafe import escape
from rdkit import Chem

import genwright
from genwright.core import patience
from genwright.core.patience import bar
from genwright.molecules.chemistry.fingerprints import nearest
from genwright.molecules.chemistry.standards import parent_of
from genwright.molecules.screen import plan as screen_plan
from genwright.molecules.screen import rows
from genwright.molecules.screen.page import by_scaffold, depth, depth_of
from genwright.molecules.screen.record import WORK, actives_of, packed_of
from genwright.molecules.screen.scorers import among_library, by_leaving_out, density
from genwright.run.folder import read_config
from genwright.run.open import load_model


@pytest.fixture(scope="module")
def by_run(place):
    return genwright.screen(
        place.folder / "library.smi.gz", run=place.folder / "forest", out=place.folder / "by-run", progress=False
    )


STOPS = {k * (k + 1) // 2 for k in range(1, 30)}  # writes before which a screen is stopped, ever farther apart


def table(done) -> pd.DataFrame:
    return pd.read_csv(done.ranked, keep_default_na=False, dtype=str)


def hits(place, names) -> np.ndarray:
    """Which molecules of the library have what makes a molecule active."""
    texts = {f"L{k}": text for k, text in enumerate(place.library)} | {"twice": place.library[0]}
    return np.array([texts[name].startswith(place.mark) for name in names])


def test_every_molecule_of_the_library_has_a_row_and_the_best_score_comes_first(place, by_run):
    rows = table(by_run)
    assert len(rows) == len(place.library) + 3
    kept = rows[rows["removed"] == ""]
    assert kept["score"].astype(float).is_monotonic_decreasing and len(kept) == by_run.summary["kept"]
    hit = hits(place, kept["name"])
    assert hit[: hit.sum()].mean() > 0.8


def test_ties_share_the_mean_of_their_ranks(by_run):
    kept = table(by_run).query("removed == ''")
    ranks, score = kept["rank"].astype(float), kept["score"].astype(float)
    assert np.allclose(ranks, (-score).rank(method="average"))
    assert by_run.summary["tied"] == score.duplicated(keep=False).sum() > 0


def test_measured_molecules_are_left_out_by_their_parent_and_lines_that_cannot_be_read_are_named(place, by_run):
    rows = table(by_run).set_index("name")
    assert rows.loc["salt", "removed"] == "measured already"
    assert rows.loc["bad", "removed"].startswith("unreadable: ") and rows.loc["bad", "rank"] == ""
    (line,) = by_run.summary["unreadable"]
    assert line.startswith(f"line {len(place.library) + 3}: ") and str(escape(line)) in by_run.report.read_text()


def test_a_parent_has_neither_salt_nor_charge_nor_stereo():
    for text in ("C[C@H](N)C(=O)O.Cl", "C[C@@H]([NH3+])C(=O)[O-]", "CC(N)C(=O)[O-].[Na+]"):
        assert parent_of(text) == "CC(N)C(=O)O"
    assert parent_of("c1ccccc1") == "c1ccccc1"


def test_the_same_call_reads_what_is_there(place, by_run):
    before = by_run.ranked.stat().st_mtime_ns
    library = place.folder / "library.smi.gz"
    again = genwright.screen(library, run=place.folder / "forest", out=by_run.folder, top=7, progress=False)
    assert by_run.ranked.stat().st_mtime_ns == before and len(again.best) == 7
    assert (by_run.folder / "top.sdf").read_text().count("$$$$") == 7


@pytest.mark.long
def test_a_screen_that_was_stopped_anywhere_ends_with_the_same_ranks(place, by_run, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "PART_SIZE", 11)
    monkeypatch.setattr(rows, "FAN", 2)
    ask = dict(run=place.folder / "forest", out=tmp_path / "hits", progress=False)
    write, calls = rows.write_whole, 0

    class Stopped(BaseException):
        pass

    def stopping(path, data):
        nonlocal calls
        calls += 1
        if calls in STOPS:
            raise Stopped
        return write(path, data)

    monkeypatch.setattr(rows, "write_whole", stopping)
    for _ in range(40):
        try:
            done = genwright.screen(place.folder / "library.smi.gz", **ask)
        except Stopped:
            continue
        break
    assert calls > 10 and done.ranked.read_bytes() == by_run.ranked.read_bytes()
    assert not (tmp_path / "hits" / WORK).exists()


@pytest.mark.long
def test_filters_leave_out_only_what_was_asked_for(place, tmp_path):
    ask = dict(actives=place.folder / "actives.smi", progress=False)
    library = [*place.library[:20], "O=Cc1ccccc1", "C[N+](C)(C)CC"]
    plain = genwright.screen(library, out=tmp_path / "plain", **ask)
    assert not plain.summary["removed"]
    strict = genwright.screen(library, out=tmp_path / "strict", without=["mcf", "charges"], **ask)
    rows = table(strict).set_index("smiles")
    assert rows.loc["O=Cc1ccccc1", "removed"] == "mcf" and rows.loc["CC[N+](C)(C)C", "removed"] == "charges"
    assert "MCF7" in rows.loc["O=Cc1ccccc1", "filters"]
    new = genwright.screen(library, out=tmp_path / "new", new=0.4, **ask)
    kept = table(new).query("removed == ''")
    assert 0 < len(kept) < len(library) and kept["similarity"].astype(float).max() <= 0.4


@pytest.mark.long
def test_a_flag_is_a_column_with_its_auc_and_removes_nothing_unless_asked(place, tmp_path):
    ask = dict(actives=place.folder / "actives.smi", flags={"toxicity": place.folder / "forest"}, progress=False)
    plain = genwright.screen(place.folder / "library.smi", out=tmp_path / "plain", **ask)
    rows = table(plain)
    assert "toxicity" not in plain.summary["removed"] and rows["toxicity"].astype(str).ne("").sum() > 100
    assert plain.summary["flags"]["toxicity"].startswith("ROC-AUC ") and "ROC-AUC" in plain.report.read_text()
    strict = genwright.screen(place.folder / "library.smi", out=tmp_path / "strict", without=["toxicity"], **ask)
    flagged = table(strict).query("removed == 'toxicity'")
    assert len(flagged) and flagged["toxicity"].astype(float).min() >= 0.5


def test_held_out_actives_say_how_deep_to_buy(by_run):
    summary = by_run.summary
    assert len(summary["ranks"]) >= 3 and summary["ranks"] == sorted(summary["ranks"])
    assert summary["figures"]["ROC-AUC"][0] > 0.9 and "test molecules that training did not see" in summary["how"]
    assert depth_of(np.array([1, 2, 3, 100]), 0.5) == 2 and depth_of(np.array([1, 100.5]), 1.0) == 101


@pytest.mark.parametrize(
    "ranks, said", [((450, 300, 620, 800, 150, 510), "Do not buy"), ((4, 9, 30, 90, 2, 300), "50%")]
)
def test_a_ranking_that_is_no_better_than_chance_says_so(ranks, said):
    assert said in " ".join(depth({"ranks": sorted(ranks), "among": 1_000, "how": ""}))


@pytest.mark.long
def test_a_model_of_all_rows_has_no_molecules_to_measure_recall_on(place, tmp_path):
    done = genwright.screen(place.folder / "library.smi", run=place.folder / "all", out=tmp_path / "h", progress=False)
    assert not done.summary["ranks"] and "learned from all molecules" in done.summary["how"]
    assert "learned from all molecules" in done.report.read_text()


def test_without_the_training_table_equal_fingerprints_are_left_out(place, tmp_path):
    shutil.copytree(place.folder / "forest", tmp_path / "forest")
    config = tmp_path / "forest" / "config.toml"
    config.write_text(config.read_text().replace("assay.csv", "gone.csv"))
    known = place.measured[0]
    done = genwright.screen([known, *place.library[:9]], run=tmp_path / "forest", out=tmp_path / "h", progress=False)
    rows = table(done)
    assert rows.iloc[-1]["removed"] == "measured already" and "is gone" in " ".join(done.notes)
    assert rows.iloc[-1]["nearest_training"].isdigit()


@pytest.mark.parametrize("by", ["similarity", "one-class", "decoys"])
def test_known_actives_alone_find_others_like_them(place, tmp_path, by):
    actives = [f"{'C' * n}S(=O)(=O)c1ccccc1" for n in range(1, 13)]
    sought = [f"{'C' * n}S(=O)(=O)c1ccccc1" for n in range(13, 17)]
    ask = {"family": "nearest"} if by == "decoys" else {}
    library = [*place.library[:60], *sought]
    done = genwright.screen(library, actives=actives, by=by, out=tmp_path / by, progress=False, **ask)
    assert len(set(done.best["smiles"][:4]) & set(sought)) >= 3
    assert len(done.summary["ranks"]) >= 2


def test_a_molecule_near_two_actives_is_denser_than_one_near_one():
    known, _ = actives_of(["CCO", "CCCO", "c1ccccc1"])
    near, far = density(actives_of(["CCCCO", "Cc1ccccc1"])[0].fingerprints, known.fingerprints)
    assert near > far


@pytest.mark.long
def test_an_assay_is_trained_on_and_its_number_may_rank(place, tmp_path):
    done = genwright.screen(
        place.folder / "library.smi", assay=place.folder / "assay.csv", target="y", lower=False,
        family="nearest", out=tmp_path / "h", progress=False,
    )  # fmt: skip
    assert done.best["score"].is_monotonic_decreasing and (tmp_path / "h" / "model" / "config.toml").exists()
    assert "90%" in (tmp_path / "h" / "ranked.columns.txt").read_text()


def test_a_screen_trains_as_fit_does(tmp_path, monkeypatch):
    seen = {}
    monkeypatch.setattr(screen_plan, "fit", lambda data, family, **options: seen.update(options, family=family))
    screen_plan.Training(None, 2.0, 3).fit_judged(None, tmp_path, False)
    assert seen == {"family": None, "minutes": 2.0, "seed": 3, "out": tmp_path / "judged-model", "progress": False}


def test_the_model_that_ranks_learned_from_every_molecule_and_is_judged_by_those_that_its_twin_did_not_see(tmp_path):
    every = molecules(60)
    frame = pd.DataFrame({"smiles": every[:50], "active": [int("S(=O)" in text) for text in every[:50]]})
    frame.to_csv(tmp_path / "assay.csv", index=False)
    ask = dict(assay=tmp_path / "assay.csv", target="active", positive="1", family="nearest", progress=False)
    done = genwright.screen(every[50:], **ask, out=tmp_path / "h")
    assert done.summary["ranks"] or "of 10 test molecules" in done.summary["how"]
    assert len(load_model(tmp_path / "h" / "model").predict(every[:1])) == 1
    rows_of = {name: read_config(tmp_path / "h" / name)["rows"] for name in ("model", "judged-model")}
    assert rows_of == {"model": "all", "judged-model": "train"}
    assert (load_model(tmp_path / "h" / "model").predict(frame["smiles"])["similarity"] == 1).all()


def test_the_page_draws_the_best_of_each_scaffold_first_and_marks_what_is_alike(by_run):
    library = by_run.folder.parent / "library.smi.gz"
    done = genwright.screen(library, run=by_run.folder.parent / "forest", out=by_run.folder, progress=False)
    shown = by_scaffold(done.best)
    assert not shown["again"].iloc[: shown["scaffold"].nunique()].any()
    page = done.report.read_text()
    assert page.count("<svg") == len(done.best) == 100 and "#B5DDF9" in page and len(page) < 3_000_000
    assert "what to buy, and how deep" in page


def test_enrichment_is_recall_over_the_share_that_is_bought():
    found = among_library(np.array([1.0, 2.0, 500.0, 900.0]), 999)
    assert found["Enrichment at 1%"][0] == pytest.approx(50) and found["Enrichment at 5%"][0] == pytest.approx(10)


def test_a_molecule_whose_own_smiles_cannot_be_read_again_is_left_out_and_stops_nothing(tmp_path, monkeypatch):
    from genwright.molecules.screen import rows

    class Forgetful:
        def __getattr__(self, name):
            return getattr(Chem, name)

        def MolFromSmiles(self, text):
            return None if text == "CCCN" else Chem.MolFromSmiles(text)

    monkeypatch.setattr(rows, "Chem", Forgetful())
    library = rows.Library("x", ["CCO", "CCCN"], ["", ""], ["line 1", "line 2"], ["", ""], ["CCO", "CCCN"], "m", "p")
    found, parsed = rows._parsed(library)
    assert list(found.valid) == [True, False] and found.smiles == ["CCO"] and len(parsed) == 1


def test_a_folder_that_was_made_anew_is_ranked_by_its_own_actives(place, tmp_path):
    for active in place.measured[:2]:
        done = genwright.screen(place.library[:12], actives=[active], out=tmp_path / "h", progress=False)
        assert set(done.best["nearest_active"]) == {Chem.CanonSmiles(active)}
        shutil.rmtree(tmp_path / "h")


def test_new_compares_with_measured_molecules_and_with_no_decoy(place, tmp_path):
    actives = [f"{'C' * n}S(=O)(=O)c1ccccc1" for n in range(1, 13)]
    ask = dict(actives=actives, new=0.99, progress=False)
    done = genwright.screen(place.library[:60], by="decoys", family="nearest", out=tmp_path / "decoys", **ask)
    assert "not new" not in done.summary["removed"]


@pytest.mark.long
def test_new_compares_with_measured_molecules_that_no_model_trained_on(place, tmp_path):
    known = packed_of(place.measured)
    middle = round(float(np.median(nearest(packed_of(place.library), known)[0])), 3)
    ask = dict(run=place.folder / "forest", new=middle, out=tmp_path / "h", progress=False)
    kept = table(genwright.screen(place.library, **ask)).query("removed == ''")["smiles"]
    assert 10 < len(kept) < 100 and nearest(packed_of(list(kept)), known)[0].max() <= middle + 0.0005


@pytest.mark.parametrize("name", ["library", "my tox (%)"])
def test_a_flag_may_have_any_other_name(place, tmp_path, name):
    ask = dict(actives=place.measured[:3], flags={name: place.folder / "forest"}, without=[name], progress=False)
    done = genwright.screen(place.library[:4], out=tmp_path / "h", **ask)
    assert table(done)[name].ne("").all()
    with pytest.raises(genwright.GenwrightError):
        genwright.screen(place.library[:3], out=tmp_path / "h", **ask)


def test_a_flag_of_several_numbers_names_the_one_that_it_shows(place, tmp_path):
    frame = pd.DataFrame({"smiles": place.measured[:60]})
    frame["length"], frame["carbons"] = frame["smiles"].map(len), frame["smiles"].str.count("C")
    frame.to_csv(tmp_path / "two.csv", index=False)
    data = genwright.load_data(tmp_path / "two.csv", target=["length", "carbons"], descriptors="none")
    genwright.fit(data, "mean", out=tmp_path / "two", progress=False)
    ask = dict(actives=place.measured[:3], flags={"tox": tmp_path / "two"}, out=tmp_path / "h", progress=False)
    done = genwright.screen(place.library[:4], **ask)
    assert "`length` by the flag's model" in (tmp_path / "h" / "ranked.columns.txt").read_text()
    assert "tox_of" not in table(done)
    with pytest.raises(genwright.GenwrightError):
        genwright.screen(place.library[:4], without=["tox"], **ask)


def test_an_active_is_not_held_out_from_its_own_stereoisomers():
    known, _ = actives_of(["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "C[C@@H]([NH3+])C(=O)[O-]", "CCCCCCBr"])
    assert max(by_leaving_out("similarity", known).scores) < 0.5
    alone, _ = actives_of(["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"])
    assert not by_leaving_out("similarity", alone).scores


@pytest.mark.parametrize("kept", [9, 999])
def test_random_actives_are_not_enriched_in_a_library_of_any_length(kept):
    found = among_library(np.arange(1.0, kept + 2), kept)
    assert [value for value, _ in found.values()] == pytest.approx([1, 1])


def test_a_training_table_that_is_gone_makes_another_screen(place, tmp_path):
    shutil.copytree(place.folder / "forest", tmp_path / "forest")
    ask = dict(run=tmp_path / "forest", out=tmp_path / "h", progress=False)
    genwright.screen(place.library[:4], **ask)
    config = tmp_path / "forest" / "config.toml"
    config.write_text(config.read_text().replace("assay.csv", "gone.csv"))
    with pytest.raises(genwright.GenwrightError):
        genwright.screen(place.library[:4], **ask)


NAMES = "lone\rreturn", "$$$$ name", "two\r\nlines", "two\nlines", "L4"


def test_any_name_is_ranked_and_stands_in_the_sdf(place, tmp_path):
    frame = pd.DataFrame({"smiles": place.library[: len(NAMES)], "name": NAMES})
    frame.to_parquet(tmp_path / "library.parquet")
    done = genwright.screen(
        tmp_path / "library.parquet", actives=place.measured[:3], out=tmp_path / "h", progress=False
    )
    assert sorted(done.best["name"]) == sorted(NAMES)
    blocks = list(Chem.SDMolSupplier(str(tmp_path / "h" / "top.sdf")))
    assert [block.GetProp("name").strip() for block in blocks] == [" ".join(name.split()) for name in done.best["name"]]


def test_held_out_actives_are_not_ranked_among_decoys(tmp_path):
    scored = [f"{number},C{'C' * number},{score},".split(",") for number, score in enumerate((0.9, 0.5, 0.5, 0.1))]
    columns = ["number", "smiles", "score", "removed", "rank", "place"]
    (tmp_path / WORK).mkdir()
    part = rows._write(tmp_path / WORK / "0.csv", ([*row, "", ""] for row in scored))
    found = rows.write_ranked([part], columns, tmp_path, np.array([0.5, 0.0]), {"CC", "CCCC"})
    assert found["kept"] == 4 and found["among"] == 2
    assert found["ranks"] == [2.5, 3.0]


def test_held_out_actives_are_ranked_by_the_model_that_scored_them(tmp_path):
    """The ranks of ranked.csv are those of the other model."""
    lines = ("0,CC,0.9,,,,0.1", "1,CCC,0.5,,,,0.7", "2,CCCC,0.4,,,,0.3")
    columns = ["number", "smiles", "score", "removed", "rank", "place", rows.JUDGED_SCORE]
    (tmp_path / WORK).mkdir()
    part = rows._write(tmp_path / WORK / "0.csv", (line.split(",") for line in lines))
    found = rows.write_ranked([part], columns, tmp_path, np.array([0.8, 0.3, 0.0]), set())
    assert found["among"] == 3 and found["ranks"] == [1.0, 2.5, 4.0]
    table = pd.read_csv(tmp_path / "ranked.csv")
    assert list(table) == columns[1:-1] and table["rank"].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("progress", [True, False])
def test_a_screen_without_progress_shows_no_bar(tmp_path, monkeypatch, progress):
    shown = []
    monkeypatch.setattr(patience, "bar", lambda *of, **named: shown.append(of) or bar(show=False))
    genwright.screen(["CCO", "CCC"], actives=["CCN"], out=tmp_path / "h", progress=progress)
    assert bool(shown) == progress
