"""Pictures. Arrays of rows, which the same files and objects may hold, are tables."""

from __future__ import annotations

from pathlib import Path

from ...core.errors import DataError
from ..kind import Format, Kind, Source, are_texts, is_pair, of_given, of_path
from ..option import GIVEN, MISSING
from ..raw import Raw


def _folder(source: Source) -> Raw:
    from ..arrays import pictures_of
    from ..readers.picture_files import read_folder

    return pictures_of(source.path.resolve().name, read_folder(source.path), str(source.path))


def _npy(source: Source) -> Raw:
    from ..arrays import read_array
    from ..readers.numpy_arrays import read_arrays

    return read_array(read_arrays(source.path)["x"], str(source.path), name=source.path.stem)


def _npz(source: Source) -> Raw:
    from ..arrays import read_npz

    return read_npz(source.path)


def _idx(source: Source) -> Raw:
    from ..arrays import read_array
    from ..readers.idx import read_idx_pictures

    x, labels = read_idx_pictures(source.path)
    return read_array(x, str(source.path), labels, source.path.name.split(".")[0])


def _labelled(source: Source) -> Raw:
    import numpy as np

    from ..arrays import read_array

    x, told = source.given
    told = told if isinstance(told, dict) else {"label": told}
    if wrong := [name for name in told if name not in ("label", "caption")]:
        raise DataError(f"the array comes with {wrong[0]!r}: what pictures may be given with is 'label' and 'caption'")
    return read_array(np.asarray(x), "array", told.get("label"), captions=told.get("caption"))


KIND = Kind(
    "images",
    "pictures",
    "genwright.data.images",
    options=(GIVEN, MISSING),
    formats=(
        Format(lambda source: source.is_folder, _folder),
        Format(lambda source: source.ends(".npy"), _npy),
        Format(lambda source: source.ends(".npz"), _npz),
        Format(of_path("idx:is_idx"), _idx),
        Format(lambda source: is_pair(source.given) and not are_texts(source.given[0]), _labelled, "array and labels"),
        Format(of_given("torch_datasets:is_torch_dataset"), of_given("torch_datasets:read_torch_dataset")),
    ),
    schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.contract.kinds:Pictures",
)
