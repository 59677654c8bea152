"""Pictures: how each family is put together. `PRESETS` holds the numbers, one function a family the construction."""

from __future__ import annotations

from ..families.baselines import Bootstrap
from ..families.flow_matching import FlowMatching
from ..families.gaussian import Gaussian, Gaussians
from ..families.vae import VAE
from ..heads import head_for
from ..model import Recipe
from ..networks.latent import PictureDecoder, PictureEncoder, PicturePrior
from ..networks.velocity import PictureVelocity
from ..spec import Spec

PRESETS = {
    "vae": {
        "tiny":  dict(latents=4, channels=8, mixture=2, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, draws=4, kl_warmup=0),
        "small": dict(latents=16, channels=32, mixture=5, dropout=0.2, batch=128, lr=1e-3, weight_decay=0.05, draws=32, kl_warmup=20_000),
        "large": dict(latents=32, channels=64, mixture=5, dropout=0.0, batch=128, lr=1e-3, weight_decay=0.01, draws=32, kl_warmup=100_000),
    },
    "flow-matching": {
        "tiny":  dict(width=8, blocks=1, patch=1, dropout=0.0, batch=64, lr=2e-3, calls=4, density_steps=2),
        "small": dict(width=32, blocks=2, patch=1, dropout=0.1, batch=128, lr=2e-3, calls=20, density_steps=8),
        "large": dict(width=96, blocks=2, patch=2, dropout=0.0, batch=128, lr=2e-3, calls=16, density_steps=12),
    },
}


def choose(family: str, spec: Spec, items: int) -> str:
    """small: up to 16 x 16 pixels; large: up to 32 x 32."""
    return "small" if max(spec.shape[1:]) <= 16 else "large"


def vae(
    spec: Spec, given: Spec, latents: int, channels: int, mixture: int, dropout: float, batch: int, lr: float,
    weight_decay: float, draws: int, kl_warmup: int,
) -> Recipe:
    head = head_for(spec, mixture)
    condition = channels
    encoder = PictureEncoder(spec, given, latents, channels, condition, dropout)
    decoder = PictureDecoder(spec, given, latents, channels, condition, head.size, dropout)
    prior = PicturePrior(spec, given, latents, channels, condition, dropout)
    family = VAE(spec, given, encoder, prior, decoder, head, latents, draws, kl_warmup)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def flow_matching(
    spec: Spec, given: Spec, width: int, blocks: int, patch: int, dropout: float, batch: int, lr: float, calls: int, density_steps: int,
) -> Recipe:
    velocity = PictureVelocity(spec, given, width, blocks, patch, dropout)
    return Recipe(FlowMatching(spec, given, velocity, calls, density_steps), batch=batch, lr=lr, weight_decay=0.01, average=0.1)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def gaussian(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Gaussian(spec, given))


def class_gaussian(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Gaussians(spec, given, components="label"))
