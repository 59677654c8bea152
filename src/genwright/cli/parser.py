"""The command line of a function, by argparse: its options come from its signature, their help from its `Args:`.

A positional parameter is an argument, a keyword-only one an option. A `Shown` in its `Annotated` says what the command
line alone needs. One parameter may stand for many options (`Many`), such as those of data or of a public function.
"""

import __future__

import argparse
import ast
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from inspect import Parameter, cleandoc, signature
from pathlib import Path
from typing import Annotated, get_args, get_origin

from ..core.arguments import described
from ..core.errors import GenwrightError

WIDEST, INDENT = 120, 32  # columns of a help text, and those before the text of an option
HELP, HELP_ALL = ("-h", "--help"), "--help-all"
ARGUMENTS, OPTIONS = "Arguments", "Options"  # panels
TYPED = {  # by a word in the type of a value, the first that is found: the type of what is typed
    "Callable": str,
    "tuple": tuple,
    "bool": bool,
    "Mapping": list,
    "Path": Path,
    "dict": list,
    "list": list,
    "Sequence": list,
    "float": float,
    "str": str,
    "int": int,
}  # any other is a text
METAVARS = {int: "NUMBER", float: "NUMBER", Path: "PATH", tuple: "A B"}
NUMBERS = {int: "a whole number", float: "a number"}


class Misuse(GenwrightError):
    """A command was typed with an option or a value that it does not have."""


@dataclass(frozen=True)
class Shown:
    """What the command line alone knows of a parameter.

    Args:
        metavar: Word for what is typed.
        flags: Spellings of the option; two with "/" between them set True and False.
        least: Least number.
        most: Largest number.
        rare: Whether only --help-all shows it.
        help: Its help, where several commands share it. Default: that under `Args:`.
        panel: The part of the help under which it stands.
        read: What makes the value of the typed text.
    """

    metavar: str = ""
    flags: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    rare: bool = False
    help: str = ""
    panel: str = ""
    read: Callable[[str], object] | None = None


WORDS = Shown()  # in the `Annotated` of a parameter that is the whole command, as it was typed


@dataclass(frozen=True)
class Entry:
    """An argument or an option of a command.

    Args:
        name: Name of the parameter.
        type: Type of what is typed: bool, int, float, str, Path, list (of texts) or tuple (of two numbers).
        shown: What the command line alone knows of it.
        help: Its sentence.
        positional: Whether it is an argument.
        required: Whether it must be typed.
    """

    name: str
    type: type
    shown: Shown
    help: str
    positional: bool = False
    required: bool = False

    @property
    def flags(self) -> tuple[str, ...]:
        """Spellings of the option, none of an argument."""
        if self.positional:
            return ()
        dashes = "-" if len(self.name) == 1 else "--"
        return self.shown.flags or (f"{dashes}{self.name.replace('_', '-')}",)

    @property
    def metavar(self) -> str:
        """Word for what is typed, "" of a switch."""
        if self.type is bool:
            return ""
        return self.shown.metavar or METAVARS.get(self.type, self.name.upper())

    def add_to(self, group: argparse._ArgumentGroup, show_all: bool) -> None:
        """Add it to a group of a parser, which collects texts and leaves out what nobody types."""
        help = self.help.replace("%", "%%")
        kept = {"default": argparse.SUPPRESS, "help": argparse.SUPPRESS if self.shown.rare and not show_all else help}
        if self.positional:
            nargs = "+" if self.type is list else None if self.required else "?"
            group.add_argument(self.name, metavar=self.metavar, nargs=nargs, **kept)
        elif self.type is bool:
            on, _, off = self.flags[0].partition("/")
            group.add_argument(on, *self.flags[1:], dest=self.name, action="store_true", **kept)
            if off:
                group.add_argument(off, dest=self.name, action="store_false", **kept | {"help": f"Not {on}."})
        else:
            metavar = tuple(self.metavar.split()) if self.type is tuple else self.metavar
            kept |= {"action": "append"} if self.type is list else {"nargs": 2} if self.type is tuple else {}
            required = {"required": True} if self.required else {}
            group.add_argument(*self.flags, dest=self.name, metavar=metavar, **kept, **required)

    def value(self, typed: object) -> object:
        """The value of what was typed. Raises Misuse for what is of another type, or out of bounds."""
        if self.type is tuple:
            return tuple(self._number(text, float) for text in typed)
        if self.shown.read is not None:
            return self.shown.read(typed)
        if self.type in NUMBERS:
            return self._number(typed, self.type)
        return self.type(typed) if self.type is Path else typed

    def _number(self, text: str, kind: type) -> float:
        least, most = self.shown.least, self.shown.most
        called = self.flags[0] if self.flags else self.metavar
        try:
            number = kind(text)
        except ValueError:
            raise Misuse(f"{called} takes {NUMBERS[kind]}, not {text!r}") from None
        if (least is not None and number < least) or (most is not None and number > most):
            span = f"at least {least}" if most is None else f"between {least} and {most}"
            raise Misuse(f"{called} must be {span}, not {text}")
        return number


