"""How the runs below a folder stand."""

from pathlib import Path

from ...core.errors import GenwrightError, RunError
from ...core.folder import CONFIG
from ...core.safe_text import folder_name, visible
from ...run.folder import read_config
from ...run.members import MEMBERS, count_of, member_folder
from ...run.process import PROCESS, RunState, run_state
from ..report.results import read

HEAD = ("run", "state", "host", "minutes left")


def states(folder: Path) -> dict[str, RunState]:
    """{run below `folder`, or the folder itself: how it stands}, in the order of their names; families of a comparison
    and members of an ensemble whose run nobody began are among them. Raises RunError where there is no run."""
    runs = {path.parent for name in (CONFIG, PROCESS) for path in folder.rglob(name)}
    for results in folder.rglob("results.json"):
        try:
            families = read(results).plan["families"]
            runs |= {results.parent / family for family in families if folder_name(family) == family}
        except GenwrightError:  # a file of this name that is not ours
            continue
    for members in folder.rglob(MEMBERS):
        try:
            count = count_of(read_config(members.parent))
        except GenwrightError:
            continue
        runs |= {member_folder(members.parent, number) for number in range(1, count + 1)}
    if not runs:
        raise RunError(f"no runs in {folder}: name the folder that a fit or a comparison writes")
    return {str(run.relative_to(folder)): run_state(run) for run in sorted(runs)}


def table(folder: Path) -> list[str]:
    """States of the runs below a folder as lines of text, with the reason why a run failed."""
    rows = [HEAD]
    for name, state in states(folder).items():
        left = "" if state.minutes_left is None else f"{state.minutes_left:.1f}"
        row = (folder.name if name == "." else name, state.status, state.host, left or state.error)
        rows.append(tuple(map(visible, row)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return ["  ".join([*(f"{cell:{width}}" for cell, width in zip(row, widths)), row[3]]).rstrip() for row in rows]
