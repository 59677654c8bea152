"""Other installed packages: optional ones, and plugins, which add families, kinds of data, samplers or rules."""

import warnings
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec

from .errors import DataError


def require_package(package: str) -> None:
    """Raises DataError where it is not installed."""
    if find_spec(package) is None:
        raise DataError(f"this needs the package {package}, which is not installed: pip install {package}")


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
