"""The command line: its commands by topic, a file each, in the order in which `genwright --help` lists them.

Commands are functions; `parser` makes options of their parameters. Heavy libraries are imported inside them, so that
`--help` and `list` answer at once.
"""

import logging
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from difflib import get_close_matches

from .. import __version__
from ..core.addresses import hide_secrets
from ..core.manifest import Package, load_place, take_packages
from ..core.packages import load_plugins
from ..core.patience import without_bars
from ..zoo import registry
from . import edit, families, fit, items, machine, samples, sharing, studies, words
from .arguments import streaming
from .exits import exit_code_of, leave
from .parser import HELP, HELP_ALL, Command, Misuse, columns

VERSION, DEBUG = "--version", "--debug"
INTRODUCTION = "Train every family of generative model that fits your data, measure them alike, and use the best one."
FIRST = "describe", "compare", "fit", "sample", "list"  # the commands that most people need


class Commands(Mapping[str, Command]):
    """Commands by their names. One of a package is loaded when it is first asked for.

    Args:
        own: commands of the core.
    """

    def __init__(self, own: Iterable[Command]):
        self._loaded = {command.name: command for command in own}
        self._places: dict[str, str] = {}

    def add(self, package: Package) -> None:
        """Add the commands of a package, behind those that are known."""
        self._places |= package.commands

    def __getitem__(self, name: str) -> Command:
        if name not in self._loaded:
            self._loaded[name] = Command(load_place(self._places[name]), name)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._loaded, **self._places})

    def __len__(self) -> int:
        return len({**self._loaded, **self._places})


COMMANDS = Commands((
    Command(fit.describe), Command(studies.compare), Command(fit.fit), Command(samples.sample),
    Command(families.list_families, "list"), Command(studies.measure), Command(items.log_prob),
    Command(samples.complete), Command(items.compress), Command(items.decompress), Command(items.predict),
    Command(items.encode), Command(items.search), Command(items.misfits), Command(edit.edit),
    Command(words.caption), Command(words.answer), Command(items.plot), Command(studies.report),
    Command(families.reproduce), Command(studies.status), Command(sharing.export), Command(machine.doctor),
))  # fmt: skip
take_packages(COMMANDS.add)
MEANT = dict(  # {what other programs call it: our command}
    pair.split(":")
    for pair in (
        "train:fit learn:fit finetune:fit generate:sample draw:sample synthesize:sample evaluate:measure "
        "benchmark:compare info:describe impute:complete inpaint:complete families:list models:list "
        "likelihood:log-prob embed:encode classify:predict ui:studio gui:studio version:--version help:--help"
    ).split()
)


def help_text() -> str:
    """The help of the whole program."""
    load_plugins()
    wide = max(map(len, COMMANDS)) + 2
    row = lambda name, text: textwrap.fill(
        text, columns(), initial_indent=f"  {name:{wide}}", subsequent_indent=" " * (wide + 2)
    )
    line = lambda name: row(name, " ".join(COMMANDS[name].text.partition("\n\n")[0].split()))
    further = [line(name) for name in COMMANDS if name not in FIRST]
    options = [row("-h, --help", "Show this help."), row(VERSION, "Print the version.")]
    return "\n".join([
        "usage: genwright COMMAND ...", "", textwrap.fill(INTRODUCTION, columns()), "",
        "Start with: genwright compare digits", "", "Commands that you need first:", *map(line, FIRST), "",
        "Further commands:", *further, "", "Options:", *options, "", "Of one command: genwright COMMAND --help",
    ])  # fmt: skip


def usual_families() -> str:
    """A sentence: the family that `fit` takes by default, for each kind of data or task."""
    usual: dict[str, list[str]] = {}
    for kind, task in dict.fromkeys((row.kind, row.task) for row in registry.rows()):
        usual.setdefault(registry.default_family(kind, task), []).append(registry.label(kind, task))
    rows = (f"{family} ({', '.join(labels)})" for family, labels in usual.items())
    return f"Families by default: {'; '.join(rows)}."


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
    leave(exit_code_of(lambda: run(arguments), arguments))


def run(arguments: list[str]) -> int | None:
    """Run what was typed after `genwright`; its exit code, None for 0. Raises Misuse."""
    if not arguments or arguments[0] in HELP:
        print(help_text())
        return None if arguments else 2
    name, *words = arguments
    if name == VERSION:
        print(f"genwright {__version__}")
        return None
    command = command_of(name)
    if HELP_ALL in words or not set(HELP).isdisjoint(words):
        print(command.help(show_all=HELP_ALL in words), end="")
        if command is COMMANDS["fit"]:
            print(f"\n{textwrap.fill(usual_families(), columns())}")
        return None
    values = command.read(words)
    bars = without_bars() if values.get("quiet") else nullcontext()  # those of reading, too
    with streaming(values.get("out") or values.get("options", {}).get("out")), bars:
        return command.function(**values)


def command_of(name: str) -> Command:
    """The command of a name. Raises Misuse, with the nearest name, where there is none."""
    if name not in COMMANDS:
        load_plugins()  # which takes longer than a known command needs
    if name in COMMANDS:
        return COMMANDS[name]
    near = get_close_matches(name, COMMANDS, 1)
    meant = MEANT.get(name.lower()) or (near[0] if near else "")
    raise Misuse(f"there is no command {name!r}{f': did you mean {meant}?' if meant else ''} (see `genwright --help`)")
