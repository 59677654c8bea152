# Tests counts/measure/statistics.py, counts/measure/suite.py, counts/measure/sheets.py
"""Metrics of counts: statistics by hand, perfect samples beside wrong ones, and the drawings."""

import numpy as np
import pytest

import genwright
from genwright.counts.contract import made_cells
from genwright.counts.measure.statistics import (
    Plane,
    column_means,
    column_zeros,
    mean_error,
    neighbours_agree,
    predicted_right,
)
from genwright.counts.measure.suite import Suite


@pytest.fixture(scope="module")
def data():
    return genwright.load_data(made_cells(500), kind="counts", given="batch")


def test_means_and_zeros_are_those_of_the_dense_table(data):
    x = data.train.matrix.toarray()
    assert np.allclose(column_means(data.train), x.mean(0)) and np.allclose(column_zeros(data.train), (x == 0).mean(0))
    assert mean_error(x.mean(0), x.mean(0)) == 0


def test_neighbours_and_classifiers_see_what_is_there():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 200)
    apart = rng.normal(size=(200, 3)) + 8 * labels[:, None]
    assert neighbours_agree(apart, labels).all() and predicted_right(apart, labels, 0).all()
    few = np.repeat([0, 1], 5)
    assert predicted_right(few[:, None] + 0.01 * rng.normal(size=(10, 2)), few, 0).all()
    mixed = rng.normal(size=(200, 3))
    assert 0.3 < neighbours_agree(mixed, labels).mean() < 0.7 and 0.3 < predicted_right(mixed, labels, 0).mean() < 0.7


def test_real_rows_are_near_and_wrong_ones_are_told(data):
    suite = Suite(data)
    fresh = genwright.load_data(made_cells(300, seed=5), kind="counts", given="batch").train
    real, wrong = suite.measure_items(fresh), fresh.copy()
    wrong.columns = (wrong.columns + 7) % 40
    wrong = suite.measure_items(wrong)
    assert real["two_sample_auc"].value < 0.65 < 0.9 < wrong["two_sample_auc"].value
    for name in ("mean_error", "zero_error"):
        assert real[name].value < 0.1 * wrong[name].value or real[name].value < 3 * real[name].se + 0.05
    assert real["copies"].value == 0 and suite.measure_items(data.train[:50])["copies"].value == 1


def test_every_row_of_the_suite_is_measured_and_drawn(data, tmp_path):
    model = genwright.fit(data, "vae", items=4_000, preset="tiny", progress=False)
    suite = Suite(data, sizes={"samples": 60, "scored": 30, "coded": 60})
    assert set(suite.measure(model).metrics) == set(Suite.ROWS)
    figures = suite.plot(model, tmp_path)
    assert "Latents of test rows" in figures and all((tmp_path / path).exists() for path in figures.values())


def test_a_plane_is_in_units_of_training_rows(data):
    points = Plane(data.train, 5)(data.train)
    assert points.shape[1] == 6 and np.allclose(points.std(0), 1, atol=1e-3)
