"""Files of molecules or other points in space, and folders of them, read as atoms: .xyz, .sdf and .mol, also
packed (.gz), and those of `structure_files`.

XYZ: molecules one after another, each a line with the number of atoms, a comment, and a line for each atom.

    5
    methane
    C   0.000  0.000  0.000
    H   0.629  0.629  0.629
    ...

The comment of an extended XYZ file says which columns hold what (Properties=species:S:1:pos:R:3:...); in other files
these are the symbol, or atomic number, and x, y, z. Its other values, written key=value, stand beside the molecule.
Other columns are ignored. So are a cell that repeats (Lattice, pbc) and the lines behind a file's only molecule, where
QM9 holds frequencies and names.

SDF and MOL: blocks of both versions (BIOVIA, CTfile Formats).

three lines of title             V2000                                        V3000
counts                           "  5  4 ... V2000"                           "  0  0 ... V3000"
atoms                            x, y, z in ten columns each, then a symbol   "M  V30 1 C 0.0 0.0 0.0 0"
bonds, properties                not looked at
"M  END"                         must be there: a file that is cut lacks it
data, "$$$$"                     "> <NAME>" and a line of text, what is beside the molecule; ends it
"""

import os
import re
from collections import Counter
from pathlib import Path

from ...core.account import Account
from ...core.errors import DataError
from ...core.limits import most_bytes, read_plain, require_cells
from ...core.patience import with_progress
from ..formats.folders import BROKEN
from ..formats.forms import forms_of, name_of, suffixes_of
from ..formats.raw import Raw
from ..values.frames import columns_beside
from .atoms import ELEMENTS, Atoms, atoms_of, require_members, told_of_cells
from .structure_files import Lost, Parsed

XYZ_COUNT = re.compile(r"\s*\d{1,9}\s*", re.ASCII)
PROPERTIES = re.compile(r"\bProperties=(\"[^\"]*\"|\S+)", re.IGNORECASE)
COMMENT_PAIR = re.compile(r"(?<![^\s])([^\s\"=]+)=(?:\"([^\"]*)\"|([^\s\"]+))")
OF_THE_FORMAT = ("properties", "lattice", "pbc")  # keys that say nothing of a molecule
QM9_LINES = 3  # after its molecule: frequencies, SMILES, InChI


def parse_xyz(lines: list[str], path: Path) -> tuple[list[Parsed], list[Lost]]:
    """Molecules, and those whose lines cannot be read. Raises DataError that names the file and the line where nothing
    says where the next molecule begins."""
    molecules, lost, at = [], [], 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        if not XYZ_COUNT.fullmatch(lines[at]):
            lines_after = sum(bool(line.strip()) for line in lines[at:])
            if len(molecules) == 1 and lines_after <= QM9_LINES:
                return [molecules[0]._replace(lines_after=lines_after)], lost
            raise DataError(
                f"line {at + 1} of {path} is {lines[at][:40]!r}, where a molecule of an XYZ file begins with its "
                "number of atoms: correct it"
            )
        count, item_name = int(lines[at]), f"the molecule in line {at + 1} of {path}"
        require_members(count, item_name)
        body = lines[at + 2 : at + 2 + count]
        if len(body) < count or not all(map(str.strip, body)):
            raise DataError(
                f"{item_name} has fewer lines than the {count} atoms that it names: correct it, or remove it"
            )
        try:
            molecules.append(_xyz_molecule(lines[at : at + 2 + count], at, item_name, path))
        except DataError as error:
            lost.append((f"line {at + 1}", lines[at + 1].strip(), error))
        at += 2 + count
    return molecules, lost


