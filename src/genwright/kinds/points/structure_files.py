"""Molecules in PDB, MOL2 and CIF files, read as atoms; bonds, charges and residues are not looked at.

PDB    lines ATOM and HETATM, whose columns 31 to 54 are x, y, z and 77 to 78 the element; MODEL begins another set
MOL2   @<TRIPOS>MOLECULE, then @<TRIPOS>ATOM with a line "id name x y z type" each
CIF    data_NAME, then a loop_ of _atom_site with x, y, z in angstrom, or in parts of the cell's sides
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...core.errors import DataError
from .atoms import ELEMENTS, Atoms, atoms_of

TRIPOS = "@<TRIPOS>"
MOLECULE, ATOM = f"{TRIPOS}MOLECULE", f"{TRIPOS}ATOM"
TOKEN = re.compile(r"^;.*?^;|'(?:[^'\n]|'(?=\S))*'|\"(?:[^\"\n]|\"(?=\S))*\"|#[^\n]*|\S+", re.MULTILINE | re.DOTALL)
ATOM_LINES = "ATOM  ", "HETATM"
OTHER_RECORDS = {f"{name:6}" for name in ("CONECT", "SEQRES", "HELIX", "SHEET", "ANISOU", "SSBOND", "LINK", "SITE")}
ORGANIC_RESIDUES = frozenset(  # whose atoms are H, C, N, O, P and S alone
    "ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL ACE NME NMA A C G U DA DC DG DT "
    "HOH WAT".split()
)
ELEMENT, ERROR = re.compile(r"[A-Za-z]{1,2}"), re.compile(r"\(\d+\)$")  # of a CIF: Cl1, 0.123(4)
BEGINS = ("_", "loop_", "data_", "save_", "global_")  # a token that ends the values of a loop


class Parsed(NamedTuple):
    """A molecule of a file, what stands beside it by name, the line in which it begins, and what is left out: whether
    it lies in a cell that repeats, other columns of its atoms, words of its comment without a name, how many lines
    stand behind a file's only molecule, records that are not looked at, and how many atoms have their element by their
    name, or other places too.

    Args:
        columns: Names of the columns.
    """

    atoms: Atoms
    beside: dict[str, str]
    line: int
    repeats: bool = False
    columns: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    lines_after: int = 0
    records: tuple[str, ...] = ()
    guessed: int = 0
    elsewhere: int = 0


Lost = tuple[str, str, DataError]  # place, first words and reason of a molecule that cannot be read
Row = tuple[str, list[float]]  # symbol and place of an atom


def parse_pdb(lines: list[str], path: Path) -> tuple[list[Parsed], list[Lost]]:
    """Returns each model, of which the first of several places of an atom counts."""
    starts = [number for number, line in enumerate(lines) if line.startswith("MODEL ")] or [0]
    blocks, header = [], {}
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        atoms = [line for line in lines[start:end] if line.startswith(ATOM_LINES)]
        first = _first_places(atoms)
        blocks.append((start, first))
        guessed = sum(not _named_element(line) for line in first)
        header[start + 1] = {"guessed": guessed, "elsewhere": len(atoms) - len(first)}
    other_records = {line[:6].strip() for line in lines if f"{line[:6]:6}" in OTHER_RECORDS}
    parsed, lost = _read_blocks(blocks, _pdb_atoms, path)
    return [one._replace(records=tuple(sorted(other_records)), **header[one.line]) for one in parsed], lost


def _first_places(atoms: list[str]) -> list[str]:
    """Lines of atoms, of those in several places the first."""
    chosen_rows, names_seen = [], set()
    for line in atoms:
        if line[16:17] not in ("", " "):
            if (atom := line[12:16] + line[17:27]) in names_seen:
                continue
            names_seen.add(atom)
        chosen_rows.append(line)
    return chosen_rows


def _pdb_atoms(line: str) -> Iterator[Row]:
    yield _element(line), [float(line[at : at + 8]) for at in (30, 38, 46)]


def _named_element(line: str) -> str:
    """The element in the columns that PDB has for it, "" where they are empty."""
    symbol = line[76:78].strip().capitalize()
    return symbol if symbol.isalpha() else ""


def _element(line: str) -> str:
    """The element of an atom. Where its columns are empty, its name tells it: two letters that begin in the first
    column of the name, unless the name fills all four, as those of hydrogens do, or the residue has none such."""
    if symbol := _named_element(line):
        return symbol
    name = line[12:16]
    two, stripped_name = name[:2].strip().capitalize(), name.strip(" 0123456789'*\"")
    is_atom = len(name.strip()) < 4 and line[17:20].strip() not in ORGANIC_RESIDUES
    return two if is_atom and len(two) == 2 and two in ELEMENTS else stripped_name[:1].capitalize()


def parse_mol2(lines: list[str], path: Path) -> tuple[list[Parsed], list[Lost]]:
    require_end_of_mol2(lines, path)
    starts = [number for number, line in enumerate(lines) if line.startswith(MOLECULE)]
    blocks = []
    for start, end in zip(starts, [*starts[1:], len(lines)]):
        block = lines[start:end]
        first = next((k for k, line in enumerate(block) if line.startswith(ATOM)), len(block))
        blocks.append((start, list(takewhile(lambda line: not line.startswith("@"), block[first + 1 :]))))
    parsed, lost = _read_blocks(blocks, _mol2_atoms, path)
    other_records = {line.strip().removeprefix(TRIPOS) for line in lines if line.startswith(TRIPOS)} - {
        "MOLECULE",
        "ATOM",
    }
    parsed = [one._replace(records=tuple(sorted(other_records))) for one in parsed]
    return _of_named_size(parsed, lost, lines, path)


def require_end_of_mol2(lines: Iterable[str], path: object) -> None:
    """Raises DataError for a file that ends with the first line of a molecule, or with a part of it."""
    last = ""
    for line in lines:
        last = line.strip() or last
    if last.startswith("@") and MOLECULE.startswith(last):
        raise DataError(f"{path} ends where a molecule begins: it is cut short; take it whole, or remove its last line")


def _of_named_size(
    molecules: list[Parsed], lost: list[Lost], lines: list[str], path: Path
) -> tuple[list[Parsed], list[Lost]]:
    """Molecules of MOL2 that have as many atoms as their third line says; the others are lost."""
    whole = []
    for one in molecules:
        size = lines[one.line + 1].split()[:1]
        if size == [str(len(one.atoms))]:
            whole.append(one)
        else:
            problem = (
                f"the molecule in line {one.line} of {path} has {len(one.atoms)} atoms where it names "
                f"{' '.join(size) or 'no number'}: correct it, or remove it"
            )
            lost.append((f"line {one.line}", MOLECULE, DataError(problem)))
    return whole, lost


def _mol2_atoms(line: str) -> Iterator[Row]:
    if line.strip() and not line.startswith("#"):
        cells = line.split()
        yield cells[5].partition(".")[0].capitalize(), list(map(float, cells[2:5]))


def _read_blocks(
    blocks: list[tuple[int, list[str]]], read: Callable[[str], Iterable[Row]], path: Path
) -> tuple[list[Parsed], list[Lost]]:
    """Molecules of blocks of lines, each with the number from 0 in which it begins. read: atoms of a line."""
    parsed, lost = [], []
    for start, block in blocks:
        item_name = f"the molecule in line {start + 1} of {path}"
        try:
            rows = []
            for line in block:
                try:
                    rows += read(line)
                except (ValueError, IndexError):
                    raise DataError(
                        f"{item_name}: {line[:40]!r} is no atom with three coordinates: correct it"
                    ) from None
            atoms = atoms_of([symbol for symbol, _ in rows], [place for _, place in rows], item_name)
            parsed.append(Parsed(atoms, {}, start + 1))
        except DataError as error:
            lost.append((f"line {start + 1}", block[0].strip() if block else "", error))
    return parsed, lost


def parse_cif(lines: list[str], path: Path) -> tuple[list[Parsed], list[Lost]]:
    """Parses each data block of a CIF file that has atoms. Atoms that symmetry repeats are not added. What its symmetry
    repeats is not added."""
    text, parsed, lost = "\n".join(lines), [], []
    try:
        blocks = _cif_blocks(text, path)
    except DataError as error:
        return [], [("line 1", "", error)]
    for begin, values in blocks:
        line = text.count("\n", 0, begin) + 1
        item_name = f"the molecule in line {line} of {path}"
        try:
            rows = _cif_atoms(values, item_name)
            if rows is not None:
                atoms = atoms_of([symbol for symbol, _ in rows], [place for _, place in rows], item_name)
                has_symmetry = max(len(values.get(name, ())) for name in SYMMETRY) > 1
                words = ("symmetry operations",) * has_symmetry
                other_names = sorted(
                    {name for name, cells in values.items() if len(cells) > 1 and not _is_of_atoms(name)}
                )
                parsed.append(
                    Parsed(atoms, {}, line, "_cell_length_a" in values, words=words, records=tuple(other_names))
                )
        except (DataError, ValueError) as error:
            lost.append((f"line {line}", "", DataError(f"{item_name} cannot be read ({error}): correct it")))
    return parsed, lost


def _is_of_atoms(name: str) -> bool:
    """Whether a column of a CIF is read: places, elements and labels of atoms, and the operations of symmetry."""
    return (
        name in SYMMETRY
        or name.startswith(("_atom_site_cartn", "_atom_site_fract", "_atom_site_type_symbol"))
        or (name == "_atom_site_label")
    )


SYMMETRY = ("_symmetry_equiv_pos_as_xyz", "_space_group_symop_operation_xyz")
CELL = [f"_cell_{part}" for part in ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")]


def _cif_blocks(text: str, path: Path) -> list[tuple[int, dict[str, list[str]]]]:
    """Where each block begins, and its values by name, in small letters with _ for the dots of mmCIF. Raises DataError
    for a text that ends within a value or a loop."""
    tokens = [(match.start(), match[0]) for match in TOKEN.finditer(text) if not match[0].startswith("#")]
    blocks, at = [], 0
    while at < len(tokens):
        start, token = tokens[at]
        at += 1
        if token.lower().startswith("data_"):
            blocks.append((start, {}))
        elif token.lower() == "loop_" and blocks:
            names, first = [], at
            while at < len(tokens) and tokens[at][1].startswith("_"):
                names.append(_name(tokens[at][1]))
                at += 1
            first = at
            while at < len(tokens) and not tokens[at][1].lower().startswith(BEGINS):
                at += 1
            if at == len(tokens) and (at == first or (at - first) % len(names)):
                raise DataError(f"{path} ends within a loop_: it is cut short, so take it whole")
            cells = [_unquoted(token) for _, token in tokens[first:at]]
            blocks[-1][1].update({name: cells[k :: len(names)] for k, name in enumerate(names)})
        elif token.startswith("_") and blocks and at < len(tokens):
            blocks[-1][1][_name(token)] = [_unquoted(tokens[at][1])]
            at += 1
        elif token.startswith("_") and at == len(tokens):
            raise DataError(f"{path} ends with {token}, without its value: it is cut short, so take it whole")
    return blocks


def _name(token: str) -> str:
    return token.lower().replace(".", "_")


def _unquoted(token: str) -> str:
    return token[1:-1].strip() if token[0] in "'\";" else token


def _cif_atoms(values: dict[str, list[str]], item_name: str) -> list[Row] | None:
    """None for a block without atoms. Atoms without coordinates are left out."""
    for kind in ("cartn", "fract"):
        columns = [values.get(f"_atom_site_{kind}_{axis}") for axis in "xyz"]
        if all(columns):
            break
    else:
        return None
    symbols = values.get("_atom_site_type_symbol") or values.get("_atom_site_label") or []
    if len({len(symbols), *map(len, columns)}) > 1:
        raise DataError("its columns of atoms are of several lengths")
    known = [k for k in range(len(symbols)) if all(column[k] not in "?." for column in columns)]
    places = np.array([[_number(column[k]) for column in columns] for k in known]).reshape(-1, 3)
    if kind == "fract":
        if not all(values.get(name) for name in CELL):
            raise DataError("it has no cell")
        places = places @ _cell(*(_number(values[name][0]) for name in CELL))
    elements = [ELEMENT.match(symbols[k]) for k in known]
    return [(element[0].capitalize() if element else "?", place) for element, place in zip(elements, places.tolist())]


def _number(cell: str) -> float:
    return float(ERROR.sub("", cell))


def _cell(a: float, b: float, c: float, alpha: float, beta: float, gamma: float) -> np.ndarray:
    """(3, 3) the sides of a cell, a along x and b in the plane of x and y. angles: in degrees."""
    cosines, sine = np.cos(np.radians([alpha, beta, gamma])), np.sin(np.radians(gamma))
    x, y = c * cosines[1], c * (cosines[0] - cosines[1] * cosines[2]) / sine
    return np.array([[a, 0, 0], [b * cosines[2], b * sine, 0], [x, y, np.sqrt(max(0.0, c * c - x * x - y * y))]])
