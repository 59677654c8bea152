"""A run before its first step: its record, new or repeated from another run, and how it begins in its folder.

It begins anew, or resumes where the same run was interrupted. Another run is refused.
"""

import platform
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import tomli_w
import torch

from ..core.cpu import CpuShare
from ..core.data import Data
from ..core.device import device_of, is_available
from ..core.errors import DataError, RunError
from ..core.files import write_whole
from ..core.folder import CONFIG, DOMAIN, WEIGHTS
from ..core.schemas import read_record
from ..core.spec import Category
from ..core.type_names import Record
from ..training import budget
from ..training.checkpoints import Store, place_of
from ..training.identity import PLANNED_KEYS, run_digest, stage_decisions
from ..training.loop import PROBE_SECONDS, Job
from ..training.machine import device_in, machine_facts, pass_seconds
from ..training.progress import Report
from ..zoo import registry
from .folder import (
    FORMAT,
    REMEDY,
    UNREADABLE,
    domain_json,
    read_config,
    remove_run_files,
    require_format,
    require_openable,
)
from .members import MEMBERS, member_of, remove_members
from .open import build_recipe
from .parts import SHARE, STEERED, Parent, Part, Towers, recorded_parts
from .plan import ROWS, Place, Plan

ENDED = ("outcome", "health")  # keys that config.toml gains when the run has ended


@dataclass(frozen=True)
class Start(Job):
    """A run before its first step, with the weights of its parts.

    Args:
        data: what it learns from, as the run describes it.
        row: Row of its family.
    """

    data: Data
    row: registry.Row

    def member(self, number: int) -> "Start":
        """Returns the run of one member, from 1, of this ensemble."""
        config = member_of(self.config, number, len(self.items), self.data.domain.to_json())
        family = self.recipe.family.members[number - 1]
        return replace(self, config=config, recipe=replace(self.recipe, family=family))

    def resumed(self, config: dict) -> "Start":
        """Returns the run with the record that its folder holds, on the device named there. The digest is computed
        anew: a record that a hand has changed must not fit the checkpoints."""
        saved_device = device_in(config)
        start = replace(self, config=config | {"digest": run_digest(config, self.data.domain.to_json(), [])})
        return start if saved_device == device_in(self.config) else start.move_to(saved_device)

    def move_to(self, device: str) -> "Start":
        """Returns the same with its networks there, which have seen what surrounds the items. They may refuse it."""
        target_device = device_of(device)
        family = self.recipe.family.to(target_device)
        if registry.predicts(self.data.task):
            family.attach(self.data.domain.context_for(self.data, family.views).to(target_device))
        return self


def start_of(data: Data, plan: Plan, parts: Sequence[Part], place: Place, report: Report, processes: int = 1) -> Start:
    """Returns the run of a plan, or the one that repeats another where the place names it.

    Raises DataError and Unsupported for a family that does not fit the data or the parts, RunError where the other run
    has not ended or has other data.

    Args:
        data: The data set, in its parts.
    """
    old, name = (None, "") if place.replay is None else _opened_record(place.replay, plan.family)
    parts = parts if old is None else recorded_parts(old, parts)
    family, preset = (plan.family, plan.preset) if old is None else (old["family"], None)
    for part in parts:
        data = part.open(data)
        for note in part.notes:
            report.say(note)
        family = part.family_for(family)
    row, preset = registry.resolve(data.kind, data.task, family, preset)
    if old is None:
        config = _planned_record(data, row, preset, plan, parts, place)
        config["machine"]["device"] = device_of(place.device).type
    else:
        if old["data"]["hash"] != data.hash:
            raise RunError(f"{name} was trained on other data ({old['data']['name']}): replay it with those")
        if old["world"] != processes and not place.processes_changed:
            raise RunError(
                f"{name} was trained by {old['world']} processes, and {processes} would end with other bits: start "
                f"{old['world']}, or add --processes-changed"
            )
        config = _repeated_record(old, name, parts)
        config["machine"]["device"] = _device_of_replay(old, name, place.device, report)
    config |= {"world": processes}
    recipe = build_recipe(config, data.domain, row)
    for part in parts:
        part.assign_weights(recipe.family)
    if "training" not in config:
        numbers = {name: value for name, value in vars(recipe).items() if name != "family" and value is not None}
        usual_budget = {"epochs": recipe.epochs} if recipe.epochs else {"minutes": budget.DEFAULT_MINUTES}
        config = _as_read(config | {"budget": plan.budget or usual_budget, "training": numbers})
    config["digest"] = run_digest(config, data.domain.to_json(), [])
    items, valid, held_out = data.learned(ROWS[config["rows"]])
    return Start(config, replace(recipe, batch=recipe.batch or len(items)), items, valid, held_out, data, row)


