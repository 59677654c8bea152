"""The transformer of patches: what it says at first, what each patch sees, and what has an order."""

import pytest
import torch
from leaves import category

from genwright.core.draws import Draws
from genwright.core.spec import Category, Ordered, Real, Spec
from genwright.networks.adapters import Velocity
from genwright.networks.conditioning import TOKEN, Condition
from genwright.networks.diffusion_transformer import DiffusionTransformer, PictureTransformer, places

WIDTH = 8


def shaken(network: torch.nn.Module) -> torch.nn.Module:
    """With weights that say something, as after training."""
    for k, (_, parameter) in enumerate(network.named_parameters()):
        parameter.data.copy_(0.3 * Draws("shaken", k).normal(*parameter.shape))
    return network.eval()


def transformer(tokens: bool = False, patch: int = 2, size=(4, 6)) -> DiffusionTransformer:
    return DiffusionTransformer(3, 2, size, WIDTH, 2, 2, patch, tokens=tokens)


def told(n: int) -> Condition:
    mask = torch.tensor([1, 1, 1, 0], dtype=torch.bool).expand(n, -1)
    return Condition(Draws("c").normal(n, WIDTH), Draws("t").normal(n, 4, TOKEN), mask)


def test_it_says_nothing_and_each_layer_is_the_identity_at_first():
    network, c, h = transformer(tokens=True), told(3), Draws("h").normal(3, 6, WIDTH)
    assert (network([Draws("x").normal(3, 3, 4, 6)], c) == 0).all()
    for layer in network.layers:
        assert torch.equal(layer(h, c.vector, c.tokens, c.mask), h)
    x = Draws("x").normal(3, 3, 4, 6)
    network([x], c).sum().backward()
    assert network.last.weight.grad.abs().max() > 0  # and can be learned


@pytest.mark.parametrize("shape", [(2, 5, 7), (3, 8, 8)], ids=str)
def test_any_size_and_what_is_known_and_given(shape):
    spec = Spec((("x", Real(shape, "grid")),))
    given = Spec((
        ("label", category(0.5, 0.25, 0.25)), ("caption", Category(9, (4,), "sequence", ends=True)),
        ("low", Ordered(256, shape=(1, 4, 4), axis="grid")),
    ))  # fmt: skip
    network = shaken(Velocity(PictureTransformer(spec, WIDTH, 2, 2, 2, 0.0, given), given))
    z, x, t = Draws("z").normal(2, *shape), Draws("x").normal(2, *shape), torch.tensor([0.2, 0.7])
    known = torch.zeros(2, *shape, dtype=torch.bool)
    known[:, :, -1, -1] = True
    row = torch.tensor([[1.0, 4, 5, 7, 8, *[9.0] * 16]]).repeat(2, 1)
    found = network(z, t, row, x, known)
    assert found.shape == z.shape and found.isfinite().all()
    moved = lambda *arguments: (network(*arguments) - found).abs().amax((1, 2, 3))
    changed = row.clone()
    changed[0, [0, 2, -1]] = torch.tensor([2.0, 6, 200])
    for column in (0, 2, 20):  # label, caption, picture: each is looked at, in the item that it is of
        one = row.clone()
        one[0, column] = changed[0, column]
        change = moved(z, t, one, x, known)
        assert change[0] > 1e-4 and change[1] == 0
    assert (moved(z, t, row, x + 1, known) > 1e-4).all() and (moved(z, t, row, x, None) > 1e-4).all()
    assert (moved(z, t.flip(0), row, x, known) > 1e-4).all()


def test_patches_have_an_order_by_their_places_alone():
    network, c = shaken(transformer(tokens=True)), told(3)
    x = Draws("x").normal(3, 3, 4, 6)  # two rows of three patches; the last channel is what is known
    swapped = x.unflatten(2, (2, 2)).flip(2).flatten(2, 3)
    found, other = (network([part], c).unflatten(2, (2, 2)) for part in (x, swapped))
    assert not torch.allclose(other.flip(2), found, atol=1e-3)
    network.places.zero_()
    found, other = (network([part], c).unflatten(2, (2, 2)) for part in (x, swapped))
    assert torch.allclose(other.flip(2), found, atol=1e-5)


def test_every_patch_sees_every_other_and_no_masked_token():
    network, c = shaken(transformer(tokens=True)), told(2)
    x = Draws("x").normal(2, 3, 4, 6).requires_grad_()
    network([x], c)[0, 0, 0, 0].backward()
    assert (x.grad[0].abs().amax(0) > 0).all() and (x.grad[1] == 0).all()
    other = torch.where(c.mask[..., None], c.tokens, Draws("other").normal(*c.tokens.shape))
    found = network([x], c)
    assert torch.equal(network([x], Condition(c.vector, other, c.mask)), found)
    assert not torch.equal(network([x], Condition(c.vector, c.tokens.flip(0), c.mask)), found)


def test_places_are_told_apart():
    found = places(5, 7, 16)
    away = torch.cdist(found, found) + 10 * torch.eye(35)
    assert found.shape == (35, 16) and away.min() > 0.1
