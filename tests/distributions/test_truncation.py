# Tests distributions/logit_masks.py
"""Temperature, top-k and top-p against what they keep by hand, and through the verb."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.errors import DataError, Unsupported
from genwright.core.spec import Category, Marginal, Spec
from genwright.distributions.heads import Bernoulli, CategoricalHead, DiscretisedLogistic, GaussianHead, Histogram
from genwright.distributions.logit_masks import NEVER, Truncation

P = torch.tensor([[0.1, 0.4, 0.2, 0.25, 0.05], [0.01, 0.01, 0.96, 0.01, 0.01]])


@pytest.mark.parametrize(
    ("truncation", "first", "second"),
    [
        (Truncation(), [0.1, 0.4, 0.2, 0.25, 0.05], [0.01, 0.01, 0.96, 0.01, 0.01]),
        (Truncation(top_k=2), [0, 0.4 / 0.65, 0, 0.25 / 0.65, 0], None),
        (Truncation(top_k=9), [0.1, 0.4, 0.2, 0.25, 0.05], [0.01, 0.01, 0.96, 0.01, 0.01]),
        (Truncation(top_p=0.5), [0, 0.4 / 0.65, 0, 0.25 / 0.65, 0], [0, 0, 1, 0, 0]),
        (Truncation(top_p=0.64, top_k=3), [0, 0.4 / 0.65, 0, 0.25 / 0.65, 0], [0, 0, 1, 0, 0]),
        (Truncation(0.5), [0.01 / 0.275, 0.16 / 0.275, 0.04 / 0.275, 0.0625 / 0.275, 0.0025 / 0.275], None),
        (Truncation(1e-3), [0, 1, 0, 0, 0], [0, 0, 1, 0, 0]),
    ],
)
def test_what_is_kept(truncation, first, second):
    found = truncation(P.log()).softmax(-1)
    assert found[0].tolist() == pytest.approx(first, abs=1e-5)
    assert second is None or found[1].tolist() == pytest.approx(second, abs=1e-5)


@pytest.mark.parametrize(
    "options", [{"temperature": t} for t in (1e-9, 1e-40, 1e-300, 5e-324)] + [{"top_p": 1e-40}, {"top_p": 5e-324}]
)
def test_numbers_near_0_keep_the_likeliest_alone(options):
    logits = torch.tensor([[-3.0, 1e30, 2.0], [0.5, 0.1, -torch.inf], [2.0, 2.0, -5.0]])
    p = Truncation(**options)(logits).softmax(-1)
    assert p.tolist()[:2] == [[0, 1, 0], [1, 0, 0]] and p[2, 2] == 0 and not p.isnan().any()


@pytest.mark.parametrize("temperature", [1e9, 1e300])
def test_a_symbol_that_may_not_stand_is_kept_by_no_temperature(temperature):
    p = Truncation(temperature)(torch.tensor([[0.0, NEVER, 3.0]])).softmax(-1)
    assert p[0, 1] == 0 and p[0, 0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "name, number", [("temperature", 0.0), ("temperature", float("nan")), ("top_k", 1.5), ("top_p", 1.01)]
)
def test_numbers_out_of_range_are_named(name, number):
    with pytest.raises(DataError, match=name):
        Truncation(**{name: number})


def test_heads_on_a_lattice_draw_the_likeliest_level_alone():
    one = Truncation(top_k=1)
    for head, params, level in (
        (CategoricalHead(5), P.log(), [1, 2]),
        (Bernoulli(), torch.tensor([[0.2], [-0.2]]), [1, 0]),
        (DiscretisedLogistic(9, 1), torch.tensor([[0.0, 0.5, -2.0], [0.0, -1.0, -2.0]]), [6, 0]),
    ):
        many = params.repeat_interleave(20, 0)
        drawn = head.sample_at((0,), many, Draws("one"), truncation=one).view(2, 20)
        assert (drawn == torch.tensor(level)[:, None]).all()
    with pytest.raises(Unsupported):
        GaussianHead().sample_at((0,), torch.zeros(2, 2), Draws(0), truncation=one)


def test_cells_of_a_table_are_of_the_likeliest_bin():
    leaf = Category(3, marginal=Marginal((-0.5, 0.5, 1.5, 2.5), (0.2, 0.3, 0.5)))
    head = Histogram(Spec((("a", leaf),)))
    params = torch.tensor([[-9.0, 0.3, 0.1, 0.2]]).expand(50, -1)
    assert (head.sample_at((0,), params, Draws(0), truncation=Truncation(top_k=1)) == 0).all()
