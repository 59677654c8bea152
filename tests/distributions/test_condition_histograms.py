"""The distribution of conditions: margins, counts and gaps of training items; nothing of texts and images."""

import numpy as np
import pandas as pd
import pytest
import torch
from leaves import category
from scipy.stats import ks_2samp, spearmanr

from genwright.core.draws import Draws
from genwright.core.spec import Category, Ordered, Spec
from genwright.distributions.histograms import ConditionHistograms
from genwright.kinds.tables.domain import Tables
from genwright.kinds.values.corrections import Corrections

N = 4000


def molecules(n=N):
    """Heavy atoms, a weight by them, a label by them, one by nothing, and two energies that lack values together."""
    rng = np.random.default_rng(0)
    heavy = rng.poisson(15, n) + 3
    energy = rng.normal(size=n)
    lacks = rng.random(n) < 0.3
    blank = lambda values: np.where(lacks, np.nan, values)
    return pd.DataFrame(
        {
            "heavy": heavy,
            "weight": 13.2 * heavy + rng.normal(0, 6, n),
            "large": np.where(heavy > 17, "yes", "no"),
            "class": rng.choice(list("xyz"), n, p=[0.7, 0.2, 0.1]),
            "homo": blank(energy),
            "lumo": blank(energy + rng.normal(0, 0.3, n)),
        }
    )


@pytest.fixture(scope="module")
def fitted():
    frame = molecules()
    domain = Tables.fit_given_columns(frame, frame, Corrections())
    given = domain.encode(frame)[1]
    conditions = ConditionHistograms.fit(domain.given, given)
    return given.numpy(), conditions, conditions.sample(N, Draws("a")).numpy()


def test_margins_and_shares_of_gaps_are_those_of_items(fitted):
    given, _, drawn = fitted
    for item, sample in zip(given.T, drawn.T):
        there, also = item[~np.isnan(item)], sample[~np.isnan(sample)]
        assert ks_2samp(there, also).statistic < 1.95 * (1 / len(there) + 1 / len(also)) ** 0.5  # at a level of 0.001
        assert abs(np.isnan(item).mean() - np.isnan(sample).mean()) < 0.03


def test_a_correlation_of_a_folder_makes_values_go_together(fitted):
    _, conditions, _ = fitted
    r = conditions.correlation.clone()
    r[0, 1] = r[1, 0] = 0.99
    drawn = ConditionHistograms(conditions.spec, conditions.counts, r).sample(N, Draws("a")).numpy()
    assert spearmanr(drawn[:, 0], drawn[:, 1]).statistic > 0.97


def test_labels_are_counted_and_none_is_drawn_that_no_item_has():
    spec = Spec((("label", category(*[1 / 300] * 300)),))
    label = torch.arange(300).repeat_interleave(torch.arange(300) % 4).float()  # every fourth is missing
    conditions = ConditionHistograms.fit(spec, label[:, None])
    assert conditions.counts[0, 1:].tolist() == [k % 4 for k in range(300)] and conditions.counts[0, 0] == 0
    drawn = conditions.sample(20_000, Draws("c"))[:, 0].long()
    counts = drawn.bincount(minlength=300)
    expected = 20_000 * (torch.arange(300) % 4) / len(label)
    assert (counts[::4] == 0).all() and ((counts - expected).abs() < 5 * expected.sqrt() + 1e-9).all()


@pytest.mark.parametrize("value", [2.0, np.nan])
@pytest.mark.parametrize("items", [1, 50])
def test_what_all_items_have_is_all_that_is_drawn(value, items):
    spec = Spec((("label", category(0.2, 0.3, 0.5)), ("other", category(0.5, 0.5))))
    given = torch.tensor([[value, 1.0]]).repeat(items, 1)
    drawn = ConditionHistograms.fit(spec, given).sample(99, Draws("d"))
    assert torch.equal(drawn, given[:1].expand(99, -1)) or (drawn[:, 0].isnan().all() and (drawn[:, 1] == 1).all())


def test_texts_and_images_are_left_out():
    spec = Spec(
        (
            ("label", category(0.5, 0.5)),
            ("caption", Category(9, (4,), "sequence")),
            ("low", Ordered(5, shape=(1, 2, 2))),
        )
    )
    given = torch.tensor([[1.0, 7.0, 7.0, 8.0, 8.0, 3.0, 3.0, 4.0, 4.0]]).repeat(20, 1)
    conditions = ConditionHistograms.fit(spec, given)
    drawn = conditions.sample(30, Draws("e"))
    assert conditions.left_out == ["caption", "low"]
    assert (drawn[:, 0] == 1).all() and drawn[:, 1:].isnan().all() and drawn.shape == (30, 9)
    assert ConditionHistograms.fit(Spec(spec.leaves[1:]), given[:, 1:]).sample(3, Draws("f")).isnan().all()


def test_what_is_no_distribution_is_refused(fitted):
    _, conditions, _ = fitted
    spec, counts, r = conditions.spec, conditions.counts, conditions.correlation
    beyond = counts.clone()
    beyond[3, -1] = 1
    for wrong in (
        (counts[:-1], r),
        (-counts, r),
        (counts.float(), r),
        (torch.zeros_like(counts), r),
        (beyond, r),
        (counts, r[:-1]),
        (counts, -r),
        (counts, torch.full_like(r, torch.nan)),
        (counts, r.float()),
    ):
        with pytest.raises(ValueError):
            ConditionHistograms(spec, *wrong)
