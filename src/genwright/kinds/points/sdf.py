"""SDF and MOL files: the atoms of their molecules, from blocks of both versions (BIOVIA, CTfile Formats).

three lines of title             V2000                                        V3000
counts                           "  5  4 ... V2000"                           "  0  0 ... V3000"
atoms                            x, y, z in ten columns each, then a symbol   "M  V30 1 C 0.0 0.0 0.0 0"
bonds, properties                not looked at
"M  END"                         must be there: a file that is cut lacks it
data, "$$$$"                     "> <NAME>" and a line of text, what is beside the molecule; ends it
"""

import re
from pathlib import Path

from ...chemistry.atoms import Atoms, atoms_of, require_members
from ...core.errors import DataError
from .xyz import Parsed

END, LAST_LINE, V30 = "$$$$", "M  END", "M  V30 "
COUNT = re.compile(r" *\d+", re.ASCII)
VALUE = re.compile(r"^>[^<\n]*<([^>\n]+)>.*\n(.*)$", re.MULTILINE)


def parse_sdf(lines: list[str], path: Path) -> list[Parsed]:
    """Raises DataError that names the file and the line."""
    parsed, begin = [], 0
    while any(map(str.strip, lines[begin : begin + 4])):
        end = next((at for at in range(begin, len(lines)) if lines[at].startswith(END)), len(lines))
        block = lines[begin:end]
        parsed.append(Parsed(_molecule(block, begin, path), values_of("\n".join(block)), begin + 1))
        begin = end + 1
    return parsed


def values_of(block: str) -> dict[str, str]:
    """{name: value} of the data that stand behind a molecule."""
    return {name: value.strip() for name, value in VALUE.findall(block)}


def _molecule(lines: list[str], begin: int, path: Path) -> Atoms:
    what = f"the molecule in line {begin + 1} of {path}"
    if len(lines) < 4 or not COUNT.fullmatch(lines[3][:3]):
        raise DataError(
            f"{what} has no number of atoms in its fourth line, as an SDF file should: correct it, or remove it"
        )
    v3000 = "V3000" in lines[3]
    rows = _v3000(lines, begin, what) if v3000 else _v2000(lines, begin, what)
    if not any(line.startswith(LAST_LINE) for line in lines):
        raise DataError(f"{what} ends before its line {LAST_LINE!r}: the file is cut short, so take it whole")
    return atoms_of([symbol for symbol, _ in rows], [place for _, place in rows], what)


def _v2000(lines: list[str], begin: int, what: str) -> list[tuple[str, list[float]]]:
    count = int(lines[3][:3])
    require_members(count, what)
    cut = lambda line: (line[31:34].strip(), [line[:10], line[10:20], line[20:30]])
    return [
        _atom(cut(line), begin + 5 + k, what)
        for k, line in enumerate(_require_lines(lines[4 : 4 + count], count, what))
    ]


def _v3000(lines: list[str], begin: int, what: str) -> list[tuple[str, list[float]]]:
    """Lines that end with "-" go on in the next."""
    whole, numbers, goes_on = [], [], False
    for number, line in enumerate(lines[4:], begin + 5):
        if not line.startswith(V30):
            continue
        text = line[len(V30) :].strip()
        if goes_on:
            whole[-1] += text.removesuffix("-")
        else:
            whole.append(text.removesuffix("-"))
            numbers.append(number)
        goes_on = text.endswith("-")
    counts = next((line.split() for line in whole if line.startswith("COUNTS ")), [])
    if "BEGIN ATOM" not in whole or len(counts) < 2 or not COUNT.fullmatch(counts[1]):
        raise DataError(f"{what} has no COUNTS or no BEGIN ATOM, as a block of V3000 should: correct it, or remove it")
    count, first = int(counts[1]), whole.index("BEGIN ATOM") + 1
    require_members(count, what)
    cut = lambda line: ((line.split() + [""] * 5)[1], (line.split() + [""] * 5)[2:5])
    rows = _require_lines(whole[first : first + count], count, what)
    return [_atom(cut(line), numbers[first + k], what) for k, line in enumerate(rows)]


def _require_lines(rows: list[str], count: int, what: str) -> list[str]:
    if len(rows) < count:
        raise DataError(f"{what} has fewer lines than the {count} atoms that it names: correct it, or remove it")
    return rows


def _atom(cells: tuple[str, list[str]], number: int, what: str) -> tuple[str, list[float]]:
    symbol, place = cells
    try:
        if not symbol or any("_" in cell for cell in place):  # "_": which Python takes between digits
            raise ValueError
        return symbol, [float(cell) for cell in place]
    except ValueError as error:
        raise DataError(
            f"{what} has in line {number} no three coordinates and a symbol where an atom belongs: correct it"
        ) from error
