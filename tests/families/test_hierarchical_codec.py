"""A hierarchy of codes: what each level sees, the bound, draws of fine codes given drawn coarse ones, completions."""

import pytest
import torch
from short_training import batch_of

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Items
from genwright.distributions.heads import CategoricalHead
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.families.baselines.bootstrap_and_independent import Uniform
from genwright.families.two_stage.quantized import HierarchicalCodec
from genwright.families.two_stage.two_stage import TwoStage, latent, prior_spec
from genwright.families.two_stage.vector_quantisers import Codebook
from genwright.networks.codecs import GridLevels
from genwright.networks.masked_conv import GatedPixelCNN

NONE = Spec(())


def hierarchy(side: int, levels: int, entries: int, halvings: int = 1) -> TwoStage:
    """With random weights, none of them 0."""
    spec, head = Spec((("x", Ordered(5, shape=(1, side, side), axis="grid")),)), CategoricalHead(5)
    networks = GridLevels(spec, 8, 1, [3] * levels, halvings, head.size)
    codec = HierarchicalCodec(networks, head, [Codebook(entries, 3) for _ in range(levels)], networks.grids, 0.25)

    def prior(level: int) -> Autoregressive:
        own, given = latent(codec, level), prior_spec(NONE, codec, level)
        return Autoregressive(
            own, given, GatedPixelCNN(own, given, entries, 8, 2, embedding=4), CategoricalHead(entries)
        )

    family = TwoStage(spec, NONE, codec, [prior(level) for level in range(levels)]).eval()
    with torch.no_grad():
        for k, weight in enumerate(family.parameters()):
            weight.copy_(0.4 * Draws("weights", k).normal(weight.shape))
    return family


def pictures(n: int, side: int) -> torch.Tensor:
    return Draws("pictures").integers(5, (n, 1, side, side)).float()


@pytest.mark.parametrize("side, levels", [(8, 2), (9, 2), (7, 3), (9, 4)])
@torch.no_grad()
def test_codes_of_all_levels_go_there_and_back(side, levels):
    codec, x = hierarchy(side, levels, 6).codec, pictures(3, side)
    codes = codec.encode(x)
    assert codes.shape == (3, *codec.latents.shape) and codes.unique().max() < 6
    entries = codec.entries(codes)
    assert torch.equal(codec.nearest(entries), codes)
    assert codec.params(entries).shape == (3, 1, side, side, 5)
    sides = [part.shape[1] for part in codec.levels(entries)]
    assert sides == [grid[0] for grid in codec.networks.grids] == sorted(sides)


@torch.no_grad()
def test_the_loss_is_that_of_the_codes_that_encode_gives():
    codec, x = hierarchy(8, 2, 6).codec, pictures(5, 8)
    codec.beta = 0.0
    loss, logs = codec.loss(batch_of(x, Draws(0)))
    assert torch.allclose(loss, -codec.log_prob(x, codec.entries(codec.encode(x))).mean(), rtol=1e-5)
    assert {"perplexity_top", "perplexity_bottom", "commitment"} == logs.keys()


def test_the_bottom_is_quantised_in_view_of_the_top_and_gradients_reach_both():
    codec, x = hierarchy(8, 2, 6).codec, pictures(4, 8)
    with torch.no_grad():
        before = codec.latents.part(codec.encode(x), "bottom")
        codec.quantisers[0].sums.mul_(-3)
        assert not torch.equal(codec.latents.part(codec.encode(x), "bottom"), before)
    codec.loss(batch_of(x, Draws(0)))[0].backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in codec.parameters())


@torch.no_grad()
def test_the_bound_of_all_pictures_sums_to_less_than_one():
    family = hierarchy(2, 2, 2)
    every = torch.cartesian_prod(*[torch.arange(5.0)] * 4).view(-1, 1, 2, 2)
    total = family.log_likelihood(every, torch.zeros(len(every), 0), Draws(0))[0].exp().sum()
    assert 1e-3 < total < 1


