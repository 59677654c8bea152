"""Intervals and temperatures: coverage that holds for finitely many molecules, by enumeration."""

from dataclasses import replace
from math import ceil

import numpy as np
import pandas as pd
import pytest
from made_molecules import molecules
from scipy.special import softmax

import genwright
from genwright.core.answers import EXACT, LOWER_BOUND, UNKNOWN, Target
from genwright.molecules.families.uncertainty import (
    FEWEST,
    FEWEST_ERRORS,
    SHIFT,
    Calibration,
    apply_temperature,
    fit_temperature,
    fit_temperature_and_shifts,
    half_width_of_mean,
    interval_units,
    least_similarity,
    split_conformal,
)

RNG = np.random.default_rng(0)
NUMBER, PAIR = Target("y", (), 1.0, 2.0), Target("active", ("no", "yes"))


@pytest.mark.parametrize("m", [50, 59, 60, 99, 100, 101, 199])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("members", [False, True])
def test_the_interval_holds_one_of_many_exactly_as_often_as_it_says(m, level, members):
    """Each of m + 1 molecules in turn is the one to predict, the others calibrate."""
    errors, spread = RNG.normal(size=m + 1), RNG.exponential(size=m + 1) if members else None
    held = 0
    for i in range(m + 1):
        others = None if spread is None else np.delete(spread, i)
        half = split_conformal(np.delete(errors, i), others, level) * interval_units(spread, m + 1)[i]
        held += abs(errors[i]) <= half * (1 + 1e-12)
    assert held == ceil(round((m + 1) * level, 9))


def test_intervals_are_wide_where_members_disagree():
    spread = RNG.exponential(size=4_000)
    errors = RNG.normal(size=4_000) * spread
    half = split_conformal(errors, spread) * interval_units(spread, 4_000)
    order = np.argsort(spread)
    for part in np.array_split(order, 4)[1:]:
        assert np.mean(np.abs(errors[part]) <= half[part]) == pytest.approx(0.9, abs=0.05)
    assert half.mean() < split_conformal(errors) and half[order[-1]] > 5 * half[order[0]]


@pytest.mark.parametrize("members", [3, 5, 20])
@pytest.mark.parametrize("own", [0.2, 1.0, 2.0])
def test_an_interval_around_a_mean_is_narrower_than_around_a_member(members, own):
    """By as much as members err on their own."""
    n = 20_000
    shared, each = RNG.normal(size=n), own * RNG.normal(size=(members, n))
    fold = RNG.integers(members, size=n)
    width = split_conformal((shared + each)[fold, np.arange(n)])
    half = half_width_of_mean(width, shared + each, fold)
    assert half == pytest.approx(split_conformal(shared + each.mean(0)), rel=0.1)
    learned = shared + each * np.where(np.arange(members)[:, None] == fold, 1.0, 0.3)
    assert half < half_width_of_mean(width, learned, fold) < width  # the others saw the molecule, and differ less
    assert half_width_of_mean(1e-3, shared + each, fold) == pytest.approx(1e-3 / members**0.5)


def test_of_two_members_no_others_can_be_compared():
    assert half_width_of_mean(2.0, RNG.normal(size=(2, 60)), np.arange(60) % 2) == 2.0


def test_too_few_values_calibrate_nothing():
    few = FEWEST - 1
    assert split_conformal(RNG.normal(size=FEWEST_ERRORS - 1)) is None
    assert split_conformal(RNG.normal(size=FEWEST_ERRORS)) is not None
    assert fit_temperature(np.full((few, 2), 0.5), np.zeros(few, int)) is None
    assert least_similarity(np.ones(few)) is None


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("too_sure", [0.5, 1.0, 3.0])
def test_the_temperature_takes_back_what_scores_were_multiplied_by(classes, too_sure):
    scores = RNG.normal(size=(20_000, classes)) * 1.5
    y = (softmax(scores, 1).cumsum(1) > RNG.random((len(scores), 1))).argmax(1)
    p = softmax(too_sure * scores, 1)
    found = fit_temperature(p, y)
    assert found == pytest.approx(too_sure, rel=0.05)
    assert apply_temperature(p, found) == pytest.approx(softmax(scores, 1), abs=0.02)


