"""The record of a run before it begins: what config.toml will hold, of a new run or of one that repeats another."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import tomli_w
import torch

from ..core.data import APART, Data
from ..core.device import device_of, is_available
from ..core.errors import DataError, RunError
from ..core.spec import Category
from ..core.trainable import Items, Recipe, join
from ..recipes import registry
from ..training.identity import run_digest, stage_decisions
from ..training.machine import device_in, machine_facts
from ..training.progress import Report
from .folder import FORMAT, read_config, require_format
from .members import MEMBERS, member_of
from .open import build_recipe
from .parts import SHARE, Parent, Part, Towers, recorded_parts
from .plan import ROWS, Place, Plan

ENDED = ("outcome", "health")  # what config.toml gains when the run has ended


@dataclass(frozen=True)
class Start:
    """A run before its first step.

    Args:
        config: as config.toml will hold it.
        data: what it learns from, as the run describes it.
        row: of its family.
        recipe: untrained, with the weights of its parts.
        items: to learn from.
        valid: to validate on; none where every row is learned from.
    """

    config: dict
    data: Data
    row: registry.Row
    recipe: Recipe
    items: Items
    valid: Items

    def apart(self) -> Items | None:
        """Items that judge a predictor at its end."""
        return (self.data.encoded.get(APART) or None) if self.config["rows"] == "train" else None

    def member(self, number: int) -> Start:
        """The run of one member, from 1, of this ensemble."""
        config = member_of(self.config, number, len(self.items), self.data.domain.to_json())
        family = self.recipe.family.members[number - 1]
        return replace(self, config=config, recipe=replace(self.recipe, family=family))

    def on(self, device: str) -> Start:
        """The same with its networks there, which have seen what surrounds the items. They may refuse it."""
        family, where = self.recipe.family.to(device_of(device)), device_of(device)
        if registry.predicts(self.data.task):
            family.attach(self.data.domain.context_for(self.data, family.views).to(where))
        return self


def new_start(data: Data, plan: Plan, parts: Sequence[Part], device: str, processes: int = 1) -> Start:
    """A run of a plan. Raises DataError and Unsupported for a family that does not fit the data or the parts."""
    family = plan.family
    for part in parts:
        data = part.open(data)
        if isinstance(part, Parent):
            if family not in (None, part.family):
                raise RunError(f"{part.run} holds a run of {part.family}, not {family}: leave the family out")
            family = part.family
    row, preset = registry.resolve(data.kind, data.task, family, plan.preset)
    count = len(data.tensors("train"))
    config = _described(data, row, plan, count)
    config["recipe"] = _hyperparameters(data, row, preset, plan, parts, count)
    for part in parts:
        config |= part.record()
    recipe = build_recipe(config := _as_read(config), data.domain, row)
    config["budget"] = plan.budget({"epochs": recipe.epochs} if recipe.epochs else None)
    config["training"] = {name: value for name, value in vars(recipe).items() if name != "family" and value is not None}
    config["world"], config["machine"]["device"] = processes, device_of(device).type
    config = _as_read(config)
    config["digest"] = run_digest(config, data.domain.to_json(), [])
    return _start(config, data, row, recipe, parts)


def repeated_start(data: Data, plan: Plan, place: Place, report: Report, processes: int) -> Start:
    """A run that repeats another, decisions included, on its device where that is available.

    Raises RunError where the other has not ended or has other data.
    """
    old, name = place.replay, "the replayed run"
    if not isinstance(old, dict):
        old, name = read_config(Path(old)), str(old)
    require_format(old, name)
    if "outcome" not in old:
        raise RunError(f"{name} has not ended, so it cannot be replayed: run it to its end first")
    parts = recorded_parts(old)
    for part in parts:
        data = part.open(data)
    if old["data"]["hash"] != data.hash:
        raise RunError(f"{name} was trained on other data ({old['data']['name']}): replay it with those")
    if plan.family not in (None, old["family"]):
        raise RunError(f"{name} trained {old['family']}, not {plan.family}: leave the family out to replay it")
    if "processes_changed" in old:
        raise RunError(f"{name} changed its number of processes in mid-run, so it cannot be repeated: fit it anew")
    require_processes(place, name, old["world"], processes)
    there = device_in(old)
    here = device_of(there if place.device == "auto" and is_available(there) else place.device).type
    if here != there:
        report.say(
            f"{name} was trained on {there} and is repeated on {here}: equal in distribution, and not bit for bit"
        )
    config = {key: value for key, value in old.items() if key not in ENDED}
    config |= {"stages": stage_decisions(old), "world": processes}
    config |= {"machine": machine_facts() | {"device": here}, "versions": _versions()}
    config["digest"] = run_digest(config, data.domain.to_json(), [])
    config |= {"origin": {"how": "replay", "run": name, "digest": old["digest"]}}
    row = registry.row(data.kind, data.task, old["family"])
    return _start(config, data, row, build_recipe(config, data.domain, row), parts)


def require_processes(place: Place, run: str, before: int, now: int) -> None:
    """Raises RunError where a run has another number of processes than before, and nobody has allowed that."""
    if before != now and not place.processes_changed:
        processes = f"{before} processes" if before > 1 else "one process"
        raise RunError(
            f"{run} was trained by {processes}, and {now} would end with other bits: start {before}, or add "
            "--processes-changed"
        )


def _as_read(config: dict) -> dict:
    """The record as reading it from config.toml gives it."""
    return tomllib.loads(tomli_w.dumps(config))


def _start(config: dict, data: Data, row: registry.Row, recipe: Recipe, parts: Sequence[Part]) -> Start:
    for part in parts:
        part.put(recipe.family)
    items, valid = _items(data, config["rows"])
    return Start(config, data, row, replace(recipe, batch=recipe.batch or len(items)), items, valid)


def _items(data: Data, rows: str) -> tuple[Items, Items]:
    """Items to learn from and items to validate on."""
    if rows == "train":
        return data.tensors("train"), data.tensors("valid")
    parts = [data.tensors(part) for part in ROWS[rows]]
    whole = join([*parts, *([data.encoded[APART]] if APART in data.encoded else [])])
    return whole, whole[:0]


def _described(data: Data, row: registry.Row, plan: Plan, items: int) -> dict:
    """What config.toml says of a run before its hyperparameters are known. items: count of the training items."""
    about = {"name": data.name, "hash": data.hash, "source": data.source, "options": data.options, "items": items}
    return {
        "format": FORMAT,
        "family": row.family,
        "kind": data.kind,
        "task": data.task,
        "seed": plan.seed,
        "rows": plan.rows,
        "data": about | ({"licence": data.licence} if data.licence else {}),
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
    data: Data, row: registry.Row, preset: str | None, plan: Plan, parts: Sequence[Part], items: int
) -> dict:
    """The resolved hyperparameters: those of a preset, then what a person chose and what the parts bring."""
    if missing := [name for name in row.needs if name not in data.domain.given.names]:
        raise DataError(
            f"{row.family} needs the {missing[0]} of each item, and {data.name} was loaded without: load it with "
            f"given='{missing[0]}' (--given {missing[0]})"
        )
    registry.require_reads(row, data.domain.given)
    chosen = plan.chosen()
    if MEMBERS in chosen and not any(MEMBERS in hyper.fields() for hyper in registry.presets(row).values()):
        raise DataError(f"{row.family} is one model, of which no ensemble is made: leave ensemble out")
    for part in parts:
        chosen |= part.fixes(row, chosen)
    spec, given = data.domain.spec, data.domain.given
    resolved = registry.hyperparameters(row, spec, given, items, preset, chosen)
    if resolved.get(SHARE) == 0 and not any(isinstance(part, (Parent, Towers)) for part in parts):
        raise DataError(
            f"{SHARE} = 0 trains no towers: name a run that has some with --match (match=), or leave {SHARE} out"
        )
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
        own = version("genwright")
    except PackageNotFoundError:
        own = "not installed"
    return {"genwright": own, "torch": torch.__version__, "python": platform.python_version()}
