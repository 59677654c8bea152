"""results.json: its schema, its files, what is ranked, and what differs."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from made_results import differences

import genwright
from genwright.core.errors import DataError, RunError
from genwright.measure.metric import Metric
from genwright.studies import study
from genwright.studies.compare.pairs import read_per_item, write_per_item
from genwright.studies.report import results
from genwright.studies.report.records import Settled
from genwright.studies.report.results import (
    format_number,
    jsonable,
    label,
    metric_json,
    metric_of,
    over_seeds,
    ranking,
    read,
    row_of,
    schema,
    write,
)


def errors(results: dict) -> list:
    return list(Draft202012Validator(schema()).iter_errors(results))


def test_schema_is_sound_and_takes_results(results):
    Draft202012Validator.check_schema(schema())
    assert not errors(results.to_json())


def test_schema_takes_results_that_have_just_begun(results):
    assert not errors(replace(results, finished=False, reference=None, models=[], baselines=[]).to_json())


PARTS = ["models", "reference", "baselines", "advice", "data", "plan", "study", "seed", "machine", "format"]


@pytest.mark.parametrize("key", PARTS)
def test_schema_wants_every_part(results, key):
    assert errors({name: part for name, part in results.to_json().items() if name != key})


@pytest.mark.parametrize(
    "field, value",
    [
        ("kind", "guess"),
        ("value", None),  # without a note that says what it was
        ("n", -1),
        ("better", "larger"),
        ("se", -0.1),
    ],
)
def test_schema_refuses_a_bad_metric(results, field, value):
    results.models[0].metrics["bits"][field] = value
    assert errors(results.to_json())


def test_numbers_that_are_not_finite_become_null_and_are_said(results, tmp_path):
    record = metric_json(Metric(float("nan"), float("inf"), "exact", "mass", "nats", 3, "higher"))
    assert record["value"] is None and record["se"] is None and "nan" in record["note"] and "inf" in record["note"]
    assert metric_of(record) is None
    results.models[0].metrics["bits"] = record
    results.models[0].config.content["loss"] = float("inf")
    text = write(results, tmp_path).read_text()
    assert "NaN" not in text and "Infinity" not in text
    assert not errors(json.loads(text))


def test_jsonable_takes_numpy_and_paths(tmp_path):
    raw = {"a": np.float32(0.5), "b": (np.int64(3), tmp_path), 4: None}
    assert jsonable(raw) == {"a": 0.5, "b": [3, str(tmp_path)], "4": None}


def test_write_then_read_and_the_old_file_survives_a_failed_write(results, tmp_path, monkeypatch):
    write(results, tmp_path)
    assert read(tmp_path) == read(tmp_path / "results.json") == results

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError):
        write(replace(results, seed=1), tmp_path)
    assert read(tmp_path) == results


def test_a_file_is_read_and_written_again_to_the_byte(results, tmp_path):
    """Parts that a file leaves out stay out, and those it has stay, though they say nothing."""
    results.models[0] = replace(results.models[0], cpu_share=0.9, neighbours=2, believed="", unmeasured="too slow")
    results.models[1].measured = "first look"
    plain = replace(results, reference=None, models=[])
    full = replace(results, folder="c", measured=Settled(), pairs=[], drawings={})
    full.reference = replace(full.reference, drawings={}, preview="")
    for each in (results, plain, full):
        path = write(each, tmp_path)
        text = path.read_bytes()
        assert not errors(json.loads(text))
        assert write(read(path), tmp_path).read_bytes() == text and read(path) == each


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 99}', '{"format": 2}'])
def test_read_says_what_is_wrong(tmp_path, text):
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(RunError, match="results.json"):
        read(tmp_path)
    with pytest.raises(RunError):
        read(tmp_path / "nowhere")


# ---------------------------------------------------------------------- ranking


def test_ranking_orders_by_the_metric_and_sees_intervals_part(results):
    ranked = ranking(results, "bits")
    assert ranked.order == ("alpha", "beta", "plain") and ranked.separated
    assert ranking(results, "probe").order == ("beta", "alpha", "plain")


def test_ranking_sees_intervals_meet(results, make):
    results.models[1].metrics["bits"] = make.metric("bits", 1.81, 0.01, "exact")
    assert not ranking(results, "bits").separated


def test_an_estimate_is_not_ranked_beside_proven_likelihoods(results, make):
    results.models[1].metrics["bits"] = make.metric("bits", 0.5, 0.01, "estimate")
    ranked = ranking(results, "bits")
    assert ranked.order == ("alpha", "plain") and ranked.unranked == ("beta",)


def test_estimates_alone_are_ranked(results, make):
    for row, value in zip([*results.models, *results.baselines], (1.5, 0.5, 2.0)):
        row.metrics["bits"] = make.metric("bits", value, 0.01, "estimate")
    assert ranking(results, "bits").order == ("beta", "alpha", "plain")


def test_copies_do_not_compete_for_samples_but_do_for_likelihood(results, make):
    results.models[0].metrics["memorisation"] = make.metric("memorisation", 0.2, 0.01)
    assert ranking(results, "frechet").order == ("beta", "plain")
    assert ranking(results, "bits").order[0] == "alpha"


def test_repeated_training_items_do_not_compete_where_no_distance_is_measured(results, make):
    metrics = results.models[0].metrics
    metrics.pop("memorisation", None)
    metrics["copies"] = make.metric("copies", 1.0, 0.01)
    results.reference.metrics["copies"] = make.metric("copies", 0.1, 0.01)
    assert ranking(results, "frechet").order == ("beta", "plain")
    results.reference.metrics["copies"] = make.metric("copies", 1.0, 0.01)  # so do fresh ones
    assert ranking(results, "frechet").order[0] == "alpha"


@pytest.mark.parametrize("other", [{"n": 100}, {"reference": "another network"}])
def test_numbers_measured_otherwise_are_not_ranked(results, make, other):
    results.models[0].metrics["frechet"] = make.metric("frechet", 2.0, 0.1, **other)
    ranked = ranking(results, "frechet")
    assert ranked.order == ("beta", "plain") and ranked.unranked == ("alpha",)


def test_unnormalised_numbers_are_not_ranked(results, make):
    results.models[0].metrics["bits"] = make.metric("bits", 0.1, 0.01, "unnormalised")
    assert "alpha" not in ranking(results, "bits").order


@pytest.mark.parametrize(
    "value, se, text",
    [
        (1.8, 0.01, "1.800 ± 0.020"),
        (97.0, 0.4, "97.00 ± 0.78"),
        (1234.5, 40.0, "1,234 ± 78"),
        (0.5, None, "0.500"),
        (0.0, 0.0, "0.00"),
    ],
)
def test_numbers_are_shown_with_half_their_interval(value, se, text, make):
    assert format_number(make.metric("frechet", value, se)) == text


# ---------------------------------------------------------------------- differences


def test_equal_results_do_not_differ_whatever_the_clock_said(results, make):
    other = make.results()
    other.machine["processor"] = "another chip"
    other.models[0].seconds["train"] = 1.0
    other.models[0].memory = 1.0
    other.advice = ["alpha needs 100 times as long"]
    assert differences(results, other) == []


@pytest.mark.parametrize(
    "change, where",
    [
        (lambda r: r.models[0].metrics["bits"].update(value=1.8000001), "models.alpha.metrics.bits.value"),
        (lambda r: setattr(r.models[1], "items", 7), "models.beta.items"),
        (lambda r: r.baselines.clear(), "baselines"),
        (lambda r: r.reference.metrics["frechet"].update(se=0.0), "reference.frechet.se"),
        (lambda r: setattr(r, "seed", 1), "seed"),
        (lambda r: setattr(r.models[0], "error", "it broke"), "models.alpha.error"),
    ],
)
def test_every_other_number_counts(results, make, change, where):
    other = make.results()
    change(other)
    assert any(sentence.startswith(where) for sentence in differences(results, other))


# ---------------------------------------------------------------------- seeds, single items


def test_rows_of_several_seeds_become_one_with_the_error_over_seeds(results, make):
    three = []
    for seed, value in enumerate((1.0, 2.0, 6.0)):
        three.append(replace(make.row("alpha", bits=make.metric("bits", value, 0.01)), seed=seed))
    other = replace(make.row("alpha", bits=make.metric("bits", 9.0, 0.01)), settings={"layers": 8})
    figure = {
        "metric": "bits",
        "value": 4.5,
        "unit": "bits/dim",
        "protocol": "theirs",
        "source": "a paper",
        "differs": "",
    }
    results = replace(results, models=[*three, other], published={"alpha": figure})
    results.plan.seeds = 3
    assert not errors(results.to_json())
    found = over_seeds(results)
    alpha, deep = found.models
    assert (alpha.family, deep.family) == ("alpha", "alpha, layers 8") == (label(three[0]), label(other))
    bits = metric_of(alpha.metrics["bits"])
    assert bits.value == 3 and bits.se == pytest.approx(np.std([1, 2, 6], ddof=1) / 3**0.5)
    assert alpha.seconds["train"] == 3 * 75 and metric_of(alpha.metrics["published"]).value == 4.5
    assert metric_of(deep.metrics["bits"]).se == 0.01  # one alone keeps its own
    assert row_of(results, "alpha", {"layers": 8}, 0) is other and row_of(results, "alpha", {}, 3) is None


def test_one_seed_without_published_figures_is_left_as_it_is(results):
    assert over_seeds(results) is results


def test_numbers_of_single_items_are_read_as_they_were_written(tmp_path):
    per_item = {
        "nats": (np.arange(5), np.linspace(-1, 1, 5)),
        "accuracy": (np.arange(3), np.array([True, False, True])),
    }
    path = write_per_item(per_item, tmp_path / "per-item.safetensors")
    found = read_per_item(path)
    assert set(found) == set(per_item)
    for name, pair in per_item.items():
        assert all(np.array_equal(a, b) for a, b in zip(pair, found[name]))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RunError):
        read_per_item(path)


def test_a_study_of_others_writes_results_that_are_read(tmp_path, request):
    request.addfinalizer(lambda: results.CALLED.pop("shuffles"))
    genwright.register_study("shuffles", "table of shuffles")
    named = {"titles": {"length": ("Length", "of items", "items")}, "headline": {}}
    with study.study("shuffles", tmp_path / "s", None, ["bootstrap"], metrics=named) as done:
        done.add(study.blank_row("bootstrap", "bootstrap"))
        done.finish()
    assert results.read(tmp_path / "s").study == "shuffles"
    with pytest.raises(DataError):
        genwright.register_study("ladder", "ladder")
