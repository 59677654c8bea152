"""Pictures of predicted labels: the confusion of classes, calibration, and embeddings in the plane."""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.colors import to_rgba_array
from sklearn.metrics import confusion_matrix

from ..metrics.calibration import reliability
from .figures import INK, REAL, SAMPLE, STYLE, make_figure, save
from .planes import grouped, in_plane, scatter

CELLS = 12  # classes up to which the counts are written into the cells
LETTERS = 10  # letters of a class that are shown


def confusion(y: np.ndarray, named: np.ndarray, names: list[str], path: Path) -> str:
    """Rows: true classes, columns: predicted ones, in shares of the row. y, named: (n,). Returns the path of the
    PNG."""
    counts = confusion_matrix(y, named, labels=range(len(names)))
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
                axes.text(
                    j,
                    i,
                    f"{counts[i, j]:,}",
                    ha="center",
                    va="center",
                    fontsize=9,
                    color="white" if shares[i, j] > 0.5 else INK,
                )
        return save(figure, path)


def calibration(sure: np.ndarray, right: np.ndarray, path: Path) -> str:
    """Share right against confidence, with the diagonal of perfect calibration; marks as large as their bins.

    sure: (n,) probability of the class that was named; right: (n,) bool. Returns the path of the PNG.
    """
    said, hits, counts = (np.array(part) for part in zip(*reliability(sure, right)))
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.2, 4.4)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], "--", color=INK, linewidth=1)
        axes.plot(said, hits, "-", color=REAL, linewidth=1)
        axes.scatter(said, hits, s=20 + 280 * counts / counts.max(), color=REAL, alpha=0.7)
        axes.set_xlim(0, 1.03)
        axes.set_ylim(0, 1.03)
        axes.set_xlabel("confidence in the named label")
        axes.set_ylabel("share that is right")
        return save(figure, path)


def embeddings(codes: np.ndarray, y: np.ndarray, names: list[str], seed: int, path: Path) -> str:
    """codes: (n, D) by t-SNE in the plane; a class is a colour and a shape. Returns the path."""
    y, names = grouped(y, names)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.6, 5.5)
        axes = figure.add_subplot()
        scatter(axes, in_plane(codes, "t-SNE", seed), y, names)
        axes.legend(
            fontsize=9,
            markerscale=1.4,
            ncols=1 + len(names) // 9,
            loc="center left",
            bbox_to_anchor=(1, 0.5),
            frameon=False,
        )
        return save(figure, path)


def attention(sources: list, shares: np.ndarray, target: object, path: Path) -> str:
    """One node in the middle and those it hears from around it, lines as wide as their share. Returns the path of the
    PNG.

    sources: names of (n,) nodes, the target among them; shares: (n,), summing to 1.
    """
    angle = np.linspace(0, 2 * np.pi, len(sources), endpoint=False)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(4.4, 4.6)
        axes = figure.add_subplot()
        for (x, y), name, share in zip(np.stack([np.cos(angle), np.sin(angle)], 1), sources, shares):
            axes.plot(
                [0, x], [0, y], color=REAL, linewidth=0.5 + 14 * share, alpha=0.7, solid_capstyle="butt", zorder=1
            )
            said = f"{str(name)[:LETTERS]}{' (itself)' if name == target else ''}\n{share:.0%}"
            axes.text(1.22 * x, 1.18 * y, said, ha="center", va="center", fontsize=9)
            axes.plot(x, y, "o", color=INK, markersize=6, zorder=2)
        axes.plot(0, 0, "s", color=SAMPLE, markersize=11, zorder=3)
        axes.text(0, -0.14, str(target)[:LETTERS], ha="center", va="top", fontsize=9, zorder=4)
        axes.set_xlim(-1.6, 1.6)
        axes.set_ylim(-1.45, 1.45)
        axes.set_axis_off()
        return save(figure, path)
