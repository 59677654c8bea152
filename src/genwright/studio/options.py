"""Checks of options of data, which come from a browser or from the record of a run: neither may name other words of
`genwright fit`, nor files outside the studio's folder."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..core.errors import DataError
from ..core.schemas import require
from ..kinds.known_kinds import options as table
from ..kinds.option import TYPES, order_options, schema_of

TYPES_FILE = re.compile(r"\.toml\s*(,|$)")  # in a column or its type: `--types` would take it for a file


def check_options(options: dict[str, Any], root: Path) -> dict[str, Any]:
    """Options as `load_data` takes them. Raises DataError for an option that it does not have, a value of another type,
    and a file outside the studio's folder.

    Args:
        options: by name.
        root: the studio's folder, without links.
    """
    options = order_options(options, table())
    require(options, schema_of(table()), "the request", "correct this option, or leave it out", DataError)
    for column, kind in options.get(TYPES.name, {}).items():
        if column == "*" or TYPES_FILE.search(column) or TYPES_FILE.search(kind):
            raise DataError(f"types has {column!r}={kind!r}: give one type for each column")
    map_files(options, lambda text: require_inside(text, root))
    return options


def map_files(options: dict[str, Any], change: Callable[[str], Any]) -> dict[str, Any]:
    """Options with `change` applied to each text that may be the path of a file."""
    each = lambda value: [each(part) for part in value] if isinstance(value, list) else change(value)
    names = [option.name for option in table() if option.names_file and option.name in options]
    return options | {name: options[name] if isinstance(options[name], dict) else each(options[name]) for name in names}


def require_inside(text: str, root: Path) -> None:
    """Raises DataError for a path that leads out of the studio's folder, from which it is taken."""
    if "\0" in text or text[:1] in ("~", "-") or not Path(os.path.realpath(root / text)).is_relative_to(root):
        raise DataError(f"{text!r} lies outside the studio's folder: put the file there, or use a terminal")
