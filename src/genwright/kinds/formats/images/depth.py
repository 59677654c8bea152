"""Images of more than 8 bits: the values of a data set that become black and white, and the 256 levels between them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ....core.errors import DataError

DARKEST, BRIGHTEST = 1, 99.9  # percentiles of the values that become black and white
STRETCHED = 257  # by which 8 bits become 16
GLANCE = 2**24  # values by which percentiles are found


class ValueRange(NamedTuple):
    """The values that become level 0 and level 255; what lies beyond is cut there."""

    black: float
    white: float

    @classmethod
    def fit(cls, values: np.ndarray) -> "ValueRange":
        """From the 1st to the 99.9th percentile of values of any shape, or all of them where these two are equal. 8
        bits that were saved as 16 come back."""
        values = values.reshape(-1)[:: max(1, values.size // GLANCE)]
        if not (values % STRETCHED).any():
            return cls(0, 255 * STRETCHED)
        black, white = map(float, np.percentile(values, (DARKEST, BRIGHTEST)))
        if black >= white:
            black, white = float(values.min()), float(values.max())
        return cls(black, max(white, black + 1e-6 * max(1.0, abs(black))))

    def levels(self, values: np.ndarray) -> np.ndarray:
        """Converts values to uint8 levels, of the same shape."""
        share = (values.astype(np.float32) - np.float32(self.black)) / np.float32(self.white - self.black)
        return np.rint(share.clip(0, 1) * 255).astype(np.uint8)

    def values(self, levels: np.ndarray) -> np.ndarray:
        """Converts levels 0 to 255 to float32 values."""
        return (self.black + np.asarray(levels, np.float32) * ((self.white - self.black) / 255)).astype(np.float32)

    def describe(self, what: str, named: bool) -> str:
        """Describes the range in a sentence. what: the items and their depth. named: whether the range was named, not
        found in the data."""
        why = "" if named else " (the 1st and 99.9th percentile; --range A B, range=(A, B), names others)"
        black, white = (f"{value:,.6g}" for value in self)
        return f"{what} become 256 levels through a window of values: {black} is black and {white} white{why}"


def named_range(pair: Sequence[float] | None) -> ValueRange | None:
    """The range that the option `range` names, None of none. Raises DataError for what is no two numbers in order."""
    if pair is None:
        return None
    try:
        black, white = map(float, pair)
    except (TypeError, ValueError):
        raise DataError(
            f"range is two numbers, the values of black and of white, not {pair!r}: --range 0 4095"
        ) from None
    if not black < white or not np.isfinite([black, white]).all():
        raise DataError(f"range runs from {black:g} to {white:g}: name black first and a larger value for white")
    return ValueRange(black, white)


def is_deep(values: np.ndarray) -> bool:
    """Whether they are whole numbers beyond 0 to 255."""
    return values.dtype.kind in "iu" and values.dtype.itemsize > 1 and (values.min() < 0 or values.max() > 255)
