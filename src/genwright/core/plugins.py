"""Plugins: families, kinds of data, samplers and guidance rules that other installed packages add."""

import warnings
from functools import cache
from importlib.metadata import entry_points


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