def typed_as(annotation: object) -> type:
    """The type of what is typed for a value of this annotation."""
    is_class = isinstance(annotation, type) and not get_args(annotation)
    text = annotation.__name__ if is_class else str(annotation)
    words = "".join(letter if letter.isalnum() else " " for letter in text).split()
    return next((typed for word, typed in TYPED.items() if word in words), str)


def with_default(help: str, default: object) -> str:
    """A sentence with the default in brackets, as far as it says something."""
    if default is Parameter.empty or isinstance(default, (bool, list)) or default in (None, "", ()):
        return help
    shown = "..".join(map(str, default)) if isinstance(default, tuple) else default
    return f"{help.rstrip('.')} ({f'{shown:g}' if isinstance(shown, float) else shown})."


@dataclass(frozen=True)
class Many:
    """Stands for options that a command takes as one value, {name: value} of those that were typed.

    Args:
        entries: Makes the options, which may change as kinds of data are registered.
        readers: Makes {name: what reads the typed values}.
    """

    entries: Callable[[], list[Entry]]
    readers: Callable[[], Mapping[str, Callable]] = dict

    def read(self, typed: Mapping[str, object]) -> dict[str, object]:
        """The values of the options that were typed."""
        readers, own = self.readers(), {one.name: one for one in self.entries()}
        values = {name: own[name].value(typed[name]) for name in own if name in typed}
        return {name: readers[name](value) if name in readers else value for name, value in values.items()}


def outline(place: str) -> Callable:
    """A function "module:function" or "module:Class.method" below genwright with its signature and docstring, and
    without a body: it is read and not imported, since torch takes seconds to load. Its defaults are literals."""
    module, _, name = place.partition(":")
    source = Path(__file__).parents[1].joinpath(*module.split(".")).with_suffix(".py")
    node = ast.parse(source.read_text(encoding="utf-8"))
    for part in name.split("."):
        node = next(one for one in node.body if getattr(one, "name", None) == part)
    node.body, node.decorator_list = node.body[:1], []
    names: dict[str, Callable] = {}
    bare = compile(
        ast.Module([node], []), source, "exec", flags=__future__.annotations.compiler_flag, dont_inherit=True
    )
    exec(bare, names)
    return names[node.name]


