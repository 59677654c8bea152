"""Pictures into files: a sheet (.png), arrays (.npz), or a folder of PNG files; there whole or not at all."""

from __future__ import annotations

import csv
import io
import re
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image

from ..core.errors import DataError
from ..core.files import require_new_folder, write_whole, write_whole_folder

SEEN = 64  # pixels: a sheet enlarges smaller pictures by a whole factor up to about this side
SEPARATOR = 2  # pixels between the pictures of a sheet
GREY = 160


def write_pictures(items, path: Path, levels: int, width: int) -> Path:
    """Write (n, H, W, C) or draws (m, n, H, W, C) in user levels, or floats in [0, 1]. Returns what was written."""
    array, given = np.asarray(items), getattr(items, "given", {})
    kind = path.suffix.lower()
    if kind not in (".png", ".npz", ""):
        raise DataError(
            f"{path} has a suffix that pictures cannot be written as: use .png, .npz, or a folder without a suffix"
        )
    if kind == "":
        return _write_folder(array, given, path, levels, width)
    buffer = io.BytesIO()
    if kind == ".png":
        Image.fromarray(sheet(to_pixels(array, levels, width))).save(buffer, "PNG")
    else:
        missing = {"caption": ""}
        told = {name: _plain(values, missing.get(name)) for name, values in given.items()}
        np.savez_compressed(buffer, x=array, levels=levels, **told)
    return write_whole(path, buffer.getvalue())


def to_pixels(array: np.ndarray, levels: int, width: int) -> np.ndarray:
    """User levels, or floats in [0, 1], as 0 to 255."""
    share = array if array.dtype.kind == "f" else array / (width * (levels - 1))
    return np.rint(share.clip(0, 1) * 255).astype(np.uint8)


def sheet(pixels: np.ndarray) -> np.ndarray:
    """(n, H, W, C) -> one picture, nearly square; (m, n, H, W, C) -> a row for each item, its m draws side by side."""
    if pixels.ndim == 5:
        columns = len(pixels)
        pixels = pixels.swapaxes(0, 1).reshape(-1, *pixels.shape[2:])
    else:
        columns = ceil(sqrt(len(pixels)))
    scale = max(1, SEEN // max(pixels.shape[1:3]))
    pixels = pixels.repeat(scale, 1).repeat(scale, 2)
    n, height, width, channels = pixels.shape
    rows = ceil(n / columns)
    down, across = height + SEPARATOR, width + SEPARATOR
    page = np.full((rows * down + SEPARATOR, columns * across + SEPARATOR, channels), GREY, np.uint8)
    for i, picture in enumerate(pixels):
        top, left = SEPARATOR + i // columns * down, SEPARATOR + i % columns * across
        page[top : top + height, left : left + width] = picture
    return page.squeeze(-1) if channels == 1 else page


def _write_folder(array: np.ndarray, given: dict, path: Path, levels: int, width: int) -> Path:
    require_new_folder(path)
    labels, captions = given.get("label"), given.get("caption")
    pixels = to_pixels(array, levels, width)
    if array.ndim == 5:
        labels, captions = (None if told is None else told.reshape(-1) for told in (labels, captions))
        pixels = pixels.reshape(-1, *pixels.shape[2:])

    def fill(place: Path) -> None:
        files = []
        for i, picture in enumerate(pixels):
            folder = place if labels is None else place / re.sub(r"[^\w .-]", "_", str(labels[i])).strip(". ")
            folder.mkdir(exist_ok=True)
            files.append(folder / f"{i:05d}.png")
            Image.fromarray(picture.squeeze(-1) if picture.shape[-1] == 1 else picture).save(files[-1])
        if captions is not None:
            with open(place / "metadata.csv", "w", newline="", encoding="utf-8") as table:
                rows = [(file.relative_to(place).as_posix(), text) for file, text in zip(files, captions)]
                csv.writer(table).writerows([("file_name", "text"), *rows])

    return write_whole_folder(path, fill)


def _plain(values: np.ndarray, missing: str | None) -> np.ndarray:
    """An array that needs no pickle: mixed objects become text, None what stands for it."""
    return np.where(np.equal(values, None), missing, values).astype(str) if values.dtype == object else values
