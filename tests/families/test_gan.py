# Tests families/adversarial/gan.py
"""Two players: what their losses say on known densities, which way they pull, and that each of them trains."""

import copy
from dataclasses import replace
from functools import cache
from math import log

import numpy as np
import pytest
import torch
from leaves import category, real

from genwright.core.draws import Draws
from genwright.core.recipe import Recipe
from genwright.core.spec import Spec
from genwright.core.trainable import Batch
from genwright.families.adversarial.gan import CLIP, GAN, LOSSES, find_covered
from genwright.networks.discriminator import RowDiscriminator
from genwright.networks.generators import RowGenerator
from genwright.training.stage import StageTraining

# ------------------------------------------------------------------ the table of losses


def pull(loss, real, fake):
    """The way in which a step down the loss moves the scores."""
    real, fake = torch.tensor(real).requires_grad_(), torch.tensor(fake).requires_grad_()
    gradients = torch.autograd.grad(loss(real, fake), (real, fake), allow_unused=True)
    return [torch.zeros(1) if g is None else -g for g in gradients]


@pytest.mark.parametrize("name", LOSSES)
def test_the_discriminator_raises_real_scores_and_the_generator_fake_ones(name):
    for_real, for_fake = pull(LOSSES[name].discriminator, [0.4, 0.2], [0.1, 0.3])
    assert (for_real > 0).all() and (for_fake < 0).all()
    _, for_fake = pull(LOSSES[name].generator, [0.4, 0.2], [0.1, 0.3])
    assert (for_fake > 0).all()


def test_the_critic_maximises_the_difference_of_means():
    real, fake = torch.tensor([3.0, 1.0]), torch.tensor([-1.0, 0.0])
    assert LOSSES["wasserstein"].discriminator(real, fake) == -(real.mean() - fake.mean())
    assert LOSSES["wasserstein"].generator(real, fake) == -fake.mean()


OPTIMA = {  # of the discriminator's loss, for an item that is real in a share r of the cases: its score
    "minimax": lambda r: log(r / (1 - r)),
    "non-saturating": lambda r: log(r / (1 - r)),
    "least-squares": lambda r: r,
    "hinge": lambda r: 1.0 if r > 0.5 else -1.0,
    "ebgan": lambda r: np.inf if r > 0.5 else -np.log(np.expm1(2.0)),  # E = 0, or E = m
}


@pytest.mark.parametrize("name", OPTIMA)
@pytest.mark.parametrize("r", [0.3, 0.8])
def test_the_discriminator_is_at_its_best_where_theory_says(name, r):
    scores = torch.linspace(-6, 6, 12_001, dtype=torch.float64)
    far = torch.tensor(50.0, dtype=torch.float64)  # where the other half of a loss adds nothing
    loss = LOSSES[name].discriminator
    mixed = torch.stack([r * loss(s[None], -far[None]) + (1 - r) * loss(far[None], s[None]) for s in scores[::10]])
    assert float(scores[::10][mixed.argmin()]) == pytest.approx(np.clip(OPTIMA[name](r), -6, 6), abs=0.02)


def test_only_the_minimax_generator_learns_nothing_from_a_sure_discriminator():
    slope = {name: float(pull(loss.generator, [8.0], [-8.0])[1]) for name, loss in LOSSES.items()}
    assert slope["minimax"] < 0.001 and min(rate for name, rate in slope.items() if name != "minimax") > 0.9


# ------------------------------------------------------------------ players

LABEL = Spec((("label", category(0.5, 0.5)),))
TURNED = ("relativistic", "wasserstein-clipped")  # whose signs are turned: with gradient penalty and with clipping


def two_blobs(n):
    """x: (n, 2) around (-1, 1) or (1, -1) by the label, sd 0.3; label: (n, 1)."""
    rng = Draws("blobs")
    label = rng.integers(2, (n, 1)).float()
    return torch.cat([2 * label - 1, 1 - 2 * label], 1) + 0.3 * rng.normal(n, 2), label


