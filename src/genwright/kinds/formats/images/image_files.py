"""One file of images: opened by Pillow, or by a library that knows a format which Pillow does not; its pages; and each
page upright, on white, brought to one side. What a file says of its size is looked at before any pixel is decoded.
"""

import io
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from ....core.errors import DataError
from ....core.limits import MOST_PIXELS, open_plain
from ..folders import Damaged, list_files
from ..forms import HEAD, IMAGE_FORMS, form_by_content, suffixes_of
from ..parsing import parsing
from .file_ends import require_end
from .pictures import SMALLEST, fit_size

SUFFIXES, LISTED = suffixes_of("formats.images.image_files"), 6
CALLED = f"{', '.join(form.called for form in IMAGE_FORMS[:LISTED])} and {len(IMAGE_FORMS) - LISTED} more forms"
OPAQUE = 250  # least alpha of 255 for a known pixel
WHITE = 65_535.0  # of 16 bits
HOST = "L" if sys.byteorder == "big" else "B"  # the order that this machine does not have
OTHER_ORDER = {f"{mode};16{a}": f"{mode};16{b}" for mode in ("RGB", "RGBA") for a, b in ("BL", "LB", ("N", HOST))}
GREY_AND_ALPHA = "LA;16B"
COLOUR, DEEP = ("RGB", "RGBA", "LA"), (";16", "65535")  # modes, and what their tiles say of 16 bits in the file
BITS = {"F": "fractions or 32 bits", "I": "up to 32 bits"}  # of modes of Pillow; the others of I have 16


class Decoded(NamedTuple):
    """One page of a file, upright and on white, brought to one side.

    pixels: (side, side, 3) uint8; of more than 8 bits (side, side, 1 or 3) float32, not on white yet.
    opaque: (side, side) bool, False where the file is transparent.
    size: its width and height.
    several: whether the file has other pages, of which this is the first.
    bits: how deep it is, in words, "" of 8 bits.
    negative: whether its largest value is black.
    shallow: whether its colours have 16 bits, of which only 8 are read.
    alpha: (side, side, 1) float32, 0 where a page of more than 8 bits is transparent; None where it is opaque.
    """

    pixels: np.ndarray
    opaque: np.ndarray
    size: tuple[int, int]
    several: bool = False
    bits: str = ""
    negative: bool = False
    shallow: bool = False
    alpha: np.ndarray | None = None


def read_size(file: Path, least: int = SMALLEST) -> tuple[int, int]:
    """Width and height from the header, before anything is decoded; `least` is the smallest that can be used."""
    with opened(file) as image:
        return check_size(image.size, file, least)


def check_size(size: tuple[int, int], file: Path, least: int) -> tuple[int, int]:
    """Width and height as they are. Raises DataError for what is too large or too small."""
    width, height = size
    if width * height > MOST_PIXELS:
        raise DataError(
            f"{file} has {width * height / 1e6:.0f} megapixels, more than {MOST_PIXELS // 10**6}: make it smaller"
        )
    if min(width, height) < least:
        raise DataError(f"{file} is {width} x {height} pixels, and each side needs at least {least}: remove the file")
    return width, height


@contextmanager
def opened(file: Path) -> Iterator[Image.Image]:
    """Raises Damaged, naming the file, for what goes wrong while it is open: its header, its text, its pixels; and
    DataError where a package is missing."""
    with open_plain(file) as raw, parsing(file, "repair or remove it", Damaged):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MOST_PIXELS is stricter
                image = _open(raw, file)
        except Image.DecompressionBombError as error:
            raise DataError(f"{file} has more than {MOST_PIXELS // 10**6} megapixels: make it smaller") from error
        except UnidentifiedImageError as error:
            raise Damaged(f"{file} is no image ({CALLED}), or is cut short: repair or remove it") from error
        with image:
            yield image


def _open(raw: BinaryIO, file: Path) -> Image.Image:
    start = raw.peek(HEAD)[:HEAD]
    form = next((form for form in IMAGE_FORMS if form.begin and form.begins(start)), None)
    if form is None:
        return open_by_pillow(raw, file)
    form.require(file)
    return form.function()(raw, file)


def open_by_pillow(raw: BinaryIO, file: Path) -> Image.Image:
    """Opens an image. By its content; a format whose first bytes say little is tried on files of its own suffix
    alone."""
    forms = [
        form.name for form in IMAGE_FORMS if form.name and (form.begin or file.name.lower().endswith(form.suffixes))
    ]
    image = Image.open(raw, formats=forms)
    require_end(raw, image.format, file)
    return image


def open_heic(raw: BinaryIO, file: Path) -> Image.Image:
    from pillow_heif.as_plugin import HeifImageFile

    return HeifImageFile(raw, str(file))


def open_dicom(raw: BinaryIO, file: Path) -> Image.Image:
    from .dicom import DicomImage

    return DicomImage(raw, str(file))


def list_images(root: Path, suffixes: tuple[str, ...] = SUFFIXES) -> tuple[list[Path], list[str]]:
    """Image files below a folder, in order, and where the others lie in it; where there are none, files of DICOM, which
    scanners often write without a suffix. suffixes: of the files that count."""
    files, others = list_files(root, suffixes)
    if not files and (files := [root / name for name in others if _is_dicom(root / name)]):
        others = [name for name in others if root / name not in files]
    return files, others


def _is_dicom(file: Path) -> bool:
    if not file.is_file() or file.is_symlink():
        return False
    with open_plain(file) as raw:
        form = form_by_content(raw.read(HEAD), texts=False)
    return form is not None and form.reader == IMAGE_FORMS[-1].reader


