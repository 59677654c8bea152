"""Embeddings in the plane: where items lie, how far their labels keep together there, and codes of labelled items as
words.
"""

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

from .figures import INK, MARKS, STYLE, make_figure, save, short

METHODS = ("t-SNE", "PCA")
NEAREST = 10  # neighbours of an item that are looked at
WIDEST = 50  # numbers of an embedding that t-SNE sees, by principal components (van der Maaten & Hinton 2008)
OTHER_LABELS = "other labels"


def in_plane(h: np.ndarray, method: str, seed: int) -> np.ndarray:
    """Projects embeddings (n, D) to the plane (n, 2), by t-SNE (van der Maaten & Hinton 2008) or the two principal
    components.

    Args:
        h: (n, D) embeddings.
        method: Method of the projection.
        seed: Seed of t-SNE.
    """
    h = np.pad(h.astype(np.float32), ((0, 0), (0, max(0, 2 - h.shape[1]))))
    if method == "PCA":
        return PCA(2, random_state=0).fit_transform(h)
    if h.shape[1] > WIDEST < len(h):
        h = PCA(WIDEST, random_state=0).fit_transform(h)
    return TSNE(2, perplexity=min(30, max(2, len(h) // 4)), random_state=seed).fit_transform(h)


def neighbours(spots: np.ndarray) -> np.ndarray:
    """Finds the NEAREST other points of each, or all where these are fewer: (n, D) -> (n, k) numbers."""
    k = min(NEAREST, len(spots) - 1)
    return NearestNeighbors(n_neighbors=k).fit(spots).kneighbors(return_distance=False)


def share_alike(spots: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Computes the share of the nearest labelled neighbours in the plane that have an item's label, and the share that
    chance would give.

    Args:
        y: (n,) classes, -1 for none.
    """
    spots, y = spots[y >= 0], y[y >= 0]
    share = float((y[neighbours(spots)] == y[:, None]).mean())
    return share, float(((np.bincount(y) / len(y)) ** 2).sum())


def share_kept(h: np.ndarray, spots: np.ndarray) -> float:
    """Computes the share of an item's nearest neighbours by its embedding that are among the nearest in the plane."""
    pairs = zip(neighbours(h), neighbours(spots))
    return float(np.mean([len(np.intersect1d(*pair)) / len(pair[0]) for pair in pairs]))


def group_rare(y: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """Groups the rarest of classes y (n,) where there are more than marks. Returns classes and their names."""
    if len(names) <= len(MARKS):
        return y, names
    common = np.argsort(-np.bincount(y[y >= 0], minlength=len(names)), kind="stable")[: len(MARKS) - 1]
    number = np.full(len(names) + 1, len(common))
    number[common], number[-1] = np.arange(len(common)), -1
    return number[y], [*(names[k] for k in common), OTHER_LABELS]


def scatter(axes: Any, spots: np.ndarray, y: np.ndarray | None, names: list[str], size: float = 16) -> None:
    """Plots points in the plane; a class has a colour and a marker.

    Args:
        axes: Axes of matplotlib.
        spots: (n, 2) points.
        y: (n,) classes, -1 for items without one.
        names: Names of the classes.
        size: Size of a mark.
    """
    is_unlabelled = np.full(len(spots), True) if y is None else y < 0
    if is_unlabelled.any():
        label = None if y is None else "no label"
        axes.scatter(*spots[is_unlabelled].T, s=size / 2, color=INK, marker=".", label=label)
    for k, name in enumerate(names if y is not None else []):
        colour, marker = MARKS[k]
        look = dict(s=size, color=colour, marker=marker, edgecolors="white", linewidths=0.3)
        axes.scatter(*spots[y == k].T, label=short(str(name)), **look)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


LETTERS = 4  # letters of a label that are shown


def code_plot(codes: np.ndarray, y: np.ndarray, names: list[str], path: Path) -> str:
    """Plots the codes of labelled items as words in the plane, and returns the path of the PNG.

    Args:
        codes: (n, D).
        y: (n,) classes.
        names: Names of the classes.
        path: Path of the PNG.
    """
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
