"""Findings of `genwright doctor` about this machine. Nothing is written or downloaded."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
import torch

from ..core.device import why_no_gpu
from ..core.limits import VARIABLE, most_bytes
from ..core.manifest import Package, load_place, packages
from ..core.packages import PACKAGES, load_plugins
from ..kinds.formats.download import cache
from ..kinds.formats.forms import FORMS
from ..training.machine import machine_facts

NEEDED = ("torch", "numpy", "pandas", "scikit-learn", "scipy")
SHOWN_SUFFIXES = 2  # endings of files, of an extra
ABSENT = "not installed"
MIN_FREE_GIB = {"memory": 4, "disk": 1}  # GiB free, below which a sentence warns


def findings() -> list[tuple[str, str]]:
    """(what was looked at, what was found), in the order of a page to read or to send."""
    load_plugins()
    machine = machine_facts()
    memory = psutil.virtual_memory()
    free = f"{memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GiB free"
    bfloat16 = "bfloat16" if machine["bfloat16"] else "no bfloat16"
    rows = [
        ("genwright", f"{_version('genwright')}, Python {platform.python_version()}, {machine['system']}"),
        ("packages", ", ".join(f"{name} {_version(name)}" for name in NEEDED)),
        (
            "processor",
            f"{machine['processor']}, {machine['cores']} core{'s' * (machine['cores'] != 1)}, "
            f"{torch.backends.cpu.get_cpu_capability()}, {bfloat16}",
        ),
        ("memory", f"{free}{_scarce('memory', memory.available)}"),
        ("accelerator", _accelerator()),
    ]
    return rows + _sciences() + _folders() + _extras()


def _sciences() -> list[tuple[str, str]]:
    """Packages of a science that are whole, in a line; a line for each that lacks something."""
    named = {package.name.rpartition(".")[2]: package for package in packages()}
    whole = [name for name, package in named.items() if not lacking(package)]
    return [("sciences", ", ".join(whole) or "none")] + [
        (name, f"lacks {', '.join(lacking(package))}: {_install(package)}")
        for name, package in named.items()
        if name not in whole
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ABSENT


def _accelerator() -> str:
    if torch.cuda.is_available():
        memory = torch.cuda.get_device_properties(0).total_memory / 2**30
        name = f"{torch.cuda.get_device_name()}, {memory:.0f} GiB, CUDA {torch.version.cuda}"
        return f"{name}: models train and sample on it, unless you pass --device cpu"
    if torch.backends.mps.is_available():
        return "Apple Metal is there and not used: models train and sample on the processor"
    return f"none, since {why_no_gpu()}"


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
    size = f"{most_bytes() / 2**30:,.3g} GiB once unpacked; {VARIABLE}=8G raises it"
    kept = [(what, _kept(package, function)) for package in packages() for what, function in package.folders.items()]
    return [*rows, *kept, ("GENWRIGHT_DATA", place), ("largest source", size)]


def _kept(package: Package, function: str) -> str:
    """A file or folder that a package keeps. function: its place."""
    if lacking(package):
        return f"needs {' and '.join(lacking(package))}: {_install(package)}"
    place = load_place(function)()
    return f"{place}: {place.stat().st_size / 2**20:.1f} MiB" if place.is_file() else f"{place}: not made yet"


def lacking(package: Package) -> list[str]:
    """Distributions that a package needs and that are not installed."""
    return [PACKAGES.get(name, name) for name in package.needs if _version(PACKAGES.get(name, name)) == ABSENT]


def _install(package: Package) -> str:
    return f"pip install 'genwright[{package.extra}]'" if package.extra else f"pip install {' '.join(package.needs)}"


def _scarce(what: str, free: int) -> str:
    return f", which is little: free some {what}" if free < MIN_FREE_GIB[what] * 2**30 else ""


def _extras() -> list[tuple[str, str]]:
    """Extras that read files: those that are installed, and the others with the command that installs them."""
    distributions: dict[str, list[str]] = {}
    suffixes: dict[str, list[str]] = {}
    for form in (form for form in FORMS if form.extra):
        distributions.setdefault(form.extra, []).append(PACKAGES.get(form.package, form.package))
        suffixes.setdefault(form.extra, []).append(form.suffixes[0])
    absent = [extra for extra, names in distributions.items() if any(_version(name) == ABSENT for name in names)]
    of_sciences = {extra for package in packages() if lacking(package) for extra in package.extra.split(",")}
    told = lambda extras: ", ".join(f"{extra} ({_some(suffixes[extra])})" for extra in extras)
    rows = [("extras", told(extra for extra in distributions if extra not in absent) or "none")]
    absent = [extra for extra in absent if extra not in of_sciences]  # these are named there
    return rows + ([(ABSENT, f"{told(absent)}: pip install 'genwright[{','.join(absent)}]'")] if absent else [])


def _some(suffixes: list[str]) -> str:
    """The first of some endings of files."""
    return ", ".join([*suffixes[:SHOWN_SUFFIXES], *["..."] * (len(suffixes) > SHOWN_SUFFIXES)])
