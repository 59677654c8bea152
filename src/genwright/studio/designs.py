"""Designs: molecules that `genwright design` looks for by a person's wishes, and the best so far while it runs."""

import csv
import io
import math
import os
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from ..core.errors import GenwrightError
from ..core.limits import last_line
from ..run.process import COMPLETED, FAILED, RUNNING, STOPPED
from . import tails
from .guard import Refused, body_of, body_schema, read_number
from .models import Answer
from .shelf import DESIGN, Entry, Shelf, open_own
from .trainings import Trainings, command

SLIDERS = {  # property: what a page says of it, and the ends and the step of its sliders
    "weight": ("g/mol", 100, 600, 5),
    "logp": ("log10 of the octanol-water partition", -2, 7, 0.1),
    "qed": ("likeness to known medicines", 0, 1, 0.01),
    "sa": ("how hard it is to make", 1, 8, 0.1),
    "tpsa": ("polar surface, square angstrom", 0, 160, 1),
    "hbd": ("hydrogen bond donors", 0, 6, 1),
    "hba": ("hydrogen bond acceptors", 0, 12, 1),
    "rotatable": ("rotatable bonds", 0, 12, 1),
    "fsp3": ("share of carbon atoms that are sp3", 0, 1, 0.01),
    "rings": ("rings", 0, 6, 1),
}
CALLS, PAGE = "calls.csv", "report.html"
MOST_CALLS, ROWS_SHOWN = 100_000, 12
LARGEST = 2**25  # bytes of calls.csv
HIDDEN_COLUMNS = {"number", "family", "seed", "parent", "seconds", "error"}  # columns that a page does not need


class Designs:
    """The designs of a folder."""

    def __init__(self, shelf: Shelf, trainings: Trainings):
        self.shelf, self.trainings = shelf, trainings

    async def wishes(self, request: Request) -> Response:
        """The properties that may be wished for, each with its range."""
        told = [{"name": name, "meaning": says, "range": own} for name, (says, *own) in SLIDERS.items()]
        return Answer({"wishes": told})

    async def begin(self, request: Request) -> Response:
        """{"source", "wishes": {property: [low, high], null for an open end}, "calls"}"""
        body = await body_of(request, body_schema("source options wishes calls"))
        source, _ = self.shelf.source_of(body)
        calls = int(read_number(body, "calls", 1, MOST_CALLS))
        words = self.trainings.words_to_design(source, _wants_of(body), calls)
        training = self.trainings.begin(words)
        return Answer({"id": self.shelf.entry_of(training.folder, DESIGN).id, "command": command(words)})

    async def events(self, request: Request) -> Response:
        """How a design stands, whenever that changes."""
        entry = self.shelf.find(request.path_params["id"], DESIGN)
        return tails.stream(tails.changes(tails.Shared(partial(self._show, entry))))

    def about(self, entry: Entry) -> dict[str, str]:
        """The state of a design, and what its command said last."""
        mine = self.trainings.begun.get(entry.path)
        lives, done = mine is not None and mine.lives, os.path.lexists(entry.path / PAGE)
        error = mine.error if mine and not lives else ""
        state = RUNNING if lives else FAILED if error else COMPLETED if done else STOPPED
        return {"state": state, "error": error, "said": last_line(mine.log) if lives else ""}

    def _show(self, entry: Entry) -> dict:
        mine = self.trainings.begun.get(entry.path)
        try:
            found = best_of(entry)
        except GenwrightError as error:
            found = {"calls": 0, "columns": [], "rows": [], "damage": str(error)}
        return self.about(entry) | found | {"name": entry.name, "command": command(mine.words) if mine else ""}


def _wants_of(body: dict) -> list[str]:
    """Wishes as `--want` takes them. Raises Refused for a property without sliders, and where nothing is wished."""
    wishes = body.get("wishes")
    if not isinstance(wishes, dict) or not set(wishes) <= set(SLIDERS):
        raise Refused(400, f"wishes must be an object of {', '.join(SLIDERS)}")
    wants = []
    for name, ends in wishes.items():
        if not isinstance(ends, list) or len(ends) != 2:
            raise Refused(400, f"the wish about {name} must be a list of two ends")
        _, least, most, _ = SLIDERS[name]
        low, high = (None if end is None else read_number({name: end}, name, least, most) for end in ends)
        if low is not None and high is not None:
            if low > high:
                raise Refused(400, f"{name} cannot be at least {low:g} and at most {high:g}: move one slider")
            wants.append(f"{name}={low:g}..{high:g}")
        elif low is not None or high is not None:
            wants.append(f"{name}<={high:g}" if low is None else f"{name}>={low:g}")
    if not wants:
        raise Refused(400, "nothing is wished yet: move a slider")
    return wants


def best_of(entry: Entry) -> dict:
    """{"calls": how many molecules were scored, "columns", "rows": the best of them as text}. Raises GenwrightError
    for a file that cannot be read."""
    path = entry.path / CALLS
    if not os.path.lexists(path):
        return {"calls": 0, "columns": [], "rows": []}
    with open_own(path) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise GenwrightError(f"{CALLS} has more than {LARGEST:,} bytes: read {PAGE} in the folder of the design")
    whole = data[: data.rfind(b"\n") + 1].decode(errors="replace")  # the last line may be half written
    try:
        columns, *rows = [row for row in csv.reader(io.StringIO(whole)) if row] or [[]]
    except csv.Error as error:
        raise GenwrightError(f"{CALLS} is damaged ({error}): design anew") from error
    shown = [k for k, name in enumerate(columns) if name not in HIDDEN_COLUMNS and not name.endswith(" desirability")]
    at = columns.index("score") if "score" in columns else len(columns)
    rows = [row for row in rows if len(row) == len(columns)]
    scored = [(score, row) for row in rows if (score := _score_of(row, at)) > -math.inf]
    best = sorted(scored, key=lambda one: -one[0])[:ROWS_SHOWN]
    return {
        "calls": len(rows),
        "columns": [columns[k] for k in shown],
        "rows": [[_short(row[k]) for k in shown] for _, row in best],
    }


def _score_of(row: list[str], at: int) -> float:
    """The score of a call, minus infinity where it has none."""
    try:
        score = float(row[at])
    except (IndexError, ValueError):
        return -math.inf
    return score if math.isfinite(score) else -math.inf


def _short(text: str) -> str:
    """A cell, a number with as many digits as a person compares."""
    try:
        return f"{float(text):.4g}"
    except ValueError:
        return text
