"""Codes of labelled items in the plane of their first two principal components: each a word, so that no colour is
needed."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.decomposition import PCA

from .table_sheets import STYLE

LETTERS = 4  # letters of a label that are shown


def code_plot(codes: np.ndarray, y: np.ndarray, names: list[str], path: Path) -> str:
    """codes: (n, D), y: (n,) classes, names of the classes. Returns the path of the PNG."""
    fitted = PCA(2, random_state=0).fit(codes)
    plane, shares = fitted.transform(codes), fitted.explained_variance_ratio_
    with matplotlib.rc_context(STYLE):
        figure = Figure((5.5, 4.5), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.85, len(names)))
        for (a, b), k in zip(plane, y):
            axes.text(a, b, names[k][:LETTERS], color=colours[k], ha="center", va="center", fontsize=8)
        axes.set_xlim(plane[:, 0].min(), plane[:, 0].max())
        axes.set_ylim(plane[:, 1].min(), plane[:, 1].max())
        axes.set_xlabel(f"first principal component ({shares[0]:.0%} of the variance)")
        axes.set_ylabel(f"second ({shares[1]:.0%})")
        figure.savefig(path, dpi=150)
    return str(path)
