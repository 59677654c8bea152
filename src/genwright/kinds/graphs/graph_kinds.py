"""Kinds of nodes, or of edges: the attribute that gives them, and its values."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ...core.errors import DataError
from ...core.kinds import ALIKE, Kinds, plain

NO_ATTRIBUTE = "none"  # named in the place of an attribute: all are alike
DEFAULT_KINDS, MAX_KINDS = (
    32,
    120,
)  # kinds of an attribute that is taken unasked, and of any: a network has columns for each
WEIGHT = "weight"  # is a number, whatever it looks like, unless it is asked for


def find_kinds(graphs: Sequence[Any], what: str, asked: str | None) -> tuple[Kinds, list[str]]:
    """Kinds of all nodes, or edges, of NetworkX graphs, and notes. what: "nodes" or "edges". asked: the attribute,
    NO_ATTRIBUTE for no kinds; by default the only one that each of them has and whose values are 2 to DEFAULT_KINDS
    words, whole numbers or flags.

    Raises DataError for an attribute that is asked for and is not there, or has other values or more than MAX_KINDS.
    """
    if asked == NO_ATTRIBUTE:
        return ALIKE, []
    option, seen, often, count = f"{what[:-1]}_kind", {}, {}, 0
    for graph in graphs:
        for *_, attributes in getattr(graph, what).data():
            count += 1
            for name, value in attributes.items():
                if isinstance(name, str):
                    often[name] = often.get(name, 0) + 1
                    values, value = seen.setdefault(name, Counter()), plain(value)
                    value = type(value), value if type(value) in (str, int, bool) else None
                    if len(values) <= MAX_KINDS or value in values:
                        values[value] += 1
    if asked is not None:
        return _kinds_of_attribute(asked, what, often.get(asked, 0), count, seen.get(asked, Counter())), []
    usable = [
        name
        for name, values in seen.items()
        if often[name] == count and 2 <= len(values) <= DEFAULT_KINDS and name != WEIGHT and _of_one_type(values)
    ]
    if len(usable) > 1:
        names = ", ".join(map(repr, usable))
        return ALIKE, [f"{what} have {names}, any of which may be their kind: name one by {option}"]
    if not usable:
        return ALIKE, []
    return _kinds(usable[0], seen[usable[0]]), []


def _kinds_of_attribute(name: str, what: str, often: int, count: int, values: Counter) -> Kinds:
    option = f"{what[:-1]}_kind"
    if often < count or not count:
        raise DataError(
            f"{option}={name!r} is an attribute of {often:,} of {count:,} {what}: name one that all of them have, or "
            f"{NO_ATTRIBUTE!r}"
        )
    if not _of_one_type(values):
        raise DataError(
            f"{option}={name!r} is not a word, a whole number or a flag of each of the {what}: name another"
        )
    if len(values) > MAX_KINDS:
        raise DataError(f"{option}={name!r} has more than {MAX_KINDS} values: join some, or name another attribute")
    return _kinds(name, values)


def _of_one_type(values: Counter) -> bool:
    return len({kind for kind, _ in values}) == 1 and all(kind in (str, int, bool) for kind, _ in values)


def _kinds(name: str, values: Counter) -> Kinds:
    """The most frequent first."""
    return Kinds(name, tuple(value for _, value in sorted(values, key=lambda kind: (-values[kind], kind[1]))))
