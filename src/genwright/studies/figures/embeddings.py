"""Figures of embeddings in the plane, by label: latents of a generative model, or what a predictor on graphs sees; and
embeddings of nodes layer by layer, each in its own plane.
"""

from math import ceil
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...core.errors import DataError
from ...measure.intervals import numpy_generator
from ...measure.plots.figures import PRINT_STYLE, WIDE, DrawnFigure, make_figure, say
from ...measure.plots.planes import NEAREST, group_rare, in_plane, scatter, share_alike, share_kept
from ...run.model import Model
from ...run.predictor import Predictor
from ...run.tasks import task_data
from .labels import Labels, labels_of, labels_of_some, labels_of_whole

FEWEST, MOST_ITEMS = 4, 1_000  # items in the picture


def draw_codes(model: Model | Predictor, data: Any, seed: int, method: str) -> DrawnFigure:
    """Draws the codes of items in the plane.

    Args:
        model: The trained model.
        data: The data set.
        seed: Seed of the random numbers.
        method: One of `planes.METHODS`.
    """
    h, labels, count, item_word = embedded(model, data, seed)
    if len(h) < FEWEST:
        raise DataError(f"a picture of embeddings needs {FEWEST} items at least, and there are {len(h)}: name more")
    spots = in_plane(h, method, seed)
    if labels is None:
        y, names, kept_labels = None, [], share_kept(h, spots)
        caption = f"The picture keeps {kept_labels:.0%} of the {NEAREST} nearest neighbours of an item near it."
    else:
        y, names = group_rare(*labels)
        share, chance = share_alike(spots, labels[0])
        caption = (
            f"In the picture, {share:.0%} of the {NEAREST} nearest neighbours have the label of the {item_word}; by "
            f"chance it would be {chance:.0%}."
        )
    return DrawnFigure(_codes_figure(spots, y, names, caption), caption, sampled(len(h), count, item_word, seed))


def sampled(sample_count: int, count: int, item_word: str, seed: int) -> tuple[str, ...]:
    """Returns a note on how many items the picture shows; () if it shows all.

    Args:
        item_word: a word for an item.
        seed: Seed of the random numbers.
    """
    return (
        (f"{sample_count:,} of {count:,} {item_word}s are drawn, by the seed {seed}",) if sample_count < count else ()
    )


def embedded(model: Model | Predictor, data: Any, seed: int) -> tuple[np.ndarray, Labels | None, int, str]:
    """Embeddings (n, D) of at most MOST_ITEMS, drawn by the seed, their labels as `labels_of` gives them, the number of
    items, and what they are called.

    Args:
        model: The trained model.
        data: The data set.
        seed: Seed of the random numbers.
    """
    if isinstance(model, Model):
        pick = picked(len(data), seed)
        items = _rows(data, pick)
        h = model.encode(items, given={})
        return h.reshape(len(h), -1), labels_of_some(labels_of(model.domain, items)), len(data), "item"
    task = task_data(data, model.domain)
    embeddings = model.encode(task)
    readable = np.flatnonzero(np.isfinite(embeddings).all(1))
    pick = readable[picked(len(readable), seed)]
    labels = labels_of_whole(task.whole, len(embeddings))
    item_word = "node" if getattr(task.whole, "members", pick) is None else "item"
    return embeddings[pick], labels_of_some(labels, pick), len(readable), item_word


def picked(count: int, seed: int, most_items: int = MOST_ITEMS) -> np.ndarray:
    """Returns numbers of at most `most_items` of `count` items, drawn by the seed."""
    return np.sort(numpy_generator("figure", seed).choice(count, min(count, most_items), replace=False))


def _rows(items: Any, pick: np.ndarray) -> Any:
    if isinstance(items, pd.DataFrame):
        return items.iloc[pick].reset_index(drop=True)
    return [items[number] for number in pick] if type(items) is list else items[pick]


def _codes_figure(spots: np.ndarray, y: np.ndarray | None, names: list[str], caption: str) -> Figure:
    with matplotlib.rc_context(PRINT_STYLE):
        figure = make_figure(0.8 * WIDE, WIDE)
        axes = figure.add_subplot()
        scatter(axes, spots, y, names)
        if names:
            figure.legend(loc="outside right upper", markerscale=1.6, title="label")
        say(figure, caption)
        return figure


MOST_NODES = 400  # nodes in each panel
PANELS, COLUMNS = 6, 3  # at most


def draw_layers(model: Predictor, data: Any, seed: int, method: str) -> DrawnFigure:
    """Draws a panel for each layer of a network, the input features first; of many layers some, from the first to the
    last.

    Args:
        model: The trained model.
        data: The data set.
        seed: Seed of the random numbers.
    """
    task = task_data(data, model.domain)
    count = task.whole.graph.rows
    nodes = picked(count, seed, MOST_NODES)
    layers = dict(enumerate(model.layers(task, nodes)))
    chosen = np.unique(np.linspace(0, len(layers) - 1, PANELS).round().astype(int)) if len(layers) > PANELS else layers
    spots = {number: in_plane(layers[number], method, seed) for number in chosen}
    labels, last = labels_of_some(labels_of_whole(task.whole, count), nodes), len(layers) - 1
    layer_names = {0: "features"} | {k: f"layer {k}" for k in range(1, last + 1)}
    if labels is None:
        y, names, shares, caption = None, [], {}, "The nodes have no labels to tell the layers apart by."
    else:
        own_labels = labels[0]
        shares = {number: share_alike(at, own_labels) for number, at in spots.items()}
        y, names = group_rare(own_labels, labels[1])
        caption = (
            f"A node shares its label with {shares[0][0]:.0%} of its {NEAREST} nearest neighbours by the features. "
            f"After layer {last} it is {shares[last][0]:.0%}, by chance {shares[0][1]:.0%}"
        )
        best = max(shares, key=lambda number: shares[number][0])
        caption += "." if best == last else f". The share is highest for {layer_names[best]}: {shares[best][0]:.0%}."
    columns = min(COLUMNS, len(spots)) if len(spots) != 4 else 2
    rows = ceil(len(spots) / columns)
    with matplotlib.rc_context(PRINT_STYLE):
        figure = make_figure(rows * WIDE / columns * 1.05 + 0.9, WIDE)
        for axes, number in zip(figure.subplots(rows, columns, squeeze=False).flat, spots):
            scatter(axes, spots[number], y, names, 12)
            share = f": {shares[number][0]:.0%}" if shares else ""
            axes.set_title(f"{layer_names[number]}{share}", loc="left", fontsize=10)
        for axes in figure.axes[len(spots) :]:
            axes.set_axis_off()
        if names:
            handles, words = figure.axes[0].get_legend_handles_labels()
            figure.legend(handles, words, loc="outside upper center", ncols=4, markerscale=2, fontsize=9, title="label")
        say(figure, caption)
    return DrawnFigure(figure, caption, sampled(len(nodes), count, "node", seed))
