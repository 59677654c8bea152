"""A laboratory in the place of a score: `ask` writes what to make next, `tell` records what was measured.

    ask.csv     smiles, sa (1 easy .. 10 hard to make), parent, nearest and similarity: the start molecule most alike

A measured molecule that nobody asked for is kept too. Those that are told before the first are asked for are what the
search begins with.
"""

from itertools import takewhile
from pathlib import Path

import pandas as pd

from ...core.errors import DataError, damage
from ...core.files import require_inside_folder, write_whole
from ...core.safe_text import csv_bytes
from ...core.schemas import LARGEST
from ...kinds.formats.tables.delimited import read_table
from ..chemistry.standards import Standard, Unreadable, quiet_rdkit
from ..library_tables import score
from .families import Proposal
from .limits import Limits, molecule_of
from .oracle import TOLD_FAMILY, CallsFile, find_flaw
from .plan import Start

REQUESTS_FILE = "ask.csv"
AGAIN = "run genwright design with --ask again"
REQUEST_COLUMNS = ["smiles", "parent", "family", "seed"]


def write_asked(folder: Path, proposals: list[Proposal], family: str, seed: int, start: Start) -> list[str]:
    """Writes the molecules that the laboratory should make next, and returns a sentence about the file.

    Args:
        folder: Folder to read or write.
        family: Name of the family.
        seed: Seed of the random numbers.
    """
    if not proposals:
        return ["nothing is left to ask for"]
    table = pd.DataFrame(proposals, columns=["smiles", "parent"]).assign(family=family, seed=seed, score="")
    known = score(table["smiles"].tolist(), start.smiles)[["sa", "nearest", "similarity"]]
    table = pd.concat([table[["smiles", "score"]], known, table[REQUEST_COLUMNS[1:]]], axis=1)
    path = write_whole(folder / REQUESTS_FILE, csv_bytes(table))
    return [f"{len(table):,} molecules to make next: {path}; fill its column score, then pass it to --tell"]


def tell(file: CallsFile, folder: Path, source: str | Path | pd.DataFrame) -> list[str]:
    """Records measurements: a table with the columns smiles and score, a path or a DataFrame. An empty score means that
    the molecule could not be measured. Returns sentences.

    Raises DataError for a table that cannot be read, lacks a column, or has a score that is no number.

    Args:
        folder: Folder to read or write.
        source: Path, name or object of the data.
    """
    table = source.reset_index(drop=True) if isinstance(source, pd.DataFrame) else read_table(source)
    if missing := [name for name in ("smiles", "score") if name not in table]:
        raise DataError(f"{_source_name(source)} has no column {missing[0]}: give it the columns smiles and score")
    with damage(_source_name(source), "write its scores as numbers"):
        numbers = pd.to_numeric(table["score"], errors="coerce").astype(float)
        invalid = (numbers.isna() & table["score"].notna()) | (numbers.abs() > LARGEST)
    if invalid.any():
        raise DataError(
            f"{_source_name(source)} has the score {table['score'][invalid].iloc[0]!r}, which is no number: leave "
            "its cell empty where nothing was measured"
        )
    requests = _read_requests(folder)
    known, rows, repeated_count, unreadable, standard = {row["smiles"] for row in file.rows}, [], 0, 0, Standard()
    count = sum(row["family"] != TOLD_FAMILY for row in file.rows)
    with quiet_rdkit():
        for text, number in zip(table["smiles"], numbers):
            try:
                smiles = standard.smiles("" if pd.isna(text) else str(text))
            except Unreadable:
                unreadable += 1
                continue
            if smiles in known:
                repeated_count += 1
                continue
            known.add(smiles)
            score = None if pd.isna(number) else float(number)
            row = {"number": 0, "smiles": smiles, "score": score, "family": TOLD_FAMILY, "seed": 0, "parent": ""}
            if smiles in requests:
                count += 1
                row |= requests[smiles] | {"number": count}
            rows.append(row | {"seconds": 0.0, "error": "not measured" * (score is None)})
    if flaw := find_flaw([*file.rows, *rows]):
        raise DataError(f"{folder / REQUESTS_FILE} has a wrong row ({flaw}): {AGAIN}")
    file.append(rows)
    sentences = [f"{len(rows):,} measurements recorded"]
    sentences += [f"{repeated_count:,} molecules were told before: their first measurement stands"] * bool(
        repeated_count
    )
    return sentences + [f"{unreadable:,} rows hold no molecule that can be read"] * bool(unreadable)


def measured_before(file: CallsFile, limits: Limits) -> list[str]:
    """Lists the measured molecules that were told before the first proposal, within the limits."""
    first = [row["smiles"] for row in takewhile(lambda row: row["family"] == TOLD_FAMILY, file.rows)]
    return [smiles for smiles in first if not limits.broken(molecule_of(smiles))]


def _read_requests(folder: Path) -> dict[str, dict]:
    """{SMILES: parent, family, seed} of what was asked for last. A person may have added rows: they have no family."""
    path = folder / REQUESTS_FILE
    if not path.exists():
        return {}
    require_inside_folder(path)
    with damage(path, AGAIN):
        table = read_table(path).astype(object).fillna("")[REQUEST_COLUMNS].astype(str)
        rows = table[table["family"] != ""].to_dict("records")
        return {row.pop("smiles"): row | {"seed": int(float(row["seed"]))} for row in rows}


def _source_name(source: str | Path | pd.DataFrame) -> str:
    return "the table" if isinstance(source, pd.DataFrame) else str(source)
