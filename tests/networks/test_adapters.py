# Tests networks/towers.py
"""Towers over the known part: computed where something is known, and nowhere else."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Marginal, Ordered, Spec
from genwright.networks.adapters import Decoder, Encoder, Prior
from genwright.networks.towers import TowerBody, compute_known

PICTURE, LABEL = (
    Spec((("x", Ordered(17, shape=(1, 8, 8))),)),
    Spec((("label", Category(3, marginal=Marginal((-0.5, 0.5, 1.5, 2.5), (0.4, 0.3, 0.3)))),)),
)


def random(module):
    with torch.no_grad():
        for k, weight in enumerate(module.parameters()):
            weight.copy_(0.2 * Draws("weights", k).normal(weight.shape))
    return module.eval()


@pytest.fixture
def items():
    rng = Draws("items")
    known = rng.uniform(6, 1, 8, 8) < 0.5
    known[[0, 2, 3]] = False
    return rng.integers(17, (6, 1, 8, 8)).float(), known, torch.tensor([[0.0], [1], [2], [0], [1], [2]])


def test_nothing_is_computed_of_items_of_which_nothing_is_known(items):
    _, known, _ = items
    asked = []

    def compute(which):
        asked.append(which.tolist() if isinstance(which, torch.Tensor) else which)
        return torch.full((6, 2), 3.0)[which]

    found = compute_known(known, 2, compute)
    assert asked == [[1, 4, 5]] and found[:, 0].tolist() == [0, 3, 0, 0, 3, 3]
    assert not compute_known(torch.zeros_like(known), 2, None).any()
    compute_known(torch.ones_like(known), 2, compute)
    assert asked[1] == slice(None)


@torch.no_grad()
def test_an_item_is_decoded_and_guessed_alike_alone_and_among_others(items):
    x, known, given = items
    prior = random(Prior(TowerBody(PICTURE, 8, 0.0), LABEL, 4))
    decoder = random(Decoder(TowerBody(PICTURE, 8, 0.0), LABEL, 4, 2))
    z, (mean, log_var) = Draws("z").normal(6, 4), prior(x, known, given)
    params = decoder(z, x, known, given)
    for k in range(6):
        one = slice(k, k + 1)
        alone = prior(x[one], known[one], given[one])
        assert torch.allclose(mean[one], alone[0], atol=1e-5) and torch.allclose(log_var[one], alone[1], atol=1e-5)
        assert torch.allclose(params[one], decoder(z[one], x[one], known[one], given[one]), atol=1e-5)
    nothing = [0, 2, 3]
    assert not mean[nothing].any() and not log_var[nothing].any() and mean[[1, 4, 5]].any()
    drawn = decoder(z, x, None, given)  # as in a draw, of which nothing is known
    assert torch.allclose(params[nothing], drawn[nothing], atol=1e-5)
    assert not torch.allclose(params[1], drawn[1], atol=1e-3)


@torch.no_grad()
def test_q_begins_as_narrow_as_asked(items):
    x, known, given = items
    wide, narrow = (Encoder(TowerBody(PICTURE, 8, 0.0), LABEL, 4, spread) for spread in (1.0, 0.1))
    narrow.load_state_dict(wide.state_dict())
    (mean, log_var), found = wide(x, known, given), narrow(x, known, given)
    assert torch.equal(found[0], mean) and torch.allclose((0.5 * (found[1] - log_var)).exp(), torch.tensor(0.1))
