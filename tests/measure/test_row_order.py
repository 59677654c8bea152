# Tests measure/plots/table_sheets.py, training/journal.py
"""No metric depends on the order in which a file keeps its rows or pictures."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

import genwright
from genwright.core.likelihood import Likelihood
from genwright.core.trainable import Trainable
from genwright.kinds.load import load_data
from genwright.measure.metrics import classifiers, trees
from genwright.measure.metrics.table_rows import standard
from genwright.measure.plots import table_sheets
from genwright.measure.suite import drawn_order
from genwright.measure.suites import images, tables
from genwright.training.journal import FEW_ITEMS as ITEMS
from genwright.training.journal import health_of

# ---------------------------------------------------------------------- the order itself


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=60), st.randoms(), st.booleans())
def test_the_drawn_order_is_the_same_whatever_the_order_of_the_items(items, random, labelled):
    other = random.sample(items, len(items))

    def drawn(items):
        keys, strata = (np.array(column) for column in zip(*items))
        order = drawn_order(keys.astype(np.uint64) if labelled else keys * 3 + strata, strata if labelled else None, 7)
        assert sorted(order) == list(range(len(items)))
        return [items[i] for i in order]

    assert drawn(items) == drawn(other)


@pytest.mark.parametrize("seed", range(3))
def test_the_first_items_hold_each_stratum_in_its_share(seed):
    strata = np.repeat(["a", "b", "c", "d"], [1000, 500, 90, 1])
    order = drawn_order(np.arange(len(strata)), strata, seed)
    for n in (1, 10, 100, 700):
        counts = pd.Series(strata[order[:n]]).value_counts().reindex(["a", "b", "c", "d"], fill_value=0)
        assert (counts - n * np.array([1000, 500, 90, 1]) / 1591).abs().max() < 3


@pytest.mark.parametrize("strata", [None, np.repeat([0, 1, 2], [5, 10, 25])])
def test_every_item_has_the_same_chance_to_be_among_the_first(strata):
    times = np.zeros(40)
    for seed in range(2000):
        times[drawn_order(np.arange(40), strata, seed)[:10]] += 1
    assert np.abs(times / 2000 - 0.25).max() < 0.05  # five standard errors


def test_repeated_items_are_drawn_one_by_one():
    """Equal items do not stand together: the first of a table of two different rows are not all alike."""
    first = drawn_order(np.repeat([3, 8], 500).astype(np.uint64), None, 0)[:100]
    assert 30 < (first < 500).sum() < 70


# ---------------------------------------------------------------------- tables


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """So few rows of so small a test part that it matters which."""
    for module, name, count in (
        (tables, "SCORED", 100),
        (tables, "JUDGED", 200),
        (tables, "NEIGHBOURED", 100),
        (tables, "SAMPLES", 500),
        (tables, "DRAWS", 10),
        (tables, "COMPLETED", 100),
        (table_sheets, "ROWS", 100),
        (classifiers, "SEEDS", 1),
        (trees, "ROUNDS", 5),
        (classifiers, "ROUNDS", 5),
    ):
        monkeypatch.setattr(module, name, count)
    for judge in (classifiers.train_net, classifiers.cnn_classifier):
        monkeypatch.setattr(judge, "__defaults__", (640,))  # items that it learns from


def table(seed=0, n=1000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    kind = np.where(a + rng.normal(size=n) > 0.5, "high", "low")
    frame = pd.DataFrame({"a": a, "b": a + rng.normal(size=n), "c": rng.integers(0, 9, n), "kind": kind})
    frame.loc[rng.random(n) < 0.1, "b"] = np.nan
    return frame


def shuffled(data, part, seed):
    items = data.items[part]
    order = np.random.default_rng(seed).permutation(len(items))
    items = items.iloc[order].reset_index(drop=True) if isinstance(items, pd.DataFrame) else items[order]
    return replace(data, items={**data.items, part: items}, encoded={})


def everything(suite, model) -> dict:
    return {f"reference {name}": m for name, m in suite.reference().items()} | suite.measure(model)[0]


@pytest.fixture(scope="module")
def by_price():
    """A file sorted by its first column, a quick model of it, and a place for what it measured."""
    data = load_data(table().sort_values("a"))
    return data, genwright.fit(data, "copula", items=1, progress=False), {}


@pytest.mark.long
@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_permuting_the_rows_of_a_part_changes_no_metric(by_price, part):
    data, model, found = by_price
    if not found:
        found.update(everything(tables.Suite(data), model))
    again = everything(tables.Suite(shuffled(data, part, 1)), model)
    assert {"reference two_sample_auc", "nats", "two_sample_auc", "imputation_error", "memorisation", "tstr"} <= set(
        found
    )
    assert {k: m.to_json() for k, m in found.items()} == {k: m.to_json() for k, m in again.items()}


@pytest.mark.long
@pytest.mark.parametrize("seed", [0])
def test_permuting_a_file_changes_no_metric_beyond_its_error(seed):
    frame = table(seed)
    found = []
    for order in (np.argsort(frame["a"].to_numpy()), np.random.default_rng(seed).permutation(len(frame))):
        data = load_data(frame.iloc[order])
        found.append(everything(tables.Suite(data), genwright.fit(data, "copula", items=1, progress=False)))
    first, again = found
    assert set(first) == set(again)
    for name, metric in first.items():
        assert metric.comparable(again[name])
        assert abs(metric.value - again[name].value) <= 3 * max(metric.se, again[name].se) + 1e-9, name


@pytest.mark.parametrize("seed", [0])
@pytest.mark.parametrize("column", ["a", "kind"])
def test_of_a_sorted_table_real_rows_are_not_told_from_real_rows(column, seed):
    found = tables.Suite(load_data(table(seed).sort_values(column)), seed).reference()["two_sample_auc"]
    assert abs(found.value - 0.5) < min(4 * found.se, 0.15) and found.se < 0.11  # sorted and not drawn: 0.76


@pytest.mark.parametrize("seed", range(2))
def test_the_rows_of_a_sorted_table_that_are_hidden_are_like_all(seed):
    suite = tables.Suite(load_data(table(seed).sort_values("a")), seed)
    truth = suite.holes.truth[:, 0]
    mean, sd = standard(suite.test)
    assert len(truth) == 100 and abs(truth.mean() - mean[0]) < 4 * sd[0] / 10 and abs(truth.std() / sd[0] - 1) < 0.4


# ---------------------------------------------------------------------- pictures


class Pixels:
    """A model whose codes are the pixels, and that completes and scores a picture by itself alone."""

    family = None

    def __init__(self, data, sample=None):
        self.domain, self.drawn = data.domain, sample

    def has(self, verb):
        return verb != "interpolate"

    def sample(self, n, given=None, seed=None):
        return self.drawn[:n]

    def encode(self, items, given=None):
        return self.domain.encode(items)[0].flatten(1).float().numpy()

    def log_prob(self, items, seed=0):
        dark = self.encode(items).sum(1).astype(float)
        return Likelihood(-dark, "exact", "mass", self.domain.spec.dims)

    def complete(self, items, known, seed=None):
        return np.where(known[..., None], items, items[:, ::-1]).view(type(items))


@pytest.fixture(scope="module")
def digits():
    """By label, as a folder of sub-folders keeps them."""
    x, y = load_digits(return_X_y=True)
    order = np.argsort(y, kind="stable")
    return x[order].reshape(-1, 8, 8).astype(np.uint8), y[order]


def test_digits_sorted_by_label_keep_their_linear_probe(digits):
    data = load_data(digits)
    for seed in range(1):
        assert images.Suite(data, seed)._probe(Pixels(data)).value > 0.85


@pytest.mark.long
def test_permuting_pictures_changes_no_metric(digits):
    """As a file and in each part: splits are by content, so that the parts hold the same in another order."""
    pictures, labels = digits
    rng = np.random.default_rng(0)
    kept = rng.permutation(len(labels))[:240]
    pictures, labels = pictures[np.sort(kept)], labels[np.sort(kept)]
    order, drawn = rng.permutation(240), rng.permutation(240)
    data = load_data((pictures, labels))
    model = Pixels(data, pictures[drawn][..., None].view(type(data.test)))
    model.drawn.given = {"label": labels[drawn]}
    with pytest.MonkeyPatch.context() as patch:
        train = classifiers.train_net
        shortest = lambda x, y, outputs, seed, items_seen=0: train(x, y, outputs, seed, items_seen=320)
        patch.setattr(classifiers, "train_net", shortest)
        patch.setattr(images.Suite, "_limit_items", lambda self, numbers, least, most: 30)
        patch.setattr(images, "TESTED", 60)
        found = everything(images.Suite(data), model)
        for other in (load_data((pictures[order], labels[order])), shuffled(shuffled(data, "train", 1), "test", 1)):
            again = everything(images.Suite(other), model)
            assert {k: m.to_json() for k, m in found.items()} == {k: m.to_json() for k, m in again.items()}


# ---------------------------------------------------------------------- the run


def test_a_family_judges_itself_on_items_from_everywhere():
    class Looks(Trainable):
        def health(self, x, given, rng):
            yield f"{len(x)} items, {len(x.unique())} of 10 classes"

    labels = torch.arange(10).repeat_interleave(2 * ITEMS)[:, None]
    looks = Looks.__new__(Looks)
    torch.nn.Module.__init__(looks)
    for seed in range(5):
        assert health_of(looks, labels, labels, seed, []) == [f"{ITEMS} items, 10 of 10 classes"]
