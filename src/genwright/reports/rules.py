"""What a rule of the advice is, and the words that rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..core.likelihood import MEASURES
from ..evaluation.differences import real
from ..evaluation.metric import Metric
from .results import difference, find, metric_of, names, rows, shown


@dataclass(frozen=True)
class Rule:
    """condition(results) yields the words of the sentence, once for each time that it is said."""

    name: str
    condition: Callable[[dict], Iterator[dict]]
    sentence: str


def speak(rules: Iterable[Rule], results: dict) -> list[str]:
    """The sentences of the rules whose conditions hold, each once, in the rules' order."""
    spoken = [rule.sentence.format(**words) for rule in rules for words in rule.condition(results)]
    return list(dict.fromkeys(spoken))


def headlines(results: dict) -> Iterator[tuple[str, str]]:
    """(criterion, metric) of the purposes that this comparison measured."""
    there = names(results)
    yield from ((c, m) for c, m in results["metrics"]["headline"].items() if m in there)


def measured(results: dict, metric: str) -> Iterator[tuple[dict, Metric]]:
    """The rows that have a finite number, and the number."""
    for row in rows(results):
        found = metric_of(row["metrics"].get(metric))
        if found is not None:
            yield row, found


def number_of(results: dict, family: str, metric: str) -> Metric:
    """What a family reached; it must have been measured."""
    return metric_of(find(results, family)["metrics"][metric])


def said(metric: Metric) -> str:
    """The number with its interval, and its kind where it is a likelihood."""
    return shown(metric) + ("%" if metric.unit == "%" else "") + (f" ({metric.kind})" if metric.of in MEASURES else "")


def told_apart(results: dict, metric: str, a: str, b: str) -> bool:
    """Whether two families differ by more than chance, each pair by itself."""
    return all(real([difference(results, metric, a, b)]))


def listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
