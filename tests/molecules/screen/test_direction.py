# Tests molecules/chemistry/measured.py
"""Which end of a property is good: words and names say it, a person says it, or nothing is ranked."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

import genwright
from genwright.core.answers import Target
from genwright.core.errors import DataError, GivenError, RunError
from genwright.molecules.chemistry.measured import (
    Direction,
    better_by_name,
    find_direction,
    find_warning,
    positive_of,
)
from genwright.molecules.design.wants import Objective, parse_want


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


PAIRS = """
active/inactive=active Active/Inactive=Active ACTIVE/INACTIVE=ACTIVE active/non-active=active
binder/non-binder=binder inhibitor/noninhibitor=inhibitor blocker/nonblocker=blocker substrate/non_substrate=substrate
yes/no=yes Y/N=Y true/false=true True/False=True T/F=T positive/negative=positive pos/neg=pos 1/0=1 1.0/0.0=1.0 1/-1=1
+/-=+ pass/fail=pass stable/unstable=stable soluble/insoluble=soluble permeable/impermeable=permeable
hit/miss=? hit/nohit=hit hit/no_hit=hit 1/2=? 2/5=? toxic/nontoxic=? toxic/safe=? mutagenic/non-mutagenic=?
agonist/antagonist=? high/low=? potent/weak=? active/very_active=? active/weakly_active=? resistant/susceptible=?
alive/dead=? A/I=? P/N=P T/N=? safe/unsafe=? explosive/nonexplosive=? known/unknown=? bound/unbound=bound
aktiv/inaktiv=aktiv Aktiv/nicht_aktiv=Aktiv ja/nein=ja JA/NEIN=JA J/N=J wahr/falsch=wahr positiv/negativ=positiv
wirksam/unwirksam=wirksam l\u00f6slich/unl\u00f6slich=l\u00f6slich giftig/ungiftig=?
toxisch/nicht-toxisch=? Treffer/Niete=? actif/inactif=actif activo/inactivo=activo
fail/pass=pass active/inactive/inconclusive/unspecified=active active/inactive/hit/miss=?
strong/moderate/weak/none=? 0/1/2=?
"""


@pytest.mark.parametrize("pair", PAIRS.split())
def test_words_of_labels_are_read_right_or_asked(pair):
    words, _, sought = pair.rpartition("=")
    classes = tuple(words.split("/"))
    for order in (classes, classes[::-1]):
        target = Target("y", order)
        if sought == "?":
            with pytest.raises(DataError, match="--positive"):
                find_direction(target)
        else:
            assert find_direction(target).positive == sought
        assert find_direction(target, positive=order[0].upper()).positive == order[0]
        assert find_direction(replace(target, positive=order[1])).positive == order[1]


@pytest.mark.parametrize("name", ["nontoxic", "is_toxic", "hERG", "inactive", "not_binding", "CYP3A4", "resistance"])
def test_a_name_that_turns_words_round_is_asked(name):
    with pytest.raises(DataError, match="--positive"):
        find_direction(Target(name, ("no", "yes")))


@pytest.mark.parametrize(
    "classes, name, warned",
    [
        (("nontoxic", "toxic"), "y", "toxic"),
        (("safe", "toxic"), "y", "toxic"),
        (("unsafe", "safe"), "y", "unsafe"),
        (("fail", "pass"), "y", "fail"),
        (("unstable", "stable"), "y", "unstable"),
        (("inactive", "active"), "NR-AR", "active"),
        (("0", "1"), "hERG", "1"),
        (("0", "1"), "stable", None),
        (("no", "yes"), "nontoxic", None),
        (("free", "bind"), "y", None),
    ],
)
def test_a_flag_warns_of_the_unwelcome_class_or_asks(classes, name, warned):
    for target in (Target(name, classes), Target(name, classes[::-1])):
        if warned is None:
            with pytest.raises(DataError, match="RUN:"):
                find_warning(target)
        else:
            assert find_warning(target) == warned
        assert find_warning(target, classes[0]) == classes[0]


@pytest.mark.parametrize(
    "name",
    [
        "pIC50",
        "pChEMBL Value",
        "pKi",
        "-logIC50",
        "% inhibition",
        "Solubility",
        "logS",
        "half_life",
        "t1/2 halflife",
        "pMIC",
        "log(1/IC50)",
        "Inhibition [%] at 10 uM",
        "Solubility (uM)",
        "pKi (nM)",
    ],
)
def test_a_number_of_which_more_is_better_needs_no_option(name):
    assert not find_direction(Target(name)).lower


@pytest.mark.parametrize(
    "name",
    ["IC50 nM", "Ki", "EC50", "Kd", "MIC", "Potency", "% viability", "clearance", "CLint", "y", "score",
     "docking", "dG", "LD50", "logD", "efflux ratio", "hERG pIC50", "toxicity", "Standard Value",
     "% inhibition of hERG", "-logS", "-log LD50", "neg_log_LC50", "pLD50", "inhibition constant", "inhibition (nM)",
     "Tm", "half-maximal inhibition", "pkinase score", "pIC50 hERG", "log(1/S)"],
)  # fmt: skip
def test_any_other_number_is_asked(name):
    with pytest.raises(DataError, match="--lower .* --higher"):
        find_direction(Target(name))


@pytest.mark.parametrize(
    "name",
    ["IC50", "ic50_nM", "Ki (nM)", "Kd.app", "EC50 uM", "MIC", "GI-50", "logIC50", "value_µM", "IC50nM", "c M"],
)
def test_names_of_which_less_is_better(name):
    assert better_by_name(name) < 0


@pytest.mark.parametrize(
    "name",
    [
        "pIC50",
        "pKi",
        "pIC50 (nM)",
        "-log10(IC50 M)",
        "neg_log_Ki",
        "logP",
        "docking",
        "y",
        "kidney",
        "length_mm",
        "Mass",
    ],
)
def test_names_of_which_less_is_not_better(name):
    assert better_by_name(name) >= 0


def test_what_a_person_says_goes_before_names():
    words, number = Target("y", ("hit", "miss")), Target("IC50")
    assert find_direction(words, positive=" HIT ") == Direction("y", positive="hit")
    assert find_direction(Target("y", ("active", "inactive")), positive="inactive").positive == "inactive"
    assert (
        find_direction(number, lower_is_better=True).sign == -1
        and find_direction(number, lower_is_better=False).sign == 1
    )
    assert not find_direction(Target("pIC50")).lower and find_direction(Target("y"), lower_is_better=True).lower


@pytest.mark.parametrize(
    "target, ask, remedy",
    [
        (Target("y", ("hit", "miss")), {}, "--positive 'hit'"),
        (Target("y", ("hit", "miss")), {"positive": "hot"}, "name one of hit, miss"),
        (Target("y", ("hit", "miss")), {"positive": "hit", "lower_is_better": True}, "leave them out"),
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


@pytest.mark.long
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
    with pytest.raises(DataError, match="--lower"):
        genwright.screen(few, target="y", **ask)
    genwright.screen(few, target="y", lower=False, **ask)
    with pytest.raises(RunError):
        genwright.screen(few, target="y", lower=True, **ask)


@pytest.mark.long
def test_a_class_named_at_reading_is_sought_by_every_later_command(place, tables, tmp_path):
    data = genwright.load_data(tables / "other.csv", target="other", positive="FREE", descriptors="none")
    assert data.columns[0].classes == ("bind", "free") and "hits are free" in data.columns[0].describe()
    plain = genwright.load_data(tables / "other.csv", target="other", descriptors="none")
    assert "--positive bind" in plain.columns[0].describe() and plain.columns[0].classes == ("bind", "free")
    turned = genwright.load_data(tables / "other.csv", target="other", positive=["bind"], descriptors="none")
    assert turned.columns[0].classes == ("free", "bind") and turned.hash != plain.hash
    assert (turned.columns[0].y == 1 - plain.columns[0].y).all()
    run = tmp_path / "run"
    genwright.fit(turned, family="forest", hyperparameters={"trees": 5}, out=run, progress=False)
    assert genwright.load_model(run).domain.targets[0].positive == "bind"
    done = genwright.screen(place.library[:20], run=run, out=tmp_path / "h", progress=False)
    assert done.summary["ranked by"].endswith("is bind, higher is better")
    with pytest.raises(DataError, match="bind, free"):
        genwright.load_data(tables / "other.csv", target="other", positive="hot")


@pytest.mark.long
def test_flags_and_wishes_name_a_class_behind_the_run(place, tables, tmp_path):
    data = genwright.load_data(tables / "other.csv", target="other", descriptors="none")
    run = tmp_path / "run"
    model = genwright.fit(data, family="forest", hyperparameters={"trees": 5}, out=run, progress=False)
    ask = dict(actives=place.library[:3], progress=False)
    with pytest.raises(DataError, match="RUN:"):
        genwright.screen(place.library, flags={"flag": run}, out=tmp_path / "a", **ask)
    done = genwright.screen(place.library, flags={"flag": f"{run}:bind"}, out=tmp_path / "b", **ask)
    chance = model.predict(list(done.best["smiles"]))["p(bind)"]
    assert np.allclose(done.best["flag"].astype(float), chance, atol=1e-5)
    assert "`other` is bind" in (tmp_path / "b" / "ranked.columns.txt").read_text()
    with pytest.raises(GivenError, match="RUN:other:bind"):
        Objective(None, [parse_want(f"{run}:other>=0.9")], open_run=genwright.load_model)
    for word in ("bind", "free"):
        goal = Objective(None, [parse_want(f"{run}:other:{word}>=0.9")], open_run=genwright.load_model)
        values = [answer.beside[f"{run}:other:{word}"] for answer in goal(place.library[:4])]
        assert np.allclose(values, model.predict(place.library[:4])[f"p({word})"])
        assert f"`other` is {word}" in " ".join(goal.describe())


def test_a_predicted_score_has_a_direction(tables, tmp_path):
    data = genwright.load_data(tables / "IC50.csv", target="IC50", descriptors="none")
    run = tmp_path / "run"
    model = genwright.fit(data, family="nearest", out=run, progress=False)
    make = lambda lower: Objective(None, [], open_run=genwright.load_model, run=f"{run}:IC50", lower_is_better=lower)
    with pytest.raises(DataError, match="--lower"):
        make(None)
    value = model.predict(["CCO"])["IC50"][0]
    assert make(True)(["CCO"])[0].score == -value and make(False)(["CCO"])[0].score == value
    assert "lower is better" in " ".join(make(True).describe())
