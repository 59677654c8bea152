"""Codes of labelled items in the plane of their first two principal components: each a word, so that no colour is
needed."""

from pathlib import Path

import matplotlib
import numpy as np
from sklearn.decomposition import PCA

from .figures import STYLE, make_figure, save

LETTERS = 4  # letters of a label that are shown


def code_plot(codes: np.ndarray, y: np.ndarray, names: list[str], path: Path) -> str:
    """codes: (n, D), y: (n,) classes, names of the classes. Returns the path of the PNG."""
    fitted = PCA(2, random_state=0).fit(codes)
    plane, shares = fitted.transform(codes), fitted.explained_variance_ratio_
    with matplotlib.rc_context(STYLE):
        figure = make_figure(3.6, 4.4)
        axes = figure.add_subplot()
        colours = matplotlib.colormaps["tab10"](np.arange(len(names)) % 10)
        for (a, b), k in zip(plane, y):
            axes.text(a, b, names[k][:LETTERS], color=colours[k], ha="center", va="center", fontsize=9)
        axes.set_xlim(plane[:, 0].min(), plane[:, 0].max())
        axes.set_ylim(plane[:, 1].min(), plane[:, 1].max())
        axes.set_xlabel(f"first principal component ({shares[0]:.0%} of the variance)")
        axes.set_ylabel(f"second ({shares[1]:.0%})")
        return save(figure, path)