def _xyz_molecule(lines: list[str], at: int, item_name: str, path: Path) -> Parsed:
    """The molecule of a block that begins in line `at`, from 0."""
    comment, body = lines[1], lines[2:]
    begins = _columns(comment, at + 2, path)
    symbol, x = begins.pop("species"), begins.pop("pos")
    rows = [_read_xyz_atom(line, symbol, x, at + 3 + k, path) for k, line in enumerate(body)]
    atoms = atoms_of([name for name, _ in rows], [place for _, place in rows], item_name)
    fields = {name: quoted or plain for name, quoted, plain in COMMENT_PAIR.findall(comment)}
    conditions = {name: value for name, value in fields.items() if name.lower() not in OF_THE_FORMAT}
    words = " ".join(COMMENT_PAIR.sub(" ", comment).split())
    return Parsed(atoms, conditions, at + 1, _repeats(fields), tuple(begins), (words,) * bool(words))


def _repeats(fields: dict[str, str]) -> bool:
    """Whether a molecule lies in a cell that repeats: along all three sides, where nothing says along which."""
    lower_fields = {name.lower(): value for name, value in fields.items()}
    return "lattice" in lower_fields and any(side[:1] in "T1" for side in lower_fields.get("pbc", "T").upper().split())


def _columns(comment: str, line: int, path: Path) -> dict[str, int]:
    """{property of the atoms: its first column}, with "species" and "pos" among them."""
    properties = PROPERTIES.search(comment)
    if properties is None:
        return {"species": 0, "pos": 1}
    at, begins = 0, {}
    parts = properties[1].strip('"').split(":")
    for name, count in zip(parts[::3], parts[2::3]):
        begins[name.lower()] = at
        at += int(count) if XYZ_COUNT.fullmatch(count) else 1
    if not {"species", "pos"} <= begins.keys():
        raise DataError(f"line {line} of {path} has Properties without species and pos: add them, or leave it out")
    return begins


def _read_xyz_atom(line: str, symbol: int, x: int, number: int, path: Path) -> tuple[str, list[float]]:
    cells = line.split()
    try:
        if "_" in line:  # Python takes it between digits
            raise ValueError
        name, place = cells[symbol], [float(cell.replace("*^", "e")) for cell in cells[x : x + 3]]
        if len(place) < 3:
            raise ValueError
    except (ValueError, IndexError) as error:
        raise DataError(
            f"line {number} of {path} is {line[:60]!r}, where an atom's symbol and three coordinates belong: correct it"
        ) from error
    return ELEMENTS[int(name) - 1] if name.isdecimal() and 1 <= int(name) <= len(ELEMENTS) else name, place


END, LAST_LINE, V30 = "$$$$", "M  END", "M  V30 "
ENDS_EARLY = f"ends before its line {END}, so that data beside it may be missing: take it whole, or add that line"
COUNTS = re.compile(r"[ \d]{6}.*V[23]000\s*$")  # the line of a block that says how many atoms it has
SDF_COUNT = re.compile(r" *\d+", re.ASCII)
FIELD = re.compile(r">[^<]*<([^>]+)>")


def parse_sdf(lines: list[str], path: Path) -> tuple[list[Parsed], list[Lost]]:
    """Molecules, and those whose blocks cannot be read."""
    molecules, lost, begin = [], [], 0
    last_filled = next((at for at in range(len(lines), 0, -1) if lines[at - 1].strip()), 0)  # all below is empty
    while begin < last_filled:
        end = next((at for at in range(begin, len(lines)) if lines[at].startswith(END)), len(lines))
        begin = skip_blank(lines, begin, end)
        if not (block := lines[begin:end]):
            begin = end + 1
            continue
        try:
            values = values_of("\n".join(block))
            if begin and end == len(lines) and (values or any(one.beside for one in molecules)):
                raise DataError(f"the molecule in line {begin + 1} of {path} {ENDS_EARLY}")
            atoms = _molecule(block, begin, path)
            bonds = ("bonds",) * (block[3][3:6].strip() not in ("", "0") or f"{V30}BEGIN BOND" in block)
            molecules.append(Parsed(atoms, values, begin + 1, records=bonds))
        except DataError as error:
            lost.append((f"line {begin + 1}", block[0].strip(), error))
        begin = end + 1
    return molecules, lost


