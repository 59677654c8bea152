"""Samples that keep the rules of their table. Cells that a rule determines are recomputed; rows that still break a rule
are resampled under their conditions.

Each round resamples the broken rows of the round before, in their order, so the first k of n rows equal a sample of
k.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import GivenError
from ..core.seeds import seed_of

ROUNDS = 200
LEAST, TRIED = 0.01, 2_000  # share of rows that must keep the rules, once so many were drawn

Draw = Callable[[int, dict | None, int], pd.DataFrame]


def keep_rules(domain: Any, draw: Draw, n: int, given: dict | None, seed: int) -> pd.DataFrame:
    """n rows that break none of `domain.rules`; `.attrs["kept"]` holds a sentence on each thing that was done for it.

    draw(n, given, seed): rows as a model draws them. Raises GivenError, naming a rule, where hardly any row keeps them.
    """
    rows = draw(n, given, seed)
    attrs, drawn, left, kept = rows.attrs, n, np.arange(n), []
    settled = dict.fromkeys(map(str, domain.rules), 0)
    for number in range(1, ROUNDS + 1):
        rows, counts = domain.settle(rows)
        for rule, count in counts.items():
            settled[rule] += count
        breaks = domain.broken(rows)
        is_kept = ~breaks.any(1)
        kept.append(rows.set_axis(left)[is_kept])
        left = left[~is_kept]
        if not len(left):
            whole = pd.concat([part for part in kept if len(part)]).sort_index()
            whole.attrs = attrs | {"kept": _said(settled, drawn, drawn - n)}
            return whole
        if number == ROUNDS or (drawn >= TRIED and n - len(left) < LEAST * drawn):
            break
        again = given and {name: _of_rows(values, left, n) for name, values in given.items()}
        rows, drawn = draw(len(left), again, seed_of("drawn again", seed, number)), drawn + len(left)
    worst = domain.rules[int(breaks.sum(0).argmax())]
    raise GivenError(
        f"{drawn:,} rows were sampled, and {len(left):,} of the {n:,} wanted still break a rule, most often this: "
        f"{worst}. Draw without keep_rules, or train the model for longer"
    )


def _of_rows(values: Any, rows: np.ndarray, n: int) -> Any:
    """Values of the given rows, if there are n values; a single value stays as it is."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__") or len(values) != n:
        return values
    values = list(values)
    return [values[row] for row in rows]


def _said(settled: dict[str, int], drawn: int, again: int) -> list[str]:
    lines = [f"recomputed in {rows / drawn:.1%} of draws: {rule}" for rule, rows in settled.items() if rows]
    return lines + [f"{again / drawn:.1%} of {drawn:,} samples broke a rule and were sampled again"]
