"""Pictures of predictions: of labels, the confusion of classes, calibration and embeddings in the plane; of properties,
numbers against measured ones, curves of classes, and errors against how similar a molecule is to those of training.
"""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.colors import to_rgba_array
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from ..metrics.predictions import reliability
from .figures import INK, REAL, SAMPLE, STYLE, make_figure, save, short
from .planes import group_rare, in_plane, scatter

CELLS = 12  # classes up to which the counts are written into the cells
LETTERS = 10  # letters of a class that are shown


def confusion(y: np.ndarray, predicted_classes: np.ndarray, names: list[str], path: Path) -> str:
    """Plots the confusion matrix, in shares of a row: true classes in rows, predicted ones in columns. Returns the path
    of the PNG.

    Args:
        y: (n,) true classes.
        predicted_classes: (n,) predicted classes.
        names: Names of the classes.
        path: Path of the PNG.
    """
    counts = confusion_matrix(y, predicted_classes, labels=range(len(names)))
    shares = counts / counts.sum(1, keepdims=True).clip(min=1)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.6, 5.2)
        axes = figure.add_subplot()
        axes.imshow(to_rgba_array(np.full(shares.size, REAL), shares.ravel()).reshape(*shares.shape, 4))
        short = [name[:LETTERS] for name in names]
        axes.set_xticks(range(len(names)), short, rotation=45, ha="right")
        axes.set_yticks(range(len(names)), short)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        if len(names) <= CELLS:
            for i, j in np.ndindex(counts.shape):
                colour = "white" if shares[i, j] > 0.5 else INK
                axes.text(j, i, f"{counts[i, j]:,}", ha="center", va="center", fontsize=9, color=colour)
        return save(figure, path)


def calibration(confidence: np.ndarray, right: np.ndarray, path: Path) -> str:
    """Plots the share right against confidence, with the diagonal of perfect calibration; marks as large as their bins.
    Returns the path of the PNG.

    Args:
        confidence: (n,) probability of the predicted class.
        right: (n,) bool, whether the prediction was right.
        path: Path of the PNG.
    """
    confidences, hits, counts = (np.array(part) for part in zip(*reliability(confidence, right)))
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.2, 4.4)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], "--", color=INK, linewidth=1)
        axes.plot(confidences, hits, "-", color=REAL, linewidth=1)
        axes.scatter(confidences, hits, s=20 + 280 * counts / counts.max(), color=REAL, alpha=0.7)
        axes.set_xlim(0, 1.03)
        axes.set_ylim(0, 1.03)
        axes.set_xlabel("confidence in the named label")
        axes.set_ylabel("share that is right")
        return save(figure, path)


def embeddings(codes: np.ndarray, y: np.ndarray, names: list[str], seed: int, path: Path) -> str:
    """Plots codes in the plane by t-SNE; a class is a colour and a shape. Returns the path.

    Args:
        codes: (n, D).
        y: (n,) classes.
        names: Names of the classes.
        seed: Seed of t-SNE.
        path: Path of the PNG.
    """
    y, names = group_rare(y, names)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.6, 5.5)
        axes = figure.add_subplot()
        scatter(axes, in_plane(codes, "t-SNE", seed), y, names)
        look = dict(fontsize=9, markerscale=1.4, ncols=1 + len(names) // 9, frameon=False)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), **look)
        return save(figure, path)


def attention(sources: list, shares: np.ndarray, target: object, path: Path) -> str:
    """Plots one node in the middle and the nodes it attends to, lines as wide as their share. Returns the path of the
    PNG.

    Args:
        sources: names of (n,) nodes, the target among them.
        shares: (n,) attention weights, summing to 1.
        target: the node.
        path: Path of the PNG.
    """
    angle = np.linspace(0, 2 * np.pi, len(sources), endpoint=False)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.4, 4.6)
        axes = figure.add_subplot()
        for (x, y), name, share in zip(np.stack([np.cos(angle), np.sin(angle)], 1), sources, shares):
            axes.plot(
                [0, x], [0, y], color=REAL, linewidth=0.5 + 14 * share, alpha=0.7, solid_capstyle="butt", zorder=1
            )
            label = f"{str(name)[:LETTERS]}{' (itself)' if name == target else ''}\n{share:.0%}"
            axes.text(1.22 * x, 1.18 * y, label, ha="center", va="center", fontsize=9)
            axes.plot(x, y, "o", color=INK, markersize=6, zorder=2)
        axes.plot(0, 0, "s", color=SAMPLE, markersize=11, zorder=3)
        axes.text(0, -0.14, str(target)[:LETTERS], ha="center", va="top", fontsize=9, zorder=4)
        axes.set_xlim(-1.6, 1.6)
        axes.set_ylim(-1.45, 1.45)
        axes.set_axis_off()
        return save(figure, path)


