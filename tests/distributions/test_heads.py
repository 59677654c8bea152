import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.errors import Unsupported
from genwright.core.spec import Category, Ordered, Spec
from genwright.distributions import heads

DISCRETE = [
    (heads.Bernoulli(), 2),
    (heads.CategoricalHead(17), 17),
    (heads.DiscretisedLogistic(17, 3), 17),
    (heads.DiscretisedLogistic(256, 5), 256),
    (heads.OneScale(17), 17),
    (heads.DiscretisedNormal(17, 0.0), 17),
    (heads.DiscretisedNormal(256, 0.3), 256),
]


@pytest.mark.parametrize("head, levels", DISCRETE, ids=lambda v: type(v).__name__)
def test_masses_sum_to_one_and_draws_follow_them(head, levels):
    params = Draws(levels).normal(head.size) * 2
    mass = head.log_prob(params.expand(levels, -1), torch.arange(levels)).exp()
    assert mass.sum().item() == pytest.approx(1.0, abs=1e-4)
    draws = head.sample(params.expand(100_000, -1), Draws("draws"))
    share = torch.bincount(draws.long(), minlength=levels) / len(draws)
    assert (share - mass).abs().max() < 7e-3
    # the mean of the others is that of the continuous mixture
    if not isinstance(head, (heads.DiscretisedLogistic, heads.DiscretisedNormal)):
        assert head.mean(params).item() == pytest.approx((mass * torch.arange(levels)).sum().item(), abs=1e-3)


@pytest.mark.parametrize("head", [heads.GaussianHead(0.7), heads.Mixture(4, 0.7)], ids=lambda h: type(h).__name__)
def test_densities_integrate_to_one_in_the_users_units(head):
    params = Draws(3).normal(head.size)
    x = torch.linspace(-60, 60, 400_001, dtype=torch.float64)
    density = head.log_prob(params.double().expand(len(x), -1), x).exp()
    scale = torch.tensor(0.7).exp().item()  # user's units per unit of x
    assert torch.trapezoid(density, x).item() * scale == pytest.approx(1.0, abs=1e-3)
    draws = head.sample(params.expand(200_000, -1), Draws("draws"))
    assert draws.mean().item() == pytest.approx(head.mean(params).item(), abs=0.03)


def test_histogram_masses_sum_to_one_over_values_and_absence(mixed):
    head = heads.Histogram(mixed)
    params = Draws(5).normal(1, 3, head.size)
    counts = torch.cat([torch.arange(-5000.0, 5000.0), torch.tensor([float("nan")])])  # the tails of a count are open
    x = torch.stack([torch.zeros(10_001), counts, torch.zeros(10_001)], 1)
    mass = head.log_prob(params[:1].expand(10_001, -1, -1), x)[:, 1].exp().double()
    assert mass.sum().item() == pytest.approx(1.0, abs=1e-5)
    draws = head.sample(params.expand(100_000, -1, -1), Draws("draws"))
    assert draws[:, 1].isnan().float().mean().item() == pytest.approx(mass[-1].item(), abs=0.01)
    assert not head.sample(params.expand(1000, -1, -1), Draws(1), present=True).isnan().any()


@pytest.mark.parametrize("head, params", [
    (heads.DiscretisedLogistic(256, 1), [0.0, 30.0, -20.0]), (heads.DiscretisedNormal(256, 0.0), [30.0, -20.0]),
    (heads.DiscretisedLogistic(256, 1), [0.0, 1e6, 0.0]), (heads.DiscretisedNormal(256, 0.0), [1e6, 0.0]),
    (heads.DiscretisedLogistic(256, 1), [0.0, 0.0, 100.0]), (heads.DiscretisedNormal(256, 0.0), [0.0, 100.0]),
])  # fmt: skip
@pytest.mark.parametrize("level", [0.0, 100.0, 255.0])
def test_log_prob_of_discretised_ones_has_finite_gradients_far_out(head, params, level):
    params = torch.tensor([params], requires_grad=True)
    nats = head.log_prob(params, torch.tensor([level]))
    nats.sum().backward()
    assert nats.isfinite().all() and params.grad.isfinite().all()


