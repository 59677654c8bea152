"""A kind of data: the options, formats and functions by which `load_data`, the command line, records and the contract
test know it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.manifest import load_place
from .formats.source import Held, Source
from .option import Option

if TYPE_CHECKING:
    import pandas as pd

    from ..core.domain import Question
    from ..core.type_names import Options


def _reader(name: str) -> Callable:
    """A function "module:name" below `kinds`, or with its whole name, which is loaded when it is first needed."""
    return load_place(name, "genwright.kinds")


def call_on_object(reader: str) -> Callable[[Source], object]:
    """Returns a function of a source that calls a reader with the object that was given."""
    return lambda source: _reader(reader)(source.given)


def call_on_path(reader: str) -> Callable[[Source], object]:
    """Returns a function of a source that calls a reader with its path, or returns False if it has none."""
    return lambda source: source.path is not None and _reader(reader)(source.path)


def call_on_folder(reader: str) -> Callable[[Source], object]:
    """Returns a function of a source that calls a reader with its path, or returns False if it is no folder."""
    return lambda source: source.is_folder and _reader(reader)(source.path)


def by_reader(*readers: str) -> Callable[[Source], bool]:
    """Tells whether a source is a file that such a reader reads, by its name.

    Args:
        readers: beginnings, as in rows of `FORMS`.
    """
    return lambda source: source.is_file_for(*readers)


@dataclass(frozen=True)
class Format:
    """A format of files, or a kind of object, and how it is recognised and read.

    Args:
        looks: whether a source is of it.
        read: what the source holds.
        called: an object of it, in errors.
        asked: whether an option says so, not the source; such rows are asked first.
    """

    looks: Callable[[Source], bool]
    read: Callable[[Source], Held]
    called: str = ""
    asked: bool = False


@dataclass(frozen=True)
class Widgets:
    """How the studio shows items of a kind.

    Args:
        samples: count of samples in a picture.
        pixels: whether an item is a picture, of which pixels are shown and between two of which a person may walk.
        completes: whether a person may complete an item by hand.
        columns: whether an item is a row, of which a person may lock cells.
        rows: whether items are shown as rows of text.
        sounds: whether a person hears an item.
    """

    samples: int = 16
    pixels: bool = False
    completes: bool = False
    columns: bool = False
    rows: bool = False
    sounds: bool = False


LINES = ""  # name of the column that the lines of a text are


@dataclass(frozen=True)
class Kind:
    """A kind of data. Names of modules and functions are dotted, so that the table of kinds loads nothing heavy.

    Args:
        name: as the registry has it.
        called: as people call it.
        module: has the functions `load` (raw, text, options, seed) -> Data or a Whole, `read_items` (source, domain) ->
            Read where items stand alone, and `raw_of` (data) -> Raw where data of models can be split anew.
        options: those of `load_data` that it has a use for.
        formats: those that hold it, the first that knows a source first.
        schema: the JSON Schema of `domain.json`, or its file; it may refer to other kinds and to
            `core/schemas/spec.schema.json` by `#/$defs/NAME`.
        small_data: "module:class" of what the contract test makes of it (see `contract.kinds.Kind`).
        take: (raw, source) -> what was read as another kind, as this one where it was asked for; else as it is.
        check: (source) -> None. Raises DataError for options that do not fit a source, before it is read.
        recognise: columns that were read as another kind -> questions whether they hold this one. The lines of a text
            are one column, called `LINES`.
        recognise_files: {name: frame} of files beside each other -> (sentence, options) of each way in which they are
            one of this kind; the option `file` names the one that is read.
        wants_target: whether a source with a target is items of this kind with measured values, which needs no look
            into it.
        holds_target: (raw, source) -> whether contents that were read without the target are such items.
        cautions: sentences for model cards, on what a model of such data must not be used for.
        privacy: sentences for model cards and reports, on what a model of such data protects.
        widgets: how the studio shows items.
    """

    name: str
    called: str
    module: str
    options: tuple[Option, ...] = ()
    formats: tuple[Format, ...] = ()
    schema: dict | Path = field(default_factory=dict)
    small_data: str = ""
    take: Callable[[Held, Source], Held] = lambda raw, source: raw
    check: Callable[[Source], None] = lambda source: None
    recognise: Callable[[pd.DataFrame], list[Question]] = lambda columns: []
    recognise_files: Callable[[dict[str, pd.DataFrame]], list[tuple[str, Options]]] = lambda files: []
    wants_target: Callable[[Source], bool] = lambda source: False
    holds_target: Callable[[Held, Source], bool] = lambda raw, source: False
    cautions: tuple[str, ...] = ()
    privacy: tuple[str, ...] = ()
    widgets: Widgets = Widgets()

    def function(self, name: str) -> Callable | None:
        """Returns a function of its module, None where it has none of that name."""
        return getattr(import_module(self.module), name, None)
