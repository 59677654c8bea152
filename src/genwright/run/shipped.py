"""Models that ship with genwright, in the distribution genwright-models: `shipped:digits` names one as a run."""

import shutil
from pathlib import Path

from ..core.errors import RunError
from ..core.folder import CONFIG
from ..core.packages import models_folder

PREFIX = "shipped:"
STUDIO_FOLDER = "shipped"  # the folder of runs that `genwright studio shipped` fills


def run_folder(run: str | Path) -> Path:
    """Returns the folder of a run: of a shipped one its place in the package, of any other the path itself.

    Raises DataError where the package is not installed, RunError for a name that it does not have."""
    if not str(run).startswith(PREFIX):
        return Path(run)
    name, runs = str(run).removeprefix(PREFIX), shipped_runs()
    if name not in runs:
        raise RunError(f"no model {name[:40]!r} is shipped: name one of {', '.join(runs)}")
    return runs[name]


def shipped_runs() -> dict[str, Path]:
    """Returns {name: its folder} of the shipped models. Raises DataError where the package is not installed."""
    root = models_folder("shipped models need")
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{CONFIG}"))}


def copy_shipped(folder: Path) -> None:
    """Copies every shipped model into a new folder of runs."""
    for name, run in shipped_runs().items():
        shutil.copytree(run, folder / name)
