"""The Spec: what one item x is, as a small tree of leaves. Domains write it, families read it.

An item is one of three things:

    a row      scalar leaves                     x: (B, D), one column a leaf         a row of a table
    an array   one leaf with a shape             x: (B, *shape)                       an image, a line of text
    a set      one leaf `Members`                x: Ragged, a row a member            a graph, atoms in space

The conditions of an item are a row too, and so is a member of a set. Leaves of such rows may have shapes (a caption's
tokens, a position). They stand in the row as so many columns: `part` cuts them out. The leaf says what a number in x
means:

    Real       (user value - shift) / scale
    Ordered    index of the level, 0 .. levels - 1; the user's value is start + width * index, or on a curve of it
    Category   index of the category, 0 .. k - 1

A scalar member of the axis "time" is the step from the member before it, 0 for the first member of a set, at no cost. A
condition of that axis is the moment of the first member.

NaN means absent, and only `optional` leaves may be absent. A scalar that is `absent_with` an earlier one is absent in
the same items: that one keeps the flag of both. A leaf's `shape` is () for a scalar; `axis` says what its axes are:
"grid" (C, H, W) the places of an image, "sequence" (T, ...) places in order, "time" (T, ...) moments, "frames" (T, C,
H, W) the images of a clip, "space" the coordinates of a point, "none" where neighbours mean nothing. `unit` is a word
for people; `marginal` the histogram of a scalar over the training rows.
"""

from dataclasses import asdict, dataclass
from math import isfinite, log, prod
from typing import TYPE_CHECKING

from .errors import briefly

MOST_CODES = 2**24  # of a leaf: float32, in which codes stand, counts no farther
MARGIN = "margin"  # of a leaf, in records: its `marginal`

if TYPE_CHECKING:  # a table is understood without torch, which takes most of a second to import
    from torch import Tensor

    from .ragged import Ragged


@dataclass(frozen=True)
class Marginal:
    """The histogram of one scalar leaf over the training rows, in the leaf's own units (see the module).

    Args:
        edges: K + 1 increasing numbers; for discrete leaves they lie half-way between levels. Outwards of edges[1] and
            edges[-2] lie the tails of a number, which reach to infinity (see `Marginals`).
        probs: K numbers, summing to 1, all above 0.
        absent: Share of rows in which the leaf is missing. Default: 0.
        plain: Whether a continuous family may take the number as it is, since it is real, always present, and has no
            heavy tails. Default: False.
    """

    edges: tuple[float, ...]
    probs: tuple[float, ...]
    absent: float = 0.0
    plain: bool = False


@dataclass(frozen=True)
class Real:
    """A leaf of real numbers. shift and scale standardise the user's values. The likelihood is a density.

    Args:
        shape: Shape of the numbers of an item; () for a scalar.
        axis: Name of the axis.
        optional: Whether the value may be absent.
        unit: Unit of the user's values.
        shift: Subtracted from the user's values.
        scale: Divides the shifted values.
        marginal: Histogram of the training values.
        absent_with: Name of an earlier scalar that is absent in the same items, "" for none.
    """

    shape: tuple[int, ...] = ()
    axis: str = "none"
    optional: bool = False
    unit: str = ""
    shift: float = 0.0
    scale: float = 1.0
    marginal: Marginal | None = None
    absent_with: str = ""

    discrete = False

    @property
    def log_volume(self) -> float:
        """The log of the user's units per unit of x: log density in user units = log density of x - log_volume, per
        number."""
        return log(self.scale)


@dataclass(frozen=True)
class Ordered:
    """A leaf of numbers on a lattice: pixels, counts, prices in cents. The likelihood is a mass, so its log-volume is
    0.

    Args:
        levels: Number of values.
        width: Distance of two of them. Default: 1.
        start: The first. Default: 0.
        shape: Shape of the leaf. Default: (), a scalar.
        axis: Meaning of its axes (see the module).
        optional: Whether it may be absent. Default: False.
        unit: A word for people.
        marginal: Histogram of a scalar.
        ends: Whether a sequence has two codes above its levels, END and PAD, as in `Category`. Default: False.
        curve: Centre c and scale s, where values stand ever farther apart: t = start + width * index is then the t of
            c + s sinh(t). Default: (), evenly spaced.
        absent_with: Name of an earlier scalar that is absent in the same items. Default: "", none.
    """

    levels: int
    width: float = 1.0
    start: float = 0.0
    shape: tuple[int, ...] = ()
    axis: str = "none"
    optional: bool = False
    unit: str = ""
    marginal: Marginal | None = None
    ends: bool = False
    curve: tuple[float, ...] = ()
    absent_with: str = ""

    discrete = True
    log_volume = 0.0

    @property
    def k(self) -> int:
        """The number of codes, of levels and others."""
        return self.levels + 2 * self.ends

    @property
    def end(self) -> int:
        return self.levels

    @property
    def pad(self) -> int:
        return self.levels + 1


