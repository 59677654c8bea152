"""The keywords of `compare`. Loads nothing heavy, since the options of the command line are made of them."""

from pathlib import Path
from typing import TypedDict


class CompareOptions(TypedDict, total=False):
    """The keywords of `compare`, which says more of each. Those with a line are options of the command line too.

    Args:
        minutes: Minutes of training by the clock, all families side by side (5).
        cores: Cores that train and measure at once (the idle ones).
        more_minutes (MINUTES): Train the families in --out further, then measure again.

    Folder:
        out: Folder (runs/compare-DATA). Resumes a comparison there.
        replay (RESULTS): Re-run the comparison recorded in this results.json.
    """

    minutes: float
    seed: int
    out: str | Path | None
    replay: str | Path | None
    progress: bool
    task: str | None
    device: str
    target: str | None
    more_minutes: float | None
    cores: int | None
    workers: str | None
    slurm: str | None
    retries: int
