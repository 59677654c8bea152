"""Verbs of the worker of `genwright serve`: what one run answers, as values that JSON can hold.

Items are rows {column: value} of a table, texts, or nested lists of numbers. Samples of other data come as a file.
"""

import math
import tempfile
import warnings
from collections.abc import Callable, Sequence
from functools import cache, wraps
from pathlib import Path

import numpy as np
import pandas as pd

from ..core.errors import DataError, GenwrightError, GivenError, Unsupported
from ..core.type_names import AnyModel
from ..kinds.alphabets import Characters
from ..kinds.fields.column import Label
from ..kinds.formats.raw import Read
from ..kinds.formats.tables.json_records import frame_of_rows
from ..kinds.formats.tables.write_forms import json_cells, json_rows
from ..kinds.load import read_items, stands_alone
from ..kinds.sequences.domain import Sequences
from ..kinds.tables.columns import Column, Dates, Labels, Number
from ..kinds.tables.domain import Tables
from ..run.model import Model
from ..run.open import load_model

MOST_NUMBERS = 2**24  # of all items of an answer
LONGEST_EXAMPLE = 2_000  # letters
PLAIN = ["string", "number", "boolean", "null"]
LARGEST_NUMBER = 1e30  # of a cell of a request
NUMBERS = {"type": "array", "items": {"type": ["number", "null"]}}
SEED = {"type": ["integer", "null"]}
NOTES = {"type": "array", "items": {"type": "string"}, "description": "What is to be said of the items."}
ANSWERS = {  # verb: the schema of its answer
    "sample": {
        "type": "object",
        "properties": {"items": {"type": "array"}, "seed": SEED, "given": {"type": "object"}, "notes": NOTES},
        "required": ["items", "seed", "given"],
    },
    "log-prob": {
        "type": "object",
        "properties": {
            "nats": NUMBERS,
            "se": NUMBERS | {"type": ["array", "null"]},
            "kind": {"type": "string", "description": "exact, or what kind of bound or estimate it is"},
            "of": {"type": ["string", "null"], "description": "what the likelihood is of"},
            "notes": NOTES,
        },
        "required": ["nats", "se", "kind", "of"],
    },
    "predict": {
        "type": "object",
        "properties": {"rows": {"type": "array", "items": {"type": "object"}}, "notes": NOTES},
        "required": ["rows"],
    },
    "complete": {
        "type": "object",
        "properties": {"items": {"type": "array"}, "kind": {"type": "string"}, "seed": SEED, "notes": NOTES},
        "required": ["items", "kind", "seed"],
    },
}


def about(run: str) -> dict:
    """What a run can do: its family, its data and its verbs."""
    model = opened(run)
    answering = [verb for verb in ("sample", "log_prob", "predict", "complete") if verb in model.verbs]
    if not isinstance(model, Model) and not stands_alone(model.domain.kind):
        answering = []
    if not answering:
        raise Unsupported(
            f"{run} holds {model.config['family']}, which reads whole data and no single items: use `genwright predict`"
        )
    data, generates = model.config.get("data", {}), isinstance(model, Model)
    sampled = _one_sample(model) if generates else []
    return {
        "family": model.config["family"],
        "kind": model.config["kind"],
        "data": data.get("name", ""),
        "verbs": [verb.replace("_", "-") for verb in answering],
        "given": list(model.domain.given.names) if generates else [],
        "items": sampled if len(str(sampled)) < LONGEST_EXAMPLE else [],
        "item": _item_schema(model, sampled),
        "holed": _item_schema(model, sampled, holes=True),
        "condition": _condition_schema(model) if generates else {"type": "object"},
    }


def _item_schema(model: AnyModel, sampled: list, holes: bool = False) -> dict:
    """A schema of one item of a request. sampled: as `_one_sample` returns it. holes: one to complete."""
    domain = model.domain
    if isinstance(domain, Tables):
        schema = _row_schema(domain.variables)
        more = {column.name: {} for column in domain.columns}  # those that are not modelled
        least = {"minProperties": 1} if holes else {"required": list(schema["properties"])}  # a hole may be left out
        return schema | least | {"properties": more | schema["properties"], "additionalProperties": False}
    if isinstance(domain, Sequences):
        if not isinstance(domain.alphabet, Characters):
            return {"type": "string", "minLength": 1}
        return {"type": "string", "pattern": _pattern(domain.symbols, domain.longest, holes)}
    if sampled and isinstance(sampled[0], list):
        return _array_schema(sampled[0], getattr(model.spec.leaf, "levels", None))
    return {"type": ["array", "object", "string"]}


