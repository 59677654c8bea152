"""The picks in order, and the command that uses one, as it can be pasted into a shell from the folder that `compare`
ran in."""

from __future__ import annotations

import shlex
from pathlib import Path

from .numbers import FIRST
from .picks import Pick, picks
from .results import find, metric_of

DRAWN = 100  # items


def in_order(results: dict) -> list[Pick]:
    """The picks, that of the purpose which most people come for first."""
    return sorted(picks(results), key=lambda pick: FIRST.index(pick.criterion))


def where(results: dict, folder: str | Path) -> Path:
    """The folder of the comparison as it was called, or as the report was told it for results of earlier versions."""
    return Path(results.get("folder") or folder)


def command(results: dict, pick: Pick, folder: str | Path) -> str:
    """What to type for a pick's purpose. folder: see `where`."""
    row, data = find(results, pick.family), results["data"]
    run = where(results, folder) / row["folder"]
    suffix, source = data.get("suffix"), data["source"] or f"new{data.get('suffix', '')}"
    items = ["--out", f"new{suffix}"] if suffix is not None else []
    filled = ["--out", f"filled{suffix}"] if suffix is not None else []
    words = {
        "samples": ["sample", run, "-n", DRAWN, *items],
        "density": ["log-prob", run, source, "--out", "log-prob.csv"],
        "completions": ["complete", run, source, *filled],
        "codes": ["encode", run, source, "--out", "codes.npz"],
        "labels": ["predict", run, source, *_options(data), "--out", "predictions.csv"],
    }
    completes = metric_of(row["metrics"][pick.metric]).of == "completions"
    return shlex.join(map(str, ["genwright", *words["completions" if completes else pick.criterion]]))


def _options(data: dict) -> list[str]:
    """How the graph was read, which is not in the run."""
    words = []
    for name, value in data.get("options", {}).items():
        if isinstance(value, str) or value is True:
            words += [f"--{name}", *([value] if isinstance(value, str) else [])]
    return words
