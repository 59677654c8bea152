"""The state of a family as named tensors, and back. Parameters keep their shape, as do buffers that do not grow."""

from pathlib import Path

import torch
from torch import Tensor, nn

from ..core.errors import RunError


def state_of(module: nn.Module) -> dict[str, Tensor]:
    """{name: the live tensor} of parameters and persistent buffers, a shared one under its first name only."""
    seen, state = set(), {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            state[name] = tensor
    return state


def section(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, without it."""
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}


def require_finite(module: nn.Module, tensors: dict[str, Tensor], source: Path | str) -> None:
    """Raises RunError naming `source` where tensors for `module` are not finite, but for the gaps of their owners."""
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
            where = f" in {name}" if name else ""
            raise RunError(f"{source} is damaged, since it holds {flaw}{where}: copy it again, or fit the model anew")


@torch.no_grad()
def assign(module: nn.Module, tensors: dict[str, Tensor], source: Path | str) -> None:
    """Put `tensors` into `module`, all or nothing.

    Raises RunError naming `source` when a tensor is missing or unknown, or has another shape or dtype. A buffer may be
    of another length along the axis that its owner `grows` it (training rows that a baseline keeps), and one that is
    None takes any form.
    """
    own = state_of(module)
    missing = [name for name in own if name not in tensors]
    unknown = [name for name in tensors if name not in own and not _declared(module, name)]
    shared = [name for name in own if name in tensors]
    other = [name for name in shared if _form(own[name], axis := _grows(module, name)) != _form(tensors[name], axis)]
    for what, names in (("lacks", missing), ("holds unknown", unknown), ("has the wrong shape or dtype for", other)):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise RunError(f"{source} does not fit this model: it {what} {names[0]}{more}; it belongs to another run")
    device = next((t.device for t in own.values() if t is not None), None)
    for name, tensor in tensors.items():
        if name in own and own[name].shape == tensor.shape:
            own[name].copy_(tensor)
        else:
            owner, _, leaf = name.rpartition(".")
            setattr(module.get_submodule(owner), leaf, tensor.to(device, copy=True))


def _form(tensor: Tensor, grows: int | None) -> tuple:
    """dtype and shape, without how long it is along the axis that grows."""
    return tensor.dtype, tensor.dim(), [size for axis, size in enumerate(tensor.shape) if axis != grows]


def _grows(module: nn.Module, name: str) -> int | None:
    owner, _, leaf = name.rpartition(".")
    return getattr(module.get_submodule(owner), "grows", {}).get(leaf)


def _declared(module: nn.Module, name: str) -> bool:
    """Whether `name` is a buffer registered as None, to be filled when the data are seen."""
    owner, _, leaf = name.rpartition(".")
    return owner in dict(module.named_modules()) and leaf in dict(module.get_submodule(owner)._buffers)