def directions(pairs: np.ndarray, is_right: np.ndarray, node: object, path: Path) -> str:
    """Plots edges at one node as arrows from sender to receiver, in the direction that a model says; wrong ones have
    another colour and a dashed line. Returns the path of the PNG.

    Args:
        pairs: (n, 2) names of sender and receiver in truth, of which one is the node.
        is_right: (n,) bool, whether the model says so too.
        node: the node, in the middle.
        path: Path of the PNG.
    """
    angle = np.linspace(0, 2 * np.pi, len(pairs), endpoint=False)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.6, 5.2)
        axes = figure.add_subplot()
        for (x, y), (sender, receiver), right in zip(np.stack([np.cos(angle), np.sin(angle)], 1), pairs, is_right):
            leaves = (sender == node) == right
            begin, end = ((0, 0), (x, y)) if leaves else ((x, y), (0, 0))
            style = dict(arrowstyle="-|>", mutation_scale=16, shrinkA=9, shrinkB=9, linewidth=1.6)
            style |= dict(color=REAL if right else SAMPLE, linestyle="-" if right else "--")
            axes.annotate("", end, begin, arrowprops=style)
            axes.plot(x, y, "o", color=INK, markersize=6, zorder=2)
            other = receiver if sender == node else sender
            axes.text(1.22 * x, 1.18 * y, str(other)[:LETTERS], ha="center", va="center", fontsize=9)
        axes.plot(0, 0, "s", color=INK, markersize=10, zorder=3)
        axes.text(0, -0.14, str(node)[:LETTERS], ha="center", va="top", fontsize=9, zorder=4)
        for right, name in ((True, "the way it runs"), (False, "the other way")):
            axes.plot([], [], "-" if right else "--", color=REAL if right else SAMPLE, label=f"predicted {name}")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, -0.08), ncols=2, frameon=False, fontsize=9)
        axes.set_xlim(-1.6, 1.6)
        axes.set_ylim(-1.6, 1.45)
        axes.set_axis_off()
        return save(figure, path)


PANELS, COLUMNS = 6, 3  # targets that are drawn, and how many stand side by side
NAMED = 4  # curves that have a name each; of more, all are alike
BINS = 8  # of similarity, of as many molecules each
POINTS = 2_000  # of a panel


def against_measured(panels: Sequence[tuple[str, np.ndarray, np.ndarray, np.ndarray, np.ndarray]], path: Path) -> str:
    """Plots predictions against measured values. Returns the path of the PNG.

    Args:
        panels: (title, measured (k,), predicted (k,), low (k,), high (k,)), intervals where low is a number.
        path: Path of the picture.
    """
    panels = panels[:PANELS]
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.6 if columns == 1 else 2.2 * rows + 0.3)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for axis in axes[len(panels) :]:
            axis.set_axis_off()
        for axis, (title, measured_values, predicted_values, low, high) in zip(axes, panels):
            shown_points = slice(0, POINTS)
            ends = np.concatenate([measured_values, predicted_values])
            ends = [ends.min(), ends.max()]
            axis.plot(ends, ends, "--", color=INK, linewidth=1)
            if np.isfinite(low).any():
                axis.vlines(
                    measured_values[shown_points],
                    low[shown_points],
                    high[shown_points],
                    color=INK,
                    linewidth=0.5,
                    alpha=0.35,
                )
            axis.scatter(
                measured_values[shown_points],
                predicted_values[shown_points],
                s=9,
                color=REAL,
                alpha=0.75,
                linewidths=0,
                zorder=2,
            )
            axis.set_title(short(title, 40 if columns == 1 else 24))
        figure.supxlabel("measured", fontsize=10, color=INK)
        figure.supylabel("predicted, with its 90% interval", fontsize=10, color=INK)
        return save(figure, path)


def curves(parts: Sequence[tuple[str, np.ndarray, np.ndarray]], path: Path) -> str:
    """Plots receiver operating characteristics, and precision against recall. Returns the path of the PNG.

    Args:
        parts: (title, y (k,) bool, score (k,)), in which both sides are there.
        path: Path of the picture.
    """
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
    similarity: np.ndarray, error: np.ndarray, error_unit: str, is_inside: np.ndarray | None, path: Path
) -> str:
    """Plots errors of molecules, and their running mean, against the similarity to the nearest training molecule.
    Returns the path of the PNG.

    Args:
        similarity: (n,) to the nearest training molecule.
        error: (n,) errors.
        error_unit: unit of the errors, in words.
        is_inside: (n,) bool, None where a model does not say.
        path: Path of the PNG.
    """
    order = np.argsort(similarity, kind="stable")
    bins = [part for part in np.array_split(order, min(BINS, max(1, len(order) // 5))) if len(part)]
    with matplotlib.rc_context(STYLE):
        figure = make_figure(3.3)
        axis = figure.add_subplot()
        shown_points = np.random.default_rng(0).permutation(len(order))[:POINTS]
        out = np.zeros(len(order), bool) if is_inside is None else ~is_inside
        for is_selected, colour, label in ((~out, REAL, "inside"), (out, SAMPLE, "outside")):
            shown_points_of_side = shown_points[is_selected[shown_points]]
            if len(shown_points_of_side):
                look = dict(s=10, alpha=0.6, linewidths=0, color=colour, label=label if is_inside is not None else None)
                axis.scatter(similarity[shown_points_of_side], error[shown_points_of_side], **look)
        means = np.array([error[part].mean() for part in bins])
        errors = np.array([error[part].std() / len(part) ** 0.5 for part in bins])
        at = [similarity[part].mean() for part in bins]
        axis.errorbar(at, means, 1.96 * errors, color=INK, marker="o", markersize=4, capsize=2, label="mean, 95%")
        axis.set(xlabel="similarity to the nearest training molecule (Tanimoto)", ylabel=error_unit, xlim=(-0.02, 1.02))
        axis.set_ylim(0, max(np.quantile(error, 0.995), (means + 1.96 * errors).max()) * 1.05 or 1)
        figure.legend(loc="outside upper center", ncols=3, markerscale=1.8)
        return save(figure, path)
