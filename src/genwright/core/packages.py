"""Other installed packages: optional ones, and plugins, which add families, kinds of data, samplers or rules."""

import warnings
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from .errors import DataError
from .manifest import add_package

PACKAGES = {
    "Bio": "biopython",
    "pillow_heif": "pillow-heif",
    "python_calamine": "python-calamine",
}  # module: package, where they differ
MODELS, MODELS_PACKAGE = "genwright-models", "genwright_models"  # our other distribution, and its module


class OnFirstUse:
    """A module of another package that is imported when something of it is first used.

    Args:
        name: dotted name of the module.
        extra: Extra of genwright, which installs the package.
    """

    def __init__(self, name: str, extra: str):
        self.name, self.extra = name, extra

    def __getattr__(self, name: str) -> object:
        try:
            module = import_module(self.name)
        except ModuleNotFoundError:
            require_package(self.name.partition(".")[0], self.extra)
            raise
        return getattr(module, name)


Chem, nx = OnFirstUse("rdkit.Chem", "mol"), OnFirstUse("networkx", "graphs")


def require_package(package: str, extra: str = "", subject: str = "", instead: str = "") -> None:
    """Raises DataError where a package is not installed.

    Args:
        package: the module that is imported.
        extra: Extra of genwright, which has the package.
        subject: a clause that says what needs it, such as "x.dcm is a DICOM image".
        instead: a command that does without it.
    """
    if find_spec(package) is None:
        remedy = f"'genwright[{extra}]'" if extra else package
        subject = f"{subject} and" if subject else "this"
        package = PACKAGES.get(package, package)
        instead = f", or {instead}" if instead else ""
        raise DataError(f"{subject} needs the package {package}, which is not installed: pip install {remedy}{instead}")


def find_models() -> Path | None:
    """Finds the folder of the distribution genwright-models; None where it is not installed."""
    spec = find_spec(MODELS_PACKAGE)
    return None if spec is None else Path(*spec.submodule_search_locations)


def models_folder(subject: str) -> Path:
    """Finds the folder of the distribution genwright-models. Raises DataError, with what needs it, where it is not
    installed."""
    folder = find_models()
    if folder is None:
        raise DataError(f"{subject} the package {MODELS}, which is not installed: pip install {MODELS}")
    return folder


@cache
def load_plugins() -> None:
    """Loads the plug-ins of other distributions, once: entry points "genwright.packages" and "genwright.families". One
    that fails is left out with a warning. One that fails is left out with a warning."""
    found = entry_points()
    for group, take in (("genwright.packages", add_package), ("genwright.families", lambda register: register())):
        for entry in found.select(group=group):
            try:
                take(entry.load())
            except (Exception, SystemExit) as error:  # whatever the code of others raises
                subject = group.partition(".")[2]
                warnings.warn(
                    f"the {subject} of {entry.value} are left out, since they cannot be registered: {error}",
                    stacklevel=2,
                )
