"""Images into files: a sheet (.png), arrays (.npz), or a folder of PNG files; there whole or not at all."""

import io
from collections.abc import Sequence
from math import ceil, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from ...core.errors import DataError
from ...core.files import write_whole, write_whole_folder
from ...core.folder_names import file_names, folder_name
from ...core.formulas import csv_bytes
from ...core.wrapped_text import LINE, SIZE, wrap
from ..fields.several_texts import several

SHEET_SIDE = 64  # pixels: a sheet enlarges smaller images by a whole factor up to about this side
SEPARATOR = 2  # pixels between the images of a sheet
GREY = 160


def write_pictures(items, path: Path, levels: int, width: int, names: Sequence[str] = ()) -> Path:
    """Write (n, H, W, C) or draws (m, n, H, W, C) in user levels, or floats in [0, 1]. Returns what was written. names:
    of the files of a folder, by default numbers."""
    array, given = np.asarray(items), getattr(items, "given", {})
    kind = path.suffix.lower()
    if kind not in (".png", ".npz", ""):
        raise DataError(
            f"{path} has a suffix that images cannot be written as: use .png, .npz, or a folder without a suffix"
        )
    if kind == "":
        return _write_folder(array, given, path, levels, width, names)
    buffer = io.BytesIO()
    if kind == ".png":
        captions = given["caption"][0] if array.ndim == 5 and "caption" in given else ()
        Image.fromarray(sheet(to_pixels(array, levels, width), captions)).save(buffer, "PNG")
    else:
        told = {name: _plain(values) for name, values in given.items()}
        np.savez_compressed(buffer, x=array, levels=levels, **told)
    return write_whole(path, buffer.getvalue())


def to_pixels(array: np.ndarray, levels: int, width: int) -> np.ndarray:
    """User levels, or floats in [0, 1], as 0 to 255."""
    share = array if array.dtype.kind == "f" else array / (width * (levels - 1))
    return np.rint(share.clip(0, 1) * 255).astype(np.uint8)


def sheet(pixels: np.ndarray, captions: Sequence[str | None] = ()) -> np.ndarray:
    """(n, H, W, C) -> one image, nearly square; (m, n, H, W, C) -> a row for each item, its m draws side by side.
    captions: a text above each row."""
    if pixels.ndim == 5:
        columns = len(pixels)
        pixels = pixels.swapaxes(0, 1).reshape(-1, *pixels.shape[2:])
    else:
        columns = ceil(sqrt(len(pixels)))
    scale = max(1, SHEET_SIDE // max(pixels.shape[1:3]))
    pixels = pixels.repeat(scale, 1).repeat(scale, 2)
    n, height, width, channels = pixels.shape
    rows, across = ceil(n / columns), width + SEPARATOR
    font = ImageFont.load_default(SIZE)
    texts = [wrap(caption or "", lambda text: font.getlength(text) <= columns * across) for caption in captions]
    above = max(map(len, texts), default=0) * LINE
    down = above + height + SEPARATOR
    page = np.full((rows * down + SEPARATOR, columns * across + SEPARATOR, channels), GREY, np.uint8)
    for i, picture in enumerate(pixels):
        top, left = SEPARATOR + i // columns * down + above, SEPARATOR + i % columns * across
        page[top : top + height, left : left + width] = picture
    image = Image.fromarray(page.squeeze(-1) if channels == 1 else page)
    pen = ImageDraw.Draw(image)
    for i, lines in enumerate(texts):
        pen.multiline_text(
            (SEPARATOR, i * down + above - len(lines) * LINE), "\n".join(lines), "black", font, spacing=LINE - SIZE
        )
    return np.asarray(image)


def _write_folder(array: np.ndarray, given: dict, path: Path, levels: int, width: int, names: Sequence[str]) -> Path:
    labels, captions = given.get("label"), given.get("caption")
    pixels = to_pixels(array, levels, width)
    beside = {name: to_pixels(found, levels, width) for name, found in given.items() if found.shape == array.shape}
    if array.ndim == 5:
        labels, captions = (None if told is None else told.reshape(-1) for told in (labels, captions))
        pixels, *others = (found.reshape(-1, *array.shape[2:]) for found in (pixels, *beside.values()))
        beside = dict(zip(beside, others))

    called = file_names(names, len(pixels), ".png")

    def fill(place: Path) -> None:
        files = []
        for i, name in enumerate(called):
            folder = place if labels is None or len(names) == len(pixels) else place / folder_name(labels[i])
            files.append(folder / name)
            files[-1].parent.mkdir(parents=True, exist_ok=True)
            for file, shown in [
                (files[-1], pixels),
                *((_path_of_image(files[-1], key), found) for key, found in beside.items()),
            ]:
                Image.fromarray(shown[i].squeeze(-1) if shown.shape[-1] == 1 else shown[i]).save(file)
        if captions is None and not beside:
            return
        rows = []
        for file, caption in zip(files, [None] * len(files) if captions is None else captions):
            told = [
                found.relative_to(place).as_posix() for found in (file, *(_path_of_image(file, key) for key in beside))
            ]
            rows += [(told[0], text, *told[1:]) for text in several(caption) or (None,)]
        table = pd.DataFrame(rows, columns=["file_name", "text", *beside])
        table = table.drop(columns="text") if captions is None else table
        (place / "metadata.csv").write_bytes(csv_bytes(table))

    return write_whole_folder(path, fill)


def _path_of_image(file: Path, name: str) -> Path:
    """Path of another image, called `name`, that belongs to the image in `file`."""
    return file.with_name(f"{file.stem}-{folder_name(name)}{file.suffix}")


def _plain(values: np.ndarray) -> np.ndarray:
    """An array that needs no pickle: mixed objects become text, None an empty one. If any item has several texts, each
    item becomes a row of texts."""
    if values.dtype != object:
        return values
    most = max((len(several(value)) for value in values.flat if isinstance(value, str)), default=1)
    if most > 1:
        rows = [[*several(value), *[""] * most][:most] for value in values.flat]
        return np.array(rows).reshape(*values.shape, most)
    return np.where(np.equal(values, None), "", values).astype(str)
