"""The pick of each purpose: which model to take, what is as good, and how to choose among those."""

from __future__ import annotations

from dataclasses import dataclass

from ..evaluation.metric import SIGMAS, Metric, decimals
from .results import Ranking, difference, enough, find, metric_of, predicts, protocol, ranking, title
from .rules import able, first_few, format_metric, listed, measured, number_of, purpose, told_apart

COMPARED = 2  # trained families that must have been measured before one is picked, where as many can serve
EPOCHS, FEWEST = 5, 0.2  # passes over the data that training takes for granted; a smaller share of them is next to none
FASTER, SLOW = 2, 1.0  # times as fast, where the other takes so many seconds, breaks a tie


@dataclass(frozen=True)
class Pick:
    """The family to take for one purpose, a phrase such as "To sample new items", by a headline metric.

    family: the pick, which has the best number; None where not enough was measured to pick one. tied: families that
    cannot be told from it, best first. next: the best of those that are clearly worse, None where there is none.
    warning: why the pick itself is in doubt, "" where it is not. reason: a sentence without the family. sentence: all
    of that in one.
    """

    criterion: str
    purpose: str
    metric: str
    family: str | None
    tied: tuple[str, ...]
    next: str | None
    warning: str
    reason: str
    sentence: str


def picks(results: dict) -> list[Pick]:
    """One for each purpose that a trained family can serve, simple baselines included; none where no trained family has
    a number that may be ranked at all."""
    found = []
    for criterion, metric in results["metrics"]["headline"].items():
        families = able(results, criterion, metric)
        known = [row["family"] for row, _ in measured(results, metric) if row["family"] in families]
        what, ranked = purpose(results, criterion, metric), ranking(results, metric)
        if len(known) < min(COMPARED, len(families)):
            found.append(_not_enough(results, criterion, what, metric, len(known), len(families)))
        elif ranked.order and not set(known) <= set(ranked.unranked):
            missing = [family for family in families if family not in known]
            found.append(_pick(results, criterion, what, ranked, missing))
    return found


def gap(results: dict, metric: str, a: str, b: str) -> str:
    """By how much two families differ, with half its 95% interval."""
    found = difference(results, metric, a, b)
    half = SIGMAS * (found.se or 0.0)
    places = decimals(half, 2) if half else decimals(found.value, 3)
    return f"{abs(found.value):,.{places}f}" + (f" ± {half:,.{places}f}" if half else "")


def barely_trained(results: dict, family: str) -> str:
    """A phrase for a family that saw fewer items than `FEWEST` of `EPOCHS` passes over the data; "" where it saw more,
    or learns without passes."""
    seen, items = find(results, family)["items"], results["data"]["items"]["train"]
    if not seen or seen >= FEWEST * EPOCHS * items:
        return ""
    return f"saw only {seen:,} of {items:,} training items"


def _not_enough(results: dict, criterion: str, what: str, metric: str, known: int, every: int) -> Pick:
    families = "trained family" if every == 1 else "trained families"
    short = f"not enough was measured: {title(results, metric)} is known for {known} of {every} {families}"
    return Pick(criterion, what, metric, None, (), None, "", f"{short[:1].upper()}{short[1:]}.", f"{what}, {short}.")


def _pick(results: dict, criterion: str, what: str, ranked: Ranking, missing: list[str]) -> Pick:
    first, *others = ranked.order
    worse = next((family for family in others if family not in ranked.tied), None)
    number, warning = number_of(results, first, ranked.metric), barely_trained(results, first)
    simple = first in [row["family"] for row in results["baselines"]]
    taken = f"take {'the simple baseline ' if simple else ''}{first}{f' ({warning})' if warning else ''}"
    weak = number.se is None or not enough(number)
    named = criterion, what, ranked.metric, first, ranked.tied, worse, warning
    reason = _reason(results, ranked, number, worse)
    if missing:
        reason += f"; {first_few(missing)} {'was' if len(missing) == 1 else 'were'} not measured"
    if weak:
        return Pick(
            *named, f"No clear winner: {reason}.", f"{what}, {taken} for now, without a clear winner: {reason}."
        )
    return Pick(*named, f"{reason}.", f"{what}, {taken}: {reason}.")


def _reason(results: dict, ranked: Ranking, number: Metric, worse: str | None) -> str:
    """The reason to take the first family, as a clause that begins with its number."""
    metric, first, tied = ranked.metric, ranked.order[0], ranked.tied
    value = f"{title(results, metric)} {format_metric(number)}" + (f" ({way})" if (way := protocol(results)) else "")
    if number.se is None:
        return f"{value}, with an unknown error"
    if not enough(number):
        return f"{value}, but {_too_few(results, ranked, number)}"
    if tied:
        hint = tie_break(results, first, tied)
        are = "is" if len(tied) == 1 else "are"
        return f"{value}; {first_few(list(tied))} {are} statistically tied with it" + (f": {hint}" if hint else "")
    if not worse:
        return f"{value}, the only number that can be ranked"
    other = metric_of(find(results, worse)["metrics"][metric])
    both = f" on the {min(number.n, other.n):,} items that both saw" * (number.n != other.n)
    better = f"{value}, better than {worse}, the next, by {gap(results, metric, first, worse)}{both}"
    trained = first in [row["family"] for row in results["models"]]
    return better if trained else f"{better}; the trained models need more data or a longer budget"


def _too_few(results: dict, ranked: Ranking, number: Metric) -> str:
    few = f"{number.n} items are too few to rank families by"
    simple = [row["family"] for row in results["baselines"] if row["family"] in ranked.order]
    first = ranked.order[0]
    if first in simple:
        return few
    near = [f for f in simple if not told_apart(results, ranked.metric, first, f)]
    return few + (f", and the simple baseline {near[0]} is statistically tied with it" if near else "")


def tie_break(results: dict, first: str, tied: tuple[str, ...]) -> str:
    """An advantage of a family that is tied with the first, as a clause: it is simple, fast, or can do more; "" where
    there is none."""
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
    """That the other samples, or predicts, so many times as fast; "" where it does not."""
    slow, fast = (rows[family]["seconds"]["sample"] for family in (first, other))
    if not slow or not fast or slow < SLOW or slow < FASTER * fast:
        return ""
    verb = "predicts" if predicts(rows[first]) else "samples"
    return f"{verb} {slow / fast:,.0f} times as fast"