@pytest.mark.parametrize("classes", [2, 4])
def test_shifts_take_back_what_was_added_to_scores(classes):
    """And rare classes are right on average, but for what keeps a shift near 0."""
    scores, added = RNG.normal(size=(20_000, classes)) - 2.0 * np.eye(classes)[0], np.linspace(-1, 1, classes)
    y = (softmax(scores, 1).cumsum(1) > RNG.random((len(scores), 1))).argmax(1)
    p = softmax(0.5 * scores + added, 1)
    t, shifts = fit_temperature_and_shifts(p, y)
    assert t == pytest.approx(0.5, rel=0.1)
    assert apply_temperature(p, t, shifts) == pytest.approx(softmax(scores, 1), abs=0.03)
    counts = np.bincount(y, minlength=classes)
    assert apply_temperature(p, t, shifts).sum(0) == pytest.approx(counts - shifts / SHIFT**2, abs=0.5)


def test_a_rare_class_that_is_underrated_is_right_on_average_also_by_folds():
    logits = 1.5 * RNG.normal(size=200) - 3
    rare = RNG.random(200) < 1 / (1 + np.exp(-logits))
    found = softmax(np.stack([np.zeros(200), logits - 1], 1), 1)  # about half as likely as it is
    y, known = rare[:, None].astype(float), np.full((200, 1), EXACT)
    assert found[:, 1].mean() < 0.8 * rare.mean()
    whole = Calibration.fit(found, None, y, known, [PAIR], np.ones(200))
    folds = Calibration.fit_by_folds(np.stack([found] * 3), np.arange(200) % 3, y, known, [PAIR], np.ones(200))
    for calibration in (whole, folds, Calibration.from_rows(folds.to_rows(), folds.shifts)):
        share = calibration.predictions(np.stack([found] * 3), None, [PAIR])[0][:, 1].mean()
        assert share == pytest.approx(rare.mean(), rel=0.03)


def test_a_temperature_stays_sound_where_all_are_right_or_certainly_wrong():
    y = np.arange(60) % 2
    right = np.where(np.arange(2) == y[:, None], 0.9, 0.1)
    assert 0.1 < fit_temperature(right, y) < 1
    certain = np.eye(2)[1 - y]
    assert (
        np.isfinite(fit_temperature(certain, y))
        and np.isfinite(np.log(apply_temperature(certain, fit_temperature(certain, y)))).all()
    )
    assert (apply_temperature(right, None) == right).all()


@pytest.mark.parametrize("m", [50, 73, 100, 999])
def test_95_of_100_validation_molecules_are_inside(m):
    similarity = RNG.random(m).round(2)  # with equal ones
    least = least_similarity(similarity)
    assert (similarity >= least).mean() >= 0.95
    assert (similarity > least).mean() < 0.95


def test_a_calibration_learns_from_what_is_known():
    """What is unknown, and a bound of a number, has no part, however far off it is."""
    m = 200
    y = np.stack([RNG.normal(size=m), RNG.integers(2, size=m)], 1)
    chance = np.where(y[:, 1] == 1, 0.7, 0.3)
    found = np.stack([y[:, 0] + RNG.normal(size=m), 1 - chance, chance], 1)
    known = np.full((m, 2), EXACT)
    wanted = Calibration.fit(found[60:], None, y[60:], known[60:], [NUMBER, PAIR], np.linspace(0, 1, m)[60:])
    known[:60] = UNKNOWN
    known[:30, 0] = LOWER_BOUND
    found[:60, 0] = 1e6
    calibration = Calibration.fit(found, None, y, known, [NUMBER, PAIR], np.linspace(0, 1, m))
    assert calibration.widths == wanted.widths and calibration.temperatures == wanted.temperatures
    assert calibration.widths[1] is calibration.temperatures[0] is None and calibration.reasons([NUMBER, PAIR]) == [
        "",
        "",
    ]
    assert calibration.counts == (140, 140)
    low, high = calibration.intervals(found, None, [NUMBER, PAIR])
    inside = (low[60:, 0] <= y[60:, 0]) & (y[60:, 0] <= high[60:, 0])
    assert 0.9 <= inside.mean() < 0.92 and np.isnan(low[:, 1]).all()
    assert calibration.calibrated(found, [NUMBER, PAIR])[:, 0] == pytest.approx(found[:, 0])
    assert calibration.inside(np.array([0.0, 1.0])).tolist() == [False, True]
    assert Calibration.from_rows(calibration.to_rows(), calibration.shifts) == calibration


