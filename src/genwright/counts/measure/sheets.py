"""Drawings of counts: rows as pictures, columns real against sampled, and latents in colour."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ...measure.plots.figures import INK, SAMPLE, STYLE, make_figure, save
from ...measure.plots.planes import group_rare, in_plane, scatter
from ..kinds.rows import CountRows
from .statistics import column_means, column_zeros

SHOWN_COLUMNS, SHOWN_ROWS = 60, 60  # of a picture


def drawing(rows: CountRows, colour: str = SAMPLE) -> Figure:
    """Logarithms of the counts of some rows in the columns that are counted most, and the totals of all rows.

    Args:
        rows: The rows.
        colour: Of the totals.
    """
    columns = np.sort(np.argsort(-column_means(rows), kind="stable")[:SHOWN_COLUMNS])
    some = rows[np.arange(min(SHOWN_ROWS, len(rows)))].matrix.toarray()[:, columns]
    order = np.argsort(-some.sum(1), kind="stable")
    with matplotlib.rc_context(STYLE):
        figure = make_figure(2.2)
        picture, histogram = figure.subplots(1, 2, width_ratios=(2, 1))
        picture.imshow(np.log1p(some[order]), aspect="auto", cmap="Greys", interpolation="nearest")
        picture.set_xlabel(f"{len(columns)} most counted columns")
        picture.set_ylabel("rows")
        picture.set_xticks([])
        picture.set_yticks([])
        histogram.hist(np.log10(np.maximum(rows.totals, 1)), 30, color=colour)
        histogram.set_xlabel("total of a row, log10")
        histogram.set_yticks([])
        return figure


def columns_against(real: CountRows, sampled: CountRows, path: Path) -> str:
    """Writes means and zeros of each column, sampled against real; returns the path."""
    with matplotlib.rc_context(STYLE):
        figure = make_figure(2.4)
        means, zeros = figure.subplots(1, 2)
        least = 0.5 / max(len(real), len(sampled))
        for axis, statistic, title in ((means, column_means, "mean"), (zeros, column_zeros, "share of zeros")):
            x, y = statistic(real), statistic(sampled)
            if axis is means:
                x, y = np.maximum(x, least), np.maximum(y, least)
                axis.set_xscale("log")
                axis.set_yscale("log")
            axis.plot([x.min(), x.max()], [x.min(), x.max()], color=INK, linewidth=0.7)
            axis.scatter(x, y, s=6, color=SAMPLE, alpha=0.5, linewidths=0)
            axis.set_xlabel(f"{title}, real")
            axis.set_ylabel("sampled")
        return save(figure, path)


def latents_in_colour(latents: np.ndarray, coloured: Mapping[str, np.ndarray], seed: int, path: Path) -> str:
    """Writes latents in the plane, once for each way to colour them; returns the path.

    Args:
        latents: (n, D).
        coloured: {name of a column: (n,) labels}.
        seed: Of the projection.
        path: Of the PNG.
    """
    spots = in_plane(latents, "t-SNE", seed)
    with matplotlib.rc_context(STYLE):
        figure = make_figure(3.0)
        for axis, (name, labels) in zip(figure.subplots(1, len(coloured), squeeze=False)[0], coloured.items()):
            names, y = np.unique(np.array(labels, str), return_inverse=True)
            scatter(axis, spots, *group_rare(y, names.tolist()), 9)
            axis.set_title(name)
            axis.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3, handletextpad=0.1)
        return save(figure, path)
