"""Sets of points as the bytes of files: XYZ, with what is given as key=value in its comments, and SDF (V2000)."""

import re
from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np

from ...chemistry.atoms import Atoms, molecule_of
from ...core.errors import DataError

COLUMN, SYMBOL = 10, 3  # letters that an SDF has for a coordinate, and for a symbol
PLAIN = re.compile(r"[^\s\"=<>]+")  # a name, or a value that needs no quotes


def xyz(items: Sequence[Atoms], given: dict[str, Sequence]) -> bytes:
    """One after another, with six decimals. Raises DataError for what a comment cannot hold."""
    lines = []
    for number, item in enumerate(items):
        said = [
            f"{_name(name)}={_quoted(values[number])}" for name, values in given.items() if _is_present(values[number])
        ]
        lines += [str(len(item)), " ".join([item.formula, *said])]
        lines += [f"{s} {x:.6f} {y:.6f} {z:.6f}" for s, (x, y, z) in zip(item.symbols, item.positions.tolist())]
    return ("\n".join(lines) + "\n").encode()


def sdf(items: Sequence[Atoms], given: dict[str, Sequence]) -> bytes:
    """Blocks with four decimals, with the bonds that RDKit perceives, where it is installed and finds any that fit.
    Raises DataError for a set that a block cannot hold."""
    blocks = []
    for number, item in enumerate(items):
        there = [(_name(name), values[number]) for name, values in given.items() if _is_present(values[number])]
        data = [f">  <{name}>\n{_line(value)}\n" for name, value in there]
        blocks.append("\n".join([*_block(item, f"item {number}"), *data, "$$$$", ""]))
    return "".join(blocks).encode()


def without_bonds(items: Sequence[Atoms]) -> int:
    """Number of sets that an SDF holds without bonds."""
    return sum(len(item) > 1 and not _bonds(item)[0] for item in items)


def _block(item: Atoms, what: str) -> list[str]:
    if wrong := next((symbol for symbol in item.symbols if len(symbol) > SYMBOL), ""):
        raise DataError(
            f"{what} holds {wrong!r}, and an SDF has room for symbols of {SYMBOL} letters: let the file's name end in "
            ".xyz"
        )
    cells = [[f"{at:{COLUMN}.4f}" for at in place] for place in item.positions.tolist()]
    if wrong := next((cell for row in cells for cell in row if len(cell) > COLUMN), ""):
        raise DataError(
            f"{what} has an atom at {wrong}, and an SDF has {COLUMN} letters for it: let the file's name end in .xyz"
        )
    bonds, charges = _bonds(item)
    counts = f"{len(item):3}{len(bonds):3}  0  0  0  0  0  0  0  0999 V2000"
    atoms = [f"{''.join(row)} {symbol:<3}{' 0' + 11 * '  0'}" for row, symbol in zip(cells, item.symbols)]
    joined = [f"{i + 1:3}{j + 1:3}{order:3}  0" for i, j, order in bonds]
    charged = [f"M  CHG  1{atom + 1:4}{charge:4}" for atom, charge in charges]
    return [item.formula, "  genwright", "", counts, *atoms, *joined, *charged, "M  END"]


def _bonds(item: Atoms) -> tuple[list[tuple[int, int, int]], list[tuple[int, int]]]:
    """(atom, atom, order) of each bond, and (atom, charge) of those that are charged."""
    molecule, _ = molecule_of(item.symbols, item.positions) if find_spec("rdkit") else (None, "")
    if molecule is None:
        return [], []
    from rdkit import Chem

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


def _quoted(value: object) -> str:
    if '"' in (text := _line(value)):
        raise DataError(f"a comment of an XYZ file has no room for the value {text!r}: leave out its quotes")
    return text if PLAIN.fullmatch(text) else f'"{text}"'


def _is_present(value: object) -> bool:
    return value is not None and not (isinstance(value, (float, np.floating)) and np.isnan(value))
