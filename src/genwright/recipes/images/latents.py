"""Pictures, families with a code: the numbers they run with, and how they are put together."""

from __future__ import annotations

from ...core.spec import Spec
from ...core.trainable import Recipe
from ...distributions.heads import head_for
from ...families.autoencoder import Autoencoder
from ...families.iwae import IWAE
from ...families.vae import VAE
from ...networks.adapters import Code, Decoder, Encoder, Prior
from ...networks.towers import Towers
from ..densities import code_density

# fmt: off
PRESETS = {
    "autoencoder": {
        "tiny":  dict(latents=4, channels=8, dropout=0.0, noise=0.1, code_l2=0.01, batch=64, lr=2e-3, weight_decay=0.0),
        "small": dict(latents=16, channels=32, dropout=0.1, noise=0.1, code_l2=0.01, batch=128, lr=2e-3,
                      weight_decay=0.05),
        "large": dict(latents=32, channels=64, dropout=0.0, noise=0.1, code_l2=0.01, batch=128, lr=1e-3,
                      weight_decay=0.01),
    },
    "vae": {
        "tiny":  dict(latents=4, channels=8, mixture=2, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, draws=4,
                      kl_warmup=0),
        "small": dict(latents=16, channels=32, mixture=5, dropout=0.2, batch=128, lr=1e-3, weight_decay=0.05,
                      draws=32, kl_warmup=20_000),
        "large": dict(latents=32, channels=64, mixture=5, dropout=0.0, batch=128, lr=1e-3, weight_decay=0.01,
                      draws=32, kl_warmup=30_000, patch=2),
    },
    "iwae": {
        "tiny":  dict(latents=4, channels=8, mixture=2, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, draws=4,
                      samples=2),
        "small": dict(latents=16, channels=32, mixture=5, dropout=0.2, batch=128, lr=1e-3, weight_decay=0.05,
                      draws=32, samples=5),
        "large": dict(latents=32, channels=64, mixture=5, dropout=0.0, batch=128, lr=1e-3, weight_decay=0.01,
                      draws=32, samples=5),
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
) -> Recipe:
    body = Towers(spec, channels, dropout)
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
) -> Recipe:
    head = head_for(spec, mixture)
    body = Towers(spec, channels, dropout, patch)
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    prior = Prior(body, given, latents)
    family = VAE(spec, given, encoder, prior, decoder, head, latents, draws, kl_warmup)
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
) -> Recipe:
    head = head_for(spec, mixture)
    body = Towers(spec, channels, dropout)
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    family = IWAE(spec, given, encoder, Prior(body, given, latents), decoder, head, latents, draws, samples)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)
