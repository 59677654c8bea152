"""Images cut into tiles at their own resolution: what a few photographs can teach is their texture.

Tiles of the training part overlap by three quarters; those of the other parts come from other bands of each image, so
that no pixel stands in two parts.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import ImageOps

from ....core.account import Account
from ....core.errors import DataError
from ....core.limits import require_size
from ....core.patience import with_progress
from ..folders import read_labels
from .image_files import CALLED, COLOUR, DEEP, check_size, depth_of, lay_on_white, list_images, opened
from .picture_files import Found
from .pictures import MOST_NAMED, SIDE_STEP, SMALLEST, find_levels
from .squares import without_colour

MOST_TILES = 20_000  # beyond which training tiles overlap less
OVERLAPS = 4, 2, 1  # tiles begin a side over so many pixels apart
BANDS = 8  # of an image, of which one is for validation and one for the test, each a tile high at least
PARTS = "train", "valid", "test"


class Band(NamedTuple):
    """Rows of an image, from `top` to `bottom`, of one part."""

    top: int
    bottom: int
    part: str


def read_tiles(path: Path, side: int) -> Found:
    """Reads the tiles of the images of a folder, or of one image file.

    Args:
        path: of the folder or file. Sub-folders are labels.
        side: of the tiles, in pixels.

    Raises DataError for a side that no model takes, where an image is smaller than a tile, for more than 8 bits, and
    where there are no images.
    """
    if not SMALLEST <= side <= MOST_NAMED or side % SIDE_STEP:
        raise DataError(f"tiles = {side} is no side: name a multiple of {SIDE_STEP} from {SMALLEST} to {MOST_NAMED}")
    files, ignored = list_images(path) if path.is_dir() else ([path], [])
    if not files:
        raise DataError(f"{path} holds no images to cut into tiles: put files there that are {CALLED}")
    images = [_read_whole(file, side) for file in with_progress(files, "reading images")]
    bands = [cut_bands(len(image), side) for image in images]
    steps = [side // k for k in OVERLAPS]
    step = next((one for one in steps if _count(images, bands, side, one) <= MOST_TILES), side)
    require_size(path, 3 * side * side * _count(images, bands, side, step))
    tiles, parts, places, of_file = [], [], [], []
    for number, (file, image) in enumerate(zip(files, images)):
        for band in bands[number]:
            for top, left in _corners(image, band, side, step):
                tiles.append(image[top : top + side, left : left + side])
                parts.append(band.part)
                places.append(f"row {top:,}, column {left:,} of {file.name}")
                of_file.append(number)
    pixels, levels, width, notes = find_levels(without_colour(np.stack(tiles)), str(path))
    labels, tables = read_labels(path, files) if path.is_dir() else (None, [])
    account = Account(len(files))
    account.remarks = [
        f"{len(tiles):,} tiles of {side} x {side} pixels, cut from {len(files):,} image{'s' * (len(files) > 1)}",
        *notes,
    ]
    account.see("other files", [name for name in ignored if name not in tables])
    own_labels = None if labels is None else labels[of_file]
    settled = np.array(parts) if "test" in parts else None
    return Found(pixels, levels, width, own_labels, account=account, places=places, parts=settled)


def _read_whole(file: Path, side: int) -> np.ndarray:
    """An image (H, W, 3) uint8, upright and on white."""
    with opened(file) as image:
        check_size(image.size, file, SMALLEST)
        deep = depth_of(image) or (image.mode in COLOUR and any(sign in str(image.tile) for sign in DEEP))
        pixels = None if deep else np.asarray(lay_on_white(ImageOps.exif_transpose(image)))
    if pixels is None:
        raise DataError(f"{file} has more than 8 bits, and tiles are cut from 8 bits alone: save it as 8 bits")
    if min(pixels.shape[:2]) < side:
        height, wide = pixels.shape[:2]
        raise DataError(f"{file} is {wide} x {height} pixels, smaller than tiles of {side}: name smaller tiles")
    return pixels


def cut_bands(height: int, side: int) -> list[Band]:
    """Cuts the rows of an image into a band to train, one to validate and one to test; all rows have no part ("") where
    the image is lower than three tiles."""
    if height < 3 * side:
        return [Band(0, height, "")]
    held = max(side, height // BANDS)
    edges = 0, height - 2 * held, height - held, height
    return [Band(*pair, part) for *pair, part in zip(edges, edges[1:], PARTS)]


def _corners(image: np.ndarray, band: Band, side: int, step: int) -> list[tuple[int, int]]:
    """Upper left corners of the tiles of a band. Those that do not train do not overlap."""
    step = step if band.part == "train" else side
    rows, columns = range(band.top, band.bottom - side + 1, step), range(0, image.shape[1] - side + 1, step)
    return [(top, left) for top in rows for left in columns]


def _count(images: list[np.ndarray], bands: list[list[Band]], side: int, step: int) -> int:
    return sum(len(_corners(image, band, side, step)) for image, own in zip(images, bands) for band in own)
