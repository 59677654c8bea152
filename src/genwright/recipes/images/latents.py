"""Images, families with a code: their hyperparameters, and how they are put together."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.hyper import flag, one_of, real, whole
from ...core.spec import Spec
from ...core.trainable import Recipe, Trained
from ...distributions.heads import observation_head
from ...families.latent.autoencoder import Autoencoder
from ...families.latent.fitted_prior import FittedPriorVAE
from ...families.latent.hierarchical_vae import HierarchicalVAE
from ...families.latent.iwae import IWAE
from ...families.latent.vae import VAE, Networks
from ...networks.adapters import Code, Decoder, Encoder, Prior
from ...networks.dense import Dense
from ...networks.ladder import DenseLadder, Ladder
from ...networks.perceptual import PerceptualDistance
from ...networks.towers import Towers
from .. import fields
from ..densities import code_density

FEATURES, FEATURE_LAYERS = 16, 3  # channels of the first layer of random features, and layers


@dataclass(frozen=True)
class Coded(Trained):
    """Hyperparameters of families with one latent vector for an image: its size, and the network around it."""

    latents: int = fields.latents(16)
    channels: int = fields.units(32, "channels of all maps, a multiple of 8, or units of a dense layer")
    dropout: float = fields.dropout(0.0)
    network: str = one_of("towers", "dense", says="convolutions that halve the image, or layers of all pixels")
    depth: int = fields.layers(0, "hidden layers of the dense network", least=0)
    weight_decay: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network == "towers":
            fields.require_groups(self, "channels")

    def body(self, spec: Spec, given: Spec, patch: int = 1, masked: bool = True) -> Dense | Towers:
        if self.network == "dense":
            return Dense(spec, self.channels, self.depth, self.channels if given.columns else 0, masked)
        return Towers(spec, self.channels, self.dropout, patch)


@dataclass(frozen=True)
class AutoencoderHyper(Coded):
    """Hyperparameters of autoencoder (Hinton & Salakhutdinov 2006; Ghosh 2020)."""

    dropout: float = 0.1
    lr: float = 2e-3
    noise: float = fields.noise(0.1)
    code_l2: float = fields.code_l2(0.01)


@dataclass(frozen=True)
class VAEHyper(Coded):
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


@dataclass(frozen=True)
class IWAEHyper(Coded):
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


@dataclass(frozen=True)
class HierarchicalVAEHyper(Trained):
    """Hyperparameters of hierarchical VAE (Sonderby 2016; Kingma 2016; Vahdat & Kautz 2020)."""

    latents: int = fields.units(4, "dimensions of the code at each position of a layer")
    layers: int = fields.layers(2, "layers of latents on each scale, or in all of the dense network")
    channels: int = fields.units(32, "channels of all maps, a multiple of 8, or units of a dense layer")
    mixture: int = fields.mixture(5)
    patch: int = fields.patch(1)
    draws: int = fields.draws(32)
    kl_warmup: int = fields.kl_warmup(20_000)
    free_bits: float = fields.free_bits(0.0)
    network: str = one_of("convolutional", "dense", says="a ladder of convolutions, or of layers of all pixels")
    lr: float = 2e-3
    weight_decay: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network == "convolutional":
            fields.require_groups(self, "channels")


DENSE = dict(network="dense", depth=2, masked=False)  # Burda 2016, section 5: 784-200-200-50
TINY = dict(latents=4, channels=8, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0)
LARGE = dict(latents=32, channels=64, dropout=0.0, weight_decay=0.01)
PRESETS = {
    "autoencoder": {
        "tiny": AutoencoderHyper(**TINY),
        "small": AutoencoderHyper(),
        "large": AutoencoderHyper(**LARGE, lr=1e-3),
        "dense": AutoencoderHyper(
            channels=512,
            dropout=0.0,
            noise=0.0,
            code_l2=0.0,
            batch=250,
            lr=1e-3,
            weight_decay=0.0,
            network="dense",
            depth=3,
        ),
    },
    "vae": {
        "tiny": VAEHyper(**TINY, mixture=2, draws=4, kl_warmup=0),
        "small": VAEHyper(),
        "large": VAEHyper(**LARGE, batch=32, kl_warmup=30_000, patch=2),
        "convolutional": VAEHyper(
            latents=32, dropout=0.0, lr=2e-3, weight_decay=0.0, kl_warmup=500_000, patch=2, masked=False
        ),
        "dense": VAEHyper(
            **DENSE, latents=50, channels=200, dropout=0.0, batch=200, lr=2e-3, weight_decay=0.0, kl_warmup=2_000_000
        ),
        "perceptual": VAEHyper(
            latents=32,
            dropout=0.0,
            lr=2e-3,
            weight_decay=0.0,
            kl_warmup=100_000,
            patch=2,
            masked=False,
            feature_weight=5_000.0,
            observation="normal",
            fitted_prior=True,
        ),
    },
    "iwae": {
        "tiny": IWAEHyper(**TINY, mixture=2, draws=4, samples=2),
        "small": IWAEHyper(),
        "large": IWAEHyper(**LARGE, batch=32),
        "dense": IWAEHyper(
            **DENSE,
            latents=50,
            channels=200,
            dropout=0.0,
            batch=200,
            lr=2e-3,
            weight_decay=0.0,
            samples=50,
            sparse=True,
            growth=4_000_000,
        ),
    },
    "hierarchical-vae": {
        "tiny": HierarchicalVAEHyper(
            latents=2, layers=1, channels=8, mixture=2, patch=2, batch=64, weight_decay=0.0, draws=4, kl_warmup=0
        ),
        "small": HierarchicalVAEHyper(),
        "large": HierarchicalVAEHyper(patch=2, batch=32, weight_decay=0.01, kl_warmup=100_000),
        "dense": HierarchicalVAEHyper(
            latents=32, channels=256, batch=200, lr=4e-3, weight_decay=0.0, kl_warmup=500_000, network="dense"
        ),
    },
}


def autoencoder(spec: Spec, given: Spec, hyper: AutoencoderHyper) -> Recipe:
    body, latents = hyper.body(spec, given), hyper.latents
    encoder, decoder, prior = Code(body, latents), Decoder(body, given, latents, 1), Prior(body, given, latents)
    density, costs = code_density(given, latents), dict(noise=hyper.noise, code_l2=hyper.code_l2)
    return hyper.recipe(Autoencoder(spec, given, encoder, decoder, prior, density, **costs))


def vae(spec: Spec, given: Spec, hyper: VAEHyper) -> Recipe:
    latents, weight = hyper.latents, hyper.feature_weight
    head = observation_head(spec, hyper.observation, hyper.mixture, hyper.sd)
    body = hyper.body(spec, given, hyper.patch, hyper.masked)
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    prior = Prior(body, given, latents) if hyper.masked else None
    perceptual = PerceptualDistance(spec, FEATURES, FEATURE_LAYERS, weight) if weight else None
    networks = Networks(encoder, prior, decoder, head, perceptual)
    parts = spec, given, networks, latents, hyper.draws, hyper.kl_warmup, hyper.beta, hyper.free_bits
    family = FittedPriorVAE(*parts, code_density(given, latents)) if hyper.fitted_prior else VAE(*parts)
    return hyper.recipe(family)


def iwae(spec: Spec, given: Spec, hyper: IWAEHyper) -> Recipe:
    latents, head = hyper.latents, observation_head(spec, "automatic", hyper.mixture)
    body = hyper.body(spec, given, masked=hyper.masked)
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    prior = Prior(body, given, latents) if hyper.masked else None
    sampling = hyper.draws, hyper.samples, hyper.sparse, hyper.growth
    return hyper.recipe(IWAE(spec, given, Networks(encoder, prior, decoder, head), latents, *sampling))


def hierarchical_vae(spec: Spec, given: Spec, hyper: HierarchicalVAEHyper) -> Recipe:
    head = observation_head(spec, "automatic", hyper.mixture)
    sizes = head.size, hyper.channels, hyper.latents, hyper.layers
    if hyper.network == "dense":
        ladder = DenseLadder(spec, given, *sizes)
    else:
        ladder = Ladder(spec, given, *sizes, hyper.patch)
    return hyper.recipe(HierarchicalVAE(spec, given, ladder, head, hyper.draws, hyper.kl_warmup, hyper.free_bits))
