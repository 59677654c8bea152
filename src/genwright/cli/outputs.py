"""The path that a command writes to: the one of --out, or a new name."""

from itertools import count
from pathlib import Path

from ..core.errors import DataError


def place(out: Path | None, default: str, what: str = "") -> tuple[Path, str]:
    """The path to write to, and what to say of it: a file that stands there and was named is replaced, which is said; a
    default name that is taken gets a number.

    what: is written. Raises DataError where it is named and `out` does not end as the default name.
    """
    if out is not None:
        if what and out.suffix.lower() != Path(default).suffix:
            raise DataError(f"cannot write {what} to {out}: let its name end in {Path(default).suffix}")
        return out, ", in place of the file that was there" if out.is_file() else ""
    path = Path(default)
    if path.exists():
        path = next(other for k in count(2) if not (other := numbered(path, k)).exists())
    return path, ""


def places(out: Path | None, default: str, several: int) -> list[tuple[Path, str]]:
    """The same of several files, which are numbered: filled-1.csv, filled-2.csv, ..."""
    if several == 1:
        return [place(out, default)]
    numbers = range(1, several + 1)
    return [place(out and numbered(out, k), str(numbered(Path(default), k))) for k in numbers]


def numbered(path: Path, number: int) -> Path:
    """The path with a number before its suffix, which may be .csv.gz."""
    suffix = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    return path.with_name(f"{path.name.removesuffix(suffix)}-{number}{suffix}")


def table_place(out: Path | None, default: str, what: str) -> tuple[Path, str]:
    """The same of a table. Raises DataError, before anything is computed, for a name that is none's."""
    from ..kinds.tables.write_table import suffix_of

    if out is not None and suffix_of(out) in (None, ".npz"):
        raise DataError(f"cannot write {what} to {out}: let its name end in .csv, .tsv, .xlsx, .parquet or .feather")
    return place(out, default)
