"""A kind of data: the options, formats and functions by which `load_data`, the command line, records and the contract
test know it.

Options are all that a person may say about data, apart from where they are. Each is a row of `OPTIONS`; kinds name
those that they have a use for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from numbers import Real
from os import PathLike
from pathlib import Path
from types import GenericAlias, UnionType
from typing import TYPE_CHECKING

from ..core.arguments import check_value
from ..core.errors import DataError
from ..core.manifest import load_place
from ..core.type_names import Options
from .formats.source import Held, Source

if TYPE_CHECKING:
    import pandas as pd

    from ..core.domain import Question

DATA, TABLES, TEXT_GROUP, SERIES = "Data", "Tables", "Text and music", "Series"
MOLECULES, GRAPHS = "Molecules", "Graphs"
NAME_OR_NAMES = str | list[str]  # one name, or several
TEXTS = {"type": "array", "items": {"type": "string"}}
CELLS = {"type": "array", "items": {"type": ["string", "number", "boolean"]}}
SCHEMAS = {  # type of an option -> its value in a record
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    list[str]: TEXTS,
    NAME_OR_NAMES: {"anyOf": [{"type": "string"}, TEXTS]},
    tuple[float, float]: {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    dict[str, str]: {"type": "object", "additionalProperties": {"type": "string"}},
    dict[str, float]: {"type": "object", "additionalProperties": {"type": "number"}},
    dict[str, list]: {"anyOf": [CELLS, {"type": "object", "additionalProperties": CELLS}]},
}

ACCEPTED = {  # type of an option -> what a person may pass: a text may stand for a number or a list, as in a command
    str: "str | Path | int",
    int: "int",
    bool: "bool",
    list[str]: "str | Path | Sequence[str]",
    NAME_OR_NAMES: "str | int | Sequence[str | int]",
    tuple[float, float]: "Sequence[float]",
    dict[str, str]: "str | Path | Mapping[str, str] | Sequence[object]",
    dict[str, float]: "str | Path | Mapping[str, float] | Sequence[str]",
    dict[str, list]: "str | int | float | Mapping[str, object] | Sequence[object]",
}


@dataclass(frozen=True)
class Option:
    """A row of the options of data: its name, type and words.

    Args:
        name: the keyword of `load_data`; the command line writes it --name, with - for _.
        type: of its value, a key of `SCHEMAS`.
        help: a phrase.
        panel: the part of the command line's help under which it stands.
        kinds: of data that have a use for it, filled in by `kinds.known_kinds`; every one where none says so.
        metavar: what to type.
        rare: whether only --help-all shows it.
        spelled: how the command line spells it too, once for each of its values; such a value is never cut at commas.
    """

    name: str
    type: type | UnionType | GenericAlias
    help: str
    panel: str
    kinds: tuple[str, ...] = ()
    metavar: str = "NAME"
    rare: bool = False
    spelled: str = ""

    @property
    def names_file(self) -> bool:
        """Whether its value may be the path of a file."""
        return "FILE" in self.metavar

    @property
    def accepts(self) -> str:
        """Types of what a person may pass; a table may stand for the path to one."""
        return ACCEPTED[self.type] + " | UserItems" * (self.names_file and self.type is str)


# fmt: off
OPTIONS = (
    Option("given", list[str],
        'Columns to condition on. Images, clips: label (default; "" for none), caption, edges; images low/4 too.',
        DATA),
    Option("captions", dict[str, float],
        "Columns of captions, and how often training shows each: short=0.05,long=0.95.", DATA, metavar="COLUMN=RATE",
        rare=True),
    Option("kind", str,
        "Kind of data, if a source fits several, such as tables, sequences, images, music, points or molecules.",
        DATA, rare=True),
    Option("archive_file", str, "File of an archive, if it holds several, such as visits.csv.", DATA, rare=True),
    Option("types", dict[str, str],
        "Column types: zip=category, or a file of describe.", DATA, metavar="COLUMN=TYPE|FILE"),
    Option("drop", list[str], "Columns to leave out.", DATA, metavar="COLUMN"),
    Option("missing", dict[str, list],
        "Cells that stand for a missing value, in every column or in one: unknown, age=-999. For images, labels that "
        "mean no label.", TABLES, metavar="[COLUMN=]WORD", rare=True),
    Option("range", tuple[float, float],
        "Values that become black and white, of images with more than 256 levels (the 1st and 99.9th percentile).",
        DATA, metavar="A B", rare=True),
    Option("frames", str,
        "Make clips of several lengths alike: cut (to the shortest), pad (to the longest) or a number of frames (the "
        "median).", DATA, metavar="cut|pad|NUMBER", rare=True),
    Option("rules", list[str],
        'Rule that the rows keep, such as "Total = Units * Price * (1 - Discount)" (repeatable).', TABLES,
        metavar="FORMULA", rare=True, spelled="--rule"),
    Option("filter", list[str],
        "Column that is modelled although a rule derives it, * for every column (repeatable).", TABLES,
        metavar="COLUMN", rare=True),
    Option("group", str,
        "Keep all rows with the same value (such as one patient) on the same side of the split. Of series: the column "
        "that names subjects.", TABLES,
        metavar="COLUMN", rare=True),
    Option("time", str,
        "Column of dates or numbers: the newest rows become the test set. Of series: the order of rows.", TABLES,
        metavar="COLUMN", rare=True),
    Option("split_column", str,
        "Column that names the part of each row: train, valid or test.", TABLES, metavar="COLUMN", rare=True),
    Option("sheet", str,
        "Sheet of an Excel workbook, by its name or its number from 1 (the first with cells; with RUN, as in "
        "training).", TABLES, metavar="NAME|NUMBER", rare=True),
    Option("header_row", int,
        "Row of the column names, counted from 1, if genwright finds another.", TABLES, metavar="NUMBER", rare=True),
    Option("table", str, "Table of a database, if it has several.", TABLES, rare=True),
    Option("query", str, "Query that reads rows of a database, such as 'select age, job from people'.", TABLES,
        metavar="SQL", rare=True),
    Option("layer", str,
        "Matrix of an AnnData that holds the counts: X, a layer, or raw (X, if it holds whole numbers, else the first "
        "layer that does).", DATA, metavar="NAME", rare=True),
    Option("windows", int,
        "Cut one long text into pieces of this many characters, such as 128, music into windows of this many steps, or "
        "a recording into series of this many rows.",
        TEXT_GROUP, metavar="SIZE", rare=True),
    Option("stride", int,
        "Rows from one window of a recording to the next (an eighth of --windows).", SERIES, metavar="ROWS", rare=True),
    Option("symbols", str,
        "Tokens of text: characters (the default), words, or the JSON file of a tokeniser.", TEXT_GROUP,
        metavar="words|FILE", rare=True),
    Option("column", str,
        "Column of a table that holds the texts or the molecules.", TEXT_GROUP, metavar="COLUMN", rare=True),
    Option("nodes", str, "Table of the nodes, one row each: DATA is then an edge list.", GRAPHS, metavar="FILE"),
    Option("target", NAME_OR_NAMES,
        "Column to predict, of nodes or molecules (repeatable, or 'NR-*'); in compare, of any table.",
        DATA, metavar="COLUMN"),
    Option("directed", bool, "Treat the edges of an edge list as directed.", GRAPHS, rare=True),
    Option("node_kind", str,
        "Attribute of nodes that a model learns as their type, such as atom; none for no types.", GRAPHS,
        metavar="NAME|none", rare=True),
    Option("edge_kind", str,
        "Attribute of edges that a model learns as their type, such as bond; none for no types.", GRAPHS,
        metavar="NAME|none", rare=True),
    Option("unit", str,
        "Unit of the coordinates of points, which models have in angstrom: angstrom (the default), nm, pm or bohr.",
        DATA, metavar="nm|pm|bohr", rare=True),
    Option("notation", str,
        "Notation in which models read and write molecules (smiles).", MOLECULES,
        metavar="smiles|selfies|scaffold-first", rare=True),
    Option("salts", str,
        "Molecules of several fragments: take off salts and solvents (the default), or keep all.", MOLECULES,
        metavar="largest|keep", rare=True),
    Option("charges", str,
        "Keep charges (the default), or neutralise where possible.", MOLECULES, metavar="keep|neutral", rare=True),
    Option("stereo", str,
        "Keep stereochemistry (the default) or remove it.", MOLECULES, metavar="keep|drop", rare=True),
    Option("tautomers", str,
        "Keep tautomers (the default), or replace each by its canonical form.", MOLECULES, metavar="keep|canonical",
        rare=True),
    Option("keep", str,
        "compare: also complete the scaffolds of test molecules, and measure what is kept and reached.", MOLECULES,
        metavar="scaffold", rare=True),
    Option("split", str,
        "How to split: official, random, scaffold (rarest scaffolds in the test set), scaffold-balanced or butina.",
        MOLECULES, metavar="WAY", rare=True),
    Option("log", list[str],
        "Targets to learn as their logarithm; predictions stay in the column's units.", MOLECULES, metavar="COLUMN",
        rare=True),
    Option("positive", list[str],
        "The class that is sought, if its word does not say so, such as hit (repeatable, for several targets).",
        MOLECULES, metavar="WORD", rare=True),
    Option("leave_out", dict[str, list],
        "Rows of molecules to leave out, by a word of a column beside them: 'Standard Type=Ki'.", MOLECULES,
        metavar="COLUMN=WORD", rare=True),
    Option("bounds", str,
        "Measured bounds such as >10: keep (the default) or drop.", MOLECULES,
        metavar="keep|drop", rare=True),
    Option("descriptors", str,
        "Descriptors of molecules: rdkit (the default), none, or a table joined by SMILES or name.", MOLECULES,
        metavar="rdkit|none|FILE", rare=True),
)
# fmt: on


def take_options(names: str) -> tuple[Option, ...]:
    """Returns the rows of `OPTIONS` by their names, with spaces between them."""
    rows = {option.name: option for option in OPTIONS}
    return tuple(rows[name] for name in names.split())


def check_options(told: Options, options: Iterable[Option]) -> None:
    """Raises DataError for the value of an option that is of no type that it accepts."""
    for option in options:
        value = told.get(option.name)
        if value is None or value is False or hasattr(value, "columns"):
            continue
        check_value(option.name, value, ACCEPTED[option.type])


def order_options(told: Options, options: Iterable[Option]) -> Options:
    """Options that `load_data` got, in the order of the table, without those that are None or False. Raises DataError
    for an unknown name."""
    names = [option.name for option in options]
    if strange := [name for name in told if name not in names]:
        near = get_close_matches(strange[0], names, 1) or names
        raise DataError(f"load_data has no option {strange[0]!r}: use {' or '.join(near)}")
    options_given = {}
    for option in options:
        value = told.get(option.name)
        if value is None or value is False:
            continue
        value = str(value) if isinstance(value, PathLike) or (option.type is str and type(value) is int) else value
        if option.type == list[str] and isinstance(value, str):
            value = [value] if value else []
        if option.type == tuple[float, float]:
            value = list(value)
        if option.type == dict[str, list] and isinstance(value, (str, Real)):
            value = [value]
        if option.type == NAME_OR_NAMES and not isinstance(value, str):
            value = list(map(str, value)) if isinstance(value, Iterable) else [str(value)]
            value = value[0] if len(value) == 1 else value
        options_given[option.name] = value
    return options_given


def as_recorded(options: Options) -> Options:
    """Options in a record, as `load_data` takes them: a task sets its own to False, and they are left out."""
    return {name: value for name, value in options.items() if value is not False}


def schema_of(options: Iterable[Option]) -> dict:
    """Makes the JSON Schema of options in a record."""
    return {"type": "object", "properties": {option.name: SCHEMAS[option.type] for option in options}}


def _reader(name: str) -> Callable:
    """A function "module:name" below `kinds`, or with its whole name, which is loaded when it is first needed."""
    return load_place(name, "genwright.kinds")


def call_on_object(reader: str) -> Callable[[Source], object]:
    """A function of a source that calls a reader with the object that was given."""
    return lambda source: _reader(reader)(source.given)


def call_on_path(reader: str) -> Callable[[Source], object]:
    """A function of a source that calls a reader with its path, or returns False if it has none."""
    return lambda source: source.path is not None and _reader(reader)(source.path)


def call_on_folder(reader: str) -> Callable[[Source], object]:
    """A function of a source that calls a reader with its path, or returns False if it is no folder."""
    return lambda source: source.is_folder and _reader(reader)(source.path)


def by_reader(*readers: str) -> Callable[[Source], bool]:
    """Whether a source is a file that such a reader reads, by its name. readers: beginnings, as in rows of `FORMS`."""
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
        columns: whether conditions are chosen among columns.
        drawn: whether an item is a molecule, which a person may draw.
    """

    samples: int = 16
    pixels: bool = False
    completes: bool = False
    columns: bool = False
    drawn: bool = False


LINES = ""  # name of the column that the lines of a text are
NO_PROOF = "Make no claim about the toxicity or safety of a molecule from it: only measurements can show that."


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
        wants_target: whether a source with a target is items of this kind with measured values, which needs no look
            into it.
        holds_target: (raw, source) -> whether contents that were read without the target are such items.
        cautions: sentences for model cards, on what a model of such data must not be used for.
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
    wants_target: Callable[[Source], bool] = lambda source: False
    holds_target: Callable[[Held, Source], bool] = lambda raw, source: False
    cautions: tuple[str, ...] = ()
    widgets: Widgets = Widgets()

    def function(self, name: str) -> Callable | None:
        """A function of its module, None where it has none of that name."""
        return getattr(import_module(self.module), name, None)
