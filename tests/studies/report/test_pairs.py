# Tests studies/compare/pairs.py
"""Models told apart, through what a comparison does: pairs, ranking, picks; how often a winner is named, by
simulation."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from genwright.core.errors import RunError
from genwright.measure.differences import estimate_on_more_items
from genwright.measure.intervals import widen
from genwright.measure.metric import Metric
from genwright.studies.compare import pairs
from genwright.studies.compare.pairs import level_numbers, pairs_of, write_per_item
from genwright.studies.report.picks import picks
from genwright.studies.report.results import find, metric_json, ranking, schema

ITEMS, WORLDS = 300, 400
CUTS = 12  # degrees of freedom with which the errors of samples are known


def likelihoods(rng, count, lead):
    """Numbers of items that are hard or easy for all models, with heavy tails: (metric, numbers) of each model; the
    first better by `lead` standard errors of the pair, and so on for `lead` of several."""
    values = 3 * rng.standard_t(4, ITEMS) + rng.standard_t(4, (count, ITEMS))
    values -= np.reshape(lead, (-1, 1)) * (2 * 2 / ITEMS) ** 0.5
    return [(Metric(v.mean(), v.std(ddof=1) / ITEMS**0.5, "exact", "mass", "", ITEMS, "lower"), v) for v in values]


def distances(rng, count, lead):
    """Half of what the test items leave is the samples', whose part of the error is known roughly."""
    values = 3 * rng.normal(size=ITEMS) + rng.normal(size=(count, ITEMS))
    own = ITEMS**-0.5
    values += own * rng.normal(size=(count, 1)) - np.reshape(lead, (-1, 1)) * (2 / ITEMS + 2 * own**2) ** 0.5
    found = []
    for v in values:
        known = float(widen(own**2 * rng.chisquare(CUTS) / CUTS, CUTS))
        se = float(np.hypot(v.std() / ITEMS**0.5, known))
        found.append((Metric(v.mean(), se, "estimate", "samples", "", ITEMS, "lower", own=known), v))
    return found


def answers(rng, count, lead):
    """Right or wrong: nine items of ten are easy for all."""
    hard = np.where(rng.random(ITEMS) < 0.9, 0.0, 0.5)
    spread = (2 * (hard * (1 - hard)).mean() / ITEMS) ** 0.5
    wrong = hard - np.reshape(lead, (-1, 1)) * spread / 0.1 * (hard > 0)
    values = (rng.random((count, ITEMS)) < wrong).astype(float)
    return [(Metric(v.mean(), 0.02, "estimate", "predictions", "", ITEMS, "lower"), v) for v in values]


def compared(found, make, monkeypatch):
    """A comparison of models by one metric, paired as `compare` does it."""
    results = replace(make.results(), models=[], baselines=[])
    results.plan.families, results.metrics["headline"] = [], {"density": "bits"}
    per_item = {}
    for number, (metric, values) in enumerate(found):
        row = replace(make.row(f"m{number}", bits=metric_json(metric)), per_item=f"{number}")
        results.models.append(row)
        per_item[f"{number}"] = {"bits": (np.arange(len(values)), values)}
    monkeypatch.setattr(pairs, "read_per_item", lambda path, within: per_item[path.name])
    return replace(results, pairs=pairs_of(results, Path()))


