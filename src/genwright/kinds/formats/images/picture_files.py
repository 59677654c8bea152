"""Folders of image files, and .npy / .npz arrays, as images of one size."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from ....core.account import Account
from ....core.domain import Question, ask_each
from ....core.errors import DataError
from ....core.limits import require_size
from ....core.patience import with_progress
from ....core.spec import Spec
from ...values.masks import as_mask
from ..folders import Broken, describe_deeper, list_files, places_below, read_labels
from ..forms import why_unread
from ..numpy_arrays import read_arrays
from ..raw import Numbered, Read
from .caption_files import CAPTION_SUFFIXES, check_captions, read_captions
from .depth import ValueRange, is_deep
from .image_files import (
    CALLED,
    SUFFIXES,
    check_size,
    count_pages,
    decode,
    decode_page,
    has_pages,
    list_images,
    opened,
    read_size,
)
from .pictures import (
    LARGEST,
    MOST_NAMED,
    RESIZED,
    SIDE_STEP,
    SMALLEST,
    Pictures,
    find_levels,
    fit_size,
    shape_pictures,
    to_pixels,
)
from .questions import ask_side
from .squares import Page, Squares, decode_files, on_white, raise_damage, without_colour

LIGHT = 128  # least value of 255 in a mask for a known pixel
PAGE = 64 * 64 * 3  # bytes of a page of a file, at most, until its size is read
KEYS = {
    "x": ("x", "x_train", "images", "pictures", "data", "arr_0"),
    "y": ("y", "y_train", "labels", "label", "target", "arr_1"),
    "caption": ("caption", "captions"),
}


class PictureReading(Protocol):
    """The part of a domain of images that reading for its models needs."""

    size: tuple[int, int, int]
    brightness: ValueRange | None
    spec: Spec
    captions: object
    given_images: Sequence[str]
    fields: Mapping[str, object]

    def from_pixels(self, pixels: np.ndarray) -> np.ndarray: ...


@dataclass
class Found:
    """Images (n, H, W, C) uint8 in user levels, their labels and captions, (n,) or None, an account, the
    places of their files, {name: images (n, H, W, C)} that they carry beside them, the values of black and white,
    where they have more than 8 bits, questions about them, and the part of each, (n,) as of `Raw`, where it is
    settled."""

    pictures: np.ndarray
    levels: int
    width: int
    labels: np.ndarray | None = None
    captions: np.ndarray | None = None
    account: Account = field(default_factory=Account)
    places: list[str] = field(default_factory=list)
    beside: dict[str, np.ndarray] = field(default_factory=dict)
    brightness: ValueRange | None = None
    answers: np.ndarray | None = None
    questions: list[Question] = field(default_factory=list)
    parts: np.ndarray | None = None


def read_folder(
    root: Path, beside: Sequence[str] = (), rates: Mapping[str, float] | None = None,
    brightness: ValueRange | None = None, side: int | None = None,
) -> Found:  # fmt: skip
    """A folder of image files (see `image_files`); sub-folders are labels, deeper ones belong to the label above them,
    with a remark, and captions stand in a file beside them (see `caption_files`). beside: columns of that file that
    name other images of the folder; then the images that have one of each are read, and the others are counted. rates:
    of columns of captions, as of `read_captions`. brightness: the values of black and white, where files have more
    than 8 bits. side: of the squares, in pixels, where a person names it.

    Every image is turned upright (EXIF) and laid on white where it is transparent, with a count of those. Squares of
    one size up to 64 pixels stay as they are. Others are brought to one square, centre-cropped: of the side that is
    named, else of the median shorter side, at most 32 pixels. Grey unless any image has colour. Only the first of
    several frames or pages is read, with a note of how many files have several. Files of other kinds and links that
    lead out of the folder are ignored and counted. Up to 5% of damaged files are skipped, with a warning that names the
    first. Raises DataError, naming the file, for more of them, and for images that are too small or too large.
    """
    files, ignored = list_images(root)
    if not files and (tables := [name for name in ignored if name.lower().endswith((".csv", ".tsv"))]):
        raise DataError(
            f"{root} holds tables, such as {tables[0]}: name one of them, or add --kind graph-sets (kind=) if each is "
            "the edge list of a graph"
        )
    if not files:
        count = Counter(Path(name).suffix or "without a suffix" for name in ignored).most_common(1)
        there = f" but {count[0][1]:,} files {count[0][0]}" if count else ""
        raise DataError(
            why_unread(root, ignored)
            or f"{root} holds nothing that is read{there}. Images are {CALLED}: put them there, one sub-folder for "
            "each label if there are labels"
        )
    broken, count = Broken(root, len(files)), len(files)
    sizes = {file: size for file in files if (size := broken.unless(read_size, file)) is not None}  # width, height
    both_sides = np.array(list(sizes.values()))
    named_side, side = side, agreed_side(both_sides, side, str(root))
    squares, files = Squares(str(root), len(sizes), side), []
    for file, page in zip(sizes, decode_files(list(sizes), side)):
        if (decoded := broken.unless(raise_damage, page)) is not None:
            files.append(file)
            squares.add(decoded)
    pixels, brightness, deep = squares.level(brightness)
    account = Account(count)
    account.remarks = [*_notes(squares.pages, side), *deep, *on_white(squares.opaque)]
    questions = ask_each([ask_side], both_sides, side, named_side, files)
    broken.report(account)
    told = read_captions(root, files, list_files(root, CAPTION_SUFFIXES)[0], beside, rates)
    captions, numbers, account = told.captions, told.beside, account + told.account
    pictures, levels, width, more = find_levels(without_colour(pixels), str(root))
    kept, lacking = _find_complete(numbers, len(files), account)
    files = [files[i] for i in kept]
    others = {name: pictures[which[kept]] for name, which in numbers.items()}
    (labels, tables), captions = read_labels(root, files), None if captions is None else captions[kept]
    account.see("other files", [name for name in ignored if name not in (*told.files, *tables)])
    answers = None if told.answers is None else told.answers[kept]
    places, pictures = places_below(root, files), np.ascontiguousarray(pictures[kept] if lacking else pictures)
    account.remarks += [*more, *describe_deeper(root, files)]
    return Found(pictures, levels, width, labels, captions, account, places, others, brightness, answers, questions)


def is_stack(path: Path) -> bool:
    """Whether it is one file of several images. Raises DataError where it cannot be read."""
    if path.is_dir() or not path.name.lower().endswith(SUFFIXES):
        return False
    with opened(path) as image:
        return has_pages(image)


def read_stack(path: Path, brightness: ValueRange | None = None, side: int | None = None) -> Found:
    """The pages, or frames, of one file, brought to one square and to one depth as files of a folder are."""
    squares, own_side, sizes = _decode_pages(path, named_side=side)
    pixels, brightness, deep = squares.level(brightness)
    account = Account(len(pixels))
    account.remarks = [*_notes(squares.pages, own_side), *deep, *on_white(squares.opaque)]
    pictures, levels, width, more = find_levels(without_colour(pixels), str(path))
    account.remarks += more
    return Found(
        np.ascontiguousarray(pictures), levels, width, account=account, places=_name_pages(path, len(pixels)),
        brightness=brightness, questions=ask_each([ask_side], sizes, own_side, side),
    )  # fmt: skip


def _name_pages(path: Path, count: int) -> list[str]:
    return [f"page {number} of {path.name}" for number in range(1, count + 1)]


def _decode_pages(
    path: Path, side: int | None = None, least: int = SMALLEST, named_side: int | None = None
) -> tuple[Squares, int, np.ndarray]:
    """Every page of a file, brought to a side, with that side and the sizes (n, 2) of the pages.

    Args:
        side: of a model, whose pages may have any size; None where the pages decide.
        named_side: the side that a person names.
    """
    with opened(path) as image:
        count, sizes = count_pages(image), []
        require_size(path, PAGE * count)
        for number in range(count if side is None else 0):
            image.seek(number)
            sizes.append(check_size(image.size, path, least))
        side = side or agreed_side(np.array(sizes), named_side, str(path))
        squares = Squares(str(path), count, side)
        for number in with_progress(range(count), "reading pages"):
            image.seek(number)
            squares.add(decode_page(image, path, side, least))
    return squares, side, np.array(sizes)


def _find_complete(numbers: dict[str, np.ndarray], n: int, account: Account) -> tuple[np.ndarray, int]:
    """Numbers of the images that have another in each column, and how many have none, which the account is told.
    numbers: {column: (n,) the number of the other image, -1 for none}."""
    kept = np.flatnonzero(np.all([np.ones(n, bool), *(which >= 0 for which in numbers.values())], 0))
    lacking, names = n - len(kept), " or ".join(map(repr, numbers))
    account.leave_out(lacking, "image", f"without {names}")
    return kept, lacking


def read_array(
    x: np.ndarray, what: str, labels=None, levels: int | None = None, brightness: ValueRange | None = None,
    side: int | None = None,
) -> Found:  # fmt: skip
    """An array of images (n, H, W) or (n, H, W, C). levels: for uint8 arrays that say how many levels they have.
    brightness: the values of black and white, which are found in whole numbers beyond 0 to 255. side: of the squares
    that they become, where a person names it."""
    x, deep = shape_pictures(np.asarray(x), what), []
    if brightness is not None or is_deep(x):
        own = brightness or ValueRange.fit(x)
        deep = [own.describe(f"{x.dtype} values", brightness is not None)]
        x, brightness = own.levels(x), own
    if levels is None:
        pictures, levels, width, notes = find_levels(x, what)
    else:
        pictures, width, notes = _checked_levels(x, levels, what), 1, []
    height, wide = pictures.shape[1:3]
    size = np.array([[wide, height]])
    own_side = agreed_side(size, side, what)
    if (height, wide) != (own_side, own_side):
        pixels = np.rint(pictures.astype(np.float32) / width * (255 / (levels - 1))).astype(np.uint8)
        images = (Image.fromarray(p.squeeze(-1) if p.shape[-1] == 1 else p) for p in pixels)
        small = [np.asarray(fit_size(image, own_side, own_side)) for image in images]
        pictures, levels, width, _ = find_levels(np.stack(small).reshape(len(pixels), own_side, own_side, -1), what)
        notes.append(f"resized{_say_crop(size)} from {height} x {wide} to {own_side} x {own_side}")
    labels = None if labels is None else np.asarray(labels)
    account = Account(remarks=deep + notes)
    return Found(
        np.ascontiguousarray(pictures), levels, width, labels, None, account, brightness=brightness,
        questions=ask_each([ask_side], size, own_side, side),
    )  # fmt: skip


def pick(arrays: dict[str, np.ndarray], what: str, path: Path) -> np.ndarray | None:
    """The array of an .npz that is x (or y, or captions), by the usual names; None where there is none of these. A
    label that is an empty text is none."""
    for name in KEYS[what]:
        if name in arrays:
            values = arrays[name]
            if not values.ndim:
                raise DataError(f"{path} has one value as {name!r}: give one for each item")
            return np.where(values == "", None, values) if what == "y" and "" in values.astype(str) else values
    if what != "x":
        return None
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    raise DataError(f"{path} holds {', '.join(arrays) or 'nothing'}: name the images or rows 'x' and the labels 'y'")


def read_for(
    domain: PictureReading, path: Path, mask: Path | None = None, rates: Mapping[str, float] | None = None
) -> Read:
    """Images for a model of `domain`: a folder, one image, .npy, or .npz. mask: an image of the size of each file,
    dark where a person hides it. rates: of columns of captions in a folder, as of `read_captions`.

    Image files are turned, resized and cropped to the domain's size; arrays must have it already (the domain checks).
    Raises DataError for a mask of another size, and what `read_folder` refuses.
    """
    if path.suffix.lower() in (".npy", ".npz"):
        arrays = read_arrays(path)
        x = pick(arrays, "x", path)
        captions = check_captions(pick(arrays, "caption", path), len(x), str(path))
        others = {name: arrays.get(name) for name in domain.given_images}
        pictures = Pictures(x, {"label": pick(arrays, "y", path), "caption": captions, **others})
        pictures = pictures[None] if pictures.shape in (domain.size, domain.size[:2]) else pictures
        return Read(pictures, arrays.get("known"), Numbered("item", range(len(pictures))), Account())
    files = list_images(path)[0] if path.is_dir() else [path]
    if not files or not (path.is_dir() or path.name.lower().endswith(SUFFIXES)):
        raise DataError(f"{path} holds no images: use a folder of images ({CALLED}), one such file, .npy or .npz")
    side, least = domain.size[0], min(SMALLEST, *domain.size[:2])
    if path.is_dir():
        squares = Squares(str(path), len(files), side)
        for page in decode_files(files, side, least):
            squares.add(raise_damage(page))
    else:
        squares, *_ = _decode_pages(path, side, least)
        files = [path] * len(squares.pages)
    pixels, _, deep = squares.level(domain.brightness)
    opaque = squares.opaque
    pictures = domain.from_pixels(pixels)
    account = Account(len(files), remarks=[*_notes(squares.pages, side), *deep])
    levels, width = domain.spec.leaf.levels, int(domain.spec.leaf.width)
    if (to_pixels(pictures, levels, width) != pixels).any():
        account.remarks.append(f"brought to the model's {levels} levels{' of grey' * (domain.size[2] == 1)}")
    if mask is not None:
        opaque = opaque & _light(mask, dict(zip(files, squares.pages)), side)
    told, kept = {}, np.arange(len(files))
    if path.is_dir() and (domain.captions or domain.given_images):
        captions = read_captions(path, files, list_files(path, CAPTION_SUFFIXES)[0], domain.given_images, rates)
        kept, _ = _find_complete(captions.beside, len(files), account)
        told = {name: pictures[which[kept]] for name, which in captions.beside.items()}
        told |= {name: texts[kept] for name, texts in captions.texts.items() if domain.fields.get(name)}
    files = [files[i] for i in kept]
    told["label"] = read_labels(path, files)[0] if path.is_dir() else None
    names = places_below(path, files) if path.is_dir() or len(files) == 1 else _name_pages(path, len(files))
    return Read(Pictures(pictures[kept], told), None, names, account, names, opaque[kept])


def decode_for(domain: PictureReading, files: Sequence[Path]) -> np.ndarray:
    """Decodes image files for a model. (n, H, W, C) of image files for a model of `domain`, the first page of each as
    in a folder. Each is brought to levels by itself, so that its pixels follow from its bytes alone."""

    def levels_of(file: Path) -> np.ndarray:
        square = Squares(str(file), 1, domain.size[0])
        square.add(decode(file, domain.size[0], min(SMALLEST, *domain.size[:2])))
        return domain.from_pixels(square.level(domain.brightness)[0])

    return np.concatenate(list(map(levels_of, files)))


def _light(mask: Path, decoded: dict[Path, Page], side: int) -> np.ndarray:
    """(side, side) bool, False where a mask is dark. Raises DataError where it has another size than one of the
    files."""
    read_size(mask, 1)
    with opened(mask) as drawn:
        for file, each in decoded.items():
            if drawn.size != each.size:
                sizes = [f"{width} x {height}" for width, height in (drawn.size, each.size)]
                raise DataError(
                    f"the mask {mask} has {sizes[0]} pixels and {file} has {sizes[1]}: save it in that size"
                )
        grey = drawn.convert("L")
        known = as_mask(np.asarray(grey))  # 0 and 1 are a mask as well as black and white
        grey = Image.fromarray(known.astype(np.uint8) * 255) if known.dtype == bool else grey
        return np.asarray(fit_size(grey, side, side)) >= LIGHT


def _notes(decoded: Sequence[Page], side: int) -> list[str]:
    """Notes if files were resized and cropped to one side, and if only the first of several frames is used."""
    sizes, moving = {each.size for each in decoded}, sum(each.several for each in decoded)
    least, most = (" x ".join(map(str, size)) for size in (min(sizes, key=prod), max(sizes, key=prod)))
    own = least if len(sizes) == 1 else f"{len(sizes):,} sizes, {least} to {most} pixels,"
    resized = f"resized{_say_crop(np.array([each.size for each in decoded]))} from {own} to {side} x {side}"
    notes = [] if sizes == {(side, side)} else [resized]
    if shallow := sum(each.shallow for each in decoded):
        notes.append(f"{shallow:,} images have 16 bits a colour, of which 8 are read: save them as RGB in PNG")
    if moving:
        notes.append(f"{moving} file{'s' * (moving > 1)} of several frames: only the first of each is used")
    return notes


def _say_crop(sizes: np.ndarray) -> str:
    """How much of the images the centre squares leave out, by their sizes (n, 2); "" for squares alone."""
    lost = 1 - sizes.min(1) / sizes.max(1)
    if not lost.any():
        return ""
    least, most = f"{lost.min():.0%}", f"{lost.max():.0%}"
    cut = f"{least} of each is" if least == most else f"{least} to {most} of each is"
    return f" and centre-cropped ({cut} cut off)"


def agreed_side(sizes: np.ndarray, named_side: int | None = None, what: str = "") -> int:
    """One square side for images of (n, 2) sizes: the one that is named, or their own if all agree, else by the median
    shorter side. what: the images, in errors. Raises DataError for a side that no model takes, and for one that would
    enlarge most images."""
    if named_side is not None:
        largest = min(MOST_NAMED, int(np.median(sizes.min(1))))
        if not SMALLEST <= named_side <= largest or named_side % SIDE_STEP:
            raise DataError(
                f"side = {named_side} does not fit {what}: name a multiple of {SIDE_STEP} from {SMALLEST} to "
                f"{largest // SIDE_STEP * SIDE_STEP}, beyond which most images would be enlarged, or leave side out"
                if largest < MOST_NAMED
                else f"side = {named_side} is no side of images: name a multiple of {SIDE_STEP} from {SMALLEST} to "
                f"{MOST_NAMED}"
            )
        return named_side
    if (sizes == sizes[0, 0]).all() and sizes[0, 0] <= LARGEST:
        return int(sizes[0, 0])
    return min(RESIZED, int(np.median(sizes.min(1))) // SIDE_STEP * SIDE_STEP)


def _checked_levels(x: np.ndarray, levels: int, what: str) -> np.ndarray:
    if not 2 <= levels <= 256 or x.dtype.kind not in "iu" or x.min() < 0 or x.max() >= levels:
        raise DataError(
            f"{what} says that it has {levels} levels, and holds other values: store uint8 from 0 to levels - 1"
        )
    return x.astype(np.uint8)
