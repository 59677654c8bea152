"""The state of a family as named tensors, and back; and tensors in a file with a record and a checksum.

Parameters keep their shape, as do buffers that do not grow. The file is of safetensors (never a pickle), whose header
carries a JSON record and a BLAKE2 digest of all. Equal tensors and records give equal bytes.
"""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from ..core.errors import RunError, damage
from ..core.limits import open_plain
from ..core.schemas import parsed


def state_of(module: nn.Module) -> dict[str, Tensor]:
    """Returns live tensors of parameters and persistent buffers by name, a shared one under its first name only."""
    ids, state = set(), {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        if id(tensor) not in ids:
            ids.add(id(tensor))
            state[name] = tensor
    return state


def section(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Returns the tensors whose names begin with `prefix`, without it."""
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}


def require_finite(module: nn.Module, tensors: dict[str, Tensor], source: Path | str) -> None:
    """Raises RunError naming `source` where tensors for `module` are not finite, apart from the declared gaps.

    Args:
        module: that owns the tensors.
        tensors: by name.
        source: file of the tensors.
    """
    for name, tensor in tensors.items():
        owner, _, leaf = name.rpartition(".")
        if not tensor.isfinite().all() and leaf not in getattr(module.get_submodule(owner), "gaps", ()):
            raise RunError(
                f"{source} holds numbers in {name} that are not finite: copy it again, or fit the model anew"
            )


def require_sound(module: nn.Module, source: Path | str) -> None:
    """Raises RunError naming `source` where buffers of `module`, or of a module in it, have a `flaw`."""
    for name, part in module.named_modules():
        if flaw := getattr(part, "flaw", str)():
            place = f" in {name}" if name else ""
            raise RunError(f"{source} is damaged, since it holds {flaw}{place}: copy it again, or fit the model anew")


@torch.no_grad()
def assign(module: nn.Module, tensors: dict[str, Tensor], source: Path | str) -> None:
    """Copies `tensors` into `module`, all or nothing.

    Raises RunError naming `source` when a tensor is missing or unknown, or has another shape or dtype. A buffer may
    have another length along the axis that its owner's `grows` names, such as the training rows that a baseline keeps.
    A buffer that is None takes any shape.

    Args:
        module: Module to change.
        tensors: Tensors by name.
        source: File of the tensors, for messages.
    """
    state = state_of(module)
    missing = [name for name in state if name not in tensors]
    unknown = [name for name in tensors if name not in state and not _declared(module, name)]
    shared = [name for name in state if name in tensors]
    misshaped = [
        name for name in shared if _form(state[name], axis := _growing_axis(module, name)) != _form(tensors[name], axis)
    ]
    for problem, names in (
        ("lacks", missing),
        ("holds unknown", unknown),
        ("has the wrong shape or dtype for", misshaped),
    ):
        if names:
            remainder = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise RunError(
                f"{source} does not fit this model: it {problem} {names[0]}{remainder}; it belongs to another run"
            )
    device = next((t.device for t in state.values() if t is not None), None)
    for name, tensor in tensors.items():
        if name in state and state[name].shape == tensor.shape:
            state[name].copy_(tensor)
        else:
            owner, _, leaf = name.rpartition(".")
            setattr(module.get_submodule(owner), leaf, tensor.to(device, copy=True))


def _form(tensor: Tensor, grows: int | None) -> tuple:
    """dtype and shape, without how long it is along the axis that grows."""
    return tensor.dtype, tensor.dim(), [size for axis, size in enumerate(tensor.shape) if axis != grows]


def _growing_axis(module: nn.Module, name: str) -> int | None:
    owner, _, leaf = name.rpartition(".")
    return getattr(module.get_submodule(owner), "grows", {}).get(leaf)


def _declared(module: nn.Module, name: str) -> bool:
    """Whether `name` is a buffer registered as None, to be filled when the data are seen."""
    owner, _, leaf = name.rpartition(".")
    return owner in dict(module.named_modules()) and leaf in dict(module.get_submodule(owner)._buffers)


MOST_HEADER = 2**24  # bytes of a header: of a hundred thousand tensors
PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # first bytes of zipped and plain pickles


def pack(tensors: dict[str, Tensor], record: dict) -> bytes:
    """Returns the bytes of a safetensors file that holds `tensors`, a JSON `record` and the digest of both."""
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
    """Reads tensors and record of a file that `pack` made.

    Raises RunError in one sentence for a file that is missing, a pickle in disguise, cut short, or corrupted."""
    remedy = "copy it again, or fit the model anew"
    with damage(path, remedy, RunError), open_plain(path, kind=RunError) as file:
        data = file.read()
        try:
            text, expected = _metadata(BytesIO(data))
            tensors = load(data)  # runs no code, whatever the file is
        except Exception as error:
            if not data.startswith(PICKLES):
                raise
            problem = "is a pickle or a zip, which could run code and is never opened"
            raise RunError(f"{path} {problem}: {remedy}") from error
        if digest(tensors, text) != expected:
            raise RunError(f"{path} is corrupted (its checksum differs): {remedy}")
        record = parsed(text)
        if not isinstance(record, dict):
            raise ValueError("the record is no object")
    return tensors, record


def is_packed(path: Path) -> bool:
    """Tells whether a file says in its header that `pack` made it, whatever follows."""
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
    metadata = parsed(file.read(size).decode("utf-8"))["__metadata__"]
    return metadata["record"], metadata["digest"]


def digest(tensors: dict[str, Tensor], text: str) -> str:
    """Computes the BLAKE2b digest of a record and of every tensor's name, dtype, shape and bytes.

    Args:
        tensors: Tensors by name.
        text: The record.
    """
    total = hashlib.blake2b(text.encode(), digest_size=16)
    for name in sorted(tensors):
        t = tensors[name]
        total.update(f"{name} {t.dtype} {tuple(t.shape)}".encode())
        total.update(memoryview(t.contiguous().reshape(-1).view(torch.uint8).numpy()))
    return total.hexdigest()
