"""XYZ files: molecules one after another, each a line with the number of atoms, a comment, and a line for each atom.

    5
    methane
    C   0.000  0.000  0.000
    H   0.629  0.629  0.629
    ...

The comment of an extended XYZ file says which columns hold what (Properties=species:S:1:pos:R:3:...); elsewhere these
are the symbol, or atomic number, and x, y, z. Its other values, written key=value, stand beside the molecule. Other
columns are ignored. So are a cell that repeats (Lattice, pbc) and the lines behind a file's only molecule, where QM9
holds frequencies and names.
"""

import re
from pathlib import Path
from typing import NamedTuple

from ...chemistry.atoms import Atoms, atoms_of, require_members
from ...core.errors import DataError
from .elements import ELEMENTS

COUNT = re.compile(r"\s*\d{1,9}\s*", re.ASCII)
PROPERTIES = re.compile(r"\bProperties=(\"[^\"]*\"|\S+)", re.IGNORECASE)
COMMENT_PAIR = re.compile(r"(?<![^\s])([^\s\"=]+)=(?:\"([^\"]*)\"|([^\s\"]+))")
OF_THE_FORMAT = ("properties", "lattice", "pbc")  # keys that say nothing of a molecule
QM9_LINES = 3  # after its molecule: frequencies, SMILES, InChI


class Parsed(NamedTuple):
    """A molecule of a file, what stands beside it by name, the line in which it begins, and what is left out: whether
    it lies in a cell that repeats, and other columns of its atoms."""

    atoms: Atoms
    beside: dict[str, str]
    line: int
    repeats: bool = False
    columns: tuple[str, ...] = ()


def parse_xyz(lines: list[str], path: Path) -> list[Parsed]:
    """Raises DataError that names the file and the line."""
    parsed, at = [], 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        if not COUNT.fullmatch(lines[at]):
            if len(parsed) == 1 and sum(bool(line.strip()) for line in lines[at:]) <= QM9_LINES:
                break
            raise DataError(
                f"line {at + 1} of {path} is {lines[at][:40]!r}, where a molecule of an XYZ file begins with its "
                "number of atoms: correct it"
            )
        count, what = int(lines[at]), f"the molecule in line {at + 1} of {path}"
        require_members(count, what)
        body = lines[at + 2 : at + 2 + count]
        if len(body) < count or not all(map(str.strip, body)):
            raise DataError(f"{what} has fewer lines than the {count} atoms that it names: correct it, or remove it")
        begins = _columns(lines[at + 1], at + 2, path)
        symbol, x = begins.pop("species"), begins.pop("pos")
        rows = [_atom(line, symbol, x, at + 3 + k, path) for k, line in enumerate(body)]
        atoms = atoms_of([name for name, _ in rows], [place for _, place in rows], what)
        told = _read_comment(lines[at + 1])
        beside = {name: value for name, value in told.items() if name.lower() not in OF_THE_FORMAT}
        parsed.append(Parsed(atoms, beside, at + 1, _repeats(told), tuple(begins)))
        at += 2 + count
    return parsed


def _read_comment(comment: str) -> dict[str, str]:
    """key=value, or key="several words"."""
    return {name: quoted or plain for name, quoted, plain in COMMENT_PAIR.findall(comment)}


def _repeats(told: dict[str, str]) -> bool:
    """Whether a molecule lies in a cell that repeats: along all three sides, where nothing says along which."""
    lower = {name.lower(): value for name, value in told.items()}
    return "lattice" in lower and any(side[:1] in "T1" for side in lower.get("pbc", "T").upper().split())


def _columns(comment: str, line: int, path: Path) -> dict[str, int]:
    """{property of the atoms: its first column}, with "species" and "pos" among them."""
    properties = PROPERTIES.search(comment)
    if properties is None:
        return {"species": 0, "pos": 1}
    at, begins = 0, {}
    parts = properties[1].strip('"').split(":")
    for name, count in zip(parts[::3], parts[2::3]):
        begins[name.lower()] = at
        at += int(count) if COUNT.fullmatch(count) else 1
    if not {"species", "pos"} <= begins.keys():
        raise DataError(f"line {line} of {path} has Properties without species and pos: add them, or leave it out")
    return begins


def _atom(line: str, symbol: int, x: int, number: int, path: Path) -> tuple[str, list[float]]:
    cells = line.split()
    try:
        if "_" in line:  # which Python takes between digits
            raise ValueError
        name, place = cells[symbol], [float(cell.replace("*^", "e")) for cell in cells[x : x + 3]]
        if len(place) < 3:
            raise ValueError
    except (ValueError, IndexError) as error:
        raise DataError(
            f"line {number} of {path} is {line[:60]!r}, where an atom's symbol and three coordinates belong: correct it"
        ) from error
    return ELEMENTS[int(name) - 1] if name.isdecimal() and 1 <= int(name) <= len(ELEMENTS) else name, place
