"""Types files, which say what columns are. `genwright describe` writes one, with what it took the other columns for as
comments; a person edits it, and `load_data` reads it as `types`:

    [types]
    zip = "category"  # 412 labels

    [missing]  # cells that stand for a missing value
    age = [-999]

    [rules]
    total = "filter"  # modelled, although a rule derives it
"""

import json
import shlex
from collections.abc import Iterable
from pathlib import Path

from ..core.data import Data, Whole
from ..core.errors import DataError
from ..core.files import write_whole
from ..core.safe_text import visible
from ..core.schemas import read_record
from ..core.type_names import Options
from .tables.columns import Seen
from .tables.domain import Tables
from .values.corrections import Corrections

COMMENT_CHARS = 100  # characters of a comment


def with_types_files(options: Options) -> Options:
    """Reads the types files among the options of `load_data`. Returns the options with their contents. Of the types of
    a column the last one counts; words for missing, and columns to filter, add up."""
    types, missing, filtered = options.get("types"), options.get("missing"), options.get("filter") or []
    filtered = [filtered] if isinstance(filtered, str) else list(filtered)
    missing = [missing] if isinstance(missing, (str, int, float)) else missing
    if missing is not None and not isinstance(missing, dict):
        missing = list(missing)
    if isinstance(types, (str, Path, list)):
        own_missing = missing if isinstance(missing, dict) else {"*": missing} if missing else {}
        parts, types, missing = types if isinstance(types, list) else [types], {}, {}
        for part in parts:
            kinds, words, columns = (part, {}, []) if isinstance(part, dict) else read_types(part)
            types, missing, filtered = types | kinds, _joined(missing, words), [*columns, *filtered]
        missing = _joined(missing, own_missing) or None
        types = types or None
    return options | {"types": types, "missing": missing, "filter": list(dict.fromkeys(filtered)) or None}


def _joined(one: dict[str, list], other_words: dict[str, list]) -> dict[str, list]:
    """All words of each column."""
    names = dict.fromkeys((*one, *other_words))
    return {name: list(dict.fromkeys((*one.get(name, ()), *other_words.get(name, ())))) for name in names}


PARTS = ("types", "missing", "rules")  # of a types file
FILTER = "filter"  # of a column that is modelled although a rule derives it


def read_types(path: str | Path) -> tuple[dict[str, str], dict[str, list], list[str]]:
    """Returns kinds and missing cells by column, and the columns that are modelled whatever the rules say. Raises
    DataError for what is no such file."""
    record = read_record(Path(path), "correct it, or let describe write it again", DataError)
    unknown_parts = [part for part, value in record.items() if part not in PARTS or type(value) is not dict]
    if unknown_parts:
        known = ", ".join(f"[{part}]" for part in PARTS)
        raise DataError(f"the types file '{path}' has a part '{unknown_parts[0]}': it knows the tables {known}")
    types, missing, rules = (record.get(part, {}) for part in PARTS)
    for column, kind in types.items():
        if not isinstance(kind, str):
            raise DataError(f"the types file '{path}' calls '{column}' {kind!r}: write a kind, such as \"number\"")
    for column, cells in missing.items():
        if not isinstance(cells, list) or not all(isinstance(cell, (str, int, float)) for cell in cells):
            raise DataError(f"the types file '{path}' has {cells!r} missing in '{column}': write a list of cells")
    for column, way in rules.items():
        if way != FILTER:
            raise DataError(f"the types file '{path}' has {way!r} as the rules of '{column}': write \"{FILTER}\"")
    return types, missing, list(rules)


def write_types(data: Data | Whole, path: Path, source_name: str = "") -> Path:
    """Writes a types file: the user's corrections, and as comments what genwright found for the other columns.

    Raises DataError for data without columns, or a path that cannot be written.

    Args:
        data: The data set.
        path: Path of the file.
        source_name: its name in the command that it shows, where that is not the path.
    """
    table = isinstance(getattr(data, "domain", None), Tables)
    corrections = Corrections.of_options(data.options)
    if not table and not (corrections.types or corrections.missing):
        raise DataError(f"{data.name} is no table, and a types file is for columns: leave --out out")
    if path.suffix.lower() != ".toml":
        raise DataError(f"cannot write types to '{path}': let its name end in .toml")
    kinds = {name: f"{_quote_toml(name)} = {_quote_toml(kind)}" for name, kind in corrections.types.items()}
    missing = {name: f"{_quote_toml(name)} = {_cells(words)}" for name, words in corrections.missing.items()}
    rules: dict[str, str] = {}
    if table:
        for summary in data.domain.overview(data.items):
            line = kinds.pop(summary.name, f"# {_quote_toml(summary.name)} = {_quote_toml(summary.typed)}")
            kinds[summary.name] = f"{line}{_comment(summary)}"
        words = {name: [cell for cell in cells if cell != ""] for name, cells in data.domain.missing.items()}
        guessed = {name: f"# {_quote_toml(name)} = {_cells(cells)}" for name, cells in words.items() if cells}
        missing = guessed | missing
        rules = {name: f"{_quote_toml(name)} = {_quote_toml(FILTER)}" for name in data.options.get("filter") or ()}
        for part in data.domain.structure.parts:
            rules.setdefault(
                part.column, f"# {_quote_toml(part.column)} = {_quote_toml(FILTER)}  # {visible(str(part))}"
            )
    lines = [
        f"# What genwright understood of {data.name}. To correct a line, take its first # away. Give the file back:",
        f"# {visible(shlex.join(['genwright', 'fit', data.source or 'DATA', '--types', source_name or str(path)]))}",
        "# Kinds: number, whole, real, category, boolean, date, ignored.",
        "",
        "[types]",
        *kinds.values(),
        "",
        "[missing]  # cells that stand for a missing value, by column",
        *missing.values(),
        *(["", "[rules]  # columns that are modelled, although a rule derives them", *rules.values()] if rules else []),
    ]
    return write_whole(path, ("\n".join(lines) + "\n").encode())


def _cells(words: Iterable) -> str:
    return f"[{', '.join(map(_quote_toml, words))}]"


def _quote_toml(value: str | float) -> str:
    """A TOML string, or a number."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(summary: Seen) -> str:
    values = visible(" ".join(summary.values.split()))
    return f"  # {values if len(values) <= COMMENT_CHARS else f'{values[:COMMENT_CHARS]}...'}"
