"""The command line: its commands by topic, a file each, in the order in which `genwright --help` lists them.

Heavy libraries are imported inside the commands, so that `--help` and `list` answer at once.
"""

import sys
from typing import Annotated

import typer

from .. import __version__
from . import compare, data, families, fit, graphs, items, molecules, predictors, samples, studio
from .errors import exit_code_of, leave
from .program import Program

app = Program(
    help="Train every family of generative model that fits your data, measure them alike, and use the best one.\n\n"
    "Start with: genwright compare digits",
)
for command in (
    data.describe, compare.compare, fit.fit, samples.sample, items.log_prob, molecules.score, samples.complete,
    molecules.design, items.compress, items.decompress, predictors.predict, molecules.screen, molecules.explain,
    items.encode, predictors.search, predictors.misfits, items.edit, items.plot, compare.report, graphs.depth,
    graphs.expressiveness, graphs.ladder, families.reproduce,
):  # fmt: skip
    app.command()(command)
app.command("list")(families.list_families)
for command in (compare.status, studio.studio, studio.doctor):
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


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: see `cli_errors` for the codes."""
    arguments = sys.argv[1:] if arguments is None else arguments
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