def skip_blank(lines: list[str], begin: int, end: int) -> int:
    """Finds the line where a block of a molfile begins if more than three empty lines stand before its counts; `end`
    where there is none.

    Args:
        lines: Lines of the file.
        begin: First line of the block.
        end: Line after the block.
    """
    if not any(map(str.strip, lines[begin:end])):
        return end
    counts = next((at for at in range(begin, end) if COUNTS.match(lines[at])), begin + 3)
    return counts - 3 if counts - 3 > begin and not any(map(str.strip, lines[begin : counts - 3])) else begin


def values_of(block: str) -> dict[str, str]:
    """Reads the data fields behind a molecule in an SD file: {name: value}. {name: value} of the data that stand behind
    a molecule; a value may have several lines, and ends at one that is empty or at the next name. Of a name that comes
    again, the last value counts."""
    values, name = {}, ""
    for line in block.split("\n"):
        if field := FIELD.match(line):
            name = field[1].strip()
            values[name] = ""
        elif name and (text := line.strip()):
            values[name] = f"{values[name]}\n{text}".strip()
        else:
            name = "" if name and values[name] else name
    return values


def _molecule(lines: list[str], begin: int, path: Path) -> Atoms:
    item_name = f"the molecule in line {begin + 1} of {path}"
    if len(lines) < 4 or not SDF_COUNT.fullmatch(lines[3][:3]):
        raise DataError(
            f"{item_name} has no number of atoms in its fourth line, as an SDF file should: correct it, or remove it"
        )
    v3000 = "V3000" in lines[3]
    rows = _v3000(lines, begin, item_name) if v3000 else _v2000(lines, begin, item_name)
    if not any(line.startswith(LAST_LINE) for line in lines):
        raise DataError(f"{item_name} ends before its line {LAST_LINE!r}: the file is cut short, so take it whole")
    return atoms_of([symbol for symbol, _ in rows], [place for _, place in rows], item_name)


def _v2000(lines: list[str], begin: int, item_name: str) -> list[tuple[str, list[float]]]:
    count = int(lines[3][:3])
    require_members(count, item_name)
    split_bond = lambda line: (line[31:34].strip(), [line[:10], line[10:20], line[20:30]])
    return [
        _read_sdf_atom(split_bond(line), begin + 5 + k, item_name)
        for k, line in enumerate(_require_lines(lines[4 : 4 + count], count, item_name))
    ]


def _v3000(lines: list[str], begin: int, item_name: str) -> list[tuple[str, list[float]]]:
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
    if "BEGIN ATOM" not in whole or len(counts) < 2 or not SDF_COUNT.fullmatch(counts[1]):
        raise DataError(
            f"{item_name} has no COUNTS or no BEGIN ATOM, as a block of V3000 should: correct it, or remove it"
        )
    count, first = int(counts[1]), whole.index("BEGIN ATOM") + 1
    require_members(count, item_name)
    split_bond = lambda line: ((line.split() + [""] * 5)[1], (line.split() + [""] * 5)[2:5])
    rows = _require_lines(whole[first : first + count], count, item_name)
    return [_read_sdf_atom(split_bond(line), numbers[first + k], item_name) for k, line in enumerate(rows)]


def _require_lines(rows: list[str], count: int, item_name: str) -> list[str]:
    if len(rows) < count:
        raise DataError(f"{item_name} has fewer lines than the {count} atoms that it names: correct it, or remove it")
    return rows


def _read_sdf_atom(cells: tuple[str, list[str]], number: int, item_name: str) -> tuple[str, list[float]]:
    symbol, place = cells
    try:
        if not symbol or any("_" in cell for cell in place):  # "_": which Python takes between digits
            raise ValueError
        return symbol, [float(cell) for cell in place]
    except ValueError as error:
        raise DataError(
            f"{item_name} has in line {number} no three coordinates and a symbol where an atom belongs: correct it"
        ) from error