def _planned_record(
    data: Data, row: registry.Row, preset: str | None, plan: Plan, parts: Sequence[Part], place: Place
) -> Record:
    """The record of a new run, without what its recipe says."""
    count = len(data.tensors("train"))
    config = _data_record(data, row, plan, count)
    brief = None if preset or parts else registry.brief_of(row, data.domain.spec, data.domain.given, count)
    config["recipe"] = _hyperparameters(data, row, preset, plan, parts, count)
    if brief:
        expected_items = _items_expected(data, row, plan, place, config)
        config["recipe"] = _hyperparameters(data, row, preset, plan, parts, count, expected_items)
        config["brief"] = {"about": expected_items, "below": brief.below, "record": brief.record}
    for part in parts:
        config |= part.record()
    return _as_read(config)


def _items_expected(data: Data, row: registry.Row, plan: Plan, place: Place, config: Record) -> int:
    """Training items that the budget allows the network of a record. Where time is the budget, a run that resumes reads
    them in its own record, and a new one times a few steps."""
    config_path = None if place.out is None or place.restart else place.out / CONFIG
    if config_path and config_path.is_file() and (found := read_config(place.out).get("brief")):
        return found["about"]
    if plan.about is not None:
        return plan.about
    recipe = build_recipe(config, data.domain, row)
    units = plan.budget or {"minutes": budget.DEFAULT_MINUTES}
    items = data.learned(ROWS[plan.rows])[0]
    if (known := budget.items_of(units, len(items), recipe.batch or len(items))) is not None:
        return known
    recipe.family.to(device_of(place.device))
    with CpuShare() as got:
        seconds = pass_seconds(replace(recipe, batch=recipe.batch or len(items)), items, PROBE_SECONDS)
    part = got.part_on(recipe.family.device.type)
    return int(60 * units["minutes"] * part / seconds * len(items)) if seconds else 0


def _repeated_record(old: dict, name: str, parts: Sequence[Part]) -> Record:
    """The same of a run that repeats another, decisions included. old, name: record and name of the other."""
    config = {key: value for key, value in old.items() if key not in ENDED}
    config |= {part.role: old[part.role] | {"run": str(part.run)} for part in parts}  # where it is now
    config |= {"stages": stage_decisions(old), "machine": machine_facts(), "versions": _versions()}
    return config | {"origin": {"how": "replay", "run": name, "digest": old["digest"]}}


def _opened_record(replay: str | Path | dict, family: str | None) -> tuple[dict, str]:
    """The record of the run to repeat, and what errors call it. Raises RunError where it cannot be repeated, or trained
    another family than the one that is named."""
    old, name = (replay, "the replayed run") if isinstance(replay, dict) else (read_config(Path(replay)), str(replay))
    require_format(old, name)
    if "outcome" not in old:
        raise RunError(f"{name} has not ended, so it cannot be replayed: run it to its end first")
    if "processes_changed" in old:
        raise RunError(f"{name} changed its number of processes in mid-run, so it cannot be repeated: fit it anew")
    if family is not None and registry.split_begun(family)[0] != old["family"]:
        raise RunError(f"{name} trained {old['family']}, not {family}: leave the family out to replay it")
    return old, name


def _device_of_replay(old: dict, name: str, device: str, report: Report) -> str:
    """The device that repeats a run: its own where that is available and no other was named."""
    recorded_device = device_in(old)
    device_here = device_of(recorded_device if device == "auto" and is_available(recorded_device) else device).type
    if device_here != recorded_device:
        report.say(
            f"{name} was trained on {recorded_device} and is repeated on {device_here}: equal in distribution, "
            "and not bit for bit"
        )
    return device_here


def _as_read(config: dict) -> dict:
    """The record as reading it from config.toml gives it."""
    return tomllib.loads(tomli_w.dumps(config))


def _data_record(data: Data, row: registry.Row, plan: Plan, items: int) -> dict:
    """The part of config.toml that is known before hyperparameters are. items: count of the training items."""
    data_facts = {"name": data.name, "hash": data.hash, "source": data.source, "options": data.options, "items": items}
    data_facts |= {"all_items": sum(data.sizes.values())}
    return {
        "format": FORMAT,
        "family": row.family,
        "kind": data.kind,
        "task": data.task,
        "seed": plan.seed,
        "rows": plan.rows,
        "data": data_facts | ({"licence": data.licence} if data.licence else {}),
        "recipe": {},
        "budget": {},
        "world": 1,
        "machine": machine_facts(),
        "versions": _versions(),
        "stages": [],
        **({"balance": _balanced_by(data)} if plan.balance else {}),
        **({"probe": True} if plan.probe else {}),
    }


