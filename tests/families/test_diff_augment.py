"""What the players of a GAN see of few pictures: changed by draws of their own, and learned through."""

from dataclasses import replace

import pytest
import torch
from leaves import category

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Batch
from genwright.families.adversarial import gan as of_gan
from genwright.families.adversarial.gan import cutout, diff_augment, recolour, translate
from genwright.zoo import gan

LABEL = Spec((("label", category(0.5, 0.5)),))


@pytest.fixture(params=[(1, 8, 8), (3, 10, 7)], ids=str)
def x(request):
    return Draws("pictures", *request.param).uniform(6, *request.param) * 2 - 1


def test_each_picture_is_changed_by_draws_of_its_own_and_keeps_its_shape(x):
    same = x[:1].expand(64, -1, -1, -1)
    seen = diff_augment(same, Draws(0))
    assert seen.shape == same.shape
    assert len({tuple(picture.flatten().tolist()) for picture in seen}) == 64
    assert torch.equal(seen, diff_augment(same, Draws(0))) and not torch.equal(seen, diff_augment(same, Draws(1)))


def test_gradients_pass_to_what_is_left_of_the_picture(x):
    x = x.requires_grad_()
    (gradient,) = torch.autograd.grad(cutout(translate(x, Draws(0)), Draws(1)).sum(), x)
    assert set(gradient.unique().tolist()) == {0.0, 1.0}
    changed = lambda part: diff_augment(part, Draws(2)).flatten()
    jacobian = torch.autograd.functional.jacobian(changed, x[:1].detach())
    step = 0.01 * Draws(3).normal(x[:1].shape)
    moved = jacobian.flatten(1) @ step.flatten()
    assert torch.allclose(changed(x[:1].detach() + step) - changed(x[:1].detach()), moved, atol=1e-5)  # T is affine


def test_a_translation_moves_pixels_by_at_most_an_eighth():
    x = torch.zeros(400, 1, 16, 16)
    x[:, :, 8, 8] = 1.0
    places = translate(x, Draws(0))[:, 0].nonzero()[:, 1:] - 8
    assert len(places) == 400
    assert set(places[:, 0].tolist()) == set(places[:, 1].tolist()) == {-2, -1, 0, 1, 2}


def test_a_cutout_hides_a_rectangle_of_half_the_sides_at_most():
    hidden = cutout(torch.ones(400, 1, 8, 10), Draws(0))[:, 0] == 0
    rows, columns = hidden.any(2), hidden.any(1)
    assert torch.equal(hidden, rows[:, :, None] & columns[:, None])
    assert rows.sum(1).max() == 4 and columns.sum(1).max() == 5 and rows.sum(1).min() < 4
    assert hidden.float().mean(0).min() > 0.05  # everywhere


def test_colours_change_in_level_contrast_and_saturation_alone():
    x = Draws(0).uniform(200, 3, 4, 4)
    seen = recolour(x, Draws(1))
    grey = seen.mean(1)
    correlation = torch.stack(
        [torch.corrcoef(torch.stack([a, b]))[0, 1] for a, b in zip(grey.flatten(1), x.mean(1).flatten(1))]
    )
    assert (correlation > 0.999).all()
    assert (seen - x).mean((1, 2, 3)).abs().max() < 0.5 + 1e-6


def players(augment):
    torch.manual_seed(0)
    spec = Spec((("picture", Ordered(17, shape=(1, 8, 8), axis="grid")),))
    return gan.build(spec, LABEL, replace(gan.IMAGES["tiny"], augment=augment)).family


def batch():
    return Batch(Draws("x").integers(17, (16, 1, 8, 8)), Draws("y").integers(2, (16, 1)).float(), Draws("step"), 0)


def test_both_players_see_real_and_fake_by_different_draws_and_draws_are_as_without(monkeypatch):
    seen = []
    monkeypatch.setattr(of_gan, "diff_augment", lambda x, rng: seen.append((len(x), rng.seed)) or diff_augment(x, rng))
    plain, changed = players(False), players(True)
    for player in ("discriminator_loss", "generator_loss"):
        before = len(seen)
        without, within = (getattr(family, player)(batch())[0] for family in (plain, changed))
        assert len(seen) == before + 2 and not torch.equal(without, within)
    gradients = torch.autograd.grad(
        changed.generator_loss(batch())[0], list(changed.generator.parameters()), allow_unused=True
    )
    assert sum(float(g.abs().sum()) for g in gradients if g is not None) > 0
    given, before = torch.zeros(4, 1), len(seen)
    with torch.no_grad():
        assert torch.equal(plain.sample(4, given, Draws(5)), changed.sample(4, given, Draws(5)))
        changed.health(batch().x, batch().given, Draws(6))
    assert len(seen) == before