@pytest.mark.parametrize("count", [2, 15])
@pytest.mark.parametrize("world", [likelihoods, distances, answers])
def test_of_equal_models_a_winner_is_named_no_more_often_than_chance_allows(world, count, make, monkeypatch):
    rng = np.random.default_rng(count)
    named = [
        ranking(compared(world(rng, count, np.zeros(count)), make, monkeypatch), "bits").separated
        for _ in range(WORLDS // (6 if count > 5 else 1))
    ]
    assert np.mean(named) <= 0.07


@pytest.mark.parametrize("leads", [[4.1, 0], [4.1, *-np.arange(14.0)]], ids=["2", "15"])
@pytest.mark.parametrize("world", [likelihoods, distances])
def test_a_model_that_is_better_by_4_errors_of_the_pair_is_named(world, leads, make, monkeypatch):
    rng, found = np.random.default_rng(len(leads)), []
    for _ in range(WORLDS // (8 if len(leads) > 5 else 2)):
        ranked = ranking(compared(world(rng, len(leads), leads), make, monkeypatch), "bits")
        found.append(ranked.separated and ranked.order[0] == "m0")
    assert np.mean(found) >= 0.9


def test_intervals_that_overlap_widely_part_on_the_same_items(make, monkeypatch):
    rng = np.random.default_rng(0)
    results = compared(likelihoods(rng, 2, [5, 0]), make, monkeypatch)
    assert ranking(results, "bits").separated
    (pair,) = results.pairs
    assert (
        pair["how"] == "by item"
        and pair["n"] == ITEMS
        and not list(Draft202012Validator(schema()).iter_errors(results.to_json()))
    )
    (pick,) = picks(results)
    assert (pick.family, pick.tied, pick.next) == ("m0", (), "m1") and "better than m1" in pick.sentence
    assert "that both saw" not in pick.sentence
    find(results, "m1").metrics["bits"]["n"] = 20
    assert picks(results)[0].sentence.endswith("on the 20 items that both saw.")
    assert not ranking(replace(results, pairs=[]), "bits").separated  # by the two numbers alone


def test_families_scored_on_fewer_items_are_ranked_on_those_that_both_saw(make, monkeypatch):
    """The first third of the items is hard: by value alone the third model, which saw only that, would be last."""
    shared = np.repeat([5.0, 0.0, 0.0], 100)
    rng = np.random.default_rng(0)
    numbers = [(shared + better + 0.1 * rng.normal(size=300))[:n] for better, n in ((0, 300), (1, 300), (-1, 120))]
    found = [(Metric(v.mean(), 0.3, "exact", "mass", "", len(v), "lower"), v) for v in numbers]
    ranked = ranking(compared(found, make, monkeypatch), "bits")
    assert ranked.order == ("m2", "m0", "m1") and ranked.separated and not ranked.unranked


def test_a_number_of_fewer_items_is_estimated_for_all_so_that_the_column_agrees_with_the_differences(make, monkeypatch):
    """The last items are hard. The second family is worse than the first on each item, and was asked the easy ones."""
    rng, errors = np.random.default_rng(0), []
    for _ in range(100):
        shared = 5 * rng.normal(size=300)
        whole = [shared + 0.1 * rng.normal(size=300), shared + 1 + 0.1 * rng.normal(size=300), 2 * shared]
        seen = [v[np.argsort(shared)[:n]] for v, n in zip(whole, (300, 100, 300))]
        found = [(Metric(v.mean(), v.std() / len(v) ** 0.5, "exact", "mass", "", len(v), "lower"), v) for v in seen]
        results = compared(found, make, monkeypatch)
        level_numbers(results, Path())
        once = [find(results, f"m{number}").metrics["bits"] for number in range(3)]
        level_numbers(results, Path())
        assert [find(results, f"m{number}").metrics["bits"] for number in range(3)] == once
        assert [once[0]["value"], once[2]["value"]] == [seen[0].mean(), seen[2].mean()] and once[1]["n"] == 100
        assert once[1]["value"] > once[0]["value"]
        errors.append((once[1]["value"] - whole[1].mean()) / once[1]["se"])
    assert max(map(abs, errors)) < 1


@pytest.mark.parametrize("spread", [0.5, 1.0, 2.0])
def test_an_estimate_on_more_items_has_a_right_error_whatever_its_spread(spread):
    rng, errors = np.random.default_rng(0), []
    for _ in range(2 * WORLDS):
        many = rng.normal(size=ITEMS)
        few = (spread * many + 0.3 * rng.normal(size=ITEMS))[: ITEMS // 2]
        found = [Metric(v.mean(), v.std() / len(v) ** 0.5, "exact", "mass", "", len(v), "lower") for v in (few, many)]
        value, se = estimate_on_more_items(*found, *((np.arange(len(v)), v) for v in (few, many)))
        errors.append(value / se)
    assert 0.9 <= np.mean(np.abs(errors) < 1.96) <= 0.99


@pytest.mark.parametrize(("lead", "least", "most"), [(0, 0.0, 0.07), (12, 0.9, 1.0)], ids=["equal", "worse"])
def test_one_scored_on_few_items_is_told_from_the_first_by_them(lead, least, most, make, monkeypatch):
    rng, named = np.random.default_rng(0), []
    for _ in range(WORLDS // 2):
        (a, v), (b, w) = likelihoods(rng, 2, [lead, 0])
        ranked = ranking(compared([(a, v), (Metric(**{**vars(b), "n": 40}), w[:40])], make, monkeypatch), "bits")
        named.append(ranked.separated and ranked.order[0] == "m0")
    assert least <= np.mean(named) <= most


def test_numbers_of_samples_are_ranked_only_where_as_many_were_drawn(make, monkeypatch):
    rng = np.random.default_rng(0)
    (a, v), (b, w) = distances(rng, 2, [9, 0])
    results = compared([(a, v), (Metric(**{**vars(b), "n": 200}), w)], make, monkeypatch)
    assert results.pairs == []


def test_too_few_items_tell_nothing_apart_but_several_splits_do(make, monkeypatch):
    def of(splits):
        values = [np.full(40, value) + np.arange(40) for value in (1.0, 2.0)]
        each = [tuple(value + 0.01 * k for k in range(splits)) for value in (1.0, 2.5)]
        found = [
            (Metric(v.mean(), 0.1, "exact", "mass", "", 40, "lower", splits=s if splits else ()), v)
            for v, s in zip(values, each)
        ]
        return compared(found, make, monkeypatch)

    few, many = of(0), of(5)
    assert few.pairs[0]["how"] == "by item" and not ranking(few, "bits").separated
    assert many.pairs[0]["how"] == "by split" and many.pairs[0]["n"] == 5 and ranking(many, "bits").separated


def test_pairs_are_made_of_the_files_beside_the_runs(tmp_path, results):
    for row in results.models:
        row.per_item = f"{row.family}.safetensors"
        shift = row.metrics["bits"]["value"]
        write_per_item({"bits": (np.arange(360), shift + np.arange(360.0))}, tmp_path / row.per_item)
    found = {(pair["metric"], pair["a"], pair["b"]): pair for pair in pairs_of(results, tmp_path)}
    by_item = found["bits", "alpha", "beta"]
    assert by_item["difference"] == pytest.approx(-0.3) and by_item["se"] == pytest.approx(0, abs=1e-12)
    assert found["bits", "alpha", "plain"]["how"] == "apart"  # the baseline has no such file
    assert not any(metric == "memorisation" for metric, *_ in found)  # near 1 ranks nothing
    (tmp_path / "alpha.safetensors").write_bytes(b"damaged")
    with pytest.raises(RunError, match="alpha.safetensors"):
        pairs_of(results, tmp_path)
