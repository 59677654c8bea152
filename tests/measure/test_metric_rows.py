# Tests measure/metric.py, measure/rows.py, measure/suite.py
"""Rows of the tables of metrics: what they say of a number, metrics by their role, and a metric of others."""

from importlib import import_module
from pathlib import Path

import pytest

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import DataError
from genwright.measure.metric import ROLE_METRICS, Role, with_role
from genwright.measure.rows import MetricRow, estimate, of_items, ranked, rows
from genwright.measure.suite import MetricSuite
from genwright.zoo import registry

RUN = Path(__file__).parents[1] / "golden" / "format-5" / "tables-independent"
SUITES = [
    suite
    for module in sorted({task.suite.split(":")[0] for task in registry.TASKS.values()})
    for suite in vars(import_module(module)).values()
    if isinstance(suite, type) and issubclass(suite, MetricSuite) and suite.__module__ == module
]
LENGTH = MetricRow(
    "length", "Length", "items; more is better", "items", "higher", Role.SAMPLES,
    of_items(lambda data, items: (len(items) / len(data.train), 0.5)), ranks="samples",
)  # fmt: skip


def test_a_row_says_what_a_number_leaves_open_and_keeps_what_it_says():
    metric = LENGTH.complete(estimate(2, 0.5, 3, "a ruler"), "samples")
    assert (metric.value, metric.of, metric.unit, metric.n, metric.better) == (2, "samples", "items", 3, "higher")
    assert LENGTH.complete(estimate(1, None, 2, unit="km", of="codes"), "samples").unit == "km"


def test_another_metric_may_rank():
    table = rows(LENGTH, MetricRow("width", "Width", "of items", "m", "lower", Role.SAMPLES, LENGTH.measure))
    assert [row.ranks for row in ranked(table, samples="width").values()] == ["", "samples"]
    assert [row.ranks for row in ranked(table, samples="").values()] == ["", ""]


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: f"{suite.__module__}.{suite.__name__}")
def test_stored_results_know_the_roles_of_the_rows(suite):
    for name, row in suite.ROWS.items():
        assert name == row.name and set(suite.TITLES) == set(suite.ROWS)
        assert row.role not in ROLE_METRICS or name in with_role(row.role, suite.ROWS)


@pytest.mark.long
def test_a_metric_of_others_is_measured_with_those_of_the_suite(monkeypatch):
    monkeypatch.setattr(registry, "TASKS", dict(registry.TASKS))
    data, model = small_data("tables"), genwright.load_model(RUN)
    genwright.register_metric("tables", LENGTH)
    suite = registry.suite_class(data)(data, sizes={"samples": 24, "attacked": 0})
    assert suite.TITLES["length"] == ("Length", "items; more is better", "items")
    length = suite.measure_items(suite.reference() and suite._items_of(model))["length"]
    assert (length.value, length.unit, length.of) == (24 / len(data.train), "items", "samples")
    with pytest.raises(DataError):
        genwright.register_metric("tables", LENGTH)
    with pytest.raises(DataError):
        genwright.register_metric("clouds", LENGTH)