def _array_schema(value: object, levels: int | None) -> dict:
    """A schema of nested lists of one shape. levels: how many values, from 0 on, its whole numbers can have."""
    if isinstance(value, list):
        return {
            "type": "array", "minItems": len(value), "maxItems": len(value), "items": _array_schema(value[0], levels)
        }  # fmt: skip
    if levels and isinstance(value, int):
        return {"type": "integer", "minimum": 0, "maximum": levels - 1}
    return {"type": "number", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}


def _condition_schema(model: Model) -> dict:
    """A schema of a condition, of which each part may be left out."""
    domain = model.domain
    schema = _row_schema(domain.givens) if isinstance(domain, Tables) else {"type": "object"}
    names = dict.fromkeys(domain.given.names, {})
    names |= {field.name: {"enum": [*field.labels, None]} for field in domain.fields or () if isinstance(field, Label)}
    return schema | {"properties": names | schema.get("properties", {}), "additionalProperties": False}


def _row_schema(columns: Sequence[Column]) -> dict:
    """A schema of a row of columns: labels by name, numbers, and dates as texts. A cell may be missing."""
    cells = {}
    for column in columns:
        if isinstance(column, Labels):
            known = json_cells(pd.Series(column.labels + column.rare, dtype=object))
            cells[column.name] = {"type": PLAIN, "examples": known} if column.other else {"enum": [*known, None]}
        else:
            number = {"type": ["number", "null"], "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
            is_text = isinstance(column, Dates) or column.in_text
            cells[column.name] = {"type": ["string", "number", "null"]} if is_text else number
    return {"type": "object", "properties": cells}


def _pattern(symbols: str, longest: int, holes: bool) -> str:
    """A regular expression of texts of these symbols. holes: where _ is an unknown one, and * an open end."""
    letters = "".join(rf"\u{ord(symbol):04x}" for symbol in sorted(set(symbols)) if ord(symbol) < 2**16)
    if not holes:
        return f"^[{letters}]{{1,{longest}}}$"
    return f"^[{letters}_]{{1,{longest}}}$|^([{letters}_]{{0,{longest - 1}}}[{letters}])?\\*$"


def _one_sample(model: Model) -> list:
    """One sample, an example of items; [] where it is none that JSON holds."""
    try:
        return as_json(model.sample(1, seed=0), model)
    except GenwrightError:
        return []


def _with_notes(verb: Callable[..., dict]) -> Callable[..., dict]:
    """A verb whose answer also tells what the command line would print about its items."""

    @wraps(verb)
    def answer(*arguments: object) -> dict:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            told = verb(*arguments)
        notes = [str(one.message) for one in caught if issubclass(one.category, UserWarning)]
        return told | {"notes": list(dict.fromkeys(notes))}

    return answer


@_with_notes
def sample(run: str, n: int, given: dict, seed: int | None) -> dict:
    """{"items", "seed", "given": {name: values} where items carry conditions}"""
    drawn = _sample_items(run, n, given, seed)
    return {"items": as_json(drawn, opened(run)), "seed": _seed_of(drawn), "given": _carried(drawn)}


def sample_file(run: str, n: int, given: dict, seed: int | None) -> tuple[str, bytes]:
    """The name and the bytes of a file of samples."""
    domain = opened(run).domain
    if not domain.viewed:
        raise Unsupported("samples of these data fill a folder: use `genwright sample`")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"samples{domain.viewed}")
        return path.name, domain.write(_sample_items(run, n, given, seed), path).read_bytes()


@_with_notes
def log_prob(run: str, items: list, given: dict, draws: int | None) -> dict:
    """Log-likelihoods in nats. None for an item that cannot come from the model, and where there is no error."""
    model = opened(run)
    scores = model.log_prob(read_request(model, items).items, given or None, draws=draws)
    errors = None if scores.se is None else _finite(scores.se)
    return {"nats": _finite(scores.nats), "se": errors, "kind": scores.kind, "of": scores.of}


@_with_notes
def predict(run: str, items: list) -> dict:
    """{"rows": a prediction for each item, {column: value}}"""
    model = opened(run)
    read = read_request(model, items).items
    asked = read if isinstance(model, Model) else model.domain.without_labels(read)
    return {"rows": list(json_rows(model.predict(asked)))}


