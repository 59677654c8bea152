"""Sound: how each family is put together. One dataclass a family holds the hyperparameters, one function the
construction.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.hyper import flag, real, whole, wholes
from ..core.spec import Spec
from ..core.trainable import Recipe, Trained
from ..distributions.heads import Categorical
from ..families.autoregressive.autoregressive_in_time import AutoregressiveInTime
from ..families.autoregressive.linear_prediction import LinearPrediction
from ..families.autoregressive.ngram import NGram
from ..families.baselines.baselines import Bootstrap
from ..families.two_stage.quantisers.nearest import Codebook
from ..families.two_stage.quantized_in_time import VQCodecInTime
from ..families.two_stage.two_stage import TwoStage, given_of, latent
from ..networks.sound_codec import SoundDecoder, SoundEncoder
from ..networks.wavenet import WaveNet
from . import fields

DEEPEST = 24  # layers of a WaveNet: each looks twice as far back as the one before it
LONGEST = 2**24  # samples or codes of a crop


@dataclass(frozen=True)
class OfWaveNet(Trained):
    """Hyperparameters of families that predict the next sample or code by a WaveNet (van den Oord 2016)."""

    width: int = fields.units(96, "units of a layer of the WaveNet")
    depth: int = whole(10, least=1, most=DEEPEST, says="layers of the WaveNet, each of which looks twice as far back")
    head: int = fields.units(256, "units between the WaveNet's layers and its logits")
    clock: bool = flag(False, says="tell the WaveNet how far a position is from the beginning")


@dataclass(frozen=True)
class AutoregressiveHyper(OfWaveNet):
    """van den Oord 2016 (WaveNet)."""

    batch: int = 1
    lr: float = 3e-3
    crop: int = whole(6_144, least=1, most=LONGEST, says="samples of a clip that a step of training scores")


@dataclass(frozen=True)
class VQVAEHyper(OfWaveNet):
    """van den Oord 2017; the codes by a WaveNet."""

    batch: int = 8
    lr: float = 2e-3
    depth: int = 9
    strides: tuple[int, ...] = wholes(
        (4, 2), least=2, most=1_024, says="even strides of the codec's convolutions; their product is a code's samples"
    )
    entries: int = whole(256, least=2, most=2**20, says="entries of the codebook")
    latents: int = fields.units(32, "dimensions of an entry of the codebook")
    channels: int = fields.units(96, "channels of the codec's convolutions")
    crop: int = whole(256, least=1, most=LONGEST, says="codes of a clip that a step of the codec's training looks at")
    beta: float = real(0.25, least=0.0, says="weight of the distance from a code to its entry; van den Oord 2017")
    share: float = fields.share(0.5)

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "strides", 2, "each is even")


TINY = dict(width=8, depth=3, head=16, batch=16, lr=1e-2)
PRESETS = {
    "autoregressive": {"tiny": AutoregressiveHyper(**TINY, crop=64), "small": AutoregressiveHyper(clock=True)},
    "vq-vae": {
        "tiny": VQVAEHyper(**TINY, strides=(2, 2), entries=16, latents=4, channels=8, crop=8),
        "small": VQVAEHyper(clock=True),
    },
}


def choose(family: str, spec: Spec, given: Spec, items: int) -> str:
    return "small"


def autoregressive(spec: Spec, given: Spec, hyper: AutoregressiveHyper) -> Recipe:
    network = WaveNet(spec, given, hyper.width, hyper.depth, hyper.head, clock=hyper.clock)
    family = AutoregressiveInTime(spec, given, network, Categorical(spec.leaf.k), hyper.crop)
    return hyper.recipe(family, betas=(0.9, 0.99), warmup=100)


def vq_vae(spec: Spec, given: Spec, hyper: VQVAEHyper) -> Recipe:
    levels, channels, latents = spec.leaf.levels, hyper.channels, hyper.latents
    encoder = SoundEncoder(levels, channels, hyper.strides, latents)
    decoder = SoundDecoder(latents, channels, hyper.strides, levels + 1)
    book = Codebook(hyper.entries, latents)
    codec = VQCodecInTime(spec, encoder, decoder, book, encoder.block, hyper.crop, hyper.beta)
    prior_given, codes = given_of(given, codec, 0), latent(codec, 0)
    network = WaveNet(codes, prior_given, hyper.width, hyper.depth, hyper.head, taps=0, clock=hyper.clock)
    prior = AutoregressiveInTime(codes, prior_given, network, Categorical(codes.leaf.k), crop=codes.dims)
    return hyper.recipe(TwoStage(spec, given, codec, [prior], hyper.share), warmup=100)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def n_gram(spec: Spec, given: Spec) -> Recipe:
    return Recipe(NGram(spec, given, order=1))


def linear_prediction(spec: Spec, given: Spec) -> Recipe:
    return Recipe(LinearPrediction(spec, given, order=16))
