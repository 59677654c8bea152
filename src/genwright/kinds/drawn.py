"""Items that no array holds (texts, sets of points, graphs), in the form in which they reach the user: a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


class Drawn(list):
    """A list of items that also carries `given` ({name: (n,) values by the user's own names}), the `seed` it was drawn
    with, and, after `complete`, the `method` and its `kind`.

    A slice, a mask (n,) or numbers (k,) of items, and `copy`, keep all of them, given aligned; anything else that makes
    a new list makes a plain one, and what changes the list in place leaves given as it is.
    """

    def __init__(
        self,
        items: Iterable = (),
        given: dict | None = None,
        seed: int | None = None,
        method: str | None = None,
        kind: str | None = None,
    ):
        super().__init__(items)
        self.given = {name: np.asarray(values) for name, values in (given or {}).items()}
        self.seed, self.method, self.kind = seed, method, kind

    def __getitem__(self, index: Any):
        """One item of a whole number, else the same kind of list. Raises IndexError as lists and arrays do."""
        if isinstance(index, (int, np.integer)):
            return super().__getitem__(index)
        which = np.arange(len(self))[index]
        if which.ndim != 1:
            raise IndexError(f"items are picked by a number, a slice, a mask or numbers (k,), not {index!r}")
        items = [super(Drawn, self).__getitem__(i) for i in which]
        given = {name: values[which] for name, values in self.given.items()}
        return type(self)(items, given, self.seed, self.method, self.kind)

    def copy(self) -> Drawn:
        return self[:]