def test_observation_models_have_names():
    grey, black_and_white = (Spec((("x", Ordered(levels, shape=(1, 8, 8), axis="grid")),)) for levels in (256, 2))
    assert isinstance(heads.observation_head(black_and_white, "automatic"), heads.Bernoulli)
    assert isinstance(heads.observation_head(black_and_white, "bernoulli"), heads.Bernoulli)
    assert heads.observation_head(grey, "normal", sd=0.1).size == 1
    assert heads.observation_head(grey, "normal").size == 2
    assert heads.observation_head(grey, "logistic", 3).components == 3
    assert heads.observation_head(grey, "categorical").size == 256
    with pytest.raises(Unsupported):
        heads.observation_head(grey, "bernoulli")


@pytest.mark.parametrize("guidance", [1.0, 2.5])
@pytest.mark.parametrize("head, levels", DISCRETE[:3], ids=lambda v: type(v).__name__)
def test_one_number_is_drawn_as_guidance_says(head, levels, guidance):
    with_it, without = Draws(1).normal(head.size), Draws(2).normal(head.size)
    log_p, log_q = (head.log_prob(p.expand(levels, -1), torch.arange(levels)) for p in (with_it, without))
    many = lambda p: p.expand(40_000, -1)
    drawn = head.sample_at((0, 1, 1), many(with_it), Draws("one"), False, many(without), guidance)
    share = torch.bincount(drawn.long(), minlength=levels) / len(drawn)
    assert (share - (log_q + guidance * (log_p - log_q)).softmax(0)).abs().max() < 0.015


def test_one_cell_of_a_row_is_drawn_by_its_own_column(mixed):
    head, n = heads.Histogram(mixed), 100_000
    params, without = (Draws(k).normal(1, 3, head.size) for k in (1, 2))
    for place, guidance, present in ((1, 1.0, False), (2, 1.0, True), (2, 2.0, False)):
        at = lambda p: p[:, place].expand(n, -1)
        drawn = head.sample_at((place,), at(params), Draws("cell"), present, at(without), guidance)
        rows = head.sample((without + guidance * (params - without)).expand(n, -1, -1), Draws("rows"), present)
        mean, absent = (lambda x: x[~x.isnan()].clamp(0, 9).mean().item()), (lambda x: x.isnan().float().mean().item())
        assert mean(drawn) == pytest.approx(mean(rows[:, place]), abs=0.05)
        assert absent(drawn) == pytest.approx(absent(rows[:, place]), abs=0.01) and present == (absent(drawn) == 0)


def test_real_numbers_one_by_one_have_no_guidance():
    params = torch.zeros(2, 2)
    with pytest.raises(Unsupported):
        heads.GaussianHead().sample_at((0,), params, Draws(0), False, params, 2.0)


def test_categories_have_a_logit_each_however_many_they_are():
    many = Category(300, (5,), "sequence"), Ordered(300, shape=(5,), axis="time")
    found = [type(heads.head_for(Spec((("x", leaf),)))) for leaf in many]
    assert found == [heads.CategoricalHead, heads.DiscretisedLogistic]


def test_the_middle_is_the_mean_of_numbers_on_their_lattice_and_a_row_that_is_the_same_each_time(mixed):
    assert heads.GaussianHead().point_estimate(torch.tensor([1.3, 0.0])).item() == pytest.approx(1.3)
    assert heads.Bernoulli().point_estimate(torch.tensor([0.4])).item() == 1
    assert heads.CategoricalHead(3).point_estimate(torch.tensor([5.0, 0.0, 5.0])).item() == 1
    row = heads.Histogram(mixed)
    params = Draws(0).normal(50, 3, row.size)
    assert torch.equal(row.point_estimate(params).nan_to_num(-1), row.point_estimate(params).nan_to_num(-1))
