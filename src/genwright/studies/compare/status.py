"""How the runs below a folder stand."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ...core.errors import GenwrightError, RunError
from ...core.folder import CONFIG
from ...core.safe_text import folder_name, visible
from ...run.folder import read_config
from ...run.members import MEMBERS, count_of, member_folder
from ...run.process import PROCESS, RunState, run_state
from ..report.results import RESULTS, read

HEAD, LETTERS = ("run", "state", "host", "minutes left"), (200, 10, 60, 1_000)  # of a line, and letters at most
MOST_DEPTH = 16  # folders below the one that is named
MOST_RUNS = 1_000  # of a comparison or an ensemble


def walk(folder: Path) -> Iterator[tuple[Path, set[str]]]:
    """Yields a folder and those below it, each with the names in it. Links are not followed, and a folder that cannot
    be read is left out."""
    waiting = [(folder, 0)]
    while waiting:
        current_folder, depth = waiting.pop()
        try:
            with os.scandir(current_folder) as listing:
                entries = list(listing)
            below = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue
        yield current_folder, {entry.name for entry in entries}
        waiting += [(path, depth + 1) for path in below if depth < MOST_DEPTH]


def states(folder: Path) -> dict[str, RunState]:
    """Returns {run below `folder`, or the folder itself: how it stands}, in the order of their names; families of a
    comparison and members of an ensemble whose run nobody began are among them. Raises RunError where there is no run.
    """
    runs = set()
    for current_folder, names in walk(folder):
        runs |= {current_folder} if names & {CONFIG, PROCESS} else set()
        with suppress(GenwrightError):  # a file of this name that is not ours
            known = read(current_folder) if RESULTS in names else None
            families = [f for f in known.plan.families if f not in known.families_left_out][:MOST_RUNS] if known else ()
            runs |= {current_folder / family for family in families if folder_name(family) == family}
        with suppress(GenwrightError):
            count = count_of(read_config(current_folder)) if MEMBERS in names else 0
            count = min(count, MOST_RUNS) if isinstance(count, int) else 0
            runs |= {member_folder(current_folder, number) for number in range(1, count + 1)}
    if not runs:
        raise RunError(f"no runs in {folder}: name the folder that a fit or a comparison writes")
    return {str(run.relative_to(folder)): run_state(run) for run in sorted(runs)}


def table(folder: Path) -> list[str]:
    """States of the runs below a folder as lines of text, with the reason why a run failed."""
    rows = [HEAD]
    for name, state in states(folder).items():
        minutes_text = "" if state.minutes_left is None else f"{state.minutes_left:.1f}"
        row = (folder.name if name == "." else name, state.status, state.host, minutes_text or state.error)
        rows.append(tuple(visible(cell)[:letters] for cell, letters in zip(row, LETTERS)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return ["  ".join([*(f"{cell:{width}}" for cell, width in zip(row, widths)), row[3]]).rstrip() for row in rows]