@dataclass(frozen=True)
class Category:
    """A leaf of one of k names without an order; which names, the domain knows. The likelihood is a mass.

    Args:
        k: Number of names.
        shape: Shape of the leaf. Default: (), a scalar.
        axis: Meaning of its axes (see the module).
        optional: Whether it may be absent. Default: False.
        marginal: Histogram of a scalar.
        ends: Whether the last two names of a sequence are END and PAD. It ends at the first END, which counts as one of
            its symbols, and what is behind it is PAD, which does not. Default: False.
        absent_with: Name of an earlier scalar that is absent in the same items. Default: "", none.
    """

    k: int
    shape: tuple[int, ...] = ()
    axis: str = "none"
    optional: bool = False
    marginal: Marginal | None = None
    ends: bool = False
    absent_with: str = ""

    discrete = True
    log_volume = 0.0

    @property
    def levels(self) -> int:
        return self.k

    @property
    def end(self) -> int:
        return self.k - 2

    @property
    def pad(self) -> int:
        return self.k - 1


@dataclass(frozen=True)
class Members:
    """A leaf of a set, with any number of members.

    Args:
        each: A row of leaves, one for each member; the leaves may have shapes.
        sizes: Histogram of how many there are, in bins half-way between whole numbers; the number is part of what is
            modelled.
        pairs: What there is between two members, of which category 0 is "nothing", the same both ways. Default: None,
            pairs are not modelled.
        ordered: Whether the members have an order; else one order is as good as another. Default: False.
        endings: (leaf, code) of categories after which no member follows, where members are ordered. Default: none.
        growing: (leaf, 1) of numbers that never fall from one member to a later one, (leaf, -1) of those that never
            rise, where members are ordered. Default: none.
    """

    each: "Spec"
    sizes: Marginal
    pairs: Category | None = None
    ordered: bool = False
    endings: tuple[tuple[str, int], ...] = ()
    growing: tuple[tuple[str, int], ...] = ()

    shape = ()
    optional = False

    @property
    def discrete(self) -> bool:
        return self.each.discrete


Leaf = Real | Ordered | Category | Members
KINDS = {"real": Real, "ordered": Ordered, "category": Category}
MEMBER_RULES = ("endings", "growing")  # fields of ordered members, which most records lack


