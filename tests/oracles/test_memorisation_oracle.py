"""Memorisation against scikit-learn's neighbours, copies against pandas."""

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from genwright.measure.intervals import proportion
from genwright.measure.metrics.memorisation import counts_of, equal_to_any, find_repeated, memorisation, nearest


def test_the_ratio_is_that_of_scikit_learns_neighbours():
    rng = np.random.default_rng(0)
    train, test, samples = (rng.normal(size=(n, 30)).astype(np.float32) for n in (500, 300, 400))
    samples[:200] = 0.5 * samples[:200]
    peer = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(train.astype(np.float64))
    away = [peer.kneighbors(items.astype(np.float64))[0][:, 0] for items in (samples, test)]
    found = memorisation(nearest(samples, train)[0], nearest(test, train)[0], 0, "")
    assert found.value == pytest.approx(np.median(away[0]) / np.median(away[1]), abs=1e-6)


def test_copies_are_those_of_pandas():
    rng = np.random.default_rng(1)
    train, items = (rng.integers(0, 4, (n, 4)).astype(float) for n in (150, 200))
    train[rng.random(train.shape) < 0.1] = np.nan
    items[rng.random(items.shape) < 0.1] = np.nan
    frames = [pd.DataFrame(part) for part in (items, train)]
    merged = frames[0].merge(frames[1].drop_duplicates(), how="left", indicator=True)["_merge"] == "both"
    assert 0.1 < merged.mean() < 0.9
    assert (equal_to_any(items, counts_of(train)) == merged.to_numpy()).all()
    assert (find_repeated(train) == frames[1].duplicated(keep=False).to_numpy()).all()


def test_the_error_of_a_share_is_half_the_interval_of_agresti_and_coull():
    """statsmodels' proportion_confint(method="agresti_coull") with z = 2, written out."""
    hits = np.arange(50) < 7
    n, p, z = len(hits), hits.mean(), 2.0
    centre = (7 + z**2 / 2) / (n + z**2)
    assert proportion(hits)[0] == p
    assert proportion(hits)[1] == pytest.approx(np.sqrt(centre * (1 - centre) / (n + z**2)), abs=1e-12)
