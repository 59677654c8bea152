"""Advice drawn from results alone: a list of (condition, sentence).

A condition reads the results and yields what it found, one dict of words for each time its sentence is said; the
sentence is a template over those words. Nothing here looks at a model, and no rule knows a family by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..evaluation.metric import Metric
from .cautions import CAUTIONS
from .results import badness, ranking, rows, title
from .rules import Rule, headlines, listed, measured, number_of, overlap, said, speak

SMALL = 100  # fewer items than this rank nothing
SLOW = 30  # times the drawing time of the fastest, from which it is worth a sentence

PURPOSE = {
    "density": "To judge how likely an item is",
    "samples": "To draw new items",
    "codes": "For codes to search or classify by",
    "labels": "To predict labels",
    "completions": "To fill in what is missing",
}


def advice(results: dict) -> list[str]:
    """The sentences whose conditions hold, the most useful first."""
    return speak(RULES, results)


def _words(results: dict, criterion: str, metric: str, first: str, second: str) -> dict:
    return {
        "purpose": purpose(criterion, number_of(results, first, metric)),
        "title": title(results, metric),
        "first": first,
        "second": second,
        "a": said(number_of(results, first, metric)),
        "b": said(number_of(results, second, metric)),
        "n": number_of(results, first, metric).n,
    }


def purpose(criterion: str, metric: Metric) -> str:
    """What a headline is good for; a domain may settle a criterion by completions, and then they are what is meant."""
    return PURPOSE["completions" if metric.of == "completions" else criterion]


def winners(results: dict) -> Iterator[dict]:
    """A trained family whose interval lies apart from all that it may be ranked against, simple baselines included."""
    trained = {row["family"] for row in results["models"]}
    for criterion, metric in headlines(results):
        ranked = ranking(results, metric)
        if ranked.separated and ranked.order[0] in trained and number_of(results, ranked.order[0], metric).n >= SMALL:
            yield _words(results, criterion, metric, *ranked.order[:2])


def ties(results: dict) -> Iterator[dict]:
    """The best trained family and the others whose interval meets its own."""
    trained = {row["family"] for row in results["models"]}
    beaten = {words["title"] for words in baseline_wins(results)}
    for criterion, metric in headlines(results):
        first, *rest = [f for f in ranking(results, metric).order if f in trained] or [None]
        near = [f for f in rest if overlap(number_of(results, first, metric), number_of(results, f, metric))]
        if near and title(results, metric) not in beaten and number_of(results, first, metric).n >= SMALL:
            yield {**_words(results, criterion, metric, first, near[0]), "all": listed([first, *near])}


def small(results: dict) -> Iterator[dict]:
    for _, metric in headlines(results):
        counts = [m.n for _, m in measured(results, metric)]
        if counts and min(counts) < SMALL:
            yield {"title": title(results, metric), "n": min(counts)}


def _rivals(results: dict) -> Iterator[tuple[str, str, str, str]]:
    """(criterion, metric, best trained family, best simple baseline), where the two may be ranked."""
    trained = {row["family"] for row in results["models"]}
    for criterion, metric in headlines(results):
        order = ranking(results, metric).order
        model = next((f for f in order if f in trained), None)
        simple = next((f for f in order if f not in trained), None)
        if model and simple:
            yield criterion, metric, model, simple


def baseline_wins(results: dict) -> Iterator[dict]:
    for criterion, metric, model, simple in _rivals(results):
        a, b = number_of(results, simple, metric), number_of(results, model, metric)
        if a.parts_from(b) and badness(a) < badness(b):
            yield _words(results, criterion, metric, simple, model)


def baseline_equals(results: dict) -> Iterator[dict]:
    for criterion, metric, model, simple in _rivals(results):
        if overlap(number_of(results, simple, metric), number_of(results, model, metric)):
            yield _words(results, criterion, metric, simple, model)


# ---------------------------------------------------------------------- how they ran


def failed(results: dict) -> Iterator[dict]:
    for row in results["models"] + results["baselines"]:
        if row["error"]:
            yield {"family": row["family"], "error": row["error"].rstrip(".")}


def unhealthy(results: dict) -> Iterator[dict]:
    """Each sentence once, with all the families of which it is true."""
    families: dict[str, list[str]] = {}
    for row in rows(results):
        for sentence in row["health"]:
            families.setdefault(sentence.rstrip("."), []).append(row["family"])
    for sentence, named in families.items():
        yield {"family": listed(named), "sentence": sentence}


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
        "and the intervals overlap: no gain of training can be seen there.",
    ),
    *CAUTIONS,
    Rule("failed", failed, "{family} did not finish: {error}."),
    Rule("health", unhealthy, "{family}: {sentence}."),
    Rule("slow", slow, "{family} needs {ratio} times as long to draw as {fastest} ({seconds} s for the samples here)."),
)
