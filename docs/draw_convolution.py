"""Draws the pictures of docs/convolution.md.

python docs/draw_convolution.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
import torch
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

import genwright
from genwright.core.errors import DataError
from genwright.core.graph import from_edges, undirected
from genwright.graphs.normalise import mean
from genwright.graphs.propagate import propagate

HERE = Path(__file__).parent
SHAPES = "osD^vPX"


def grid(path: Path) -> Path:
    number = torch.arange(64).view(8, 8)
    ends = [
        torch.cat(part)
        for part in ((number[:, :-1].flatten(), number[:-1].flatten()), (number[:, 1:].flatten(), number[1:].flatten()))
    ]
    a, x = (
        mean(undirected(from_edges(*ends, 64))),
        torch.tensor(load_digits().images[0], dtype=torch.float32).view(-1, 1),
    )
    figure, panels = plt.subplots(1, 4, figsize=(8, 2.3), layout="constrained")
    shown = {0: panels[0], 1: panels[1], 2: panels[2], 4: panels[3]}
    for times in range(5):
        if times in shown:
            shown[times].imshow(x.view(8, 8), cmap="gray_r", vmin=0, vmax=16)
            shown[times].set(title=f"{times} average{'s' * (times != 1)}", xticks=[], yticks=[])
        x = propagate(a, x)
    return save(figure, path)


def karate(path: Path) -> Path:
    club = genwright.load_data("karate-club")
    untrained = genwright.fit(club, "gcn", steps=1, seed=0, progress=False)
    trained = genwright.fit(club, "gcn", seed=0, progress=False)
    figure, panels = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    for axes, model, title in zip(panels, (untrained, trained), ("after one step", "trained on 20% of the labels")):
        spots(axes, PCA(2).fit_transform(model.encode(club)), club.y.numpy(), club.classes)
        axes.set_title(title)
    panels[1].legend(frameon=False)
    return save(figure, path)


def cora(path: Path) -> Path:
    data = genwright.load_data("cora")
    test = np.flatnonzero(data.parts == "test")
    figure, panels = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
    for axes, family, title in zip(panels, ("mlp", "gcn"), ("words alone (mlp)", "words and citations (gcn)")):
        codes = genwright.fit(data, family, seed=0, progress=False).encode(data)[test]
        spots(axes, TSNE(2, random_state=0).fit_transform(codes), data.y.numpy()[test], data.classes)
        axes.set_title(title)
    panels[1].legend(frameon=False, fontsize=8, title="field")
    return save(figure, path)


def spots(axes, plane: np.ndarray, y: np.ndarray, classes: tuple[str, ...]) -> None:
    """Each class has a colour and a shape."""
    colours = plt.colormaps["viridis"](np.linspace(0, 0.92, len(classes)))
    for k, name in enumerate(classes):
        axes.scatter(*plane[y == k].T, s=16, color=colours[k], marker=SHAPES[k], label=name, linewidths=0)
    axes.set(xticks=[], yticks=[])


def save(figure, path: Path) -> Path:
    figure.savefig(path, dpi=130)
    plt.close(figure)
    return path


if __name__ == "__main__":
    print(grid(HERE / "convolution-grid.png"))
    print(karate(HERE / "convolution-karate.png"))
    try:
        print(cora(HERE / "convolution-cora.png"))
    except DataError as error:
        print(f"not drawn: {error}")
