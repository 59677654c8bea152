"""Advice drawn from results alone: a list of (condition, sentence).

A condition reads the results and yields what it found, one dict of words for each time its sentence is said; the
sentence is a template over those words. Nothing here looks at a model, and no rule knows a family by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterator

from ..evaluation.metric import Metric
from ..likelihood import MEASURES
from .results import COPY, FAR, badness, find, interval_coverage, is_copy, metric_of, names, ranking, rows, shown, title

SMALL = 100  # fewer items than this rank nothing
TAUGHT = ("cas", "tstr_share")  # metrics of what a judge learns from samples
SLOW = 30  # times the drawing time of the fastest, from which it is worth a sentence
COVERAGE = (0.85, 0.95)  # of intervals that claim 90%

PURPOSE = {
    "density": "To judge how likely an item is",
    "samples": "To draw new items",
    "codes": "For codes to search or classify by",
    "completions": "To fill in what is missing",
}


@dataclass(frozen=True)
class Rule:
    name: str
    condition: Callable[[dict], Iterator[dict]]
    sentence: str


def advice(results: dict) -> list[str]:
    """The sentences whose conditions hold, the most useful first."""
    said = [rule.sentence.format(**words) for rule in RULES for words in rule.condition(results)]
    return list(dict.fromkeys(said))


def _headlines(results: dict) -> Iterator[tuple[str, str]]:
    """(criterion, metric) of the purposes that this comparison measured."""
    measured = names(results)
    yield from ((c, m) for c, m in results["rulers"]["headline"].items() if m in measured)


def _measured(results: dict, metric: str) -> Iterator[tuple[dict, Metric]]:
    for row in rows(results):
        found = metric_of(row["metrics"].get(metric))
        if found is not None:
            yield row, found


def _of(results: dict, family: str, metric: str) -> Metric:
    return metric_of(find(results, family)["metrics"][metric])


def _words(results: dict, criterion: str, metric: str, first: str, second: str) -> dict:
    return {
        "purpose": purpose(criterion, _of(results, first, metric)),
        "title": title(results, metric),
        "first": first,
        "second": second,
        "a": said(_of(results, first, metric)),
        "b": said(_of(results, second, metric)),
        "n": _of(results, first, metric).n,
    }


def purpose(criterion: str, metric: Metric) -> str:
    """What a headline is good for; a domain may settle a criterion by completions, and then they are what is meant."""
    return PURPOSE["completions" if metric.of == "completions" else criterion]


def said(metric: Metric) -> str:
    """The number with its interval, and its kind where it is a likelihood."""
    return shown(metric) + ("%" if metric.unit == "%" else "") + (f" ({metric.kind})" if metric.of in MEASURES else "")


def overlap(a: Metric, b: Metric) -> bool:
    """Whether both have an interval and the two meet."""
    return None not in (a.se, b.se) and not a.parts_from(b)


def winners(results: dict) -> Iterator[dict]:
    """A trained family whose interval lies apart from all that it may be ranked against, simple baselines included."""
    trained = {row["family"] for row in results["models"]}
    for criterion, metric in _headlines(results):
        ranked = ranking(results, metric)
        if ranked.apart and ranked.order[0] in trained and _of(results, ranked.order[0], metric).n >= SMALL:
            yield _words(results, criterion, metric, *ranked.order[:2])


def ties(results: dict) -> Iterator[dict]:
    """The best trained family and the others whose interval meets its own."""
    trained = {row["family"] for row in results["models"]}
    beaten = {words["title"] for words in baseline_wins(results)}
    for criterion, metric in _headlines(results):
        first, *rest = [f for f in ranking(results, metric).order if f in trained] or [None]
        near = [f for f in rest if overlap(_of(results, first, metric), _of(results, f, metric))]
        if near and title(results, metric) not in beaten and _of(results, first, metric).n >= SMALL:
            yield {**_words(results, criterion, metric, first, near[0]), "all": listed([first, *near])}


def small(results: dict) -> Iterator[dict]:
    for _, metric in _headlines(results):
        counts = [m.n for _, m in _measured(results, metric)]
        if counts and min(counts) < SMALL:
            yield {"title": title(results, metric), "n": min(counts)}


def _rivals(results: dict) -> Iterator[tuple[str, str, str, str]]:
    """(criterion, metric, best trained family, best simple baseline), where the two may be ranked."""
    trained = {row["family"] for row in results["models"]}
    for criterion, metric in _headlines(results):
        order = ranking(results, metric).order
        model = next((f for f in order if f in trained), None)
        simple = next((f for f in order if f not in trained), None)
        if model and simple:
            yield criterion, metric, model, simple


def baseline_wins(results: dict) -> Iterator[dict]:
    for criterion, metric, model, simple in _rivals(results):
        a, b = _of(results, simple, metric), _of(results, model, metric)
        if a.parts_from(b) and badness(a) < badness(b):
            yield _words(results, criterion, metric, simple, model)


def baseline_equals(results: dict) -> Iterator[dict]:
    for criterion, metric, model, simple in _rivals(results):
        if overlap(_of(results, simple, metric), _of(results, model, metric)):
            yield _words(results, criterion, metric, simple, model)


# ---------------------------------------------------------------------- what not to believe


def copies(results: dict) -> Iterator[dict]:
    for row in rows(results):
        if is_copy(row):
            yield {"family": row["family"], "ratio": f"{row['metrics']['memorisation']['value']:.2f}", "limit": COPY}


def strays(results: dict) -> Iterator[dict]:
    for row, ratio in _measured(results, "memorisation"):
        if ratio.value > FAR:
            yield {"family": row["family"], "ratio": f"{ratio.value:.2f}", "limit": FAR}


def accuracy_alone(results: dict) -> Iterator[dict]:
    """A judge learns as well from a simple baseline that is no copy as from the best family; one judge is named."""
    for metric in names(results):
        if not metric.startswith(TAUGHT):
            continue
        trained = {row["family"] for row in results["models"]}
        order = [f for f in ranking(results, metric).order if f in trained]
        simple = [f for f in ranking(results, metric).order if f not in trained]
        if order and simple:
            model, base = _of(results, order[0], metric), _of(results, simple[0], metric)
            if badness(base) <= badness(model) or overlap(base, model):
                names_of = {"title": title(results, metric), "simple": simple[0], "first": order[0]}
                yield {**names_of, "a": said(base), "b": said(model)}
                return


def mixed_kinds(results: dict) -> Iterator[dict]:
    for metric in names(results):
        found = [(row["family"], m) for row, m in _measured(results, metric) if m.of in MEASURES]
        groups = {kind: [f for f, m in found if m.kind == kind] for kind in KIND_WORDS}
        groups = {kind: families for kind, families in groups.items() if families}
        if len(groups) > 1:
            parts = [KIND_WORDS[kind].format(families=listed(families)) for kind, families in groups.items()]
            yield {"title": title(results, metric), "kinds": "; ".join(parts)}


KIND_WORDS = {
    "exact": "exact for {families}",
    "lower bound": "a bound for {families}, whose true value can only be better",
    "estimate": "an estimate for {families}, which may err either way and is not ranked beside proven numbers",
    "unnormalised": "unnormalised for {families}, which is ranked against nothing",
}


def unranked(results: dict) -> Iterator[dict]:
    """Measured on other items, by another reference or in another unit than the rest; estimates are another rule's."""
    for _, metric in _headlines(results):
        ranked = ranking(results, metric)
        if not ranked.order:
            continue
        first = _of(results, ranked.order[0], metric)
        others = {f: _of(results, f, metric) for f in ranked.unranked}
        odd = [f for f, m in others.items() if m.kind != "unnormalised" and not first.comparable(m)]
        if odd:
            yield {"title": title(results, metric), "families": listed(odd)}


