"""Arrays of .npy and .npz files. Headers are read first, so that nothing is unpacked that is too much or no plain
array."""

import os
import zipfile
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ...core.errors import DataError, require_inside
from ...core.limits import CHUNK, open_plain, require_size
from .parsing import parsing

DISGUISED = (
    "is not a NumPy file (a pickle in disguise?) and is not opened: save it again with numpy.save or numpy.savez"
)
OBJECTS = (
    "holds Python objects, which may hide a pickle and are never opened: save plain numbers with "
    "numpy.save(..., allow_pickle=False)"
)
REWRITE_REMEDY = "write it again with numpy.savez"
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # by numpy.savez; others unpack with tables of any size
PLAIN, MOST_AXES = "biufcSUMm", 32


def holds_arrays(path: Path, names: Iterable[str]) -> bool:
    """Whether it is an .npz file that has arrays of these names; what is in them is not looked at."""
    if path.suffix.lower() != ".npz" or not path.is_file():  # a pipe may never end
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return {f"{name}.npy" for name in names} <= set(archive.namelist())
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):  # whoever reads it will say what is wrong
        return False


def shape_of_x(path: Path) -> tuple[int, ...] | None:
    """Shape of the array x of an .npz, of its only array, or of an .npy; None where it cannot be told."""
    try:
        if path.suffix.lower() == ".npy":
            with open_plain(path) as file:
                return _header(file)[0]
        with open_plain(path) as raw, zipfile.ZipFile(raw) as archive:
            names = archive.namelist()
            name = "x.npy" if "x.npy" in names else names[0] if len(names) == 1 else None
            if name is None or archive.getinfo(name).compress_type not in PACKINGS:
                return None
            with archive.open(name) as file:
                return _header(file)[0]
    except Exception:  # whoever reads it will say what is wrong
        return None


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape of the array in a file that is at its beginning, whether it lies column by column, and its dtype."""
    version = np.lib.format.read_magic(file)
    return {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version](file)


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a .npy or .npz file by name ("x" for .npy). Pickled objects are refused, whatever its name is.

    Raises DataError for a file that is damaged, more than is taken, or holds what is no plain array.
    """
    with open_plain(path) as file:
        size = os.fstat(file.fileno()).st_size
        if path.suffix.lower() == ".npy":
            if file.peek(6)[:6] != b"\x93NUMPY":
                raise DataError(f"{path} {DISGUISED}")
            require_size(path, size)
            return {"x": _array(file, str(path), size)}
        if file.peek(2)[:2] != b"PK":
            raise DataError(f"{path} {DISGUISED}")
        with parsing(path), zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            require_size(path, sum(member.file_size for member in members), size)
            return {member.filename.removesuffix(".npy"): _member(archive, member, path) for member in members}


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> np.ndarray:
    name = member.filename.removesuffix(".npy")
    require_inside(name, path)
    if name == member.filename:
        raise DataError(f"{path} holds {name!r}, which is no array: {REWRITE_REMEDY}")
    if member.compress_type not in PACKINGS or member.flag_bits & 1:
        raise DataError(f"{path} holds {name!r} with a password, or packed as NumPy does not: {REWRITE_REMEDY}")
    with archive.open(member) as file:
        return _array(file, f"{path} ({name})", member.file_size)


def _array(file: BinaryIO, what: str, size: int) -> np.ndarray:
    """The array in a file of `size` bytes that is at its beginning."""
    try:
        shape, fortran, dtype = _header(file)
    except Exception as error:  # whatever the parser of a header raises, for want of memory too: it is short
        raise DataError(f"{what} cannot be read (its header is damaged or cut short): write it again") from error
    if dtype.hasobject:
        raise DataError(f"{what} {OBJECTS}")
    if dtype.kind not in PLAIN or not dtype.itemsize or len(shape) > MOST_AXES:
        raise DataError(f"{what} holds {dtype} values in {len(shape)} dimensions: save plain numbers")
    count, left = prod(shape), size - file.tell()
    if min(shape, default=1) < 0 or count * dtype.itemsize != left:
        raise DataError(
            f"{what} cannot be read (its header announces {shape} of {dtype}, not {left:,} bytes): it is damaged; "
            "write it again"
        )
    content = np.empty(left, np.uint8)
    at = 0
    while at < left:
        count_read = file.readinto(content[at : at + CHUNK])
        if not count_read:
            raise DataError(f"{what} cannot be read (it is cut short): write it again")
        at += count_read
    array = content.view(dtype) if count else np.empty(0, dtype)
    return array.astype(dtype.newbyteorder("="), copy=False).reshape(shape, order="F" if fortran else "C")
