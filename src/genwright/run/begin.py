"""How a run begins in its folder: anew, or where the same run was interrupted. Another run is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..core.device import is_available
from ..core.errors import RunError
from ..core.files import write_whole
from ..core.run_files import CONFIG, DOMAIN, WEIGHTS
from ..core.schemas import read_record
from ..training.checkpoints import Store, place_of
from ..training.identity import PLANNED_KEYS, run_digest, stage_decisions
from ..training.machine import device_in
from ..training.progress import Report
from .folder import REMEDY, UNREADABLE, domain_json, read_config, remove_run_files, require_openable
from .members import MEMBERS, remove_members
from .plan import Place
from .record import ENDED, Start

ANOTHER = "pass the same settings to resume it, choose another folder, or begin anew with restart"


def begin_in_folder(start: Start, store: Store, place: Place, report: Report) -> dict:
    """Write the record of a run into the store's folder. Returns the record of the run that resumes there, else its
    own; it has an outcome where the run has ended and is to be opened.

    Raises RunError where the folder holds another run.
    """
    out = store.folder
    if place.restart:
        remove_members(out)
        remove_run_files(out)
    before = _same_run(start, store, place.device)
    if before and "outcome" in before and _has_more_time(before, place.more, store):
        store.rewind_to_cooldown()
        before = _before_cooldown(before)
    if before and "outcome" in before:
        ended = f"{out} holds this run, finished after {before['outcome']['items']:,} items"
        if (out / WEIGHTS).exists():
            report.say(f"{ended}: opened")
            return before
        report.say(f"{ended}, but no {WEIGHTS}: they are made again")
        before = {key: value for key, value in before.items() if key not in ENDED}
    processes = start.config["world"]
    if before and processes_of(before) != processes:
        if not place.processes_changed:
            raise RunError(
                f"{out} was trained by {processes_of(before)} processes, and another number would end with other bits: "
                f"start {processes_of(before)}, or add --processes-changed"
            )
        before |= {"processes_changed": [*before.get("processes_changed", []), {"processes": processes}]}
    if before and not store.checkpoints() and not (out / MEMBERS).is_dir():
        report.say("resuming at 0 items: no checkpoint was written yet")
    config = before or start.config
    require_openable(config, start.data.domain)
    store.write_config(config)  # first, since it says whose the folder is
    write_whole(out / DOMAIN, domain_json(start.data.domain).encode())
    if start.data.unreadable is not None:
        start.data.write_unreadable(out / UNREADABLE)
    return config


def processes_of(config: dict) -> int:
    """How many processes train a run, or did at its end."""
    return [{"processes": config["world"]}, *config.get("processes_changed", [])][-1]["processes"]


def _same_run(start: Start, store: Store, device: str) -> dict | None:
    """Contents of the folder's config.toml if it holds the same run; None if the folder holds no run.

    Raises RunError if settings differ (it names old and new values), if an unfinished run is on another device, or if
    weights or checkpoints lack config.toml.
    """
    out = store.folder
    if not (out / CONFIG).exists():
        learned = [path for path in (out / WEIGHTS, *store.checkpoints()) if path.exists()]
        if learned:
            raise RunError(
                f"{out} holds {learned[0].relative_to(out)} and no {CONFIG}, which would tell of which run it is: put "
                "it back, choose another folder, or begin anew with restart"
            )
        return None
    before = read_config(out)
    there = device_in(before)
    _require_same(before, start, out)
    if "outcome" not in before and (device not in ("auto", there) or not is_available(there)):
        raise RunError(
            f"{out} holds a run that was begun on {there}: resume it there (device {there}), choose another "
            "folder, or begin anew with restart"
        )
    return before


def _require_same(before: dict, start: Start, out: Path) -> None:
    """Raises RunError, which names what differs, where the record of a run in `out` is that of another than starts."""
    now, other = start.config, []
    if "origin" in now and stage_decisions(before) != stage_decisions(now):
        other.append("stages: threads, dtype or items were decided in another way")
    if (out / DOMAIN).exists() and run_digest(now, read_record(out / DOMAIN, REMEDY), []) != now["digest"]:
        other.append(f"{DOMAIN}: the data are understood in another way now")
    replace(place_of(out), remedy=ANOTHER).require_same(before, now, other)


def _has_more_time(before: dict, more: float | None, store: Store) -> bool:
    """Whether a run that has ended was kept before its cooldown and is now given more seconds than it had."""
    return bool(
        more and before["stages"] and more > before["stages"][-1].get("more", 0.0) and store.cooldown_checkpoint
    )


def _before_cooldown(before: dict) -> dict:
    """The record of a run as it was before its last stage cooled down."""
    *stages, last = before["stages"]
    planned = {key: last[key] for key in PLANNED_KEYS if key in last}
    return {key: value for key, value in before.items() if key not in ENDED} | {"stages": [*stages, planned]}