@_with_notes
def complete(run: str, items: list, known: list | None, given: dict, seed: int | None) -> dict:
    """{"items": filled, "kind", "seed"}. known: nested lists of booleans, for arrays."""
    model = opened(run)
    read = read_request(model, items, holes=True)
    mask = read.known if known is None else _array(known, "known")
    filled = model.complete(read.items, mask, given=given or None, seed=seed)
    kind = filled.attrs["kind"] if hasattr(filled, "attrs") else filled.kind
    return {"items": as_json(filled, model), "kind": kind, "seed": _seed_of(filled)}


VERBS = {verb.__name__: verb for verb in (about, sample, sample_file, log_prob, predict, complete)}


@cache
def opened(run: str) -> AnyModel:
    return load_model(run, "cpu")


def _sample_items(run: str, n: int, given: dict, seed: int | None) -> object:
    model = opened(run)
    each = math.prod(model.spec.shape)
    if n * each > MOST_NUMBERS:
        raise GivenError(
            f"{n:,} items of {each:,} numbers are too many for one answer: ask for {max(1, MOST_NUMBERS // each):,} or "
            "fewer"
        )
    return model.sample(n, given or None, seed=seed, valid=model.domain.grows)


def read_request(model: AnyModel, items: list, holes: bool = False) -> Read:
    """Items of a request as the model reads them. holes: rows may leave columns out."""
    if all(isinstance(item, dict) for item in items):
        source = frame_of_rows(items, "the request")
        if isinstance(model.domain, Tables):
            _require_row_cells(source, model.domain)
            _require_whole_rows(items, [] if holes else [column.name for column in model.domain.variables])
    elif all(isinstance(item, str) for item in items):
        source = list(items)
    else:
        source = _array(items, "items")
        if not np.issubdtype(source.dtype, np.number):
            raise DataError("the items are mixed: send rows {column: value}, texts, or nested lists of numbers")
    options = model.config.get("data", {}).get("options", {})
    return read_items(source, model.domain, options)


def _require_whole_rows(rows: list[dict], names: list[str]) -> None:
    """Raises DataError for a row that lacks one of these columns, and for a cell that is a list or an object."""
    for number, row in enumerate(rows):
        if absent := [name for name in names if name not in row]:
            raise DataError(f"item {number} lacks {absent[0]!r:.60}: send it, or null where it is unknown")
        if nested := [name for name, cell in row.items() if isinstance(cell, list | dict)]:
            raise DataError(f"item {number} has a list or an object as {nested[0]!r:.60}: send a number or a text")


def _require_row_cells(rows: pd.DataFrame, table: Tables) -> None:
    """Raises DataError for a column that the table lacks, and for true and false in a column of numbers, which pandas
    takes for 1 and 0."""
    known = {column.name: column for column in table.columns}
    for name in map(str, rows.columns):
        if name not in known:
            raise DataError(f"the model knows no column {name!r:.60}: leave it out, or correct its name")
        for cell in rows[name] if isinstance(known[name], Number) else ():
            if isinstance(cell, bool) or (isinstance(cell, (int, float)) and abs(cell) > LARGEST_NUMBER):
                raise DataError(f"{name} has {cell!r:.20} among its numbers: send one of modest size, or null")


def _array(values: list, name: str) -> np.ndarray:
    try:
        return np.asarray(values)
    except ValueError as error:
        raise DataError(f"{name} has lists of different lengths: send nested lists of one shape") from error


def as_json(items: object, model: AnyModel) -> list:
    """Items as JSON holds them, with cells as the run writes them. Raises Unsupported for other items."""
    if isinstance(items, pd.DataFrame):
        return list(json_rows(model.domain.as_table(items)))
    if isinstance(items, np.ndarray):
        return np.asarray(items).tolist()
    if all(isinstance(item, str) for item in items):
        return list(map(str, items))
    raise Unsupported('items of this run are no rows, texts or arrays: pass "file": true, or use the command line')


def _finite(numbers: np.ndarray) -> list:
    return json_cells(pd.Series(np.asarray(numbers, dtype=float)))


def _carried(items: object) -> dict[str, list]:
    """The conditions beside items, as far as they are single values."""
    carried = getattr(items, "given", None) or {}
    return {name: json_cells(pd.Series(list(values))) for name, values in carried.items() if np.ndim(values) == 1}


def _seed_of(items: object) -> int | None:
    return items.attrs.get("seed") if hasattr(items, "attrs") else getattr(items, "seed", None)
