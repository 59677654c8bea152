"""Many image files as squares of one side: decoded once, small, side by side in processes, and kept as uint8 on disk.

A folder of thousands of photographs takes as much memory as a block of files that are decoded. The squares lie in a
file without a name, which this process maps, and which goes with it.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ....core.cpu import cores, in_order
from ....core.errors import DataError
from ....core.limits import require_size
from ....core.patience import progress_bar
from ....core.reader_process import is_reading_process
from .depth import ValueRange
from .image_files import Decoded, decode
from .pictures import SMALLEST

BLOCK = 16  # files that a process decodes at a time
WORTH_PROCESSES = 2**27  # bytes of files from which several processes decode them: each takes a second to start


class Page(NamedTuple):
    """What is told of a page of a file, see `image_files.Decoded`."""

    size: tuple[int, int]
    several: bool
    shallow: bool


class Squares:
    """Pages (n, side, side, 3) uint8, and which of their pixels are opaque, (n, side, side) bool.

    Pages of more than 8 bits wait as float32 for `level`.

    Args:
        what: the source, in errors.
        count: n, at most.
        side: in pixels.

    Raises DataError where they are more than a source may hold, or than the disk has room for.
    """

    def __init__(self, what: str, count: int, side: int):
        size = count * side * side
        require_size(what, 3 * size)
        self._pixels = _map_file(what, 3 * size).reshape(count, side, side, 3)
        self._opaque = _map_file(what, size).view(bool).reshape(count, side, side)
        self._deep: dict[int, Decoded] = {}
        self.pages: list[Page] = []

    @property
    def opaque(self) -> np.ndarray:
        return self._opaque[: len(self.pages)]

    def add(self, page: Decoded) -> None:
        """Adds a decoded page."""
        number = len(self.pages)
        self.pages.append(Page(page.size, page.several, page.shallow))
        self._opaque[number] = page.opaque
        if page.bits:
            self._deep[number] = page
        else:
            self._pixels[number] = page.pixels

    def level(self, brightness: ValueRange | None) -> tuple[np.ndarray, ValueRange | None, list[str]]:
        """Returns the pages (n, side, side, 3), the values of black and white where any has more than 8 bits, and a
        sentence about them.

        Args:
            brightness: named, or known to a model; None where the pages' own opaque pixels decide.
        """
        pixels = self._pixels[: len(self.pages)]
        if not self._deep:
            return pixels, brightness, []
        numbers, deep = list(self._deep), list(self._deep.values())
        channels = max(each.pixels.shape[2] for each in deep)
        raw = np.stack([np.broadcast_to(each.pixels, (*each.pixels.shape[:2], channels)) for each in deep])
        seen = self.opaque[numbers] if self.opaque[numbers].any() else np.ones(raw.shape[:3], bool)
        own, named = (ValueRange.fit(raw[seen]), False) if brightness is None else (brightness, True)
        levels = own.levels(raw)
        negative = np.array([each.negative for each in deep])
        levels[negative] = 255 - levels[negative]
        for number, each, own_levels in zip(numbers, deep, levels):
            pixels[number] = own_levels if each.alpha is None else _lay_on_white(own_levels, each.alpha)
        bits = " or ".join(sorted({each.bits for each in deep}))
        which = f"{len(deep):,} of {len(pixels):,} images" if len(deep) < len(pixels) else "images"
        return pixels, own, [own.describe(f"{which} of {bits}", named)]


def on_white(opaque: np.ndarray) -> list[str]:
    """Returns a sentence on how many of the images, (n, side, side) bool, are not opaque everywhere, where any is
    not."""
    n, count = len(opaque), sum(not each.all() for each in opaque)
    which = f"{count:,} of {n:,} images {'have' if count > 1 else 'has'}" if n > 1 else "the image has"
    return [f"{which} transparent pixels, which lie on white"] * bool(count)


def _lay_on_white(levels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """levels: (side, side, C) uint8. alpha: (side, side, 1), 0 to 1."""
    return np.rint(alpha * levels + (1 - alpha) * 255).astype(np.uint8)


def _map_file(what: str, size: int) -> np.ndarray:
    """(size,) uint8 zeros of a file without a name."""
    with tempfile.TemporaryFile() as file:
        try:
            if hasattr(os, "posix_fallocate"):  # else a full disk would end this process later
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
        except OSError as error:
            raise DataError(
                f"{what} takes {size:,} bytes of {tempfile.gettempdir()} to be read ({error.strerror}): make room "
                "there, or name another folder by TMPDIR"
            ) from error
        return np.asarray(np.memmap(file, np.uint8, "r+", shape=(size,)))


def decode_files(files: Sequence[Path], side: int, least: int = SMALLEST) -> Iterator[Decoded | DataError]:
    """Yields the first page of each file, or the error that it raised, in order, with a bar of progress. Several
    processes decode files that are large together."""
    blocks = [files[start : start + BLOCK] for start in range(0, len(files), BLOCK)]
    size = sum(file.stat().st_size for file in files)
    processes = cores() if size > WORTH_PROCESSES and not is_reading_process() else 1
    with progress_bar(len(files), "reading images") as advance:
        for pages in in_order(partial(_decode_block, side=side, least=least), blocks, min(processes, len(blocks))):
            yield from pages
            advance(len(pages))


def _decode_block(files: Sequence[Path], side: int, least: int) -> list[Decoded | DataError]:
    pages: list[Decoded | DataError] = []
    for file in files:
        try:
            pages.append(decode(file, side, least))
        except DataError as error:
            pages.append(error)
    return pages


def raise_damage(page: Decoded | DataError) -> Decoded:
    """Returns a page, or raises the error that stands in its place."""
    if isinstance(page, DataError):
        raise page
    return page


def without_colour(pixels: np.ndarray) -> np.ndarray:
    """Returns images (n, H, W, 3) as (n, H, W, 1) where every one of them is grey."""
    is_grey = all((image == image[..., :1]).all() for image in pixels)
    return pixels[..., :1] if is_grey else pixels
