"""Items in a drawn order: the first n of them are then a draw, and no metric depends on how a file was sorted.

Metrics ask costly questions of some test items only. Files are sorted by date, price or label, so the first of them are
not like the rest. Here items are put into the order of their content, then permuted by the seed: the order of the file
has no part in it. With strata every first n hold each stratum in its share, to within one or two items.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..core.data import Data
from .intervals import numpy_generator


def drawn_order(keys: np.ndarray, strata: np.ndarray | None, seed: int) -> np.ndarray:
    """(n,) item numbers in an order that is settled by the items' content keys (n,), their strata (n,) and the seed.

    Item j of a stratum of m, counted from 0 in drawn order, stands at (j + u) / m with u uniform on [0, 1]: every item
    has the same chance of being among the first.
    """
    rng = numpy_generator("drawn order", seed)
    if strata is None:
        return np.argsort(keys, kind="stable")[rng.permutation(len(keys))]
    stratum = np.unique(np.asarray(strata).astype(str), return_inverse=True)[1]
    order = np.lexsort((stratum, keys))[rng.permutation(len(keys))]
    stratum, sizes = stratum[order], np.bincount(stratum)
    turn = pd.Series(stratum).groupby(stratum).cumcount().to_numpy()
    return order[np.argsort((turn + rng.random(len(order))) / sizes[stratum], kind="stable")]


def in_drawn_order(data: Data, stratum: str | None, seed: int) -> Data:
    """The same data, each part in drawn order. stratum: the variable that holds the strata, where there are any."""
    items = {}
    for part, found in data.items.items():
        if len(found):
            order = drawn_order(data.keys(part), data.values(part, stratum) if stratum else None, seed)
            found = found.iloc[order].reset_index(drop=True) if isinstance(found, pd.DataFrame) else found[order]
        items[part] = found
    return replace(data, items=items, encoded={})
