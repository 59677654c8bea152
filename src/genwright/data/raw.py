"""What a source holds before anything is split: one table, one stack of pictures, lines of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd


@dataclass
class Raw:
    """kind: of data, by which `data.load` knows what to do next. items: pictures (n, H, W, C) uint8, a DataFrame,
    or a list.
    parts: (n,) "train" | "valid" | "test" | "" where the split is ours to make; None when all of it is. Pictures have
    labels (n,) or None (names: all there are, in order, where the source says), captions, (n,) texts and None, or
    None, `levels` and `width` (see domains.pictures). given, drop: what a table's source suggests. window: symbols of
    each piece of a text, where the items are texts, one for each of `parts`, to be cut in windows; 0 where they are
    lines. beside: what else is known of lines, which may be given: a row each, None where there is nothing. column: of
    a table, that they are from. places: where each molecule stands in its source; unreadable: the place and the text of
    what a reader could make no molecule of, and why; canonical: whether molecules are as RDKit writes them already.
    log_density: of items, where it is known.
    """

    kind: str
    name: str
    items: Any
    labels: np.ndarray | None = None
    names: list | None = None
    parts: np.ndarray | None = None
    levels: int = 256
    width: int = 1
    notes: list[str] = field(default_factory=list)
    given: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    window: int = 0
    beside: pd.DataFrame | None = None
    column: str = ""
    places: list[str] = field(default_factory=list)
    unreadable: list[tuple[str, str, str]] = field(default_factory=list)
    canonical: bool = False
    licence: str = ""
    log_density: Callable | None = None
    captions: np.ndarray | None = None
