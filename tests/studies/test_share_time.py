# Tests studies/compare/compare_plan.py, studies/compare/second_trainings.py
"""Who trains for how long, by what each family needs and what records favour."""

import json
from pathlib import Path
from statistics import median

import pytest

from genwright.studies.compare.compare_plan import share_time
from genwright.zoo import registry
from genwright.zoo.card import read_recorded


@pytest.mark.parametrize(
    "needs, shares",
    [
        ({"a": 10, "b": 10, "c": 10}, {"a": 20, "b": 20, "c": 20}),  # all have their passes: equal shares
        ({"a": 30, "b": 10, "c": 10}, {"a": 30, "b": 15, "c": 15}),  # one needs more than its share
        (
            {"a": 20, "b": 20, "d": 70, "c": 15},
            {"a": 20, "b": 20, "d": 0, "c": 20},
        ),  # what does not fit is left out
        ({"a": 70, "b": 80, "c": 10}, {"a": 28, "b": 32, "c": 0}),  # two of those that records favour share the time
        ({"a": 70, "b": 50, "c": 15}, {"a": 35, "b": 25, "c": 0}),
        ({"a": 50, "b": 20, "e": 20}, {"a": 0, "b": 30, "e": 30}),  # the quickest, so that there are two
    ],
)
def test_families_that_records_favour_come_first(needs, shares):
    assert share_time(needs, ["a", "b", "e"], 60) == pytest.approx(shares, abs=0.01)


def test_where_records_favour_none_the_quickest_train():
    assert share_time({"a": 70, "b": 80, "c": 10}, [], 60) == pytest.approx({"a": 52.5, "b": 0, "c": 7.5}, abs=0.01)


def test_the_only_family_that_records_favour_does_not_keep_out_one_that_fits():
    assert share_time({"a": 100, "b": 50}, ["a"], 60) == {"a": 0, "b": 60}
    assert share_time({"a": 100, "b": 50}, ["a"], 40) == {"a": 40, "b": 0}
    assert share_time({"a": 100}, ["a"], 40) == {"a": 40}


def test_every_recorded_family_and_record_is_there():
    results = Path(__file__).parents[2] / "benchmarks" / "results"
    for label, sizes in read_recorded().items():
        for size in sizes:
            assert all(registry.find(*registry.place(label), family) for family in size.favoured)
            assert all((results / f"{name}.json").is_file() for name in filter(None, [size.counted_in, size.ranked_in]))
            assert bool(size.passes) == bool(size.counted_in)


def items_of(fits):
    return [fit["items"] for fit in fits.values() if isinstance(fit, dict) and fit.get("items")]


@pytest.mark.parametrize(
    "label, number, items",
    [
        ("images", 0, lambda record: record["items"]["one process"].values()),
        ("images", 1, lambda record: items_of(record["losses"])),
        ("tables", 0, lambda record: [record["tables"]["descriptors of lipophilicity"]["shared"]["items"]]),
        ("sequences", 0, lambda record: items_of(record["tiny-shakespeare"])),
        ("molecules", 0, lambda record: items_of(record["smiles"])),
        ("molecules", 1, lambda record: items_of(record["rows"])),
        ("audio", 0, lambda record: [record["stages"][0]["end"]]),
        ("music", 0, lambda record: items_of(record["trainings"])),
        ("points", 0, lambda record: items_of(record["rows"])),
        ("graph-sets", 0, lambda record: items_of(record["rows"])),
        ("recommend", 0, lambda record: [record["families"]["lightgcn"]["items"]]),
    ],
)
def test_passes_are_those_of_the_record(label, number, items):
    size = read_recorded()[label][number]
    results = Path(__file__).parents[2] / "benchmarks" / "results"
    record = json.loads((results / f"{size.counted_in}.json").read_text())
    counted = median(items(record["details"] | {"trainings": record.get("trainings", {})}))
    assert size.passes == pytest.approx(counted / size.items, abs=0.06)


def test_records_of_the_nearest_size_count():
    assert registry.recorded("images", "generate", 300).items == 1_293
    assert registry.recorded("images", "generate", 30_000).items == 55_000
    assert registry.recorded("images", "match", 300).favoured == []
    assert registry.least_passes("graph-sets", "generate", "graph-rnn", 100) == 928.5
    assert registry.least_passes("graph-sets", "generate", "gran", 100) == 619.2
