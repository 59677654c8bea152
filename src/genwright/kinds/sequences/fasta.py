"""Sequences in FASTA: a line that begins with > names each, and those that follow hold it; one that begins with ; is a
comment."""

from pathlib import Path

from ...core.errors import DataError
from ..raw import Numbered
from .text_lines import BREAKS, Lines, check_count, comments_left_out, read_text

SUFFIXES = tuple(f".{kind}{packed}" for kind in ("fasta", "fa", "faa", "fna", "ffn") for packed in ("", ".gz"))
COMMENT = ";"


def read_fasta(path: str | Path) -> tuple[list[str], Lines]:
    """Names, and sequences, whose places are the lines of their names. Raises DataError for a text that does not begin
    with a name, and as `read_text` does."""
    stripped = enumerate(map(str.strip, BREAKS.split(read_text(path))), 1)
    every = [(number, line) for number, line in stripped if line]
    lines = [(number, line) for number, line in every if not line.startswith(COMMENT)]
    if not lines or not lines[0][1].startswith(">"):
        raise DataError(f"'{path}' is no FASTA: its first line must be > and a name, and the next hold the sequence")
    names, begins, found = [], [], []
    for number, line in lines:
        if line.startswith(">"):
            names.append(line[1:].strip())
            begins.append(number)
            found.append([])
        else:
            found[-1].append(line)
    check_count(len(names), f"'{path}'")
    whole = [(name, begin, "".join(parts)) for name, begin, parts in zip(names, begins, found)]
    kept = [one for one in whole if one[2]]
    if not kept:
        raise DataError(f"'{path}' names {len(names):,} sequences and holds none: give the letters of each")
    empty = len(whole) - len(kept)
    notes = comments_left_out(len(every) - len(lines), COMMENT)
    notes += [f"{empty:,} name{'s' if empty > 1 else ''} without a sequence left out"] if empty else []
    names, begins, sequences = map(list, zip(*kept))
    return names, Lines(sequences, Numbered("line", begins), notes)
