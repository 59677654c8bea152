"""Clips of sound: linear prediction, and families of other kinds of data that read a clip sample by sample."""

from dataclasses import dataclass
from functools import partial

from ...core.hyper import flag, real, whole, wholes
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...distributions.heads import CategoricalHead
from ...families.autoregressive.autoregressive import AutoregressiveInTime
from ...families.autoregressive.ngram import NGram
from ...families.two_stage.two_stage import TwoStage, latent, prior_spec
from ...families.two_stage.vector_quantisers import Codebook
from ...zoo import codes, fields
from ...zoo.card import FLOOR, Baseline, On, choose_always, extend_card, on_class
from ..families.linear_prediction import LinearPrediction
from ..families.quantized_in_time import VQCodecInTime
from ..networks.codecs import SoundDecoder, SoundEncoder
from ..networks.wavenet import WaveNet

DEEPEST = 24  # layers of a WaveNet: each looks twice as far back as the one before it
LONGEST = 2**24  # samples or codes of a crop
TINY_SOUND = dict(width=8, depth=3, head=16, batch=16, lr=1e-2)
ByLabel = partial(on_class, conditional="label")  # one model of each label where labels are given
NGRAM_ON_AUDIO = ByLabel(NGram, dict(order=1), paper="Shannon 1948; Witten & Bell 1991")
LINEAR_PREDICTION = Baseline(
    "linear-prediction",
    ("Take it for an exact likelihood of sound, fitted by least squares.", FLOOR),
    {"audio": ByLabel(LinearPrediction, dict(order=16))},
    paper="Atal & Schroeder 1970",
)


@dataclass(frozen=True)
class OfWaveNet(Trained):
    """Hyperparameters of families that predict the next sample or code by a WaveNet (van den Oord 2016)."""

    width: int = fields.units(96, "units of a layer of the WaveNet")
    depth: int = whole(10, least=1, most=DEEPEST, says="layers of the WaveNet, each of which looks twice as far back")
    head: int = fields.units(256, "units between the WaveNet's layers and its logits")
    clock: bool = flag(False, says="tell the WaveNet how far a position is from the beginning")


@dataclass(frozen=True)
class SoundHyper(OfWaveNet):
    """Hyperparameters of a WaveNet (van den Oord 2016)."""

    batch: int = 1
    lr: float = 3e-3
    crop: int = whole(6_144, least=1, most=LONGEST, says="samples of a clip that a step of training scores")


SOUND = {"tiny": SoundHyper(**TINY_SOUND, crop=64), "small": SoundHyper(clock=True)}


def build_in_time(spec: Spec, given: Spec, hyper: SoundHyper) -> Recipe:
    network = WaveNet(spec, given, hyper.width, hyper.depth, hyper.head, clock=hyper.clock)
    family = AutoregressiveInTime(spec, given, network, CategoricalHead(spec.leaf.k), hyper.crop)
    return hyper.recipe(family, betas=(0.9, 0.99), warmup=100)


WAVENET_ON_AUDIO = On(
    build_in_time,
    SOUND,
    choose_always("small"),
    "WaveNet, van den Oord 2016",
    ("families.autoregressive.autoregressive:AutoregressiveInTime",),
    default=True,
)


@dataclass(frozen=True)
class VQVAESoundHyper(OfWaveNet):
    """Hyperparameters of a VQ-VAE of sound (van den Oord 2017), whose codes a WaveNet learns."""

    batch: int = 8
    lr: float = 2e-3
    depth: int = 9
    strides: tuple[int, ...] = wholes(
        (4, 2),
        least=2,
        most=1_024,
        says="even strides of the codec's convolutions; their product is a code's samples",
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


VQ_VAE_SOUND = {
    "tiny": VQVAESoundHyper(**TINY_SOUND, strides=(2, 2), entries=16, latents=4, channels=8, crop=8),
    "small": VQVAESoundHyper(clock=True),
}


def build_vq_vae(spec: Spec, given: Spec, hyper: VQVAESoundHyper) -> Recipe:
    levels, channels, latents = spec.leaf.levels, hyper.channels, hyper.latents
    encoder = SoundEncoder(levels, channels, hyper.strides, latents)
    decoder = SoundDecoder(latents, channels, hyper.strides, levels + 1)
    book = Codebook(hyper.entries, latents)
    codec = VQCodecInTime(spec, encoder, decoder, book, encoder.block, hyper.crop, hyper.beta)
    prior_given, codes = prior_spec(given, codec, 0), latent(codec, 0)
    network = WaveNet(codes, prior_given, hyper.width, hyper.depth, hyper.head, taps=0, clock=hyper.clock)
    prior = AutoregressiveInTime(codes, prior_given, network, CategoricalHead(codes.leaf.k), crop=codes.dims)
    return hyper.recipe(TwoStage(spec, given, codec, [prior], hyper.share), warmup=100)


VQ_VAE = extend_card(
    codes.VQ_VAE,
    {
        "audio": On(
            build_vq_vae,
            VQ_VAE_SOUND,
            choose_always("small"),
            "van den Oord 2017; its codes by a WaveNet",
            ("sound.families.quantized_in_time",),
        ),
    },
)
