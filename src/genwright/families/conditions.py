"""What every family is conditioned on while it trains: given variables, sometimes left out, and known parts of x, often
empty.

One mechanism serves `given=`, guidance and `complete`: the network sees the given variables (NaN where left out) and
the pair (mask, known values); the loss counts only what is not known.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..core.draws import Draws
from ..core.spec import Spec
from ..distributions.margins import Margins

ROUNDS = 20


def drop_given(given: Tensor, rng: Draws, rate: float = 0.1) -> Tensor:
    """(B, G) -> (B, G): each variable is left out (NaN) with probability `rate`, so that the model also learns p(x)
    alone."""
    return given.masked_fill(rng.uniform(given.shape) < rate, torch.nan)


def stratified(n: int, rng: Draws) -> Tensor:
    """(n,) uniform numbers in [0, 1), one in each n-th of it, so that every batch covers all times or noise levels."""
    return (rng.uniform(1) + torch.arange(n, device=rng.device) / n) % 1


def guided(predict: Callable[[Tensor], Tensor], given: Tensor, guidance: float) -> Tensor:
    """f(given) + (guidance - 1) (f(given) - f(nothing)) for f = predict: (B, G) -> (B, ...), which a guidance of 1 asks
    once (Ho & Salimans 2022)."""
    found = predict(given)
    if guidance == 1.0:
        return found
    return found + (guidance - 1) * (found - predict(torch.full_like(given, torch.nan)))


def draw_known(spec: Spec, x: Tensor, rng: Draws, share: float | None = None) -> Tensor:
    """A random known mask like x, bool. share: of the items in which something is known, half of the rows or a seventh
    of the pictures where it is left out.

    Rows of scalars: each cell with a probability that is itself uniform per row; an absent value is never known.
    Pictures: all but a random rectangle, one side of a random line, or scattered pixels; the same in every channel.
    """
    share = share or (0.15 if spec.is_array else 0.5)
    some = rng.uniform(len(x)) < share
    if not spec.is_array:
        mask = rng.uniform(x.shape) < rng.uniform(len(x), 1)
        return mask & some[:, None] & ~x.isnan()
    _, h, w = spec.shape
    mask = _rectangles(len(x), h, w, rng)
    sides = _half_planes(len(x), h, w, rng)
    dots = rng.uniform(len(x), h, w) < rng.uniform(len(x), 1, 1)
    kind = rng.integers(3, (len(x), 1, 1))
    mask = torch.where(kind == 0, mask, torch.where(kind == 1, sides, dots))
    return (mask & some[:, None, None])[:, None].expand(x.shape)


def fill_present(draw: Callable[[], Tensor], x: Tensor, known: Tensor, margins: Margins | None, rng: Draws) -> Tensor:
    """Completions with every value there: rows in which draw() leaves a filled cell absent are drawn again.

    draw() -> (B, *shape). After ROUNDS rounds, cells that are still absent are drawn from their margins, given
    presence.
    """
    result, missing = torch.where(known, x.float(), torch.nan), torch.ones(len(x), dtype=torch.bool, device=x.device)
    for _ in range(ROUNDS):
        result[missing] = torch.where(known, x.float(), draw())[missing]
        missing = result.flatten(1).isnan().any(1)
        if not missing.any():
            return result
    return torch.where(result.isnan(), margins.present(rng, len(x)), result)


def _rectangles(n: int, h: int, w: int, rng: Draws) -> Tensor:
    """(n, h, w) True outside one random rectangle."""
    inside = torch.ones(n, h, w, dtype=torch.bool, device=rng.device)
    for axis, size in ((1, h), (2, w)):
        length = rng.integers(size + 1, (n, 1), low=1)
        start = (rng.uniform(n, 1) * (size - length + 1)).floor()
        place = torch.arange(size, device=rng.device)
        hit = (place >= start) & (place < start + length)
        inside &= hit[:, :, None] if axis == 1 else hit[:, None, :]
    return ~inside


def _half_planes(n: int, h: int, w: int, rng: Draws) -> Tensor:
    """(n, h, w) True on one side of a random axis-parallel line: the upper part, the left part, or their opposites."""
    cut = rng.uniform(n, 1, 1)
    rows = (torch.arange(h, device=rng.device)[:, None] + 0.5).expand(h, w) / h
    columns = (torch.arange(w, device=rng.device) + 0.5).expand(h, w) / w
    along = torch.where(rng.uniform(n, 1, 1) < 0.5, rows, columns)
    flip = rng.uniform(n, 1, 1) < 0.5
    return (along < cut) ^ flip
