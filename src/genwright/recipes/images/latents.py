"""Pictures, families with a code: the numbers they run with, and how they are put together."""

from __future__ import annotations

from ...core.spec import Spec
from ...core.trainable import Recipe
from ...distributions.heads import observation_head
from ...families.latent.autoencoder import Autoencoder
from ...families.latent.fitted_prior import FittedPriorVAE
from ...families.latent.hierarchical_vae import HierarchicalVAE
from ...families.latent.iwae import IWAE
from ...families.latent.vae import VAE
from ...networks.adapters import Code, Decoder, Encoder, Prior
from ...networks.dense import Dense
from ...networks.ladder import DenseLadder, Ladder
from ...networks.perceptual import PerceptualDistance
from ...networks.towers import Towers
from ..densities import code_density

# fmt: off
OBJECTIVE = dict(beta=1.0, free_bits=0.0, observation="automatic", sd=0.0, fitted_prior=False)
DENSE = dict(network="dense", depth=2, masked=False)  # Burda 2016, section 5: 784-200-200-50
FEATURES, FEATURE_LAYERS = 16, 3  # channels of the first layer of random features, and layers
PRESETS = {
    "autoencoder": {
        "tiny":  dict(latents=4, channels=8, dropout=0.0, noise=0.1, code_l2=0.01, batch=64, lr=2e-3, weight_decay=0.0),
        "small": dict(latents=16, channels=32, dropout=0.1, noise=0.1, code_l2=0.01, batch=128, lr=2e-3,
                      weight_decay=0.05),
        "large": dict(latents=32, channels=64, dropout=0.0, noise=0.1, code_l2=0.01, batch=128, lr=1e-3,
                      weight_decay=0.01),
        "dense": dict(latents=16, channels=512, dropout=0.0, noise=0.0, code_l2=0.0, batch=250, lr=1e-3,
                      weight_decay=0.0, network="dense", depth=3),
    },
    "vae": {
        "tiny":  dict(latents=4, channels=8, mixture=2, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, draws=4,
                      kl_warmup=0),
        "small": dict(latents=16, channels=32, mixture=5, dropout=0.2, batch=128, lr=1e-3, weight_decay=0.05,
                      draws=32, kl_warmup=20_000) | OBJECTIVE,
        "large": dict(latents=32, channels=64, mixture=5, dropout=0.0, batch=32, lr=1e-3, weight_decay=0.01,
                      draws=32, kl_warmup=30_000, patch=2) | OBJECTIVE,
        "convolutional": dict(latents=32, channels=32, mixture=5, dropout=0.0, batch=128, lr=2e-3, weight_decay=0.0,
                              draws=32, kl_warmup=500_000, patch=2, masked=False) | OBJECTIVE,
        "dense": dict(latents=50, channels=200, mixture=5, dropout=0.0, batch=200, lr=2e-3, weight_decay=0.0,
                      draws=32, kl_warmup=2_000_000) | OBJECTIVE | DENSE,
        "perceptual": dict(latents=32, channels=32, mixture=5, dropout=0.0, batch=128, lr=2e-3, weight_decay=0.0,
                           draws=32, kl_warmup=100_000, patch=2, masked=False, feature_weight=5_000.0,
                           network="towers", depth=0)
                      | OBJECTIVE | {"observation": "normal", "fitted_prior": True},
    },
    "iwae": {
        "tiny":  dict(latents=4, channels=8, mixture=2, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, draws=4,
                      samples=2),
        "small": dict(latents=16, channels=32, mixture=5, dropout=0.2, batch=128, lr=1e-3, weight_decay=0.05,
                      draws=32, samples=5),
        "large": dict(latents=32, channels=64, mixture=5, dropout=0.0, batch=32, lr=1e-3, weight_decay=0.01,
                      draws=32, samples=5),
        "dense": dict(latents=50, channels=200, mixture=5, dropout=0.0, batch=200, lr=2e-3, weight_decay=0.0,
                      draws=32, samples=50, sparse=True, growth=4_000_000) | DENSE,
    },
    "hierarchical-vae": {
        "tiny":  dict(latents=2, layers=1, channels=8, mixture=2, patch=2, batch=64, lr=2e-3, weight_decay=0.0,
                      draws=4, kl_warmup=0, free_bits=0.0),
        "small": dict(latents=4, layers=2, channels=32, mixture=5, patch=1, batch=128, lr=2e-3, weight_decay=0.05,
                      draws=32, kl_warmup=20_000, free_bits=0.0),
        "large": dict(latents=4, layers=2, channels=32, mixture=5, patch=2, batch=32, lr=2e-3, weight_decay=0.01,
                      draws=32, kl_warmup=100_000, free_bits=0.0),
        "dense": dict(latents=32, layers=2, channels=256, mixture=5, patch=1, batch=200, lr=4e-3, weight_decay=0.0,
                      draws=32, kl_warmup=500_000, free_bits=0.0, network="dense"),
    },
}
# fmt: on


