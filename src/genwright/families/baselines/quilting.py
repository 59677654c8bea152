"""Image quilting (Efros & Freeman 2001): canvases of blocks that are cut from training images.

    for each block of the canvas, row by row, overlapping those before it:
        e_k = |overlap - window_k|^2,  window_k: a few hundred windows of training images, drawn uniformly
        take one of those with e_k <= 1.1 min e
        cut it along the path of least squared difference through each overlap

Every pixel is a training pixel beside its own neighbours, so samples copy: the method shows what a texture looks like,
and what a learned model has to beat.
"""

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.family import Family
from ...core.sample_options import CANVAS
from ...core.spec import Spec
from ...core.trainable import Items

WINDOWS, LENIENCE = 300, 1.1  # windows that are tried for a block, and how far from the best of them one may be
BLOCK, OVERLAP = 2, 4  # an image is so many blocks high, and a block so many overlaps


class Quilting(Family):
    """Quilts images, and canvases larger than them, of blocks of training images.

    Args:
        spec: Spec of the images.
        given: Spec of the conditions; a model of each label is built where there are any.
    """

    gaps = ("items",)
    lacks = {"log_prob": "a quilt has no density", "complete": "it quilts whole images only"}
    allow_bf16 = False
    conditional = False
    sample_options = (CANVAS,)

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.register_buffer("items", None)  # (n, C, H, W) uint8
        self.block = max(2, min(spec.shape[1:]) // BLOCK)
        self.overlap = max(1, self.block // OVERLAP)

    def finish(self, items: Items, rng: Draws) -> None:
        self.items = items.x.clone()

    def flaw(self) -> str:
        return "" if self.items is not None and len(self.items) and self.spec.holds(self.items) else "no images"

    def sample(self, n: int, given: Tensor, rng: Draws, canvas: int | None = None) -> Tensor:
        """Quilts n images.

        Args:
            n: Number of images.
            given: (n, 0) no conditions.
            rng: Random numbers.
            canvas: Side of larger images. Default: None, the size of the training images.
        """
        height, width = (canvas, canvas) if canvas else self.spec.shape[1:]
        return torch.stack([self._quilt(height, width, rng) for _ in range(n)])

    def _quilt(self, height: int, width: int, rng: Draws) -> Tensor:
        """(C, height, width) float."""
        block, step = self.block, self.block - self.overlap
        rows, columns = (range(0, max(1, side - self.overlap), step) for side in (height, width))
        quilt = torch.zeros(self.spec.shape[0], rows[-1] + block, columns[-1] + block, device=self.items.device)
        for top in rows:
            for left in columns:
                place = quilt[:, top : top + block, left : left + block]
                place.copy_(self._next_block(place, top > 0, left > 0, rng))
        return quilt[:, :height, :width]

    def _next_block(self, place: Tensor, has_above: bool, has_left: bool, rng: Draws) -> Tensor:
        """A block (C, b, b) that fits what is in its place already: a row above, a column to the left, or both."""
        windows, v = self._draw_windows(rng), self.overlap
        errors = (windows - place).square().sum(1)
        above, left = has_above * errors[:, :v].sum((1, 2)), has_left * errors[:, v * has_above :, :v].sum((1, 2))
        misfit = above + left
        fitting = (misfit <= LENIENCE * misfit.min()).nonzero()[:, 0]
        chosen = int(fitting[int(rng.integers(len(fitting), (1,)))])
        keep = torch.zeros_like(errors[0], dtype=torch.bool)  # what is in place and stays
        if has_left:
            keep[:, :v] |= cut(errors[chosen, :, :v])
        if has_above:
            keep[:v] |= cut(errors[chosen, :v].T).T
        return torch.where(keep, place, windows[chosen])

    def _draw_windows(self, rng: Draws) -> Tensor:
        """(WINDOWS, C, b, b) of training images."""
        (_, height, width), inside = self.spec.shape, torch.arange(self.block, device=self.items.device)
        corners = [rng.integers(side - self.block + 1, (WINDOWS, 1)) + inside for side in (height, width)]
        number = rng.integers(len(self.items), (WINDOWS, 1, 1))
        return self.items[number, :, corners[0][:, :, None], corners[1][:, None]].movedim(-1, 1).float()


def cut(errors: Tensor) -> Tensor:
    """Finds the path of least error from the first row to the last, a step at most to either side in each row.

    Args:
        errors: (rows, columns).

    Returns (rows, columns) bool: True left of the path.
    """
    total = [errors[0]]
    for row in errors[1:]:
        around = torch.nn.functional.pad(total[-1], (1, 1), value=torch.inf)
        total.append(row + torch.stack([around[:-2], around[1:-1], around[2:]]).amin(0))
    places, ends = [int(total[-1].argmin())], len(errors[0])
    for row in reversed(total[:-1]):
        low, high = max(0, places[-1] - 1), min(ends, places[-1] + 2)
        places.append(low + int(row[low:high].argmin()))
    path = torch.tensor(places[::-1], device=errors.device)
    return torch.arange(ends, device=errors.device) < path[:, None]
