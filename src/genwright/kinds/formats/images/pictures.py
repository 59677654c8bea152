"""Images as they reach the user, the levels that their numbers stand for, and how they are written: a sheet
(.png), arrays (.npz), or a folder of PNG files, there whole or not at all.
"""

import io
from collections.abc import Callable, Sequence
from math import ceil, sqrt
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont, ImageOps

from ....core.errors import DataError
from ....core.files import write_whole, write_whole_folder
from ....core.safe_text import csv_bytes, file_names, folder_name
from ...values.equals import content_keys
from ...values.several_texts import several
from ..forms import say_written, writer_of

LETTER_SIZE, LINE_HEIGHT = 11, 14  # pixels of the letters, and from one line to the next
CAPTION_LINES = 3  # that are shown
SMALLEST, LARGEST = 8, 64  # sides in pixels that models are built for
MOST_NAMED, SIDE_STEP = 256, 4  # the largest side that a person may name, and of what it is a multiple
RESIZED = 32  # the largest side that others are brought to: a training step takes four times as long at 64


class Pictures(np.ndarray):
    """Images (n, H, W, C) uint8 in user levels: 0..255 for most, 0..16 for scikit-learn's digits, 0..1 if binary.

    An ordinary array that also carries `given` ({name: (n,) values by the user's own names}, without those that are
    None), the `seed` it was drawn with, and, after `complete`, the `method` and its `kind`. Slices, masks and index
    arrays along the first axis, and `copy`, keep `given` aligned; anything else that makes a new array leaves it empty.
    """

    given: dict[str, np.ndarray]
    seed: int | None
    method: str | None
    kind: str | None

    def __new__(
        cls, array, given: dict | None = None, seed: int | None = None, method: str | None = None,
        kind: str | None = None,
    ):  # fmt: skip
        out = np.asarray(array).view(cls)
        out.given = {name: np.asarray(values) for name, values in (given or {}).items() if values is not None}
        out.seed, out.method, out.kind = seed, method, kind
        return out

    def __repr__(self) -> str:
        if self.size <= 16:
            return super().__repr__()
        given = f", given {', '.join(map(str, self.given))}" * bool(self.given)
        return f"Pictures {self.shape} {self.dtype}, values {self.min()} to {self.max()}{given}"

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


def stack_pictures(completions: list[Pictures]) -> Pictures:
    """Completions of n images or clips as (draws, n, ...), given (draws, n)."""
    first = completions[0]
    given = {name: np.stack([c.given[name] for c in completions]) for name in first.given}
    return Pictures(np.stack([np.asarray(c) for c in completions]), given, first.seed, first.method, first.kind)


def _picks_items(rows) -> bool:
    if rows is Ellipsis or isinstance(rows, (slice, int, np.integer)):
        return True
    return isinstance(rows, (list, np.ndarray)) and np.ndim(rows) == 1


def require_numbers(items: ArrayLike) -> np.ndarray:
    """Images as an array. Raises DataError for what is no numbers, or has several shapes."""
    try:
        array = np.asarray(items)
    except ValueError:
        raise DataError("the images are of several shapes: pass numbers of one shape") from None
    if array.dtype.kind not in "biuf":
        raise DataError(f"the images hold {array.dtype} values: pass numbers, uint8 or floats in [0, 1]")
    return array


