"""Kinds of data: one file for each, which has its `KIND`. Packages name theirs in their manifests, and a script brings
its own by `register_kind`.

`read` reads a source by the first format that recognises it. Formats of packages are asked first, in the order of their
manifests: graphs before arrays.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.domain import Question, ask_each
from ..core.errors import DataError, require_text
from ..core.manifest import load_place, packages
from ..core.packages import load_plugins
from ..core.schemas import CONFIG, SPEC, content
from ..core.type_names import Options
from .bounded_reading import read_bounded
from .formats.forms import TEXT_TABLES, WORKBOOKS, Form, find_form, forms_of, list_kinds
from .formats.names import suggest
from .formats.packed import is_packed, named_as, read_head, unpacked
from .formats.raw import Raw
from .formats.source import Held, Reader, Source
from .kind import Format, Kind
from .named import read_named
from .option import Option
from .options import OPTIONS, schema_of
from .pairs import is_pair, read_pair

if TYPE_CHECKING:
    import pandas as pd

OWN = tuple(f"genwright.kinds.{name}.kind:KIND" for name in ("points", "images", "sequences", "tables"))  # of the core
PAIRS = Format(is_pair, read_pair, "items and labels")  # of which no kind has a reader of its own
NAMED = Format(lambda source: source.name is not None, lambda source: read_named(source.name, source.seed))

_registered: list[Kind] = []


def register_kind(kind: Kind) -> None:
    """Add a kind of data of your own to `load_data`, the command line, records and the contract test, in this process.

    Its formats are tried before those of genwright. `genwright.zoo.registry.register_task` adds what is learned of
    it, and `genwright.register` the families.

    Raises DataError for a name that is taken, and for an option that another kind has in another form.

    Args:
        kind: its name, options, formats, schema and functions.
    """
    if kind.name in _kinds_by_name():
        raise DataError(f"there is a kind of data {kind.name!r} already: choose another name")
    known_options = {option.name: option for known in _kinds_by_name().values() for option in known.options}
    if conflicts := [option.name for option in kind.options if known_options.get(option.name, option) != option]:
        raise DataError(f"there is an option {conflicts[0]!r} in another form already: choose another name")
    _registered.append(kind)


def _kinds_by_name() -> dict[str, Kind]:
    places = [*(place for package in packages() for place in package.kinds), *OWN]
    return {kind.name: kind for kind in (*_registered, *map(load_place, places))}


def kinds() -> dict[str, Kind]:
    """Returns every kind of data by its name, others' first."""
    load_plugins()
    return _kinds_by_name()


def options() -> list[Option]:
    """Returns every option of `load_data`, each with the kinds of data that have a use for it."""
    names: dict[Option, list[str]] = {option: [] for option in OPTIONS}
    for kind in kinds().values():
        for option in kind.options:
            names.setdefault(option, []).append(kind.name)
    return [replace(option, kinds=tuple(kinds)) for option, kinds in names.items()]


def domain_schema(kind: str, own_schema: dict | Path | None = None) -> dict:
    """Builds the JSON Schema of `domain.json` of a kind of data, which may refer to other kinds and to their parts. The
    domain of a kind that has a task alone may write what it likes.

    Args:
        kind: Kind of data.
        own_schema: that of a task which has another one.
    """
    parts = {kind: {}} | content(SPEC)["$defs"]
    for name, one in kinds().items():
        schema = content(one.schema)
        parts |= {name: schema, **schema.get("$defs", {})}
    if own_schema is not None:
        parts |= {kind: content(own_schema), **content(own_schema).get("$defs", {})}
    return {"type": "object", "$ref": f"#/$defs/{kind}", "$defs": parts}


def config_schema() -> dict:
    """Builds the JSON Schema of `config.toml`, with the options of every kind of data."""
    schema = content(CONFIG)
    schema["$defs"]["options"] = schema_of(options())
    return schema


def formats() -> list[Format]:
    """Returns every format: those that an option asks for, named data, and the others."""
    rows = [row for kind in kinds().values() for row in kind.formats]
    return [*(row for row in rows if row.asked), NAMED, *(row for row in rows if not row.asked), PAIRS]


def read(source: Source) -> tuple[Held, str]:
    """Reads a source: returns its content, and the source as text. A form of a person's own kind is read in this
    process.

    Raises DataError for a source that is missing, damaged or of an unknown format, for one whose reading takes more
    than it may, and for an option without a use."""
    if any(row.looks(source) for kind in _registered for row in kind.formats):
        return _read(source)
    if source.address is None:
        return read_bounded(source.path, _read, source)
    from .formats.tables.databases import find_file

    return read_bounded(find_file(source.address), _read, source, is_database=True)


