"""Sets of points in space that have a kind, such as the atoms of molecules: Atoms to the user, packed members inside.

The location of a set means nothing, so x has zero mean over its members. Its rotation and the order of its members mean
nothing either, which networks know. All positions have one scale.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.distance import pdist
from torch import Tensor

from ...core.errors import DataError, ItemError
from ...core.files import write_whole
from ...core.graph import offsets
from ...core.limits import MAX_MEMBERS
from ...core.packages import Chem
from ...core.ragged import Ragged
from ...core.spec import Category, Members, Real, Spec, spec_from_json, spec_to_json
from ..domain import Domain, Drawn, Masks, check_masks
from ..fields.fields import Fields
from ..formats.forms import say_written, writer_of
from ..tables.column_marginals import category_marginal, size_marginal
from ..values.equals import ComparedEquals, Facts
from .atoms import Atoms, list_of_atoms, molecule_of

COLUMN, SYMBOL = 10, 3  # letters that an SDF has for a coordinate, and for a symbol
PLAIN = re.compile(r"[^\s\"=<>]+")  # a name, or a value that needs no quotes


def write_xyz(items: Sequence[Atoms], given: dict[str, Sequence]) -> bytes:
    """Writes molecules as XYZ, one after another, with six decimals. Raises DataError for what a comment cannot
    hold."""
    lines = []
    for number, item in enumerate(items):
        comment_parts = [
            f"{_name(name)}={_quote_value(values[number])}"
            for name, values in given.items()
            if _is_present(values[number])
        ]
        lines += [str(len(item)), " ".join([item.formula, *comment_parts])]
        lines += [f"{s} {x:.6f} {y:.6f} {z:.6f}" for s, (x, y, z) in zip(item.symbols, item.positions.tolist())]
    return ("\n".join(lines) + "\n").encode()


def write_sdf(items: Sequence[Atoms], given: dict[str, Sequence]) -> bytes:
    """Blocks of SDF (V2000) with four decimals, and the bonds that RDKit perceives, where it is installed and finds any
    that fit. Raises DataError for a set that a block cannot hold."""
    blocks = []
    for number, item in enumerate(items):
        present_fields = [
            (_name(name), values[number]) for name, values in given.items() if _is_present(values[number])
        ]
        data = [f">  <{name}>\n{_line(value)}\n" for name, value in present_fields]
        blocks.append("\n".join([*_block(item, f"item {number}"), *data, "$$$$", ""]))
    return "".join(blocks).encode()


def without_bonds(items: Sequence[Atoms]) -> int:
    """Counts the sets that an SDF holds without bonds."""
    return sum(len(item) > 1 and not _bonds(item)[0] for item in items)


def _block(item: Atoms, item_name: str) -> list[str]:
    if long_symbol := next((symbol for symbol in item.symbols if len(symbol) > SYMBOL), ""):
        raise DataError(
            f"{item_name} holds {long_symbol!r}, and an SDF has room for symbols of {SYMBOL} letters: let the "
            "file's name end in .xyz"
        )
    cells = [[f"{at:{COLUMN}.4f}" for at in place] for place in item.positions.tolist()]
    if long_symbol := next((cell for row in cells for cell in row if len(cell) > COLUMN), ""):
        raise DataError(
            f"{item_name} has an atom at {long_symbol}, and an SDF has {COLUMN} letters for it: let the file's "
            "name end in .xyz"
        )
    bonds, charges = _bonds(item)
    counts = f"{len(item):3}{len(bonds):3}  0  0  0  0  0  0  0  0999 V2000"
    atoms = [f"{''.join(row)} {symbol:<3}{' 0' + 11 * '  0'}" for row, symbol in zip(cells, item.symbols)]
    bond_lines = [f"{i + 1:3}{j + 1:3}{order:3}  0" for i, j, order in bonds]
    charged = [f"M  CHG  1{atom + 1:4}{charge:4}" for atom, charge in charges]
    return [item.formula, "  genwright", "", counts, *atoms, *bond_lines, *charged, "M  END"]


def _bonds(item: Atoms) -> tuple[list[tuple[int, int, int]], list[tuple[int, int]]]:
    """(atom, atom, order) of each bond, and (atom, charge) of those that are charged."""
    molecule, _ = molecule_of(item.symbols, item.positions) if find_spec("rdkit") else (None, "")
    if molecule is None:
        return [], []
    Chem.Kekulize(molecule)
    bonds = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx(), int(b.GetBondTypeAsDouble())) for b in molecule.GetBonds()]
    return bonds, [(a.GetIdx(), a.GetFormalCharge()) for a in molecule.GetAtoms() if a.GetFormalCharge()]


def _name(name: str) -> str:
    if not PLAIN.fullmatch(name):
        raise DataError(f"a file of molecules has no room for the name {name!r}: leave out blanks, quotes, =, < and >")
    return name


def _line(value: object) -> str:
    if "\n" in (text := str(value)) or "\r" in text or not text:
        raise DataError(f"a file of molecules has no room for the value {text!r}: it is one line of text")
    return text


def _quote_value(value: object) -> str:
    if '"' in (text := _line(value)):
        raise DataError(f"a comment of an XYZ file has no room for the value {text!r}: leave out its quotes")
    return text if PLAIN.fullmatch(text) else f'"{text}"'


def _is_present(value: object) -> bool:
    return value is not None and not (isinstance(value, (float, np.floating)) and np.isnan(value))


ONE_PLACE = 1e-3  # far below a bond in angstrom or nanometres: points, or distances, no farther apart are equal
CELL, MEETING = 16 * ONE_PLACE, 8  # width of the cells in which sets meet, and distances by which they do

MOST_KINDS = 120  # kinds of members: a network has columns for each
Sets = Atoms | Sequence[Atoms]
UNIT = "angstrom"  # unit of positions in .xyz and .sdf


class Points(Domain):
    """The domain of points in space.

    Items are a list of Atoms, or of (symbols, positions (m, 3)); a `Drawn` one carries what is given.

    Args:
        spec: one leaf `atoms`, Members of a row (kind, position): the number of a symbol, and three coordinates
            over `scale`, of zero mean over the set.
        symbols: in the order of their numbers.
        count: sets in all parts.
        notes: Notes for the user.
        fields: what stands beside the sets.
    """

    kind = "points"
    suffix = viewed = ".xyz"

    def __init__(self, spec: Spec, symbols: Sequence[str], count: int, notes: Sequence[str], fields: Fields = Fields()):
        self.spec, self.symbols, self.count = spec, list(symbols), count
        self.fields, self.given = fields, fields.spec
        self.notes = list(notes)
        self._codes = {symbol: code for code, symbol in enumerate(symbols)}

    @classmethod
    def fit(
        cls, items: Sets, notes: Sequence[str] = (), count: int | None = None, fields: Fields = Fields()
    ) -> "Points":
        """Describe training items. Raises DataError for more kinds than are taken, and where all points are one.

        Args:
            notes: Notes for the user.
        """
        items = list_of_atoms(items)
        all_symbols = np.concatenate([item.symbols for item in items])
        symbols, counts = np.unique(all_symbols, return_counts=True)
        if len(symbols) > MOST_KINDS:
            raise DataError(f"the points are of {len(symbols):,} kinds, and the limit is {MOST_KINDS}: join some")
        scale = float(np.sqrt(np.mean(np.concatenate([_centre_points(item.positions) ** 2 for item in items]))))
        if not scale:
            raise DataError("all points of each set lie at one place: check their positions")
        kind = Category(len(symbols), marginal=category_marginal(counts, 0.0))
        position = Real((3,), axis="space", unit=UNIT, scale=scale)
        sizes = size_marginal(np.array([len(item) for item in items]), MAX_MEMBERS)
        members = Members(Spec((("kind", kind), ("position", position))), sizes)
        count = len(items) if count is None else count
        return cls(Spec((("atoms", members),)), symbols.tolist(), count, notes, fields)

    # ------------------------------------------------------------------ in

    def encode(self, items: Sets) -> tuple[Ragged, Tensor]:
        given, items = self.carried(items), self._checked(items)
        return self._packed(items, [_centre_points(item.positions) for item in items]), given

    def is_as_large(self, items: Sets, reference_sets: Sets) -> bool:
        """Tells whether items, rather than others, are as large as the training items."""
        spread_of = lambda sets: np.sqrt(
            np.mean(np.concatenate([_centre_points(item.positions) ** 2 for item in sets]))
        )
        size_error = lambda sets: abs(np.log(max(spread_of(sets), 1e-12) / self._position.scale))
        return size_error(items) < size_error(reference_sets)

    def carried(self, items: Sets) -> Tensor:
        return self._encode_carried(items, len(items))

    def encode_holes(self, items: Sets, known: Masks, given: dict | None) -> tuple[Ragged, Tensor, Ragged]:
        """Encodes sets to be completed. The model samples others, and their number, around them.

        The known points of a set have zero mean.

        Args:
            known: (m,) bool of each item, True for the points that stay, which come first; None for all of them.
            given: Conditions by name.
        """
        own_given, items = self.carried(items), self._checked(items)
        counts = self._counts(items, known)
        x = self._packed(items, [_centre_points(item.positions, count) for item, count in zip(items, counts.tolist())])
        is_known = (x.place < torch.as_tensor(counts)[x.item])[:, None].expand(x.x.shape)
        table = own_given if given is None else self.encode_given(given, len(items))
        return x, table, x.with_x(is_known.clone())

    # ------------------------------------------------------------------ out

    def decode(self, x: Ragged, given: Tensor, seed: int | None) -> Drawn:
        member_spec, leaf = self.spec.leaf.each, self._position
        codes = member_spec.part(x.x, "kind").float().round().clamp(0, len(self.symbols) - 1).long().tolist()
        positions = member_spec.part(x.x, "position").double().cpu().numpy() * leaf.scale
        ends, symbols = x.ptr.tolist(), [self.symbols[code] for code in codes]
        part_slices = [slice(start, end) for start, end in zip(ends, ends[1:])]
        conditions = self.fields.decode(given, seed)
        return Drawn([Atoms(tuple(symbols[part]), positions[part]) for part in part_slices], conditions, seed)

    def decode_holes(self, x: Ragged, items: Sets, known: Ragged, given: Tensor, note: dict) -> Drawn:
        """Decodes completed sets: known points first, as they were; the others around them.

        Args:
            x: Packed sets.
            known: Known members and pairs of the sets.
            given: (B, G) conditions of the items.
            note: Note on how the items were sampled, which is filled in.
        """
        counts = torch.zeros(len(known), dtype=torch.long).index_add_(0, known.item, known.x[:, 0].long())
        whole, drawn_sets = [], self.decode(x, given, None)
        for item, completed, count in zip(self._checked(items), drawn_sets, counts.tolist()):
            old, new_positions = item.positions[:count], completed.positions[count:] + item.positions[:count].mean(0)
            symbols = item.symbols[:count] + completed.symbols[count:]
            whole.append(Atoms(symbols, np.concatenate([old, new_positions])))
        return Drawn(whole, drawn_sets.given, note.get("seed"), note.get("method"), note.get("kind"))

    def write(self, items: Sets, path: Path, names: Sequence[str] = ()) -> Path:
        """Writes sets of points as .xyz; .sdf, with the bonds that RDKit perceives; what is given beside each item.

        Args:
            path: Path of the file.
            names: Names in the order of the columns.
        """
        path = Path(path)
        if (write := writer_of(path, "points.")) is None:
            raise DataError(f"cannot write points to {path}: let its name end in {say_written('points.')}")
        return write_whole(path, write(list_of_atoms(items), getattr(items, "given", {})))

    def describe_set_aside(self, items: Sets, path: Path) -> str:
        """Describes in a sentence the items without bonds in an .sdf; "" if there are none, and for other files."""
        lost = without_bonds(list_of_atoms(items)) if Path(path).suffix.lower() == ".sdf" else 0
        return f"{lost:,} of {len(items):,} have no bonds there, as none were found that fit" if lost else ""

    def keys(self, items: Sets) -> np.ndarray:
        return points_keys(items)

    def equals(self) -> ComparedEquals:
        return equal_shapes()

    def describe(self) -> list[str]:
        symbol_words = ", ".join(self.symbols[:12]) + (", ..." if len(self.symbols) > 12 else "")
        kinds = f"{len(self.symbols)} kind{'s' * (len(self.symbols) != 1)}"
        return [
            f"{self.count:,} sets of points in space, {kinds}: {symbol_words}",
            *self.fields.describe(),
            *self.notes,
        ]

    def to_json(self) -> dict:
        record = {
            "domain": self.kind,
            "spec": spec_to_json(self.spec),
            "symbols": self.symbols,
            "count": self.count,
            "notes": self.notes,
        }
        return record | self.fields.to_json()

    @classmethod
    def from_json(cls, record: dict) -> "Points":
        spec, symbols = spec_from_json(record["spec"]), record["symbols"]
        member_spec = spec.leaf.each
        if member_spec.names != ["kind", "position"] or member_spec.columns[0].levels != len(symbols):
            raise ValueError("members have a kind, one of the symbols, and a position")
        return cls(spec, symbols, record["count"], record["notes"], Fields.from_json(record))

    # ------------------------------------------------------------------ inside

    @property
    def _position(self) -> Real:
        return self.spec.leaf.each.columns[1]

    @property
    def _max_members(self) -> int:
        """Members that a set of this model may have."""
        return len(self.spec.leaf.sizes.probs)

    def _checked(self, items: Sets) -> list[Atoms]:
        """Items as Atoms. Raises DataError for one with a symbol that no training item has, or too many members."""
        items = list_of_atoms([items] if isinstance(items, Atoms) else items)
        if not items:
            raise DataError("there are no items: give at least one")
        for number, item in enumerate(items):
            if unknown := [symbol for symbol in item.symbols if symbol not in self._codes]:
                raise ItemError(
                    number,
                    f"item {number}",
                    f"holds {unknown[0]!r}, which no training item does: this model knows {', '.join(self.symbols)}",
                )
            if len(item) > self._max_members:
                raise ItemError(
                    number,
                    f"item {number}",
                    f"has {len(item)} points: this model, whose training items have half as many at most, takes "
                    f"{self._max_members}",
                )
        return items

    def _packed(self, items: list[Atoms], positions: list[np.ndarray]) -> Ragged:
        codes = np.array([self._codes[symbol] for item in items for symbol in item.symbols], np.float64)
        rows = np.concatenate([codes[:, None], np.concatenate(positions) / self._position.scale], 1)
        return Ragged(torch.from_numpy(rows).float(), offsets(torch.tensor([len(item) for item in items])))

    def _counts(self, items: list[Atoms], known: Masks) -> np.ndarray:
        """(n,) how many points of each item are known. Raises DataError for a mask that does not fit."""
        if known is None:
            return np.array([len(item) for item in items])
        masks = check_masks(known, [(len(item),) for item in items], "item", "points that stay")
        for number, mask in enumerate(masks):
            if not mask[: max(1, mask.sum())].all():
                raise DataError(
                    f"known of item {number} must be True for the first of its points, at least one: sort them so"
                )
        return np.array([mask.sum() for mask in masks])


def points_keys(items: Sequence[Atoms]) -> np.ndarray:
    """Computes a hash (n,) uint64 of each set (see `Atoms.key`)."""
    return np.array([item.key for item in list_of_atoms(items)], np.uint64)


def _centre_points(positions: np.ndarray, count: int | None = None) -> np.ndarray:
    """(m, 3) without the mean of the first `count` points, by default of all."""
    return positions - positions[:count].mean(0)


class Shape(Facts):
    """The distances of a set, equal to those of another that differ by ONE_PLACE at most.

    Sets meet by a few of their distances, each in a cell.
    """

    def __init__(self, item: Atoms):
        self.item = item
        count = len(self.distances)
        meeting_distances = self.distances[np.linspace(0, count - 1, min(count, MEETING)).round().astype(int)]
        slack = ONE_PLACE * (1 + 1e-6)
        own_distances, low, high = (
            np.floor((meeting_distances + step) / CELL).astype(int).tolist() for step in (0, -slack, slack)
        )
        types = tuple(sorted(item.symbols))
        self.places = tuple(
            dict.fromkeys((types, *cell) for cell in (own_distances, *product(*map(dict.fromkeys, zip(low, high)))))
        )

    @property
    def _spans(self) -> np.ndarray:
        return pdist(self.item.positions) if len(self.item) > 1 else np.zeros(0)

    @cached_property
    def distances(self) -> np.ndarray:
        """The distances (m (m - 1) / 2,) by the types of their two points, then by size."""
        types = np.unique(self.item.symbols, return_inverse=True)[1]
        first, second = np.triu_indices(len(self.item), 1)
        ends = np.sort(np.stack([types[first], types[second]]), 0)
        return self._spans[np.lexsort((self._spans, ends[1], ends[0]))]

    def equal(self, other: "Shape") -> bool:
        return bool(np.abs(self.distances - other.distances).max(initial=0.0) <= ONE_PLACE)


def equal_shapes() -> ComparedEquals:
    """Numbers sets of points. No model of points sees more than distances, so mirror images are equal."""
    return ComparedEquals(lambda items: map(Shape, list_of_atoms(items)))
