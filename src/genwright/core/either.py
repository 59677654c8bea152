"""What is asked of items, be they one tensor (rows, arrays) or a Ragged (sets), beside len, indexing and `to`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from . import ragged
from .ragged import Ragged

X = Tensor | Ragged


def join(parts: Sequence[X]) -> X:
    """Items one part after another."""
    return ragged.join(parts) if isinstance(parts[0], Ragged) else torch.cat(list(parts))


def repeat_last(x: X, count: int) -> X:
    """With `count` more copies of the last item."""
    if isinstance(x, Ragged):
        return x.repeat_last(count)
    return torch.cat([x, x[-1:].expand(count, *x.shape[1:])])


def filled(x: X, known: X, drawn: X) -> X:
    """Draws in which what is known of x stays, to the bit. known: bool, like x."""
    if isinstance(x, Ragged):
        return x.filled(known, drawn)
    return torch.where(known, x, drawn.to(x.dtype))