def test_a_calibration_by_folds_is_of_each_member():
    """Errors are of the member that did not train on a molecule; the temperature is of each, not of their mean."""
    each, fold = RNG.random((2, 120, 3)), np.arange(120) % 2
    each[..., 2] = 1 - each[..., 1]
    y, known = np.stack([RNG.normal(size=120), RNG.integers(2, size=120)], 1), np.full((120, 2), EXACT)
    own, similarity = each[fold, np.arange(120)], RNG.random(120)
    wanted = Calibration.fit(own, None, y, known, [NUMBER, PAIR], similarity)
    calibration = Calibration.fit_by_folds(each, fold, y, known, [NUMBER, PAIR], similarity)
    assert calibration == replace(wanted, by_folds=True)
    assert calibration == Calibration.from_rows(calibration.to_rows(), calibration.shifts)
    found, low, high = calibration.predictions(each, np.ones((120, 3)), [NUMBER, PAIR])
    assert calibration.temperatures[1] != pytest.approx(1, abs=0.1)
    heat = calibration.temperatures[1], np.array(calibration.shifts[1:])
    assert found[:, 1:] == pytest.approx(np.mean([apply_temperature(p[:, 1:], *heat) for p in each], 0))
    assert found[:, 0] == pytest.approx(each[..., 0].mean(0)) and np.isnan(high[:, 1]).all()
    assert high[:, 0] - found[:, 0] == pytest.approx(wanted.widths[0])
    assert found[:, 0] - low[:, 0] == pytest.approx(wanted.widths[0])


def test_a_calibration_says_where_it_knows_too_little():
    m, targets = FEWEST_ERRORS - 1, [NUMBER, PAIR]
    found, y = np.full((m, 3), 0.5), np.zeros((m, 2))
    calibration = Calibration.fit(found, found, y, np.full((m, 2), EXACT), targets, np.ones(m))
    assert [str(FEWEST_ERRORS) in calibration.reasons(targets)[0], str(FEWEST) in calibration.reasons(targets)[1]]
    assert Calibration.from_rows(calibration.to_rows(), calibration.shifts) == calibration
    assert np.isnan(calibration.intervals(found, found, targets)).all()
    assert (calibration.calibrated(found, targets) == found).all()
    assert calibration.inside(np.ones(2)).tolist() == [None, None]
    enough = Calibration.unmeasured(targets, [FEWEST_ERRORS, FEWEST])
    assert Calibration.from_rows(enough.to_rows()) == enough
    assert all("--ensemble" in reason for reason in enough.reasons(targets))  # folds measure so many values
    few = Calibration.unmeasured(targets, [FEWEST_ERRORS - 1, FEWEST - 1])
    assert not any("--ensemble" in reason for reason in few.reasons(targets))


@pytest.mark.parametrize("family, options", [("nearest", {}), ("dmpnn", {"ensemble": 3}), ("dmpnn", {})])
@pytest.mark.parametrize("count", [14, 40])
def test_few_molecules_have_intervals_or_advice_that_gives_some(family, options, count):
    smiles = molecules(count)
    table = pd.DataFrame({"smiles": smiles, "y": [len(text) / 2 for text in smiles]})
    data = genwright.load_data(table, target="y", descriptors="none")
    budget = {} if family == "nearest" else {"preset": "tiny", "items": 60}
    model = genwright.fit(data, family, progress=False, **budget, **options)
    said = model.predict(smiles[:5])
    if family == "dmpnn" and not options:
        assert any("--ensemble" in sentence for sentence in model.config["health"]) and said["y_low"].isna().all()
    else:
        assert (said["y_low"] < said["y_high"]).all()


def test_a_table_of_50_molecules_has_intervals():
    table = pd.DataFrame({"smiles": molecules(50), "y": [len(text) / 2 for text in molecules(50)]})
    data = genwright.load_data(table, target="y", descriptors="none")
    model = genwright.fit(data, "nearest", progress=False)
    said = model.predict(molecules(50)[:5])
    assert (said["y_low"] < said["y_high"]).all() and said["inside"].notna().all()
