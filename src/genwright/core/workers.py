"""Parallel work in several processes; results come in the order of the tasks."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .patience import without_bars


def cores() -> int:
    """Processors that this process may use, by its affinity and the limits of its container."""
    from joblib import cpu_count

    return cpu_count()


def in_order(function: Callable[[Any], Any], items: Iterable[Any], processes: int) -> Iterator[Any]:
    """function(item) for each item. The processes import `function` by name, and show no bars."""
    if processes == 1:
        yield from map(function, items)
        return
    from joblib import Parallel, delayed  # its processes do not run the caller's script anew

    refused: list[Exception] = []

    def calls() -> Iterator[Any]:
        try:
            for item in items:
                yield delayed(_without_bars)(function, item)
        except Exception as error:  # joblib asks for items in a thread of its own, where an error would be lost
            refused.append(error)

    yield from Parallel(processes, return_as="generator", batch_size=1)(calls())
    if refused:
        raise refused[0]


def _without_bars(function: Callable[[Any], Any], item: Any) -> Any:
    with without_bars():
        return function(item)
