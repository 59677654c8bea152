"""Sound: how each family is put together. `PRESETS` holds the numbers, one function a family the construction."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import Recipe
from ..distributions.heads import Categorical
from ..families.autoregressive.autoregressive_in_time import AutoregressiveInTime
from ..families.autoregressive.linear_prediction import LinearPrediction
from ..families.autoregressive.ngram import NGram
from ..families.baselines.baselines import Bootstrap
from ..families.two_stage.quantisers.nearest import Codebook
from ..families.two_stage.quantized_in_time import VQCodecInTime
from ..families.two_stage.two_stage import given_of, latent
from ..families.two_stage.two_stage_in_time import TwoStageInTime
from ..networks.sound_codec import SoundDecoder, SoundEncoder
from ..networks.wavenet import WaveNet

# fmt: off
PRESETS = {
    "autoregressive": {
        "tiny":  dict(width=8,  depth=3,  head=16,  crop=64,    clock=False, batch=16, lr=1e-2),
        "small": dict(width=96, depth=10, head=256, crop=6_144, clock=True,  batch=1,  lr=3e-3),
    },
    "vq-vae": {
        "tiny":  dict(strides=[2, 2], entries=16,  latents=4,  channels=8,  crop=8,   beta=0.25, width=8,  depth=3,
                      head=16,  clock=False, share=0.5, batch=16, lr=1e-2),
        "small": dict(strides=[4, 2], entries=256, latents=32, channels=96, crop=256, beta=0.25, width=96, depth=9,
                      head=256, clock=True,  share=0.5, batch=8,  lr=2e-3),
    },
}
# fmt: on


def choose(family: str, spec: Spec, items: int) -> str:
    return "small"


def autoregressive(
    spec: Spec,
    given: Spec,
    width: int,
    depth: int,
    head: int,
    crop: int,
    batch: int,
    lr: float,
    clock: bool = False,
) -> Recipe:
    network = WaveNet(spec, given, width, depth, head, clock=clock)
    family = AutoregressiveInTime(spec, given, network, Categorical(spec.leaf.k), crop)
    return Recipe(family, batch=batch, lr=lr, betas=(0.9, 0.99), warmup=100)


def vq_vae(
    spec: Spec,
    given: Spec,
    strides: list[int],
    entries: int,
    latents: int,
    channels: int,
    crop: int,
    beta: float,
    width: int,
    depth: int,
    head: int,
    share: float,
    batch: int,
    lr: float,
    clock: bool = False,
) -> Recipe:
    """strides: of the codec's convolutions, each even; their product is how many samples a code stands for. entries,
    latents: of the codebook, how many and how wide. channels: of the codec. crop: codes of a clip that it trains on at
    once. width, depth, head: of the WaveNet that learns the codes, clock: of it. share: of the budget for the codec.
    """
    encoder = SoundEncoder(spec.leaf.levels, channels, strides, latents)
    decoder = SoundDecoder(latents, channels, strides, spec.leaf.levels + 1)
    codec = VQCodecInTime(spec, encoder, decoder, Codebook(entries, latents), encoder.block, crop, beta)
    prior_given, codes = given_of(given, codec, 0), latent(codec, 0)
    network = WaveNet(codes, prior_given, width, depth, head, taps=0, clock=clock)
    prior = AutoregressiveInTime(codes, prior_given, network, Categorical(codes.leaf.k), crop=codes.dims)
    return Recipe(TwoStageInTime(spec, given, codec, [prior], share), batch=batch, lr=lr, warmup=100)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def n_gram(spec: Spec, given: Spec) -> Recipe:
    return Recipe(NGram(spec, given, order=1))


def linear_prediction(spec: Spec, given: Spec) -> Recipe:
    return Recipe(LinearPrediction(spec, given, order=16))
