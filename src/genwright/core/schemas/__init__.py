"""Records as people and other machines hand them over: JSON and TOML, read through the JSON Schemas beside this file.

    config.schema.json         config.toml of a run           checkpoint.schema.json     the record of a checkpoint
    spec.schema.json           parts of domain.json, to which the schemas of kinds of data refer (kinds/)

That of results.json stands beside the code that writes it, studies/report/results.schema.json. Numbers are finite and
of a size that a machine can count to; NaN is none.
"""

import json
import re
import tomllib
from functools import cache
from itertools import islice
from pathlib import Path

from ..errors import GenwrightError, RunError, briefly
from ..limits import most_bytes, read_plain
from ..type_names import Json, Record

CONFIG, SPEC, CHECKPOINT = (Path(__file__).parent / f"{name}.schema.json" for name in ("config", "spec", "checkpoint"))
LARGEST = 1e100  # a larger number is a mistake, and its square is infinite
UNFOLDS = {".json": 40, ".toml": 1024}  # bytes of memory that a byte of text may take; of TOML, which is slow, time
DEEP = 64  # brackets within brackets, or parts of a dotted key
MOST_VALUES = 500_000  # values in one record: more take too long to check
DOTTED = re.compile(
    rf"""(?:\.[ \t]*+(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+){{{DEEP}}}"""
)  # such a key takes tomllib quadratic time
MOST_BITS = 10_000  # bits of a whole number: Python refuses to print many more
SHOWN_ERROR_LETTERS = 100  # characters of what is wrong
MOST_ERRORS = 100  # errors of a record, among which one is chosen to be named


def read_record(
    path: Path,
    remedy: str,
    kind: type[GenwrightError] = RunError,
    allowed_folder: Path | None = None,
    maximum: int | None = None,
) -> Record:
    """Reads the content of a .json or .toml file (any other name is read as JSON), to be checked by `require`.

    Raises `kind` in one sentence for a file that is no file, cannot be read, leads out of its folder, or is damaged;
    DataError for one that is too large.

    Args:
        path: Path of the file.
        remedy: what a person can do where it is damaged.
        kind: class of the error.
        allowed_folder: as in `open_plain`.
        maximum: bytes; by default as many as fit into memory once they are read.
    """
    suffix = ".toml" if path.suffix.lower() == ".toml" else ".json"
    text = read_plain(
        path, maximum=maximum or most_bytes() // UNFOLDS[suffix], kind=kind, allowed_folder=allowed_folder
    )
    try:
        return parsed(text.decode("utf-8"), suffix)
    except ValueError as error:
        raise kind(f"{path} is damaged ({briefly(error)}): {remedy}") from error


def parsed(text: str, suffix: str = ".json") -> Json:
    """Parses a text of JSON or TOML. Raises ValueError if it is neither, or nests or holds more than any record of
    ours."""
    if suffix == ".toml" and DOTTED.search(text):
        raise ValueError(f"a key of more than {DEEP} parts")
    try:
        record = (tomllib.loads if suffix == ".toml" else json.loads)(text)
    except RecursionError:
        raise ValueError(f"brackets within brackets, more than {DEEP} deep") from None
    _require_modest(record)
    return record


def _require_modest(record: Json) -> None:
    """Raises ValueError for a record that whoever walks it later would stumble over."""
    level, values = [record], 0
    for _ in range(DEEP + 1):
        values += len(level)
        if values > MOST_VALUES:
            raise ValueError(f"more than {MOST_VALUES:,} values")
        if any(type(value) is int and value.bit_length() > MOST_BITS for value in level):
            raise ValueError("a whole number of thousands of digits")
        nested = [
            value.values() if isinstance(value, dict) else value for value in level if type(value) in (dict, list)
        ]
        level = [inner for value in nested for inner in value]
    if level:
        raise ValueError(f"brackets within brackets, more than {DEEP} deep")


def require(
    record: Json, schema: Path | dict, subject: object, remedy: str, kind: type[GenwrightError] = RunError
) -> None:
    """Checks a record against its schema. Raises `kind` where it differs, naming the place in it.

    Args:
        record: to check.
        schema: or the file of it.
        subject: name of the record, for the message.
        remedy: what to do.
        kind: class of the error.
    """
    if fault := find_fault(record, schema):
        raise kind(f"{subject} is damaged ({fault}): {remedy}")


def find_fault(record: Json, schema: Path | dict) -> str:
    """Finds the place in a record that is not as its schema says, and how, in a few words; "" where all is."""
    from jsonschema.exceptions import best_match

    error_found = best_match(islice(_validator(json.dumps(content(schema))).iter_errors(record), MOST_ERRORS))
    if error_found is None:
        return ""
    place = ".".join(map(str, error_found.absolute_path))
    missing_name = (
        [name for name in error_found.validator_value if name not in error_found.instance]
        if error_found.validator == "required"
        else []
    )
    fault = (
        f"it lacks {'.'.join([place, missing_name[0]] if place else missing_name[:1])}"
        if missing_name
        else f"{place or 'it'}: {error_found.message}"
    )
    return fault if len(fault) <= SHOWN_ERROR_LETTERS else f"{fault[:SHOWN_ERROR_LETTERS]}..."


def content(schema: Path | dict) -> dict:
    """Returns a schema, read where it is a file."""
    return schema if isinstance(schema, dict) else json.loads(schema.read_text(encoding="utf-8"))


@cache
def _validator(schema: str):
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    is_number = lambda _, value: type(value) in (int, float) and abs(value) <= LARGEST
    is_integer = lambda _, value: type(value) is int and abs(value) < 2**63
    numbers = Draft202012Validator.TYPE_CHECKER.redefine_many({"number": is_number, "integer": is_integer})
    return extend(Draft202012Validator, type_checker=numbers)(json.loads(schema))
