import itertools

import numpy as np
import pytest

from genwright.core.likelihood import KINDS, MEASURES, Likelihood, weakest


def made(kind="exact", of="mass", n=4, dims=3, se=None, given=()):
    return Likelihood(np.arange(n, dtype=float) - 10, kind, of, dims, se, given)


def test_unnormalised_absorbs_estimate_absorbs_bound_absorbs_exact():
    order = ["exact", "lower bound", "estimate", "unnormalised"]
    for a, b in itertools.product(order, order):
        assert weakest(a, b) == order[max(order.index(a), order.index(b))]


def test_the_algebra_is_commutative_associative_and_has_a_neutral_element():
    for a, b, c in itertools.product(KINDS, repeat=3):
        assert weakest(a, b) == weakest(b, a)
        assert weakest(weakest(a, b), c) == weakest(a, weakest(b, c))
        assert weakest(a, "exact") == a


def test_a_sum_keeps_the_weaker_kind_adds_nats_dims_and_errors():
    total = made("exact", se=np.full(4, 3.0)) + made("estimate", se=np.full(4, 4.0), given=("label",))
    assert total.kind == "estimate" and total.dims == 6 and total.given == ("label",)
    assert np.allclose(total.nats, 2 * made().nats) and np.allclose(total.se, 5.0)
    assert ((made() + made(dims=np.arange(4))).dims == 3 + np.arange(4)).all()


@pytest.mark.parametrize("a, b", itertools.product(MEASURES, MEASURES))
def test_mass_and_density_do_not_add_up_to_either(a, b):
    assert (made(of=a) + made(of=b)).of == (a if a == b else "mass x density")


def test_bits_per_dim_is_minus_nats_over_dims_and_log_two():
    lp = Likelihood(np.full(5, -2 * 64 * np.log(2)), "exact", "mass", 64)
    assert lp.bits_per_dim.value == pytest.approx(2.0) and lp.bits_per_dim.se == pytest.approx(0.0)


def test_where_items_differ_in_length_bits_per_dim_are_a_ratio_of_sums():
    lp = Likelihood(np.array([-3.0, -1.0]), "exact", "mass", np.array([3, 1]))
    assert lp.bits_per_dim.value == pytest.approx(1 / np.log(2)) and lp.bits_per_dim.se == pytest.approx(0.0)
    nothing = Likelihood(np.zeros(2), "exact", "mass", np.array([0, 0]))
    assert np.isnan(nothing.bits_per_dim.value) and np.isnan(nothing.bits_per_dim.se)


def test_the_ratio_has_the_standard_error_that_its_spread_over_worlds_is():
    rng = np.random.default_rng(2)
    found = []
    for _ in range(2000):
        dims = rng.integers(1, 20, 200)
        nats = -(dims * rng.gamma(9, 0.2, 200) + rng.normal(size=200))
        found.append(Likelihood(nats, "exact", "mass", dims).bits_per_dim)
    assert np.std([bits.value for bits in found]) == pytest.approx(np.mean([bits.se for bits in found]), rel=0.1)
    assert np.mean([bits.value for bits in found]) == pytest.approx(1.8 / np.log(2), rel=0.01)


def test_mean_has_the_standard_error_over_items():
    values = np.random.default_rng(0).normal(size=1000)
    mean = Likelihood(values, "exact", "density", 1).mean()
    assert mean.se == pytest.approx(values.std(ddof=1) / 1000**0.5)


def test_the_spread_over_items_holds_the_noise_of_their_draws():
    """Means over 200 items that are drawn with noise of their own spread as their standard error says."""
    rng = np.random.default_rng(1)
    means = []
    for _ in range(2000):
        true, se = rng.normal(size=200), np.full(200, 2.0)
        means.append(Likelihood(true + se * rng.normal(size=200), "estimate", "density", 1, se).mean())
    assert np.std([m.value for m in means]) == pytest.approx(np.mean([m.se for m in means]), rel=0.1)


def test_noise_is_said_where_it_matters():
    assert made().noise == made(se=np.full(4, 0.1)).noise == ""
    assert made(se=np.array([0.1, 0.1, 0.1, 3.3])).noise == "drawn with an error of 0.9 nats an item"
    assert made(se=np.full(4, np.nan)).noise == "drawn once an item, which leaves its error unknown"


def test_what_may_be_ranked():
    assert made().comparable(made("lower bound"))
    assert not made().comparable(made(of="density"))
    assert not made().comparable(made("unnormalised"))
    assert not made().comparable(made(given=("label",)))
    assert made(dims=np.array([1, 2, 3, 4])).comparable(made(dims=np.array([1, 2, 3, 4])))
    assert not made(dims=np.array([1, 2, 3, 4])).comparable(made(dims=np.array([1, 2, 3, 5])))
