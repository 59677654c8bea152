"""Fitted predictors of properties: how far they are believed, and that only a molecule decides its prediction."""

from math import ceil

import numpy as np
import pandas as pd
import pytest
import torch
from cells import first_in_short
from killing import Killed, killed_at
from made_molecules import molecules

import genwright
from genwright.core.answers import EXACT
from genwright.core.data import RESERVED_PART
from genwright.core.errors import BudgetError, DataError, RunError
from genwright.core.folder import WEIGHTS
from genwright.molecules.chemistry import fingerprints
from genwright.molecules.families import properties, property_baselines
from genwright.molecules.families.properties import Ensemble
from genwright.molecules.families.uncertainty import least_similarity
from genwright.run.folder import read_config
from genwright.run.tasks import task_of
from genwright.training.checkpoints import Store
from genwright.training.stage import StageTraining

pytest.importorskip("rdkit")
PARTS = ["train"] * 80 + ["valid"] * 160 + ["test"] * 20
SMILES = molecules(len(PARTS))
FITS = {
    "nearest": ("nearest", {}),
    "one": ("dmpnn", {"epochs": 3}),
    "two": ("dmpnn", {"epochs": 6, "ensemble": 2}),
    "folds": ("fingerprint", {"epochs": 6, "ensemble": 2, "rows": "all"}),
}
EACH = pytest.mark.parametrize("name", FITS)
APARTS = pytest.mark.parametrize("name", ["nearest", "one", "two"])  # those measured by molecules that are set apart


def assay(*targets, **options):
    """How long the SMILES is, how many oxygens it has, both with noise, and whether there is a chlorine; unknown of
    some."""
    rng = np.random.default_rng(0)
    size, oxygens = ([len(text) + rng.normal() for text in SMILES], [text.count("O") + rng.normal() for text in SMILES])
    table = pd.DataFrame({"size": size, "oxygens": oxygens, "chlorine": ["ny"["Cl" in text] for text in SMILES]})
    table = table.mask(rng.random(table.shape) < 0.2).assign(smiles=SMILES, part=PARTS)
    return genwright.load_data(table, target=list(targets), **{"split_column": "part", "descriptors": "none"} | options)


def fit(data, family=None, **options):
    begun = "parent" in options or "replay" in options
    return genwright.fit(data, family, preset=None if begun else "tiny", progress=False, **options)


@pytest.fixture(scope="module")
def data():
    return assay("size", "chlorine")


@pytest.fixture(scope="module")
def fitted(data, tmp_path_factory):
    """{name: model}, and the folder that holds the run of each by its name."""
    home = tmp_path_factory.mktemp("believed")
    return {name: fit(data, family, out=home / name, **how) for name, (family, how) in FITS.items()}, home


def equal(a, b) -> bool:
    both = zip(a.family.state_dict().values(), b.family.state_dict().values())
    return all(np.array_equal(x.numpy(), y.numpy(), equal_nan=True) for x, y in both)


@APARTS
def test_an_interval_holds_exactly_the_rank_of_what_it_was_measured_by(name, data, fitted):
    """ceil(0.9 (m + 1)) of m known values; and 95% of those molecules are inside."""
    model, apart = fitted[0][name], task_of(data, "properties").encoded[RESERVED_PART]
    table, size = model.predict([data.smiles[k] for k in apart.x.tolist()]), model.domain.targets[0]
    known = (apart.target.known[:, 0] == EXACT).numpy()
    y = apart.target.y[:, 0].double().numpy() * size.scale + size.shift
    middle, half = (table["size_high"] + table["size_low"]) / 2, (table["size_high"] - table["size_low"]) / 2
    m = int(known.sum())
    assert 50 <= m < len(apart) and (np.abs(y - middle) <= half + 1e-4)[known].sum() == ceil(0.9 * (m + 1))
    assert 0.95 <= table["inside"].mean() <= 1 and not model.config["health"]
    chances = table[["p(chlorine=n)", "p(chlorine=y)"]].sum(1)
    assert np.allclose(chances, 1, atol=1e-5) and np.isfinite(model.family.calibration[1, 1])


