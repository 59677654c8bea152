"""Sets of points in space: split so that equal sets stand on one side, and understood by their domain.

Turned, moved, mirrored and renumbered copies of a set are equal: they have the same distances between points of each
kind.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from ...chemistry.atoms import Atoms
from ...core.data import Data
from ...core.domain import Proposal
from ...core.errors import DataError
from ..domain import Drawn
from ..fields.fields import Fields
from ..kind import Source
from ..known_kinds import read_of_kind
from ..raw import Raw, Read
from ..splits import SPLIT_NAMES, content_digest, count_copies, far_from_share, require_enough, split
from ..tables.frames import require_column
from .domain import Points, points_keys

ONE_PLACE = 1e-3  # far below a bond in angstrom or nanometres: points, or distances, no farther apart are equal


def equal_shapes(items: Sequence[Atoms]) -> np.ndarray:
    """(n,) numbers, equal for sets whose sorted distances by types differ by ONE_PLACE at most."""
    alike = defaultdict(list)  # numbers of sets by their types
    for number, item in enumerate(items):
        alike[tuple(sorted(item.symbols))].append(number)
    same = np.arange(len(items))
    for numbers in alike.values():
        if len(numbers) > 1:
            _join_equal(items, numbers, same)
    return same


def _join_equal(items: Sequence[Atoms], numbers: list[int], same: np.ndarray) -> None:
    """Give sets of the same types the number of the first that they equal.

    Where distances differ by ONE_PLACE at most, so do their mean, root mean square and largest: only sets whose three
    are so near are compared.
    """
    sizes = {number: _sizes(items[number]) for number in numbers}
    near: list[int] = []  # sets of like mean distance that equal none before them
    for number in sorted(numbers, key=lambda number: (*sizes[number], items[number].key)):
        own = sizes[number]
        near = [other for other in near if own[0] - sizes[other][0] <= ONE_PLACE]
        close = [other for other in near if np.abs(own - sizes[other]).max() <= ONE_PLACE]
        if any(_are_equal(items[number], items[equal := other]) for other in close):
            same[number] = equal
        else:
            near.append(number)


def _are_equal(a: Atoms, b: Atoms) -> bool:
    return np.abs(_distances(a) - _distances(b)).max(initial=0.0) <= ONE_PLACE


def _sizes(item: Atoms) -> np.ndarray:
    """(3,) mean, root mean square and largest of the distances."""
    spans = pdist(item.positions) if len(item) > 1 else np.zeros(1)
    return np.array([spans.mean(), np.sqrt(np.square(spans).mean()), spans.max()])


def _distances(item: Atoms) -> np.ndarray:
    """(m (m - 1) / 2,) by the types of their two points, then by size."""
    types = np.unique(item.symbols, return_inverse=True)[1]
    first, second = np.triu_indices(len(item), 1)
    ends = np.sort(np.stack([types[first], types[second]]), 0)
    distances = pdist(item.positions)
    return distances[np.lexsort((distances, ends[1], ends[0]))]


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Sets in which two points coincide are left out, and listed.

    Raises DataError for too few sets, or a variable to condition on that is not there.
    """
    given = list(options.get("given", raw.given))
    if given and raw.beside is None:
        raise DataError(f"{raw.name} has no variable {given[0]!r} to condition on: leave given out")
    for name in given:
        require_column(name, list(raw.beside.columns), "given")
    kept, lost = _find_distinct(raw)
    items = [raw.items[i] for i in kept]
    raw.account.leave_out(len(lost), "set", "; ".join(f"{where}: {why}" for where, _, why in lost[:1]))
    require_enough(len(items), text, raw.account)
    beside = pd.DataFrame(index=range(len(raw.items))) if raw.beside is None else raw.beside
    beside = beside.iloc[kept][given].reset_index(drop=True)
    raw.ignore_beside(given)
    keys, settled = points_keys(items), None if raw.parts is None else raw.parts[kept]
    same = equal_shapes(items)
    parts = split(keys, None, settled, seed, same)
    values = {name: beside[name].to_numpy(object) for name in given}
    fields = Fields.of_columns(beside, parts == "train")
    cut = {part: Drawn(items, values)[parts == part] for part in SPLIT_NAMES}
    domain = Points.fit(cut["train"], raw.notes, len(keys), fields)
    notes = [
        *far_from_share(parts, settled, same, "sets", "are equal"),
        *count_copies(same, parts, "sets", "copies of another, at most turned, moved or renumbered"),
        *fields.remarks(values),
    ]
    unreadable = pd.DataFrame(lost, columns=["where", "text", "why"]) if lost else None
    return Data(
        raw.name, domain, cut, content_digest(keys, None, parts), text, raw.licence, None, options, notes,
        unreadable=unreadable, proposals=[] if "kind" in options else _ask_molecules(items, text),
    )  # fmt: skip


def read_items(source: Source, domain: Points) -> Read:
    """Sets of points for a model; which of them are to be completed, and how far, the model is told."""
    raw = read_of_kind(source, domain.kind)
    beside = {} if raw.beside is None else {name: raw.beside[name].to_numpy(object) for name in raw.beside}
    return Read(Drawn(raw.items, beside), None, raw.item_places, raw.account)


def _ask_molecules(items: list[Atoms], text: str) -> list[Proposal]:
    """Whether drawings in a file that has bonds are molecules by these."""
    if not text.lower().removesuffix(".gz").endswith((".sdf", ".mol")) or any(
        one.positions[:, 2:].any() for one in items
    ):
        return []
    return [Proposal("The file holds flat drawings: learn molecules by their bonds?", "kind", "molecules")]


def _find_distinct(raw: Raw) -> tuple[np.ndarray, list[tuple[str, str, str]]]:
    """Numbers of the sets whose points all lie apart, and of each other one where it stands, its formula, and why."""
    kept, lost = [], []
    for number, item in enumerate(raw.items):
        if pair := _at_one_place(item):
            lost.append(
                (raw.item_places[number], item.formula, f"points {pair[0] + 1} and {pair[1] + 1} lie at one place")
            )
        else:
            kept.append(number)
    return np.array(kept, np.int64), lost


def _at_one_place(item: Atoms) -> tuple[int, int] | None:
    """The first two points of a set that do."""
    return min(cKDTree(item.positions).query_pairs(ONE_PLACE), default=None)
