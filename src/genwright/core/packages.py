"""Other installed packages: optional ones, and plugins, which add families, kinds of data, samplers or rules."""

import warnings
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from .errors import DataError

PACKAGES = {
    "Bio": "biopython",
    "pillow_heif": "pillow-heif",
    "python_calamine": "python-calamine",
}  # module: package, where they differ
MODELS, MODELS_PACKAGE = "genwright-models", "genwright_models"  # our other distribution, and its module


class OnFirstUse:
    """A module of another package that is imported when something of it is first used."""

    def __init__(self, name: str):
        self.name = name

    def __getattr__(self, what: str) -> object:
        return getattr(import_module(self.name), what)


def load_place(place: str, room: str) -> Callable:
    """A function "module:function". room: the dotted module that it lies below, unless its whole name is told."""
    module, function = place.split(":")
    return getattr(import_module(module if module.startswith("genwright.") else f"{room}.{module}"), function)


Chem, nx = OnFirstUse("rdkit.Chem"), OnFirstUse("networkx")


def require_package(package: str, extra: str = "", what: str = "") -> None:
    """Raises DataError where a package is not installed.

    Args:
        package: the module that is imported.
        extra: of genwright, which has the package.
        what: a clause that says what needs it, such as "x.dcm is a DICOM image".
    """
    if find_spec(package) is None:
        remedy = f"'genwright[{extra}]'" if extra else package
        what = f"{what} and" if what else "this"
        package = PACKAGES.get(package, package)
        raise DataError(f"{what} needs the package {package}, which is not installed: pip install {remedy}")


def find_models() -> Path | None:
    """Finds the folder of the distribution genwright-models; None where it is not installed."""
    spec = find_spec(MODELS_PACKAGE)
    return None if spec is None else Path(*spec.submodule_search_locations)


def models_folder(what: str) -> Path:
    """Finds the folder of the distribution genwright-models. Raises DataError, with what needs it, where it is not
    installed."""
    folder = find_models()
    if folder is None:
        raise DataError(f"{what} the package {MODELS}, which is not installed: pip install {MODELS}")
    return folder


@cache
def load_plugins() -> None:
    """Runs what packages name as "genwright.families", once. One that fails is left out with a warning."""
    for entry in entry_points(group="genwright.families"):
        try:
            entry.load()()
        except (Exception, SystemExit) as error:  # whatever the code of others raises
            warnings.warn(
                f"the families of {entry.value} are left out, since they cannot be registered: {error}", stacklevel=2
            )
