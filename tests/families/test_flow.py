# Tests families/flows/flow.py
import itertools

import pytest
import torch
from leaves import category, real

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.families.flows.flow import Flow
from genwright.networks.conditioning import GivenVector
from genwright.networks.coupling import Spline
from genwright.networks.flow_stacks import picture_flow, row_flow

LABEL = Spec((("label", category(0.5, 0.5)),))


def scramble(family, scale):
    rng = Draws("scramble")
    with torch.no_grad():
        for p in family.f.parameters():
            p.add_(scale * rng.normal(p.shape))
    return family.eval()


def rows(spec, scale=0.1):
    torch.manual_seed(0)
    return scramble(
        Flow(spec, LABEL, row_flow(len(spec.columns), 2, Spline(6), 24, 1, 8), GivenVector(LABEL, 8)), scale
    )


def pixels(shape=(1, 8, 8), levels=17, scale=0.02):
    torch.manual_seed(0)
    spec = Spec((("x", Ordered(levels, shape=shape)),))
    f = picture_flow(shape, 2, 2, Spline(4), 8, 1, 8, margins=4)
    return scramble(Flow(spec, LABEL, f, GivenVector(LABEL, 8)), scale)


def some_rows(n=200):
    rng = Draws("rows")
    counts, classes = (rng.integers(k, (n,)).float() for k in (10, 3))
    x = torch.stack([rng.normal(n), counts, classes], 1)
    x[::5, 1] = torch.nan
    return x


def labels(n):
    return (torch.arange(n) % 2).float()[:, None]


@pytest.mark.long
def test_the_bound_lies_below_the_mass_tightens_with_draws_and_sums_to_at_most_one():
    spec = Spec((("a", category(0.3, 0.7, absent=0.2)), ("b", category(0.2, 0.3, 0.5))))
    family = rows(spec, scale=0.06)
    assert family.kind == "lower bound"
    x = torch.tensor(list(itertools.product([torch.nan, 0.0, 1.0], [0.0, 1.0, 2.0])))

    def mean_bound(draws, repeats):
        many = x.repeat(repeats, 1)
        with torch.no_grad():
            return (
                family.log_likelihood(many, torch.zeros(len(many), 1), Draws(draws), draws)[0].view(repeats, -1).mean(0)
            )

    one, few, truth = mean_bound(1, 1500), mean_bound(10, 150), mean_bound(300, 8)
    assert (one <= truth + 0.03).all() and one.mean() < few.mean() < truth.mean()
    assert truth.exp().sum().item() == pytest.approx(1, abs=0.04)


def test_real_columns_have_an_exact_density():
    values = Draws(0).normal(1000).numpy()
    family = rows(Spec((("x", real(values)), ("y", real(values, plain=False)))))
    x = Draws(1).normal(50, 2)
    a = family.log_likelihood(x, labels(50), Draws(2), None)
    b = family.log_likelihood(x, labels(50), Draws(3), None)
    assert family.kind == "exact" and torch.equal(a[0], b[0]) and a[1] is None


def test_fill_gives_up_redrawing_and_takes_the_margin_where_presence_is_rare():
    spec = Spec((("a", category(0.5, 0.5, absent=0.999)), ("b", category(0.5, 0.5, absent=0.999))))
    x = torch.full((100, 2), torch.nan)
    with torch.no_grad():
        full = rows(spec).fill(x, torch.zeros(100, 2, dtype=torch.bool), labels(100), Draws(0))
    assert not full.isnan().any() and full.unique().tolist() == [0.0, 1.0]


def test_the_known_part_of_a_completion_sits_where_training_put_it():
    """The likelihood of the unknown part, given the known, at a completion of a picture equals the one its draw
    implies."""
    family = pixels()
    known = torch.zeros(4, 1, 8, 8, dtype=torch.bool)
    known[..., 4:] = True
    z = Draws(0).uniform(known.shape, dtype=torch.float64) * 1.9 - 0.95
    c = family.condition(labels(4))
    with torch.no_grad():
        held = family.f(z, torch.ones_like(known), c)[0]
        y = family.f(z, known, c)[0]
        assert (held - y)[known].abs().max() < 1e-9
        assert (family.f.inverse(torch.where(known, held, y), known, c) - z).abs().max() < 1e-6


def test_health_speaks_up_when_the_inverse_is_off(mixed, monkeypatch):
    family = rows(mixed)
    assert family.health(some_rows(64), labels(64), Draws(0)) == []
    right = family.f.inverse
    monkeypatch.setattr(family.f, "inverse", lambda y, known, c: right(y, known, c) + 0.01)
    assert len(family.health(some_rows(64), labels(64), Draws(0))) == 1
