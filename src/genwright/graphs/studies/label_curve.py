"""Accuracy against labels per class: the best predictors learn again from few of the training labels."""

from pathlib import Path

import matplotlib
import numpy as np
import torch
from matplotlib.figure import Figure

from ...core.data import Data
from ...measure.intervals import numpy_generator, proportion
from ...measure.metric import SIGMAS
from ...measure.plots.table_sheets import STYLE
from ...run.fit import fit
from ...studies.report.curves import COLOURS, STYLES
from ...studies.report.records import Results
from ...studies.report.results import ranking
from ..families.graph_task import replace_training

COUNTS = (1, 2, 5, 10, 20, 50, 100)  # labels a class
BEST = 3  # trained families, and the best simple baseline
LEAST_SECONDS, MOST_SECONDS = 0.5, 5.0  # of training a point; without time for the least the curve is not drawn


def label_curve(data: Data, results: Results, folder: Path, seed: int, device: str, seconds: float) -> str | None:
    """Train the best families on 1, 2, 5, .. labels a class and draw their accuracy on all test items.

    Returns the path of the PNG; None where no labels are predicted, where there are no two numbers of labels to
    compare, or too little time.

    Args:
        data: The data set, in its parts.
        results: Results of the comparison.
        folder: Folder to read or write.
        seed: Seed of the random numbers.
        device: Device to compute on.
        seconds: for all of it.
    """
    if not data.domain.classes:
        return None
    order = ranking(results, results.metrics["headline"]["labels"]).order
    trained_families = [f for f in order if any(row.family == f for row in results.models)][:BEST]
    families = trained_families + [f for f in order if f not in {row.family for row in results.models}][:1]
    most_labels = int(data.tensors("train").target.y[:, 0].long().bincount().min())  # labels of the rarest class
    counts = [k for k in COUNTS if k < most_labels] + [most_labels] * (most_labels > 0)
    seconds_each = min(MOST_SECONDS, seconds / max(1, len(counts) * len(families)))
    if len(counts) < 2 or not families or seconds_each < LEAST_SECONDS:
        return None
    test = data.tensors("test")
    items, y = test.x.numpy(), test.target.y[:, 0].numpy()
    curves = {}
    for family in families:
        points = []
        for k in counts:
            fewer = fewer_labels(data, k, seed)
            model = fit(fewer, family, minutes=seconds_each / 60, seed=seed, progress=False, device=device)
            predicted_labels = model.predict(data).iloc[:, 1:].to_numpy()[items].argmax(1)
            points.append(proportion(predicted_labels == y))
        curves[family] = np.array(points)
    return _draw_curve(counts, curves, folder / "labels-per-class.png")


def fewer_labels(data: Data, count: int, seed: int) -> Data:
    """Keeps `count` training labels a class; more of them with the same seed hold those of fewer.

    Args:
        data: The data set, in its parts.
        seed: Seed of the random numbers.
    """
    items = data.tensors("train")
    order = torch.from_numpy(numpy_generator("fewer labels", seed).permutation(len(items)))
    labels = items.target.y[order, 0]
    chosen_nodes = torch.cat([order[labels == k][:count] for k in labels.unique()])
    return replace_training(data, items[chosen_nodes])


def _draw_curve(counts: list[int], curves: dict[str, np.ndarray], path: Path) -> str:
    with matplotlib.rc_context(STYLE):
        figure = Figure((5.5, 4), layout="constrained")
        axes = figure.add_subplot()
        for (family, points), colour, style in zip(curves.items(), COLOURS["light"], STYLES):
            look = dict(color=colour, linestyle=style, marker="o", capsize=2, label=family)
            axes.errorbar(counts, points[:, 0], SIGMAS * points[:, 1], **look)
        axes.set_xscale("log")
        axes.set_xticks(counts, [str(k) for k in counts])
        axes.minorticks_off()
        axes.set_xlabel("training labels a class")
        axes.set_ylabel("accuracy on test items")
        axes.legend(frameon=False)
        figure.savefig(path, dpi=150)
    return str(path)
