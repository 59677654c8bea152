"""How many items each thing is asked of: as many as could be, or fewer where there is no time for them.

Sizes are plain numbers by name, so that they are stored with the results and read when a comparison goes on or is
repeated: {"samples": 5_000, "scored": 256}. A family that takes much longer than the others has a number of its own,
by a name such as "scored of flow-matching"; it is 0 where nothing would fit.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from ..run.blocks import blocks
from .metric import Metric

# n items -> calls of the family, and items in them, padding included; a function that other processes know by its name
Layout = Callable[[int], tuple[int, int]]
WANT = "for want of time"
CALLED = {
    "samples": "the measures of samples",
    "scored": "the log-likelihood",
    "completed": "the measures of completions",
    "attacked": "the attack on training items",
    "coded": "the probe of codes",
    "shown": "the drawings of completions and of the latent",
}


class Tried(NamedTuple):
    """A call to time, do(n) for n items.

    Args:
        layout: Layout of the full measurement.
        tried: Tried of `do`, where it does less.
    """

    do: Callable[[int], Any]
    layout: Layout
    tried: Layout | None = None


class Sizes:
    """The numbers of items of a suite's measurements.

    Args:
        full_sizes: Full sizes of all, with time for all.
        chosen_sizes: those that are smaller.
    """

    def __init__(self, full_sizes: dict[str, int], chosen_sizes: dict[str, int] | None):
        self.full, self.chosen = full_sizes, chosen_sizes or {}

    def __getitem__(self, name: str) -> int:
        return min(self.full[name], self.chosen.get(name, self.full[name]))

    def size_for(self, model: Any, name: str) -> int:
        """Returns the number of items to ask a model for: the suite's, or its family's own if that is smaller."""
        return self.size_for_family(family_of(model), name)

    def size_for_family(self, family: str, name: str) -> int:
        """Returns the same by the name of the family."""
        return min(self[name], self.chosen.get(family_size_name(name, family), self[name]))

    def note_fewer_items(self, metrics: dict[str, Metric], name: str, model: Any = None) -> dict[str, Metric]:
        """Adds a remark to the `detail` of metrics that stand on fewer items than with more time.

        Args:
            metrics: by name.
            name: Name of the size.
            model: that was measured.
        """
        n, full_size = self.size_for(model, name), self.full[name]
        if n >= full_size:
            return metrics
        fewer = f"{n:,} in the place of {full_size:,}, {WANT}"
        return {key: replace(m, detail="; ".join(filter(None, [m.detail, fewer]))) for key, m in metrics.items()}


def in_blocks(sizes: tuple[int, ...], times: int = 1, parts: int = 1) -> Layout:
    """Returns the layout of items that are computed in blocks.

    Args:
        sizes: Sizes of the blocks.
        times: how often each block is computed.
        parts: number of parts with as many items each.
    """
    return partial(_count_blocks, sizes, times, parts)


def _count_blocks(sizes: tuple[int, ...], times: int, parts: int, n: int) -> tuple[int, int]:
    ends = [end for _, end in blocks(n * times, sizes)]
    return parts * len(ends), parts * (ends[-1] if ends else 0)


def in_one_call(n: int) -> tuple[int, int]:
    """Returns the layout of items that are computed together."""
    return 1, n


def family_size_name(name: str, family: str) -> str:
    """Returns the name of a family's own size."""
    return f"{name} of {family}"


def family_of(model: Any) -> str:
    return getattr(model, "config", {}).get("family", "")


def list_omissions(sizes: dict[str, int], family: str, first: dict[str, int]) -> list[str]:
    """Describes each measurement that a family did not get, or got for a first look alone, a sentence each.

    Args:
        sizes: Sizes of the suite.
        family: that was measured.
        first: sizes of the first look.
    """
    omitted_names = [name for name in CALLED if sizes.get(family_size_name(name, family)) == 0]
    quick = [name for name in omitted_names if first.get(name)]
    remedy = f"{WANT}; `--more-minutes` adds some"
    checked = [f"{CALLED[name]} had only a quick check, {remedy}" for name in quick]
    return checked + [f"{CALLED[name]} had to be left out, {remedy}" for name in omitted_names if name not in quick]


def beside_size(detail: str) -> str:
    """Returns a metric's `detail` without the words that `note_fewer_items` adds."""
    return "; ".join(part for part in detail.split("; ") if not part.endswith(WANT))
