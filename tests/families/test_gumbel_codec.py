"""Codes by Gumbel-softmax: the schedule of tau, the KL and its weight in the paper's units, hard codes where it is
judged; and the loss of the prior of text and codes."""

from math import log

import pytest
import torch

from genwright.core.draws import Draws, seeded
from genwright.core.spec import Category, Ordered, Spec
from genwright.core.trainable import Batch
from genwright.families.two_stage.dall_e import temperature
from genwright.zoo import registry

SPEC = Spec((("x", Ordered(5, shape=(1, 8, 8), axis="grid")),))
TEXT = Category(7, (6,), "sequence", ends=True)
GIVEN = Spec((("caption", TEXT),))


@pytest.fixture
def family():
    """A model of pictures of 8 x 8 with weights away from their start: 4 x 4 codes of 16."""
    row = registry.row(*registry.IMAGES, "dall-e")
    with seeded(0):
        found = registry.build(row, SPEC, GIVEN, registry.hyperparameters(row, SPEC, GIVEN, 100, "tiny")).family
    with torch.no_grad():
        for k, weight in enumerate(found.parameters()):
            weight.copy_(0.4 * Draws("gumbel", k).normal(weight.shape))
    return found


def batch(progress: float = 1.0) -> Batch:
    x = Draws("pictures").integers(5, (3, 1, 8, 8)).float()
    given = torch.tensor([[0.0, 1, 2, 5, 6, 6], [3, 5, 6, 6, 6, 6], [torch.nan] * 6])
    return Batch(x, given, Draws("loss"), 0, None, progress)


def test_tau_falls_from_1_to_a_sixteenth_over_the_first_six_tenths():
    assert temperature(0.0) == 1.0 and temperature(0.3) == pytest.approx(1 / 4)
    assert [temperature(done) for done in (0.6, 0.8, 1.0)] == [pytest.approx(1 / 16)] * 3


def test_the_loss_is_that_of_the_paper_times_the_numbers_of_an_image(family):
    """Mean over numbers of -log p, and beta / 192 times the mean over positions of the KL against uniform."""
    codec, seen = family.codec.eval(), batch()
    with torch.no_grad():
        loss, logged = codec.loss(seen)
        away = (codec._vectors(seen.x)[..., None, :] - codec.quantiser.table.weight).square().sum(-1)
        q = (-codec.quantiser.log_sharpness.exp() * away).softmax(-1).double()
        kl = sum(float(p) * (log(float(p)) + log(16)) for p in q.flatten()) / (3 * 16)  # of a position
        nats = -codec.log_prob(seen.x, codec.entries(codec.encode(seen.x))).mean() / 64  # of a number
    assert float(logged["kl"]) == pytest.approx(16 * kl, rel=1e-5)
    assert float(loss) == pytest.approx(64 * (float(nats) + 6.6 / 192 * kl), rel=1e-5)


def test_codes_are_hard_where_the_codec_is_judged_and_relaxed_where_it_learns(family):
    codec, seen = family.codec, batch(0.5)
    codec.eval()
    hard = codec.loss(seen)[0].detach()
    assert torch.equal(hard, codec.loss(batch(0.5))[0])
    other = batch(0.5)
    other.rng.uniform(99)
    assert torch.equal(hard, codec.loss(other)[0])
    codec.train()
    assert not torch.equal(codec.loss(batch(0.5))[0], codec.loss(other)[0])
    codes = codec.encode(seen.x)
    assert torch.equal(codes[:, 0], codec.quantiser.logits(codec._vectors(seen.x)).argmax(-1).float())
    assert torch.equal(codec.nearest(codec.entries(codes)), codes)


@torch.no_grad()
def test_tokens_weigh_an_eighth_beside_the_seven_eighths_of_codes(family):
    prior, seen = family.priors[0].eval(), batch()
    prior.known_share = 0.0
    codes = family.codec.encode(seen.x)
    dropless = Batch(codes, seen.given, Draws(2), 0)
    loss, logged = prior.loss(dropless)
    paper = 7 / 8 * logged["codes"] / 16 + 1 / 8 * logged["tokens"]
    assert float(loss) == pytest.approx(16 * 8 / 7 * float(paper), rel=1e-5)


@torch.no_grad()
def test_a_text_and_the_upper_half_of_an_image_keep_its_codes_and_its_pixels(family, monkeypatch):
    seen, filled = batch(), []
    known = torch.zeros_like(seen.x, dtype=torch.bool)
    known[:, :, :4] = True
    fill = family.priors[0].fill
    monkeypatch.setattr(family.priors[0], "fill", lambda *more: filled.append((more[0], fill(*more))) or filled[-1][1])
    found = family.eval().fill(seen.x, known, seen.given, Draws("fill"))
    ((given, drawn),) = filled
    assert torch.equal(drawn[:, :, :2], given[:, :, :2]) and not torch.equal(drawn[:, :, 2:], given[:, :, 2:])
    assert torch.equal(found[known], seen.x[known]) and not torch.equal(found, seen.x)