def gan(loss, x, given=LABEL):
    torch.manual_seed(0)
    spec = Spec(tuple((f"x{j}", real(x[:, j].numpy())) for j in range(2)))
    return GAN(
        spec, given, RowGenerator(spec, given, 4, 32, 1, 4), RowDiscriminator(spec, given, 32, 1, 2, 0.0), 4, loss, 0.1
    )


def trained(family, x, label, steps=220, batch=64):
    training = StageTraining(
        Recipe(family, batch=batch, lr=5e-3, betas=(0.0, 0.99), clip=10.0), family.train().stages()[0]
    )
    for k in range(steps):
        pick = Draws("pick", k).integers(len(x), (batch,))
        training.step(Batch(x[pick], label[pick], Draws("step", k), k * batch), k, min(1.0, 2 * (1 - k / steps)), False)
    training.use_best_weights()
    return family.eval()


def test_the_penalty_halves_down_to_its_least(blobs):
    family = gan("relativistic", blobs[0])
    family.least, family.halving = family.penalty / 3, 1000
    at = lambda items: family.discriminator_loss(Batch(*(part[:64] for part in blobs), Draws(3), items))[1]["penalty"]
    assert at(1000) == pytest.approx(at(0) / 2) and at(10_000) == pytest.approx(at(0) / 3)


def test_a_clipped_critic_steps_from_weights_within_its_bound_and_has_no_penalty(blobs):
    family = gan("wasserstein-clipped", blobs[0])
    _, logs = family.discriminator_loss(Batch(*(part[:64] for part in blobs), Draws(3), 0))
    assert max(float(w.detach().abs().max()) for w in family.discriminator.parameters()) == pytest.approx(CLIP)
    assert logs["penalty"] == 0 and float(family.generator.net.first.weight.detach().abs().max()) > CLIP
    assert [player.every for player in family.stages()[0].players] == [1, 5]


@pytest.fixture(scope="module")
def blobs():
    return two_blobs(2000)


@pytest.fixture(scope="module")
def fits(blobs):
    """One training with each loss."""
    steps = lambda name: 400 if LOSSES[name].one_centred else 300  # its generator plays in a fifth of them
    return cache(lambda name: trained(gan(name, blobs[0]), *blobs, steps=steps(name)))


@pytest.fixture(scope="module")
def unlabelled(blobs):
    x, nothing = blobs[0], torch.zeros(len(blobs[0]), 0)
    return trained(gan("relativistic", x, Spec(())), x, nothing, 250)


def errors(family, x, label):
    """Largest error of a mean or a standard deviation of x0, x1 given each label, from the data's."""
    off = []
    for k in (0.0, 1.0):
        with torch.no_grad():
            drawn, there = family.sample(2000, torch.full((2000, 1), k), Draws("draw")), x[label[:, 0] == k]
        off += [(drawn.mean(0) - there.mean(0)).abs().max(), (drawn.std(0) - there.std(0)).abs().max()]
    return float(max(off))


PENALISED = "relativistic", "wasserstein", "wasserstein-clipped"  # one for each way to hold the discriminator


@pytest.mark.long
@pytest.mark.parametrize(
    "name", [name if name in PENALISED else pytest.param(name, marks=pytest.mark.long) for name in LOSSES]
)
def test_every_loss_trains_and_draws_follow_the_label(blobs, fits, name):
    assert errors(gan(name, blobs[0]), *blobs) > 0.5
    assert errors(fits(name), *blobs) < 0.4


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize("name", TURNED)
def test_a_wrong_sign_is_found_out(blobs, name, player, monkeypatch):
    rule = LOSSES[name]
    turned = lambda real, fake: -getattr(rule, player)(real, fake).clamp(-50, 50)
    family = gan(name, blobs[0])
    family.rule = replace(rule, **{player: turned})
    assert errors(trained(family, *blobs, steps=40), *blobs) > 0.4


