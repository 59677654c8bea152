"""The adversarial autoencoder of sequences: its codes are as draws of N(0, I) and keep what they were made from, and
what is decoded from such draws is of the language; codes that no discriminator holds are told."""

from dataclasses import replace

import pytest
import torch
from cells import first_in_short

from genwright.core.draws import Draws
from genwright.core.spec import Category, Spec
from genwright.core.trainable import Items
from genwright.training.stage import StageTraining, into_training
from genwright.zoo import autoencoders

NONE = Spec(())
SPEC = Spec((("line", Category(5, shape=(7,), axis="sequence", ends=True)),))  # three letters, END, PAD
WORDS = torch.cartesian_prod(*[torch.arange(3)] * 3)[::2]
LINES = torch.cat([WORDS, WORDS, torch.full((14, 1), 3)], 1)  # each word twice: 14 of 3 ** 6 lines that long
GIVEN, STEPS = torch.zeros(14, 0), 120


def trained(**numbers):
    torch.manual_seed(0)
    hyper = replace(autoencoders.ADVERSARIAL_PRESETS["tiny"], **numbers)
    recipe = autoencoders.build_adversarial_autoencoder(SPEC, NONE, hyper)
    (stage,) = recipe.family.stages()
    training, items = StageTraining(recipe, stage), Items(LINES.repeat(2, 1), torch.zeros(28, 0))
    into_training(recipe.family, stage)
    for step in range(STEPS):
        training.step(items.batch(Draws("step", step), 28 * step), step, min(1.0, 3 * (1 - step / STEPS)), False)
    training.use_best_weights()
    return recipe.family.eval()


@pytest.fixture(scope="module", params=first_in_short([{}, {"decoder": "lstm", "lr": 1e-2}]), ids=["conducted", "lstm"])
def family(request):
    return trained(**request.param)


@torch.no_grad()
def spoken(family):
    """Share of draws that are of the language, and how many different ones these are."""
    drawn = family.sample(500, torch.zeros(500, 0), Draws("spoken"))
    ours = {tuple(line) for line in LINES.tolist()}
    right = [line for line in map(tuple, drawn.long().tolist()) if line in ours]
    return len(right) / 500, len(set(right))


@pytest.mark.long
@torch.no_grad()
def test_what_normal_codes_are_decoded_to_is_of_the_language(family):
    share, different = spoken(family)
    assert share > 0.4 and different >= 12
    codes = family.encode(LINES.float(), GIVEN)
    assert codes.mean(0).abs().max() < 1.0 and 0.5 < codes.var(0).mean() < 1.4
    assert (family.decode(codes, GIVEN) == LINES).float().mean() > 0.98


@pytest.mark.long
def test_codes_that_nothing_holds_to_a_normal_are_told():
    loose = trained(pull=0.0)
    with torch.no_grad():
        assert loose.encode(LINES.float(), GIVEN).var(0).mean() > 2
        said = loose.health(LINES.float(), GIVEN, Draws("health"))
    assert said


@torch.no_grad()
def test_draws_can_be_truncated_and_a_decoder_that_ignores_codes_is_told(family):
    likeliest = family.sample(14, GIVEN, Draws(1), top_k=1)
    assert torch.equal(likeliest, family.decode(Draws(1).normal(14, family.latents), GIVEN))
    (family.decoder.code if hasattr(family.decoder, "code") else family.decoder.conductor.out[1]).weight.zero_()
    assert family.health(LINES.float(), GIVEN, Draws(0))
