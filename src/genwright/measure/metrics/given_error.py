"""Whether items are what they were asked to be: trees learn from training items to tell the given variables by what can
be seen of an item, and what they tell of another is held against what was given with it.

They err of real items too, so that what these reach belongs beside a number of samples.
"""

import numpy as np
from torch import Tensor

from ...core.spec import Category, Spec
from .classifiers import fixed_threads
from .train_on_synthetic import trees


class GivenReader:
    """x: (n, F) numbers of training items; rows with NaN are left out. given: (n, G), columns of `spec`, NaN where an
    item has none. A variable of which all items have the same value is not read, nor one with a shape, such as a
    text."""

    def __init__(self, x: np.ndarray, given: Tensor, spec: Spec, seed: int):
        self.spec, self.told, readable = spec, {}, np.isfinite(x).all(1)
        self.name = f"gradient-boosted trees, taught by {readable.sum():,} training items"
        for name, leaf in spec.leaves:
            if leaf.shape:
                continue
            y, classify = spec.part(given, name).numpy(), isinstance(leaf, Category)
            known = readable & np.isfinite(y)
            guess = (_commonest if classify else np.median)(y[known]) if known.any() else np.nan
            usual = _errors(y[known], guess, classify).mean() if known.any() else 0.0
            if usual > 0:
                with fixed_threads(1):
                    self.told[name] = trees(Spec(()), classify, seed).fit(x[known], y[known]), classify, usual

    def errors(self, x: np.ndarray, given: Tensor) -> np.ndarray:
        """(n,) how far what is told is from what was given, over how far a guess is among training items: the mean over
        variables, of numbers the distance and of categories whether they differ. NaN where nothing could be told."""
        off, readable = np.full((len(x), len(self.told)), np.nan), np.isfinite(x).all(1)
        for k, (name, (reader, classify, usual)) in enumerate(self.told.items()):
            y = self.spec.part(given, name).numpy()
            known = readable & np.isfinite(y)
            if known.any():
                with fixed_threads(1):
                    off[known, k] = _errors(y[known], reader.predict(x[known]), classify) / usual
        count = np.isfinite(off).sum(1)
        return np.where(count > 0, np.nansum(off, 1) / np.maximum(count, 1), np.nan)


def _errors(truth: np.ndarray, told: np.ndarray, classify: bool) -> np.ndarray:
    return (truth != told).astype(float) if classify else np.abs(truth - told)


def _commonest(y: np.ndarray) -> float:
    values, counts = np.unique(y, return_counts=True)
    return values[counts.argmax()]
