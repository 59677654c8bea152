"""Files of molecules, or of other points in space, and folders of them: .xyz, .sdf and .mol, also packed (.gz)."""

import os
from collections import Counter
from pathlib import Path

from ...chemistry.atoms import told_of_cells
from ...core.errors import DataError
from ...core.limits import most_bytes, read_plain, require_cells
from ...core.patience import with_progress
from ..raw import Raw
from ..values_beside import columns_beside
from .elements import ELEMENTS
from .sdf import parse_sdf
from .xyz import Parsed, parse_xyz

PARSE = {".xyz": parse_xyz, ".sdf": parse_sdf, ".mol": parse_sdf}
SUFFIXES = tuple(suffix + packed for suffix in PARSE for packed in ("", ".gz"))
NOTE_COLUMNS = 5  # columns that a note names
CELLS = 8  # of a table, that an atom takes the room of


def holds_points(folder: Path) -> bool:
    """Whether any of its files is of this kind."""
    return bool(_files(folder)[0])


def read_points(path: Path) -> Raw:
    """Molecules of a file, or of all files of a folder in the order of their names, and what stands beside them.

    Raises DataError, naming the file and the line, for what cannot be read or is more than is taken.
    """
    files, others = _files(path) if path.is_dir() else ([path], 0)
    parsed, places, atoms = [], [], 0
    for file in with_progress(files, "reading molecules"):
        here = _parsed(file)
        parsed += here
        places += [f"line {one.line}" if path is file else f"line {one.line} of {file.name}" for one in here]
        atoms += sum(len(one.atoms) for one in here)
        require_cells(path, CELLS * atoms)
    if not parsed:
        raise DataError(f"{path} holds no molecules: give files with at least one")
    notes = [f"{others} other file{'s' * (others > 1)} ignored"] if others else []
    items, beside = [one.atoms for one in parsed], columns_beside([one.beside for one in parsed])
    if all(len(item) > 4 and not item.positions[:, 2].any() for item in items):
        notes.append("every z is 0: these are drawings, not shapes in space")
    others = Counter(symbol for item in items for symbol in {*item.symbols}.difference(ELEMENTS))
    notes += [f"{symbol} is no element: a kind of its own, in {n:,} of {len(items):,}" for symbol, n in others.items()]
    notes += told_of_cells(sum(one.repeats for one in parsed), len(parsed))
    columns = list(dict.fromkeys(name for one in parsed for name in one.columns))
    if columns:
        notes.append(
            f"columns of the atoms left out: {', '.join(columns[:NOTE_COLUMNS])}"
            f"{', ..' * (len(columns) > NOTE_COLUMNS)}"
        )
    name = path.resolve().name if path.is_dir() else path.name.split(".")[0] or path.name
    return Raw("points", name, items, notes=notes, beside=beside, places=places)


def _parsed(file: Path) -> list[Parsed]:
    raw = read_plain(file, most=most_bytes() // 4)  # it is held as bytes, as text and as lines
    if b"\0" in raw:
        raise DataError(f"{file} is no text file: give .xyz, .sdf or .mol")
    text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return PARSE[Path(file.name.lower().removesuffix(".gz")).suffix](text.split("\n"), file)


def _files(folder: Path) -> tuple[list[Path], int]:
    """Files of this kind, and how many of others. Links are others, as they may lead out of the folder."""
    try:
        entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror}): allow reading it, or give another") from error
    ours = [e for e in entries if e.name.lower().endswith(SUFFIXES) and e.is_file(follow_symlinks=False)]
    return sorted(Path(entry.path) for entry in ours), len(entries) - len(ours)
