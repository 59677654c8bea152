"""Variational autoencoders of images, tables and lines, and IWAE of images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.hyper import flag, real, whole
from ..core.recipe import Recipe
from ..core.spec import Real, Spec
from . import fields
from .bodies import images, lines, tables
from .bodies.densities import code_density
from .card import Card, On, choose_always

if TYPE_CHECKING:
    from torch import nn

    from ..families.latent.vae import Networks

FEATURES, FEATURE_LAYERS = 16, 3  # channels of the first layer of random features, and layers


@dataclass(frozen=True)
class ImagesHyper(images.Coded):
    """Hyperparameters of VAE (Kingma & Welling 2014; the bound of Burda 2016)."""

    dropout: float = 0.2
    mixture: int = fields.mixture(5)
    draws: int = fields.draws(32)
    kl_warmup: int = fields.kl_warmup(20_000)
    patch: int = fields.patch(1)
    beta: float = fields.beta(1.0)
    free_bits: float = fields.free_bits(0.0)
    observation: str = fields.observation()
    sd: float = fields.sd(0.0)
    masked: bool = fields.masked()
    fitted_prior: bool = fields.fitted_prior()
    feature_weight: float = real(0.0, least=0.0, says="weight of the perceptual distance, 0 for none")

    def head(self, spec: Spec) -> nn.Module:
        from ..distributions.heads import observation_head

        return observation_head(spec, self.observation, self.mixture, self.sd)


@dataclass(frozen=True)
class TablesHyper(tables.OfRows):
    """Hyperparameters of VAE (Kingma & Welling 2014; TVAE of Xu 2019)."""

    latents: int = fields.latents(8)
    draws: int = fields.draws(64)
    kl_warmup: int = fields.kl_warmup(5_000)
    beta: float = fields.beta(1.0)
    free_bits: float = fields.free_bits(0.0)

    masked, fitted_prior, feature_weight = True, False, 0.0


@dataclass(frozen=True)
class LinesHyper(lines.OfCodes):
    """Hyperparameters of VAE (Bowman 2016; conductor of Roberts 2018 (MusicVAE))."""

    lr: float = 2e-3
    spread: float = real(1.0, above=0.0, says="initial standard deviation of q(z | x)")
    beta: float = fields.beta(1.0)
    free_bits: float = fields.free_bits(0.0)
    fitted_prior: bool = fields.fitted_prior()
    kl_warmup: int = fields.kl_warmup(100_000)
    draws: int = fields.draws(16)


@dataclass(frozen=True)
class IWAEHyper(images.Coded):
    """Hyperparameters of IWAE (Burda 2016)."""

    dropout: float = 0.2
    mixture: int = fields.mixture(5)
    draws: int = fields.draws(32)
    samples: int = whole(5, least=1, most=10_000, says="samples of the code in the training bound; Burda 2016, eq. 8")
    sparse: bool = flag(
        False, says="one sample, drawn by its importance weight, carries the gradient; Burda 2016, section 3"
    )
    growth: int = whole(0, least=0, says="training items over which the samples grow from 1 to their number")
    masked: bool = fields.masked()

    feature_weight = 0.0

    def head(self, spec: Spec) -> nn.Module:
        from ..distributions.heads import observation_head

        return observation_head(spec, "automatic", self.mixture)


TINY = dict(latents=4, channels=8, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, mixture=2, draws=4)
LARGE = dict(latents=32, channels=64, dropout=0.0, weight_decay=0.01, batch=32)
UNSHRUNK = dict(latents=32, dropout=0.0, lr=2e-3, weight_decay=0.0, patch=2, masked=False)
DENSE = dict(  # Burda 2016, section 5: 784-200-200-50
    network="dense",
    depth=2,
    masked=False,
    latents=50,
    channels=200,
    dropout=0.0,
    batch=200,
    lr=2e-3,
    weight_decay=0.0,
)
IMAGES = {
    "tiny": ImagesHyper(**TINY, kl_warmup=0),
    "small": ImagesHyper(),
    "large": ImagesHyper(**LARGE, kl_warmup=30_000, patch=2),
    "convolutional": ImagesHyper(**UNSHRUNK, kl_warmup=500_000),
    "dense": ImagesHyper(**DENSE, kl_warmup=2_000_000),
    "perceptual": ImagesHyper(
        **UNSHRUNK, kl_warmup=100_000, feature_weight=5_000.0, observation="normal", fitted_prior=True
    ),
}
TABLES = {
    "tiny": TablesHyper(**tables.TINY, latents=2, draws=4, kl_warmup=0),
    "small": TablesHyper(),
    "large": TablesHyper(**tables.LARGE, latents=16, width=256, kl_warmup=50_000),
}
LINES = {
    "tiny": LinesHyper(**lines.TINY, **lines.TINY_CODES, kl_warmup=0, draws=2, lr=1e-2),
    "small": LinesHyper(),
}
MUSIC = {
    "tiny": LINES["tiny"],
    "beats": LinesHyper(
        latents=512,
        blocks=16,
        encoder_depth=3,
        conductor_depth=3,
        decoder_depth=1,
        patch=4,
        kept=32,
        blanked=0.8,
        spread=0.1,
        beta=0.2,
        fitted_prior=True,
        kl_warmup=30_000,
        draws=8,
        dropout=0.0,
        batch=16,
        lr=3e-4,
        weight_decay=0.05,
    ),
}
IWAE_PRESETS = {
    "tiny": IWAEHyper(**TINY, samples=2),
    "small": IWAEHyper(),
    "large": IWAEHyper(**LARGE),
    "dense": IWAEHyper(**DENSE, samples=50, sparse=True, growth=4_000_000),
}


def build(spec: Spec, given: Spec, hyper: ImagesHyper | TablesHyper) -> Recipe:
    from ..families.latent.fitted_prior import FittedPriorVAE
    from ..families.latent.vae import VAE

    latents, networks = hyper.latents, build_networks(spec, given, hyper)
    parts = spec, given, networks, latents, hyper.draws, hyper.kl_warmup, hyper.beta, hyper.free_bits
    family = FittedPriorVAE(*parts, density=code_density(given, latents)) if hyper.fitted_prior else VAE(*parts)
    return hyper.recipe(family)


def build_iwae(spec: Spec, given: Spec, hyper: IWAEHyper) -> Recipe:
    from ..families.latent.iwae import IWAE

    sampling = hyper.draws, hyper.samples, hyper.sparse, hyper.growth
    return hyper.recipe(IWAE(spec, given, build_networks(spec, given, hyper), hyper.latents, *sampling))


def build_networks(spec: Spec, given: Spec, hyper: ImagesHyper | TablesHyper | IWAEHyper) -> Networks:
    """Networks around a body. There is no prior where no item is completed."""
    from ..families.latent.vae import Networks
    from ..networks.adapters import Decoder, Encoder, Prior
    from ..networks.perceptual import PerceptualDistance

    head, body, latents, weight = hyper.head(spec), hyper.body(spec, given), hyper.latents, hyper.feature_weight
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    prior = Prior(body, given, latents) if hyper.masked else None
    perceptual = PerceptualDistance(spec, FEATURES, FEATURE_LAYERS, weight) if weight else None
    return Networks(encoder, prior, decoder, head, perceptual)


def build_lines(spec: Spec, given: Spec, hyper: LinesHyper) -> Recipe:
    from ..distributions.heads import Categorical
    from ..families.baselines.gaussian import Gaussians
    from ..families.latent.sequence_vae import FittedPriorSequenceVAE, SequenceVAE
    from ..families.latent.vae import Networks
    from ..networks.adapters import Encoder, Prior

    latents = hyper.latents
    encoder = Encoder(hyper.body(spec, hyper.encoder_depth), given, latents, hyper.spread)
    prior, decoder = Prior(hyper.body(spec, 1), given, latents), hyper.conducted(spec, given, holes=True)
    bound = hyper.draws, hyper.kl_warmup, hyper.beta, hyper.free_bits
    parts = spec, given, Networks(encoder, prior, decoder, Categorical(spec.leaf.k)), latents, *bound
    if hyper.fitted_prior:
        density = Gaussians(Spec((("code", Real(shape=(latents,))),)), given)
        family = FittedPriorSequenceVAE(*parts, density=density)
    else:
        family = SequenceVAE(*parts)
    return hyper.recipe(family, warmup=500)


EQUATIONS = ("families.latent.vae",)
LINES_PAPER, LINES_EQUATIONS = "Bowman 2016; conductor of Roberts 2018 (MusicVAE)", ("families.latent.sequence_vae",)
ON_LINES = On(build_lines, LINES, choose_always("small"), LINES_PAPER, LINES_EQUATIONS)
VAE = Card(
    "vae",
    (
        "Take it for codes with a density: it samples, scores, completes and interpolates.",
        "Its likelihood is a lower bound, not an exact number.",
    ),
    {
        "images": images.Blind(build, IMAGES, paper="Kingma & Welling 2014; bound of Burda 2016", equations=EQUATIONS),
        "tables": tables.OnRows(build, TABLES, paper="Kingma & Welling 2014; TVAE, Xu 2019", equations=EQUATIONS),
        **dict.fromkeys(lines.LINES, ON_LINES),
        "music": On(build_lines, MUSIC, choose_always("beats"), "MusicVAE, Roberts 2018", LINES_EQUATIONS),
    },
    near=("beta-vae", "cvae", "jt-vae", "tvae", "vae-gan"),
)
IWAE = Card(
    "iwae",
    (
        "Take it for a tighter bound than a VAE's, with more of the latents in use.",
        "Each training step decodes several codes an item, so it costs more than a VAE's.",
    ),
    {"images": images.Blind(build_iwae, IWAE_PRESETS, compare=False)},
    paper="Burda 2016",
    equations=("families.latent.iwae",),
)
