"""The members of an ensemble as runs of their own, which may train at the same time, and what it takes of them.

RUN/members/003/     the run of member 3 alone; its config.toml is that of RUN with `member` and a share of the budget

They train side by side on this machine (`train_side_by_side`), or elsewhere as commands (`cli/fit_processes.py`). When
all have ended, the run of the ensemble is what one process would have made of it, and they are removed.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..core.errors import BudgetError, RunError, TrainingFailed, WorkerKilled
from ..core.folder import CONFIG, METRICS, WEIGHTS
from ..core.type_names import TrainMembers
from ..training.budget import items_of, stage_items
from ..training.checkpoints import Store
from ..training.identity import run_digest, stage_decisions
from ..training.loop import Job, TrainedStage
from ..training.progress import Report
from ..training.weights import assign, require_finite, unpack
from .curves import read_metrics
from .folder import read_config
from .process import COMPLETED, LOGS, RUNNING, run_state
from .schedule import Schedule
from .side_by_side import Outcome, can_fork, may_improve, train_in_turns

MEMBERS = "members"  # the hyperparameter that counts them, their list in the family, and the folder of their runs
AT_A_TIME = "members_at_a_time"  # in config.toml, where minutes by the clock are the budget
ANEW = "begin anew with restart"


def count_of(config: dict) -> int:
    """Returns the number of networks that answer together in the run of this record."""
    return config["recipe"].get(MEMBERS, 1)


def member_folder(run: Path, number: int) -> Path:
    """Returns the folder in which member `number`, from 1, trains."""
    return run / MEMBERS / f"{number:03}"


def member_of(config: dict, number: int, items: int, domain: dict) -> dict:
    """Returns the record of the run of one member, from 1, of the ensemble of this record.

    Args:
        config: Record of the run.
        items: that the ensemble learns from.
        domain: its domain.json.
    """
    count, batch = count_of(config), config["training"]["batch"]
    total = items_of(config["budget"], items, batch)
    budget = (
        {"minutes": config["budget"]["minutes"] * min(config.get(AT_A_TIME, 1), count) / count}
        if total is None
        else {"items": stage_items(total, [1.0] * count, [batch] * count)[0]}
    )
    record = config | {"member": number, "budget": budget, "stages": config["stages"][number - 1 : number]}
    return record | {"digest": run_digest(record, domain, [])}


def require_member(run: Path, config: dict, number: int) -> None:
    """Raises BudgetError where the ensemble of this record has no member `number`, RunError where it is not begun in
    the folder `run`.

    Args:
        config: Record of the run.
    """
    count = count_of(config)
    if count == 1:
        raise BudgetError("this run has one network, and so no members: leave member out")
    if not 1 <= number <= count:
        raise BudgetError(f"member must be from 1 to {count}, not {number}")
    if not (run / CONFIG).exists() or read_config(run)["digest"] != config["digest"]:
        raise RunError(
            f"{run} holds no record of this ensemble: give the same command with --workers list in place of --member"
        )


def are_apart(store: Store) -> bool:
    """Tells whether the members of the ensemble in the store's folder were begun as runs of their own."""
    return store.folder is not None and (store.folder / MEMBERS).is_dir()


