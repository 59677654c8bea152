"""The values in what was typed. READ has, by the type of an option of data, what makes a value of it."""

import json
from collections.abc import Collection
from typing import Any

from ..core.errors import DataError, GivenError, RunError
from ..kinds.known_kinds import options as table
from ..kinds.option import HEADER_ROW, NAMES, NODES, SHEET, as_recorded
from ..kinds.tables.kind import column_names
from ..zoo import registry

CAPTIONS_EXAMPLE = "--captions short=0.05,long=0.95"


def split(typed: list[str], whole: Collection[str] = ()) -> list[str]:
    """The names in what was typed, cut at commas. whole: names of columns. The longest of them that begins a text is
    taken, so a comma within a name stays."""
    found = []
    for text in typed:
        parts = text.split(",")
        while parts:
            lengths = range(len(parts), 1, -1)
            length = next((k for k in lengths if ",".join(parts[:k]).strip() in whole), 1)
            found.append(",".join(parts[:length]).strip())
            parts = parts[length:]
    return [name for name in found if name]


def cut_at_commas(data: str, options: dict) -> dict:
    """Options of data whose lists of names are cut at commas; a column called `Price, net` stays whole."""
    lists = [option.name for option in table() if option.type == list[str] and option.name in options]
    commas = any("," in name for key in lists for name in options[key])
    where = {key: options[key] for key in (SHEET.name, HEADER_ROW.name) if key in options}
    whole = column_names(options.get(NODES.name, data), **where) if commas else []
    return options | {key: split(options[key], whole) for key in lists}


def pairs(options: list[str] | None, example: str) -> dict[str, str]:
    found = {}
    for option in options or []:
        name, equals, value = option.partition("=")
        if not equals or not name or not value:
            raise GivenError(f"{option!r} is not of the form NAME=VALUE: write it as in {example}")
        if name in found:
            raise GivenError(f"{name!r} is named twice, as {found[name]!r} and {value!r}: give it one value")
        found[name] = value
    return found


def settings_of(typed: list[str] | None) -> dict | None:
    """{name: value} of NAME=VALUE, None of none. A value is a number, true, false, a list such as [2,2], or a word.

    Raises GivenError for what has no "=", and for a name that is set twice.
    """
    found = {}
    for name, value in pairs(typed, "--set free_bits=2.0").items():
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found or None


def types(options: list[str]) -> dict[str, str] | list:
    """{column: type}; where types files are among what was typed, a list of these and of that."""
    typed = [part for option in options for part in _assignments(option)]
    files = [option for option in typed if "=" not in option and option.endswith(".toml")]
    own = pairs([option for option in typed if option not in files], "zip=category")
    return [*files, own] if files else own


def rates(options: list[str]) -> dict[str, float]:
    """{column: rate} of COLUMN=RATE, cut at commas. Raises GivenError for a rate that is no number."""
    found = {}
    for column, value in pairs([part for option in options for part in _assignments(option)], CAPTIONS_EXAMPLE).items():
        try:
            found[column] = float(value)
        except ValueError:
            raise GivenError(f"{value!r} is no rate of {column!r}: write it as in {CAPTIONS_EXAMPLE}") from None
    return found


def _assignments(option: str) -> list[str]:
    """COLUMN=TYPE,COLUMN=TYPE or files, cut at the commas that are no part of a column's name."""
    parts: list[str] = []
    for part in option.split(","):
        if parts and "=" not in parts[-1] and not parts[-1].endswith(".toml"):
            parts[-1] += f",{part}"
        else:
            parts.append(part.strip())
    return [part.strip() for part in parts if part.strip()]


def cells(options: list[str]) -> dict[str, list]:
    """Words by column, "*" for every one."""
    words: dict[str, list] = {}
    for option in options:
        column, _, word = option.partition("=")
        column, word = (column, word) if column and word else ("*", option)
        words.setdefault(column, []).append(word)
    return words


def one_or_several(names: list[str]) -> str | list[str]:
    return names[0] if len(names) == 1 else names


def filled(names: list[str]) -> list[str]:
    """Names that are not empty. `cut_at_commas` parts them once it is known which of them are columns."""
    return [name for name in names if name.strip()]


READ = {
    list[str]: filled,
    NAMES: one_or_several,
    dict[str, str]: types,
    dict[str, float]: rates,
    dict[str, list]: cells,
}


def recorded(
    command: str, data: str | None, options: dict[str, Any], reading: dict[str, Any], record: dict[str, Any] | None
) -> tuple[str, dict[str, Any], int, str | None]:
    """Data, how they are read, seed and task as typed, else as the record of a run or a comparison that is to be
    repeated has them. options: of the command, of which seed and task are taken out."""
    if data is None and record is None:
        raise DataError(f"{command} needs DATA, a name or a path: try `genwright {command} digits`")
    known = (record or {}).get("data", {})
    data = data or known.get("source")
    if not data:
        raise RunError("the record does not name its data: name DATA too")
    before = as_recorded(known.get("options", {}))
    if strange := before.keys() - {option.name for option in table()}:
        raise RunError(
            f"the record to be repeated has an option {min(strange)!r} of its data, which is none: name DATA and its "
            "options"
        )
    task = record and (record["task"] if "task" in record else registry.place(record["data"]["domain"])[1])
    task = options.pop("task", None) or (task if registry.predicts(task) else None)
    seed = options.pop("seed", (record or {}).get("seed", 0))
    return data, before | cut_at_commas(data, reading), seed, task