@torch.no_grad()
def test_the_priors_of_all_codes_sum_to_one():
    """Two grids of one place, the bottom given the top."""
    family = hierarchy(2, 2, 3)
    assert family.codec.latents.width == 2
    every = torch.cartesian_prod(*[torch.arange(3.0)] * 2)
    total = family.log_prior(every, torch.zeros(9, 0), Draws(0)).exp().sum()
    assert abs(float(total) - 1) < 1e-4


@torch.no_grad()
def test_bottoms_are_drawn_given_the_tops_that_were_drawn(monkeypatch):
    family, seen = hierarchy(8, 2, 6), {}
    top, bottom = family.priors
    keep = lambda name, draw: (
        lambda n, given, rng, **told: seen.setdefault(name, (draw(n, given, rng, **told), given, told))[0]
    )
    monkeypatch.setattr(top, "sample", keep("top", top.sample))
    monkeypatch.setattr(bottom, "sample", keep("bottom", bottom.sample))
    monkeypatch.setattr(family.codec, "sample", lambda codes, rng: codes)
    codes = family.sample(4, torch.zeros(4, 0), Draws(1), guidance=2.0)
    assert torch.equal(seen["bottom"][1], seen["top"][0].flatten(1))
    assert torch.equal(codes, torch.cat([seen["top"][0].flatten(1), seen["bottom"][0].flatten(1)], 1))
    away = seen["bottom"][2]["against"]  # guidance moves away from no label, not from no top
    assert torch.equal(away, seen["top"][0].flatten(1)) and seen["top"][2]["against"].shape == (4, 0)


def test_a_stage_each_whose_items_are_the_codes_of_its_level():
    family, x = hierarchy(8, 2, 6), pictures(4, 8)
    codec, top, bottom = family.stages()
    assert [stage.name for stage in (codec, top, bottom)] == ["codec", "prior-top", "prior-bottom"]
    assert sum(stage.share for stage in (codec, top, bottom)) == pytest.approx(1)
    with torch.no_grad():
        codes = family.codec.encode(x)
        items = [stage.inputs(Items(x, torch.zeros(4, 0)), Draws(0)) for stage in (top, bottom)]
    assert torch.equal(items[0].x.flatten(1), codes[:, :4]) and items[0].given.shape == (4, 0)
    assert torch.equal(items[1].x.flatten(1), codes[:, 4:]) and torch.equal(items[1].given, codes[:, :4])


@pytest.mark.long
@torch.no_grad()
def test_codes_of_known_parts_stay_at_each_level(monkeypatch):
    family, x = hierarchy(8, 2, 6), pictures(2, 8)
    known = torch.zeros_like(x, dtype=torch.bool)
    known[..., :5] = True
    asked = []
    for prior in family.priors:
        fill = prior.fill
        monkeypatch.setattr(
            prior, "fill", lambda codes, mask, *more, fill=fill: asked.append(mask) or fill(codes, mask, *more)
        )
    filled = family.fill(x, known, torch.zeros(2, 0), Draws(3))
    assert asked[0][0, 0, 0].tolist() == [True, False] and asked[1][0, 0, 0].tolist() == [True, True, False, False]
    assert torch.equal(filled[known], x[known]) and not torch.equal(filled, x)


@torch.no_grad()
def test_a_uniform_prior_says_log_k_of_each_code_and_draws_them_all():
    family = hierarchy(8, 2, 6)
    for level, prior in enumerate(family.priors):
        family.priors[level] = Uniform(prior.spec, prior.given)
    codes = family.codec.encode(pictures(3, 8))
    assert torch.allclose(family.log_prior(codes, torch.zeros(3, 0), Draws(0)), -20 * torch.tensor(6.0).log())
    drawn = family.priors[1].sample(500, torch.zeros(500, 4), Draws(0))
    assert drawn.shape == (500, 1, 4, 4) and drawn.long().flatten().bincount().min() > 1100  # of 8000 / 6
    assert family.sample(2, torch.zeros(2, 0), Draws(0)).shape == (2, 1, 8, 8)
