"""The rules of the advice, and the words that they share."""

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from pathlib import Path

from ...core.likelihood import MEASURES
from ...measure.differences import real
from ...measure.metric import Metric
from .records import Results, Row
from .results import MEASURED, difference, find, format_number, metric_of, names, registered, rows, title

NAMED = 4  # words that a sentence lists
PURPOSE_ORDER = ("samples", "words", "labels", "density", "codes")  # what most people come for first
VERBS = {  # that serve a purpose; a domain may settle codes by completions
    "density": ("log_prob",),
    "samples": ("sample",),
    "words": ("sample",),
    "codes": ("encode", "complete"),
    "labels": ("predict",),
}
PURPOSE = {  # of a verb, or of a criterion that shares its verb with another
    "words": "To sample what a caption says",
    "log_prob": "To judge how likely an item is",
    "sample": "To sample new items",
    "encode": "For codes to search or classify by",
    "predict": "To predict",
    "complete": "To fill in what is missing",
}


@dataclass(frozen=True)
class Rule:
    """condition(results) yields the words of the sentence, once for each time that it is said.

    Args:
        name: Name of the condition.
    """

    name: str
    condition: Callable[[Results], Iterator[dict]]
    sentence: str


def speak(rules: Iterable[Rule], results: Results) -> list[str]:
    """Returns the sentences of the rules whose conditions hold, each once, in the rules' order."""
    spoken = [rule.sentence.format(**words) for rule in rules for words in rule.condition(results)]
    return list(dict.fromkeys(spoken))


def say_if(holds: Callable[[Results], object]) -> Callable[[Results], Iterator[dict]]:
    """Returns the condition of a sentence without words of its own, which is said once where `holds` does."""
    return lambda results: iter([{}] if holds(results) else [])


def headlines(results: Results) -> Iterator[tuple[str, str]]:
    """Yields (criterion, metric) of the purposes that this comparison measured."""
    metric_names = names(results)
    yield from ((c, m) for c, m in results.metrics["headline"].items() if m in metric_names)


def verbs_of(results: Results, criterion: str, metric: str) -> tuple[str, ...]:
    """Verbs by which a model can serve a purpose: the one that was measured, or any of several before that.

    Args:
        results: Results of the comparison.
        criterion: Name of the criterion.
        metric: Name of the metric.
    """
    settled_by = {number.of for _, number in measured(results, metric)}
    if "completions" in settled_by:
        return ("complete",)
    return VERBS[criterion][:1] if settled_by else VERBS[criterion]


def purpose(results: Results, criterion: str, metric: str) -> str:
    """Returns a phrase such as "To sample new items"; the metric's title where nothing was trained or says what it is
    for.

    Args:
        results: Results of the comparison.
        criterion: Name of the criterion.
        metric: Name of the metric.
    """
    verb, *other_verbs = verbs_of(results, criterion, metric)
    targets = results.data["options"].get("target", ()) if verb == "predict" else ()
    lone_target = targets if isinstance(targets, str) else targets[0] if len(targets) == 1 else ""
    aim = lone_target or (results.metrics.get("aim", "") if verb == "predict" else "")
    phrase = PURPOSE.get(criterion, PURPOSE[verb])
    return title(results, metric) if other_verbs or results.study == MEASURED else f"{phrase} {aim}".rstrip()


def able(results: Results, criterion: str, metric: str) -> list[str]:
    """Trained families of the comparison that can serve a purpose, those that were not measured yet too.

    Args:
        results: Results of the comparison.
        criterion: Name of the criterion.
        metric: Name of the metric.
    """
    all_families = dict.fromkeys([*results.plan.families, *(row.family for row in results.models)])
    return [f for f in all_families if f not in results.families_left_out and serves(results, f, criterion, metric)]


def serves(results: Results, family: str, criterion: str, metric: str) -> bool:
    """Tells whether a family has the number that settles a purpose, or can do what it takes to have it.

    Args:
        results: Results of the comparison.
        family: Name of the family.
        criterion: Name of the criterion.
        metric: Name of the metric.
    """
    row, known = find(results, family), registered(results, family)
    wanted_verbs = verbs_of(results, criterion, metric)
    verbs = row.verbs if row else known.verbs if known else wanted_verbs
    has_number = row is not None and metric_of(row.metrics.get(metric)) is not None
    return has_number or any(verb in verbs for verb in wanted_verbs)


def measured(results: Results, metric: str) -> Iterator[tuple[Row, Metric]]:
    """Yields the rows that have a finite value of a metric, with that value."""
    for row in rows(results):
        if (number := metric_of(row.metrics.get(metric))) is not None:
            yield row, number


def number_of(results: Results, family: str, metric: str) -> Metric:
    """Returns the metric of a family; it must have been measured.

    Args:
        results: Results of the comparison.
        family: Name of the family.
        metric: Name of the metric.
    """
    return metric_of(find(results, family).metrics[metric])


def format_metric(metric: Metric) -> str:
    """Returns the number with its interval, and its kind where it is a likelihood."""
    return (
        format_number(metric)
        + ("%" if metric.unit == "%" else "")
        + (f" ({metric.kind})" if metric.of in MEASURES else "")
    )


def differ_for_real(results: Results, metric: str, a: str, b: str) -> bool:
    """Tells whether two families differ by more than chance, each pair by itself.

    Args:
        results: Results of the comparison.
        metric: Name of the metric.
    """
    return all(real([difference(results, metric, a, b)]))


def listed_few(words: list[str]) -> str:
    """Returns the first few words, and how many more there are."""
    remaining = len(words) - NAMED
    return listed([*words[:NAMED], f"{remaining} more"] if remaining > 1 else words)


def listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def minutes(value: float) -> str:
    """Minutes in words, as in "2 min 30 s"."""
    whole = round(value * 60)
    parts = [f"{whole // 60} min" if whole >= 60 else "", f"{whole % 60} s" if whole % 60 or whole < 60 else ""]
    return " ".join(part for part in parts if part)


def without_place(value: object) -> object:
    """Returns a value of a record; an absolute path by its name, since a page is passed on to people on other
    machines."""
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def count_nouns(things: Sized, one: str, many: str) -> str:
    """Returns a count with its noun, as in "1 family" and "3 families"."""
    return f"{len(things)} {one if len(things) == 1 else many}"
