"""fit: data and a family's name in, a Model out."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Unpack

import torch

from ..core.arguments import check_arguments, checked_keywords
from ..core.cpu import idle_cores
from ..core.data import Data
from ..core.device import deterministic, threads
from ..core.errors import BudgetError, RunError, Unsupported
from ..core.folder import CONFIG
from ..core.type_names import DataSource
from ..distributions.histograms import ConditionHistograms
from ..training.checkpoints import Store
from ..training.loop import TrainedStage, train
from ..training.machine import device_in
from ..training.progress import Report, duration, report_for
from ..training.world import SINGLE_PROCESS, TIMEOUT, World, current_world, require_divisible
from .card import CARD, write_card
from .curves import read_curves
from .fit_options import FitOptions, require_compatible
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
from .parts import Part, named_parts
from .plan import Place, Plan, of_type
from .predictor import Predictor
from .previews import previews_of
from .process import COMPLETED, run_state, training_in
from .side_by_side import can_fork
from .start import Start, begin_in_folder, start_of
from .tasks import task_of


def fit(data: DataSource, family: str | None = None, **options: Unpack[FitOptions]) -> Model | Predictor:
    """Train a model of some data and return it; for a task of prediction, a Predictor.

    Several processes train one model together where each makes this call with the same data and settings, in a group
    of torch.distributed or started by torchrun or srun (docs/many-machines.md). Each takes its share of every batch;
    process 0 writes `out`, which all hosts must share.

    Args:
        data: A Data, or anything that `load_data` takes.
        family: Name of the family. Default: the one that suits the kind of data.
        task: The task to learn (`genwright list` prints all). Default: the first task of the kind of data; for a graph,
            the one that its labels belong to.
        minutes: Budget in minutes, from the first step to the finished model. Default: 2, if no other budget is named.
        items: Budget in training items.
        steps: Budget in optimizer steps.
        epochs: Budget in passes over the training data.
        seed: Seed of all random numbers. Default: 0. On every device, a run starts from the same weights and trains on
            the same items. All other random numbers depend on the device, so results differ between devices.
        rows: "train" (default); "trainval" to train on validation rows too, as some published figures do; or "all" to
            train a final model on every row. Without validation rows, nothing is validated.
        preset: A named set of hyperparameters. Default: the one that suits the data.
        hyperparameters: Values that override the preset's, as {"free_bits": 2.0}; `genwright list FAMILY` prints them
            with their ranges.
        ensemble: Number of networks that predict together, for properties of molecules. They share the budget, and
            train side by side on idle cores (hyperparameter `members`). Default: as many as the budget allows, up to
            five, where simple predictors stand beside a network; otherwise one.
        balance: Whether training shows each class of the only conditioning category equally often. The model still
            learns p(x | class); rare classes get more training. Validation and the labels of unconditional samples keep
            their frequencies. Default: False.
        out: A run folder. The same call again resumes an interrupted run, to the same bits, or opens a finished one.
            Default: None, and the model stays in memory.
        restart: Whether to begin anew where `out` holds a run. Default: False.
        replay: A run folder, or the contents of its config.toml: repeat this run bit for bit, with its family,
            hyperparameters, seed and budget. `parent`, `codec` or `match` then name where the run of its start is now.
        parent: A run folder: start from its weights, with its family, hyperparameters and description of the data.
        pace: Factor on the parent's learning rate. Default: 0.1, which suits a few new items; 1 keeps the parent's
            rate.
        control: The image that a side network is to steer the parent by: "edges", or one that the data carry by that
            name. The parent stays as it is, and is one of flow-matching on images; before training, samples are its
            own. Default: None, no side network.
        codec: A run folder: take the codec of its images, which stays as it is. Only what follows it is trained.
        match: A run folder of the task match on the same images. The family takes its towers in place of training its
            own (unclip).
        checkpoint_seconds: Seconds between checkpoints. Default: 30.
        device: "cpu", "cuda" (an NVIDIA GPU) or "auto" (default): the device of the run that is resumed or repeated,
            otherwise a GPU if there is one.
        probe: Whether to choose threads and dtype by timing a few steps. By default a rule chooses them without a
            clock, so that the same seed gives the same bits on a busy machine. config.toml records the choice, and a
            resumed run keeps it.
        about: Training items that `minutes` are expected to allow. Few items suit a smaller network with larger steps,
            where records show that it learns more (`genwright list FAMILY`). By default a few timed steps tell;
            config.toml records them before the first step.
        more: Seconds beyond `minutes`. A larger number than before extends a run in `out` that has ended, from before
            its cool-down. Default: 0.
        previews: Number of samples to look at while the last stage trains. After 1,000, 2,000, 5,000, 10,000 items and
            so on, a picture of them is written to `previews/` in `out`, always from the same noise. The run has the
            same bits without them. A picture is left out where they would take more than 4% of the time. Default: 0.
        progress: Whether to show progress on stderr. Default: True.
        processes_changed: Whether another number of processes may resume or repeat a run, after which its bits differ.
            Default: False.
        timeout: Seconds without an answer after which another process counts as lost. Default: 120.
        member: Number, from 1, of the only member of an ensemble to train and return. The ensemble must be begun in
            `out`, and the run of the member stands there. `genwright fit --workers` uses this.
        train_members: Called as train_members(folders, say) when the ensemble is begun in `out`. It returns when the
            same call with `member` has ended for each folder; `say` prints a sentence. The ensemble is then what one
            process would have trained.
        cores: Number of cores on which the networks of an ensemble train at once. Any number gives the same bits for
            the same items. Default: those that this process may use and that are idle.

    Raises DataError for data or a family that do not fit and for a hyperparameter that is unknown or out of range,
    Unsupported for a family that does not support the conditions or several processes, BudgetError for a budget that
    makes no sense, RunError if `out` holds another run, is in use or cannot be written, TrainingFailed for a loss that
    is not finite, DeviceError for a device that is not available, ProcessLost if another process of the run ended.
    """
    check_arguments(fit, locals())
    options = checked_keywords(FitOptions, options)
    require_compatible(options)
    plan, place, parts = of_type(Plan, {**options, "family": family}), of_type(Place, options), named_parts(options)
    world = current_world(place.device, options.get("timeout", TIMEOUT))
    return fit_plan(task_of(data, options.get("task")), plan, parts, place, world)


def fit_plan(data: Data, plan: Plan, parts: Sequence[Part], place: Place, world: World) -> Model | Predictor:
    """Train what a plan says, with parts of other runs, at its place; see `fit`."""
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
        at_a_time, each = _members_at_a_time(start, place, store, world)
        report.say(_announcement(start, world.size, at_a_time))
        with (
            deterministic(start.recipe.family.device),
            training_in(out if world.leads else None),
            threads(each),
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
    count, most = count_of(start.config), torch.get_num_threads()
    if count == 1 or "member" in start.config:
        return 0, most
    side_by_side = world.size == 1 and can_fork(start.recipe.family.device.type)
    each = max(1, most // count) if side_by_side else most
    if place.train_members is not None or are_apart(store):
        if not are_apart(store) and store.checkpoints():
            raise RunError(
                f"{store.folder} was begun in one process: leave --workers out to resume it there, or {ANEW}"
            )
        return min(count, max(1, (place.cores or idle_cores()) // each)), each
    if not side_by_side or place.cores == 1 or place.more or store.checkpoints():
        return 0, most if start.config.get("probe") else each
    at_a_time = min(count, (place.cores or idle_cores()) // each)
    return at_a_time if at_a_time > 1 else 0, each


def _train_apart(start: Start, place: Place, store: Store, report: Report, at_a_time: int) -> list[TrainedStage]:
    """Train the members of an ensemble as runs of their own, in its folder, or in a temporary one."""
    if "minutes" in start.config["budget"] and place.train_members is None and not are_apart(store):
        start.config.setdefault(AT_A_TIME, at_a_time)
        store.write_config(start.config)  # the time of each member follows from it
    domain, device = start.data.domain.to_json(), start.recipe.family.device.type
    minutes = member_of(start.config, 1, len(start.items), domain)["budget"].get("minutes", 0.0)
    own = replace(place, restart=False, train_members=None, cores=None)

    def fit_member(number: int, path: Path, seat: Report) -> None:
        _train_at(start.member(number), replace(own, out=path), SINGLE_PROCESS, seat)

    here = partial(train_side_by_side, fit_member, minutes, at_a_time, torch.get_num_threads(), device, report)
    with nullcontext(store.folder) if store.folder else TemporaryDirectory() as folder:
        return train_members(start, domain, Path(folder), place.train_members or here, report.say)


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
    made = partial(model_of, start.recipe, domain, config, conditions, store.log)
    previews = None
    if place.previews and world.leads:
        previews = previews_of(made, place.previews, start.items.given, config["seed"], store.folder, report.say)
    train(start, store, report, place.checkpoint_seconds, place.more, world, trained, previews)
    if trained:
        config["machine"] = trained[-1].machine
    model = made()
    if store.folder is not None:
        with world.rank_0_first():
            if world.leads:
                write_model(model, store.folder, read_curves({"loss": store.folder}), report.say)
                store.keep_newest()
    done = config["outcome"]
    cores = " of all cores together" if trained else ""
    report.say(f"{config['family']} is done: {done['items']:,} items in {done['seconds']:.0f} s{cores}")
    return model


def _announcement(start: Start, processes: int, at_a_time: int) -> str:
    ((unit, number),) = start.config["budget"].items()
    budget = f"{duration(60 * number)} of time" if unit == "minutes" else f"{number:g} {unit}"
    stages = ", ".join(f"stage {stage.name}" for stage in start.recipe.family.stages()) or "no gradient steps"
    together = f", {processes} processes" if processes > 1 else ""
    items = f"{len(start.items):,} training items"
    count = 1 if "member" in start.config else count_of(start.config)
    beside = f", {at_a_time} at a time" if at_a_time > 1 else ""
    networks = f", {count} networks{beside}, each until its validation stops improving" if count > 1 else ""
    return f"{start.config['family']} on {start.data.name}: {items}, {budget}, {stages}{networks}{together}"
