"""Pictures, families that remove noise: the numbers they run with, and how they are put together."""

from __future__ import annotations

from ...core.spec import Spec
from ...core.trainable import Recipe
from ...distributions.low_resolution import low_leaf
from ...families.diffusion.diffusion import Diffusion
from ...families.diffusion.flow_matching import FlowMatching
from ...families.diffusion.score_matching import ScoreMatching
from ...families.two_stage.cascade import Cascade
from ...networks.adapters import Velocity
from ...networks.diffusion_transformer import PictureTransformer
from ...networks.unet import PictureUNet

# fmt: off
PRESETS = {
    "flow-matching": {
        "tiny":  dict(width=8, blocks=1, patch=1, dropout=0.0, batch=64, lr=2e-3, calls=4, density_steps=2, heads=0),
        "small": dict(width=32, blocks=2, patch=1, dropout=0.1, batch=128, lr=2e-3, calls=20, density_steps=8, heads=0),
        "large": dict(width=64, blocks=1, patch=2, dropout=0.0, batch=64, lr=1.5e-3, calls=20, density_steps=12,
                      middle=0.9, condition_dropout=0.02, heads=0),
    },
    "diffusion": {
        "tiny":  dict(width=8, blocks=1, patch=1, dropout=0.0, batch=64, lr=2e-3, steps=50, levels=5, terms=8),
        "small": dict(width=32, blocks=2, patch=1, dropout=0.1, batch=128, lr=2e-3, steps=1000, levels=20, terms=16),
        "large": dict(width=64, blocks=1, patch=2, dropout=0.0, batch=64, lr=2e-3, steps=1000, levels=20, terms=24),
    },
    "cascade": {
        "tiny":  dict(times=2, noise=0.1, base_width=8, width=8, blocks=1, patch=1, dropout=0.0, batch=32, lr=5e-3,
                      calls=4, density_steps=2),
        "small": dict(times=2, noise=0.1, base_width=32, width=32, blocks=1, patch=1, dropout=0.1, batch=128, lr=2e-3,
                      calls=20, density_steps=8),
        "large": dict(times=4, noise=0.1, base_width=64, width=64, blocks=1, patch=2, dropout=0.0, batch=64,
                      lr=1.5e-3, calls=20, density_steps=12),
    },
    "score-matching": {
        "tiny":  dict(width=8, blocks=1, patch=1, dropout=0.0, batch=64, lr=2e-3, levels=3, high=5.0, repeats=1,
                      density_steps=2),
        "small": dict(width=32, blocks=2, patch=1, dropout=0.1, batch=128, lr=2e-3, levels=16, high=5.0, repeats=4,
                      density_steps=12),
        "large": dict(width=64, blocks=1, patch=2, dropout=0.0, batch=64, lr=2e-3, levels=24, high=10.0, repeats=4,
                      density_steps=16),
    },
}
# fmt: on


def flow_matching(
    spec: Spec,
    given: Spec,
    width: int,
    blocks: int,
    patch: int,
    dropout: float,
    batch: int,
    lr: float,
    calls: int,
    density_steps: int,
    middle: float = 0.0,
    condition_dropout: float = 0.1,
    heads: int = 0,
) -> Recipe:
    """width, blocks: of a U-Net; with heads, of a transformer."""
    body = PictureUNet(spec, width, blocks, patch, dropout, given)
    if heads:
        body = PictureTransformer(spec, width, blocks, heads, patch, dropout, given)
    velocity = Velocity(body, given)
    family = FlowMatching(spec, given, velocity, calls, density_steps, middle, condition_dropout)
    return Recipe(family, batch=batch, lr=lr, weight_decay=0.01, average=0.1)


def diffusion(
    spec: Spec,
    given: Spec,
    width: int,
    blocks: int,
    patch: int,
    dropout: float,
    batch: int,
    lr: float,
    steps: int,
    levels: int,
    terms: int,
) -> Recipe:
    network = Velocity(PictureUNet(spec, width, blocks, patch, dropout, given), given)
    family = Diffusion(spec, given, network, "cosine", steps, "v", "simple", "dpm-solver", levels, terms)
    return Recipe(family, batch=batch, lr=lr, weight_decay=0.01, average=0.1)


def cascade(
    spec: Spec,
    given: Spec,
    times: int,
    noise: float,
    base_width: int,
    width: int,
    blocks: int,
    patch: int,
    dropout: float,
    batch: int,
    lr: float,
    calls: int,
    density_steps: int,
) -> Recipe:
    """Flow matching twice; the small pictures are read pixel by pixel."""
    leaf = low_leaf(spec.leaf, times)
    low, told = Spec((("picture", leaf),)), Spec((*given.leaves, ("low", leaf)))
    alike = dict(blocks=blocks, dropout=dropout, batch=batch, lr=lr, calls=calls, density_steps=density_steps)
    base = flow_matching(low, given, base_width, patch=1, **alike).family
    upsampler = flow_matching(spec, told, width, patch=patch, **alike).family
    family = Cascade(spec, given, base, upsampler, times, noise)
    return Recipe(family, batch=batch, lr=lr, weight_decay=0.01, average=0.1)


def score_matching(
    spec: Spec,
    given: Spec,
    width: int,
    blocks: int,
    patch: int,
    dropout: float,
    batch: int,
    lr: float,
    levels: int,
    high: float,
    repeats: int,
    density_steps: int,
) -> Recipe:
    network = Velocity(PictureUNet(spec, width, blocks, patch, dropout, given), given)
    family = ScoreMatching(spec, given, network, levels, high, 0.03, repeats, 0.3, density_steps)
    return Recipe(family, batch=batch, lr=lr, weight_decay=0.01, average=0.1)
