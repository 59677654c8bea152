"""The page of a screen: a library of molecules that `genwright screen` ranks, and the best of them."""

import csv
import io
import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ...core.errors import GenwrightError
from ...studio.guard import OBJECT, TEXT, Refused, body_of, body_schema, read_text
from ...studio.models import Answer, Models
from ...studio.page import Job, Page
from ...studio.shelf import RUN, Entry, open_own
from ...studio.trainings import command
from .design_page import NOTHING, ROWS_SHOWN, short_cell

SCREEN, RECORD, RANKED, REPORT = "screen", "screen.json", "ranked.csv", "report.html"
BEGINNING = 2**20  # bytes of ranked.csv, whose best rows come first
ASKED = body_schema({"source": TEXT, "options": OBJECT, "run": TEXT, "actives": TEXT})


async def begin(models: Models, request: Request) -> Response:
    """{"source": a library, and "run": a model of properties, or "actives": an upload}: a screen."""
    body = await body_of(request, ASKED)
    source, _ = models.shelf.source_of(body)
    if ("run" in body) == ("actives" in body):
        raise Refused(400, "a screen ranks by a model or by actives: choose one of the two")
    if "run" in body:
        known = ["--run", models.shelf.find(read_text(body, "run"), RUN).name]
    else:
        known = ["--actives", models.shelf.source_of({"source": read_text(body, "actives")})[0]]
    words = [SCREEN, source, *known, "--out", models.trainings.new_folder(f"{SCREEN}-{Path(source).stem}")]
    training = models.trainings.begin(words)
    return Answer({"id": models.shelf.entry_of(training.folder, SCREEN).id, "command": command(words)})


def show_screen(entry: Entry) -> dict:
    """What `best_ranked` finds, or the damage of a file that cannot be read."""
    try:
        return best_ranked(entry)
    except (GenwrightError, csv.Error) as error:
        return NOTHING | {"damage": str(error)}


def best_ranked(entry: Entry) -> dict:
    """{"calls": how many molecules the beginning of the table ranks, "columns", "rows": the best as text}. Raises
    GenwrightError and csv.Error for a file that cannot be read."""
    path = entry.path / RANKED
    if not os.path.lexists(path):
        return NOTHING
    with open_own(path) as file:
        data = file.read(BEGINNING)
    whole = data[: data.rfind(b"\n") + 1].decode(errors="replace")
    columns, *rows = [row for row in csv.reader(io.StringIO(whole)) if row] or [[]]
    ranked = [row for row in rows if len(row) == len(columns) and row[0]]  # those that are left out have no rank
    best = ranked[:ROWS_SHOWN]
    shown = [k for k, name in enumerate(columns) if any(row[k] for row in best)]
    return {
        "calls": len(ranked),
        "columns": [columns[k] for k in shown],
        "rows": [[short_cell(row[k]) for k in shown] for row in best],
    }


PAGE = Page(
    SCREEN,
    Path(__file__).parent / "static" / "screen.js",
    "screen these molecules",
    of_data=lambda data: data["kind"] == "molecules",
    answers={"begin": begin},
    job=Job(RECORD, REPORT, show_screen),
)
