"""Pictures, a codec and then priors of its codes: the numbers they run with, and how they are put together."""

from __future__ import annotations

from torch import nn

from ...core.spec import Spec
from ...core.trainable import Recipe
from ...distributions.heads import Categorical, head_for
from ...families.autoregressive.autoregressive import Autoregressive
from ...families.two_stage.hierarchical_codec import HierarchicalCodec
from ...families.two_stage.quantisers.finite_scalar import FiniteScalar
from ...families.two_stage.quantisers.gradients import rotated, straight_through
from ...families.two_stage.quantisers.nearest import Codebook
from ...families.two_stage.quantisers.residual import Residual
from ...families.two_stage.quantized import VQCodec
from ...families.two_stage.two_stage import TwoStage, given_of, latent
from ...networks.masked_conv import GatedPixelCNN
from ...networks.picture_codec import GridDecoder, GridEncoder, GridLevels, grid
from ...networks.raster_transformer import RasterTransformer

# fmt: off
CODEC = {"patch": 1, "books": 1, "finite": [], "rotation": False}  # one codebook, straight-through
LARGE = CODEC | {"patch": 2}
PRESETS = {
    "vq-vae": {
        "tiny":  CODEC | dict(entries=16, latents=4, channels=8, depth=1, halvings=1, mixture=2, beta=0.25, width=8,
                              layers=2, embedding=4, attention=0, heads=0, dropout=0.0, share=0.5,
                              batch=32, lr=1e-2, weight_decay=0.0),
        "small": CODEC | dict(entries=64, latents=16, channels=32, depth=2, halvings=1, mixture=5, beta=0.25, width=48,
                              layers=5, embedding=16, attention=0, heads=0, dropout=0.5, share=0.5,
                              batch=64, lr=2e-3, weight_decay=0.05),
        "large": LARGE | dict(entries=256, latents=16, channels=64, depth=2, halvings=2, mixture=5, beta=0.25, width=64,
                              layers=6, embedding=32, attention=0, heads=0, dropout=0.1, share=0.4,
                              batch=32, lr=2e-3, weight_decay=0.01),
    },
    "vq-vae-2": {
        "tiny":  CODEC | dict(entries=16, latents=4, channels=8, depth=1, halvings=1, levels=2, mixture=2, beta=0.25,
                              width=8, layers=2, embedding=4, attention=2, dropout=0.0, share=0.4,
                              batch=16, lr=1e-2, weight_decay=0.0),
        "small": CODEC | dict(entries=64, latents=16, channels=32, depth=2, halvings=1, levels=2, mixture=5, beta=0.25,
                              width=48, layers=6, embedding=16, attention=2, dropout=0.5, share=0.4,
                              batch=64, lr=2e-3, weight_decay=0.05),
        "large": LARGE | dict(entries=256, latents=16, channels=64, depth=2, halvings=1, levels=2, mixture=5, beta=0.25,
                              width=64, layers=6, embedding=32, attention=2, dropout=0.0, share=0.3,
                              batch=32, lr=2e-3, weight_decay=0.01),
    },
}
# fmt: on
QUANTISERS = {"fsq": {"finite": [8, 6, 5]}, "residual": {"books": 2, "entries": 16}, "rotation": {"rotation": True}}
PRIORS = {"snail": {"attention": 2}, "transformer": {"heads": 4, "width": 128, "layers": 4}}
for family, variants in {"vq-vae": QUANTISERS | PRIORS, "vq-vae-2": QUANTISERS}.items():
    PRESETS[family] |= {name: PRESETS[family]["large"] | numbers for name, numbers in variants.items()}


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
    patch: int = 1,
    books: int = 1,
    finite: list[int] | None = None,
    rotation: bool = False,
    embedding: int = 0,
    attention: int = 0,
    heads: int = 0,
    dropout: float = 0.0,
    share: float = 0.5,
) -> Recipe:
    """patch: side of what the codec reads as one position. entries, latents: of a codebook, how many and how wide.
    books: codebooks, each of what the ones before it leave. finite: levels of each number of a finite scalar
    quantiser, in place of codebooks. rotation: how gradients pass. width, layers, embedding, attention, dropout: of
    the gated PixelCNN that learns the codes; with heads, of a transformer. share: of the budget for the codec.
    """
    head = head_for(spec, mixture)
    quantiser = _quantiser(entries, latents, books, finite, rotation)
    encoder = GridEncoder(spec, channels, depth, quantiser.width, halvings, patch)
    decoder = GridDecoder(spec, channels, depth, quantiser.width, halvings, head.size, patch)
    codec = VQCodec(encoder, decoder, head, quantiser, grid(spec, halvings), beta)
    prior = _prior(given, codec, 0, width, layers, embedding, attention, heads, dropout)
    return Recipe(TwoStage(spec, given, codec, [prior], share), batch=batch, lr=lr, weight_decay=weight_decay)


def vq_vae_2(
    spec: Spec,
    given: Spec,
    entries: int,
    latents: int,
    channels: int,
    depth: int,
    halvings: int,
    levels: int,
    mixture: int,
    beta: float,
    width: int,
    layers: int,
    attention: int,
    batch: int,
    lr: float,
    weight_decay: float,
    patch: int = 1,
    books: int = 1,
    finite: list[int] | None = None,
    rotation: bool = False,
    embedding: int = 0,
    dropout: float = 0.0,
    share: float = 0.4,
) -> Recipe:
    """levels: 2 or more, the finest of which has each side halved `halvings` times. attention: of the coarsest level's
    prior; the others see all that is above them instead. The rest as of `vq_vae`.
    """
    head = head_for(spec, mixture)
    quantisers = [_quantiser(entries, latents, books, finite, rotation) for _ in range(levels)]
    widths = [quantiser.width for quantiser in quantisers]
    networks = GridLevels(spec, channels, depth, widths, halvings, head.size, patch)
    codec = HierarchicalCodec(networks, head, quantisers, networks.grids, beta)
    looks = [attention] + [0] * (levels - 1)
    priors = [
        _prior(given, codec, level, width, layers, embedding, looks[level], 0, dropout) for level in range(levels)
    ]
    return Recipe(TwoStage(spec, given, codec, priors, share), batch=batch, lr=lr, weight_decay=weight_decay)


def _quantiser(entries: int, latents: int, books: int, finite: list[int] | None, rotation: bool) -> nn.Module:
    if finite:
        return FiniteScalar(tuple(finite))
    passed = rotated if rotation else straight_through
    return Residual(books, entries, latents, passed) if books > 1 else Codebook(entries, latents, passed)


def _prior(
    given: Spec, codec: nn.Module, level: int, width: int, layers: int, embedding: int, attention: int, heads: int,
    dropout: float,
) -> Autoregressive:  # fmt: skip
    spec, given = latent(codec, level), given_of(given, codec, level)
    k = spec.leaf.k
    if heads:
        network = RasterTransformer(spec, given, width, heads, layers, dropout)
    else:
        network = GatedPixelCNN(
            spec, given, k, width, layers, dropout=dropout, embedding=embedding, attention=attention
        )
    return Autoregressive(spec, given, network, Categorical(k), known_share=0.15)
