"""Pictures: how each family is put together. `PRESETS` holds the numbers, one function a family the construction."""

from __future__ import annotations

from ...core.spec import Spec
from . import adversarial, denoising, densities, latents, quantized
from .adversarial import gan
from .baselines import bootstrap, class_gaussian, gaussian, pca
from .denoising import cascade, diffusion, flow_matching, score_matching
from .densities import autoregressive, energy, flow
from .latents import autoencoder, iwae, vae
from .quantized import vq_vae, vq_vae_2

__all__ = [
    "PRESETS",
    "choose",
    "autoencoder",
    "autoregressive",
    "bootstrap",
    "cascade",
    "class_gaussian",
    "diffusion",
    "energy",
    "flow",
    "flow_matching",
    "gan",
    "gaussian",
    "iwae",
    "pca",
    "score_matching",
    "vae",
    "vq_vae",
    "vq_vae_2",
]

PRESETS = latents.PRESETS | quantized.PRESETS | densities.PRESETS | denoising.PRESETS | adversarial.PRESETS


def choose(family: str, spec: Spec, items: int) -> str:
    """small: up to 16 x 16 pixels; large: all that are larger, up to 64 x 64."""
    return "small" if max(spec.shape[1:]) <= 16 else "large"
