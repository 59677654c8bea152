"""Verbs of the worker on a molecule that a person draws: a model grows it, and predictors say its properties."""

import pandas as pd

from ...core.errors import Unsupported
from ...run.predictor import Predictor
from ...studio.touch import opened, text_cells, trained, verb
from ...zoo import registry

DIGITS = 3  # behind the point of a property
NEEDLESS = ["scaffold", "opened", "sample", "valid"]  # columns that a page does not need


@verb
def grow(run: str, scaffold: str, given: dict[str, str], n: int, seed: int) -> dict:
    """{"columns", "rows", "invalid"}: molecules that a model made of a scaffold in n draws, with the properties that
    RDKit computes, and how many draws are none."""
    model = opened(run).model
    if not model.domain.grows:
        raise Unsupported("only a model of molecules grows a scaffold: sample from this one")
    grown = registry.suite_class(model).grow(model, [scaffold], given, n, seed)
    valid = grown["valid"].astype(bool)
    return _text_table(grown[valid].drop(columns=NEEDLESS)) | {"invalid": int((~valid).sum())}


@verb
def predict_molecules(run: str, molecules: list[str]) -> dict:
    """{"columns", "rows"}: what a predictor of properties says of each molecule."""
    model = trained(run)
    if not isinstance(model, Predictor):
        raise Unsupported(f"{run} generates and does not predict: choose a model of properties")
    return _text_table(model.predict(molecules).reset_index(drop=True))


def _text_table(table: pd.DataFrame) -> dict:
    numbers = table.select_dtypes("number").columns
    table = table.assign(**{name: table[name].round(DIGITS) for name in numbers})
    return {"columns": list(map(str, table.columns)), "rows": text_cells(table)}