def autoencoder(
    spec: Spec,
    given: Spec,
    latents: int,
    channels: int,
    dropout: float,
    noise: float,
    code_l2: float,
    batch: int,
    lr: float,
    weight_decay: float,
    network: str = "towers",
    depth: int = 0,
) -> Recipe:
    body = _body(spec, given, network, channels, depth, dropout, 1, masked=True)
    encoder, decoder, prior = Code(body, latents), Decoder(body, given, latents, 1), Prior(body, given, latents)
    family = Autoencoder(
        spec, given, encoder, decoder, prior, code_density(given, latents), noise=noise, code_l2=code_l2
    )
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def vae(
    spec: Spec,
    given: Spec,
    latents: int,
    channels: int,
    mixture: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    draws: int,
    kl_warmup: int,
    patch: int = 1,
    beta: float = 1.0,
    free_bits: float = 0.0,
    observation: str = "automatic",
    sd: float = 0.0,
    network: str = "towers",
    depth: int = 0,
    masked: bool = True,
    fitted_prior: bool = False,
    feature_weight: float = 0.0,
) -> Recipe:
    """feature_weight: of the perceptual distance, none where it is 0."""
    head = observation_head(spec, observation, mixture, sd)
    body = _body(spec, given, network, channels, depth, dropout, patch, masked)
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    prior = Prior(body, given, latents) if masked else None
    perceptual = PerceptualDistance(spec, FEATURES, FEATURE_LAYERS, feature_weight) if feature_weight else None
    parts = spec, given, encoder, prior, decoder, head, latents, draws, kl_warmup, beta, free_bits
    if fitted_prior:
        family = FittedPriorVAE(*parts, code_density(given, latents), perceptual)
    else:
        family = VAE(*parts, perceptual)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def iwae(
    spec: Spec,
    given: Spec,
    latents: int,
    channels: int,
    mixture: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    draws: int,
    samples: int,
    sparse: bool = False,
    growth: int = 0,
    network: str = "towers",
    depth: int = 0,
    masked: bool = True,
) -> Recipe:
    head = observation_head(spec, "automatic", mixture)
    body = _body(spec, given, network, channels, depth, dropout, 1, masked)
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    prior = Prior(body, given, latents) if masked else None
    family = IWAE(spec, given, encoder, prior, decoder, head, latents, draws, samples, sparse, growth)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def hierarchical_vae(
    spec: Spec,
    given: Spec,
    latents: int,
    layers: int,
    channels: int,
    mixture: int,
    patch: int,
    batch: int,
    lr: float,
    weight_decay: float,
    draws: int,
    kl_warmup: int,
    free_bits: float,
    network: str = "convolutional",
) -> Recipe:
    head = observation_head(spec, "automatic", mixture)
    if network == "dense":
        ladder = DenseLadder(spec, given, head.size, channels, latents, layers)
    else:
        ladder = Ladder(spec, given, head.size, channels, latents, layers, patch)
    family = HierarchicalVAE(spec, given, ladder, head, draws, kl_warmup, free_bits)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def _body(
    spec: Spec, given: Spec, network: str, channels: int, depth: int, dropout: float, patch: int, masked: bool
) -> Dense | Towers:
    if network == "dense":
        return Dense(spec, channels, depth, channels if given.columns else 0, masked)
    return Towers(spec, channels, dropout, patch)
