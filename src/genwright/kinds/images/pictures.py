"""Images, the form in which images reach the user, and the levels that their numbers stand for."""

import hashlib

import numpy as np
from PIL import Image, ImageOps

from ...core.errors import DataError

SMALLEST, LARGEST = 8, 64  # sides in pixels that models are built for
RESIZED = 32  # the largest side that others are brought to: a training step takes four times as long at 64


class Pictures(np.ndarray):
    """Images (n, H, W, C) uint8 in user levels: 0..255 for most, 0..16 for scikit-learn's digits, 0..1 if binary.

    An ordinary array that also carries `given` ({name: (n,) values by the user's own names}), the `seed` it was drawn
    with, and, after `complete`, the `method` and its `kind`. Slices, masks and index arrays along the first axis, and
    `copy`, keep `given` aligned; anything else that makes a new array leaves it empty.
    """

    given: dict[str, np.ndarray]
    seed: int | None
    method: str | None
    kind: str | None

    def __new__(
        cls,
        array,
        given: dict | None = None,
        seed: int | None = None,
        method: str | None = None,
        kind: str | None = None,
    ):
        out = np.asarray(array).view(cls)
        out.given = {name: np.asarray(values) for name, values in (given or {}).items()}
        out.seed, out.method, out.kind = seed, method, kind
        return out

    def __array_finalize__(self, source):
        self.given = {}
        self.seed, self.method, self.kind = (getattr(source, name, None) for name in ("seed", "method", "kind"))

    def __getitem__(self, index):
        out = super().__getitem__(index)
        rows = index[0] if isinstance(index, tuple) and index else index
        if isinstance(out, Pictures) and self.given and _picks_items(rows):
            out.given = {name: values[rows] for name, values in self.given.items()}
        return out

    def copy(self, order="C"):
        out = super().copy(order)
        out.given = {name: values.copy() for name, values in self.given.items()}
        return out


def _picks_items(rows) -> bool:
    if rows is Ellipsis or isinstance(rows, (slice, int, np.integer)):
        return True
    return isinstance(rows, (list, np.ndarray)) and np.ndim(rows) == 1


def shape_pictures(array: np.ndarray, what: str) -> np.ndarray:
    """(n, H, W) or (n, H, W, C) -> (n, H, W, C), C 1 or 3; DataError otherwise. what: the input's name in messages."""
    shape = array.shape
    if array.ndim == 3 and shape[2] not in (1, 3, 4):
        array = array[..., None]
    elif array.ndim != 4:
        one = " (one image is not a data set: stack several along a first axis)" if array.ndim in (2, 3) else ""
        raise DataError(f"{what} has shape {shape}{one}; images need shape (n, H, W) or (n, H, W, C)")
    n, height, width, channels = array.shape
    if channels not in (1, 3):
        first = shape[1] in (1, 3)
        remedy = "move them to the end with np.moveaxis(x, 1, -1)" if first else "pass grey or colour (C = 1 or 3)"
        raise DataError(f"{what} has shape {shape}, that is {channels} channels: {remedy}")
    if n == 0:
        raise DataError(f"{what} holds no images")
    if min(height, width) < SMALLEST:
        raise DataError(
            f"{what} holds images of {height} x {width} pixels, and each side needs at least {SMALLEST}: enlarge them"
        )
    return array


def fit_size(image: Image.Image, height: int, width: int) -> Image.Image:
    """Resized and centre-cropped."""
    if image.size == (width, height):
        return image
    return ImageOps.fit(image, (width, height), Image.Resampling.BICUBIC)


def find_levels(array: np.ndarray, what: str) -> tuple[np.ndarray, int, int, list[str]]:
    """Numbers of any dtype -> (uint8 in user levels, levels, width, notes): values are width * {0, .., levels - 1}.

    bool, or whole numbers 0 and 1: binary. uint8-like whole numbers: 256 levels, or fewer where every value is a
    multiple of a divisor of 255 (black and white as 0 and 255 has 2). Floats in [0, 1]: the coarsest lattice k / m, m
    <= 255, that holds every value, else rounded to 256. Everything else is ambiguous and refused.
    """
    if array.dtype == bool:
        return array.astype(np.uint8), 2, 1, []
    if array.dtype.kind not in "iuf":
        raise DataError(f"{what} holds {array.dtype} values: images are numbers, whole in 0..255 or floats in [0, 1]")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise DataError(f"{what} holds NaN or infinite values: images must be complete; replace or drop them")
    low, high = array.min(), array.max()
    if array.dtype.kind == "f":
        if 0 <= low and high <= 1:
            return _from_unit(array)
        if not (low >= 0 and high == 255 and (array == np.rint(array)).all()):
            signed = low >= -1 and high <= 1
            remedy = "use (x + 1) / 2" if signed else f"divide by the largest level, e.g. x / {max(high, 1):g}"
            raise DataError(
                f"{what} holds floats from {low:g} to {high:g}, an ambiguous range: images are floats in [0, 1] or "
                f"uint8; {remedy}"
            )
    elif low < 0 or high > 255:
        raise DataError(
            f"{what} holds whole numbers from {low} to {high}: images are uint8, 0 to 255, or floats in [0, 1]"
        )
    pixels = array.astype(np.uint8)
    if high <= 1:
        return pixels, 2, 1, []
    step = int(np.gcd.reduce(np.unique(pixels)))
    width = step if 255 % step == 0 else 1
    return pixels, 255 // width + 1, width, []


def _from_unit(array: np.ndarray) -> tuple[np.ndarray, int, int, list[str]]:
    sparse = np.unique(array.reshape(-1)[:100_000])
    values = np.unique(array).astype(float) if len(sparse) <= 256 else sparse
    for m in range(1, 256) if len(values) <= 256 else ():
        if np.abs(values * m - np.rint(values * m)).max() < 1e-3:
            return np.rint(array * m).astype(np.uint8), m + 1, 1, []
    return np.rint(array * 255).astype(np.uint8), 256, 1, ["floats between the levels were rounded to 256 levels"]


def picture_keys(pictures: np.ndarray) -> np.ndarray:
    """(n,) uint64, a hash of each image's shape and values."""
    start = hashlib.blake2b(str(pictures.shape[1:]).encode(), digest_size=8)

    def key(picture: np.ndarray) -> bytes:
        digest = start.copy()
        digest.update(picture.tobytes())
        return digest.digest()

    return np.frombuffer(b"".join(key(picture) for picture in pictures), "<u8")
