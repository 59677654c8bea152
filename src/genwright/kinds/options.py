"""Options of data: all that a person may say about data, apart from where they are. Kinds of data name those that they
have a use for. A package names a module with rows of its own in its manifest.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from numbers import Real
from os import PathLike

from ..core.arguments import check_value
from ..core.errors import DataError
from ..core.manifest import Package, take_packages
from ..core.type_names import Options
from .option import ACCEPTED, DATA, NAME_OR_NAMES, SCHEMAS, TABLES, TEXT_GROUP, Option

# fmt: off
OPTIONS = [
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
    Option("side", int,
        "Side of the squares that images become, in pixels: 32 shows shape, 64 looks, 128 or 256 detail (up to 32, or "
        "64 for squares).", DATA, metavar="PIXELS"),
    Option("tiles", int,
        "Cut images into tiles of this many pixels a side at their own resolution, to learn a texture.", DATA,
        metavar="PIXELS", rare=True),
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
    Option("windows", int,
        "Cut one long text into pieces of this many characters, such as 128, music into windows of this many steps, or "
        "a recording into series of this many rows.",
        TEXT_GROUP, metavar="SIZE", rare=True),
    Option("symbols", str,
        "Tokens of text: characters (the default), words, or the JSON file of a tokeniser.", TEXT_GROUP,
        metavar="words|FILE", rare=True),
    Option("column", str,
        "Column of a table that holds the texts or the molecules.", TEXT_GROUP, metavar="COLUMN", rare=True),
    Option("target", NAME_OR_NAMES,
        "Column to predict, of nodes or molecules (repeatable, or 'NR-*'); in compare, of any table.",
        DATA, metavar="COLUMN"),
    Option("unit", str,
        "Unit of the coordinates of points, which models have in angstrom: angstrom (the default), nm, pm or bohr.",
        DATA, metavar="nm|pm|bohr", rare=True),
]
# fmt: on


def add_options(package: Package) -> None:
    """Put the rows of a package behind those that are known."""
    if package.options:
        OPTIONS.extend(import_module(package.options).OPTIONS)


take_packages(add_options)


def take_options(names: str) -> tuple[Option, ...]:
    """Returns the rows of `OPTIONS` by their names, with spaces between them."""
    rows = {option.name: option for option in OPTIONS}
    return tuple(rows[name] for name in names.split())


def check_options(given_options: Options, options: Iterable[Option]) -> None:
    """Raises DataError for the value of an option that is of no type that it accepts."""
    for option in options:
        value = given_options.get(option.name)
        if value is None or value is False or hasattr(value, "columns"):
            continue
        check_value(option.name, value, ACCEPTED[option.type])


def order_options(given_options: Options, options: Iterable[Option]) -> Options:
    """Options that `load_data` got, in the order of the table, without those that are None or False. Raises DataError
    for an unknown name."""
    names = [option.name for option in options]
    if strange := [name for name in given_options if name not in names]:
        near = get_close_matches(strange[0], names, 1) or names
        raise DataError(f"load_data has no option {strange[0]!r}: use {' or '.join(near)}")
    options_given = {}
    for option in options:
        value = given_options.get(option.name)
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
