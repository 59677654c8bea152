"""Sequences in FASTA: a line that begins with > names each, and those that follow hold it; one that begins with ; is a
comment."""

from __future__ import annotations

from pathlib import Path

from ...core.errors import DataError
from .text_lines import BREAKS, check_count, comments_left_out, read_text

SUFFIXES = tuple(f".{kind}{packed}" for kind in ("fasta", "fa", "faa", "fna", "ffn") for packed in ("", ".gz"))
COMMENT = ";"


def read_fasta(path: str | Path) -> tuple[list[str], list[str], list[str]]:
    """Names, sequences, and what to say of those that were left out. Raises DataError for a text that does not begin
    with a name, and as `read_text` does."""
    every = list(filter(None, map(str.strip, BREAKS.split(read_text(path)))))
    lines = [line for line in every if not line.startswith(COMMENT)]
    if not lines or not lines[0].startswith(">"):
        raise DataError(f"'{path}' is no FASTA: its first line must be > and a name, and the next hold the sequence")
    names, found = [], []
    for line in lines:
        if line.startswith(">"):
            names.append(line[1:].strip())
            found.append([])
        else:
            found[-1].append(line)
    check_count(len(names), f"'{path}'")
    whole = [(name, "".join(parts)) for name, parts in zip(names, found)]
    kept = [(name, sequence) for name, sequence in whole if sequence]
    if not kept:
        raise DataError(f"'{path}' names {len(names):,} sequences and holds none: give the letters of each")
    empty = len(whole) - len(kept)
    notes = comments_left_out(len(every) - len(lines), COMMENT)
    notes += [f"{empty:,} name{'s' if empty > 1 else ''} without a sequence left out"] if empty else []
    return [name for name, _ in kept], [sequence for _, sequence in kept], notes