@pytest.mark.parametrize("rows", first_in_short(["train", "all"]))
def test_folds_make_intervals_that_hold_new_molecules(rows, monkeypatch):
    """Where few validate, or none. Errors of members on molecules that they trained on make intervals too narrow."""
    few, folds, judge = 150, [], Ensemble.judge_by_folds
    monkeypatch.setattr(Ensemble, "judge_by_folds", lambda family, given: (folds.extend(given), judge(family, given)))
    smiles = molecules(550)
    heteroatoms = np.array([text.count("O") + text.count("N") / 2 - len(text) / 8 for text in smiles])
    y = heteroatoms + 0.7 * np.random.default_rng(0).normal(size=len(smiles))
    data = genwright.load_data((smiles[:few], y[:few]), target="y", descriptors="none")
    model = fit(data, "fingerprint", epochs=80, ensemble=5, rows=rows)

    def held() -> float:
        found = model.predict(smiles[few:])
        assert found["y"].between(found["y_low"], found["y_high"]).all() and found["inside"].mean() > 0.85
        return float(((found["y_low"] <= y[few:]) & (y[few:] <= found["y_high"])).mean())

    assert not [line for line in model.config["health"] if "believed" in line]
    right = held()
    with torch.no_grad():
        judge(model.family, folds[1:] + folds[:1])
    assert 0.82 < right < 0.98 and held() < right - 0.06


def test_each_of_all_molecules_is_measured_once(data, fitted):
    """A molecule is kept, but it is not its own nearest."""
    family, known = fitted[0]["folds"].family, data.columns[0].known == EXACT
    assert sorted(family.numbers.tolist()) == list(range(len(data)))
    *_, (least, by_folds, _) = family.calibration.tolist()
    assert family.calibration[0, 2] == known.sum() and by_folds == 1 and least < 0.9


def test_members_give_a_spread_and_one_network_gives_none(fitted):
    columns = ["size_spread", "chlorine_spread"]
    assert all((fitted[0][name].predict(SMILES[:9])[columns] > 0).all(axis=None) for name in ("two", "folds"))
    assert all(fitted[0][name].predict(SMILES[:9])[columns].isna().all(axis=None) for name in ("one", "nearest"))


@EACH
def test_order_company_and_blocks_change_no_prediction(name, fitted, monkeypatch):
    model = fitted[0][name]
    texts = [*SMILES[-20:], "C", "not one", "[Na+]", SMILES[-1]]
    whole, order = model.predict(texts), np.random.default_rng(0).permutation(len(texts))
    close = lambda a, b: pd.testing.assert_frame_equal(
        a.reset_index(drop=True), b.reset_index(drop=True), rtol=1e-4, atol=1e-5, check_dtype=False
    )
    close(model.predict([texts[k] for k in order]), whole.iloc[order])
    close(pd.concat([model.predict([text]) for text in SMILES[-3:]]), whole.iloc[17:20])
    for module, of in ((properties, "BLOCK"), (property_baselines, "BLOCK"), (fingerprints, "ROWS")):
        monkeypatch.setattr(module, of, 3)
    monkeypatch.setattr(fingerprints, "COLUMNS", 7)
    close(model.predict(texts), whole)
    assert whole["valid"].tolist() == [True] * 21 + [False, True, True] and whole.iloc[21, 3:].isna().all()


def test_every_training_molecule_is_its_own_nearest(data, fitted):
    table = fitted[0]["one"].predict(data.smiles)
    trained = np.flatnonzero(data.parts == "train")
    assert (table["similarity"][trained] == 1).all() and set(table["nearest"]) <= set(trained)
    same = table["nearest"][trained] == trained
    assert same.mean() > 0.9 and (table["similarity"].drop(trained) < 1).mean() > 0.9  # a few have the same bits


@pytest.mark.parametrize("name, last", [("two", "judge"), ("folds", "judge_by_folds")])
def test_an_ensemble_that_is_killed_ends_with_the_bits_of_one_that_lived(
    name, last, data, fitted, tmp_path, monkeypatch
):
    """It is killed in the first member, in the second, and before it is judged."""
    family, how = FITS[name]
    run = lambda: fit(data, family, **how, out=tmp_path / "run", checkpoint_seconds=0)
    for owner, method, count in ((Store, "save", 2), (StageTraining, "use_best_weights", 1), (Ensemble, last, 0)):
        with killed_at(monkeypatch, owner, method, count), pytest.raises(Killed):
            run()
    assert equal(run(), fitted[0][name]) and equal(genwright.load_model(tmp_path / "run"), fitted[0][name])
    assert (tmp_path / "run" / WEIGHTS).read_bytes() == (fitted[1] / name / WEIGHTS).read_bytes()


