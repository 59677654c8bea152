"""The page of a molecule that a person draws."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ...studio.guard import LIST, Refused, body_of, body_schema, read_conditions, read_text
from ...studio.models import MOST_ROWS, Answer, Models
from ...studio.page import Page
from ...studio.trainings import command, condition_words

LONGEST_SMILES = 1_000  # letters


async def grow(models: Models, request: Request) -> Response:
    """{"scaffold": SMILES, "given", "n", "seed"}: molecules that a model made of a scaffold."""
    entry, body, n, seed = await models.sampling_of(request, MOST_ROWS, "scaffold given")
    scaffold, given = read_text(body, "scaffold", LONGEST_SMILES), read_conditions(body)
    grown = await models.worker.ask(f"grow {entry.id}", "grow", str(entry.path), scaffold, given, n, seed)
    typed = ["complete", entry.name, "scaffold.smi", "--samples", str(n), "--seed", str(seed)]
    return Answer(grown | {"command": command([*typed, *condition_words(given), "--out", "grown.csv"])})


async def predict_molecules(models: Models, request: Request) -> Response:
    """{"molecules": SMILES of each}: what a model of properties says of them."""
    entry, body = models.run_of(request), await body_of(request, body_schema({"molecules": LIST}))
    molecules = body.get("molecules")
    if not isinstance(molecules, list) or not 1 <= len(molecules) <= MOST_ROWS:
        raise Refused(400, f"molecules must be a list of at most {MOST_ROWS}")
    texts = [read_text({"a molecule": one}, "a molecule", LONGEST_SMILES) for one in molecules]
    told = await models.worker.ask(f"properties {entry.id}", "predict_molecules", str(entry.path), texts)
    return Answer(told | {"command": command(["predict", entry.name, "molecules.smi"])})


PAGE = Page(
    "molecule",
    Path(__file__).parent / "static" / "molecule.js",
    "draw a molecule",
    of_run=lambda run: run["kind"] == "molecules" and bool({"complete", "predict"} & set(run["verbs"])),
    asks={"grow": grow, "molecules": predict_molecules},
    verbs="genwright.molecules.studio.verbs",
)
