"""Tensors in a file with a record and a checksum: safetensors (never a pickle), whose header carries a JSON record and
a BLAKE2 digest of all. Equal tensors and records give equal bytes.
"""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import torch
from safetensors.torch import load, save
from torch import Tensor

from ..core.errors import RunError, damage
from ..core.limits import open_plain
from ..core.schemas import parsed

MOST_HEADER = 2**24  # bytes of a header: of a hundred thousand tensors
PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # how zipped and plain pickles begin


def pack(tensors: dict[str, Tensor], record: dict) -> bytes:
    """The bytes of a safetensors file that holds `tensors`, a JSON `record` and the digest of both."""
    tensors = {name: t.detach().cpu().clone(memory_format=torch.contiguous_format) for name, t in tensors.items()}
    text = json.dumps(record, sort_keys=True)
    return _in_order(save(tensors, metadata={"record": text, "digest": digest(tensors, text)}))


def _in_order(data: bytes) -> bytes:
    """The same file with the entries of its header sorted: safetensors writes metadata in a random order."""
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    names = sorted(header, key=lambda name: (name != "__metadata__", header[name].get("data_offsets")))
    header = {name: dict(sorted(header[name].items())) for name in names}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of 8
    return b"".join([len(text).to_bytes(8, "little"), text, memoryview(data)[8 + size :]])


def unpack(path: Path) -> tuple[dict[str, Tensor], dict]:
    """Tensors and record of a file that `pack` made.

    Raises RunError in one sentence for a file that is missing, a pickle in disguise, cut short, or corrupted.
    """
    remedy = "copy it again, or fit the model anew"
    with damage(path, remedy, RunError), open_plain(path, kind=RunError) as file:
        data = file.read()
        try:
            text, expected = _metadata(BytesIO(data))
            tensors = load(data)  # runs no code, whatever the file is
        except Exception as error:
            if not data.startswith(PICKLES):
                raise
            what = "is a pickle or a zip, which could run code and is never opened"
            raise RunError(f"{path} {what}: {remedy}") from error
        if digest(tensors, text) != expected:
            raise RunError(f"{path} is corrupted (its checksum differs): {remedy}")
        record = parsed(text)
        if not isinstance(record, dict):
            raise ValueError("the record is no object")
    return tensors, record


def is_packed(path: Path) -> bool:
    """Whether a file says in its header that `pack` made it, whatever follows."""
    try:
        with damage(path, kind=RunError), open_plain(path, kind=RunError) as file:
            return bool(_metadata(file))
    except RunError:
        return False


def _metadata(file: BinaryIO) -> tuple[str, str]:
    """The record and the digest in a header. Raises KeyError, or as `parsed` does, where there are none."""
    size = int.from_bytes(file.read(8), "little")
    if size > MOST_HEADER:
        raise ValueError("cut short or not safetensors")
    found = parsed(file.read(size).decode("utf-8"))["__metadata__"]
    return found["record"], found["digest"]


def digest(tensors: dict[str, Tensor], text: str) -> str:
    """BLAKE2b over the record and over every tensor's name, dtype, shape and bytes."""
    total = hashlib.blake2b(text.encode(), digest_size=16)
    for name in sorted(tensors):
        t = tensors[name]
        total.update(f"{name} {t.dtype} {tuple(t.shape)}".encode())
        total.update(memoryview(t.contiguous().reshape(-1).view(torch.uint8).numpy()))
    return total.hexdigest()
