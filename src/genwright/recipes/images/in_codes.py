"""Pictures, diffusion in the codes of a codec: the numbers it runs with, and how it is put together."""

from __future__ import annotations

from ...core.spec import Spec
from ...core.trainable import Recipe
from ...distributions.heads import head_for
from ...families.two_stage.gaussian_codec import GaussianCodec
from ...families.two_stage.quantised_codec import QuantisedCodec
from ...families.two_stage.quantisers.nearest import Codebook
from ...families.two_stage.two_stage import TwoStage, latent
from ...networks.picture_codec import GridDecoder, GridEncoder, grid
from .denoising import flow_matching

# fmt: off
UNET = {"patch": 1, "entries": 0, "heads": 0}  # over normal codes
LARGE = UNET | dict(latents=4, channels=64, depth=2, halvings=2, mixture=5, beta=0.1, width=64, blocks=2, dropout=0.0,
                    share=0.4, calls=20, density_steps=12, batch=32, lr=1.5e-3)
PRESETS = {
    "latent-diffusion": {
        "tiny":  UNET | dict(latents=2, channels=8, depth=1, halvings=1, mixture=2, beta=0.1, width=8, blocks=1,
                             dropout=0.0, share=0.5, calls=4, density_steps=2, batch=32, lr=5e-3),
        "small": UNET | dict(latents=4, channels=32, depth=2, halvings=1, mixture=5, beta=0.1, width=32, blocks=2,
                             dropout=0.1, share=0.4, calls=20, density_steps=8, batch=64, lr=2e-3),
        "large": LARGE,
        "huge":  LARGE | dict(latents=8, halvings=3, patch=2, mixture=2, share=0.5),
        "quantised": LARGE | dict(entries=256, beta=0.25),
        "transformer": LARGE | dict(width=128, blocks=6, heads=4),
    },
}
# fmt: on


def latent_diffusion(
    spec: Spec,
    given: Spec,
    latents: int,
    channels: int,
    depth: int,
    halvings: int,
    mixture: int,
    beta: float,
    width: int,
    blocks: int,
    dropout: float,
    share: float,
    calls: int,
    density_steps: int,
    batch: int,
    lr: float,
    patch: int = 1,
    entries: int = 0,
    heads: int = 0,
) -> Recipe:
    """latents: channels of the codes, whose grid has each side halved `halvings` times. channels, depth: of the codec.
    patch: side of what it reads as one position. entries: of the codebook that codes are taken to on the way to the
    picture; normal codes where there are none. width, blocks, dropout, calls, density_steps: of the flow matching that
    learns them; with heads, by a transformer. share: of the budget for the codec.
    """
    head = head_for(spec, mixture)
    encoder = GridEncoder(spec, channels, depth, latents if entries else 2 * latents, halvings, patch)
    decoder = GridDecoder(spec, channels, depth, latents, halvings, head.size, patch)
    if entries:
        codec = QuantisedCodec(encoder, decoder, head, Codebook(entries, latents), grid(spec, halvings), beta)
    else:
        codec = GaussianCodec(encoder, decoder, head, latents, grid(spec, halvings), beta)
    prior = flow_matching(
        latent(codec, 0), given, width, blocks, 1, dropout, batch, lr, calls, density_steps, middle=0.5, heads=heads
    ).family
    family = TwoStage(spec, given, codec, [prior], share)
    return Recipe(family, batch=batch, lr=lr, weight_decay=0.01, average=0.1)