@dataclass(frozen=True, repr=False)
class Spec:
    """The variables of an item: named leaves (see the module). Raises ValueError for a set that is not alone, and for a
    leaf of more codes than float32 holds apart.

    Args:
        leaves: name and leaf of each variable, in order.
    """

    leaves: tuple[tuple[str, Leaf], ...]

    def __post_init__(self):
        if len(self.leaves) > 1 and any(isinstance(leaf, Members) for _, leaf in self.leaves):
            raise ValueError("the members of a set are the only leaf of a spec")
        for name, leaf in self.leaves:
            if getattr(leaf, "k", 0) > MOST_CODES:
                raise ValueError(f"{name!r} has {leaf.k:,} codes, and float32 holds {MOST_CODES:,} apart")

    def __repr__(self) -> str:
        leaf_words = [f"{name} {type(leaf).__name__.lower()}" for name, leaf in self.leaves]
        return f"Spec: {briefly(', '.join(leaf_words), 400)}" if leaf_words else "Spec: nothing"

    @property
    def names(self) -> list[str]:
        """The names of the variables, in order."""
        return [name for name, _ in self.leaves]

    @property
    def columns(self) -> list[Leaf]:
        """The leaf of each variable, in order."""
        return [leaf for _, leaf in self.leaves]

    @property
    def flags(self) -> list[int]:
        """The number of the leaf that keeps the flag of each leaf's absence: its own, where no other one here does."""
        at = {name: j for j, name in enumerate(self.names)}
        return [at.get(getattr(leaf, "absent_with", ""), j) for j, leaf in enumerate(self.columns)]

    @property
    def is_array(self) -> bool:
        """Whether an item is one leaf with a shape (an image), not a row of scalars."""
        return len(self.leaves) == 1 and bool(self.leaves[0][1].shape)

    @property
    def has_members(self) -> bool:
        """Whether an item is a set of members, such as the atoms of a molecule or the nodes of a graph."""
        return len(self.leaves) == 1 and isinstance(self.leaves[0][1], Members)

    @property
    def ends(self) -> bool:
        """Whether an item is a sequence with END and PAD among its tokens."""
        return self.is_array and getattr(self.leaf, "ends", False)

    @property
    def leaf(self) -> Leaf:
        """The only leaf of an array spec, or of a set's."""
        ((_, leaf),) = self.leaves
        return leaf

    @property
    def axis(self) -> str:
        """The kind of axes of an item's tensor; "none" for the columns of a row."""
        return self.leaf.axis if self.is_array else "none"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one item's tensor; for a set, of one member's row."""
        return self.leaf.each.shape if self.is_set else self.leaf.shape if self.is_array else (self.width,)

    @property
    def widths(self) -> list[int]:
        """The number of columns of each leaf in a row."""
        return [prod(leaf.shape) for leaf in self.columns]

    @property
    def width(self) -> int:
        """The number of columns of a row."""
        return sum(self.widths)

    @property
    def dims(self) -> int:
        """The count of the numbers in one item, or in one member of a set."""
        return prod(self.shape)

    @property
    def discrete(self) -> bool:
        """Whether every leaf is discrete, so that a likelihood is a mass."""
        return all(leaf.discrete for leaf in self.columns)

    @property
    def measure(self) -> str:
        """The measure of a likelihood under this spec: "mass", "density" or "mass x density"."""
        kinds = {leaf.discrete for leaf in (self.leaf.each.columns if self.is_set else self.columns)}
        kinds |= {True} if self.is_set else set()  # the number of members is discrete
        return "mass x density" if len(kinds) > 1 else "mass" if kinds == {True} else "density"

    def cut_leaf(self, row: "Tensor", name: str) -> "Tensor":
        """Cuts the columns of one leaf out of rows, in its shape: (n, *shape).

        Args:
            row: (n, width) rows.
            name: Name of the leaf.
        """
        at = self.names.index(name)
        start, shape = sum(self.widths[:at]), self.columns[at].shape
        return row[:, start : start + self.widths[at]].reshape(len(row), *shape)

    def hidden(self, known: "Tensor") -> "Spec":
        """Returns the leaves that are not known in every item.

        Args:
            known: bool like x. Of sets all leaves stay.
        """
        if self.has_members:
            return self
        flat = known.flatten(1)
        return Spec(tuple((name, leaf) for name, leaf in self.leaves if not self.part(flat, name).all()))

    def holds(self, x: "Tensor") -> bool:
        """Tells whether items have the shape of this spec, and all their discrete numbers are levels of their leaves,
        or NaN.

        Args:
            x: (n, *shape) of items, or of members of sets.
        """
        import torch

        if tuple(x.shape[1:]) != self.shape:
            return False
        columns, flat = self.leaf.each.columns if self.is_set else self.columns, x.flatten(1).float()
        parts = flat.split([prod(leaf.shape) for leaf in columns], 1)
        levels = [(part, leaf.k) for part, leaf in zip(parts, columns) if leaf.discrete]
        return all(
            bool((torch.isnan(part) | ((part >= 0) & (part < count) & (part == part.floor()))).all())
            for part, count in levels
        )

    def numbers(self, x: "Tensor | Ragged", known: "Tensor | None" = None) -> "Tensor":
        """Counts the numbers in each item, (n,) int64, for likelihoods per number. A sequence counts tokens up to its
        end; a set counts columns of members and pairs. For a sequence that ends, it counts tokens; for a set, the
        columns of members and their pairs.

        Args:
            x: n items.
            known: bool like x, for rows, arrays or members; known numbers do not count. Default: None.
        """
        import torch

        if self.is_set:
            sizes, leaf = x.sizes, self.leaf
            if known is not None:
                return torch.zeros_like(sizes).index_add_(0, x.item, (~known.x).sum(1))
            return sizes * leaf.each.width + (0 if leaf.pairs is None else sizes * (sizes - 1) // 2)
        if self.ends:
            symbols = x != self.leaf.pad
            return (symbols if known is None else symbols & ~known).flatten(1).sum(1)
        return torch.full((len(x),), self.dims) if known is None else (~known).flatten(1).sum(1)

    def extremes(self) -> "Tensor | Ragged":
        """Returns two items: every number at its lowest, and at its highest."""
        import torch

        if self.is_set:
            from .ragged import from_sets

            return from_sets([self.leaf.each.extremes()] * 2, [torch.zeros(2, 2, dtype=torch.long)] * 2)
        high = [leaf.levels - 1.0 if leaf.discrete else 1.0 for leaf in self.columns]
        columns = [torch.tensor([0.0, end])[:, None].expand(2, width) for end, width in zip(high, self.widths)]
        return torch.cat(columns, 1).reshape(2, *self.shape) if columns else torch.zeros(2, 0)

    @property
    def log_volume(self) -> float:
        """Computes what to subtract from the log density of x (an array spec, every number present) to get the user's
        units."""
        return sum(leaf.log_volume * prod(leaf.shape) for leaf in self.columns)

    is_set, of, part = has_members, measure, cut_leaf  # their short names


def spec_to_json(spec: Spec) -> list[dict]:
    """Writes a spec as records, one a leaf, which `spec_from_json` reads."""
    return [{"name": name, **_leaf_to_json(leaf)} for name, leaf in spec.leaves]


def spec_from_json(rows: list[dict]) -> Spec:
    """Reads a spec from records. Raises ValueError for a marginal that is no histogram, KeyError for an unknown
    leaf."""
    return Spec(tuple((row["name"], _leaf_from_json(row, row["name"])) for row in rows))


def _leaf_to_json(leaf: Leaf) -> dict:
    if isinstance(leaf, Members):
        pairs = None if leaf.pairs is None else _leaf_to_json(leaf.pairs)
        own_record = {
            "each": spec_to_json(leaf.each),
            "sizes": asdict(leaf.sizes),
            "pairs": pairs,
            "ordered": leaf.ordered,
        }
        rules = {key: getattr(leaf, key) for key in MEMBER_RULES if getattr(leaf, key)}
        return {"leaf": "members", **own_record, **rules}
    kinds = {cls: kind for kind, cls in KINDS.items()}
    record = {"leaf": kinds[type(leaf)]} | {MARGIN if key == "marginal" else key: v for key, v in asdict(leaf).items()}
    for rare in ("ends", "curve", "absent_with"):  # most leaves are of no sequence, even, and have their own flag
        if not record.get(rare, True):
            del record[rare]
    return record


def _leaf_from_json(row: dict, name: str) -> Leaf:
    if row["leaf"] == "members":
        pairs = None if row["pairs"] is None else _leaf_from_json(row["pairs"], name)
        rules = {key: tuple((one, int(code)) for one, code in row.get(key, ())) for key in MEMBER_RULES}
        return Members(spec_from_json(row["each"]), _marginal(row["sizes"], name), pairs, row["ordered"], **rules)
    own_record = {key: value for key, value in row.items() if key not in ("name", "leaf", MARGIN)}
    marginal = None if row[MARGIN] is None else _marginal(row[MARGIN], name)
    tuples = {part: tuple(own_record[part]) for part in ("shape", "curve") if part in own_record}
    return KINDS[row["leaf"]](**{**own_record, **tuples, "marginal": marginal})


def _marginal(record: dict, name: str) -> Marginal:
    """Raises ValueError for a marginal that is no histogram."""
    marginal = Marginal(tuple(record["edges"]), tuple(record["probs"]), record["absent"], record["plain"])
    numbers = (*marginal.edges, *marginal.probs)
    if (
        not all(type(number) in (int, float) and isfinite(number) for number in numbers)
        or len(marginal.edges) != len(marginal.probs) + 1
    ):
        raise ValueError(f"the marginal of {name!r} needs numbers, one edge more than bins")
    ascend = all(a < b for a, b in zip(marginal.edges, marginal.edges[1:]))
    if not ascend or min(marginal.probs) < 0 or sum(marginal.probs) <= 0:
        raise ValueError(f"the marginal of {name!r} needs edges that ascend, and probabilities")
    return marginal
