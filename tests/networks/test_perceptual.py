"""A VAE whose loss looks at features: what they may change, and what they must not."""

import numpy as np
import pytest
import torch

import genwright
from genwright.contract.small_data import small_data
from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.networks.perceptual import PerceptualDistance

NUMBERS = {"latents": 4, "channels": 8, "batch": 64, "draws": 4, "kl_warmup": 0, "fitted_prior": False}
SPEC = Spec((("x", Ordered(17, shape=(1, 12, 12), axis="grid")),))


def test_the_distance_is_none_to_itself_grows_with_damage_and_has_a_gradient():
    distance = PerceptualDistance(SPEC, 4, 3, weight=2.0)
    rng = Draws("x")
    x, noise = rng.integers(17, (5, 1, 12, 12)).float(), rng.normal(5, 1, 12, 12)
    far = [float(distance(x, x + share * noise)) for share in (0, 0.5, 1.0, 2.0)]
    assert far[0] == 0 and far == sorted(far) and far[3] > 3 * far[1]
    made = (x + noise).requires_grad_()
    (gradient,) = torch.autograd.grad(distance(x, made), made)
    with torch.no_grad():
        assert distance(x, made - 5 * gradient / gradient.norm()) < distance(x, made)


def test_the_layers_are_alike_in_size_so_that_each_counts():
    x = 2 * Draws("x").uniform(64, 1, 32, 32) - 1
    squares = [float((f**2).mean()) for f in PerceptualDistance(SPEC, 16, 3, 1.0).features(x)]
    assert max(squares) < 4 * min(squares)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    data, out = small_data("images"), tmp_path_factory.mktemp("runs") / "run"
    model = genwright.fit(data, "vae", preset="perceptual", hyperparameters=NUMBERS, items=640, out=out, progress=False)
    return data, model, out


def test_features_are_of_the_runs_seed_kept_in_it_and_never_trained(trained):
    data, model, out = trained
    kept = genwright.load_model(out)
    layers = lambda model: list(model.family.perceptual.features.buffers())
    other = lambda seed: genwright.fit(
        data, "vae", preset="perceptual", hyperparameters=NUMBERS, items=64, seed=seed, progress=False
    )
    assert all(map(torch.equal, layers(model), layers(kept)))
    assert all(map(torch.equal, layers(model), layers(other(0))))  # 640 items have changed nothing
    assert not torch.equal(layers(model)[0], layers(other(1))[0])
    assert np.array_equal(model.sample(3, seed=0), kept.sample(3, seed=0))


def test_the_bound_is_that_of_the_vae(trained):
    """The same weights without features score alike, while their loss is lower by what the features add."""
    data, model, _ = trained
    family, x = model.family, data.tensors("test")
    scored = model.log_prob(data.test)
    loss = lambda: float(family.loss(x.batch(Draws(0), 10**6))[0].detach())
    perceptual, whole = family.perceptual, loss()
    family.perceptual = None
    try:
        assert np.array_equal(model.log_prob(data.test).nats, scored.nats) and loss() < whole
    finally:
        family.perceptual = perceptual
