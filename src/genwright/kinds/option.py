"""Options of data: all that a person may say about data, apart from where they are. Each option is defined once, here:
`load_data`, the command line, records, their schema and the docs are drawn from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike
from typing import Any

from ..core.errors import DataError

DATA, TABLES, TEXT, MOLECULES, GRAPHS = "Data", "Tables", "Text and music", "Molecules", "Graphs"
NAMES = str | list[str]  # one name, or several
TEXTS = {"type": "array", "items": {"type": "string"}}
CELLS = {"type": "array", "items": {"type": ["string", "number", "boolean"]}}
SCHEMAS = {  # type of an option -> its value in a record
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    list[str]: TEXTS,
    NAMES: {"anyOf": [{"type": "string"}, TEXTS]},
    dict[str, str]: {"type": "object", "additionalProperties": {"type": "string"}},
    dict[str, float]: {"type": "object", "additionalProperties": {"type": "number"}},
    dict[str, list]: {"anyOf": [CELLS, {"type": "object", "additionalProperties": CELLS}]},
}


@dataclass(frozen=True)
class Option:
    """name: the keyword of `load_data`; the command line writes it --name, with - for _. type: of its value, a key of
    `SCHEMAS`. help: a phrase. panel: the part of the command line's help under which it stands. kinds: of data that
    have a use for it, filled in by `kinds.known_kinds`; every one where none says so. metavar: what to type. rare:
    whether only --help-all shows it."""

    name: str
    type: Any
    help: str
    panel: str
    kinds: tuple[str, ...] = ()
    metavar: str = "NAME"
    rare: bool = False

    @property
    def names_file(self) -> bool:
        """Whether its value may be the path of a file."""
        return "FILE" in self.metavar


# fmt: off
GIVEN_OPTION = Option("given", list[str],
    'Columns to condition on. Images: label (default; "" for none), caption, low/4, or an image beside them.', DATA)
CAPTIONS = Option("captions", dict[str, float],
    "Columns of captions, and how often training shows each: short=0.05,long=0.95.", DATA, metavar="COLUMN=RATE",
    rare=True)
KIND = Option("kind", str,
    "Kind of data, if a source fits several: molecules, sequences, tables, points or graph-sets.",
    DATA, rare=True)
TYPES = Option("types", dict[str, str],
    "Column types: zip=category, or a file of describe.", DATA, metavar="COLUMN=TYPE|FILE")
DROP = Option("drop", list[str], "Columns to leave out.", DATA, metavar="COLUMN")
MISSING = Option("missing", dict[str, list],
    "Cells that stand for a missing value, in every column or in one: unknown, age=-999. For images, labels that mean "
    "no label.", TABLES, metavar="[COLUMN=]WORD", rare=True)
GROUP = Option("group", str,
    "Keep all rows with the same value (such as one patient) on the same side of the split.", TABLES,
    metavar="COLUMN", rare=True)
TIME = Option("time", str,
    "Column of dates or numbers: the newest rows become the test set.", TABLES, metavar="COLUMN", rare=True)
SPLIT_COLUMN = Option("split_column", str,
    "Column that names the part of each row: train, valid or test.", TABLES, metavar="COLUMN", rare=True)
SHEET = Option("sheet", str,
    "Sheet of an Excel workbook, by its name or its number from 1 (the first with cells; with RUN, as in training).",
    TABLES, metavar="NAME|NUMBER", rare=True)
HEADER_ROW = Option("header_row", int,
    "Row of the column names, counted from 1, if genwright finds another.", TABLES, metavar="NUMBER", rare=True)
WINDOWS = Option("windows", int,
    "Cut one long text into pieces of this many characters, such as 128, or music into windows of this many steps.",
    TEXT, metavar="SIZE", rare=True)
SYMBOLS = Option("symbols", str,
    "Tokens of text: characters (the default), words, or the JSON file of a tokeniser.", TEXT,
    metavar="words|FILE", rare=True)
COLUMN = Option("column", str,
    "Column of a table that holds the texts or the molecules.", TEXT, metavar="COLUMN", rare=True)
NODES = Option("nodes", str, "Table of the nodes, one row each: DATA is then an edge list.", GRAPHS, metavar="FILE")
TARGET = Option("target", NAMES,
    "Column to predict, of nodes or molecules (repeatable, or 'NR-*'); in compare, of any table.",
    DATA, metavar="COLUMN")
DIRECTED = Option("directed", bool, "Treat the edges of an edge list as directed.", GRAPHS, rare=True)
NODE_KIND = Option("node_kind", str,
    "Attribute of nodes that a model learns as their type, such as atom; none for no types.", GRAPHS,
    metavar="NAME|none", rare=True)
EDGE_KIND = Option("edge_kind", str,
    "Attribute of edges that a model learns as their type, such as bond; none for no types.", GRAPHS,
    metavar="NAME|none", rare=True)
NOTATION = Option("notation", str,
    "Notation in which models read and write molecules (smiles).", MOLECULES,
    metavar="smiles|selfies|scaffold-first", rare=True)
SALTS = Option("salts", str,
    "Molecules of several fragments: keep only the largest (the default) or all.", MOLECULES,
    metavar="largest|keep", rare=True)
CHARGES = Option("charges", str,
    "Keep charges (the default), or neutralise where possible.", MOLECULES, metavar="keep|neutral", rare=True)
STEREO = Option("stereo", str,
    "Keep stereochemistry (the default) or remove it.", MOLECULES, metavar="keep|drop", rare=True)
TAUTOMERS = Option("tautomers", str,
    "Keep tautomers (the default), or replace each by its canonical form.", MOLECULES, metavar="keep|canonical",
    rare=True)
KEEP = Option("keep", str,
    "compare: also complete the scaffolds of test molecules, and measure what is kept and reached.", MOLECULES,
    metavar="scaffold", rare=True)
SPLIT = Option("split", str,
    "How to split: official, random, scaffold (rarest scaffolds in the test set) or scaffold-balanced.", MOLECULES,
    metavar="WAY", rare=True)
LOG = Option("log", list[str],
    "Targets to learn as their logarithm; predictions stay in the column's units.", MOLECULES, metavar="COLUMN",
    rare=True)
BOUNDS = Option("bounds", str,
    "Measured bounds such as >10: keep (the default) or drop.", MOLECULES,
    metavar="keep|drop", rare=True)
DESCRIPTORS = Option("descriptors", str,
    "Descriptors of molecules: rdkit (the default), none, or a table joined by SMILES or name.", MOLECULES,
    metavar="rdkit|none|FILE", rare=True)
OPTIONS = (
    GIVEN_OPTION, CAPTIONS, KIND, TYPES, DROP, MISSING, GROUP, TIME, SPLIT_COLUMN, SHEET, HEADER_ROW, WINDOWS, SYMBOLS,
    COLUMN, NODES, TARGET, DIRECTED, NODE_KIND, EDGE_KIND, NOTATION, SALTS, CHARGES, STEREO, TAUTOMERS, KEEP, SPLIT,
    LOG, BOUNDS, DESCRIPTORS,
)
# fmt: on


def order_options(told: dict[str, Any], options: Iterable[Option]) -> dict[str, Any]:
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
            value = [value]
        if option.type == NAMES and not isinstance(value, str):
            value = list(map(str, value)) if isinstance(value, Iterable) else [str(value)]
            value = value[0] if len(value) == 1 else value
        options_given[option.name] = value
    return options_given


def as_recorded(options: dict[str, Any]) -> dict[str, Any]:
    """Options in a record, as `load_data` takes them: a task sets its own to False, and they are left out."""
    return {name: value for name, value in options.items() if value is not False}


def schema_of(options: Iterable[Option]) -> dict:
    """The JSON Schema of options in a record."""
    return {"type": "object", "properties": {option.name: SCHEMAS[option.type] for option in options}}