@dataclass(frozen=True)
class Keywords:
    """The keywords of a public function as options of a command: types and defaults are those of its signature, help
    is the first sentence of `Args:`, in which `name` becomes the option that was meant.

    Args:
        function: The public function, or its place in a heavy module, as `outline` takes it.
        panels: {panel of the help: names of keywords}, in the order of the help.
        rare: Names of the keywords that only --help-all shows.
        shown: {keyword: what the command line alone knows of it}.
    """

    function: Callable | str
    panels: Mapping[str, str]
    rare: str = ""
    shown: Mapping[str, Shown] | None = None

    def flag(self, keyword: str) -> str:
        """The spelling of a keyword as an option; other names stay."""
        return next((one.flags[0].partition("/")[0] for one in self.entries() if one.name == keyword), f"--{keyword}")

    def entries(self) -> list[Entry]:
        """The options, panel by panel."""
        function = outline(self.function) if isinstance(self.function, str) else self.function
        parameters, texts = signature(function).parameters, described(function)
        own = [self._entry(parameters[name], panel) for panel, names in self.panels.items() for name in names.split()]
        spelled = {f"`{one.name}`": one.flags[0].partition("/")[0] for one in own}
        entries = []
        for one in own:
            help = texts[one.name].partition(". ")[0].rstrip(".") + "."
            for name, flag in spelled.items():
                help = help.replace(name, flag)
            entries.append(replace(one, help=with_default(help, parameters[one.name].default)))
        return entries

    def _entry(self, parameter: Parameter, panel: str) -> Entry:
        shown = (self.shown or {}).get(parameter.name, Shown())
        shown = replace(shown, panel=panel, rare=parameter.name in self.rare.split())
        return Entry(parameter.name, str if shown.read else typed_as(parameter.annotation), shown, "")

    def read(self, typed: Mapping[str, object]) -> dict[str, object]:
        """The values of the options that were typed."""
        return {one.name: one.value(typed[one.name]) for one in self.entries() if one.name in typed}


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> None:
        raise Misuse(message)


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, within limits."""

    def __init__(self, prog: str):
        super().__init__(prog, max_help_position=INDENT, width=columns())


def columns() -> int:
    """Columns of a help text."""
    return min(WIDEST, shutil.get_terminal_size().columns)


class Command:
    """A function as a command.

    Args:
        function: The function; `--help` begins with its docstring.
        name: Name of the command. Default: that of the function.
    """

    def __init__(self, function: Callable, name: str = ""):
        self.function, self.name = function, name or function.__name__.replace("_", "-")
        self.text = cleandoc(function.__doc__).partition("\n\nArgs:")[0]

    @property
    def entries(self) -> list[Entry]:
        """Its arguments and options, drawn anew when kinds of data have been registered meanwhile."""
        texts = described(self.function)
        return [one for own in self._parameters() for one in _entries_of(own, texts)]

    def help(self, show_all: bool = False) -> str:
        """Its help. show_all: with the options that are rare."""
        return self._parser(show_all).format_help()

    def read(self, words: list[str]) -> dict[str, object]:
        """The arguments of the function for what was typed after the name of the command. Raises Misuse."""
        entries = {one.name: one for one in self.entries}
        try:
            found, strange = self._parser(False).parse_known_intermixed_args(words)
            if strange:
                raise Misuse(self._strange(next((word for word in strange if word.startswith("-")), strange[0])))
            typed, values = vars(found), {}
            for own in self._parameters():
                if many := _noted(own, Many | Keywords):
                    values[own.name] = many.read(typed)
                elif own.name in typed:
                    values[own.name] = entries[own.name].value(typed[own.name])
                elif _noted(own, Shown) is WORDS:
                    values[own.name] = [self.name, *words]
            return values
        except Misuse as wrong:
            raise Misuse(f"{wrong} (see `genwright {self.name} --help`)") from None

    def _parameters(self) -> list[Parameter]:
        return list(signature(self.function).parameters.values())

    def _strange(self, word: str) -> str:
        if not word.startswith("-"):
            return f"{word!r} is one argument too many"
        flags = [flag for one in self.entries for spelled in one.flags for flag in spelled.split("/")]
        option = word.partition("=")[0]
        near = get_close_matches(option, flags, 1)
        return f"there is no option {option}" + (f": did you mean {near[0]}?" if near else "")

    def _parser(self, show_all: bool) -> Parser:
        entries = self.entries
        paragraphs = [textwrap.fill(" ".join(part.split()), columns()) for part in self.text.split("\n\n")]
        places = [_place(one) for one in entries if one.positional]
        parser = Parser(
            usage=" ".join(["genwright", self.name, *places, "[options]"]),
            description="\n\n".join(paragraphs),
            formatter_class=Layout,
            add_help=False,
            allow_abbrev=False,
        )
        panels = dict.fromkeys([ARGUMENTS, OPTIONS, *(one.shown.panel or OPTIONS for one in entries)])
        groups = {panel: parser.add_argument_group(panel) for panel in panels}
        for one in entries:
            one.add_to(groups[ARGUMENTS if one.positional else one.shown.panel or OPTIONS], show_all)
        groups[OPTIONS].add_argument(*HELP, action="store_true", default=argparse.SUPPRESS, help="Show this help.")
        if any(one.shown.rare for one in entries):
            said = "Show every option."
            groups[OPTIONS].add_argument(HELP_ALL, action="store_true", default=argparse.SUPPRESS, help=said)
        return parser


def _place(one: Entry) -> str:
    """An argument in the line of usage."""
    word = f"{one.metavar}..." if one.type is list and not one.metavar.endswith("...") else one.metavar
    return word if one.required else f"[{word}]"


def _noted(own: Parameter, kind: type) -> object:
    """What of a kind stands in the `Annotated` of a parameter, None where nothing does."""
    notes = get_args(own.annotation)[1:] if get_origin(own.annotation) is Annotated else ()
    return next((note for note in notes if isinstance(note, kind)), None)


def _entries_of(own: Parameter, texts: Mapping[str, str]) -> Iterable[Entry]:
    """The entries that a parameter of a command stands for."""
    if many := _noted(own, Many | Keywords):
        return many.entries()
    shown = _noted(own, Shown) or Shown()
    if shown is WORDS:
        return []
    annotation = get_args(own.annotation)[0] if get_origin(own.annotation) is Annotated else own.annotation
    help = with_default(texts.get(own.name) or shown.help, own.default)
    is_positional, is_required = own.kind is Parameter.POSITIONAL_OR_KEYWORD, own.default is Parameter.empty
    return [Entry(own.name, typed_as(annotation), shown, help, is_positional, is_required)]
