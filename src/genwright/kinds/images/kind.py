"""Images. Arrays of rows, which the same files and objects may hold, are tables."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import DataError
from ..formats.raw import Raw
from ..formats.source import Held, Source
from ..kind import Format, Kind, Widgets, call_on_object, call_on_path
from ..options import take_options

if TYPE_CHECKING:
    from ..formats.images.depth import ValueRange

MATCH = "match"  # the task of images and texts
PLAIN_VARIABLES = ("label", "caption", "answers", "low", "edges")  # variables that are no images beside others


def _is_folder(source: Source) -> bool:
    """Any folder that holds no parts of a table, and not texts alone."""
    from ..formats.sequences.text_folders import is_text_folder

    return source.is_folder and not source.table_parts and not is_text_folder(source.path)


def _is_cut(source: Source) -> bool:
    """Whether a folder or a file of images is to be cut into tiles."""
    return bool(source.get("tiles")) and (source.is_folder or source.is_file_for("formats.images.image_files"))


def _tiles(source: Source) -> Raw:
    from ..formats.arrays import pictures_of
    from ..formats.images.tiles import read_tiles

    found = read_tiles(source.path, source.get("tiles"))
    return pictures_of(source.stem, found, str(source.path), found.parts)


def _folder(source: Source) -> Raw:
    from ..formats.arrays import pictures_of
    from ..formats.folders import folder_parts
    from ..formats.images.picture_files import read_folder

    if source.get("tiles"):
        return _tiles(source)
    how = _brightness(source), source.get("side")
    folder = read_folder(source.path, _image_variables(source), source.get("captions"), *how)
    return pictures_of(source.stem, folder, str(source.path), folder_parts(folder.places))


def _brightness(source: Source) -> "ValueRange | None":
    from ..formats.images.depth import named_range

    return named_range(source.get("range"))


def _is_stack(source: Source) -> bool:
    from ..formats.images.picture_files import is_stack

    return source.is_file_for("formats.images.image_files") and bool(source.get("tiles") or is_stack(source.path))


def _stack(source: Source) -> Raw:
    from ..formats.arrays import pictures_of
    from ..formats.images.picture_files import read_stack

    if source.get("tiles"):
        return _tiles(source)
    return pictures_of(source.stem, read_stack(source.path, _brightness(source), source.get("side")), str(source.path))


def _image_variables(source: Source) -> list[str]:
    """The variables to condition on that may be other images."""
    return [name for name in source.get("given") or () if "/" not in name and name not in PLAIN_VARIABLES]


def _npy(source: Source) -> Raw:
    from ..formats.arrays import read_array
    from ..formats.numpy_arrays import read_arrays

    x, how = read_arrays(source.path)["x"], {"brightness": _brightness(source), "side": source.get("side")}
    return read_array(x, str(source.path), name=source.path.stem, **how)


def _npz(source: Source) -> Raw:
    from ..formats.arrays import read_npz

    return read_npz(source.path, _image_variables(source), source.own_texts, _brightness(source), source.get("side"))


def _idx(source: Source) -> Raw:
    from ..formats.arrays import read_array
    from ..formats.images.idx import read_idx_pictures

    x, labels = read_idx_pictures(source.path)
    how = {"brightness": _brightness(source), "side": source.get("side")}
    return read_array(x, str(source.path), labels, source.stem, **how)


def _is_list(source: Source) -> bool:
    """Whether an object is a list of arrays of one shape, each an image."""
    from ..formats.objects import are_alike

    given = source.given
    return isinstance(given, list) and bool(given) and are_alike(given) and given[0].ndim in (2, 3)


def _list(source: Source) -> Raw:
    import numpy as np

    from ..formats.arrays import read_array

    return read_array(np.stack(source.given), "array", brightness=_brightness(source), side=source.get("side"))


def _is_labelled(source: Source) -> bool:
    """Whether an object is (images or rows, labels): an array, or a list of arrays of one shape."""
    if not source.is_pair:
        return False
    from ..formats.objects import are_alike

    items = source.given[0]
    is_array = hasattr(items, "shape") and hasattr(items, "dtype") and not hasattr(items, "columns")
    is_array = is_array and getattr(items.dtype, "names", None) is None
    return is_array or (isinstance(items, list) and are_alike(items))


def _labelled(source: Source) -> Raw:
    import numpy as np

    from ..formats.arrays import read_array

    x, given = source.given
    given = dict(given) if isinstance(given, dict) else {"label": given}
    own_conditions = {"labels": given.pop("label", None), "captions": given.pop("caption", None)}
    own_conditions["answers"] = given.pop("answers", None)
    if unfit_names := [name for name, values in given.items() if name in PLAIN_VARIABLES or not _are_images(values)]:
        raise DataError(
            f"the array comes with {unfit_names[0]!r}: what images may be given with is 'label', 'caption', 'answers', "
            "and images of their size by another name"
        )
    how = {"brightness": _brightness(source), "side": source.get("side")}
    return read_array(np.asarray(x), "array", **own_conditions, beside=given, **how)


def _are_images(values: object) -> bool:
    import numpy as np

    try:
        return np.ndim(values) > 2
    except ValueError:  # of several shapes
        return False


def _check(source: Source) -> None:
    """Raises DataError for rates of captions that make no sense, of no folder, or beside other conditions alone."""
    if source.get("tiles"):
        _check_tiles(source)
    if (rates := source.get("captions")) is None:
        return
    from ..formats.images.caption_files import require_rates

    require_rates(rates)
    if not source.is_folder:
        raise DataError(
            f"{source.called} is no folder with a table of captions, whose columns captions names: leave captions out"
        )
    if (given := source.get("given")) is not None and "caption" not in given:
        raise DataError("captions says how often each caption is shown, and none is given: add caption to given")


def _check_tiles(source: Source) -> None:
    """Raises DataError for tiles of what is no file, and beside options that ask for whole images."""
    if not _is_cut(source):
        raise DataError(f"{source.called} is no folder and no file of images to cut into tiles: leave tiles out")
    if other := next((name for name in ("side", "range", "captions") if source.get(name) is not None), None):
        raise DataError(f"tiles cut images at their own size, and {other} is for whole images: leave one of them out")


def _take(raw: Held, source: Source) -> Held:
    """Images that texts are to match, or whose columns of captions are named, come with their captions, unless a person
    names what is given."""
    captioned = raw.kind == "images" and (source.task == MATCH or source.get("captions"))
    return replace(raw, given=("caption",)) if captioned else raw


KIND = Kind(
    "images",
    "images",
    "genwright.kinds.images.load",
    options=take_options("given captions missing range side tiles"),
    formats=(
        Format(_is_folder, _folder),
        Format(_is_stack, _stack),
        Format(lambda source: source.ends(".npy"), _npy),
        Format(lambda source: source.ends(".npz"), _npz),
        Format(call_on_path("formats.images.idx:is_idx"), _idx),
        Format(_is_labelled, _labelled, "array and labels"),
        Format(_is_list, _list, "list of images"),
        Format(
            call_on_object("formats.images.torch_datasets:is_torch_dataset"),
            call_on_object("formats.images.torch_datasets:read_torch_dataset"),
        ),
    ),
    schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.contract.kinds:Pictures",
    check=_check,
    take=_take,
    widgets=Widgets(pixels=True, completes=True),
)