def coverage(results: dict) -> Iterator[dict]:
    """Intervals that claim 90% and cover less than 85% or more than 95%."""
    for row in rows(results):
        found = interval_coverage(row)
        if found and not COVERAGE[0] <= found.value <= COVERAGE[1]:
            narrow = found.value < COVERAGE[0]
            meaning = "too narrow: it is surer than it should be" if narrow else "too wide: it could be surer"
            yield {"family": row["family"], "share": f"{found.value:.0%}", "meaning": meaning}


def not_finite(results: dict) -> Iterator[dict]:
    for row in rows(results):
        for metric, record in row["metrics"].items():
            if record["note"]:
                yield {"family": row["family"], "title": title(results, metric), "note": record["note"]}


# ---------------------------------------------------------------------- how they ran


def failed(results: dict) -> Iterator[dict]:
    for row in results["models"] + results["baselines"]:
        if row["error"]:
            yield {"family": row["family"], "error": row["error"].rstrip(".")}


def unhealthy(results: dict) -> Iterator[dict]:
    for row in rows(results):
        for sentence in row["health"]:
            yield {"family": row["family"], "sentence": sentence.rstrip(".")}


def slow(results: dict) -> Iterator[dict]:
    """Families that draw much more slowly than the fastest trained one, once that is a matter of seconds."""
    times = {row["family"]: row["seconds"]["sample"] for row in rows(results) if row in results["models"]}
    times = {family: seconds for family, seconds in times.items() if seconds}
    if len(times) < 2:
        return
    fastest = min(times, key=times.get)
    for family, seconds in times.items():
        ratio = seconds / times[fastest]
        if ratio >= SLOW and seconds > 1:
            yield {"family": family, "ratio": f"{ratio:,.0f}", "fastest": fastest, "seconds": f"{seconds:.3g}"}


def listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


RULES = (
    Rule("winner", winners, "{purpose}, take {first}: {title} {a}, next {second} with {b}, and the intervals part."),
    Rule(
        "tie",
        ties,
        "{purpose}, no family can be named: on {title} the intervals of {all} overlap, so the difference is too small "
        "to rank: {first} {a}, {second} {b}.",
    ),
    Rule("small", small, "{title} was measured on {n} items only: too small to rank the families by."),
    Rule(
        "baseline wins",
        baseline_wins,
        "{purpose}, the simple baseline {first} beats every trained family: {title} {a}, against {b} of {second}. Use "
        "it, or bring more data or more minutes.",
    ),
    Rule(
        "baseline equals",
        baseline_equals,
        "The simple baseline {first} does as well on {title} as {second}, the best trained family: {a} against {b}, "
        "and the intervals overlap. Training gained nothing there.",
    ),
    Rule(
        "copies",
        copies,
        "{family} copies its training data: its samples lie {ratio} times as far from it as fresh real items do (below "
        "{limit}), so its other numbers for samples prove nothing.",
    ),
    Rule(
        "strays",
        strays,
        "Samples of {family} lie {ratio} times as far from the training data as fresh real items do (above {limit}): "
        "many of them resemble no real item.",
    ),
    Rule(
        "accuracy alone",
        accuracy_alone,
        "That a judge can learn from the samples proves nothing by itself here: with the simple baseline {simple} it "
        "reaches {a}, with the best trained family ({first}) {b} ({title}). Look at the other rulers.",
    ),
    Rule("kinds", mixed_kinds, "{title} is not one kind of number: {kinds}."),
    Rule(
        "unranked",
        unranked,
        "{title} of {families} was measured unlike the others' (other items, reference or unit): shown, not ranked.",
    ),
    Rule("coverage", coverage, "The 90% intervals of {family} cover {share} of hidden values, so they are {meaning}."),
    Rule("not finite", not_finite, "{title} of {family} is {note}."),
    Rule("failed", failed, "{family} did not finish: {error}."),
    Rule("health", unhealthy, "{family}: {sentence}."),
    Rule("slow", slow, "{family} needs {ratio} times as long to draw as {fastest} ({seconds} s for the samples here)."),
)
