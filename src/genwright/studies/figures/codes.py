"""Embeddings in the plane, by label: latents of a generative model, or what a predictor on graphs sees."""

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...core.errors import DataError
from ...measure.intervals import numpy_generator
from ...measure.plots.figures import PRINT_STYLE, WIDE, make_figure, say
from ...measure.plots.planes import NEAREST, grouped, in_plane, scatter, share_alike, share_kept
from ...run.model import Model
from ...run.predictor import Predictor
from ...run.tasks import task_data
from .drawn import Drawn
from .labels import Labels, labels_of, labels_of_whole, some

FEWEST, MOST = 4, 1_000  # items in the picture


def draw(model: Model | Predictor, data: Any, seed: int, method: str) -> Drawn:
    """method: one of `planes.METHODS`."""
    h, labels, count, called = embedded(model, data, seed)
    if len(h) < FEWEST:
        raise DataError(f"a picture of embeddings needs {FEWEST} items at least, and there are {len(h)}: name more")
    spots = in_plane(h, method, seed)
    if labels is None:
        y, names, kept = None, [], share_kept(h, spots)
        seen = f"The picture keeps {kept:.0%} of the {NEAREST} nearest neighbours of an item near it."
    else:
        y, names = grouped(*labels)
        share, chance = share_alike(spots, labels[0])
        seen = (
            f"In the picture, {share:.0%} of the {NEAREST} nearest neighbours have the label of the {called}; by "
            f"chance it would be {chance:.0%}."
        )
    return Drawn(_figure(spots, y, names, seen), seen, sampled(len(h), count, called, seed))


def sampled(drawn: int, count: int, called: str, seed: int) -> tuple[str, ...]:
    """A note on how many items the picture shows; () if it shows all. called: a word for an item."""
    return (f"{drawn:,} of {count:,} {called}s are drawn, by the seed {seed}",) if drawn < count else ()


def embedded(model: Model | Predictor, data: Any, seed: int) -> tuple[np.ndarray, Labels | None, int, str]:
    """Embeddings (n, D) of at most MOST items, drawn by the seed, their labels as `labels_of` gives them, how many
    items there are, and what they are called."""
    if isinstance(model, Model):
        pick = picked(len(data), seed)
        items = _rows(data, pick)
        h = model.encode(items, given={})
        return h.reshape(len(h), -1), some(labels_of(model.domain, items)), len(data), "item"
    task = task_data(data, model.domain)
    every = model.encode(task)
    readable = np.flatnonzero(np.isfinite(every).all(1))
    pick = readable[picked(len(readable), seed)]
    labels = labels_of_whole(task.whole, len(every))
    called = "node" if getattr(task.whole, "members", pick) is None else "item"
    return every[pick], some(labels, pick), len(readable), called


def picked(count: int, seed: int, most: int = MOST) -> np.ndarray:
    """Numbers of at most `most` of `count` items, drawn by the seed."""
    return np.sort(numpy_generator("figure", seed).choice(count, min(count, most), replace=False))


def _rows(items: Any, pick: np.ndarray) -> Any:
    if isinstance(items, pd.DataFrame):
        return items.iloc[pick].reset_index(drop=True)
    return [items[number] for number in pick] if type(items) is list else items[pick]


def _figure(spots: np.ndarray, y: np.ndarray | None, names: list[str], seen: str) -> Figure:
    with matplotlib.rc_context(PRINT_STYLE):
        figure = make_figure(0.8 * WIDE, WIDE)
        axes = figure.add_subplot()
        scatter(axes, spots, y, names)
        if names:
            figure.legend(loc="outside right upper", markerscale=1.6, title="label")
        say(figure, seen)
        return figure