@pytest.mark.long
@EACH
def test_a_replay_writes_the_same_weights(name, data, fitted, tmp_path):
    fit(data, replay=fitted[1] / name, out=tmp_path / "run")
    assert (tmp_path / "run" / WEIGHTS).read_bytes() == (fitted[1] / name / WEIGHTS).read_bytes()


@pytest.mark.long
def test_one_network_that_learns_from_all_leaves_nobody_to_judge_by(data, tmp_path):
    """And it learns from those that are apart else."""
    model = fit(data, "dmpnn", epochs=1, rows="all", out=tmp_path / "run")
    assert sorted(model.family.numbers.tolist()) == list(range(len(data)))
    table = model.predict(data.smiles[:5])
    assert table[["size_low", "size_high"]].isna().all(axis=None) and (table["similarity"] == 1).all()
    assert table["inside"].all()  # as alike as training molecules are to each other
    (told,) = read_config(tmp_path / "run")["health"]
    assert "`size`" in told and "`chlorine`" in told and "--ensemble" in told


@pytest.mark.parametrize("name", first_in_short(["two", "one"]))
def test_a_run_goes_on_from_another_with_the_same_targets_or_with_others(name, data, fitted, tmp_path):
    """At a pace of next to nothing it still is what it began from."""
    parent, options = fitted[0][name], {"parent": fitted[1] / name, "steps": 1, "pace": 1e-6}
    same, other = fit(data, **options), fit(assay("oxygens"), out=tmp_path / "run", **options)
    numbers = ["size", "p(chlorine=y)"]
    each = lambda model: model.family.member_predictions(model.domain.context(SMILES[:30], model.family.views)).detach()
    assert torch.allclose(each(same), each(parent), atol=1e-4) and same.domain == parent.domain
    assert np.allclose(other.encode(SMILES[:30]), parent.encode(SMILES[:30]), atol=1e-4)
    assert "oxygens" in other.predict(SMILES[:3]) and not {*numbers} & {*other.predict(SMILES[:3])}
    again = fit(assay("oxygens"), replay=tmp_path / "run", out=tmp_path / "again")
    assert equal(again, other) and equal(genwright.load_model(tmp_path / "run"), other)


def test_what_a_run_cannot_begin_from_is_refused(data, fitted):
    one = fitted[1] / "one"
    for how in ({"descriptors": "rdkit"}, {"salts": "keep"}):
        with pytest.raises(DataError):
            fit(assay("size", **how), parent=one)
    with pytest.raises(BudgetError):
        fit(data, parent=one, ensemble=3)
    with pytest.raises(DataError):
        fit(data, "nearest", ensemble=3)
    with pytest.raises(RunError):
        fit(data, parent=fitted[1] / "nearest")


@pytest.mark.parametrize("family", ["forest", "nearest", "linear"])
def test_few_molecules_still_say_who_is_inside_and_simple_families_have_intervals(family):
    smiles = molecules(120)
    values = [text.count("C") + text.count("c") for text in smiles]
    data = genwright.load_data((smiles[:70], values[:70]), target="size")
    options = {"hyperparameters": {"trees": 20}} if family == "forest" else {}
    model = genwright.fit(data, family=family, progress=False, **options)
    table = model.predict([*smiles[70:], "[Xe]"])
    assert not table["inside"].iloc[-1] and 0.7 < table["inside"].iloc[:-1].mean()
    held = np.array(values[70:])
    rows = table.iloc[:-1]
    assert 0.75 < ((rows["size_low"] <= held) & (held <= rows["size_high"])).mean()
    assert (rows["size_high"] - rows["size_low"]).mean() < 4 * np.std(values)


def test_fewer_than_twelve_training_molecules_say_nobody_is_inside():
    assert (
        least_similarity(np.linspace(0, 1, 11), minimum=12) is None and least_similarity(np.ones(12), minimum=12) == 1
    )
