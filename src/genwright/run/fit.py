"""fit: data and a family's name in, a Model out."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import tomli_w
import torch

from ..core.data import APART, Data
from ..core.device import deterministic, device_of, is_available
from ..core.errors import BudgetError, DataError, RunError, Unsupported
from ..core.files import write_whole
from ..core.run_files import CONFIG, DOMAIN, WEIGHTS
from ..core.spec import Category, Spec
from ..core.trainable import Items, Recipe, join
from ..data.splits import PARTS
from ..distributions.condition_copula import ConditionCopula
from ..recipes import registry
from ..training.budget import budget_of
from ..training.checkpoints import ReadOnlyStore, Store
from ..training.identity import (
    PLANNED_KEYS,
    RUN_KEYS,
    origin_identity,
    run_digest,
    stage_decisions,
)
from ..training.loop import TrainedStage, train
from ..training.machine import device_in, machine_facts
from ..training.progress import Report, duration, report_for
from ..training.world import TIMEOUT, World, current_world, require_divisible
from .card import CARD, write_card
from .codec import codec_record, take_codec
from .curves import read_curves
from .folder import (
    FORMAT,
    UNREADABLE,
    domain_json,
    read_config,
    remove_run_files,
    require_format,
    require_openable,
    require_own_folder,
    same_domain,
    write_model,
)
from .members import (
    MEMBERS,
    count_of,
    member_folder,
    member_folders,
    member_of,
    remove_members,
    require_begun_alike,
    require_ensemble,
    take_members,
)
from .model import Model
from .open import build_recipe, load_model, model_of
from .origin import origin_of
from .parent import DEFAULT_PACE, MAX_PACE, as_described_by, begin_from, open_parent, record_of
from .predictor import Predictor
from .previews import previews_of, require_previews
from .process import DONE, run_state, training_in
from .tasks import task_of
from .towers import SHARE, open_towers, put_in, require_place, with_towers

ENDED = ("outcome", "health")  # what config.toml gains when the run has ended
ROWS = {"train": PARTS[:1], "trainval": PARTS[:2], "all": PARTS}
OF_PARENT = ("preset", "hyperparameters", "ensemble", "codec")  # settings of a run that begins from another
NAMED = 4  # differing numbers that the error names, at most


def fit(
    data: Any,
    family: str | None = None,
    *,
    minutes: float | None = None,
    items: int | None = None,
    steps: int | None = None,
    epochs: float | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    preset: str | None = None,
    restart: bool = False,
    replay: str | Path | dict | None = None,
    parent: str | Path | None = None,
    codec: str | Path | None = None,
    pace: float | None = None,
    rows: str = "train",
    balance: bool = False,
    progress: bool | Report = True,
    checkpoint_seconds: float = 30.0,
    task: str | None = None,
    hyperparameters: dict | None = None,
    ensemble: int | None = None,
    match: str | Path | None = None,
    device: str = "auto",
    probe: bool = False,
    more: float | None = 0.0,
    processes_changed: bool = False,
    timeout: float = TIMEOUT,
    member: int | None = None,
    train_members: Callable[[list[Path], Callable[[str], None]], None] | None = None,
    previews: int = 0,
) -> Model | Predictor:
    """Train a model of `data` (a Data, or anything that `load_data` takes) and return it; for a task of prediction, a
    Predictor.

    task: the task to learn (`genwright list` prints all). Default: the first task of the kind of data; for a graph, the
    one that its labels belong to.

    family: its name; default: the one that suits the kind of data. minutes, items, steps or epochs: the budget, two
    minutes by default. Time counts from the first step to the finished model. rows: "train"; "trainval" to train on
    validation rows too, as some published figures do; or "all" to train a final model on every row. Without validation
    rows, nothing is validated. preset: a named set of hyperparameters. hyperparameters: values that override the
    preset's, as {"free_bits": 2.0}; `genwright list FAMILY` prints them with their ranges. ensemble: number of
    networks, trained one after another under the same budget, that predict together (for properties of molecules; the
    hyperparameter `members`). balance: sample each class of the only conditioning category equally often in training.
    The model still learns p(x | class); rare classes get more training. Validation and the labels of unconditional
    samples keep their frequencies.

    out: a run folder. The same call again resumes an interrupted run, to the same bits, or opens a finished one;
    restart=True starts over. replay: a run folder (or the contents of its config.toml): repeat this run bit for bit,
    with its family, hyperparameters, seed and budget. parent: a run folder: start from its weights, with its family,
    hyperparameters and description of the data. pace: factor on the parent's learning rate, by default a tenth, which
    suits a few new items; 1 keeps the parent's rate. codec: a run folder: take the codec of its images, which stays as
    it is, so that only what follows it is trained. match: a run folder of the task match on the same images, whose
    towers the family takes in place of training its own (unclip). checkpoint_seconds: seconds between checkpoints.

    device: "cpu", "cuda" (an NVIDIA GPU) or "auto": the device of the run that is resumed or repeated, otherwise a GPU
    if there is one. On every device a run starts from the same weights and trains on the same items. All
    other random numbers depend on the device, so results differ between devices.

    probe: choose threads and dtype by timing a few steps. By default a rule chooses them without a clock, so that the
    same seed gives the same bits on a busy machine. config.toml records the choice, and a resumed run keeps it.

    more: seconds beyond `minutes`. With None, a run in `out` stops before its cool-down and raises AwaitingTime. The
    same call with a number resumes it, for that many more seconds; a larger number extends it after its end. `compare`
    uses this to pass on time that other families did not use, and minutes that the user adds.

    previews: number of samples to look at while the last stage trains. After 1,000, 2,000, 5,000, 10,000 items and so
    on, a picture of them is written to `previews/` in `out`, always from the same noise. The run has the same bits
    without them. A picture is left out where they would take more than 4% of the time.

    Several processes train one model together where each makes this call with the same data and settings, in a group
    of torch.distributed or started by torchrun or srun (docs/many-machines.md). Each takes its share of every batch;
    process 0 writes `out`, which all hosts must share. processes_changed: resume or repeat a run with another number of
    processes, after which its bits differ. timeout: seconds without an answer after which a process counts as lost.

    The members of an ensemble may train apart, which `genwright fit --workers` uses. member: train the member of this
    number, from 1, and return it; its run folder stands in `out`, where the ensemble is begun already.
    train_members(folders, say): called when the ensemble is begun in `out`, it returns when the same call with `member`
    has ended for each; `say` prints a sentence. The ensemble is then what one process would have trained.

    Raises DataError for data or a family that do not fit and for a hyperparameter that is unknown or out of range,
    Unsupported for a family that does not support the conditions or several processes, BudgetError for a budget that
    makes no sense, RunError if `out` holds another run, is in use or cannot be written, TrainingFailed for a loss that
    is not finite, DeviceError for a device that is not available, ProcessLost if another process of the run ended.
    """
    require_plan(family, minutes, items, steps, epochs)
    if not timeout > 0:
        raise BudgetError(f"timeout must be above 0 seconds, not {timeout}")
    world = current_world(device, timeout)
    data = task_of(data, task)
    out = None if out is None else Path(out)
    if out is None and (member is not None or train_members is not None):
        raise BudgetError("members train in folders of their own: name out")
    named = {"minutes": minutes, "items": items, "steps": steps, "epochs": epochs, "preset": preset}
    named |= dict(match=match) | {
        "ensemble": ensemble,
        "balance": balance or None,
        "hyperparameters": hyperparameters,
        "pace": pace,
        "probe": probe or None,
        "codec": codec,
    }
    named = [name for name, value in named.items() if value is not None]
    if replay is not None and named:
        raise BudgetError(f"a replay repeats the settings of its run: leave {named[0]} out")
    if parent is not None and (fixed := [name for name in named if name in OF_PARENT]):
        raise BudgetError(f"a run that begins from another has its hyperparameters and its codec: leave {fixed[0]} out")
    if parent is not None and match is not None:
        raise BudgetError("a run that begins from another has its towers: leave match out")
    if parent is not None and replay is not None:
        raise BudgetError("a replay begins where its run began: leave parent out")
    if pace is not None and parent is None:
        raise BudgetError("a pace is of a run that begins from another: name its parent, or leave pace out")
    if pace is not None and not 0 < pace <= MAX_PACE:
        raise BudgetError(f"pace must be above 0 and at most {MAX_PACE}, not {pace}")
    if not checkpoint_seconds >= 0:
        raise BudgetError(f"checkpoint_seconds must be 0 or more, not {checkpoint_seconds}")
    if rows not in ROWS:
        raise BudgetError(f"rows must be {', '.join(map(repr, ROWS))}, not {rows!r}")
    if ensemble is not None:
        hyperparameters = {**(hyperparameters or {}), MEMBERS: ensemble}
    with report_for(progress and world.leads) as report:
        parent_model = towers = None
        if replay is not None:
            old = replay if isinstance(replay, dict) else read_config(Path(replay))
            if "parent" in old:
                parent_model = open_parent(old["parent"]["run"], device, old["parent"])
                data = as_described_by(parent_model, data)
            if "towers" in old:
                towers = open_towers(old["towers"]["run"], device, data, old["towers"])
            name = "the replayed run" if isinstance(replay, dict) else str(replay)
            config = _replayed(data, family, old, name, device, report, world.size, processes_changed)
        else:
            if parent is not None:
                parent_model = open_parent(parent, device, family=family)
                data = as_described_by(parent_model, data)
                family, resolved = parent_model.config["family"], parent_model.config["recipe"]
            if family is not None:
                family, preset = registry.family_and_preset(data.kind, data.task, family, preset)
            family = family or registry.TASKS[data.kind, data.task].default
            if match is not None:
                row = registry.row(data.kind, data.task, family)
                require_place(presets := registry.presets(row), family)
                _require_needed(row, data)
                towers = open_towers(match, device, data)
                hyperparameters = with_towers(hyperparameters, towers, presets)
            if parent is None:
                resolved = _resolved(data, family, preset, hyperparameters)
            taken = parent_model and parent_model.config.get("codec")
            if codec is not None:
                taken = codec_record(codec, data, family, hyperparameters)
                shared = registry.codec_hyperparameters(data.kind, data.task, family) & taken["recipe"].keys()
                resolved |= {name: taken["recipe"][name] for name in shared}
            config = _config(data, family, resolved, seed, rows, (minutes, items, steps, epochs))
            config |= {"balance": _balanced_by(data)} if balance else {}
            config |= {"probe": True} if probe else {}
            config |= {"codec": taken} if taken else {}
            if parent_model:
                config["parent"] = record_of(parent_model, parent, DEFAULT_PACE if pace is None else float(pace))
            if towers:
                config["towers"] = origin_of(towers, match)
            elif parent is None and resolved.get(SHARE) == 0:
                raise DataError(
                    f"{SHARE} = 0 trains no towers: name a run that has some with --match (match=), or leave {SHARE} "
                    "out"
                )
            config["world"] = world.size
            config["machine"]["device"] = device_of(device).type
            config["digest"] = run_digest(config, data.domain.to_json(), [])
        if previews:
            require_previews(previews, config["family"], data.kind, data.task, out)
        if member is not None:
            record = member_of(config, member, *_among(data, config))
            require_ensemble(out, config)
            if run_state(out).status == DONE:
                report.say(f"{out} has all its members, so there is nothing to train")
                return load_model(out, device)
            config, out = record, member_folder(out, member)
        elif train_members is not None and count_of(config) == 1:
            raise BudgetError(
                f"--workers trains the members of an ensemble, and this is one {config['family']}: add --ensemble 5 to "
                "train five, or leave --workers out"
            )
        settings = [config["digest"], str(out), restart, more, checkpoint_seconds, device, processes_changed]
        facts = {"versions": config["versions"], "data": data.hash, "settings": settings}
        world.require_alike(facts, "give all processes the same command and data, and the same versions of genwright")
        recipe = _recipe(config, data, parent_model, towers)
        require_divisible(recipe, config["family"], world.size)
        if out is not None and world.leads:
            require_own_folder(out)
        with Store(out) if world.leads or out is None else ReadOnlyStore(out) as store:
            if out is not None:
                there = device_in(config)
                with world.rank_0_first(out / CONFIG):
                    if world.leads:
                        config = _into_folder(
                            config, data, store, report, restart, more, device, world.size, processes_changed
                        )
                    else:
                        config = read_config(out)
                if "outcome" in config:
                    remove_members(out)
                    model = load_model(out, device)
                    if not (out / CARD).exists() and world.leads:
                        write_card(model, out, read_curves({"loss": out}), report.say)
                    return model
                if device_in(config) != there:
                    recipe = _recipe(config, data, parent_model, towers)
                require_begun_alike(store, train_members is not None)
            with deterministic(recipe.family.device), training_in(out if world.leads else None):
                trained = []
                if train_members is not None:
                    train_members(member_folders(out, count_of(config)), report.say)
                    trained = take_members(config, recipe.family, out, *_among(data, config))
                model = _train(recipe, config, data, store, report, checkpoint_seconds, more, world, trained, previews)
                if trained:
                    remove_members(out)
                return model


def _into_folder(
    config: dict, data: Data, store: Store, report: Report, restart: bool, more: float | None, device: str,
    processes: int, processes_changed: bool,
) -> dict:  # fmt: skip
    """The record of the run that goes on in the store's folder, else `config`, which is written there. It has an
    outcome where the run has ended and is to be opened."""
    out = store.folder
    if restart:
        remove_members(out)
        remove_run_files(out)
    found = _same_run(config, data, store, device)
    if found and "outcome" in found and _goes_on(found, more, store):
        store.rewind_to_cooldown()
        found = _before_cooldown(found)
    if found and "outcome" in found:
        ended = f"{out} holds this run, finished after {found['outcome']['items']:,} items"
        if (out / WEIGHTS).exists():
            report.say(f"{ended}: opened")
            return found
        report.say(f"{ended}, but no {WEIGHTS}: they are made again")
        found = {key: value for key, value in found.items() if key not in ENDED}
    if found and processes_of(found) != processes:
        _allow_processes(processes_changed, str(out), processes_of(found), processes)
        found |= {"processes_changed": [*found.get("processes_changed", []), {"processes": processes}]}
    if found and not store.checkpoints() and not (out / MEMBERS).is_dir():
        report.say("going on at 0 items: no checkpoint was written yet")
    config = found or config
    require_openable(config, data.domain)
    store.write_config(config)  # first, since it says whose the folder is
    write_whole(out / DOMAIN, domain_json(data.domain).encode())
    if data.unreadable is not None:
        data.write_unreadable(out / UNREADABLE)
    return config


def require_plan(
    family: str | None, minutes: float | None, items: int | None, steps: int | None, epochs: float | None
) -> None:
    """Raises DataError for a name of no family at all, BudgetError for a budget that makes no sense: what is wrong
    whatever the data are, so that nobody waits until they are read."""
    if family is not None:
        registry.require_name(family)
    budget_of(minutes, items, steps, epochs)


def require_fit(data: Data, family: str) -> None:
    """Raises what `fit` would raise of a family with its usual preset before it trains."""
    config = _config(data, family, _resolved(data, family, None, None), 0, "train", (1.0, None, None, None))
    config["machine"]["device"] = "cpu"
    _recipe(config, data, None)


def _recipe(config: dict, data: Data, parent_model: Model | None, towers: Predictor | None = None) -> Recipe:
    """The recipe as training begins with it, on its device, which has seen what is around the items, where anything is:
    it may refuse it, before anything is written."""
    recipe, device = build_recipe(config, data.domain), device_of(device_in(config))
    if parent_model is not None:
        begin_from(parent_model, recipe.family)
    elif "codec" in config:
        take_codec(config["codec"], recipe.family)
    if towers is not None:
        put_in(towers, recipe.family)
    recipe.family.to(device)
    if registry.predicts(data.task):
        recipe.family.attach(data.domain.context_for(data, recipe.family.views).to(device))
    return replace(recipe, batch=recipe.batch or len(_rows(data, config["rows"])[0]))


def _train(
    recipe: Recipe, config: dict, data: Data, store: Store, report: Report, checkpoint_seconds: float,
    more: float | None, world: World, trained: Sequence[TrainedStage], previews: int,
) -> Model | Predictor:  # fmt: skip
    items, valid = _rows(data, config["rows"])
    apart = (data.encoded.get(APART) or None) if config["rows"] == "train" else None
    ((unit, number),) = config["budget"].items()
    budget = f"{duration(60 * number)} of time" if unit == "minutes" else f"{number:g} {unit}"
    stages = ", ".join(f"stage {stage.name}" for stage in recipe.family.stages()) or "no gradient steps"
    together = f", {world.size} processes" if world.size > 1 else ""
    report.say(f"{config['family']} on {data.name}: {len(items):,} training items, {budget}, {stages}{together}")
    run = run_digest(config, data.domain.to_json(), [])
    conditions = ConditionCopula.fit(getattr(data.domain, "given", Spec(())), items.given)
    made = lambda: model_of(recipe, data.domain, config, conditions, store.log)
    shown = None
    if previews and world.leads:
        shown = previews_of(made, previews, items, config["seed"], store.folder, report.say)
    train(recipe, items, valid, config, run, store, report, checkpoint_seconds, more, apart, world, trained, shown)
    if trained:
        config["machine"] = trained[-1].machine
    model = made()
    if store.folder is not None:
        with world.rank_0_first():
            if world.leads:
                require_openable(config, data.domain)
                write_model(model, store.folder, read_curves({"loss": store.folder}), report.say)
                store.keep_newest()
    done = config["outcome"]
    report.say(f"{config['family']} is done: {done['items']:,} items in {done['seconds']:.0f} s")
    return model


def _rows(data: Data, rows: str) -> tuple[Items, Items]:
    """Items to learn from and items to validate on; the latter are none when every row is learned from."""
    if rows == "train":
        return data.tensors("train"), data.tensors("valid")
    parts = [data.tensors(part) for part in ROWS[rows]]
    whole = join([*parts, *([data.encoded[APART]] if APART in data.encoded else [])])
    return whole, whole[:0]


def _among(data: Data, config: dict) -> tuple[int, dict]:
    """How many items a run learns from, and its domain.json."""
    return len(_rows(data, config["rows"])[0]), data.domain.to_json()


# ---------------------------------------------------------------------- config.toml


def _resolved(data: Data, family: str, preset: str | None, other: dict | None) -> dict:
    row, given = registry.row(data.kind, data.task, family), data.domain.given
    _require_needed(row, data)
    if why := row.refuses(given):
        rows = [registry.row(data.kind, data.task, name) for name in registry.families(data.kind, data.task)]
        others = ", ".join(one.family for one in rows if not one.refuses(given))
        read = next(([name] for name, leaf in given.leaves if not row.refuses(Spec(((name, leaf),)))), [])
        names = ", ".join(row.unread(given) or [name for name in given.names if name not in read])
        raise Unsupported(f"{why}: leave {names} out of what is given, or take one of {others}")
    if MEMBERS in (other or {}) and not any(MEMBERS in hyper.fields() for hyper in registry.presets(row).values()):
        raise DataError(f"{family} is one model, of which no ensemble is made: leave ensemble out")
    return registry.hyperparameters(row, data.domain.spec, data.domain.given, len(data.tensors("train")), preset, other)


def _require_needed(row: registry.Row, data: Data) -> None:
    """Raises DataError for data without a given variable that a family cannot do without."""
    if missing := [name for name in row.needs if name not in data.domain.given.names]:
        raise DataError(
            f"{row.family} needs the {missing[0]} of each item, and {data.name} was loaded without: load it with "
            f"given='{missing[0]}' (--given {missing[0]})"
        )


def _config(data: Data, family: str, resolved: dict, seed: int, rows: str, budget: tuple) -> dict:
    """The record of a run before it begins, as reading it from config.toml would give it. budget: as `budget_of` takes
    it."""
    items = len(data.tensors("train"))
    about = {"name": data.name, "hash": data.hash, "source": data.source, "options": data.options, "items": items}
    config = {
        "format": FORMAT,
        "family": family,
        "kind": data.kind,
        "task": data.task,
        "seed": seed,
        "rows": rows,
        "data": about | ({"licence": data.licence} if data.licence else {}),
        "recipe": resolved,
        "budget": {},
        "world": 1,
        "machine": machine_facts(),
        "versions": _versions(),
        "stages": [],
    }
    recipe = build_recipe(config, data.domain)
    config["budget"] = budget_of(*budget, {"epochs": recipe.epochs} if recipe.epochs else None)
    config["training"] = _training_numbers(recipe)
    return tomllib.loads(tomli_w.dumps(config))


def _balanced_by(data: Data) -> str:
    """The given category by which training is balanced. Raises DataError where there is none, or more than one."""
    given = data.domain.given
    names = [name for name, leaf in zip(given.names, given.columns) if isinstance(leaf, Category) and not leaf.shape]
    if len(names) != 1:
        have = f"given here are {', '.join(names)}" if names else "no category is given here"
        raise DataError(f"balance needs one given category to know the classes by, and {have}: name one with given")
    return names[0]


def _training_numbers(recipe: Recipe) -> dict:
    return {name: value for name, value in vars(recipe).items() if name != "family" and value is not None}


def _versions() -> dict:
    try:
        own = version("genwright")
    except PackageNotFoundError:
        own = "not installed"
    return {"genwright": own, "torch": torch.__version__, "python": platform.python_version()}


def _allow_processes(allowed: bool, run: str, before: int, now: int) -> None:
    """Raises RunError where a run has another number of processes than before, and nobody has allowed that."""
    if not allowed:
        processes = f"{before} processes" if before > 1 else "one process"
        raise RunError(
            f"{run} was trained by {processes}, and {now} would end with other bits: start {before}, or add "
            "--processes-changed"
        )


def processes_of(config: dict) -> int:
    """How many processes train a run, or did at its end."""
    return [{"processes": config["world"]}, *config.get("processes_changed", [])][-1]["processes"]


def _replayed(
    data: Data, family: str | None, old: dict, name: str, device: str, report: Report, processes: int, allowed: bool
) -> dict:
    """The record of a run that repeats another, `old`, decisions included; on its device, where that is there."""
    require_format(old, name)
    if "outcome" not in old:
        raise RunError(f"{name} has not ended, so it cannot be replayed: run it to its end first")
    if old["data"]["hash"] != data.hash:
        raise RunError(f"{name} was trained on other data ({old['data']['name']}): replay it with those")
    if family not in (None, old["family"]):
        raise RunError(f"{name} trained {old['family']}, not {family}: leave the family out to replay it")
    if "processes_changed" in old:
        raise RunError(f"{name} changed its number of processes in mid-run, so it cannot be repeated: fit it anew")
    if old["world"] != processes:
        _allow_processes(allowed, name, old["world"], processes)
    kept, there = {key: value for key, value in old.items() if key not in ENDED}, device_in(old)
    here = device_of(there if device == "auto" and is_available(there) else device).type
    if here != there:
        report.say(
            f"{name} was trained on {there} and is repeated on {here}: equal in distribution, and not bit for bit"
        )
    found = kept | {"stages": stage_decisions(old), "world": processes}
    found |= {"machine": machine_facts() | {"device": here}, "versions": _versions()}
    found["digest"] = run_digest(found, data.domain.to_json(), [])
    return found | {"origin": {"how": "replay", "run": name, "digest": old["digest"]}}


def _same_run(config: dict, data: Data, store: Store, device: str) -> dict | None:
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
    found = read_config(out)
    there, here = (
        {key: c.get(key) for key in RUN_KEYS if key != "world"}
        | {"data": c["data"]["hash"][:8], "from": origin_identity(c, "parent")}
        | {part: origin_identity(c, part) for part in ("codec", "towers")}
        for c in (found, config)
    )
    differing = _differences(there, here)
    if not differing and "origin" in config and stage_decisions(found) != stage_decisions(config):
        differing = ["stages: its threads, dtype or items were decided in another way"]
    domain = out / DOMAIN
    if not differing and domain.exists() and not same_domain(domain, data.domain):
        differing = [f"{DOMAIN}: the data are understood in another way now"]
    if differing:
        more = [f"and {len(differing) - NAMED} more"] if len(differing) > NAMED else []
        raise RunError(
            f"{out} holds another run ({'; '.join(differing[:NAMED] + more)}): pass the same settings to resume it, "
            "choose another folder, or begin anew with restart"
        )
    there = device_in(found)
    if "outcome" not in found and (device not in ("auto", there) or not is_available(there)):
        raise RunError(
            f"{out} holds a run that was begun on {there}: resume it there (device {there}), choose another "
            "folder, or begin anew with restart"
        )
    return found


def _goes_on(found: dict, more: float | None, store: Store) -> bool:
    """Whether a run that has ended was kept before its cooldown and is now given more seconds than it had."""
    return bool(more and found["stages"] and more > found["stages"][-1].get("more", 0.0) and store.cooldown_checkpoint)


def _before_cooldown(found: dict) -> dict:
    """The record of a run as it was before its last stage cooled down."""
    *before, last = found["stages"]
    planned = {key: last[key] for key in PLANNED_KEYS if key in last}
    return {key: value for key, value in found.items() if key not in ENDED} | {"stages": [*before, planned]}


def _differences(there: dict, here: dict, path: str = "") -> list[str]:
    found = []
    for key in [*there, *(k for k in here if k not in there)]:
        a, b = there.get(key), here.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            found += _differences(a, b, f"{key}.")
        elif a != b:
            found.append(f"{path}{key}: {'none' if a is None else a} there, {'none' if b is None else b} now")
    return found
