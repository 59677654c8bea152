"""Makers of the files that `bad_inputs.py` needs: what stands in a folder, whole or broken."""

from __future__ import annotations

import io
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

Content = None | str | bytes | Callable[[Path], Any]


class Case(NamedTuple):
    what: str
    files: dict[str, Content]
    command: str
    words: str  # that must all be on stderr, separated by |
    code: int = 2


def rows(n: int, seed: int = 0) -> str:
    """A table with a number, a whole number and two categories."""
    rng = np.random.default_rng(seed)
    lines = [f"{rng.normal():.4f},{rng.poisson(4)},{rng.choice(['oak', 'elm', 'ash'])},{'NS'[i % 2]}" for i in range(n)]
    return "\n".join(["height,rings,tree,side", *lines, ""])


def png(width: int, height: int, seed: int = 0) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width), np.uint8)).save(file, "PNG")
    return file.getvalue()


def pcx(side: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (side, side), 77).save(file, "PCX")
    return file.getvalue()


def idx(array: np.ndarray) -> bytes:
    """uint8 numbers in the IDX format."""
    return b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def vast_png() -> bytes:
    """A header that promises 100 megapixels, and no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def folder_with(name: str, content: Content) -> dict[str, Content]:
    return {**{f"pets/{i}.png": png(12, 12, i) for i in range(12)}, f"pets/{name}": content}


def npy(array) -> Callable[[Path], Any]:
    return lambda path: np.save(path, np.asarray(array))


def npz(**arrays) -> Callable[[Path], Any]:
    return lambda path: np.savez(path, **arrays)


def objects(path: Path) -> None:
    """An array of Python objects, which can only be stored as a pickle."""
    np.save(path, np.array([{"a": 1}, None], dtype=object), allow_pickle=True)


def escaping(path: Path) -> None:
    """A zip whose parts point out of its folder."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../escaped.npy", b"not an array")


def changed(run: str, file: str, change: Callable[[bytes], bytes]) -> dict[str, Content]:
    """A copy of a run folder called `mine` with one file changed."""

    def write(path: Path) -> None:
        shutil.copytree(path.parent / run, path)
        (path / file).write_bytes(change((path / file).read_bytes()))

    return {"mine": write}


def without(run: str, file: str) -> dict[str, Content]:
    def write(path: Path) -> None:
        shutil.copytree(path.parent / run, path)
        (path / file).unlink()

    return {"mine": write}


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    """One bit of the last tensor."""
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def later(config: bytes) -> bytes:
    """A config.toml of a version to come."""
    return config.replace(b"format = ", b"format = 9")


def noise(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape)


def with_nan(x: np.ndarray, value: float) -> np.ndarray:
    x.flat[3] = value
    return x


def lines_of(text: str, *changes: tuple[int, str]) -> str:
    """Text with some of its lines (from 1) replaced."""
    lines = text.splitlines()
    for number, line in changes:
        lines[number - 1] = line
    return "\n".join(lines) + "\n"
