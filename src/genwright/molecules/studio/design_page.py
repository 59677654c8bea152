"""The page of a design: molecules that `genwright design` looks for by a person's wishes, and the best so far."""

import csv
import io
import math
import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ...core.errors import GenwrightError
from ...studio.guard import OBJECT, TEXT, WHOLE, Refused, body_of, body_schema, read_number
from ...studio.models import Answer, Models
from ...studio.page import Job, Page
from ...studio.shelf import Entry, open_own
from ...studio.trainings import command

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
DESIGN, RECORD, CALLS, REPORT = "design", "design.json", "calls.csv", "report.html"
WISHING = body_schema({"source": TEXT, "options": OBJECT, "wishes": OBJECT, "calls": WHOLE})
MOST_CALLS, ROWS_SHOWN = 100_000, 12
LARGEST = 2**25  # bytes of calls.csv
NOTHING = {"calls": 0, "columns": [], "rows": []}  # of molecules to show
HIDDEN_COLUMNS = {"number", "family", "seed", "parent", "seconds", "error"}  # columns that a page does not need


async def wishes(models: Models, request: Request) -> Response:
    """The properties that may be wished for, each with its range."""
    told = [{"name": name, "meaning": says, "range": own} for name, (says, *own) in SLIDERS.items()]
    return Answer({"wishes": told})


async def begin(models: Models, request: Request) -> Response:
    """{"source", "wishes": {property: [low, high], null for an open end}, "calls"}: a design that starts from
    molecules."""
    body = await body_of(request, WISHING)
    source, _ = models.shelf.source_of(body)
    calls = int(read_number(body, "calls", 1, MOST_CALLS))
    words = [DESIGN, source, *(f"--want={want}" for want in _wants_of(body)), "--calls", str(calls)]
    words += ["--out", models.trainings.new_folder(f"{DESIGN}-{Path(source).stem}")]
    training = models.trainings.begin(words)
    return Answer({"id": models.shelf.entry_of(training.folder, DESIGN).id, "command": command(words)})


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


def show_design(entry: Entry) -> dict:
    """What `best_of` finds, or the damage of a file that cannot be read."""
    try:
        return best_of(entry)
    except GenwrightError as error:
        return NOTHING | {"damage": str(error)}


def best_of(entry: Entry) -> dict:
    """{"calls": how many molecules were scored, "columns", "rows": the best of them as text}. Raises GenwrightError
    for a file that cannot be read."""
    path = entry.path / CALLS
    if not os.path.lexists(path):
        return NOTHING
    with open_own(path) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise GenwrightError(f"{CALLS} has more than {LARGEST:,} bytes: read {REPORT} in the folder of the design")
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
        "rows": [[short_cell(row[k]) for k in shown] for _, row in best],
    }


def _score_of(row: list[str], at: int) -> float:
    """The score of a call, minus infinity where it has none."""
    try:
        score = float(row[at])
    except (IndexError, ValueError):
        return -math.inf
    return score if math.isfinite(score) else -math.inf


def short_cell(text: str) -> str:
    """A cell, a number with as many digits as a person compares."""
    try:
        return f"{float(text):.4g}"
    except ValueError:
        return text


PAGE = Page(
    DESIGN,
    Path(__file__).parent / "static" / "design.js",
    "design molecules",
    of_data=lambda data: data["kind"] == "molecules",
    answers={"wishes": wishes, "begin": begin},
    job=Job(RECORD, REPORT, show_design),
)
