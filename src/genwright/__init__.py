"""genwright: train every family of generative model that fits your data, measure them alike, use the one to pick.

data  = genwright.load_data("digits")            # or a path, an array, a DataFrame
model = genwright.fit(data, "vae", minutes=1)
new   = model.sample(16, given={"label": 3})
best  = genwright.compare(data, minutes=5).best("samples")
"""

import os
import sys

# `python -m genwright` puts the folder at hand first, whose files are no code of ours. While Python looks for the
# module of -m, that word stands in the place of the program.
if (
    sys.argv[:1] == ["-m"]
    and ("-m", __name__) in ((word, name.partition(".")[0]) for word, name in zip(sys.orig_argv, sys.orig_argv[1:]))
    and not sys.flags.safe_path
):
    del sys.path[0]

from importlib import import_module
from pathlib import Path
from typing import Any

# A waiting thread of OpenMP sleeps. By default it spins, and on busy cores takes the time of the thread that it waits
# for. torch reads this as it is loaded; loaded before genwright, its threads spin.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
_LINES = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8").splitlines()  # which editors and mypy read too
_NAMED = [line.removeprefix("# ").split() for line in _LINES if line.startswith(("from .", "# from ."))]
_WHERE = {words[-1]: words[1] for words in _NAMED}
__all__ = [*_WHERE]


def __getattr__(name: str) -> Any:
    """The public surface, imported when first used, so that `import genwright` costs nothing."""
    if name == "measure":  # a room of this package, which can be called
        return import_module(".measure", __name__)
    if name not in _WHERE:
        raise AttributeError(f"module 'genwright' has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
