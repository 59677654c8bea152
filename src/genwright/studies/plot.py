"""One picture of a trained model at a time: a table of figures, and the one function that draws them."""

import warnings
from pathlib import Path
from typing import Any

from ..core.arguments import checked
from ..core.data import Data
from ..core.errors import DataError, Unsupported
from ..core.manifest import Figure, load_place, take_packages
from ..measure.plots.figures import require_drawable, write
from ..measure.plots.planes import METHODS
from ..run.model import Model
from ..run.predictor import Predictor
from ..zoo import registry

FIGURES = {  # by the names of registry.FIGURES; functions of `figures`, and those of packages
    "progressive": Figure("chains:draw_progressive", "path of noise levels from noise to images"),
    "x0": Figure("chains:draw_expected", "path of noise levels from noise to images"),
    "partial": Figure("chains:draw_partial", "path of noise levels from noise to images"),
    "codes": Figure("embeddings:draw_codes", "embeddings", ("method",)),
    "layers": Figure("embeddings:draw_layers", "network of layers on the nodes of a graph", ("method",)),
}
take_packages(lambda package: FIGURES.update(package.figures))


@checked
def plot(
    model: Model | Predictor, data: Any, what: str, out: str | Path, *, node: str | int | None = None,
    method: str | None = None, seed: int = 0,
) -> str:  # fmt: skip
    """Draw a figure of a model into a .png or an .svg file, and return the sentence that describes it.

    A message says if only some of many items are shown.

    Args:
        model: A model or predictor.
        data: Items in the form of the training data; or `Data`, of which the test items are shown; or, for predictors,
            what `predict` takes.
        what: "progressive" (states of a chain from noise to samples), "x0" (what the model expects at each step),
            "partial" (samples that begin at a noised item), "codes" (embeddings in the plane, by label), "attention"
            (whom nodes attend to) or "layers" (embeddings of nodes layer by layer).
        out: File that ends in .png or .svg.
        node: Node whose neighbours "attention" shows (the whole graph, or a node drawn by the seed).
        method: Projection to the plane of "codes" and "layers": t-SNE or PCA (t-SNE).
        seed: Seed of samples and of the items that are shown.

    Raises Unsupported for a family without this figure, DataError for an unknown figure, node, option or suffix.
    """
    out = Path(out)
    require_drawable(out)
    figure = figure_of(model, what)
    options = {name: value for name, value in {"node": node, "method": method}.items() if value is not None}
    for name in options:
        if name not in figure.options:
            takes = ", ".join(other_figure for other_figure, row in FIGURES.items() if name in row.options)
            raise DataError(f"{what} takes no {name}, which is for {takes}: leave {name} out")
    if "method" in figure.options and options.setdefault("method", METHODS[0]) not in METHODS:
        raise DataError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    items = data.test if isinstance(model, Model) and isinstance(data, Data) else data
    figure_result = load_place(figure.function, f"{__package__}.figures")(model, items, seed, **options)
    for note in figure_result.notes:
        warnings.warn(note, stacklevel=3)
    write(figure_result.figure, out)
    return figure_result.seen


def figure_of(model: Model | Predictor, what: str) -> Figure:
    """Raises DataError for an unknown figure, Unsupported where the model's family lacks it."""
    kind, task, family = (model.config[name] for name in ("kind", "task", "family"))
    row = registry.row(kind, task, family)
    if what not in FIGURES:
        raise DataError(f"no figure is called {what!r}: choose one of {', '.join(row.figures or FIGURES)}")
    if what in row.figures:
        return FIGURES[what]
    have = [candidate_row for candidate_row in registry.rows() if what in candidate_row.figures]
    mine = [candidate_row for candidate_row in have if candidate_row.label == row.label]
    family_words = ", ".join(
        candidate_row.family if mine else f"{candidate_row.family} ({candidate_row.label})"
        for candidate_row in mine or have
    )
    instead = f"; figures of {family}: {', '.join(row.figures)}" if row.figures else ""
    raise Unsupported(f"{family} has no {FIGURES[what].needs}; families that have: {family_words}{instead}")