def _hyperparameters(
    data: Data, row: registry.Row, preset: str | None, plan: Plan, parts: Sequence[Part], items: int,
    expected_items: int | None = None,
) -> dict:  # fmt: skip
    """The resolved hyperparameters: those of a preset, then what a person chose and what the parts bring."""
    if missing := [name for name in row.needs if name not in data.domain.given.names]:
        raise DataError(
            f"{row.family} needs the {missing[0]} of each item, and {data.name} was loaded without: load it with "
            f"given='{missing[0]}' (--given {missing[0]})"
        )
    registry.require_reads(row, data.domain.given)
    if (notation := row.construction.notation) and data.domain.alphabet.notation != notation:
        raise DataError(
            f"{row.family} reads molecules in another notation: load {data.name} with notation='{notation}' "
            f"(--notation {notation})"
        )
    chosen = plan.chosen()
    if MEMBERS in chosen and not any(MEMBERS in hyper.fields() for hyper in registry.presets(row).values()):
        raise DataError(f"{row.family} is one model, of which no ensemble is made: leave ensemble out")
    for part in parts:
        chosen |= part.fixes(row, chosen)
    spec, given = data.domain.spec, data.domain.given
    resolved = registry.hyperparameters(row, spec, given, items, preset, chosen, plan.budget, expected_items)
    if resolved.get(SHARE) == 0 and not any(isinstance(part, (Parent, Towers)) for part in parts):
        raise DataError(
            f"{SHARE} = 0 trains no towers: name a run that has some with --match (match=), or leave {SHARE} out"
        )
    if resolved.get(STEERED) and not any(isinstance(part, Parent) for part in parts):
        raise DataError(f"{STEERED} steers a trained model: name its run with --from, and --control edges")
    return resolved


def _balanced_by(data: Data) -> str:
    """The given category by which training is balanced. Raises DataError where there is none, or more than one."""
    given = data.domain.given
    names = [name for name, leaf in zip(given.names, given.columns) if isinstance(leaf, Category) and not leaf.shape]
    if len(names) != 1:
        have = f"given here are {', '.join(names)}" if names else "no category is given here"
        raise DataError(f"balance needs one given category to know the classes by, and {have}: name one with given")
    return names[0]


def _versions() -> dict:
    try:
        own_version = version("genwright")
    except PackageNotFoundError:
        own_version = "not installed"
    return {"genwright": own_version, "torch": torch.__version__, "python": platform.python_version()}


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
    stored_config = _same_run(start, store, place.device)
    stages = stored_config["stages"] if stored_config and "outcome" in stored_config and place.more else []
    if stages and place.more > stages[-1].get("more", 0.0) and store.cooldown_checkpoint:
        store.rewind_to_cooldown()
        stored_config = _before_cooldown(stored_config)
    if stored_config and "outcome" in stored_config:
        end_words = f"{out} holds this run, finished after {stored_config['outcome']['items']:,} items"
        if (out / WEIGHTS).exists():
            report.say(f"{end_words}: opened")
            return stored_config
        report.say(f"{end_words}, but no {WEIGHTS}: they are made again")
        stored_config = {key: value for key, value in stored_config.items() if key not in ENDED}
    processes = start.config["world"]
    if stored_config and processes_of(stored_config) != processes:
        if not place.processes_changed:
            raise RunError(
                f"{out} was trained by {processes_of(stored_config)} processes, and another number would end with "
                f"other bits: start {processes_of(stored_config)}, or add --processes-changed"
            )
        stored_config |= {"processes_changed": [*stored_config.get("processes_changed", []), {"processes": processes}]}
    if stored_config and not store.checkpoints() and not (out / MEMBERS).is_dir():
        report.say("resuming at 0 items: no checkpoint was written yet")
    config = stored_config or start.config
    require_openable(config, start.data.domain)
    store.write_config(config)  # first, since it says whose the folder is
    write_whole(out / DOMAIN, domain_json(start.data.domain).encode())
    if start.data.unreadable is not None:
        start.data.write_unreadable(out / UNREADABLE)
    return config


def processes_of(config: dict) -> int:
    """Returns the number of processes that train a run, or did at its end."""
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
    stored_config = read_config(out)
    saved_device = device_in(stored_config)
    _require_same(stored_config, start, out)
    if "outcome" not in stored_config and (device not in ("auto", saved_device) or not is_available(saved_device)):
        raise RunError(
            f"{out} holds a run that was begun on {saved_device}: resume it there (device {saved_device}), choose "
            "another folder, or begin anew with restart"
        )
    return stored_config


def _require_same(stored_config: dict, start: Start, out: Path) -> None:
    """Raises RunError, which names what differs, where the record of a run in `out` is that of another than starts."""
    now, differing = start.config, []
    if "origin" in now and stage_decisions(stored_config) != stage_decisions(now):
        differing.append("stages: threads, dtype or items were decided in another way")
    if (out / DOMAIN).exists() and run_digest(now, read_record(out / DOMAIN, REMEDY), []) != now["digest"]:
        differing.append(f"{DOMAIN}: the data are understood in another way now")
    replace(place_of(out), remedy=ANOTHER).require_same(stored_config, now, differing)


def _before_cooldown(stored_config: dict) -> dict:
    """The record of a run as it was before its last stage cooled down."""
    *stages, last = stored_config["stages"]
    planned = {key: last[key] for key in PLANNED_KEYS if key in last}
    return {key: value for key, value in stored_config.items() if key not in ENDED} | {"stages": [*stages, planned]}
