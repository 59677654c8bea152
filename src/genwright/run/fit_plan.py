"""How `fit` trains: a plan and its place in, a finished model out."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from ..core.arguments import make_value
from ..core.cpu import idle_cores
from ..core.data import Data
from ..core.device import deterministic, threads
from ..core.errors import BudgetError, RunError, Unsupported
from ..core.folder import CONFIG
from ..core.type_names import Options
from ..distributions.histograms import ConditionHistograms
from ..training.checkpoints import Store
from ..training.loop import TrainedStage, train
from ..training.machine import device_in
from ..training.progress import Report, duration, report_for
from ..training.world import SINGLE_PROCESS, World, current_world, require_divisible
from .card import CARD, write_card
from .compatible_options import require_compatible
from .curves import read_curves
from .folder import read_config, require_own_folder, write_model
from .members import (
    ANEW,
    AT_A_TIME,
    are_apart,
    count_of,
    member_folder,
    member_of,
    remove_members,
    require_member,
    train_members,
    train_side_by_side,
)
from .model import Model
from .open import load_model, model_of
from .parts import Part, named_parts, with_shipped
from .plan import Place, Plan
from .predictor import Predictor
from .previews import previews_of
from .process import COMPLETED, run_state, training_in
from .side_by_side import can_fork
from .start import Start, begin_in_folder, start_of
from .tasks import task_of


def fit_as_named(options: Options) -> Model | Predictor:
    """Train as the arguments of `fit` say, all of them by name."""
    options = with_shipped(options)
    require_compatible(options)
    plan, place, parts = make_value(Plan, options), make_value(Place, options), named_parts(options)
    world = current_world(place.device, options["timeout"])
    return fit_plan(task_of(options["data"], options["task"]), plan, parts, place, world)


def fit_plan(data: Data, plan: Plan, parts: Sequence[Part], place: Place, world: World) -> Model | Predictor:
    """Train what a plan says, with parts of other runs, at its place; see `fit`.

    Args:
        data: The data set, in its parts.
    """
    with report_for(world.leads and place.progress) as report:
        start = start_of(data, plan, parts, place, report, world.size)
        if place.previews and "sample" not in start.row.verbs:
            raise Unsupported(f"{start.row.family} draws no samples to look at: leave previews out")
        if place.member is not None:
            require_member(place.out, start.config, place.member)
            start = start.member(place.member)
            if run_state(place.out).status == COMPLETED:
                report.say(f"{place.out} has all its members, so there is nothing to train")
                return load_model(place.out, place.device)
            place = replace(place, out=member_folder(place.out, place.member))
        elif place.train_members is not None and count_of(start.config) == 1:
            raise BudgetError(
                f"--workers trains the members of an ensemble, and this is one {start.config['family']}: add "
                "--ensemble 5 to train five, or leave --workers out"
            )
        facts = {"versions": start.config["versions"], "data": start.data.hash}
        facts |= {"settings": [start.config["digest"], *place.settings]}
        world.require_alike(facts, "give all processes the same command and data, and the same versions of genwright")
        start = start.move_to(device_in(start.config))
        require_divisible(start.recipe, start.config["family"], world.size)
        return _train_at(start, place, world, report)


def _train_at(start: Start, place: Place, world: World, report: Report) -> Model | Predictor:
    """Train, or open what has ended there already."""
    out = place.out
    if out is not None and world.leads:
        require_own_folder(out)
    with Store(out, reads_only=not world.leads) as store:
        if out is not None:
            with world.rank_0_first(out / CONFIG):
                config = begin_in_folder(start, store, place, report) if world.leads else read_config(out)
            if "outcome" in config:
                return _open_ended(out, place.device, world, report)
            start = start.resumed(config)
        at_a_time, threads_each = _members_at_a_time(start, place, store, world)
        report.say(_announcement(start, world.size, at_a_time))
        with (
            deterministic(start.recipe.family.device),
            training_in(out if world.leads else None),
            threads(threads_each),
        ):
            trained = _train_apart(start, place, store, report, at_a_time) if at_a_time else []
            model = _train(start, place, store, report, world, trained)
            if trained and out is not None:
                remove_members(out)
            return model


def _members_at_a_time(start: Start, place: Place, store: Store, world: World) -> tuple[int, int]:
    """(members of an ensemble that train at a time as runs of their own, 0 where they train in turn in this run, as a
    single network does; threads of each). In both ways they have the same threads, and so the same bits.

    Raises RunError where workers are to train members that were begun in turn.
    """
    count, most_threads = count_of(start.config), torch.get_num_threads()
    if count == 1 or "member" in start.config:
        return 0, most_threads
    side_by_side = world.size == 1 and can_fork(start.recipe.family.device.type)
    threads_each = max(1, most_threads // count) if side_by_side else most_threads
    if place.train_members is not None or are_apart(store):
        if not are_apart(store) and store.checkpoints():
            raise RunError(
                f"{store.folder} was begun in one process: leave --workers out to resume it there, or {ANEW}"
            )
        return min(count, max(1, (place.cores or idle_cores()) // threads_each)), threads_each
    if not side_by_side or place.cores == 1 or place.more or store.checkpoints():
        return 0, most_threads if start.config.get("probe") else threads_each
    at_a_time = min(count, (place.cores or idle_cores()) // threads_each)
    return at_a_time if at_a_time > 1 else 0, threads_each


def _train_apart(start: Start, place: Place, store: Store, report: Report, at_a_time: int) -> list[TrainedStage]:
    """Train the members of an ensemble as runs of their own, in its folder, or in a temporary one."""
    if "minutes" in start.config["budget"] and place.train_members is None and not are_apart(store):
        start.config.setdefault(AT_A_TIME, at_a_time)
        store.write_config(start.config)  # the time of each member follows from it
    domain, device = start.data.domain.to_json(), start.recipe.family.device.type
    minutes = member_of(start.config, 1, len(start.items), domain)["budget"].get("minutes", 0.0)
    own_place = replace(place, restart=False, train_members=None, cores=None)

    def fit_member(number: int, path: Path, seat: Report) -> None:
        _train_at(start.member(number), replace(own_place, out=path), SINGLE_PROCESS, seat)

    train_here = partial(train_side_by_side, fit_member, minutes, at_a_time, torch.get_num_threads(), device, report)
    with nullcontext(store.folder) if store.folder else TemporaryDirectory() as folder:
        return train_members(start, domain, Path(folder), place.train_members or train_here, report.say)


def _open_ended(out: Path, device: str, world: World, report: Report) -> Model | Predictor:
    """The model of a run that has ended, whose card is written where it was lost."""
    remove_members(out)
    model = load_model(out, device)
    if not (out / CARD).exists() and world.leads:
        write_card(model, out, read_curves({"loss": out}), report.say)
    return model


def _train(
    start: Start, place: Place, store: Store, report: Report, world: World, trained: Sequence[TrainedStage]
) -> Model | Predictor:
    config, domain = start.config, start.data.domain
    conditions = ConditionHistograms.fit(domain.given, start.items.given)
    build_model = partial(model_of, start.recipe, domain, config, conditions, store.log)
    previews = None
    if place.previews and world.leads:
        previews = previews_of(build_model, place.previews, start.items.given, config["seed"], store.folder, report.say)
    train(start, store, report, place.checkpoint_seconds, place.more, world, trained, previews)
    if trained:
        config["machine"] = trained[-1].machine
    model = build_model()
    if store.folder is not None:
        with world.rank_0_first():
            if world.leads:
                write_model(model, store.folder, read_curves({"loss": store.folder}), report.say)
                store.keep_newest()
    outcome = config["outcome"]
    cores = " of all cores together" if trained else ""
    report.say(f"{config['family']} is done: {outcome['items']:,} items in {outcome['seconds']:.0f} s{cores}")
    return model


def _announcement(start: Start, processes: int, at_a_time: int) -> str:
    ((unit, number),) = start.config["budget"].items()
    budget = f"{duration(60 * number)} of time" if unit == "minutes" else f"{number:g} {unit}"
    stages = ", ".join(f"stage {stage.name}" for stage in start.recipe.family.stages()) or "no gradient steps"
    processes_text = f", {processes} processes" if processes > 1 else ""
    items = f"{len(start.items):,} training items"
    count = 1 if "member" in start.config else count_of(start.config)
    pace = f", {at_a_time} at a time" if at_a_time > 1 else ""
    networks = f", {count} networks{pace}, each until its validation stops improving" if count > 1 else ""
    return f"{start.config['family']} on {start.data.name}: {items}, {budget}, {stages}{networks}{processes_text}"