def shape_pictures(array: np.ndarray, what: str) -> np.ndarray:
    """Shapes an array as images. (n, H, W) or (n, H, W, C) -> (n, H, W, C), C 1 or 3; DataError otherwise. what: the
    input's name in messages."""
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
            remedy = f"divide by the largest level, e.g. x / {max(high, 1):g}"
            if low < 0:
                remedy = "use (x + 1) / 2" if low >= -1 and high <= 1 else "use (x - x.min()) / (x.max() - x.min())"
            raise DataError(
                f"{what} holds floats from {low:g} to {high:g}, and images are floats in [0, 1] or uint8. For such, "
                f"{remedy}, or name the values of black and white with --range {low:g} {high:g} (range=)"
            )
    elif low < 0 or high > 255:
        raise DataError(
            f"{what} holds whole numbers from {low} to {high}: images are uint8, 0 to 255, or floats in [0, 1]"
        )
    pixels = array.astype(np.uint8, copy=False)
    if high <= 1:
        return pixels, 2, 1, []
    step = int(np.gcd.reduce([np.gcd.reduce(np.unique(image)) for image in pixels]))
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
    """Computes a hash (n,) uint64 of each image's shape and values."""
    shape = str(pictures.shape[1:]).encode()
    return content_keys(shape + picture.tobytes() for picture in pictures)


SHEET_SIDE = 64  # pixels: a sheet enlarges smaller images by a whole factor up to about this side
SEPARATOR = 2  # pixels between the images of a sheet
GREY = 160
ROOM = "formats.images."  # of writers


def write_pictures(
    items, path: Path, levels: int, width: int, names: Sequence[str] = (), brightness: Sequence[float] | None = None
) -> Path:
    """Write (n, H, W, C) or draws (m, n, H, W, C) in user levels, or floats in [0, 1]. Returns what was written. names:
    of the files of a folder, by default numbers. brightness: the values that levels 0 and 255 stand for."""
    array, given = np.asarray(items), getattr(items, "given", {})
    if not path.suffix:
        return _write_folder(array, given, path, levels, width, names)
    write = writer_of(path, ROOM)
    if write is None:
        raise DataError(
            f"{path} has a suffix that images cannot be written as: use {say_written(ROOM)}, or name a folder"
        )
    buffer = io.BytesIO()
    write(buffer, array, given, levels, width, brightness)
    return write_whole(path, buffer.getvalue())


def write_sheet(file: BinaryIO, array: np.ndarray, given: dict, levels: int, width: int, brightness: object) -> None:
    captions = given["caption"][0] if array.ndim == 5 and "caption" in given else ()
    Image.fromarray(sheet(to_pixels(array, levels, width), captions)).save(file, "PNG")


def write_pages(file: BinaryIO, array: np.ndarray, given: dict, levels: int, width: int, brightness: object) -> None:
    """Writes images as a TIFF, a page an image, without their conditions."""
    pixels = to_pixels(array, levels, width).reshape(-1, *array.shape[-3:])
    first, *others = (Image.fromarray(page.squeeze(-1) if page.shape[-1] == 1 else page) for page in pixels)
    first.save(file, "TIFF", save_all=True, append_images=others)


def write_arrays(
    file: BinaryIO, array: np.ndarray, given: dict, levels: int, width: int, brightness: Sequence[float] | None
) -> None:
    told = {name: plain_values(values) for name, values in given.items()}
    told |= {} if brightness is None else {"range": np.array(brightness)}
    np.savez_compressed(file, x=array, levels=levels, **told)


def to_pixels(array: np.ndarray, levels: int, width: int) -> np.ndarray:
    """User levels, or floats in [0, 1], as 0 to 255."""
    share = array if array.dtype.kind == "f" else array / (width * (levels - 1))
    return np.rint(share.clip(0, 1) * 255).astype(np.uint8)


