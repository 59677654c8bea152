"""Sets of points in space: split so that equal sets stand on one side, and understood by their domain."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from ...core.data import Data
from ...core.domain import Question, ask_each
from ...core.errors import DataError
from ..assemble import Prepared, assemble
from ..domain import Drawn
from ..formats.raw import Raw, Read
from ..formats.source import Source
from ..splits import require_enough
from ..values.frames import require_column
from .atoms import Atoms
from .domain import ONE_PLACE, Points, equal_shapes, points_keys
from .point_files import ELEMENTS

IN_ANGSTROM = {"angstrom": 1.0, "nm": 10.0, "pm": 0.01, "bohr": 0.529177210903}
NEAREST = 0.6, 3.5  # angstrom between the nearest atoms of a molecule: the bond of hydrogen is 0.74, few metals reach 3
GLANCE = 200  # sets that say what their unit is
MOSTLY = 0.9
_ATOMS = frozenset(ELEMENTS)


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Makes the data of sets of points. Sets in which two points coincide are left out, and listed.

    Raises DataError for too few sets, or a variable to condition on that is not there.

    Args:
        raw: Items as they were read from the source.
        text: The text.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    given = list(options.get("given", raw.given))
    if given and raw.beside is None:
        raise DataError(f"{raw.name} has no variable {given[0]!r} to condition on: leave given out")
    for name in given:
        require_column(name, list(raw.beside.columns), "given")
    unit = options.get("unit", "angstrom")
    if unit not in IN_ANGSTROM:
        raise DataError(f"unit {unit!r} is not known: use one of {', '.join(IN_ANGSTROM)}")
    raw.items = _rescale_items(raw.items, unit)
    distinct, lost = _find_distinct(raw)
    items = [raw.items[i] for i in distinct]
    raw.account.leave_out(len(lost), "set", "; ".join(f"{place}: {reason}" for place, _, reason in lost[:1]))
    require_enough(len(items), text, raw.account)
    conditions = pd.DataFrame(index=range(len(raw.items))) if raw.beside is None else raw.beside
    conditions = conditions.iloc[distinct][given].reset_index(drop=True)
    raw.ignore_beside(given)
    values = {name: conditions[name].to_numpy(object) for name in given}
    prepared = Prepared(
        raw, text, options, seed, Drawn(items, values), "sets", points_keys(items), equal_shapes().number(items),
        "copies of another, at most turned, moved or renumbered", None if raw.parts is None else raw.parts[distinct],
        values=values, beside=conditions,
        questions=[
            *ask_each([] if "kind" in options else [_ask_molecules], items, text),
            *ask_each([] if "unit" in options else [_ask_unit], items),
        ],
    )  # fmt: skip
    lost = [*raw.unreadable, *lost]
    unreadable = pd.DataFrame(lost, columns=["where", "text", "why"]) if lost else None
    fit = lambda parts: Points.fit(parts.items["train"], raw.notes, len(items), parts.fields)
    return assemble(prepared, fit, unreadable=unreadable)


def read_items(source: Source, domain: Points) -> Read:
    """Reads sets of points for a model; those that are to be completed have holes. Their distances say whether they are
    in another unit than its samples."""
    raw = source.read_as(domain.kind)
    if (unit := guess_unit(raw.items)) and domain.is_as_large(rescaled := _rescale_items(raw.items, unit), raw.items):
        raw.items = rescaled
        raw.account.remarks.append(f"coordinates are read in {unit}: in angstrom no bond is so long")
    return Read(Drawn(raw.items, raw.values_beside()), None, raw.item_places, raw.account)


def _rescale_items(items: Sequence[Atoms], unit: str) -> list[Atoms]:
    factor = IN_ANGSTROM[unit]
    return list(items) if factor == 1 else [Atoms(item.symbols, item.positions * factor) for item in items]


def guess_unit(items: Sequence[Atoms]) -> str:
    """Returns the unit in which the nearest atoms of most sets are as far apart as atoms are, "" if angstrom may be it,
    or none is."""
    sets = [item for item in items[:: max(1, len(items) // GLANCE)] if len(item) > 1 and {*item.symbols} <= _ATOMS]
    nearest = np.array([pdist(item.positions).min() for item in sets])
    share = {
        unit: np.mean((nearest * factor >= NEAREST[0]) & (nearest * factor <= NEAREST[1])) if sets else 1.0
        for unit, factor in IN_ANGSTROM.items()
    }
    if share["angstrom"] >= 1 - MOSTLY:
        return ""
    return next((unit for unit in ("nm", "pm") if share[unit] >= MOSTLY), "")


def _ask_unit(items: list[Atoms]) -> list[Question]:
    """Whether coordinates are in another unit than angstrom."""
    if not (unit := guess_unit(items)):
        return []
    nearest = pdist(next(item for item in items if len(item) > 1).positions).min()
    question = f"The nearest atoms are {nearest:.3g} angstrom apart, unlike any bond: are the coordinates in {unit}?"
    return [Question.whether(question, unit=unit)]


def _ask_molecules(items: list[Atoms], text: str) -> list[Question]:
    """Whether drawings in a file that has bonds are molecules by these. Few molecules in space lie in a plane."""
    flat = sum(not item.positions[:, 2:].any() for item in items)
    bonds = Path(text).is_dir() or text.lower().removesuffix(".gz").endswith((".sdf", ".mol"))
    if not bonds or flat <= (1 - MOSTLY) * len(items):
        return []
    question = f"{flat:,} of {len(items):,} sets are flat drawings: learn molecules by their bonds?"
    return [Question.whether(question, kind="molecules")]


def _find_distinct(raw: Raw) -> tuple[np.ndarray, list[tuple[str, str, str]]]:
    """Numbers of the sets whose points all lie apart, and of each other one where it stands, its formula, and why."""
    distinct, lost = [], []
    for number, item in enumerate(raw.items):
        if pair := min(cKDTree(item.positions).query_pairs(ONE_PLACE), default=None):
            problem = f"points {pair[0] + 1} and {pair[1] + 1} lie at one place"
            lost.append((raw.item_places[number], item.formula, problem))
        else:
            distinct.append(number)
    return np.array(distinct, np.int64), lost
