# Tests sound/networks/codecs.py
"""Codes of sound: what the codec says of clips sums to 1, its draws are as likely as it says, and codes tell clips
apart."""

import pytest
import torch
from short_training import train

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Items
from genwright.distributions.heads import CategoricalHead
from genwright.families.autoregressive.autoregressive import AutoregressiveInTime
from genwright.families.two_stage.two_stage import TwoStage
from genwright.families.two_stage.vector_quantisers import Codebook
from genwright.sound.families.quantized_in_time import VQCodecInTime
from genwright.sound.networks.codecs import SoundDecoder, SoundEncoder
from genwright.sound.networks.wavenet import WaveNet

NONE = Spec(())
LEVELS, LENGTH, BLOCK = 3, 6, 2
END, PAD = LEVELS, LEVELS + 1


def made(levels: int, length: int, width: int, strides: list[int], crop: int, entries: int = 4) -> TwoStage:
    """With random weights."""
    torch.manual_seed(0)
    spec = Spec((("sound", Ordered(levels, shape=(length,), axis="time", ends=True)),))
    encoder, decoder = SoundEncoder(levels, width, strides, 3), SoundDecoder(3, width, strides, levels + 1)
    codec = VQCodecInTime(spec, encoder, decoder, Codebook(entries, 3), encoder.block, crop, 0.25)
    network = WaveNet(codec.latents, NONE, 8, 3, 16, taps=0)
    prior = AutoregressiveInTime(codec.latents, NONE, network, CategoricalHead(entries + 2), crop=codec.latents.dims)
    return TwoStage(spec, NONE, codec, [prior])


@pytest.fixture
def small() -> TwoStage:
    return made(LEVELS, LENGTH, 4, [BLOCK], 2).eval()


def every_clip() -> torch.Tensor:
    """All clips of at least one sample whose END has a place."""
    rows = []
    for n in range(1, LENGTH):
        levels = torch.cartesian_prod(*[torch.arange(LEVELS)] * n).view(-1, n)
        behind = torch.tensor([END] + [PAD] * (LENGTH - n - 1)).expand(len(levels), -1)
        rows.append(torch.cat([levels, behind], 1))
    return torch.cat(rows)


def codes_of(family: TwoStage, named: list[int]) -> torch.Tensor:
    leaf = family.codec.latents.leaf
    return torch.tensor([[*named, leaf.end] + [leaf.pad] * (leaf.shape[0] - len(named) - 1)]).float()


@torch.no_grad()
@pytest.mark.parametrize("named", [[2], [1, 3], [0, 2, 2]])
def test_what_codes_say_of_all_clips_of_so_many_blocks_sums_to_one(small, named):
    x, codec = every_clip(), small.codec
    here = x[codec.blocks(x) == len(named)]
    q = codec.entries(codes_of(small, named)).expand(len(here), -1, -1)
    assert codec.log_prob(here, q).double().exp().sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.long
@torch.no_grad()
def test_draws_are_as_likely_as_the_codec_says(small):
    codec, count = small.codec, 1_500
    codes = codes_of(small, [1, 3]).expand(count, -1)
    drawn, x = codec.sample(codes, Draws("sound")), every_clip().float()
    p = codec.log_prob(x, codec.entries(codes[:1]).expand(len(x), -1, -1)).exp()
    p = p.masked_fill(codec.blocks(x) != 2, 0.0)
    share = (drawn[:, None] == x).all(2).float().mean(0)
    assert share.sum() == 1 and ((share - p).abs() < 4.5 * (p * (1 - p) / count).sqrt() + 1e-6).all()


@torch.no_grad()
def test_the_bound_is_that_of_the_codes_and_of_the_clip_given_them(small):
    x = every_clip()[::29]
    codes, nothing = small.codec.encode(x), torch.zeros(len(x), 0)
    found, _ = small.log_likelihood(x, nothing, Draws(0))
    prior, _ = small.priors[0].log_likelihood(codes, nothing, Draws(0))
    assert torch.allclose(found, prior + small.codec.log_prob(x, small.codec.entries(codes)), atol=1e-5)
    assert (small.codec.nearest(small.codec.entries(codes)) == codes).all()


@torch.no_grad()
def test_a_beginning_is_kept_and_goes_on(small):
    x = every_clip()[::7].float()
    count = torch.arange(len(x)) % LENGTH
    known = torch.arange(LENGTH) < count[:, None]
    known &= x < END
    found = small.fill(torch.where(known, x, 0.0), known, torch.zeros(len(x), 0), Draws("on"))
    assert (found == x)[known].all() and ((found == END).sum(1) == 1).all()
    assert (known.sum(1) <= (found == END).float().argmax(1)).all()


@pytest.mark.long
def test_codes_come_to_tell_clips_apart():
    """Tones of two pitches and any phase: after a moment a clip is likelier by its own codes than by another's."""
    rng = Draws("tones")
    pitch, phase = 0.1 + 0.2 * rng.integers(2, (64, 1)), 6 * rng.uniform(64, 1)
    x = torch.full((64, 49), 17.0)
    x[:, :48] = (7.5 + 7 * (6.28 * pitch * torch.arange(48) + phase).sin()).round()
    x[:, 48] = 16
    codec = train(made(16, 49, 24, [2, 2], 8, entries=16).codec, x, 110, batch=48, lr=1e-2)
    with torch.no_grad():
        q = codec.entries(codec.encode(x))
        own, other = codec.log_prob(x, q).mean(), codec.log_prob(x, q.roll(1, 0)).mean()
    assert -own < 48 * 1.5 and other < own - 48 * 2  # without codes log 16 = 2.8 nats a sample at most


def test_the_prior_learns_the_codes_of_clips_that_end(small):
    x = every_clip()[:40]
    _, stage = small.stages()
    with torch.no_grad():
        codes = stage.inputs(Items(x, torch.zeros(len(x), 0)), Draws(0)).x
    assert (small.codec.latents.numbers(codes) == small.codec.blocks(x) + 1).all()
    assert small.named(codes)["code"].max() < 4 and len(small.named(codes)["code"]) == int(small.codec.blocks(x).sum())
