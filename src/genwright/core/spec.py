"""The Spec: what one item x is, as a small tree of leaves. Domains write it, families read it.

An item travels as one tensor. A spec of a single leaf with a shape (a picture) gives x: (B, *shape); a spec of scalar
leaves (a row of a table) gives x: (B, D), one column a leaf. What a number in x means is the leaf's business:

    Real       (user value - shift) / scale
    Ordered    index of the level, 0 .. levels - 1; the user's value is start + width * index
    Category   index of the category, 0 .. k - 1

NaN means absent, and only `optional` leaves may be absent. A leaf's `shape` is () for a scalar; `axis` says what its
axes are: "grid" (C, H, W) the places of a picture, "sequence" (T, ...) places in order, "time" (T, ...) moments, "none"
where neighbours mean nothing. `unit` is a word for people; `margin` the histogram of a scalar over the training rows.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite, log, prod


@dataclass(frozen=True)
class Margin:
    """Histogram of one scalar leaf over the training rows, in the leaf's own units (see the module).

    edges: K + 1 increasing numbers; for discrete leaves they lie half-way between levels. Outwards of edges[1] and
    edges[-2] lie the tails of a number, which reach to infinity (see `tails`). probs: K numbers, summing to 1, all
    above 0. absent: share of rows in which the leaf is missing. plain: a continuous family may take the number as it
    is, since it is real, always present, and has no heavy tails.
    """

    edges: tuple[float, ...]
    probs: tuple[float, ...]
    absent: float = 0.0
    plain: bool = False


@dataclass(frozen=True)
class Real:
    """Real numbers. shift and scale standardise the user's values. The likelihood is a density."""

    shape: tuple[int, ...] = ()
    axis: str = "none"
    optional: bool = False
    unit: str = ""
    shift: float = 0.0
    scale: float = 1.0
    margin: Margin | None = None

    discrete = False

    @property
    def log_volume(self) -> float:
        """log of the user's units per unit of x: log density in user units = log density of x - log_volume, per
        number."""
        return log(self.scale)


@dataclass(frozen=True)
class Ordered:
    """Numbers on a lattice of `levels` values, `width` apart from `start` on: pixels, counts, prices in cents. The
    likelihood is a mass, so its log-volume is 0."""

    levels: int
    width: float = 1.0
    start: float = 0.0
    shape: tuple[int, ...] = ()
    axis: str = "none"
    optional: bool = False
    unit: str = ""
    margin: Margin | None = None

    discrete = True
    log_volume = 0.0


@dataclass(frozen=True)
class Category:
    """One of k names without an order; which names, the domain knows. The likelihood is a mass."""

    k: int
    shape: tuple[int, ...] = ()
    axis: str = "none"
    optional: bool = False
    margin: Margin | None = None

    discrete = True
    log_volume = 0.0

    @property
    def levels(self) -> int:
        return self.k


Leaf = Real | Ordered | Category
KINDS = {"real": Real, "ordered": Ordered, "category": Category}


@dataclass(frozen=True)
class Spec:
    """Named leaves: either one leaf with a shape, or any number of scalar leaves. Raises ValueError for a mixture."""

    leaves: tuple[tuple[str, Leaf], ...]

    def __post_init__(self):
        if len(self.leaves) > 1 and any(leaf.shape for _, leaf in self.leaves):
            raise ValueError("a spec holds either one leaf with a shape or scalar leaves only")

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.leaves]

    @property
    def columns(self) -> list[Leaf]:
        return [leaf for _, leaf in self.leaves]

    @property
    def is_array(self) -> bool:
        """One leaf with a shape (a picture), not a row of scalars."""
        return len(self.leaves) == 1 and bool(self.leaves[0][1].shape)

    @property
    def leaf(self) -> Leaf:
        """The only leaf of an array spec."""
        ((_, leaf),) = self.leaves
        return leaf

    @property
    def axis(self) -> str:
        """What the axes of an item's tensor are; "none" for the columns of a row."""
        return self.leaf.axis if self.is_array else "none"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one item's tensor."""
        return self.leaf.shape if self.is_array else (len(self.leaves),)

    @property
    def dims(self) -> int:
        """How many numbers one item has."""
        return prod(self.shape)

    @property
    def discrete(self) -> bool:
        """Whether every leaf is, so that a likelihood is a mass."""
        return all(leaf.discrete for leaf in self.columns)

    @property
    def of(self) -> str:
        """What a likelihood under this spec measures: "mass", "density" or "mass x density"."""
        kinds = {leaf.discrete for leaf in self.columns}
        return "mass x density" if len(kinds) > 1 else "mass" if kinds == {True} else "density"

    @property
    def log_volume(self) -> float:
        """Subtract from the log density of x (an array spec, every number present) to get the user's units."""
        return sum(leaf.log_volume * prod(leaf.shape) for leaf in self.columns)


def spec_to_json(spec: Spec) -> list[dict]:
    """One record a leaf, as `spec_from_json` reads them."""
    kinds = {cls: kind for kind, cls in KINDS.items()}
    return [{"name": name, "leaf": kinds[type(leaf)], **asdict(leaf)} for name, leaf in spec.leaves]


def spec_from_json(rows: list[dict]) -> Spec:
    """The spec of such records. Raises ValueError for a margin that is no histogram, KeyError for an unknown leaf."""
    leaves = []
    for row in rows:
        row = dict(row)
        name, cls, margin = row.pop("name"), KINDS[row.pop("leaf")], row.pop("margin")
        if margin is not None:
            margin = Margin(tuple(margin["edges"]), tuple(margin["probs"]), margin["absent"], margin["plain"])
            _check_margin(margin, name)
        leaves.append((name, cls(**{**row, "shape": tuple(row["shape"]), "margin": margin})))
    return Spec(tuple(leaves))


def _check_margin(margin: Margin, name: str) -> None:
    numbers = (*margin.edges, *margin.probs)
    if (
        not all(type(number) in (int, float) and isfinite(number) for number in numbers)
        or len(margin.edges) != len(margin.probs) + 1
    ):
        raise ValueError(f"the margin of {name!r} needs numbers, one edge more than bins")
    if any(a >= b for a, b in zip(margin.edges, margin.edges[1:])) or min(margin.probs) < 0 or sum(margin.probs) <= 0:
        raise ValueError(f"the margin of {name!r} needs edges that ascend, and probabilities")