SUFFIXES = suffixes_of("points")
CELLS = 8  # cells of a table that take as much room as an atom


def holds_points(folder: Path) -> bool:
    """Tells whether any of its files is of this kind."""
    return bool(_files(folder)[0])


def read_points(path: Path) -> Raw:
    """Reads molecules from a file, or from all files of a folder in the order of their names, with their conditions.

    Raises DataError, naming the file and the line, for what cannot be read or is more than is taken."""
    files, other_files = _files(path) if path.is_dir() else ([path], [])
    parsed_files, lost, places, atoms = [], [], [], 0
    for file in with_progress(files, "reading molecules"):
        molecules, misfits = _parsed(file)
        if not molecules and not misfits:
            misfits = [("line 1", "", DataError(f"{file} holds no molecule: take it whole, or remove it"))]
        of = "" if path is file else f" of {file.name}"
        parsed_files += molecules
        lost += [(place + of, text, error) for place, text, error in misfits]
        places += [f"line {one.line}{of}" for one in molecules]
        atoms += sum(len(one.atoms) for one in molecules)
        require_cells(path, CELLS * atoms)
    if len(lost) > BROKEN * (len(parsed_files) + len(lost)):
        raise lost[0][2]
    if not parsed_files:
        raise DataError(f"{path} holds no molecules: give files with at least one")
    account = Account(len(parsed_files) + len(lost), len(parsed_files))
    account.leave_out(len(lost), "molecule", "; ".join(f"{place}: it cannot be read" for place, *_ in lost[:1]))
    account.see("other files", other_files)
    items, conditions = [one.atoms for one in parsed_files], columns_beside([one.beside for one in parsed_files])
    if all(len(item) > 4 and not item.positions[:, 2].any() for item in items):
        account.remarks.append("every z is 0: these are drawings, not shapes in space")
    unknown_elements = Counter(symbol for item in items for symbol in {*item.symbols}.difference(ELEMENTS))
    account.remarks += [
        f"{it} is no element: a kind of its own, in {n:,} of {len(items):,}" for it, n in unknown_elements.items()
    ]
    account.remarks += told_of_cells(sum(one.repeats for one in parsed_files), len(parsed_files))
    account.see("columns of the atoms", dict.fromkeys(name for one in parsed_files for name in one.columns))
    account.see("comments", dict.fromkeys(word for one in parsed_files for word in one.words))
    account.see("lines behind the molecule", sum(one.lines_after for one in parsed_files))
    account.see("records", dict.fromkeys(name for one in parsed_files for name in one.records))
    if guessed := sum(one.guessed for one in parsed_files):
        account.remarks.append(f"{guessed:,} atoms have their element by their name, since its own columns are empty")
    if other_files := sum(one.elsewhere for one in parsed_files):
        account.remarks.append(f"{other_files:,} atoms have other places, of which the first counts")
    return Raw(
        "points", name_of(path), items, account=account, beside=conditions, places=places,
        unreadable=[(place, text, str(error)) for place, text, error in lost],
    )  # fmt: skip


def _parsed(file: Path) -> tuple[list[Parsed], list[Lost]]:
    raw = read_plain(file, maximum=most_bytes() // 4)  # it is held as bytes, as text and as lines
    if b"\0" in raw:
        raise DataError(f"{file} is no text file: give .xyz, .sdf, .mol, .pdb, .mol2 or .cif")
    text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return forms_of(file.name, "points")[0].function()(text.split("\n"), file)


def _files(folder: Path) -> tuple[list[Path], list[str]]:
    """Files of this kind, and the names of others. Links are others, as they may lead out of the folder."""
    try:
        entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror}): allow reading it, or give another") from error
    known_files = [e for e in entries if e.name.lower().endswith(SUFFIXES) and e.is_file(follow_symlinks=False)]
    return sorted(Path(entry.path) for entry in known_files), sorted(
        {e.name for e in entries} - {e.name for e in known_files}
    )
