"""The state of a family as named tensors, and back: parameters keep their shape, buffers may have any."""

from __future__ import annotations

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


@torch.no_grad()
def assign(module: nn.Module, tensors: dict[str, Tensor], source: Path | str) -> None:
    """Put `tensors` into `module`, all or nothing.

    Raises RunError naming `source` when a tensor is missing or unknown, or a parameter has another shape or dtype. A
    buffer takes the shape that it has there, since data may decide it (training rows that a baseline keeps).
    """
    own = state_of(module)
    missing = [name for name in own if name not in tensors]
    unknown = [name for name in tensors if name not in own and not _declared(module, name)]
    shared = [name for name in own if name in tensors and isinstance(own[name], nn.Parameter)]
    other = [name for name in shared if _form(own[name]) != _form(tensors[name])]
    for what, names in (("lacks", missing), ("holds unknown", unknown), ("has the wrong shape or dtype for", other)):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise RunError(f"{source} does not fit this model: it {what} {names[0]}{more}; it belongs to another run")
    device = next((t.device for t in own.values() if t is not None), None)
    for name, tensor in tensors.items():
        if name in own and _form(own[name]) == _form(tensor):
            own[name].copy_(tensor)
        else:
            owner, _, leaf = name.rpartition(".")
            setattr(module.get_submodule(owner), leaf, tensor.to(device, copy=True))


def _form(tensor: Tensor) -> tuple:
    return tensor.shape, tensor.dtype


def _declared(module: nn.Module, name: str) -> bool:
    """Whether `name` is a buffer registered as None, to be filled when the data are seen."""
    owner, _, leaf = name.rpartition(".")
    return owner in dict(module.named_modules()) and leaf in dict(module.get_submodule(owner)._buffers)
