# Tests distributions/histograms.py
"""The distribution of conditions: margins, counts and gaps of training items; nothing of texts and images."""

import numpy as np
import pandas as pd
import pytest
import torch
from leaves import category
from scipy.stats import ks_2samp, spearmanr

from genwright.core.draws import Draws
from genwright.core.spec import Category, Ordered, Spec
from genwright.distributions.histograms import LEAST, ConditionHistograms
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


def test_values_go_together_as_in_training(fitted):
    given, _, drawn = fitted
    heavy, weight, _, _, homo, lumo = drawn.T
    assert spearmanr(heavy, weight).statistic > 0.9
    assert (np.isnan(homo) == np.isnan(lumo)).mean() > 0.95
    pairs = {*map(tuple, given[:, [0, 2]].tolist())}
    assert np.mean([pair in pairs for pair in map(tuple, drawn[:, [0, 2]].tolist())]) > 0.95


def people(n=2000):
    """Women of whom some are pregnant, in a month each, men of whom none is, and their ages."""
    rng = np.random.default_rng(1)
    sex, age = rng.choice(["f", "m"], n), rng.integers(18, 80, n)
    pregnant = (sex == "f") & (age < 45) & (rng.random(n) < 0.5)
    return pd.DataFrame(
        {
            "sex": sex,
            "pregnant": np.where(pregnant, "yes", "no"),
            "month": np.where(pregnant, rng.integers(1, 10, n), 0).astype(str),
            "age": age,
        }
    )


@pytest.fixture(scope="module")
def crowd():
    frame = people()
    domain = Tables.fit_given_columns(frame, frame, Corrections())
    return frame, domain, ConditionHistograms.fit(domain.given, domain.encode(frame)[1])


def drawn_people(crowd, **said):
    _, domain, conditions = crowd
    given = domain.encode_given(said, N)
    omitted = [name for name in domain.given.names if name not in said]
    assert conditions.agree(given, omitted).all()
    return domain.decode(torch.zeros(N, 0), conditions.sample(N, Draws("p"), given, omitted), 0)


def test_labels_that_never_come_together_are_not_drawn_together(crowd):
    frame, drawn = crowd[0], drawn_people(crowd)
    assert not ((drawn["sex"] == "m") & (drawn["pregnant"] == "yes")).any()
    assert ((drawn["pregnant"] == "no") == (drawn["month"] == "0")).all()
    assert abs((drawn["pregnant"] == "yes").mean() - (frame["pregnant"] == "yes").mean()) < 0.03
    assert (drawn["age"][drawn["pregnant"] == "yes"] < 50).mean() > 0.95


@pytest.mark.parametrize("said", [{"sex": "m"}, {"sex": "f"}, {"month": "4"}, {"age": 30}, {"sex": "f", "age": 70}])
def test_what_is_left_out_is_drawn_beside_what_is_said(crowd, said):
    frame, drawn = crowd[0], drawn_people(crowd, **said)
    assert all((drawn[name] == value).all() for name, value in said.items())
    near = np.logical_and.reduce(
        [abs(frame[name] - value) < 5 if name == "age" else frame[name] == value for name, value in said.items()]
    )
    for name in {"sex", "pregnant"} - said.keys():
        share = (frame[name][near] == frame[name][0]).mean()
        assert abs((drawn[name] == frame[name][0]).mean() - share) < 0.12


def test_what_no_item_has_is_told_and_the_rest_is_drawn_of_all(crowd):
    _, domain, conditions = crowd
    given = domain.encode_given({"sex": ["m", "f"], "pregnant": ["yes", "yes"]}, 2)
    assert conditions.agree(given, ["month", "age"]).tolist() == [False, True]
    drawn = conditions.sample(2, Draws("q"), given, ["month", "age"])
    assert torch.equal(drawn[:, :2], given[:, :2]) and not drawn.isnan().any()


@pytest.mark.parametrize("items", [3, 7, 60, 3000])
def test_no_group_is_of_a_few_items(items):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "a": np.array(list("xyz"))[np.arange(items) % 3],
            "b": rng.normal(size=items),
            "c": rng.exponential(size=items),
            "d": np.where(np.arange(items) % 10, 0.0, rng.normal(size=items).round(2)),
        }
    )
    domain = Tables.fit_given_columns(frame, frame, Corrections())
    conditions = ConditionHistograms.fit(domain.given, domain.encode(frame)[1])
    assert conditions.sizes.min() >= min(items, LEAST) and conditions.sizes.sum() == items
    assert conditions.groups > 1 or items < 2 * LEAST


def test_labels_are_counted_and_none_is_drawn_that_no_item_has():
    spec = Spec((("label", category(*[1 / 300] * 300)),))
    label = torch.arange(300).repeat_interleave(torch.arange(300) % 4).float()  # every fourth is missing
    conditions = ConditionHistograms.fit(spec, label[:, None])
    assert conditions.counts[:, 2:].tolist() == [[k + 1, k % 4] for k in range(300) if k % 4]
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
    spec, counts = conditions.spec, conditions.counts

    def changed(row, column, value):
        other = counts.clone()
        other[row, column] = value
        return other

    for wrong in (
        counts[:-1],
        counts[:, :3],
        counts.flip(0),
        counts.long(),
        counts[:0],
        torch.cat([counts, counts[-1:]]),
        changed(0, 3, 0),
        changed(0, 3, -5),
        changed(-1, 2, 10**6),
        changed(-1, 1, 99),
        changed(-1, 0, conditions.groups + 3),
    ):
        with pytest.raises(ValueError):
            ConditionHistograms(spec, wrong)
