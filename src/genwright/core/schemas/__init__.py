"""Records as people and other machines hand them over: JSON and TOML, read through the JSON Schemas beside this file.

    config.schema.json     config.toml of a run       domain.schema.json     domain.json of a run

That of results.json stands beside the code that writes it, reports/results.schema.json. Numbers are finite and of a
size that a machine can count to; NaN is none.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import GenwrightError, RunError, briefly
from ..limits import most_bytes, read_plain

CONFIG, DOMAIN = (Path(__file__).parent / f"{name}.schema.json" for name in ("config", "domain"))
LARGEST = 1e100  # what is larger is a mistake, and its square is infinite
UNFOLDS = 8  # bytes of memory that a byte of text may take
SHOWN = 100  # characters of what is wrong


def read_record(path: Path, remedy: str, kind: type[GenwrightError] = RunError) -> Any:
    """The content of a .json or .toml file, to be checked by `require`.

    Raises `kind` in one sentence for a file that is no file, cannot be read, or is damaged.
    """
    text = read_plain(path, most=most_bytes() // UNFOLDS, kind=kind)
    try:
        return (tomllib.loads if path.suffix == ".toml" else json.loads)(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # RecursionError: brackets in brackets
        raise kind(f"{path} is damaged ({briefly(error)}): {remedy}") from error


def require(record: Any, schema: Path, what: object, remedy: str, kind: type[GenwrightError] = RunError) -> None:
    """Raises `kind` where a record is not as its schema says, naming the place in it."""
    from jsonschema.exceptions import best_match

    try:
        wrong = best_match(_validator(schema).iter_errors(record))
    except RecursionError as error:
        raise kind(f"{what} is damaged (brackets in brackets without end): {remedy}") from error
    if wrong is None:
        return
    place = ".".join(map(str, wrong.absolute_path))
    lacking = (
        [name for name in wrong.validator_value if name not in wrong.instance] if wrong.validator == "required" else []
    )
    said = (
        f"it lacks {'.'.join([place, lacking[0]] if place else lacking[:1])}"
        if lacking
        else f"{place or 'it'}: {wrong.message}"
    )
    said = said if len(said) <= SHOWN else f"{said[:SHOWN]}..."
    raise kind(f"{what} is damaged ({said}): {remedy}")


@cache
def _validator(schema: Path):
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    numbers = Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_integer})
    return extend(Draft202012Validator, type_checker=numbers)(json.loads(schema.read_text(encoding="utf-8")))


def _is_number(_, value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= LARGEST


def _is_integer(_, value: Any) -> bool:
    return type(value) is int and abs(value) < 2**63
