"""How much is measured in the time there is: the sizes of a suite, chosen by trying each verb of each model.

Time is CPU time, so that a busy machine measures the same things as far as the clock allows. Before all of this every
family gets a first look: the headline metrics on the fewest items, but for what takes a family too long.

A verb takes fixed times for each call and each item, so a few items predict the time of many. One part of the time goes
to samples and their metrics. Every model has as many samples, since metrics of a set change with its size. The rest
goes to verbs that work item by item: likelihoods, completions, codes and drawings each get the same time of each
family. Time that one of them does not need goes to the others. Slow ones get fewer items, but at least as many as tell
anything. If these do not fit either, the slowest are left out. A comparison ends a little late rather than with an
empty table.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.optimize import nnls

from ..core.cpu import cpu_seconds
from ..run.failures import catch_failure
from .metrics.classifiers import fixed_threads
from .sizes import Layout, Tried, family_of, family_size_name, in_one_call

TRYING, LONGEST = 0.1, 0.03  # of the time, for trying, beyond twice which only what settles a purpose is; for one try
ENOUGH = {"scored": 128}  # items that settle a purpose, before anything else is asked
SAMPLING = 0.6  # of the time, for samples, where the rest needs it
MOST_TIME = 0.9  # of the time is given away: what was tried is little, and what will be measured is not
LEAST_TIME = 0.25  # of the time is given away at least: after a long trial, quick things are measured all the same
TRIED = 1, 16, 17, 65  # items that a verb is tried on; those alone that are computed otherwise than fewer are
TRIED_ONCE = ("shown",)  # tried on one: drawings call several verbs
JUDGED = 50, 200, 800, 3_200  # real items that are judged in the place of samples
ALIKE = ("coded",)  # as many of each family, or none: a classifier that learns from more knows more
AFTER = ("attacked",)  # has no part in how many samples the rest is measured on, but of what these leave
STEPS = 40  # of halving a span of seconds
SETTLED = {  # purpose -> what of a suite's sizes settles it, and by which verb; the first that the suite has
    "samples": (("samples", "sample"),),
    "words": (("samples", "sample"),),
    "density": (("scored", "log_prob"),),
    "codes": (("coded", "encode"), ("completed", "complete")),
    "labels": (("", "predict"),),
}


@dataclass(frozen=True)
class Cost:
    """The cost of computing n items: `call` seconds for each call and `each` for each item in them, as many as
    `layout(n)` says."""

    call: float
    each: float
    layout: Layout

    def __call__(self, n: int) -> float:
        calls, items = self.layout(n)
        return self.call * calls + self.each * items


Costs = Mapping[str, Mapping[str, Cost]]  # {family: {name of a size: Cost}}


def settles(purpose: str, full_sizes: dict[str, int]) -> tuple[str, str]:
    """Returns the size and the verb that determine how precisely a purpose is judged."""
    ways = SETTLED[purpose]
    return next((way for way in ways if way[0] in full_sizes), ways[-1])


def first_sizes(suite: Any, purposes: Iterable[str]) -> dict[str, int]:
    """Returns the sizes of a quick first measurement: the fewest items for the metrics that judge the purposes, and
    none for all else. It is {} where the suite has nothing costly."""
    needed_sizes = {settles(purpose, suite.sizes.full)[0] for purpose in purposes}
    fewest = least_sizes(suite)
    return {
        name: min(minimum, suite.FIRST.get(name, minimum)) if name in needed_sizes else 0
        for name, minimum in fewest.items()
    }


def look_costs(suite: Any, model: Any, first: dict[str, int], seconds: float) -> dict[str, Cost]:
    """Measures the costs of a first measurement: {name of the size: Cost}.

    Args:
        suite: to measure with.
        model: to measure.
        first: sizes of the first measurement.
        seconds: about how long to measure.
    """
    calls = {name: call for name, call in suite.tries(model).items() if first.get(name)}
    with fixed_threads(1):
        return {
            name: time_verb(call, TRIED[:2], first[name], TRYING * seconds, seconds) for name, call in calls.items()
        }


def least_sizes(suite: Any) -> dict[str, int]:
    """Returns the fewest items for which each measurement is worthwhile."""
    return {name: min(full_size, suite.LEAST[name]) for name, full_size in suite.sizes.full.items()}


def choose_sizes(
    suite: Any, openers: Iterable[Callable[[], Any]], seconds: float, known: Costs = {}, map_each: Callable = map
) -> dict[str, int]:
    """Chooses the sizes with which models are measured and drawn in `seconds` of CPU time, the reference included; {}
    where there is time for all.

    Args:
        suite: Suite of full sizes; beside what a comparison asks of it, it has `sizes.full` and LEAST, of how many
            items each thing is asked at most and at least, `tries(model)` {name: Tried}, and `resized(sizes)`, the
            same suite of other sizes.
        openers: functions that open a model each, one at a time.
        seconds: Seconds of CPU time.
        known: {family: {name: Cost}} of what was tried before.
        map_each: does a function for each of some things, as `map`; perhaps side by side.
    """
    started_at, openers, full_sizes = cpu_seconds(), list(openers), suite.sizes.full
    if not full_sizes or not openers:
        return {}
    minimum_sizes = least_sizes(suite)
    settling = {"samples", *(settles(purpose, full_sizes)[0] for purpose in suite.HEADLINE)}
    patience = TRYING * seconds / (len(openers) + 1)
    costs: dict[str, dict[str, Cost]] = {}
    untried: dict[str, int] = {}

    opened_models: list[Callable[[], Any]] = []

    def try_verbs(number: int) -> tuple[int, str, dict[str, Cost], dict[str, int]] | None:
        """The number of a model, its family, the costs of what was tried, and what was not; None where trying failed,
        as measuring it tells."""
        with catch_failure():
            model, started = openers[number](), cpu_seconds()
            family, calls = family_of(model), suite.tries(model)
            costs, untried = dict(known.get(family, {})), {}
            for name, verb in calls.items():
                if name in costs:
                    continue
                if name not in settling and cpu_seconds() - started > 2 * TRYING * seconds / len(openers):
                    untried[family_size_name(name, family)] = 0
                    continue
                counts, limit = (1,) if name in TRIED_ONCE else TRIED, full_sizes[name]
                costs[name] = time_verb(verb, counts, limit, patience / len(calls), LONGEST * seconds)
            return number, family, costs, untried
        return None

    with fixed_threads(1), TemporaryDirectory() as folder:  # as it is measured
        for number, family, tried_costs, not_tried in filter(None, map_each(try_verbs, range(len(openers)))):
            costs[family] = tried_costs
            untried |= not_tried
            opened_models.append(openers[number])
        if not opened_models:
            return {}
        judge = Tried(lambda n: suite.resized({"samples": n}).reference(), in_one_call)
        judge.do(min(JUDGED[0], full_sizes["samples"]))  # what is loaded once
        judging = time_verb(judge, JUDGED, full_sizes["samples"], 4 * patience, seconds)
        open_quickest, _ = min(
            zip(opened_models, costs.values()), key=lambda pair: pair[1]["samples"](minimum_sizes["samples"])
        )
        drawing = 0.0
        with catch_failure():
            model = open_quickest()  # the page shows the samples that are measured, whose time is counted with these
            drawing = len(openers) * seconds_of(lambda: suite.resized(minimum_sizes).plot(model, Path(folder)))
    seconds_left = max(MOST_TIME * (seconds - (cpu_seconds() - started_at)) - drawing, LEAST_TIME * seconds)
    return share_out(costs, judging, full_sizes, minimum_sizes, seconds_left, settling) | untried


def time_verb(call: Tried, counts: tuple[int, ...], limit: int, patience: float, max_seconds: float) -> Cost:
    """Times a verb on growing numbers of items and fits its cost.

    Args:
        call: the verb as a function of the number of items, and its layout.
        counts: numbers of items to try.
        limit: the largest number that makes sense.
        patience: seconds after which no third count is begun.
        max_seconds: seconds that the second count may take, by estimate.
    """
    do, layout = call.do, call.tried or call.layout
    points: list[tuple[tuple[int, int], float]] = []
    for n in sorted({min(n, limit) for n in counts}):
        if points and layout(n) == points[-1][0]:
            continue
        if points and fit_cost(points, layout)(n) > (max_seconds if len(points) == 1 else patience):
            break
        took = seconds_of(lambda: do(n))
        if not points and took < patience:  # again, without what is loaded or made once
            took = seconds_of(lambda: do(n))
        points.append((layout(n), took))
    return fit_cost(points, call.layout)


def fit_cost(points: list[tuple[tuple[int, int], float]], layout: Layout) -> Cost:
    """Fits the cost nearest to measured seconds for calls and items, by relative errors; of a single point, all is of
    items."""
    spent_counts, seconds = (np.array(part, float) for part in zip(*points))
    if len(points) == 1:
        return Cost(0.0, float(seconds[0] / spent_counts[0, 1]), layout)
    seconds = seconds.clip(1e-6)[:, None]
    (per_call, per_item), _ = nnls(spent_counts / seconds, np.ones(len(points)))
    return Cost(float(per_call), float(per_item), layout)


def seconds_of(do: Callable[[], Any]) -> float:
    """Times `do()` in seconds of CPU time."""
    started_at = cpu_seconds()
    do()
    return cpu_seconds() - started_at


def share_out(
    costs: Costs, judging: Cost, full_sizes: dict, minimum_sizes: dict, seconds: float, first: Collection[str] = ()
) -> dict[str, int]:
    """Distributes `seconds` among measurements: returns sizes below `full_sizes` that fit.

    Args:
        costs: {family: {name: Cost}}.
        judging: the part of the costs that judges samples.
        full_sizes: sizes with time for all.
        minimum_sizes: fewest worthwhile sizes.
        seconds: Seconds of CPU time in all.
        first: names of the sizes that judge a purpose and come before the others.
    """
    sizes: dict[str, int] = {}
    verb_costs = {
        (name, family): cost
        for family, family_costs in costs.items()
        for name, cost in family_costs.items()
        if name != "samples"
    }
    other_seconds = sum(cost(full_sizes[name]) for (name, _), cost in verb_costs.items() if name not in AFTER)
    enough = {
        name: min(full_sizes[name], max(minimum_sizes[name], ENOUGH.get(name, 0)))
        for name in minimum_sizes
        if name in first
    }
    settled_seconds = sum(cost(enough[name]) for (name, _), cost in verb_costs.items() if name in enough)
    sample_costs = {family: family_costs["samples"] for family, family_costs in costs.items()}
    total_seconds = lambda n: judging(n) + sum(judging(n) + cost(n) for cost in sample_costs.values())
    room = max(SAMPLING * seconds, seconds - other_seconds)
    while sample_costs and total_seconds(minimum_sizes["samples"]) > room:
        slowest = max(sample_costs, key=lambda family: sample_costs[family](minimum_sizes["samples"]))
        sizes[family_size_name("samples", slowest)] = 0
        del sample_costs[slowest]
    room = min(room, max(seconds - settled_seconds, total_seconds(minimum_sizes["samples"]), seconds - other_seconds))
    n = max(
        minimum_sizes["samples"], affordable_items(total_seconds, room, full_sizes["samples"] if sample_costs else 0)
    )
    if n < full_sizes["samples"]:
        sizes["samples"] = n
    items = {key: enough.get(key[0], minimum_sizes[key[0]]) for key in verb_costs}
    floors = {key: cost(items[key]) for key, cost in verb_costs.items()}
    seconds_left = seconds - total_seconds(n)
    while floors and sum(floors.values()) > seconds_left:
        slowest = max(floors, key=lambda key: (key[0] not in enough, items[key] > minimum_sizes[key[0]], floors[key]))
        if slowest[0] in enough and items[slowest] > minimum_sizes[slowest[0]]:
            items[slowest] = minimum_sizes[slowest[0]]
            floors[slowest] = verb_costs[slowest](items[slowest])
            continue
        sizes[family_size_name(*slowest)] = 0
        del floors[slowest]
    wants = {key: verb_costs[key](full_sizes[key[0]]) for key in floors}
    level = level_of([(floors[key], wants[key]) for key in floors], seconds_left)
    counts = {key: max(items[key], affordable_items(verb_costs[key], level, full_sizes[key[0]])) for key in floors}
    for name in ALIKE:
        smallest = min((n for (measure_name, _), n in counts.items() if measure_name == name), default=0)
        counts = {key: n for key, n in counts.items() if key[0] != name}
        if 0 < smallest < full_sizes[name]:
            sizes[name] = smallest
    return sizes | {family_size_name(*key): n for key, n in counts.items() if n < full_sizes[key[0]]}


def affordable_items(cost: Callable[[int], float], seconds: float, limit: int) -> int:
    """Returns how many items there is time for, `limit` at most.

    Args:
        cost: Cost of the items.
        seconds: Seconds of CPU time.
        limit: limit of the items.
    """
    low, high = 0, limit + 1
    while high - low > 1:
        middle_count = (low + high) // 2
        low, high = (middle_count, high) if cost(middle_count) <= seconds else (low, middle_count)
    return low


def level_of(bounds: list[tuple[float, float]], total: float) -> float:
    """Finds the largest level at which the shares max(least, min(most, level)) fit into `total` together. wanted:
    (least, most) of each share."""
    given = lambda level: sum(max(lowest, min(highest, level)) for lowest, highest in bounds)
    low, high = 0.0, max((highest for _, highest in bounds), default=0.0)
    if given(high) <= total:
        return high
    for _ in range(STEPS):
        middle_level = (low + high) / 2
        low, high = (middle_level, high) if given(middle_level) <= total else (low, middle_level)
    return low
