"""The command line: `genwright compare | fit | sample | log-prob | complete | report | list`.

Heavy libraries are imported inside the commands, so that `--help` and `list` answer at once.
"""

from __future__ import annotations

import errno
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated, Optional

import typer

from .errors import BudgetError, DataError, GenwrightError, GivenError
from .recipes import registry

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Train every family of generative model that fits your data, measure them alike, use the one to pick.\n\n"
    "Begin with: genwright compare digits",
)

DATA_HELP = "A name (digits, penguins, fashion-mnist ...), a folder of pictures, or a .csv, .csv.gz, .npy or .npz file."
DataArgument = Annotated[str, typer.Argument(metavar="DATA", help=DATA_HELP)]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a trained model.")]
Types = Annotated[Optional[list[str]], typer.Option(help="Correct a column's kind: --types zip=category (repeat, or separate by commas).")]
Drop = Annotated[Optional[list[str]], typer.Option(help="Leave a column out: --drop id (repeat, or separate by commas).")]
Condition = Annotated[Optional[list[str]], typer.Option("--given", help="Condition on this column of a table (repeat for more).")]
Seed = Annotated[int, typer.Option(help="Of the split, the weights and every draw.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]


@app.command()
def compare(
    data: Annotated[Optional[str], typer.Argument(metavar="[DATA]", help=DATA_HELP)] = None,
    minutes: Annotated[float, typer.Option(help="Training time of all families together, in equal shares.")] = 5.0,
    family: Annotated[Optional[list[str]], typer.Option(help="Only these families (repeat).")] = None,
    out: Annotated[Optional[Path], typer.Option(help="Folder; runs/compare-DATA by default. A stopped comparison goes on there.")] = None,
    replay: Annotated[Optional[Path], typer.Option(help="Repeat the comparison of this results.json: equal numbers but for time and memory.")] = None,
    given: Condition = None,
    types: Types = None,
    drop: Drop = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train every family that fits the data under one budget, measure them alike and write a report.

    Example: genwright compare penguins.csv --minutes 3
    """
    from .arena.compare import compare

    if data is None:
        if replay is None:
            raise DataError("compare needs DATA (or --replay results.json): try `genwright compare digits`")
        data = _recorded_source(replay)
    compare(_load(data, given, types, drop, seed, quiet), family, minutes=minutes, seed=seed, out=out, replay=replay, progress=not quiet)


@app.command()
def fit(
    data: DataArgument,
    family: Annotated[Optional[str], typer.Option(help="By plain name (see `genwright list`); by default the one that suits the data.")] = None,
    minutes: Annotated[Optional[float], typer.Option(help="Budget in minutes (2 by default).")] = None,
    steps: Annotated[Optional[int], typer.Option(help="Budget in optimizer steps.")] = None,
    items: Annotated[Optional[int], typer.Option(help="Budget in training items seen.")] = None,
    epochs: Annotated[Optional[float], typer.Option(help="Budget in passes over the data.")] = None,
    out: Annotated[Optional[Path], typer.Option(help="Run folder; runs/DATA-FAMILY by default. A stopped run goes on there.")] = None,
    preset: Annotated[Optional[str], typer.Option(help="A named row of the recipe's numbers.")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew, whatever the folder holds.")] = False,
    replay: Annotated[Optional[Path], typer.Option(help="Repeat this run bit for bit.")] = None,
    all_rows: Annotated[bool, typer.Option("--all-rows", help="Learn from validation and test rows too: for the final model.")] = False,
    given: Condition = None,
    types: Types = None,
    drop: Drop = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train one model. The same command again goes on where a stopped run stood.

    Example: genwright fit digits --family flow --minutes 10 --out runs/mine
    """
    from .workbench import fit

    loaded = _load(data, given, types, drop, seed, quiet)
    if out is None:
        out = Path("runs") / f"{loaded.name}-{family or registry.DEFAULT[loaded.domain.name]}{'-replay' if replay else ''}"
    rows = "all" if all_rows else "train"
    fit(
        loaded, family, minutes=minutes, items=items, steps=steps, epochs=epochs, seed=seed, out=out, preset=preset,
        restart=restart, replay=replay, rows=rows, progress=not quiet,
    )
    print(f"model: {out}")


@app.command()
def sample(
    run: RunArgument,
    n: Annotated[int, typer.Option("-n", help="How many.")] = 64,
    given: Annotated[Optional[list[str]], typer.Option(help="A value to condition on: --given label=3 (repeat).")] = None,
    guidance: Annotated[float, typer.Option(help="1 draws from p(x | given); more exaggerates the condition.")] = 1.0,
    out: Annotated[Path, typer.Option(help="A .png, .npz or .csv file, or a folder.")] = Path("samples.npz"),
    seed: Annotated[Optional[int], typer.Option(help="The same seed gives the same items.")] = None,
) -> None:
    """Draw new items.

    Example: genwright sample runs/mine -n 64 --given label=3 --out new.png
    """
    model = _open(run)
    drawn = model.sample(n, _pairs(given) or None, seed, guidance)
    print(f"{n} drawn: {model.domain.write(drawn, out)}")


@app.command("log-prob")
def log_prob(
    run: RunArgument,
    data: DataArgument,
    out: Annotated[Path, typer.Option(help="A .csv file with a row an item: nats, kind, of.")] = Path("log_prob.csv"),
    draws: Annotated[Optional[int], typer.Option(help="Random draws per item that a bound or an estimate may use.")] = None,
) -> None:
    """Log-likelihood of each item, in nats, with its kind.

    Example: genwright log-prob runs/mine new.csv --out lp.csv
    """
    import pandas as pd

    from .data import read_source
    from .training.files import write_whole

    model = _open(run)
    lp = model.log_prob(model.domain.accept(read_source(data, 0)), draws=draws)
    table = pd.DataFrame({"nats": lp.nats, "kind": lp.kind, "of": lp.of})
    write_whole(out, table.to_csv(index=False).encode())
    print(f"{len(lp)} items, mean {lp.mean()} nats ({lp.kind} of the {lp.of}): {out}")


@app.command()
def complete(
    run: RunArgument,
    data: Annotated[Path, typer.Argument(metavar="FILE", help="A table with empty cells, or an .npz with x and known.")],
    out: Annotated[Path, typer.Option(help="A .csv or .npz file.")] = Path("filled.csv"),
    estimate: Annotated[Optional[str], typer.Option(help="mean: the best guess instead of one draw.")] = None,
    seed: Annotated[Optional[int], typer.Option(help="The same seed gives the same completion.")] = None,
) -> None:
    """Fill the missing parts of items and keep the known parts as they are.

    Example: genwright complete runs/mine holes.csv --out filled.csv --estimate mean
    """
    model = _open(run)
    items, known = model.domain.read_holes(data)
    filled = model.complete(items, known, estimate=estimate, seed=seed)
    print(f"{len(filled)} items completed: {model.domain.write(filled, out)}")


@app.command()
def report(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a comparison or of a run.")]) -> None:
    """Draw the report again from the results, without any model.

    Example: genwright report runs/compare-digits
    """
    from .arena.report import report

    print(f"report: {report(folder)}")


@app.command("list")
def list_families() -> None:
    """Families, the kinds of data they fit, and what each can do.

    Example: genwright list
    """
    from rich.console import Console
    from rich.table import Table

    table = Table("data", "family", "verbs", "likelihood", "after", title="what genwright can train today", title_justify="left")
    for row in registry.ROWS:
        name = f"{row.family} (baseline)" if row.baseline else row.family
        table.add_row(row.domain, name, " ".join(v.replace("_", "-") for v in row.verbs), row.likelihood or "none", row.paper)
    Console().print(table)


# ---------------------------------------------------------------------- what a person typed


def _load(source: str, given, types, drop, seed: int, quiet: bool):
    from .data import load_data

    kinds = _pairs(_split(types))
    data = load_data(source, given=_split(given) or None, types=kinds or None, drop=_split(drop) or None, seed=seed)
    if not quiet:
        print("\n".join(data.describe()), file=sys.stderr)
    return data


def _open(run: Path):
    from .workbench import load_model

    return load_model(run)


def _split(options: list[str] | None) -> list[str]:
    return [part.strip() for option in options or [] for part in option.split(",") if part.strip()]


def _pairs(options: list[str] | None) -> dict[str, str]:
    pairs = {}
    for option in options or []:
        name, equals, value = option.partition("=")
        if not equals or not name or not value:
            raise GivenError(f"{option!r} is not of the form NAME=VALUE, as in label=3")
        pairs[name] = value
    return pairs


def _recorded_source(results: Path) -> str:
    import json

    file = results / "results.json" if results.is_dir() else results
    try:
        return json.loads(file.read_text(encoding="utf-8"))["data"]["source"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{file} is not the results.json of a comparison ({type(error).__name__}): name one, or give DATA") from error


# ---------------------------------------------------------------------- errors


def main(arguments: list[str] | None = None) -> None:
    """Run the command line. What a person can mend is one sentence on stderr; what they can't is a bug report in a file."""
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="genwright", standalone_mode=False)
    except GenwrightError as error:
        code = _say(str(error), error.exit_code)
    except typer.exceptions.TyperException as error:
        code = _say(f"{error.format_message()} (see `genwright --help`)", 2)
    except (KeyboardInterrupt, typer.Abort):
        code = _say("stopped by Ctrl-C; the same command goes on from the last checkpoint, where there is one", 130)
    except OSError as error:
        code = _say(_about_files(error), 4)
    except Exception as error:  # the border of the program: anything else is our fault, and said so
        code = _say(_bug(error), 70)
    sys.exit(code if isinstance(code, int) else 0)


def _say(sentence: str, code: int) -> int:
    print(f"genwright: {' '.join(sentence.split())}", file=sys.stderr)
    return code


def _about_files(error: OSError) -> str:
    where = error.filename or "a file"
    remedies = {errno.ENOSPC: "the disk is full: free some room", errno.EACCES: "no permission: choose another place or change its rights"}
    return f"{where}: {remedies.get(error.errno, error.strerror or error)}"


def _bug(error: Exception) -> str:
    with tempfile.NamedTemporaryFile("w", prefix="genwright-bug-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(f"genwright {' '.join(sys.argv[1:])}\n\n")
        traceback.print_exception(error, file=file)
    return f"a bug in genwright ({type(error).__name__}: {error}); the details are in {file.name}: please send them with your report"
