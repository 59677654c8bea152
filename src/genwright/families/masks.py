"""Random masks of the known places of an item in training, by the axis of its leaf.

    none              each number on its own, with a probability that is itself uniform per item
    grid              of the places (H, W) of (C, H, W): all but a rectangle, one side of a line, or scattered ones
    sequence, time    of the places (T,) of (T, ...): all but a span, a beginning, or scattered ones
    members of a set  one to all but one of them: the nearest to one of them, where they have positions, or any

A place is known as a whole: in every channel of an image, with all numbers at one time. So is a member.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..core.draws import Draws
from ..core.ragged import Ragged


@dataclass(frozen=True)
class Masks:
    """share: of the training items of which something is known. draw(n, shape of an item, rng) -> bool, True where
    known, which broadcasts to (n, *shape)."""

    share: float
    draw: Callable[[int, tuple[int, ...], Draws], Tensor]


def numbers(n: int, shape: tuple[int, ...], rng: Draws) -> Tensor:
    """(n, *shape)."""
    return _scattered(n, shape, rng)


def places_of_grid(n: int, shape: tuple[int, ...], rng: Draws) -> Tensor:
    """(n, 1, H, W)."""
    _, *places = shape
    mask = _choose_mask(_rectangles(n, *places, rng), _half_planes(n, *places, rng), _scattered(n, places, rng), rng)
    return mask[:, None]


def places_of_line(n: int, shape: tuple[int, ...], rng: Draws) -> Tensor:
    """(n, T, 1, ...)."""
    length, *rest = shape
    mask = _choose_mask(~_spans(n, length, rng), _beginnings(n, length, rng), _scattered(n, [length], rng), rng)
    return mask.view(n, length, *[1] * len(rest))


def within_lines(mask: Tensor, symbols: Tensor) -> Tensor:
    """A mask (n, T) of whole lines squeezed into the symbols (n,) that each has, its end among them. Places behind
    the end are known where the end is known, so that they do not tell its position."""
    length, place = mask.shape[1], torch.arange(mask.shape[1], device=mask.device)
    at = place * length // symbols.clamp(min=1)[:, None]
    return mask.gather(1, torch.where(place >= symbols[:, None] - 1, length - 1, at))


AXES = {
    "none": Masks(0.5, numbers),
    "grid": Masks(0.15, places_of_grid),
    "sequence": Masks(0.15, places_of_line),
    "time": Masks(0.15, places_of_line),
}


SHARE_OF_SETS = 0.3  # of the training sets, in which some members are known


def draw_known_members(sets: Ragged, rng: Draws, x: Tensor | None = None) -> Tensor:
    """(M,) bool: which of the packed members are known. x: (M, d) positions, where members have any; a piece that is to
    be completed holds neighbours."""
    sizes, item = sets.sizes, sets.item
    some = (rng.uniform(len(sets)) < SHARE_OF_SETS) & (sizes > 1)
    count = 1 + (rng.uniform(len(sets)) * (sizes - 1)).long()
    key = rng.uniform(len(item))
    if x is not None:
        first = sets.ptr[:-1] + (rng.uniform(len(sets)) * sizes).long()
        near = (x - x[first][item]).norm(dim=1)
        key = torch.where((rng.uniform(len(sets)) < 0.5)[item], near, key)
    order = key.argsort()
    order = order[item[order].argsort(stable=True)]  # by set, then by key
    known = torch.zeros(len(item), dtype=torch.bool, device=item.device)
    known[order] = (sets.place < count[item]) & some[item]
    return known


def _choose_mask(first: Tensor, second: Tensor, third: Tensor, rng: Draws) -> Tensor:
    """One of three masks (n, ...) for each item."""
    kind = rng.integers(3, (len(first), *[1] * (first.ndim - 1)))
    return torch.where(kind == 0, first, torch.where(kind == 1, second, third))


def _scattered(n: int, places: tuple[int, ...] | list[int], rng: Draws) -> Tensor:
    return rng.uniform(n, *places) < rng.uniform(n, *[1] * len(places))


def _spans(n: int, size: int, rng: Draws) -> Tensor:
    """(n, size) True inside one span: of any length from 1 on, then from any start."""
    length = rng.integers(size + 1, (n, 1), low=1)
    start = (rng.uniform(n, 1) * (size - length + 1)).floor()
    place = torch.arange(size, device=rng.device)
    return (place >= start) & (place < start + length)


def _beginnings(n: int, size: int, rng: Draws) -> Tensor:
    """(n, size) True in the first places, from none of them to all but one."""
    return torch.arange(size, device=rng.device) < (rng.uniform(n, 1) * size).floor()


def _rectangles(n: int, h: int, w: int, rng: Draws) -> Tensor:
    """(n, h, w) True outside one random rectangle."""
    rows, columns = _spans(n, h, rng), _spans(n, w, rng)
    return ~(rows[:, :, None] & columns[:, None, :])


def _half_planes(n: int, h: int, w: int, rng: Draws) -> Tensor:
    """(n, h, w) True on one side of a random axis-parallel line: the upper part, the left part, or their opposites."""
    cut = rng.uniform(n, 1, 1)
    rows = (torch.arange(h, device=rng.device)[:, None] + 0.5).expand(h, w) / h
    columns = (torch.arange(w, device=rng.device) + 0.5).expand(h, w) / w
    along = torch.where(rng.uniform(n, 1, 1) < 0.5, rows, columns)
    flip = rng.uniform(n, 1, 1) < 0.5
    return (along < cut) ^ flip
