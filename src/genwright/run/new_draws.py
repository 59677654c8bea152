"""Samples without duplicates, or without items that are already known."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from ..core import items_ops
from ..core.items_ops import X
from ..core.patience import progress_bar

MAX_DRAWS_PER_ITEM = 20  # as many draws at most as items are asked for


def new_draws(
    domain: Any, drawn: Iterator[X], table: Tensor, n: int, seed: int, unique: bool, known: Any, progress: bool
) -> Any:
    """The first n new samples, in the order of `drawn`; fewer, with a warning, if `drawn` holds fewer.

    drawn: blocks of samples. table: (m, G) the condition of each sample. unique: whether no two may be equal. known:
    items that no sample may equal, or None. The domain's `meanings` decide which items are equal, and which samples are
    no items at all.
    """
    seen = set() if known is None else set(domain.meanings(known))
    parts, rows, count, tried = [], [], 0, 0
    with progress_bar(n, "drawing new items") if progress else nullcontext(lambda more: None) as found:
        for x in drawn:
            here, fresh = table[tried : tried + len(x)], []
            tried += len(x)
            for i, meaning in enumerate(domain.meanings(domain.decode(x, here, seed))):
                if meaning is not None and meaning not in seen:
                    fresh.append(i)
                    if unique:
                        seen.add(meaning)
            parts.append(x[fresh])
            rows.append(here[fresh])
            count += len(fresh)
            found(len(fresh))
            if count >= n:
                break
    if count < n:
        warnings.warn(f"{tried:,} samples hold {count:,} new items, fewer than the {n:,} requested", stacklevel=3)
    return domain.decode(items_ops.join(parts)[:n], torch.cat(rows)[:n], seed)
