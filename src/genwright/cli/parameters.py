"""How commands take many options as few parameters, and what `--help` shows of them.

A parameter of a command whose type is a dataclass stands for one option for each of its fields. One whose type is
annotated with a `Table` stands for its options: those of data (`DataOptions` and parts of it) come as `load_data`
takes them, those of sampling (`sampling.TypedSampling`) as they were typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import update_wrapper
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, Protocol, get_args, get_type_hints, runtime_checkable

import typer
from typer.core import TyperCommand, TyperGroup

from ..data.kinds import options
from ..data.option import DIRECTED, HEADER_ROW, NODES, SHEET, TARGET, Option
from .typed import READ, TYPED

WIDEST = 120  # columns of a help text


@runtime_checkable
class Table(Protocol):
    """Options of a table that one parameter of a command stands for."""

    def shown(self) -> list[Parameter]:
        """The parameters that Typer sees in its place."""

    def value(self, typed: dict) -> dict[str, Any]:
        """The value that the command receives for it."""


@dataclass(frozen=True)
class OfData:
    """names: of the options that a command takes, () for all. helps: {name: its help, where it does something else}."""

    names: tuple[str, ...] = ()
    helps: Mapping[str, str] = field(default_factory=dict)

    def shown(self) -> list[Parameter]:
        return [
            Parameter(option.name, Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(option))
            for option in self._options()
        ]

    def value(self, typed: dict) -> dict[str, Any]:
        return said(self._options(), typed)

    def _options(self) -> list[Option]:
        taken = [option for option in options() if not self.names or option.name in self.names]
        return [replace(option, help=self.helps.get(option.name, option.help)) for option in taken]


DataOptions = Annotated[dict, OfData()]
EDGE_LIST = NODES.name, TARGET.name, DIRECTED.name
LABELS_SHOWN = "Column of labels in the table of --nodes. Figures show them; predict and encode ignore them."
EdgeListOptions = Annotated[dict, OfData(EDGE_LIST)]
ToReadOptions = Annotated[dict, OfData(EDGE_LIST, {TARGET.name: LABELS_SHOWN})]  # of a graph for a trained model
SheetOptions = Annotated[dict, OfData((SHEET.name, HEADER_ROW.name))]


class Drawn:
    """A command as Typer is to see it: with an option for each field of its dataclasses, and for each of its tables."""

    def __init__(self, command: Callable):
        update_wrapper(self, command)
        self.command = command

    @property
    def __signature__(self) -> Signature:
        """Drawn anew whenever it is asked for, since kinds of data may have been registered meanwhile."""
        shown = [one for own in self._own() for one in _shown(own)]
        hides = any(getattr(said, "hidden", False) for one in shown for said in get_args(one.annotation)[1:])
        return Signature([*shown, *[HELP_ALL] * hides])

    def __call__(self, **typed: Any) -> None:
        self.command(**{own.name: _value(own, typed) for own in self._own()})

    def _own(self) -> list[Parameter]:
        own = signature(self.command, eval_str=True).parameters.values()
        return [one.replace(kind=Parameter.KEYWORD_ONLY) for one in own]


HELP, ALL = "--help", "--help-all"
HELP_ALL = Parameter(
    "help_all",
    Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, typer.Option(ALL, help="Show every option and exit.")],
)


def _shown(own: Parameter) -> list[Parameter]:
    """The parameters that Typer sees in place of one parameter."""
    if is_dataclass(own.annotation):
        hints = get_type_hints(own.annotation, include_extras=True)
        return [own.replace(name=f.name, default=f.default, annotation=hints[f.name]) for f in fields(own.annotation)]
    table = _table(own)
    return [own] if table is None else table.shown()


def _value(own: Parameter, typed: dict) -> Any:
    """The value that the command receives for a parameter, from the typed options."""
    if is_dataclass(own.annotation):
        return own.annotation(**{field.name: typed[field.name] for field in fields(own.annotation)})
    table = _table(own)
    return typed[own.name] if table is None else table.value(typed)


def said(options: list[Option], typed: dict) -> dict[str, Any]:
    """The options of data that were typed, as `load_data` takes them."""
    return {
        option.name: READ[option.type](typed[option.name])
        for option in options
        if typed[option.name] not in (None, False)
    }


def _table(own: Parameter) -> Table | None:
    return next((one for one in get_args(own.annotation)[1:] if isinstance(one, Table)), None)


def _annotation(option: Option) -> Any:
    return Annotated[
        TYPED[option.type],
        typer.Option(
            f"--{option.name.replace('_', '-')}",
            metavar=None if option.type is bool else option.metavar,
            help=option.help,
            rich_help_panel=option.panel,
            hidden=option.rare,
        ),
    ]


class Program(typer.Typer):
    """An app whose commands are `Drawn`. Its help is plain text: Rich would take as long to load as all else."""

    def __init__(self, help: str):
        super().__init__(
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
            context_settings={"max_content_width": WIDEST},
            help=help,
        )

    def command(self, name: str | None = None) -> Callable:
        register = super().command(name, cls=Command)
        return lambda command: register(Drawn(command))

    def drawn_for(self, name: str) -> TyperGroup:
        """The command line as Typer runs it, with the command of that name alone: all take five times as long to draw.
        With all commands where none has the name."""
        called = lambda info: info.name or typer.main.get_command_name(info.callback.__name__)
        one = copy(self)
        one.registered_commands = [info for info in self.registered_commands if called(info) == name]
        return typer.main.get_group(one if one.registered_commands else self)


class Command(TyperCommand):
    """A command whose help has a section a panel. Help is shown before typed values are read, since Typer loads much to
    read them."""

    def parse_args(self, context: typer.Context, args: list[str]) -> list[str]:
        hidden = [one for one in self.params if getattr(one, "hidden", False)]
        shows_all = ALL in args and hidden
        if not shows_all and HELP not in args:
            return super().parse_args(context, args)
        for one in hidden if shows_all else ():
            one.hidden = False
        print(self.get_help(context))
        raise typer.Exit

    def format_options(self, context: typer.Context, formatter: Any) -> None:
        panels: dict[str, list] = {}
        for one in self.get_params(context):
            usual = "Arguments" if one.param_type_name == "argument" else "Options"
            if record := one.get_help_record(context):
                panels.setdefault(getattr(one, "rich_help_panel", None) or usual, []).append(record)
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl(records)
