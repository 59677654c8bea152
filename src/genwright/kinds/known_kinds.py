"""Kinds of data: one file for each, which has its `KIND`. Others' kinds come in by `register_kind`.

Formats are asked in the order of `NAMES` whether they know a source: graphs before arrays.
"""

from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path

from ..core.errors import DataError
from ..core.plugins import load_plugins
from ..core.schemas import CONFIG, SPEC, content
from .kind import Format, Kind
from .named import read_named
from .option import OPTIONS, Option, schema_of

NAMES = (
    "graphs.one_graph", "graphs.many_graphs", "graphs.interactions", "molecules.kind", "points.kind", "audio.kind",
    "music.kind", "graphs.graph_sets", "images.kind", "sequences.kind", "tables.kind",
)  # fmt: skip
NAMED = Format(lambda source: source.name is not None, lambda source: read_named(source.name, source.seed))

_registered: list[Kind] = []


def register_kind(kind: Kind) -> None:
    """Add a kind of data of your own to `load_data`, the command line, records and the contract test, in this process.

    Its formats are tried before those of genwright. `genwright.zoo.registry.register_task` adds what is learned of
    it, and `genwright.register` the families.

    Raises DataError for a name that is taken, and for an option that another kind has in another form.
    """
    if kind.name in _kinds_by_name():
        raise DataError(f"there is a kind of data {kind.name!r} already: choose another name")
    there = {option.name: option for known in _kinds_by_name().values() for option in known.options}
    if other := [option.name for option in kind.options if there.get(option.name, option) != option]:
        raise DataError(f"there is an option {other[0]!r} in another form already: choose another name")
    _registered.append(kind)


@cache
def _ours() -> tuple[Kind, ...]:
    return tuple(import_module(f".{name}", __package__).KIND for name in NAMES)


def _kinds_by_name() -> dict[str, Kind]:
    return {kind.name: kind for kind in (*_registered, *_ours())}


def kinds() -> dict[str, Kind]:
    """Every kind of data by its name, others' first."""
    load_plugins()
    return _kinds_by_name()


def options() -> list[Option]:
    """Every option of `load_data`, each with the kinds of data that have a use for it."""
    every = kinds().values()
    own = [option for kind in every for option in kind.options]
    table = dict.fromkeys([*OPTIONS, *own])
    return [replace(option, kinds=tuple(kind.name for kind in every if option in kind.options)) for option in table]


def domain_schema(kind: str, own: dict | Path | None = None) -> dict:
    """The JSON Schema of `domain.json` of a kind of data, which may refer to the other kinds and to their parts. The
    domain of a kind that has a task alone may write what it likes. own: that of a task which has another one."""
    parts = {kind: {}} | content(SPEC)["$defs"]
    for name, one in kinds().items():
        schema = content(one.schema)
        parts |= {name: schema, **schema.get("$defs", {})}
    if own is not None:
        parts |= {kind: content(own), **content(own).get("$defs", {})}
    return {"type": "object", "$ref": f"#/$defs/{kind}", "$defs": parts}


def config_schema() -> dict:
    """The JSON Schema of `config.toml`, with the options of every kind of data."""
    schema = content(CONFIG)
    schema["$defs"]["options"] = schema_of(options())
    return schema


def formats() -> list[Format]:
    """Every format: those that an option asks for, named data, and the others."""
    rows = [row for kind in kinds().values() for row in kind.formats]
    return [*(row for row in rows if row.asked), NAMED, *(row for row in rows if not row.asked)]
