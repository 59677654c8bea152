"""Canvases larger than the items: at each call of a denoiser, the canvas is cut into windows of the items' size, at an
offset of its own, and each window is denoised as an item.

    roll z by a random offset;  D, N = denoise(each window of z), laid together;  roll them back

No line of the canvas is a border at every step, so windows agree across all of them. The canvas is rolled around its
edges, so opposite edges fit together. Averages over fixed overlaps (MultiDiffusion, Bar-Tal 2023) need several calls
where this needs one.
"""

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.errors import DataError
from ...core.spec import Spec
from .samplers import Denoise


def allows_canvas(spec: Spec, given: Spec) -> bool:
    """Tells whether items are images of pixels that are conditioned on no image of their own size."""
    is_image = spec.is_array and spec.leaf.axis == "grid" and spec.leaf.discrete and len(spec.shape) == 3
    return is_image and all(leaf.axis != "grid" for leaf in given.columns)


def canvas_shape(spec: Spec, side: int, start: Tensor | None) -> tuple[int, int, int]:
    """Returns the shape (C, side, side) of a canvas.

    Raises DataError where images of the spec do not fill it, and for a start, which has the size of an image.
    """
    channels, height, width = spec.shape
    if start is not None:
        raise DataError("canvas makes larger images than a start shows: leave start or canvas out")
    if side % height or side % width:
        raise DataError(f"canvas = {side} is no multiple of the images' side: choose {-(-side // height) * height}")
    return channels, side, side


def on_windows(denoise: Denoise, spec: Spec, rng: Draws) -> Denoise:
    """Returns a denoiser of canvases (B, C, H, W) by one of items.

    Args:
        denoise: of items (B, C, h, w).
        spec: of the items.
        rng: draws the offsets.
    """
    height, width = spec.shape[1:]

    def denoise_canvas(z: Tensor, alpha: float, sigma: float) -> tuple[Tensor, Tensor]:
        down, right = (int(rng.integers(side, (1,))) for side in (height, width))
        rows = z.roll((-down, -right), (2, 3)).split(height, 2)
        parts = [[denoise(window, alpha, sigma) for window in row.split(width, 3)] for row in rows]
        join = lambda k: torch.cat([torch.cat([pair[k] for pair in row], 3) for row in parts], 2)
        return join(0).roll((down, right), (2, 3)), join(1).roll((down, right), (2, 3))

    return denoise_canvas
