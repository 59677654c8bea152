"""`genwright design` as it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import BudgetError, DataError

GOAL, SEARCH, LIMITS = "Goal", "Search", "Limits"
OFF = "off"


@dataclass
class Goal:
    """Goal of a design: its score, wishes, molecules to be similar to and scaffold to keep."""

    score: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|COMMAND|RUN:PROPERTY",
            rich_help_panel=GOAL,
            help="A .py file with score(smiles), a command, or a predicted property. Higher is better.",
        ),
    ] = None
    want: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WISH",
            rich_help_panel=GOAL,
            help='Such as "qed>=0.8", "weight=300..350", "tpsa=70+-10", "2*runs/assay:active>=0.9" (repeatable).',
        ),
    ] = None
    like: Annotated[
        str | None, typer.Option(metavar="DATA", rich_help_panel=GOAL, help="Molecules to be similar to.")
    ] = None
    similar: Annotated[
        float, typer.Option(rich_help_panel=GOAL, help="Least Tanimoto similarity to --like.", show_default=False)
    ] = 0.0
    keep: Annotated[
        str, typer.Option(metavar="SMILES", rich_help_panel=GOAL, help="Scaffold to keep, such as [*:1]c1ccccc1.")
    ] = ""


@dataclass
class Searching:
    """How it is searched for."""

    family: Annotated[
        str, typer.Option(metavar="NAMES", rich_help_panel=SEARCH, help="Families, with commas between them.")
    ] = "genetic"
    calls: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", rich_help_panel=SEARCH, help="Molecules to score, for each search (10000)."),
    ] = None
    minutes: Annotated[float | None, typer.Option(rich_help_panel=SEARCH, help="Minutes of each search.")] = None
    seed: Annotated[int, typer.Option(metavar="NUMBER", rich_help_panel=SEARCH, help="Seed of the first search.")] = 0
    seeds: Annotated[int, typer.Option(metavar="NUMBER", rich_help_panel=SEARCH, help="Seeds of each family.")] = 1
    batch: Annotated[int, typer.Option(metavar="NUMBER", rich_help_panel=SEARCH, help="Molecules scored at once.")] = 64
    score_seconds: Annotated[
        float, typer.Option(rich_help_panel=SEARCH, help="Seconds that the score may take for a batch.")
    ] = 60.0
    diverse: Annotated[
        bool, typer.Option("--diverse", rich_help_panel=SEARCH, help="Let at most 25 molecules of a scaffold count.")
    ] = False
    prior: Annotated[
        str | None,
        typer.Option(metavar="RUN", rich_help_panel=SEARCH, help="String model that reinvent and the like begin with."),
    ] = None
    prior_minutes: Annotated[
        float, typer.Option(rich_help_panel=SEARCH, help="Without --prior: minutes to train one.")
    ] = 10.0


@dataclass
class Limiting:
    """Limits of a design: elements, sizes of rings, heavy atoms and filters."""

    elements: Annotated[
        str,
        typer.Option(
            metavar="SYMBOLS", rich_help_panel=LIMITS, help="Elements beside those of DATA, such as B,Si; any for all."
        ),
    ] = ""
    rings: Annotated[str, typer.Option(rich_help_panel=LIMITS, help="Sizes of rings, or off.")] = "4..7"
    atoms: Annotated[str, typer.Option(rich_help_panel=LIMITS, help="Most heavy atoms, or off.")] = "38"
    filters: Annotated[
        str, typer.Option(metavar="on|off", rich_help_panel=LIMITS, help="Keep only what passes MOSES' filters.")
    ] = "on"


@dataclass
class Asking:
    """A laboratory in the place of a score."""

    ask: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER", rich_help_panel=GOAL, help="In place of --score: list this many molecules to measure."
        ),
    ] = None
    tell: Annotated[
        Path | None,
        typer.Option(metavar="CSV", rich_help_panel=GOAL, help="Measurements: columns smiles and score."),
    ] = None


def options(goal: Goal, search: Searching, limits: Limiting, asking: Asking) -> dict[str, Any]:
    """The arguments of `genwright.design`. Raises DataError and BudgetError for values that cannot be read."""
    if limits.filters not in ("on", OFF):
        raise DataError(f"--filters takes on or off, not {limits.filters!r}")
    families = [name.strip() for name in search.family.split(",") if name.strip()]
    if not families:
        raise BudgetError("no family is named: leave --family out for genetic")
    own = {name: value for part in (goal, search, asking) for name, value in vars(part).items()}
    return own | {
        "want": goal.want or (),
        "family": families,
        "elements": limits.elements,
        "rings": _rings(limits.rings),
        "atoms": _atoms(limits.atoms),
        "filters": limits.filters == "on",
    }


def _rings(text: str) -> tuple[int, int] | None:
    first, _, last = text.partition("..")
    try:
        return None if text == OFF else (int(first), int(last or first))
    except ValueError:
        raise DataError(f"--rings {text} says no sizes: write it as in --rings 5..6, or --rings off") from None


def _atoms(text: str) -> int | None:
    try:
        return None if text == OFF else int(text)
    except ValueError:
        raise DataError(f"--atoms {text} is no number: write it as in --atoms 50, or --atoms off") from None
