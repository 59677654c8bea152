"""A GPU that is pretended: tensors that say they are on another device, and compute on the processor.

torch's own fake tensors hold no numbers, so a draw that depends on one, a sparse product or a search cannot run on
them, and in a build without CUDA they cannot even be indexed. These run everything, to the same bits as the processor,
and raise DevicesMeet where an operation is given tensors of two devices, as a GPU would.
"""

from contextlib import contextmanager, nullcontext

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

from genwright.core.draws import Draws

NAME, CPU = "pretended", torch.device("cpu")
MAY_MEET = {"copy_", "_to_copy"}  # which carry numbers from one device to another
MAY_INDEX = {"index", "index_put", "index_put_", "_index_put_impl_"}  # of a GPU's tensor by the processor's numbers
WAITS = {"_local_scalar_dense", "nonzero", "_unique2", "unique_dim", "equal"}  # until a number is on the processor
GPU = None
waited: list[str] = []  # operations for which the processor would have waited for the GPU


class DevicesMeet(RuntimeError):
    """An operation was given tensors of two devices."""


class OnGPU(torch.Tensor):
    """A tensor `raw` of the processor that says it is on the GPU."""

    @staticmethod
    def __new__(cls, raw: torch.Tensor):
        strided = raw.layout == torch.strided
        form = {"strides": raw.stride(), "storage_offset": raw.storage_offset()} if strided else {}
        return torch.Tensor._make_wrapper_subclass(
            cls, raw.size(), dtype=raw.dtype, layout=raw.layout, device=GPU, requires_grad=raw.requires_grad, **form
        )

    def __init__(self, raw: torch.Tensor):
        self.raw = raw

    def __repr__(self) -> str:
        return f"OnGPU({self.raw!r})"

    def tolist(self):  # this and the next torch refuses to subclasses
        return self.raw.tolist()

    def __format__(self, form: str) -> str:
        return format(self.raw, form)

    @property
    def data(self) -> torch.Tensor:
        return OnGPU(self.raw)

    @data.setter
    def data(self, other: torch.Tensor) -> None:
        self.raw = other.raw

    @classmethod
    def __torch_dispatch__(cls, operation, types, args=(), kwargs=None):
        return _run(operation, args, kwargs or {})


class _Backend(_DummyBackendModule):
    """What torch asks of a device's module."""

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]


class _Mode(TorchDispatchMode):
    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if OnGPU not in types and kwargs.get("device") in (None, CPU):  # nothing of it is of the GPU
            return operation(*args, **kwargs)
        return _run(operation, args, kwargs)


def _each(change, value):
    """`change` of every tensor in an operation's arguments or results."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)([_each(change, part) for part in value])
    return value


def _run(operation, args, kwargs):
    tensors: list[torch.Tensor] = []
    _each(tensors.append, [*args, *kwargs.values()])
    ours, name = [t for t in tensors if isinstance(t, OnGPU)], operation.overloadpacket.__name__
    others = [t for t in tensors if not isinstance(t, OnGPU) and t.ndim]  # a number travels by itself
    if ours and others and name not in MAY_MEET and not (name in MAY_INDEX and isinstance(args[0], OnGPU)):
        raise DevicesMeet(f"{name} was given tensors of the processor and of the GPU")
    if ours and (name in WAITS or (name == "index" and any(t.dtype == torch.bool for t in tensors[1:]))):
        waited.append(name)
    target = kwargs.get("device")
    there = bool(ours) if target is None else torch.device(target).type == NAME
    if target is not None:
        kwargs = {**kwargs, "device": "cpu"}
    raw = lambda t: t.raw if isinstance(t, OnGPU) else t
    known = {id(t.raw): t for t in ours}  # what an operation wrote in place stays the same tensor
    inference = torch.is_inference_mode_enabled()  # of whose tensors torch lets nobody make others
    with torch.inference_mode(False) if inference else nullcontext(), torch.no_grad() if inference else nullcontext():
        found = operation(*_each(raw, args), **{key: _each(raw, value) for key, value in kwargs.items()})
        wrap = lambda t: known[id(t)] if id(t) in known else OnGPU(t)
        return _each(wrap, found) if there else found


def _begin(self: Draws, seed: int, device: torch.device | str) -> None:
    self.seed, self.device = seed, torch.device(device)
    self.generator = torch.Generator().manual_seed(seed)


@contextmanager
def pretended_gpu(monkeypatch):
    """Within, the device "pretended" is there (and is what auto finds), and its draws are those of the processor."""
    global GPU
    if GPU is None:
        _setup_privateuseone_for_python_backend(NAME, _Backend())
        GPU = torch.device(NAME, 0)
    with monkeypatch.context() as patch:
        patch.setattr(Draws, "_begin", _begin)
        patch.setattr(Draws, "host", property(lambda self: self.generator))
        device_of = lambda name: torch.device("cpu") if name == "cpu" else GPU
        for module in ("start", "open"):
            patch.setattr(f"genwright.run.{module}.device_of", device_of)
        patch.setattr("genwright.training.loop.choose_by_rule", lambda *_: (1, False))  # the rule looks at the machine,
        patch.setattr("genwright.training.loop.items_per_second", lambda *_: 1000.0)  # and time at the clock
        patch.setattr("genwright.run.start.is_available", lambda name: name in ("cpu", NAME))
        before = torch._C._only_lift_cpu_tensors(), torch.__future__.get_swap_module_params_on_conversion()
        torch._C._set_only_lift_cpu_tensors(True)  # torch.tensor(.., device=) is made here and carried there
        torch.__future__.set_swap_module_params_on_conversion(True)  # a parameter that moves stays the same one
        try:
            with _Mode():
                yield GPU
        finally:
            torch._C._set_only_lift_cpu_tensors(before[0])
            torch.__future__.set_swap_module_params_on_conversion(before[1])
