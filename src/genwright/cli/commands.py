"""The command line: its commands by topic, a file each, in the order in which `genwright --help` lists them.

Commands are functions whose parameters are the options that `options` tells of. Heavy libraries are imported inside
them, so that `--help` and `list` answer at once.
"""

import logging
import sys
import typing
from collections.abc import Callable
from copy import copy
from functools import cache, update_wrapper
from inspect import Parameter, Signature, signature
from typing import Annotated, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandInfo

from .. import __version__
from ..core.addresses import hide_secrets
from ..kinds.kind import Option
from ..kinds.known_kinds import options as data_options
from . import edit, families, fit, items, molecules, samples, sharing, studies, studio, words
from .arguments import streaming
from .exits import exit_code_of, leave
from .options import LINES, Many, keywords_of, option, read_lines

WIDEST = 120  # columns of a help text
HELP, HELP_ALL, DEBUG = "--help", "--help-all", "--debug"


class Drawn:
    """A command as Typer is to see it: a positional parameter is an argument, a keyword-only one an option or several,
    of which `{fact: value}` in its annotation tells what no docstring can. `--help` begins with its docstring."""

    def __init__(self, command: Callable):
        update_wrapper(self, command)
        self.command = command
        self.__doc__, own = read_lines(command.__doc__)
        self.lines = LINES | own

    @property
    def __signature__(self) -> Signature:
        """Drawn anew when kinds of data have been registered meanwhile. Typer asks for it several times."""
        return self._draw_signature(tuple(data_options()))

    @cache
    def _draw_signature(self, known: tuple[Option, ...]) -> Signature:
        """The signature while these are the options of data."""
        shown = [one for own in self._own_parameters() for one in self._typer_parameters(own)]
        if any(getattr(told, "hidden", False) for one in shown for told in get_args(one.annotation)[1:]):
            shown.append(option("help_all", bool, False, [HELP_ALL], help="Show every option and exit."))
        return Signature(shown)

    def __call__(self, **typed: object) -> None:
        own = self._own_parameters()
        given = {one.name: many.read(typed) if (many := _keyword_group(one)) else typed[one.name] for one in own}
        with streaming(typed.get("out")):
            self.command(**given)

    def _own_parameters(self) -> list[Parameter]:
        return list(signature(self.command, eval_str=True).parameters.values())

    def _typer_parameters(self, own: Parameter) -> list[Parameter]:
        """The parameters that Typer sees in place of one."""
        if many := _keyword_group(own):
            return many.parameters()
        if own.annotation is typer.Context:
            return [own]
        annotation, *facts = get_args(own.annotation) if get_origin(own.annotation) is Annotated else [own.annotation]
        line = self.lines.get(own.name, {}) | dict(*facts)
        if own.kind is Parameter.KEYWORD_ONLY:
            return [option(own.name, annotation, own.default, **line)]
        return [own.replace(kind=Parameter.KEYWORD_ONLY, annotation=Annotated[annotation, typer.Argument(**line)])]


def _keyword_group(own: Parameter) -> Many | None:
    if typing.is_typeddict(own.annotation):
        return keywords_of(own.annotation)
    return next((one for one in get_args(own.annotation)[1:] if isinstance(one, Many)), None)


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

    def group_with(self, name: str) -> TyperGroup:
        """The command line as Typer runs it, with the command of that name alone: all take long to draw. Where none has
        the name, with the names and first sentences of all."""
        called = lambda info: info.name or typer.main.get_command_name(info.callback.__name__)
        one = copy(self)
        one.registered_commands = [info for info in self.registered_commands if called(info) == name]
        if not one.registered_commands:
            bare = lambda info: CommandInfo(called(info), callback=lambda: None, help=info.callback.__doc__)
            one.registered_commands = list(map(bare, self.registered_commands))
        return typer.main.get_group(one)


class Command(TyperCommand):
    """A command whose help has a section a panel. Help is shown before typed values are read, since Typer loads much to
    read them."""

    def parse_args(self, context: typer.Context, args: list[str]) -> list[str]:
        hidden = [one for one in self.params if getattr(one, "hidden", False)]
        shows_all = HELP_ALL in args and hidden
        if not shows_all and HELP not in args:
            return super().parse_args(context, args)
        for one in hidden if shows_all else ():
            one.hidden = False
        print(self.get_help(context))
        raise typer.Exit

    def format_options(self, context: typer.Context, formatter: object) -> None:
        panels: dict[str, list] = {}
        for one in self.get_params(context):
            usual = "Arguments" if one.param_type_name == "argument" else "Options"
            if record := one.get_help_record(context):
                panels.setdefault(getattr(one, "rich_help_panel", None) or usual, []).append(record)
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl(records)


app = Program(
    help="Train every family of generative model that fits your data, measure them alike, and use the best one.\n\n"
    "Start with: genwright compare digits"
)
for command in (
    fit.describe, studies.compare, studies.measure, fit.fit, samples.sample, items.log_prob, molecules.score,
    samples.complete,
    molecules.design, items.compress, items.decompress, items.predict, molecules.screen, molecules.explain,
    items.encode, items.search, items.misfits, edit.edit, words.caption, words.answer, items.plot,
    studies.report, studies.depth, studies.expressiveness, studies.ladder, families.reproduce,
):  # fmt: skip
    app.command()(command)
app.command("list")(families.list_families)
for command in (studies.status, studio.studio, sharing.serve, sharing.export, studio.doctor):
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"genwright {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _without_secrets(word: str) -> str:
    """A typed word without the secrets of an address, also behind the = of an option. The address of a web page is no
    database, and may be a text."""
    option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    return word if value.startswith(("http://", "https://")) else f"{option}{equals}{hide_secrets(value)}"


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: see `exits.py` for the codes."""
    arguments = [_without_secrets(word) for word in (sys.argv[1:] if arguments is None else arguments)]
    if DEBUG in arguments:
        arguments = [word for word in arguments if word != DEBUG]
        logging.basicConfig(format="%(name)s: %(message)s")
        logging.getLogger("genwright").setLevel(logging.DEBUG)
    command = app.group_with(next((word for word in arguments if not word.startswith("-")), ""))

    def run() -> None:  # not command.main, which keeps Ctrl-C to itself
        whole = typer.Context(command, info_name="genwright", obj=list(arguments), **command.context_settings)
        named = command.commands.get(arguments[0]) if arguments else None
        if not arguments:
            print(command.get_help(whole))
        if named is None:
            with command.make_context("genwright", list(arguments)) as context:
                return command.invoke(context)
        with named.make_context(arguments[0], arguments[1:], parent=whole) as context:
            named.invoke(context)

    leave(exit_code_of(run, arguments))
