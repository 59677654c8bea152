"""Images of predicted properties: numbers against measured ones, curves of classes, and errors against how similar a
molecule is to those of training."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

from .figures import INK, REAL, SAMPLE, STYLE, make_figure, save, short

PANELS, COLUMNS = 6, 3  # targets that are drawn, and how many stand side by side
NAMED = 4  # curves that have a name each; of more, all are alike
BINS = 8  # of similarity, of as many molecules each
POINTS = 2_000  # of a panel


def against_measured(panels: Sequence[tuple[str, np.ndarray, np.ndarray, np.ndarray, np.ndarray]], path: Path) -> str:
    """panels: (title, measured (k,), predicted (k,), low (k,), high (k,)), intervals where low is a number. Returns the
    path of the PNG."""
    panels = panels[:PANELS]
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.6 if columns == 1 else 2.2 * rows + 0.3)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis in axes[len(panels) :]:
            axis.set_axis_off()
        for axis, (title, measured, predicted, low, high) in zip(axes, panels):
            some = slice(0, POINTS)
            ends = np.concatenate([measured, predicted])
            ends = [ends.min(), ends.max()]
            axis.plot(ends, ends, "--", color=INK, linewidth=1)
            if np.isfinite(low).any():
                axis.vlines(measured[some], low[some], high[some], color=INK, linewidth=0.5, alpha=0.35)
            axis.scatter(measured[some], predicted[some], s=9, color=REAL, alpha=0.75, linewidths=0, zorder=2)
            axis.set_title(short(title, 40 if columns == 1 else 24))
        figure.supxlabel("measured", fontsize=10, color=INK)
        figure.supylabel("predicted, with its 90% interval", fontsize=10, color=INK)
        return save(figure, path)


def curves(parts: Sequence[tuple[str, np.ndarray, np.ndarray]], path: Path) -> str:
    """Receiver operating characteristic, and precision against recall. parts: (title, y (k,) bool, score (k,)), in
    which both sides are there. Returns the path of the PNG."""
    colours = [REAL, SAMPLE, "#3c9a5f", "#a0522d"]
    many = len(parts) > NAMED
    with matplotlib.rc_context(STYLE):
        figure = make_figure(3.1)
        left, right = figure.subplots(1, 2)
        left.plot([0, 1], [0, 1], "--", color=INK, linewidth=1)
        for k, (title, y, score) in enumerate(parts):
            look = dict(color=REAL if many else colours[k], linewidth=0.8 if many else 1.4, alpha=0.6 if many else 1)
            false, true, _ = roc_curve(y, score)
            precision, recall, _ = precision_recall_curve(y, score)
            left.plot(false, true, **look, label=short(title))
            right.step(recall, precision, where="post", **look)  # of scores that are equal, no curve between
            right.axhline(y.mean(), linestyle="--", color=look["color"] if len(parts) > 1 else INK, linewidth=0.8)
        left.set(xlabel="false positive rate", ylabel="true positive rate")
        right.set(xlabel="recall", ylabel="precision", ylim=(0, 1.03))
        if 1 < len(parts) <= NAMED:
            figure.legend(loc="outside upper center", ncols=2)
        elif many:
            figure.suptitle(f"{len(parts)} targets", fontsize=10, color=INK)
        return save(figure, path)


def against_similarity(
    similarity: np.ndarray, error: np.ndarray, what: str, inside: np.ndarray | None, path: Path
) -> str:
    """Errors (n,) of molecules, and their mean among as many of like similarity (n,) to the nearest training molecule.
    inside: (n,) bool, None where a model does not say. Returns the path of the PNG."""
    order = np.argsort(similarity, kind="stable")
    bins = [part for part in np.array_split(order, min(BINS, max(1, len(order) // 5))) if len(part)]
    with matplotlib.rc_context(STYLE):
        figure = make_figure(3.3)
        axis = figure.add_subplot()
        some = np.random.default_rng(0).permutation(len(order))[:POINTS]
        out = np.zeros(len(order), bool) if inside is None else ~inside
        for which, colour, label in ((~out, REAL, "inside"), (out, SAMPLE, "outside")):
            shown = some[which[some]]
            if len(shown):
                look = dict(s=10, alpha=0.6, linewidths=0, color=colour, label=label if inside is not None else None)
                axis.scatter(similarity[shown], error[shown], **look)
        means = np.array([error[part].mean() for part in bins])
        errors = np.array([error[part].std() / len(part) ** 0.5 for part in bins])
        at = [similarity[part].mean() for part in bins]
        axis.errorbar(at, means, 1.96 * errors, color=INK, marker="o", markersize=4, capsize=2, label="mean, 95%")
        axis.set(xlabel="similarity to the nearest training molecule (Tanimoto)", ylabel=what, xlim=(-0.02, 1.02))
        axis.set_ylim(0, max(np.quantile(error, 0.995), (means + 1.96 * errors).max()) * 1.05 or 1)
        figure.legend(loc="outside upper center", ncols=3, markerscale=1.8)
        return save(figure, path)
