# Tests families/diffusion/denoiser.py
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.families.diffusion.denoiser import PREDICTED, LevelDenoiser
from genwright.families.diffusion.diffusion import VariationalDiffusion
from genwright.families.guidance import linear

LEVELS = 4
SPEC = Spec((("x", Ordered(LEVELS, shape=(2, 2, 2))),))


def denoiser(network=None):
    return LevelDenoiser(network or torch.nn.Identity(), SPEC, (-8.0, 5.0))


def by_bayes(said, z, alpha, sigma):
    """D of one number by the formulas of the module, in float64."""
    mean, log_width, lowest, highest = said
    x = [(k + 0.5) * 2 / LEVELS - 1 for k in range(LEVELS)]
    logs = torch.tensor([-((a - mean) ** 2) / (2 * torch.tensor(log_width).exp() ** 2) for a in x]).double()
    logs[0] += 4 * lowest
    logs[-1] += 4 * highest
    logs += torch.tensor([-((z - alpha * a) ** 2) / (2 * sigma**2) for a in x]).double()
    return float(logs.softmax(0) @ torch.tensor(x).double())


@pytest.mark.parametrize("sigma", [0.05, 0.6, 0.999])
def test_it_is_the_mean_of_the_levels_by_bayes_rule(sigma):
    rng, alpha = Draws("x"), (1 - sigma**2) ** 0.5
    raw, z = rng.normal(3, PREDICTED * 2, 2, 2), rng.normal(3, 2, 2, 2)
    d, n = denoiser().split(raw, z, torch.full((3,), alpha), torch.full((3,), sigma))
    said = raw.unflatten(1, (PREDICTED, 2))[1, :, 1, 0, 1].tolist()
    assert d[1, 1, 0, 1].item() == pytest.approx(by_bayes(said, z[1, 1, 0, 1].item(), alpha, sigma), abs=1e-5)
    assert torch.allclose(alpha * d + sigma * n, z, atol=1e-5)


def test_guidance_moves_the_mean_of_the_levels():
    """By the linear rule, D goes on from the other's as far again, and D and N still make z."""
    (one, other), z = Draws("x").normal(2, 3, PREDICTED * 2, 2, 2), Draws("z").normal(3, 2, 2, 2)
    model, rule = denoiser(), lambda found, away: linear(found, away, 2.0)
    d, n = model.guided_split(rule, [one, other], z, 0.6, 0.8)
    split = lambda raw: model.split(raw, z, 0.6, 0.8)[0]
    assert torch.allclose(d, 2 * split(one) - split(other), atol=1e-5)
    assert torch.allclose(0.6 * d + 0.8 * n, z, atol=1e-5)


def test_with_little_noise_the_nearest_level_is_certain_whatever_the_network_says():
    x = Draws("x").integers(LEVELS, (5, 2, 2, 2)).float()
    z = (x + 0.5) * (2 / LEVELS) - 1
    said = torch.randn(5, PREDICTED * 2, 2, 2)
    d, _ = denoiser().split(said, z + 0.02 * torch.randn_like(z), 1.0, 0.02)
    assert torch.allclose(d, z, atol=1e-4)


def test_a_network_that_says_nothing_leaves_levels_alike_and_its_gradient_is_finite():
    raw = torch.zeros(2, PREDICTED * 2, 2, 2, requires_grad=True)
    d, n = denoiser().split(raw, torch.zeros(2, 2, 2, 2), torch.tensor([0.1, 1.0]), torch.tensor([0.995, 1e-3]))
    assert d[0].abs().max() < 1e-6
    (d.sum() + (n**2).sum()).backward()
    assert raw.grad.isfinite().all()


def test_the_bound_of_levels_that_are_drawn_alike_is_their_entropy():
    """With the best denoiser of independent levels, which says nothing of the ends and has the widest bell, nearly."""

    class Flat(torch.nn.Module):
        def forward(self, z, clock, given, known_values, known):
            said = z.new_zeros(len(z), PREDICTED, 2, *z.shape[2:])
            said[:, 1] = 2.0
            return said.flatten(1, 2)

    family = VariationalDiffusion(SPEC, Spec(()), Flat(), "dpm-solver", 20, 256).eval()
    x = Draws("x").integers(LEVELS, (200, 2, 2, 2)).float()
    with torch.no_grad():
        nats, _ = family.log_likelihood(x, torch.zeros(200, 0), Draws("bound"))
    assert nats.mean().item() / SPEC.dims == pytest.approx(-torch.tensor(LEVELS).log().item(), abs=0.03)