def sheet(pixels: np.ndarray, captions: Sequence[str | None] = ()) -> np.ndarray:
    """Joins images to a sheet. (n, H, W, C) -> one image, nearly square; (m, n, H, W, C) -> a row for each item, its m
    draws side by side. captions: a text above each row."""
    if pixels.ndim == 5:
        columns = len(pixels)
        pixels = pixels.swapaxes(0, 1).reshape(-1, *pixels.shape[2:])
    else:
        columns = ceil(sqrt(len(pixels)))
    scale = max(1, SHEET_SIDE // max(pixels.shape[1:3]))
    pixels = pixels.repeat(scale, 1).repeat(scale, 2)
    n, height, width, channels = pixels.shape
    rows, across = ceil(n / columns), width + SEPARATOR
    font = ImageFont.load_default(LETTER_SIZE)
    texts = [wrap_caption(caption or "", lambda text: font.getlength(text) <= columns * across) for caption in captions]
    above = max(map(len, texts), default=0) * LINE_HEIGHT
    down = above + height + SEPARATOR
    page = np.full((rows * down + SEPARATOR, columns * across + SEPARATOR, channels), GREY, np.uint8)
    for i, picture in enumerate(pixels):
        top, left = SEPARATOR + i // columns * down + above, SEPARATOR + i % columns * across
        page[top : top + height, left : left + width] = picture
    image = Image.fromarray(page.squeeze(-1) if channels == 1 else page)
    pen = ImageDraw.Draw(image)
    for i, lines in enumerate(texts):
        pen.multiline_text(
            (SEPARATOR, i * down + above - len(lines) * LINE_HEIGHT),
            "\n".join(lines),
            "black",
            font,
            spacing=LINE_HEIGHT - LETTER_SIZE,
        )
    return np.asarray(image)


def _write_folder(array: np.ndarray, given: dict, path: Path, levels: int, width: int, names: Sequence[str]) -> Path:
    labels, captions = given.get("label"), given.get("caption")
    pixels = to_pixels(array, levels, width)
    beside = {name: to_pixels(other, levels, width) for name, other in given.items() if other.shape == array.shape}
    if array.ndim == 5:
        labels, captions = (None if told is None else told.reshape(-1) for told in (labels, captions))
        pixels, *others = (x.reshape(-1, *array.shape[2:]) for x in (pixels, *beside.values()))
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
                *((_path_of_image(files[-1], key), other) for key, other in beside.items()),
            ]:
                Image.fromarray(shown[i].squeeze(-1) if shown.shape[-1] == 1 else shown[i]).save(file)
        if captions is None and not beside:
            return
        rows = []
        for file, caption in zip(files, [None] * len(files) if captions is None else captions):
            told = [
                image.relative_to(place).as_posix() for image in (file, *(_path_of_image(file, key) for key in beside))
            ]
            rows += [(told[0], text, *told[1:]) for text in several(caption) or (None,)]
        table = pd.DataFrame(rows, columns=["file_name", "text", *beside])
        table = table.drop(columns="text") if captions is None else table
        (place / "metadata.csv").write_bytes(csv_bytes(table))

    return write_whole_folder(path, fill)


def _path_of_image(file: Path, name: str) -> Path:
    """Path of another image, called `name`, that belongs to the image in `file`."""
    return file.with_name(f"{file.stem}-{folder_name(name)}{file.suffix}")


def plain_values(values: np.ndarray) -> np.ndarray:
    """An array that needs no pickle: mixed objects become text, None an empty one. If any item has several texts, each
    item becomes a row of texts."""
    if values.dtype != object:
        return values
    most = max((len(several(value)) for value in values.flat if isinstance(value, str)), default=1)
    if most > 1:
        rows = [[*several(value), *[""] * most][:most] for value in values.flat]
        return np.array(rows).reshape(*values.shape, most)
    return np.where(np.equal(values, None), "", values).astype(str)


def wrap_caption(text: str, fits: Callable[[str], bool]) -> list[str]:
    """A text in at most CAPTION_LINES lines that fit; the last says where more is left out. Long words are cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if not lines[-1] or fits(longer) else [*lines, word]
    shown = [line if fits(line) else _cut_line(line, fits) for line in lines[:CAPTION_LINES]]
    return [*shown[:-1], _cut_line(shown[-1], fits)] if len(lines) > CAPTION_LINES else shown


def _cut_line(line: str, fits: Callable[[str], bool]) -> str:
    while line and not fits(f"{line}..."):
        line = line[:-1]
    return f"{line}..."