def _read(source: Source) -> tuple[Held, str]:
    source = replace(source, reader=READER)
    is_archive = is_packed(source.path)
    for kind in _registered if is_archive else kinds().values():  # our kinds check what a packed file holds
        kind.check(source)
    if source.path is not None:
        if not source.text or not os.path.exists(source.path):
            raise DataError(f"{source.text!r} is neither a file nor a folder nor named data: {suggest(source.text)}")
        require_text(source.path.name, "the data")
    form = _format_of(source, is_archive)
    if source.path is not None and os.path.isfile(source.path):
        is_any_form = form is None or bool(forms_of(source.path.name))
        if is_any_form and (form_found := find_form(source.path, read_head(source.path), texts=form is None)):
            return _read_as(form_found, source), source.text
    if form is None:
        if not is_archive:
            raise DataError(_not_understood(source))
        with unpacked(source) as source_inside:
            return read(source_inside)[0], source.text
    if source.get("archive_file") is not None:
        raise DataError(f"archive_file is for an archive, and {source.called} is none: leave archive_file out")
    return take_as_kind(form.read(source), source), source.text or form.called or type(source.given).__name__


def _read_as(form: Form, source: Source) -> Held:
    """Read a file as what its content is, whatever its name says."""
    with named_as(source, form.suffixes[0]) as named_source:
        raw, _ = read(named_source)
    if forms_of(source.path.name):
        raw.account.remarks.insert(0, f"the suffix {source.path.suffix} is wrong: the file is {form.called}")
    return raw


def _format_of(source: Source, is_archive: bool) -> Format | None:
    """The first format that knows a source, for a packed one among those of others' kinds."""
    rows = [row for kind in _registered for row in kind.formats] if is_archive else formats()
    return next((row for row in rows if row.looks(source)), None)


@contextmanager
def opened(source: Source) -> Iterator[Source]:
    """Unpacks a source within this context: yields the file or folder inside, or the source itself if it is not packed
    or a format reads it packed."""
    known = not is_packed(source.path) or _format_of(source, True) or find_form(source.path, read_head(source.path))
    with (
        nullcontext() if known else unpacked(source) as source_inside,
        opened(source_inside) if source_inside else nullcontext(source) as inner,
    ):
        yield inner


def take_as_kind(raw: Held, source: Source) -> Held:
    """Returns the data that were read, as the kind that the options of the source name."""
    for kind in kinds().values():
        raw = kind.take(raw, source)
    return raw


def read_of_kind(source: Source, kind: str) -> Raw:
    """Reads data that must be of one kind, that of a model's data."""
    return replace(source, reader=READER).read_as(kind)


def source_like(given: object, training_options: Options, options: Options) -> tuple[Source, list[str]]:
    """Returns items for a model, also as a `Source`, to be read as its training data were, and what to say of that.
    trained: the options of these data. Raises DataError for options that do not fit the items.

    Args:
        given: Conditions by name.
        options: as in `read_items`.
    """
    source = given if isinstance(given, Source) else Source.take(given, options)
    source = replace(source, usual_sheet=training_options.get("sheet", ""), reader=READER)
    is_archive = is_packed(source.path)
    if (is_archive or source.is_folder) and "captions" in training_options:
        source = source.but(captions=training_options["captions"])
    for kind in () if is_archive else kinds().values():
        kind.check(source)
    row = training_options.get("header_row")
    if row is None or "header_row" in options or not (is_archive or source.ends(*WORKBOOKS, *TEXT_TABLES)):
        return source, []
    note = f"row {row} holds the column names, as in training: --header-row names another"
    return source.but(header_row=row), [note]


def recognise(columns: "pd.DataFrame") -> list[Question]:
    """Returns questions of every kind whether columns that were read as another one are its own."""
    return ask_each([kind.recognise for kind in kinds().values()], columns)


def recognise_files(files: "dict[str, pd.DataFrame]") -> list[tuple[str, Options]]:
    """(sentence, options) of each way in which files beside each other are one thing of some kind; see `Kind`."""
    return [found for kind in kinds().values() for found in kind.recognise_files(files)]


READER = Reader(read, lambda kind: kinds()[kind].called, recognise)


def column_names(source: str, **sheet_options: str | int) -> list[str]:
    """Returns names of the columns of a file; [] where it holds no table.

    Args:
        source: Path, name or object of the data.
        sheet_options: sheet and header_row, where they are named.
    """
    with suppress(DataError):  # whoever reads it next says what is wrong
        place = Source.take(source, {"kind": "tables"} | sheet_options)
        raw = read(place)[0] if place.path is not None and place.path.is_file() else None
        return [str(name) for name in getattr(getattr(raw, "items", None), "columns", ())]
    return []


def _type_of(given: object) -> str:
    """The type of an object, of a list with that of its first item."""
    inner = f" of {type(given[0]).__name__}" if isinstance(given, (list, tuple)) and given else ""
    return type(given).__name__ + inner


def _not_understood(source: Source) -> str:
    if source.path is None:
        return (
            f"data of type {_type_of(source.given)} is not known. Pass a name, a path, an array, (array, labels), "
            "a DataFrame, a dict of columns, a Bunch or a torch Dataset"
        )
    held = [known.widgets.pixels for form in forms_of(source.path.name) if (known := kinds().get(form.kind))]
    if any(held):
        return f"{source.path} is one image or video, not a data set: pass the folder that holds it and others"
    return (
        f"{source.path} is of a form that genwright does not know: give "
        f"{list_kinds({name: kind.called for name, kind in kinds().items()})}; all are in docs/data.md"
    )
