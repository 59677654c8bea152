"""What a comparison trains, for how long and where: the options of `compare` as a value."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from inspect import signature
from math import ceil
from pathlib import Path

from ...core.cpu import CpuShare, idle_cores, require_cores
from ...core.data import Data
from ...core.device import device_of
from ...core.errors import BudgetError, DataError, GenwrightError
from ...core.type_names import DataSource
from ...measure.effort import level_of
from ...run.fit import plan_and_place
from ...run.parts import Parent, named_parts, with_shipped
from ...run.plan import require_previews
from ...run.shipped import PREFIX, run_folder
from ...run.side_by_side import can_fork, map_on_cores
from ...run.start import start_of
from ...run.tasks import task_of
from ...training.machine import device_in, pass_seconds
from ...training.progress import Report, duration
from ...zoo import registry
from ..report.picks import describe_needs
from ..report.records import PassCost, Results, Settled, seconds_left_out
from ..report.rules import count_nouns, listed
from .measuring import count_of
from .workers import require_retries, workers_of

PROMISED, LEAST_MEASURING = 2, 2.0  # times the minutes of training within which all is done; minutes of measuring
TRYING = 0.1  # of the time of training, to measure what a pass takes
LEAST_FAMILIES = 2  # that train where the minutes reach for none
FEW_ITEMS = 3_000  # below which a model that begins with a trained one takes part


def minutes_promised(minutes: float) -> float:
    """Minutes within which a comparison is done, training and measuring."""
    return max(PROMISED * minutes, minutes + LEAST_MEASURING)


@dataclass(frozen=True)
class ComparePlan:
    """The options of `compare` as a value.

    Raises BudgetError for minutes that are not above 0 and workers that make no sense, DataError for a name of no
    family at all, RunError without Slurm: what is wrong whatever the data are, so that nobody waits until they are
    read.
    """

    families: str | Sequence[str] | None
    minutes: float
    seed: int
    out: str | Path | None
    replay: str | Path | None
    progress: bool
    task: str | None
    device: str
    target: str | None
    more_minutes: float | None
    cores: int | None
    workers: str | None
    slurm: str | None
    retries: int
    previews: int

    def __post_init__(self):
        if self.replay is not None and self.more_minutes is not None:
            raise BudgetError("a replay repeats the minutes of its comparison: leave more_minutes out")
        for name, value in (("minutes", self.minutes), ("more_minutes", self.more_minutes)):
            if value is not None and not 0 < value < float("inf"):
                raise BudgetError(f"{name} must be above 0, not {value}")
        if self.cores is not None:
            require_cores(self.cores)
        if self.workers is not None or self.slurm is not None:
            workers_of(self.workers, self.slurm)
            if self.more_minutes is not None:
                raise BudgetError("more_minutes go to families that train on this machine: leave workers out")
        require_retries(self.retries)
        require_previews(self.previews)
        if self.previews and self.workers is not None:
            raise BudgetError("previews are of families that train on this machine: leave workers or previews out")
        for family in self.named:
            registry.require_name(family)

    @property
    def named(self) -> list[str]:
        """The families that a person named."""
        if self.families in (None, "all"):
            return []
        return [self.families] if isinstance(self.families, str) else list(self.families)

    def settled_by(self, record: Results) -> "ComparePlan":
        """Returns the plan with the minutes, seed, families and target of a comparison that was begun."""
        plan = record.plan
        return replace(self, seed=record.seed, minutes=plan.minutes, families=plan.families, target=plan.target)


def forecast(data: DataSource, plan: ComparePlan, settled: Settled | None = None) -> list[str]:
    """Returns sentences about what `compare` would do with this plan. Nothing is trained or written. settled: what was
    decided for it before; by default, passes over the data are timed now."""
    data = task_of(data, plan.task)
    baseline = choose_families(data, plan)
    own_families = [family for family in baseline if not baseline[family]]
    simple = [family for family in baseline if baseline[family]]
    count = cores_for(data, plan)
    passes, planned = (settled.passes, settled.planned) if settled else ({}, None)
    if plan.workers is None and not passes:
        passes, planned = settle_passes(data, own_families, 60 * plan.minutes, count, plan.device)
    if plan.named:
        share = equal_share(plan.minutes, count, len(own_families))
        passes = {family: replace(cost, share=share) for family, cost in passes.items()}
    trained = [family for family in own_families if not passes or passes[family].share]
    share = equal_share(plan.minutes, count, len(trained))
    if plan.target is not None:
        suite_maker(registry.suite_class(data), data, plan.target)(data, plan.seed)  # which may refuse it
    splits = count_of(data, share) if plan.named or planned is None else planned
    on = f", {duration(share / splits)} on each of {splits} splits as far as the time allows" if splits > 1 else ""
    sentences = [
        f"{count_nouns(trained, 'family', 'families')} on {count_nouns(range(count), 'core', 'cores')}, "
        f"{duration(share)} of training each{on}: {listed(trained)}"
    ]
    counts = {f: passes[f].share / splits / passes[f].each for f in trained if passes and passes[f].each}
    if counts:
        family_counts = listed([f"{family} {count:,.3g}" for family, count in counts.items()])
        sentences.append(f"passes over the {data.sizes['train']:,} training items: {family_counts}")
    if needs := seconds_left_out(passes):
        sentences.append(f"left out: {describe_needs(needs)}")
    if simple:
        sentences.append(f"{count_nouns(simple, 'simple baseline', 'simple baselines')}: {listed(simple)}")
    if reason := begun_family(data, plan)[1]:
        sentences.append(f"left out: {reason}")
    training = share * ceil(len(trained) / count)
    measuring = 60 * (minutes_promised(plan.minutes) - plan.minutes)
    return [
        *sentences,
        f"{duration(training)} of training, {duration(measuring)} of measuring at most: done in "
        f"{duration(training + measuring)} on idle cores",
    ]


def choose_families(data: Data, plan: ComparePlan) -> dict[str, bool]:
    """Returns {family that takes part: whether it is a simple baseline}; see `compare`."""
    of = data.kind, data.task
    meant = {name: registry.family_and_preset(*of, name) for name in plan.named}
    rows = {name: registry.row(*of, name if preset else family) for name, (family, preset) in meant.items()}
    chosen = {name if registry.split_begun(name)[1] else row.family: row.baseline for name, row in rows.items()}
    chosen |= {
        row.family: row.baseline
        for row in unnamed_rows(data, plan)
        if not (registry.missing_options(row.needs, data.domain) or row.refuses(data.domain.given))
        and row.construction.suits(data.domain)
    }
    for name in chosen:
        if run := registry.split_begun(name)[1]:
            run_folder(PREFIX + run)  # else it would be refused after the others have trained
    begun, _ = begun_family(data, plan)
    return chosen | ({begun: False} if begun else {})


def begun_family(data: Data, plan: ComparePlan) -> tuple[str, str]:
    """Returns the family that begins with the shipped run for few items of this kind, as autoregressive-from-molecules,
    and, where there is none though the kind has such a run, the reason."""
    run = data.domain.begins_with
    if plan.named or not run or sum(data.sizes.values()) >= FEW_ITEMS:
        return "", ""
    parent, begins = Parent(PREFIX + run), f"no model begins with {PREFIX}{run}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the training says it
            parent.open(data)
    except GenwrightError as error:
        return "", f"{begins}: {error}"
    config, domain = parent.source.config, parent.source.domain
    if domain.given.names != data.domain.given.names:
        return "", f"{begins}, which is given {', '.join(domain.given.names) or 'nothing'}"
    if data.name == config["data"]["name"]:
        return "", f"{begins}, which has seen the test items"
    return f"{config['family']}{registry.BEGUN}{run}", ""


def cores_for(data: Data, plan: ComparePlan) -> int:
    """Cores on which families train at once: those that were asked for, or those of this process that are idle. One
    where their processes cannot be forked from this one."""
    if not can_fork(plan.device):
        return 1
    return plan.cores or idle_cores()


def equal_share(minutes: float, count: int, families: int) -> float:
    """Returns seconds of one core that each family trains, by the clock within `minutes`, on so many cores."""
    return 60 * minutes * min(1.0, count / max(1, families))


def measure_passes(data: Data, families: list[str], seconds: float, count: int, device: str) -> dict[str, PassCost]:
    """Returns {family: passes over the training items that it needs by records, and seconds of one}, 0 for what is not
    known; families that records favour come first.

    Args:
        data: what they learn from.
        families: to train.
        seconds: time that this takes, about, by the clock.
        count: cores.
        device: as in `fit`.
    """
    place, items = (data.kind, data.task), data.sizes["train"]
    favoured = [family for family in favoured_families(data, families) if family in families]
    ordered, got = list(dict.fromkeys([*favoured, *families])), CpuShare()

    def pass_of(family: str) -> float:
        plan, place = plan_and_place(family=family, probe=True, device=device)
        start = start_of(data, plan, named_parts(with_shipped({"family": family})), place, Report(False))
        start = start.move_to(device_in(start.config))
        return pass_seconds(start.recipe, start.items, seconds * count / len(families))

    passes = dict.fromkeys(ordered, 0.0)
    threads = max(1, count // max(1, len(families)))
    for number, outcome in map_on_cores(pass_of, ordered, count, device, threads=threads):
        passes[ordered[number]] = outcome.value or 0.0  # training tells why it fails
        got.add(outcome.cpu)
    part = got.part_on(device_of(device).type)
    minimum_passes = {family: registry.least_passes(*place, family, items) for family in ordered}
    return {family: PassCost(minimum_passes[family], round(passes[family] / part, 4)) for family in ordered}


def settle_passes(
    data: Data, families: list[str], seconds: float, count: int, device: str
) -> tuple[dict[str, PassCost], int]:
    """Returns (what `measure_passes` finds, with the share of so many seconds of training that each family gets, and
    the splits on each of which every family that trains has its passes).

    Args:
        data: The data set, in its parts.
        seconds: by the clock, on `count` cores.
        device: Device to compute on.
    """
    passes, whole = measure_passes(data, families, TRYING * seconds, count, device), seconds * count
    needs = {family: cost.least * cost.each or whole / len(passes) for family, cost in passes.items()}
    favoured = favoured_families(data, families)
    shares = share_time(needs, favoured, whole, seconds)
    trained = {family: share for family, share in shares.items() if share}
    runs = [share / needs[family] for family, share in trained.items()]
    shared = {family: replace(cost, share=shares[family]) for family, cost in passes.items()}
    return shared, count_of(data, min(trained.values(), default=0.0), min(runs, default=1))


def favoured_families(data: Data, families: Sequence[str]) -> list[str]:
    """Lists the families that come first where time is short: those that begin with a shipped run, then those that
    records favour."""
    begun = [family for family in families if registry.split_begun(family)[1]]
    return [*begun, *registry.recorded(data.kind, data.task, data.sizes["train"]).favoured]


def share_time(
    needs: dict[str, float], favoured: Sequence[str], seconds: float, most_seconds: float | None = None
) -> dict[str, float]:
    """Returns {family: seconds of training}, 0.0 where it is left out.

    Where the time does not reach for all, those come first that records favour, as far as they get what they need. If
    it does not reach for two of these, the quickest two share it. If records favour only one, others that fit go first.

    Args:
        needs: seconds that each family needs, in the order in which they come.
        favoured: families.
        seconds: Seconds of all together.
        most_seconds: seconds of one at most, which trains on one core; all of them by default.
    """
    most_seconds = most_seconds or seconds
    first = [family for family in needs if family in favoured] or list(needs)
    quickest = sorted(first, key=needs.get)[:LEAST_FAMILIES]
    minimum_seconds = sum(needs[family] for family in quickest)
    chosen = _fitting([*first, *needs], needs, seconds, most_seconds)
    tight = minimum_seconds > seconds or any(needs[family] > most_seconds for family in quickest)
    if tight and (len(quickest) == LEAST_FAMILIES or not chosen):
        chosen = {family: min(most_seconds, needs[family] * min(1.0, seconds / minimum_seconds)) for family in quickest}
    elif len(chosen.keys() & set(first)) < len(quickest):
        chosen = _fitting([*quickest, *first, *needs], needs, seconds, most_seconds)
    level = level_of([(need, most_seconds) for need in chosen.values()], seconds)
    return {family: round(max(chosen[family], level), 3) if family in chosen else 0.0 for family in needs}


def _fitting(order: list[str], needs: dict[str, float], seconds: float, most_seconds: float) -> dict[str, float]:
    """{family: seconds it needs} of those that fit, in this order, into the time that the ones before leave. most:
    seconds of one at most."""
    chosen: dict[str, float] = {}
    for family in order:
        if family not in chosen and needs[family] <= min(most_seconds, seconds - sum(chosen.values())):
            chosen[family] = needs[family]
    return chosen


def unnamed_rows(data: Data, plan: ComparePlan) -> list[registry.Row]:
    """Returns rows of the families that take part where they fit the data, though nobody named them."""
    of = data.kind, data.task
    named_families = plan.families
    everything = (
        registry.compared(*of) if named_families is None else registry.families(*of) if named_families == "all" else []
    )
    return [registry.row(*of, family) for family in [*everything, *registry.families(*of, baselines=True)]]


def suite_maker(suite: type, data: Data, target: str | None) -> Callable[..., object]:
    """Returns the maker of a suite, with the target set. Raises DataError for a target where none is learned from
    samples.

    Args:
        data: The data set, in its parts.
    """
    if target is None:
        return suite
    if "target" not in signature(suite).parameters:
        raise DataError(
            f"target '{target}' names a column of a table, for trees that learn from samples, and {data.name} is none: "
            "leave target out"
        )
    return partial(suite, target=target)
