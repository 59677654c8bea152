"""Images: how each family is put together. `PRESETS` holds the numbers, one function a family the construction."""

from __future__ import annotations

from ...core.spec import Spec
from ...networks.conditioning import has_tokens
from . import adversarial, denoising, densities, discrete, embeddings, in_codes, latents, quantized, text_first
from .adversarial import gan
from .baselines import bootstrap, class_gaussian, gaussian, pca
from .denoising import cascade, diffusion, flow_matching, score_matching
from .densities import autoregressive, energy, flow, integer_flow
from .discrete import discrete_vae, semi_supervised_vae
from .embeddings import unclip
from .in_codes import latent_diffusion
from .latents import autoencoder, hierarchical_vae, iwae, vae
from .quantized import vq_vae, vq_vae_2
from .text_first import dall_e

__all__ = [
    "PRESETS",
    "choose",
    "autoencoder",
    "autoregressive",
    "bootstrap",
    "cascade",
    "class_gaussian",
    "dall_e",
    "diffusion",
    "discrete_vae",
    "energy",
    "flow",
    "flow_matching",
    "gan",
    "gaussian",
    "hierarchical_vae",
    "integer_flow",
    "iwae",
    "latent_diffusion",
    "pca",
    "score_matching",
    "semi_supervised_vae",
    "unclip",
    "vae",
    "vq_vae",
    "vq_vae_2",
]

MODULES = latents, discrete, quantized, in_codes, text_first, embeddings, densities, denoising, adversarial
PRESETS = {family: presets for module in MODULES for family, presets in module.PRESETS.items()}


def choose(family: str, spec: Spec, given: Spec, items: int) -> str:
    """small: up to 16 x 16 pixels; large: larger ones, up to 64 x 64. Some families have more presets. captioned:
    larger than 16 x 16, with a text; huge: beyond 32 x 32."""
    side = max(spec.shape[1:])
    if side > 16 and has_tokens(given) and "captioned" in PRESETS[family]:
        return "captioned"
    if side > 32 and "huge" in PRESETS[family]:
        return "huge"
    return "small" if side <= 16 else "large"
