"""The door to files of HDF5, which AnnData, NetCDF 4 and Matlab 7.3 write as well; also the one by which they are
written.

HDF5 can fetch parts of a file from any other file of the machine: by links, by raw data that lie outside, by virtual
datasets. `open_hdf5` looks at everything in a file before a reader sees it, and refuses these.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ....core.errors import DataError
from ....core.packages import require_package
from ..parsing import parsing

if TYPE_CHECKING:
    import h5py

COPY = "copy the data into one file"
MOST_OBJECTS = 100_000  # groups and arrays of a file


@contextmanager
def open_hdf5(path: Path, what: str = "a file of HDF5") -> "Iterator[h5py.File]":
    """A file that holds all that it shows, open for reading.

    Args:
        path: of the file.
        what: it is, in an error without h5py.

    Raises DataError for a file that is damaged, that fetches data from another place, and without h5py.
    """
    require_package("h5py", "science", f"{path} is {what}")
    import h5py

    with parsing(path), h5py.File(path, "r") as file:
        _require_whole(file, path)
        yield file


def hdf5_bytes(fill: "Callable[[h5py.File], None]") -> bytes:
    """The content of a file of HDF5 that `fill` writes. Raises DataError without h5py."""
    require_package("h5py", "science", "this is a file of HDF5")
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        fill(file)
    return content.getvalue()


def _require_whole(file: "h5py.File", path: Path) -> None:
    """Raises DataError for a link, for a dataset whose numbers lie elsewhere, and for a group in two places."""
    import h5py

    groups, seen, count = [(file, "")], set(), 0
    while groups:
        group, above = groups.pop()
        if (place := h5py.h5o.get_info(group.id).addr) in seen:  # a circle, or more paths than can be walked
            raise DataError(f"{path} shows the group {above} in two places: {COPY}, each group once")
        seen.add(place)
        for name in group:
            where, count = f"{above}/{name}", count + 1
            if count > MOST_OBJECTS:
                raise DataError(f"{path} holds more than {MOST_OBJECTS:,} groups and arrays: give a part of it")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise DataError(f"{path} holds a link, {where}, which is not followed: {COPY}")
            held = group[name]
            if isinstance(held, h5py.Group):
                groups.append((held, where))
            elif isinstance(held, h5py.Dataset) and (held.external or held.is_virtual):
                raise DataError(f"{path} shows {where}, whose numbers lie elsewhere and are not fetched: {COPY}")