def train_members(
    job: Job, domain: dict, folder: Path, train: TrainMembers, say: Callable[[str], None]
) -> list[TrainedStage]:
    """Have the members of an ensemble trained as runs of their own, and give it the weights that they have when all
    have ended.

    Args:
        job: the ensemble.
        domain: its domain.json.
        folder: in which their runs stand; it is marked as one whose members train apart.
        train, say: as in `fit`.

    Raises RunError where the run of a member is missing, damaged or another.
    """
    stages, folders = [], [member_folder(folder, number) for number in range(1, count_of(job.config) + 1)]
    (folder / MEMBERS).mkdir(exist_ok=True)
    train(folders, say)
    for number, (path, member) in enumerate(zip(folders, getattr(job.recipe.family, MEMBERS)), 1):
        own_config, (tensors, record) = read_config(path), unpack(path / WEIGHTS)
        expected_digest = member_of(job.config, number, len(job.items), domain)["digest"]
        if own_config["digest"] != expected_digest or record.get("run") != run_digest(
            own_config, domain, stage_decisions(own_config)
        ):
            raise RunError(f"{path} holds another run than member {number} of {folder}: {ANEW}")
        measured = dict(member.named_buffers(recurse=False))  # measured by a member alone, not for the ensemble
        learned = {name: tensor for name, tensor in tensors.items() if name not in member._buffers}
        assign(member, learned | measured, path / WEIGHTS)
        require_finite(member, tensors, path / WEIGHTS)
        seconds = own_config["outcome"]["seconds"] - own_config["outcome"]["finish_seconds"]
        rows = [row for row in read_metrics(path / METRICS) if "stage" in row]
        stages.append(TrainedStage(own_config["stages"][0], own_config["machine"], max(0.0, seconds), rows))
    return stages


def train_side_by_side(
    fit_member: Callable[[int, Path, Report], object], minutes: float, cores: int, threads: int, device: str,
    report: Report, folders: list[Path], say: Callable[[str], None],
) -> None:  # fmt: skip
    """Train the members of an ensemble in processes of this machine, as far as they have not ended.

    Args:
        fit_member: trains the member of this number, from 1, in its folder; the report may give it more time.
        minutes: of each member, 0 where items are the budget.
        cores: on which members train at once.
        threads: that each may compute with.
        device: on which they compute.
        report: shows how many have ended.
        folders, say: as `fit` calls `train_members`.

    Raises TrainingFailed where a member would fail again, WorkerKilled where its process was lost again and again. All
    others end first.
    """
    folders_left = {number: path for number, path in enumerate(folders, 1) if run_state(path).status != COMPLETED}
    if not can_fork(device):
        for number, path in folders_left.items():
            fit_member(number, path, report)
        return
    failed, began, count = {}, time.monotonic(), len(folders)
    schedule = Schedule(
        dict.fromkeys(folders_left, 60 * minutes), cores, 60 * minutes * max(1.0, len(folders_left) / cores)
    )
    clock = lambda: time.monotonic() - began

    def ended(number: int, outcome: Outcome) -> None:
        if outcome.error:
            failed[number] = outcome
        say(f"member-{number} {'failed' if outcome.error else 'is trained'} ({count - len(schedule.left)} of {count})")

    def look(waiting: dict[int, float]) -> None:
        done_share = (count - len(waiting)) / count
        share = max(done_share, min(1.0, clock() / schedule.end)) if minutes else done_share
        report.show(f"{len(waiting)} of {count} networks, {min(cores, count)} at a time", share, "")

    logs = folders[0].parent / LOGS
    logs.mkdir(parents=True, exist_ok=True)
    works = {number: partial(fit_member, number, path) for number, path in folders_left.items()}
    improves, log_of = lambda number: may_improve(folders_left[number]), lambda number: logs / f"member-{number}.txt"
    train_in_turns(works, schedule, clock, improves, ended, look, log_of, threads)
    if lost := [f"member-{number} ({outcome.lost})" for number, outcome in failed.items() if outcome.lost]:
        raise WorkerKilled(
            f"the process of {', '.join(lost)} was lost again and again: free some memory, or allow fewer cores; then "
            "run the same command again, which resumes"
        )
    if failed:
        raise TrainingFailed("; ".join(f"member-{number}: {outcome.error}" for number, outcome in failed.items()))


def remove_members(folder: Path) -> None:
    """Remove the runs of the members of an ensemble, and what their commands printed. Raises RunError while one of them
    trains."""
    runs = sorted((folder / MEMBERS).glob("[0-9][0-9][0-9]"))
    for run in runs:
        if run_state(run).status == RUNNING:
            raise RunError(f"a process trains in {run}: wait, or choose another folder")
    for path in (*runs, folder / MEMBERS / LOGS):
        shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):  # something else is there, or nothing
        (folder / MEMBERS).rmdir()
