"""A types file: what each column of a table is taken for, written by `genwright describe`, edited by a person and given
back as types.

    [types]
    zip = "category"  # 412 labels

    [missing]  # cells that stand for a missing value
    age = [-999]
"""

import json
import shlex
from pathlib import Path
from typing import Any

from ..core.data import Data
from ..core.errors import DataError
from ..core.files import write_whole
from ..core.schemas import read_record
from ..core.visible import visible
from .tables.domain import Tables
from .tables.overview import Seen

COMMENT_CHARS = 100  # characters of a comment


def with_types_files(options: dict[str, Any]) -> dict[str, Any]:
    """Options of `load_data` with files of types read: types may be a file, or a list of files and of {column: type};
    missing may be one word. Later entries for a column win, and so do missing words of the call."""
    types, missing = options.get("types"), options.get("missing")
    missing = [missing] if isinstance(missing, (str, int, float)) else missing
    if missing is not None and not isinstance(missing, dict):
        missing = list(missing)
    if isinstance(types, (str, Path, list)):
        own = missing if isinstance(missing, dict) else {"*": missing} if missing else {}
        parts, types, missing = types if isinstance(types, list) else [types], {}, {}
        for part in parts:
            kinds, words = (part, {}) if isinstance(part, dict) else read_types(part)
            types, missing = types | kinds, missing | words
        missing = {**missing, **own} or None
    return options | {"types": types, "missing": missing}


def read_types(path: str | Path) -> tuple[dict[str, str], dict[str, list]]:
    """Kinds and missing cells by column. Raises DataError for what is no such file."""
    record = read_record(Path(path), "correct it, or let describe write it again", DataError)
    strange = [part for part, value in record.items() if part not in ("types", "missing") or type(value) is not dict]
    if strange:
        raise DataError(f"the types file '{path}' has a part '{strange[0]}': it knows the tables [types] and [missing]")
    types, missing = record.get("types", {}), record.get("missing", {})
    for column, kind in types.items():
        if not isinstance(kind, str):
            raise DataError(f"the types file '{path}' calls '{column}' {kind!r}: write a kind, such as \"number\"")
    for column, cells in missing.items():
        if not isinstance(cells, list) or not all(isinstance(cell, (str, int, float)) for cell in cells):
            raise DataError(f"the types file '{path}' has {cells!r} missing in '{column}': write a list of cells")
    return types, missing


def write_types(data: Data, path: Path) -> Path:
    """Raises DataError for data that are no table, or a path that cannot be written."""
    if not isinstance(getattr(data, "domain", None), Tables):
        raise DataError(f"{data.name} is no table, and a types file is for columns: leave --out out")
    if path.suffix.lower() != ".toml":
        raise DataError(f"cannot write types to '{path}': let its name end in .toml")
    kinds = [
        f"{_quoted(seen.name)} = {_quoted(seen.typed)}{_comment(seen)}" for seen in data.domain.overview(data.items)
    ]
    missing = [
        f"{_quoted(name)} = [{', '.join(map(_quoted, cells))}]"
        for name, found in data.domain.missing.items()
        if (cells := [cell for cell in found if cell != ""])
    ]
    lines = [
        f"# What genwright understood of {data.name}. Correct it and give it back:",
        f"# {visible(shlex.join(['genwright', 'fit', data.source or 'DATA', '--types', str(path)]))}",
        "# Kinds: number, whole, real, category, boolean, date, ignored.",
        "",
        "[types]",
        *kinds,
        "",
        "[missing]  # cells that stand for a missing value, by column",
        *missing,
    ]
    return write_whole(path, ("\n".join(lines) + "\n").encode())


def _quoted(value: str | float) -> str:
    """A TOML string, or a number."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(seen: Seen) -> str:
    said = visible(" ".join(seen.values.split()))
    return f"  # {said if len(said) <= COMMENT_CHARS else f'{said[:COMMENT_CHARS]}...'}"