@pytest.mark.long
def test_completions_keep_and_follow_the_known_part(blobs, unlabelled):
    x, known = blobs[0], torch.tensor([True, False]).expand(500, 2)
    with torch.no_grad():
        filled = unlabelled.fill(x[:500], known, torch.zeros(500, 0), Draws(0))
    assert torch.equal(filled[:, 0], x[:500, 0])
    assert torch.corrcoef(filled.T)[0, 1] == pytest.approx(float(torch.corrcoef(x.T)[0, 1]), abs=0.1)


def test_decode_is_what_draw_does_with_its_latents(blobs):
    family, given = gan("hinge", blobs[0]), torch.zeros(8, 1)
    with torch.no_grad():
        z = Draws(3).normal(8, 4)
        assert torch.equal(family.decode(z, given), family.sample(8, given, Draws(3)))


def test_codes_lead_back_to_the_items_each_on_its_own(blobs, fits, monkeypatch):
    (_, label), family = blobs, fits("relativistic")
    with torch.no_grad():
        items, given = family.sample(64, label[:64], Draws(4)), label[:64]
        off = lambda codes: float((family.decode(codes, given) - items).norm(dim=1).median())
        codes = family.encode(items, given)
        assert torch.allclose(codes[:8], family.encode(items[:8], given[:8]), atol=1e-4)
        monkeypatch.setattr("genwright.families.adversarial.gan.SEARCH", 1)
        assert off(codes) < 0.1 and off(family.encode(items, given)) > 3 * off(codes)  # one step leads nowhere


@pytest.mark.long
def test_a_completion_by_inversion_keeps_the_known_part_and_finds_the_rest(blobs, unlabelled):
    x, known, nothing = blobs[0][:64], torch.tensor([True, False]).expand(64, 2), torch.zeros(64, 0)
    with torch.no_grad():
        filled = unlabelled.fill_by_inversion(x, known, nothing, Draws(0))
        hidden = torch.where(known, x, torch.nan)
        assert torch.equal(filled, unlabelled.fill_by_inversion(hidden, known, nothing, Draws(0)))
    assert torch.equal(filled[:, 0], x[:, 0]) and filled.isfinite().all()
    assert torch.corrcoef(filled.T)[0, 1] < -0.4  # x0 says on which blob an item lies; drawn apart, within 0.25


# ------------------------------------------------------------------ health


def test_coverage_sees_what_is_missing():
    near, far = Draws(0).normal(200, 2), 10 + Draws(1).normal(200, 2)
    items, fresh = torch.cat([near, far]), Draws(2).normal(400, 2)
    covered = find_covered(items, fresh)
    assert covered[:200].float().mean() > 0.9 and not covered[200:].any()


def test_health_names_the_class_that_is_dropped(blobs, fits):
    (x, label), family = blobs, copy.deepcopy(fits("relativistic"))
    with torch.no_grad():
        assert family.health(x[:256], label[:256], Draws(0)) == []
        follow = family.generator.forward
        family.generator.forward = lambda z, x, known, given: follow(z, x, known, torch.zeros_like(given))
        sentences = family.health(x[:256], label[:256], Draws(0))
    assert any("number 1" in s for s in sentences) and not any("number 0" in s for s in sentences)


def test_a_label_that_is_left_out_is_drawn_as_often_as_it_was_in_training():
    given = Spec((("label", category(0.2, 0.0, 0.5, 0.3)),))
    family = gan("minimax", two_blobs(100)[0], given)
    seen = []
    family.generator.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[3]))
    asked = torch.full((4_000, 1), torch.nan)
    asked[:1_000] = 1.0
    family.sample(4_000, asked, Draws("labels"))
    assert (seen[0][:1_000] == 1).all()
    share = torch.bincount(seen[0][1_000:, 0].long(), minlength=4) / 3_000
    assert torch.allclose(share, torch.tensor([0.2, 0.0, 0.5, 0.3]), atol=0.03) and share[1] == 0
