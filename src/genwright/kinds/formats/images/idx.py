"""The IDX format: two zero bytes, the type, the rank, the sizes (big-endian), the numbers (LeCun 1998); .gz as well."""

import re
from math import prod
from pathlib import Path

import numpy as np

from ....core.errors import DataError
from ....core.limits import read_plain

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def is_idx(path: Path) -> bool:
    """Whether a file is IDX by its name: train-images-idx3-ubyte, x.idx, x.idx3, x.idx3-ubyte, or one of these .gz."""
    return not path.is_dir() and re.search(r"[-.](idx\d?|ubyte)(\.gz)?$", path.name.lower()) is not None


def read_idx(data: bytes | bytearray, what: str = "the file") -> np.ndarray:
    """The content of an IDX file as an array of any rank. Raises DataError for another format or a file cut short."""
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in TYPES:
        raise DataError(f"{what} is not an idx file, despite its name: write or fetch it again")
    start, dtype = 4 + 4 * data[3], np.dtype(TYPES[data[2]])
    shape = tuple(np.frombuffer(data[4:start], ">u4").tolist()) if len(data) >= start else ()
    if not shape or len(data) < start + dtype.itemsize * prod(shape):
        raise DataError(f"{what} is cut short: write or fetch it again")
    if len(data) > start + dtype.itemsize * prod(shape):
        raise DataError(
            f"{what} holds more than the {' x '.join(map(str, shape))} numbers that it announces: write it again"
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def read_idx_pictures(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Images (n, H, W), or rows (n, D), and labels (n,), None if no file of labels with a matching name lies beside.

    The labels of x-images-idx3-ubyte are in x-labels-idx1-ubyte, packed or not.
    """
    x = read_idx(read_plain(path), str(path))
    if x.ndim == 1:
        raise DataError(f"{path} holds {len(x):,} labels and no images: name the file of the images beside it")
    beside = labels_beside(path)
    if beside is None:
        return x, None
    y = read_idx(read_plain(beside), str(beside))
    if y.shape != (len(x),):
        raise DataError(
            f"{beside} has shape {y.shape} and {path.name} holds {len(x):,} images: the two do not belong together"
        )
    return x, y


def labels_beside(path: Path) -> Path | None:
    name = path.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    files = [path.with_name(name + packed) for packed in ("", ".gz")]
    return next((file for file in files if file.is_file() and name != path.name.removesuffix(".gz")), None)
