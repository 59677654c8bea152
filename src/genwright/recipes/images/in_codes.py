"""Images, diffusion in the codes of a codec: its hyperparameters, and how it is put together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...core.hyper import whole
from ...core.recipe import Recipe
from ...core.spec import Spec
from ...distributions.heads import head_for
from ...families.diffusion.flow_matching import FlowMatching
from ...families.two_stage.gaussian_codec import GaussianCodec
from ...families.two_stage.quantised_codec import QuantisedCodec
from ...families.two_stage.quantisers.nearest import Codebook
from ...families.two_stage.two_stage import TwoStage, latent
from ...networks.picture_codec import grid
from .denoising import OfMatching
from .quantized import MOST_ENTRIES, OfCodec


@dataclass(frozen=True)
class LatentDiffusionHyper(OfCodec, OfMatching):
    """Hyperparameters of latent diffusion (Rombach 2022)."""

    weight_decay: float = 0.01
    latents: int = 4
    beta: float = 0.1
    share: float = 0.4
    entries: int = whole(
        0,
        least=0,
        most=MOST_ENTRIES,
        says="entries of a codebook that codes are taken to on the way to the image, 0 for normal codes",
    )


SMALL = LatentDiffusionHyper()
LARGE = replace(SMALL, channels=64, halvings=2, width=64, dropout=0.0, density_steps=12, batch=32, lr=1.5e-3)
PRESETS = {
    "latent-diffusion": {
        "tiny": LatentDiffusionHyper(
            latents=2,
            channels=8,
            depth=1,
            mixture=2,
            width=8,
            blocks=1,
            dropout=0.0,
            share=0.5,
            sampling_steps=4,
            density_steps=2,
            batch=32,
            lr=5e-3,
        ),
        "small": SMALL,
        "large": LARGE,
        "huge": replace(LARGE, latents=8, halvings=3, patch=2, mixture=2, share=0.5),
        "quantised": replace(LARGE, entries=256, beta=0.25),
        "transformer": replace(LARGE, width=128, blocks=6, heads=4),
    },
}


def latent_diffusion(spec: Spec, given: Spec, hyper: LatentDiffusionHyper) -> Recipe:
    """Flow matching learns the codes, and reads each as one position."""
    head, latents, shape = head_for(spec, hyper.mixture), hyper.latents, grid(spec, hyper.halvings)
    sides = hyper.sides(spec, latents if hyper.entries else 2 * latents, latents, head.size)
    if hyper.entries:
        codec = QuantisedCodec(*sides, head, Codebook(hyper.entries, latents), shape, hyper.beta)
    else:
        codec = GaussianCodec(*sides, head, latents, shape, hyper.beta)
    codes, steps = latent(codec, 0), (hyper.sampling_steps, hyper.density_steps)
    prior = FlowMatching(codes, given, hyper.velocity(codes, given, 1), *steps, middle=0.5)
    return hyper.recipe(TwoStage(spec, given, codec, [prior], hyper.share), average=0.1)
