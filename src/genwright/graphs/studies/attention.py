"""Whom nodes attend to in the first layer, the mean over heads: a small graph whole, or one node of a larger one."""

from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ...measure.intervals import numpy_generator
from ...measure.plots.figures import DrawnFigure
from ...measure.plots.planes import group_rare
from ...run.predictor import Predictor
from ...run.tasks import task_data
from ...studies.figures.labels import labels_of_whole
from ..measure.graph_sheets import Attended, around, draw_graph

WHOLE_NODES = 60  # nodes of a graph that is drawn whole
AROUND = 20  # nodes around one that are drawn
USUAL = 4, 14  # nodes that the one hears from that is drawn where nobody names one
LISTED = 5  # names in a message


def draw_attention(model: Predictor, data: Any, seed: int, node: str | None = None) -> DrawnFigure:
    """Draws which nodes attend to which. Raises DataError for a node that is not there.

    Args:
        model: The trained model.
        data: The data set.
        seed: Seed of the random numbers.
        node: by name, whose neighbours are drawn; by default the whole graph, or, of one with more than
            WHOLE_NODES, a node that is drawn by the seed.
    """
    task = task_data(data, model.domain)
    names, edges = task.whole.node_names, model.attention(task)
    labels = labels_of_whole(task.whole, len(names))
    y, classes = (np.full(len(names), -1), []) if labels is None else group_rare(*labels)
    if node is None and len(names) <= WHOLE_NODES:
        return _whole_graph(edges, names, y, classes, seed)
    notes = []
    if node is None:
        node = _some_node(edges, seed)
        notes.append(f"of {len(names):,} nodes one is drawn, by the seed {seed}: {node}; name another by node (--node)")
    return _around(edges, names, y, classes, node, notes)


def _whole_graph(edges: pd.DataFrame, names: np.ndarray, y: np.ndarray, classes: list[str], seed: int) -> DrawnFigure:
    number = {name: k for k, name in enumerate(names)}
    source, target = (edges[end].map(number).to_numpy() for end in ("source", "target"))
    share = edges.share.to_numpy()
    self_share = float(share[source == target].sum() / len(names))
    sentence = f"Nodes give {self_share:.0%} of their attention to themselves"
    if classes:
        same_label = (y[source] == y[target]) & (y[target] >= 0)
        edge_weights = 1 / np.bincount(target, minlength=len(names))[target]
        labelled_edges = (y[target] >= 0).nonzero()[0]
        mean = lambda weight: float((weight * same_label)[labelled_edges].sum() / weight[labelled_edges].sum())
        sentence += (
            f", and {mean(share):.0%} to nodes of their own label, themselves included. Equal shares would give "
            f"{mean(edge_weights):.0%}"
        )
    sentence += ". Half an edge is as wide as the share that the node at its end gives to the other."
    attended = Attended(list(map(str, names)), y, classes, source, target, share)
    return DrawnFigure(draw_graph(attended, seed, sentence), sentence)


def _some_node(edges: pd.DataFrame, seed: int) -> Any:
    """A node that hears from a few others, where there is one."""
    in_degrees = edges.target.value_counts(sort=False)
    fitting_counts = in_degrees[in_degrees.between(*USUAL)]
    return numpy_generator("node", seed).choice(
        (in_degrees if fitting_counts.empty else fitting_counts).index.to_numpy()
    )


def _around(
    edges: pd.DataFrame, names: np.ndarray, y: np.ndarray, classes: list[str], node: Any, notes: list[str]
) -> DrawnFigure:
    number = {str(name): k for k, name in enumerate(names)}
    if str(node) not in number:
        examples = ", ".join(list(number)[:LISTED])
        raise DataError(f"no node is called {str(node)!r}: the {len(number):,} nodes are called {examples}, ...")
    middle_number = number[str(node)]
    incoming = edges[edges.target == names[middle_number]].sort_values("share", ascending=False)
    neighbours = incoming[incoming.source != names[middle_number]]
    if neighbours.empty:
        raise DataError(f"node {node} hears from no other node: name one that an edge arrives at")
    if len(neighbours) > AROUND:
        notes.append(
            f"{AROUND} of the {len(neighbours):,} nodes that it hears from are drawn, those with most attention"
        )
    near = [number[str(name)] for name in neighbours.source[:AROUND]]
    near = np.array([middle_number, *sorted(near, key=lambda k: y[k])])  # each label together, by attention
    place = {names[k]: at for at, k in enumerate(near)}
    edges_inside = edges[edges.source.isin(place.keys()) & edges.target.isin(place.keys())]
    source, target = (edges_inside[end].map(place).to_numpy() for end in ("source", "target"))
    share = np.where(target == 0, edges_inside.share.to_numpy(), np.nan)
    sentence = (
        f"Node {node} gives most attention to {neighbours.source.iloc[0]}, one of {len(neighbours):,} neighbours: "
        f"{neighbours.share.iloc[0]:.1%}. Equal shares, its own included, would be {1 / len(incoming):.1%}"
    )
    if y[middle_number] >= 0:
        same_label = y[[number[str(name)] for name in incoming.source]] == y[middle_number]
        sentence += f". Nodes of its own label, itself included, get {incoming.share.to_numpy()[same_label].sum():.0%}"
    attended = Attended([str(names[k]) for k in near], y[near], classes, source, target, share)
    return DrawnFigure(around(attended, f"{sentence}."), f"{sentence}.", tuple(notes))
