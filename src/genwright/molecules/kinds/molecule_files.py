"""Readers of files of molecules: SMILES, whole or in batches, and SDF.

A file of SMILES has a molecule a line, its name behind a blank or a tab; a header and comments (#) may be there. An
extension of CXSMILES (C[C@H](F)Cl |&1:1| my name) is part of the molecule, not of its name. In batches, a million
molecules of such a file, or of a delimited table with a column of SMILES, take no more memory than a few thousand.

SDF and MOL files are read by their atoms and bonds. (`points/point_files.py` reads them as points in space.) Values
behind a molecule (`> <NAME>`, then a line) become columns beside the molecules.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ...core.account import Account
from ...core.errors import DataError
from ...core.limits import lines_of
from ...core.packages import Chem, require_package
from ...core.patience import with_progress
from ...core.safe_text import unquoted
from ...kinds.formats.folders import list_files
from ...kinds.formats.forms import forms_of, name_of, suffixes_of
from ...kinds.formats.raw import Raw
from ...kinds.formats.sequences.text_lines import BREAKS, read_text, split_lines
from ...kinds.formats.tables.delimited import sniff_delimiter
from ...kinds.points.point_files import ENDS_EARLY, skip_blank, values_of
from ...kinds.points.structure_files import require_end_of_mol2
from ...kinds.values.frames import columns_beside
from ...kinds.values.smiles_texts import looks_like_smiles
from ..chemistry.standards import Unreadable, extension_of, mixed_centres, quiet_rdkit


class SmilesLine(NamedTuple):
    number: int
    smiles: str
    name: str
    header: bool


def smiles_lines(lines: Iterable[str]) -> Iterator[SmilesLine]:
    """Cuts lines that are neither empty nor comments into SMILES and name. The first of them may be a header."""
    first = True
    for number, line in enumerate(lines, 1):
        smiles, name = (*line.split(maxsplit=1), "", "")[:2]
        if not smiles or smiles.startswith("#"):
            continue
        header = first and "smiles" in smiles.lower() and not looks_like_smiles(smiles)
        first = False
        if extension := extension_of(line):
            smiles, name = f"{smiles} {extension}", name.removeprefix(extension)
        yield SmilesLine(number, smiles, name.strip(), header)


def read_smiles(path: Path) -> Raw:
    """Reads the molecules of a file of SMILES, as written. Raises DataError for a file that is no text, or holds
    none."""
    lines = BREAKS.split(read_text(path).rstrip("\r\n"))
    lines_read, account = list(smiles_lines(lines)), Account(len(lines))
    for line in lines_read:
        account.leave_out(line.header, "line", f"line {line.number} is read as a header")
    comments = sum(line.lstrip().startswith("#") for line in lines)
    account.leave_out(comments, "line", "comments, which begin with #")
    account.leave_out(len(lines) - len(lines_read) - comments, "line", "empty")
    lines_read = [line for line in lines_read if not line.header]
    if not lines_read:
        raise DataError(f"'{path}' is empty: give a file with a molecule a line, as SMILES")
    smiles, names = [line.smiles for line in lines_read], [line.name for line in lines_read]
    places = [f"line {line.number}" for line in lines_read]
    name_table = pd.DataFrame({"name": names}) if any(names) else None
    return Raw("molecules", name_of(path), smiles, account=account, beside=name_table, places=places)


LONGEST = 10_000  # characters of a line
TABLES, LINES = (".csv", ".tsv"), (".smi", ".smiles", ".txt")
SMILES, NAMES = "smiles", ("name", "id")


def can_be_parted(source: Path) -> bool:
    """Tells whether a file can be read part by part: one of lines or a delimited table, by its name."""
    return _suffix(source) in (*TABLES, *LINES)


def read_smiles_batches(source: Path, column: str, part: int) -> Iterator[list[tuple[str, str, str]]]:
    """Reads place, SMILES and name of each molecule in lists of `part` molecules. A file is a text, with a SMILES and a
    name on each line, or a table with columns of SMILES and, perhaps, names; packed (.gz) or not. `can_be_parted` holds
    for it. Raises DataError for a file that cannot be read as text, and a table without such a column.

    Args:
        source: the file.
        column: Column of SMILES. Without it, the column smiles or one whose name holds that word.
        part: molecules of a list.
    """
    lines = lines_of(source, f"'{source}'", LONGEST)
    rows = _of_table(lines, source, column) if _suffix(source) in TABLES else _of_lines(lines)
    while batch := list(islice(rows, part)):
        yield batch


def _suffix(source: Path) -> str:
    plain = source.with_suffix("") if source.suffix.lower() == ".gz" else source
    return plain.suffix.lower()


def _of_lines(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    return ((f"line {line.number}", line.smiles, line.name) for line in smiles_lines(lines) if not line.header)


def _of_table(lines: Iterator[str], source: Path, column: str) -> Iterator[tuple[str, str, str]]:
    first = next(lines, "")
    rows = csv.DictReader(chain([first], lines), delimiter=sniff_delimiter(first))
    try:
        column_of_name = {name.lower(): name for name in rows.fieldnames or () if name}
        candidates = [name for name in column_of_name if SMILES in name]
        smiles_column = next((name for name in (column.lower(), SMILES, *candidates) if name in column_of_name), None)
        if len(candidates) > 1 and smiles_column not in (column.lower(), SMILES):
            raise DataError(f"'{source}' has the columns {' and '.join(candidates)}: call the one that is meant smiles")
        if smiles_column is None:
            raise DataError(f"'{source}' has no column smiles: name one so, or give a text with a SMILES a line")
        name_column = next((column_of_name[name] for name in NAMES if name in column_of_name), None)
        for number, row in enumerate(rows, 1):
            name = (
                unquoted(row[name_column] or "") if name_column else ""
            )  # the key None has cells beyond those of the first line
            yield f"row {number}", row[column_of_name[smiles_column]] or "", name
    except csv.Error as error:
        raise DataError(f"line {rows.line_num} of '{source}' cannot be read ({error}): correct that line") from error


SDF = "points.point_files:parse_sdf"
BONDED = suffixes_of(
    SDF, "points.structure_files:parse_pdb", "points.structure_files:parse_mol2"
)  # else points in space
MOL2, END = re.compile(r"^@<TRIPOS>MOLECULE", re.MULTILINE), "$$$$"


def read_sdf_molecules(path: Path) -> Raw:
    """Reads the molecules of a file of BONDED, or of all of a folder, as SMILES. Raises DataError for a file that is no
    text, or holds none."""
    require_package("rdkit", "mol", f"'{path}' holds molecules by their bonds")
    files = list_files(path, BONDED)[0] if path.is_dir() else [path]
    smiles, places, lost, values = [], [], [], []
    blocks = ((file, *numbered) for file in files for numbered in _blocks(read_text(file), file.name))
    with quiet_rdkit():
        for file, begin, block, block_end in with_progress(list(blocks), "reading molecules"):
            place = f"line {begin}" + f" of {file.name}" * path.is_dir()
            properties = values_of(block)
            try:
                text = _smiles(block, file.name)
                if begin > 1 and not block_end and (properties or any(values)):
                    raise Unreadable(f"its block {ENDS_EARLY}")
                smiles.append(text)
            except Unreadable as why:
                lost.append((place, block.split("\n")[0].strip(), str(why)))
                continue
            places.append(place)
            values.append(properties)
    if not smiles and not lost:
        raise DataError(f"'{path}' is empty: give molecules as .sdf, .mol, .mol2 or .pdb")
    return Raw(
        "molecules",
        name_of(path),
        smiles,
        beside=columns_beside(values),
        places=places,
        unreadable=lost,
        account=Account(),
    )


def _blocks(text: str, name: str) -> Iterator[tuple[int, str, bool]]:
    """The line in which each molecule begins, its lines, and whether one follows that ends it. name: of the file."""
    if not forms_of(name, SDF):
        require_end_of_mol2(split_lines(text), f"'{name}'")
        starts = [match.start() for match in MOL2.finditer(text)] or [0] * bool(text.strip())
        for start, end in zip(starts, [*starts[1:], len(text)]):
            yield text.count("\n", 0, start) + 1, text[start:end], True
        return
    begin, block = 1, []
    for number, line in enumerate(chain(split_lines(text), [None]), 1):
        if line is None or line.startswith(END):
            if any(map(str.strip, block)):
                blank_end = skip_blank(block, 0, len(block))
                yield begin + blank_end, "\n".join(block[blank_end:]), line is not None
            begin, block = number + 1, []
        else:
            block.append(line)


def _smiles(block: str, name: str) -> str:
    """SMILES of a block, with the extension of CXSMILES that says which centres are mixed, where any is. Raises
    Unreadable for a block that RDKit does not read, or whose atoms nothing binds."""
    molecule = getattr(Chem, forms_of(name, "points")[0].name or "MolFromMolBlock")(block)
    if molecule is None:
        raise Unreadable("RDKit does not read its block: it is cut short, damaged, or no molecule")
    if molecule.GetNumAtoms() > 1 and not molecule.GetNumBonds():
        raise Unreadable("it has no bonds: read it as points in space")
    if mixed_centres(molecule):
        return Chem.MolToCXSmiles(molecule, Chem.SmilesWriteParams(), Chem.CXSmilesFields.CX_ENHANCEDSTEREO)
    return Chem.MolToSmiles(molecule)
