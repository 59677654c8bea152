"""Makers of the files that `bad_inputs.py` and `fuzz.py` need: what stands in a folder, whole or broken."""

import io
import pickle
import shutil
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Content = None | str | bytes | Callable[[Path], Any]  # None: an empty folder
COUNT = 40  # nodes of the graph


def put(files: dict[str, Content], place: Path) -> None:
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        elif callable(content):
            content(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def rows(n: int, seed: int = 0) -> str:
    """A table with a number, a whole number and two categories."""
    rng = np.random.default_rng(seed)
    lines = [f"{rng.normal():.4f},{rng.poisson(4)},{rng.choice(['oak', 'elm', 'ash'])},{'NS'[i % 2]}" for i in range(n)]
    return "\n".join(["height,rings,tree,side", *lines, ""])


def png(width: int, height: int, seed: int = 0, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width), np.uint8)).save(file, kind)
    return file.getvalue()


def pets(name: str, content: Content) -> dict[str, Content]:
    """Twelve images, and one file more."""
    return {**{f"pets/{i}.png": png(12, 12, i) for i in range(12)}, f"pets/{name}": content}


def captioned(texts: list[str | None], side: int = 12) -> dict[str, Content]:
    """A folder of images, each with its text beside it."""
    files: dict[str, Content] = {f"pets/{i}.png": png(side, side, i) for i in range(len(texts))}
    return files | {f"pets/{i}.txt": text for i, text in enumerate(texts) if text is not None}


def idx(array: np.ndarray) -> bytes:
    """uint8 numbers in the IDX format."""
    return b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def vast_png() -> bytes:
    """A header that promises 100 megapixels, and no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


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


def changed(run: str, file: str, change: Callable[[bytes], bytes | None]) -> dict[str, Content]:
    """A copy of a run folder called `mine` with one file changed, or removed where that returns None."""

    def write(path: Path) -> None:
        shutil.copytree(path.parent / run, path)
        content = change((path / file).read_bytes())
        (path / file).unlink() if content is None else (path / file).write_bytes(content)

    return {"mine": write}


def replaced(run: str, file: str, old: str, new: str) -> dict[str, Content]:
    return changed(run, file, lambda content: content.replace(old.encode(), new.encode(), 1))


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    """One bit of the last tensor."""
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape)


def with_value(x: np.ndarray, value: float) -> np.ndarray:
    x.flat[3] = value
    return x


def line(text: str, number: int, new: str) -> str:
    """Text with one line (from 1) replaced."""
    lines = text.splitlines()
    lines[number - 1] = new
    return "\n".join(lines) + "\n"


def edges(columns: str = "source,target", extra: str = "") -> str:
    """A ring in which everybody also knows the one after the next."""
    pairs = [(i, (i + step) % COUNT) for i in range(COUNT) for step in (1, 2)]
    return "\n".join([columns, *(f"n{i},n{j}{extra}" for i, j in pairs), ""])


def nodes(kind: Callable[[int], str] = lambda i: "ab"[i < COUNT // 2]) -> str:
    return "\n".join(["id,age,city,kind", *(f"n{i},{20 + i % 7}.5,{'xyz'[i % 3]},{kind(i)}" for i in range(COUNT)), ""])


EDGES, NODES = edges(), nodes()


def graph(edges: str = EDGES, nodes: str = NODES) -> dict[str, Content]:
    return {"edges.csv": edges, "nodes.csv": nodes}


def tu(**changed: str | None) -> dict[str, Content]:
    """Twelve triangles in the form of TUDataset; None leaves a file out."""
    ring = [(3 * g + i + 1, 3 * g + (i + step) % 3 + 1) for g in range(12) for i in range(3) for step in (1, 2)]
    files = {
        "A": "".join(f"{i}, {j}\n" for i, j in ring),
        "graph_indicator": "".join(f"{i // 3 + 1}\n" for i in range(36)),
        "graph_labels": "1\n2\n" * 6,
        "node_labels": "0\n1\n1\n" * 12,
    } | changed
    return {f"set/MINE_{part}.txt": text for part, text in files.items() if text is not None}


class Runs:
    """A pickle that makes a file when it is opened."""

    def __reduce__(self):
        return subprocess.call, (["touch", "pwned"],)


RUNS = pickle.dumps(Runs(), 2, fix_imports=False)
