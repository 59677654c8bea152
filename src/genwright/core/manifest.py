"""Packages of a science. Each says in its manifest what it brings, and every room of the core takes from there what is
its own: no file of the core names a package.

A manifest is a `Package`, by convention `PACKAGE` in the module `package` of a folder. It names code as "module:name",
so that reading it loads nothing. Those of BUILT_IN lie in genwright. A package of somebody else names its own in an
entry point of the group "genwright.packages", or calls `add_package`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from .errors import DataError

# In the order in which their formats are asked: a folder of sounds may hold a table, which would be a graph
BUILT_IN = ("counts", "sound", "graphs", "molecules", "proteins", "motion", "series", "private", "studio")


@dataclass(frozen=True)
class Task:
    """A task for a kind of data. Strings name code as "module:name".

    Args:
        domain: the class of domains, of predictors a `TaskDomain`.
        suite: the class that measures, or a function that names it for what has a domain.
        items: the function that makes the `Data` of the task of a whole, or of data that were loaded for another
            task; "" where `load_data` makes them.
        schema: the JSON Schema of `domain.json`, or its file, where the kind of data has it for another task.
        small_data: Small data of predictors, the class by which the contract test has data (see
            `contract.tasks.SmallTask`).
        metrics: rows of metrics that the suite has besides its own (see `measure.rows.MetricRow`).
        predict_file: the function that predicts about a library of items part by part, of a task of measured items.
        grow: the function by which `complete` grows items, of models whose domain says that they grow.
        answers: the usual name of a file, or a folder, of predictions.
        typed: words that a command of predictions needs.
        chosen: a clause on how a person chooses the task, unless by its name.
        figures: {caption: function that draws a further figure of a comparison} (see `studies.compare.compare`).
    """

    domain: str
    suite: str
    items: str = ""
    schema: dict | Path | None = None
    small_data: str = ""
    metrics: tuple[object, ...] = ()
    predict_file: str = ""
    grow: str = ""
    answers: str = "predictions.csv"
    typed: tuple[str, ...] = ()
    chosen: str = ""
    figures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Named:
    """A named data set.

    Args:
        what: it is.
        licence: Licence of the data.
        reader: "module:function" that makes or reads it; in the table of the core, of a module of `kinds.named`.
        arguments: handed to the reader; "seed" stands for the caller's seed.
    """

    what: str
    licence: str
    reader: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A figure that `genwright plot` draws.

    Args:
        function: "module:function" that draws it.
        needs: what a model needs for it.
        options: that it takes.
    """

    function: str
    needs: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Package:
    """What a package brings. Strings name code as "module:name".

    Args:
        name: Name of the module of its folder.
        what: it is for, in a phrase.
        extra: Extra of genwright that installs what it needs.
        needs: modules of other people that it imports.
        kinds: its kinds of data (see `kinds.kind.Kind`), in the order in which they are asked whether a source is
            theirs, before those of the core.
        forms: a module with FORMS of files that it reads, and, where it has them, WRITERS of forms that other kinds
            read too, PARSED_BY_OTHERS and SLOW_READERS (see `kinds.formats.forms`).
        options: a module with OPTIONS of data that its kinds have a use for (see `kinds.option.Option`).
        named: its named data.
        fields: classes of conditions (see `kinds.fields.field.Field`).
        tasks: {(kind of data, task): what it needs}; the first of a kind is its default.
        index: Index of its cards (see `zoo.card`); its cards lie in the folder of the index.
        registers: functions without arguments, called once, that register families, metrics, samplers or studies.
        figures: {name: figure of `plot`}.
        targets: a table of published figures (see `zoo.targets.Target`).
        measures: {name: (function of a model and data that returns a `Metric`, title, meaning, unit)}, by which its
            targets are measured.
        commands: {name on the command line: function}.
        pages: Pages of the studio (see `studio.page.Page`).
        folders: {what a folder or file keeps: function that returns its path}, for `genwright doctor`.
        extends: {name of a table that a room, or a package, lets others extend: what stands in it}. "alphabets" has
            functions of a record that return an alphabet of lines, or None; "classes of answers" has classes of what
            its readers return (see `core.admitted_classes`).
    """

    name: str
    what: str = ""
    extra: str = ""
    needs: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    forms: str = ""
    options: str = ""
    named: Mapping[str, Named] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    tasks: Mapping[tuple[str, str], Task] = field(default_factory=dict)
    index: Path | None = None
    registers: tuple[str, ...] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    targets: str = ""
    measures: Mapping[str, tuple[str, str, str, str]] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)
    pages: tuple[str, ...] = ()
    folders: Mapping[str, str] = field(default_factory=dict)
    extends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_outside_packages: list[Package] = []
_takers: list[Callable[[Package], None]] = []


def load_place(place: str, room: str = "") -> Callable:
    """Imports the function that "module:name" names.

    Args:
        place: "module:name".
        room: Dotted module below which the core's rows name their modules. Packages name the whole module.
    """
    module, name = place.split(":")
    module_spec = room and find_spec(f"{room}.{module.partition('.')[0]}")
    return getattr(import_module(f"{room}.{module}" if module_spec else module), name)


@cache
def built_in() -> tuple[Package, ...]:
    return tuple(import_module(f"genwright.{name}.package").PACKAGE for name in BUILT_IN)


def packages() -> tuple[Package, ...]:
    """Returns the packages that are registered so far, those of genwright first."""
    return (*built_in(), *_outside_packages)


def find_extensions(table: str) -> list:
    """Returns what the packages add to a table of the core.

    Args:
        table: Name of the table.
    """
    return [load_place(place) for package in packages() for place in package.extends.get(table, ())]


def take_packages(take: Callable[[Package], None]) -> None:
    """Calls a function with every package: the ones registered now, and each later one when it registers.

    Args:
        take: Function of a package.
    """
    _takers.append(take)
    for package in packages():
        take(package)


def add_package(package: Package) -> None:
    """Adds a package from outside genwright, in this process. Raises DataError for a name that is taken."""
    if package.name in [known.name for known in packages()]:
        raise DataError(f"there is a package {package.name!r} already: choose another name")
    _outside_packages.append(package)
    for take in _takers:
        take(package)
    for place in package.registers:
        load_place(place)()
