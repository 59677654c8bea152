"""Other installed packages: optional ones, and plugins, which add families, kinds of data, samplers or rules."""

import warnings
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec

from .errors import DataError

PACKAGES = {
    "Bio": "biopython",
    "pillow_heif": "pillow-heif",
    "python_calamine": "python-calamine",
}  # module: package, where they differ


def require_package(package: str, extra: str = "", what: str = "") -> None:
    """Raises DataError where it is not installed.

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


@cache
def load_plugins() -> None:
    """Run what packages name as "genwright.families", once. One that fails is left out with a warning."""
    for entry in entry_points(group="genwright.families"):
        try:
            entry.load()()
        except (Exception, SystemExit) as error:  # whatever the code of others raises
            warnings.warn(
                f"the families of {entry.value} are left out, since they cannot be registered: {error}", stacklevel=2
            )