def count_pages(image: Image.Image) -> int:
    return getattr(image, "n_frames", 1) if has_pages(image) else 1


def has_pages(image: Image.Image) -> bool:
    """Whether an open file has more than one page, of which it then is at the second."""
    if image.format == "MPO":  # from a telephone: one image, and notes of its maker
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image.seek(1)
    except EOFError:
        return False
    except Image.DecompressionBombError:  # it is not decoded
        return True
    return True


def decode(file: Path, side: int, least: int = SMALLEST) -> Decoded:
    """The first page of a file."""
    with opened(file) as image:
        return decode_page(image, file, side, least)._replace(several=has_pages(image))


def decode_page(image: Image.Image, file: Path, side: int, least: int) -> Decoded:
    """The page that an open file is at. Raises DataError for one that is too large or too small."""
    size = check_size(image.size, file, least)
    shallow = image.mode in COLOUR and any(sign in str(image.tile) for sign in DEEP)  # gone once it is decoded
    low = _low_bytes(image) if shallow else None
    image.draft(None, (4 * side, 4 * side))  # a JPEG is decoded at a fraction of its size where that is enough
    image.load()
    upright = ImageOps.exif_transpose(image)
    if image.getexif().get(ExifTags.Base.Orientation, 1) > 4:  # it was turned by a quarter
        size = size[::-1]
    bits, alpha = depth_of(image), None
    if low is not None:
        bits, shallow = "16 bits a colour", False
        pixels, alpha = _deep_colours(upright, ImageOps.exif_transpose(low), side)
    elif bits:
        pixels, alpha = _deep_greys(upright, side)
    else:
        pixels = np.asarray(fit_size(lay_on_white(upright), side, side))
    if bits and not np.isfinite(pixels).all():
        raise Damaged(f"{file} holds NaN or infinite values: repair or remove it")
    opaque = _opaque(upright, side) if alpha is None else alpha[..., 0] >= OPAQUE / 255
    negative = bool(image.info.get("negative"))
    return Decoded(pixels, opaque, size, False, bits, negative, shallow, alpha)


def _low_bytes(image: Image.Image) -> Image.Image | None:
    """The lower bytes of the 16-bit colours of an open page, as an image; None where Pillow cannot tell them. Its
    decoders take the higher byte of each two, and told of the other order of bytes, the lower one."""
    codec, box, offset, told = image.tile[0]
    order, *others = (told,) if isinstance(told, str) else told
    if len(image.tile) != 1 or order not in (*OTHER_ORDER, GREY_AND_ALPHA):
        return None
    here = image.fp.tell()
    image.fp.seek(0)
    again = type(image)(io.BytesIO(image.fp.read()))
    image.fp.seek(here)
    again.seek(image.tell())
    other = OTHER_ORDER.get(order, "RGBA")
    again.tile = [(codec, box, offset, other if isinstance(told, str) else (other, *others))]
    again.load()
    if order == GREY_AND_ALPHA:  # its four bytes are both of grey, and both of alpha
        _, grey, _, alpha = again.split()
        return Image.merge("RGBA", (grey, grey, grey, alpha))
    return again


def _deep_colours(high: Image.Image, low: Image.Image, side: int) -> tuple[np.ndarray, np.ndarray | None]:
    """(side, side, 3) float32, 0 to 65,535, and their alpha. high, low: the two bytes of its colours."""
    values = 256 * np.asarray(high, np.float32) + np.asarray(low, np.float32)
    return _fit_deep(values[..., :3], values[..., 3:] / WHITE if values.shape[2] > 3 else None, side)


def _deep_greys(image: Image.Image, side: int) -> tuple[np.ndarray, np.ndarray | None]:
    """(side, side, 1) float32, and their alpha: one value may stand for what is transparent."""
    greys, through = image.convert("F"), image.info.get("transparency")
    if not isinstance(through, int):  # without an array of all its pixels: it would take their memory twice
        return np.asarray(fit_size(greys, side, side))[..., None], None
    values = np.asarray(greys)[..., None]
    return _fit_deep(values, (values != through).astype(np.float32), side)


def _fit_deep(values: np.ndarray, alpha: np.ndarray | None, side: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Values (H, W, C) and alpha (H, W, 1), or None, brought to a side. What is transparent has no part in colours."""
    fit = lambda part: np.stack([_fit_plane(part[..., k], side) for k in range(part.shape[2])], -1)
    if alpha is None or alpha.min() == 1:
        return fit(values), None
    share = fit(alpha).clip(0, 1)
    colours = fit(alpha * values) / np.maximum(share, 1 / WHITE)
    return colours.clip(values.min(), values.max()), share


def _fit_plane(values: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(fit_size(Image.fromarray(np.ascontiguousarray(values)), side, side))


def depth_of(image: Image.Image) -> str:
    """How many bits an open image has, in words, "" of 8 bits."""
    if not (image.mode == "F" or image.mode.startswith("I")):
        return ""
    return image.info.get("depth") or BITS.get(image.mode, "16 bits")


def _opaque(image: Image.Image, side: int) -> np.ndarray:
    if not image.has_transparency_data:
        return np.ones((side, side), bool)
    return np.asarray(fit_size(image.convert("RGBA").getchannel("A"), side, side)) >= OPAQUE


def lay_on_white(image: Image.Image) -> Image.Image:
    """RGB, on white where it is transparent."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")
