"""Embeddings of nodes layer by layer of a network on a graph, each in its own plane."""

from math import ceil
from typing import Any

import matplotlib
import numpy as np

from ...measure.plots.figures import PRINT_STYLE, WIDE, make_figure, say
from ...measure.plots.planes import NEAREST, grouped, in_plane, scatter, share_alike
from ...run.predictor import Predictor
from ...run.tasks import task_data
from .codes import picked, sampled
from .drawn import Drawn
from .labels import labels_of_whole, some

MOST = 400  # nodes in each panel
PANELS, COLUMNS = 6, 3  # at most


def draw(model: Predictor, data: Any, seed: int, method: str) -> Drawn:
    """A panel a layer, the features first; of many layers some, from the first to the last."""
    task = task_data(data, model.domain)
    count = task.whole.graph.rows
    nodes = picked(count, seed, MOST)
    layers = dict(enumerate(model.layers(task, nodes)))
    chosen = np.unique(np.linspace(0, len(layers) - 1, PANELS).round().astype(int)) if len(layers) > PANELS else layers
    spots = {number: in_plane(layers[number], method, seed) for number in chosen}
    labels, last = some(labels_of_whole(task.whole, count), nodes), len(layers) - 1
    called = {0: "features"} | {k: f"layer {k}" for k in range(1, last + 1)}
    if labels is None:
        y, names, shares, seen = None, [], {}, "The nodes have no labels to tell the layers apart by."
    else:
        own = labels[0]
        shares = {number: share_alike(at, own) for number, at in spots.items()}
        y, names = grouped(own, labels[1])
        seen = (
            f"A node shares its label with {shares[0][0]:.0%} of its {NEAREST} nearest neighbours by the features. "
            f"After layer {last} it is {shares[last][0]:.0%}, by chance {shares[0][1]:.0%}"
        )
        best = max(shares, key=lambda number: shares[number][0])
        seen += "." if best == last else f". The share is highest for {called[best]}: {shares[best][0]:.0%}."
    columns = min(COLUMNS, len(spots)) if len(spots) != 4 else 2
    rows = ceil(len(spots) / columns)
    with matplotlib.rc_context(PRINT_STYLE):
        figure = make_figure(rows * WIDE / columns * 1.05 + 0.9, WIDE)
        for axes, number in zip(figure.subplots(rows, columns, squeeze=False).flat, spots):
            scatter(axes, spots[number], y, names, 12)
            share = f": {shares[number][0]:.0%}" if shares else ""
            axes.set_title(f"{called[number]}{share}", loc="left", fontsize=10)
        for axes in figure.axes[len(spots) :]:
            axes.set_axis_off()
        if names:
            handles, words = figure.axes[0].get_legend_handles_labels()
            figure.legend(handles, words, loc="outside upper center", ncols=4, markerscale=2, fontsize=9, title="label")
        say(figure, seen)
    return Drawn(figure, seen, sampled(len(nodes), count, "node", seed))
