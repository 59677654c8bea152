"""Findings of `genwright doctor` about this machine. Nothing is written or downloaded."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
import torch

from ..core.device import why_no_gpu
from ..core.limits import VARIABLE, most_bytes
from ..core.packages import PACKAGES
from ..kinds.formats.download import cache
from ..kinds.formats.forms import FORMS, Form
from ..molecules.chemistry.descriptors import cache_file
from ..training.machine import machine_facts

BFLOAT16 = {
    True: "the processor multiplies in it: used where the steps of a stage are large",
    False: "not in this processor: everything runs in float32",
}
NEEDED = ("torch", "numpy", "pandas", "scikit-learn", "scipy")
MIN_FREE_GIB = {"memory": 4, "disk": 1}  # GiB free, below which a sentence warns


def findings() -> list[tuple[str, str]]:
    """(what was looked at, what was found), in the order of a page to read or to send."""
    machine = machine_facts()
    memory = psutil.virtual_memory()
    rows = [
        ("genwright", f"{_version('genwright')}, Python {platform.python_version()}, {machine['system']}"),
        ("packages", ", ".join(f"{name} {_version(name)}" for name in NEEDED)),
        ("processor", f"{machine['processor']}, {torch.backends.cpu.get_cpu_capability()} instructions"),
        (
            "threads",
            f"{machine['cores']} cores for this process: each stage is timed with 1 and with all, and keeps the faster",
        ),
        ("bfloat16", BFLOAT16[machine["bfloat16"]]),
        (
            "memory",
            f"{memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GiB "
            f"free{_scarce('memory', memory.available)}",
        ),
        ("accelerator", _accelerator()),
    ]
    return rows + _folders() + [(form.suffixes[0], _reader(form)) for form in FORMS if form.package]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _accelerator() -> str:
    if torch.cuda.is_available():
        memory = torch.cuda.get_device_properties(0).total_memory / 2**30
        name = f"{torch.cuda.get_device_name()}, {memory:.0f} GiB, CUDA {torch.version.cuda}"
        return f"{name}: models train and sample on it, unless you pass --device cpu"
    if torch.backends.mps.is_available():
        return "Apple Metal is there and not used: models train and sample on the processor"
    return f"none, since {why_no_gpu()}; until then models train and sample on the processor"


def _folders() -> list[tuple[str, str]]:
    place = cache()
    files = [file for file in place.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files) / 2**20
    there = next(parent for parent in (place, *place.parents) if parent.exists())
    allowed = "writable" if os.access(there, os.W_OK) else "not writable: named data cannot be kept there"
    free = psutil.disk_usage(str(there)).free
    holds = f"{len(files)} file{'s' * (len(files) != 1)}, {size:.0f} MiB" if place.exists() else "not made yet"
    rows = [("data cache", f"{place}: {holds}, {allowed}, {free / 2**30:.1f} GiB free{_scarce('disk', free)}")]
    named = os.environ.get("GENWRIGHT_DATA")
    place = f"{named}{'' if Path(named).is_dir() else ': there is no such folder'}" if named else "not set"
    size = f"{most_bytes() / 2**30:,.3g} GiB once unpacked: {VARIABLE} raises it, as in {VARIABLE}=8G"
    return [*rows, ("descriptors", _descriptors()), ("GENWRIGHT_DATA", place), ("largest source", size)]


def _descriptors() -> str:
    """The file that keeps descriptors of molecules."""
    if _version("rdkit") == "not installed":
        return "needs rdkit: pip install 'genwright[mol]'"
    place = cache_file()
    return f"{place}: {place.stat().st_size / 2**20:.1f} MiB" if place.is_file() else f"{place}: not made yet"


def _scarce(what: str, free: int) -> str:
    return f", which is little: free some {what}" if free < MIN_FREE_GIB[what] * 2**30 else ""


def _reader(form: Form) -> str:
    package = PACKAGES.get(form.package, form.package)
    number = _version(package)
    return (
        f"cannot be read: pip install 'genwright[{form.extra}]'"
        if number == "not installed"
        else f"read by {package} {number}"
    )
