"""Pictures, a codec and then a prior of its codes: the numbers they run with, and how they are put together."""

from __future__ import annotations

from ...core.spec import Spec
from ...core.trainable import Recipe
from ...distributions.heads import Categorical, head_for
from ...families.autoregressive import Autoregressive
from ...families.quantized import Codebook, VQCodec
from ...families.two_stage import TwoStage
from ...networks.masked_conv import GatedPixelCNN
from ...networks.picture_codec import GridDecoder, GridEncoder, grid

# fmt: off
PRESETS = {
    "vq-vae": {
        "tiny":  dict(entries=16, latents=4, channels=8, depth=1, halvings=1, mixture=2, beta=0.25, width=8, layers=2,
                      batch=32, lr=1e-2, weight_decay=0.0),
        "small": dict(entries=64, latents=16, channels=32, depth=2, halvings=1, mixture=5, beta=0.25, width=48,
                      layers=5, batch=64, lr=2e-3, weight_decay=0.05),
        "large": dict(entries=128, latents=16, channels=64, depth=2, halvings=2, mixture=5, beta=0.25, width=64,
                      layers=6, batch=128, lr=1e-3, weight_decay=0.01),
    },
}
# fmt: on


def vq_vae(
    spec: Spec,
    given: Spec,
    entries: int,
    latents: int,
    channels: int,
    depth: int,
    halvings: int,
    mixture: int,
    beta: float,
    width: int,
    layers: int,
    batch: int,
    lr: float,
    weight_decay: float,
) -> Recipe:
    """width, layers: of the gated PixelCNN that learns the codes."""
    head = head_for(spec, mixture)
    encoder = GridEncoder(spec, channels, depth, latents, halvings)
    decoder = GridDecoder(spec, channels, depth, latents, halvings, head.size)
    codec = VQCodec(encoder, decoder, head, Codebook(entries, latents), grid(spec, halvings), beta)
    codes = Categorical(entries)
    network = GatedPixelCNN(codec.latents, given, entries, width, layers)
    prior = Autoregressive(codec.latents, given, network, codes, known_share=0.15)
    return Recipe(TwoStage(spec, given, codec, prior), batch=batch, lr=lr, weight_decay=weight_decay)
