"""Where a command writes: where it is told to, else under a name of its own that nothing has yet."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from ..core.errors import DataError


def place(out: Path | None, default: str) -> tuple[Path, str]:
    """The path to write to, and what to say of it: a file that stands there and was named is replaced, which is said; a
    default name that is taken gets a number."""
    if out is not None:
        return out, ", in place of the file that was there" if out.is_file() else ""
    path = Path(default)
    if path.exists():
        numbered = (path.with_name(f"{path.stem}-{k}{path.suffix}") for k in count(2))
        path = next(other for other in numbered if not other.exists())
    return path, ""


def table_place(out: Path | None, default: str, what: str) -> tuple[Path, str]:
    """The same of a table. Raises DataError, before anything is computed, for a name that is none's."""
    from ..domains.tables.write_table import suffix_of

    if out is not None and suffix_of(out) in (None, ".npz"):
        raise DataError(f"cannot write {what} to {out}: let its name end in .csv, .tsv, .xlsx or .parquet")
    return place(out, default)
