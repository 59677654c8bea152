"""The pick of each purpose: which model to take, what is as good, and how to choose among those."""

from __future__ import annotations

from dataclasses import dataclass

from ..evaluation.metric import SIGMAS, Metric
from .results import decimals, difference, enough, find, ranking, title
from .rules import headlines, listed, number_of, said, told_apart

PURPOSE = {
    "density": "To judge how likely an item is",
    "samples": "To draw new items",
    "codes": "For codes to search or classify by",
    "labels": "To predict labels",
    "completions": "To fill in what is missing",
}
NAMED = 4  # families that a sentence lists
FASTER, SLOW = 2, 1.0  # times as fast, where the other takes so many seconds, breaks a tie


@dataclass(frozen=True)
class Pick:
    """What to take for one purpose, a phrase such as "To draw new items", by a headline metric.

    family: the pick, which has the best number. tied: families that cannot be told from it, best first. next: the best
    of those that are clearly worse, None where there is none. sentence: all of that in one.
    """

    criterion: str
    purpose: str
    metric: str
    family: str
    tied: tuple[str, ...]
    next: str | None
    sentence: str


def picks(results: dict) -> list[Pick]:
    """One for each purpose that was measured, simple baselines included; none of what may not be ranked at all."""
    found = []
    for criterion, metric in headlines(results):
        ranked = ranking(results, metric)
        if ranked.order:
            first, *others = ranked.order
            worse = next((family for family in others if family not in ranked.tied), None)
            what = purpose(criterion, number_of(results, first, metric))
            sentence = f"{what}, {_sentence(results, metric, first, ranked.tied, worse)}."
            found.append(Pick(criterion, what, metric, first, ranked.tied, worse, sentence))
    return found


def purpose(criterion: str, metric: Metric) -> str:
    """What a headline is good for; a domain may settle a criterion by completions, and then they are what is meant."""
    return PURPOSE["completions" if metric.of == "completions" else criterion]


def gap(results: dict, metric: str, a: str, b: str) -> str:
    """By how much two families differ, with half its 95% interval."""
    found = difference(results, metric, a, b)
    half = SIGMAS * (found.se or 0.0)
    places = decimals(half, 2) if half else decimals(found.value, 3)
    return f"{abs(found.value):,.{places}f}" + (f" ± {half:,.{places}f}" if half else "")


def _sentence(results: dict, metric: str, first: str, tied: tuple[str, ...], worse: str | None) -> str:
    number = number_of(results, first, metric)
    value = f"{title(results, metric)} {said(number)}"
    trained = [row["family"] for row in results["models"]]
    taken = f"take {first if first in trained else f'the simple baseline {first}'}"
    if number.se is None:
        return f"{taken} for want of better: {value}, whose error is not known"
    if not enough(number):
        return f"{taken} for want of better: {value}, but {_too_few(results, metric, first, number)}"
    if tied:
        hint = tie_break(results, first, tied)
        return f"{taken} ({value}); {_some(tied)} cannot be told from it" + (f": {hint}" if hint else "")
    if not worse:
        return f"{taken}: {value}, and {_unmeasured(results, metric, first)}"
    better = f"{taken}: {value}, better than {worse}, the next, by {gap(results, metric, first, worse)}"
    return better if first in trained else f"{better}; trained families want more data or more minutes"


def _not_measured(results: dict, metric: str, first: str) -> list[str]:
    """Trained families beside the first that have no such number."""
    ended = [row for row in results["models"] if row["family"] != first and not row["error"]]
    return [row["family"] for row in ended if metric not in row["metrics"]]


def _unmeasured(results: dict, metric: str, first: str) -> str:
    left = _not_measured(results, metric, first)
    if not left:
        return "no other was measured"
    return f"of {listed(left)} it was not measured, so that nothing says which is better"


def _too_few(results: dict, metric: str, first: str, number: Metric) -> str:
    few = f"{number.n} items are too few to rank families by"
    simple = [row["family"] for row in results["baselines"] if row["family"] in ranking(results, metric).order]
    if first in simple:
        left = number.of == "samples" and _not_measured(results, metric, first)
        return f"{few}; {_unmeasured(results, metric, first)}" if left else few
    near = [f for f in simple if not told_apart(results, metric, first, f)]
    return few + (f", and the simple baseline {near[0]} does as well as far as can be told" if near else "")


def _some(families: tuple[str, ...]) -> str:
    shown, more = list(families[:NAMED]), len(families) - NAMED
    return listed([*shown, f"{more} more"] if more > 0 else shown)


def tie_break(results: dict, first: str, tied: tuple[str, ...]) -> str:
    """What speaks for one that is tied with the first, as a clause: that it is simple, fast, or can do more; "" where
    nothing does."""
    rows = {family: find(results, family) for family in (first, *tied)}
    simple = [row["family"] for row in results["baselines"] if row["family"] in rows]
    if simple and first not in simple:
        best = next(family for family in tied if family in simple)
        return f"the simple baseline {best} does as well" + (
            f" and {fast}" if (fast := _faster(rows, first, best)) else ""
        )
    seconds = {family: row["seconds"]["sample"] for family, row in rows.items() if row["seconds"]["sample"]}
    fastest = min(seconds, key=seconds.get, default=first)
    if fast := _faster(rows, first, fastest):
        return f"{fastest} {fast}"
    more = {family: [verb for verb in rows[family]["verbs"] if verb not in rows[first]["verbs"]] for family in tied}
    ablest = max(more, key=lambda family: len(more[family]))
    return f"{ablest} also has {listed([verb.replace('_', '-') for verb in more[ablest]])}" if more[ablest] else ""


def _faster(rows: dict[str, dict], first: str, other: str) -> str:
    """That the other draws, or predicts, so many times as fast; "" where it does not."""
    slow, fast = (rows[family]["seconds"]["sample"] for family in (first, other))
    if not slow or not fast or slow < SLOW or slow < FASTER * fast:
        return ""
    verb = "predicts" if "predict" in rows[first]["verbs"] else "draws"
    return f"{verb} {slow / fast:,.0f} times as fast"
