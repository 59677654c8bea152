"""Operations on items that are either one tensor (rows, arrays) or a Ragged (sets).

Length, indexing and `to` work on both by themselves.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

import torch
from torch import Tensor

from . import ragged
from .ragged import Ragged

X = Tensor | Ragged


def join(parts: Sequence[X]) -> X:
    """The items of all parts, in order, as one."""
    return ragged.join(parts) if isinstance(parts[0], Ragged) else torch.cat(list(parts))


def join_first(n: int, parts: Iterable[X]) -> X:
    """The first n items of parts, one part after another. Tensors are copied into place as they come, since those that
    wait for the last take as much room as the whole."""
    parts = iter(parts)
    part = next(parts)
    if isinstance(part, Ragged):
        return ragged.join([part, *parts])[:n]
    whole, start = part.new_empty(n, *part.shape[1:]), 0
    for part in chain([part], parts):
        whole[start : start + len(part)] = part[: n - start]
        start += len(part)
    return whole


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
