"""Files of molecules read part by part, so that a million take no more memory than a few thousand: a SMILES a line, or
a delimited table with a column of them."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from ...core.errors import DataError
from ...core.formulas import unquoted
from ...core.limits import lines_of
from ..tables.delimited import sniff_delimiter
from .smiles_files import smiles_lines

BATCH_MOLECULES = 5_000  # molecules that are held at once
LONGEST = 10_000  # characters of a line
TABLES, LINES = (".csv", ".tsv"), (".smi", ".smiles", ".txt")
SMILES, NAMES = "smiles", ("name", "id")


def can_be_parted(source: Path) -> bool:
    """Whether a file of this name is one of lines or a delimited table."""
    return _suffix(source) in (*TABLES, *LINES)


def read_smiles_batches(
    source: Path, column: str = "", part: int = BATCH_MOLECULES
) -> Iterator[list[tuple[str, str, str]]]:
    """Place, SMILES and name of each molecule of a file, in lists of `part` molecules.

    A file is a text, with a SMILES and a name on each line, or a table with columns of SMILES and, perhaps, names;
    packed (.gz) or not. column: of SMILES; without it, the column smiles or one whose name holds that word.

    Raises DataError for a file that cannot be read as text, and a table without such a column.
    """
    lines = lines_of(source, f"'{source}'", LONGEST)
    rows = _of_table(lines, source, column) if _suffix(source) in TABLES else _of_lines(lines)
    while several := list(islice(rows, part)):
        yield several


def _suffix(source: Path) -> str:
    plain = source.with_suffix("") if source.suffix.lower() == ".gz" else source
    return plain.suffix.lower()


def _of_lines(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    return ((f"line {line.number}", line.smiles, line.name) for line in smiles_lines(lines) if not line.header)


def _of_table(lines: Iterator[str], source: Path, column: str) -> Iterator[tuple[str, str, str]]:
    first = next(lines, "")
    rows = csv.DictReader(chain([first], lines), delimiter=sniff_delimiter(first))
    try:
        called = {name.lower(): name for name in rows.fieldnames or () if name}
        alike = [name for name in called if SMILES in name]
        wanted = next((name for name in (column.lower(), SMILES, *alike) if name in called), None)
        if wanted is None:
            raise DataError(f"'{source}' has no column smiles: name one so, or give a text with a SMILES a line")
        named = next((called[name] for name in NAMES if name in called), None)
        for number, row in enumerate(rows, 1):
            name = unquoted(row[named] or "") if named else ""  # of None a row has the cells beyond the first line's
            yield f"row {number}", row[called[wanted]] or "", name
    except csv.Error as error:
        raise DataError(f"line {rows.line_num} of '{source}' cannot be read ({error}): correct that line") from error
