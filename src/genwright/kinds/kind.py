"""A kind of data: the options, formats and functions by which `load_data`, the command line, records and the contract
test know it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from .named import NAMES
from .option import Option

Held = "Raw | Whole"
TEXT = (".txt", ".txt.gz")  # a table, or lines
TEXT_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", *TEXT)
WORKBOOKS = (".xlsx", ".xlsm")
BINARY_TABLES = (".parquet", ".feather", *WORKBOOKS)


@dataclass(frozen=True)
class Source:
    """Whatever a person hands over (a name, a path, an object of theirs or of another library), and the options that
    were named with it.

    usual_sheet: of items for a model, the sheet of a workbook that it was trained on, "" where none is on record; None
    of data to learn from.
    """

    given: Any
    options: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    task: str | None = None
    usual_sheet: str | None = None

    def get(self, option: str) -> Any:
        """The value of an option, None where it was not named."""
        return self.options.get(option)

    def but(self, **options: Any) -> Source:
        """The same with other options."""
        return replace(self, options=self.options | options)

    @property
    def called(self) -> str:
        """The name of the source in an error."""
        return self.text or f"the {type(self.given).__name__}"

    @property
    def name(self) -> str | None:
        """The name, where data are named (see `NAMES`), else None."""
        return str(self.given) if self._is_text and str(self.given) in NAMES else None

    @property
    def path(self) -> Path | None:
        """The path if the source is one, whether or not it exists, else None."""
        return Path(self.given).expanduser() if self._is_text and self.name is None else None

    @property
    def text(self) -> str | None:
        """A name or a path as it was typed, None of an object."""
        return str(self.given) if self._is_text else None

    @property
    def is_folder(self) -> bool:
        return self.path is not None and os.path.isdir(self.path)

    @property
    def stem(self) -> str:
        """The name of a file up to its first dot."""
        return self.path.name.split(".")[0] or self.path.name

    def ends(self, *suffixes: str) -> bool:
        """Whether it is a path that ends in one of these."""
        return self.path is not None and self.path.name.lower().endswith(suffixes)

    @property
    def _is_text(self) -> bool:
        return isinstance(self.given, (str, os.PathLike))


def are_texts(given: Any) -> bool:
    """Whether it is a list that begins with a text, or a pandas Series that does."""
    values = given if isinstance(given, list) else given.tolist() if hasattr(given, "to_frame") else []
    return bool(values) and isinstance(values[0], str)


def is_pair(given: Any) -> bool:
    """(items, labels)."""
    return isinstance(given, tuple) and len(given) == 2


def _reader(name: str) -> Callable:
    """A function "module:name" below `kinds`, which is loaded when it is first needed."""
    module, function = name.split(":")
    return getattr(import_module(f".{module}", __package__), function)


def read_with(reader: str) -> Callable[[Source], Any]:
    """A function of a source that calls a reader with the object that was given."""
    return lambda source: _reader(reader)(source.given)


def of_path(reader: str) -> Callable[[Source], Any]:
    """A function of a source that calls a reader with its path, or returns False if it has none."""
    return lambda source: source.path is not None and _reader(reader)(source.path)


def of_folder(reader: str) -> Callable[[Source], Any]:
    """The same of a folder."""
    return lambda source: source.is_folder and _reader(reader)(source.path)


@dataclass(frozen=True)
class Format:
    """A format of files, or a kind of object.

    looks: whether a source is of it. read: what the source holds. called: an object of it, in errors. asked:
    whether an option says so, not the source; such rows are asked first.
    """

    looks: Callable[[Source], bool]
    read: Callable[[Source], Held]
    called: str = ""
    asked: bool = False


def _take_unchanged(raw: Held, source: Source) -> Held:
    return raw


@dataclass(frozen=True)
class Kind:
    """A kind of data. Names of modules and functions are dotted, so that the table of kinds loads nothing heavy.

    name: as the registry has it. called: as people call it. module: has the functions `load` (raw, text, options, seed)
    -> Data or a Whole, `read_items` (source, domain) -> Read where items stand alone, and `raw_of` (data) -> Raw where
    data of models can be split anew. options: those of `load_data` that it has a use for. formats: those that hold it,
    the first that knows a source first. schema: the JSON Schema of `domain.json`, or its file; it may refer to other
    kinds and to `core/schemas/spec.schema.json` by `#/$defs/NAME`. small_data: "module:class" of what the contract test
    makes of it (see `contract.kinds.Kind`). take(raw, source): what was read as another kind, as this one where it was
    asked for; else as it is. check(source): raises DataError for options that do not fit a source, before it is read.
    cautions: sentences for model cards, on what a model of such data must not be used for.
    """

    name: str
    called: str
    module: str
    options: tuple[Option, ...] = ()
    formats: tuple[Format, ...] = ()
    schema: dict | Path = field(default_factory=dict)
    small_data: str = ""
    take: Callable[[Held, Source], Held] = _take_unchanged
    check: Callable[[Source], None] = lambda source: None
    cautions: tuple[str, ...] = ()

    def function(self, name: str) -> Callable | None:
        """A function of its module, None where it has none of that name."""
        return getattr(import_module(self.module), name, None)
