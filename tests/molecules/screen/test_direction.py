"""Which end of a property is good: words and names say it, a person says it, or nothing is ranked."""

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

import genwright
from genwright.chemistry.measured import Direction, find_direction, positive_of, seems_lower
from genwright.core.answers import Target
from genwright.core.errors import DataError, RunError


@pytest.mark.parametrize(
    "classes, positive",
    [
        (("inhibitor", "non-inhibitor"), "inhibitor"),
        (("active", "inactive"), "active"),
        (("not toxic", "Toxic"), "Toxic"),
        (("stable", "unstable"), "stable"),
        (("blocker", "nonblocker"), "blocker"),
        (("active", "inactive", "inconclusive"), "active"),
        (("0", "1"), "1"),
        (("-1.5", "2", "10"), "10"),
        (("No", "Yes"), "Yes"),
        (("hit", "miss"), None),
        (("high", "low", "medium"), None),
        (("pass", "toxic"), None),
    ],
)
def test_words_say_which_class_is_sought(classes, positive):
    assert positive_of(classes) == positive and positive_of(classes[::-1]) == positive


@pytest.mark.parametrize(
    "name",
    ["IC50", "ic50_nM", "Ki (nM)", "Kd.app", "EC50 uM", "MIC", "GI-50", "logIC50", "value_µM", "IC50nM", "c M"],
)
def test_names_of_which_less_is_better(name):
    assert seems_lower(name)


@pytest.mark.parametrize(
    "name", ["pIC50", "pKi", "pIC50 (nM)", "-log10(IC50 M)", "neg_log_Ki", "logP", "y", "kidney", "length_mm", "Mass"]
)
def test_names_of_which_less_is_not_better(name):
    assert not seems_lower(name)


def test_what_a_person_says_goes_before_names():
    words, number = Target("y", ("hit", "miss")), Target("IC50")
    assert find_direction(words, positive=" HIT ") == Direction("y", positive="hit")
    assert find_direction(Target("y", ("active", "inactive")), positive="inactive").positive == "inactive"
    assert find_direction(number, lower=True).sign == -1 and find_direction(number, lower=False).sign == 1
    assert not find_direction(Target("pIC50")).lower and find_direction(Target("y"), lower=True).lower


@pytest.mark.parametrize(
    "target, ask, remedy",
    [
        (Target("y", ("hit", "miss")), {}, "--positive 'hit'"),
        (Target("y", ("hit", "miss")), {"positive": "hot"}, "name one of hit, miss"),
        (Target("y", ("hit", "miss")), {"positive": "hit", "lower": True}, "leave them out"),
        (Target("IC50"), {}, "--lower .*, else --higher"),
        (Target("IC50"), {"positive": "hit"}, "--lower or --higher"),
    ],
    ids=str,
)
def test_a_direction_that_nothing_says_is_refused_with_the_option_that_says_it(target, ask, remedy):
    with pytest.raises(DataError, match=remedy):
        find_direction(target, **ask)


@pytest.fixture(scope="module")
def tables(place, tmp_path_factory):
    """Assays of the same molecules whose actives are told by words, and by numbers of which less is better."""
    folder = tmp_path_factory.mktemp("direction")
    active = np.array(place.active, bool)
    carbons = np.array([text.count("C") for text in place.measured])
    columns = {
        "known": np.where(active, "inhibitor", "non-inhibitor"),
        "other": np.where(active, "bind", "free"),
        "IC50": np.where(active, 10.0, 5_000.0) + carbons,
    }
    for name, values in columns.items():
        pd.DataFrame({"smiles": place.measured, name: values}).to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.mark.parametrize(
    "name, ask, said",
    [
        ("known", {}, "the probability that `known` is inhibitor, higher is better"),
        ("other", {"positive": "bind"}, "the probability that `other` is bind, higher is better"),
        ("IC50", {"lower": True}, "`IC50`, lower is better"),
    ],
)
def test_actives_come_first_and_the_screen_says_by_what(place, tables, tmp_path, name, ask, said):
    ask = dict(assay=tables / f"{name}.csv", target=name, family="nearest", out=tmp_path / "h", progress=False, **ask)
    done = genwright.screen(place.library, **ask)
    sought = {Chem.CanonSmiles(text) for text in place.library if text.startswith(place.mark)}
    hits = done.best["smiles"].isin(sought).to_numpy()
    assert hits[: hits.sum()].mean() >= 0.5 > 3 * hits.mean()
    assert done.summary["figures"]["ROC-AUC"][0] > 0.75 and done.summary["figures"]["Enrichment at 5%"][0] > 1
    assert np.mean(done.summary["ranks"]) < len(place.library) / 3
    assert done.best["score"].is_monotonic_increasing == bool(ask.get("lower"))
    assert done.summary["ranked by"] == said and said in done.describe()[0]
    assert said in (tmp_path / "h" / "ranked.columns.txt").read_text()
    assert said.replace("`", "") in done.report.read_text().replace("`", "")


def test_what_nothing_says_is_refused_before_a_model_is_trained(place, tables, tmp_path):
    for name, remedy in {"other": "--positive", "IC50": "--lower"}.items():
        with pytest.raises(DataError, match=remedy):
            genwright.screen(place.library, assay=tables / f"{name}.csv", target=name, out=tmp_path / "h")
    assert not (tmp_path / "h").exists()
    with pytest.raises(DataError):
        genwright.screen(place.library, actives=place.measured[:3], lower=True, out=tmp_path / "h")


def test_another_direction_in_the_same_folder_is_another_screen(place, tmp_path):
    ask = dict(run=place.folder / "both", out=tmp_path / "h", progress=False)
    few = place.library[:5]
    genwright.screen(few, target="y", **ask)
    genwright.screen(few, target="y", lower=False, **ask)
    with pytest.raises(RunError):
        genwright.screen(few, target="y", lower=True, **ask)
