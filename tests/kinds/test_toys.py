# Tests kinds/named/toys.py
"""Toys: the density is the density of the samples."""

import numpy as np
import pandas as pd
import pytest

from genwright.kinds.named.toys import COUNTS, TOYS, toy

SIDE, CELLS = 14.0, 700  # a grid over [-7, 7]^2 in cells of 0.02


def grid_density(log_density):
    """Density at the middle of each cell, (CELLS, CELLS); the first axis is x0."""
    middle = (np.arange(CELLS) + 0.5) * SIDE / CELLS - SIDE / 2
    x = np.stack(np.meshgrid(middle, middle, indexing="ij"), -1).reshape(-1, 2)
    return np.concatenate([np.exp(log_density(part)) for part in np.array_split(x, 40)]).reshape(CELLS, CELLS)


@pytest.mark.parametrize("name", TOYS)
def test_the_density_integrates_to_one_and_is_that_of_the_samples(name):
    density = grid_density(TOYS[name].log_density)
    area = (SIDE / CELLS) ** 2
    assert density.sum() * area == pytest.approx(1, abs=1e-3)
    # counts in 28 x 28 coarse boxes against their probabilities: chi-square a degree of freedom is 1 +- 0.1
    n, block = 200_000, CELLS // 28
    expected = n * area * density.reshape(28, block, 28, block).sum((1, 3))
    edges = np.linspace(-SIDE / 2, SIDE / 2, 29)
    seen, *_ = np.histogram2d(*TOYS[name].sample(n, np.random.default_rng(0)).T, bins=[edges, edges])
    full = expected > 5
    assert seen[~full].sum() < expected[~full].sum() + 5 * np.sqrt(expected[~full].sum() + 1)
    assert ((seen - expected)[full] ** 2 / expected[full]).mean() == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("name", TOYS)
def test_the_entropy_of_the_samples_agrees_with_the_grid(name):
    density = grid_density(TOYS[name].log_density)
    area = (SIDE / CELLS) ** 2
    entropy = -(density[density > 0] * np.log(density[density > 0])).sum() * area
    draws = TOYS[name].log_density(TOYS[name].sample(50_000, np.random.default_rng(1)))
    assert np.isfinite(draws).all()
    assert -draws.mean() == pytest.approx(entropy, abs=4 * draws.std() / 50_000**0.5 + 2e-3)


@pytest.mark.parametrize("name", TOYS)
def test_far_away_is_no_surprise(name):
    far = TOYS[name].log_density(np.array([[1e3, -2e3], [1e5, 0.0]]))
    assert not np.isnan(far).any() and (far < -1e3).all()


def test_a_toy_has_fresh_draws_for_each_part_and_a_density_of_its_items():
    raw, again, other = toy("pinwheel", 0), toy("pinwheel", 0), toy("pinwheel", 1)
    assert raw.items.equals(again.items) and not raw.items.equals(other.items)
    assert {part: int((raw.parts == part).sum()) for part in COUNTS} == COUNTS and not raw.items.duplicated().any()
    few = raw.items[:5]
    assert (raw.log_density(few) == TOYS["pinwheel"].log_density(few.to_numpy())).all()
    assert (raw.log_density(few[["x1", "x0"]]) == raw.log_density(few)).all()
    assert isinstance(raw.items, pd.DataFrame)
