"""Draws docs/latents-*.png: what a code of two numbers looks like, and what its size buys.

    python docs/draw_latents.py [--items 120000]

Trains an autoencoder and a VAE of the same layers and code size on MNIST (half a minute each, in
runs/latents-*, from which a second call draws at once); the error against the code's size is that of
benchmarks/results/autoencoders.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot as plt

import genwright

DOCS = Path(__file__).parent
RESULT = DOCS.parent / "benchmarks" / "results" / "autoencoders.json"
LAYERS = {"latents": 2, "channels": 512, "depth": 3, "lr": 1e-3}
MODELS = {
    "autoencoder": dict(preset="dense", hyperparameters=LAYERS),
    "vae": dict(preset="dense", hyperparameters={**LAYERS, "observation": "normal", "sd": 0.8, "kl_warmup": 0}),
}
TITLES = {"autoencoder": "autoencoder", "vae": "VAE"}
SHOWN, SIDE = 2_000, 20  # test pictures, and decoded pictures on a side of the grid


def scatter(axes, codes: np.ndarray, labels: np.ndarray, title: str) -> None:
    for label in np.unique(labels):
        mine = labels == label
        axes.scatter(*codes[mine].T, s=3, color=plt.cm.tab10(int(label)), label=str(label), linewidths=0)
    axes.set_title(title, fontsize=10)
    axes.tick_params(labelsize=7)


def mosaic(pictures: np.ndarray, rows: int) -> np.ndarray:
    """(rows * columns, H, W) -> one picture, row by row."""
    n, height, width = pictures.shape
    return pictures.reshape(rows, n // rows, height, width).swapaxes(1, 2).reshape(rows * height, -1)


def spaces(models: dict, data, labels: np.ndarray) -> None:
    """Codes above, the decoded rectangle around them below: regular against irregular."""
    figure, axes = plt.subplots(2, 2, figsize=(8, 8), layout="constrained")
    for (name, model), column in zip(models.items(), axes.T):
        codes = model.encode(data.test[:SHOWN])
        scatter(column[0], codes, labels, f"{TITLES[name]}: codes of test digits")
        if name == "vae":
            low, high = np.full(2, -2.5), np.full(2, 2.5)
            column[0].add_patch(plt.Circle((0, 0), 2, fill=False, ls="--", color="0.4"))
        else:
            low, high = np.quantile(codes, [0.01, 0.99], axis=0)
        x, y = np.linspace(low[0], high[0], SIDE), np.linspace(high[1], low[1], SIDE)
        grid = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)
        pictures = np.asarray(model.decode(grid))[..., 0]
        column[1].imshow(
            mosaic(pictures, SIDE), cmap="gray_r", extent=(low[0], high[0], low[1], high[1]), aspect="auto"
        )
        column[1].set_title(
            "decoded: " + ("where draws of N(0, I) are" if name == "vae" else "that range"), fontsize=10
        )
        column[1].tick_params(labelsize=7)
    axes[0, 1].legend(frameon=False, fontsize=7, markerscale=3, loc="upper right")
    save(figure, "latents-spaces.png")


def ways(models: dict, data, labels: np.ndarray) -> None:
    """From a 1 to a 7, from a 4 to an 8, by each model."""
    figure, axes = plt.subplots(2, 1, figsize=(7, 3.2), layout="constrained")
    one = lambda label: data.test[:SHOWN][labels == label][:1]
    for (name, model), at in zip(models.items(), axes):
        rows = [np.asarray(model.interpolate(one(a), one(b), steps=14))[..., 0] for a, b in (("1", "7"), ("4", "8"))]
        at.imshow(mosaic(np.concatenate(rows), 2), cmap="gray_r")
        at.set_title(TITLES[name], fontsize=10)
        at.axis("off")
    save(figure, "latents-ways.png")


def sizes(details: dict) -> None:
    """PCA's codes and the deep autoencoder's, and the error of both against the size of the code."""
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    labels = np.array(details["labels"])
    error = lambda name, size: details[name][str(size)]
    for at, codes, name, title in zip(
        axes, ("pca_codes", "codes"), ("pca", "deep"), ("2-D PCA", "autoencoder, 2 codes")
    ):
        scatter(at, np.array(details[codes]), labels, f"{title}: error {error(name, 2):.0f}")
    for name, title, style in (("pca", "PCA", "s--"), ("deep", "autoencoder", "o-")):
        points = sorted((int(size), value) for size, value in details[name].items() if size in details["deep"])
        axes[2].plot(*zip(*points), style, label=title, lw=1.8)
    axes[2].set(xscale="log", xlabel="numbers in a code", ylabel="squared error of a test picture")
    axes[2].set_xticks([size for size, _ in points], [str(size) for size, _ in points])
    axes[2].minorticks_off()
    axes[2].legend(frameon=False, fontsize=9)
    axes[2].spines[["top", "right"]].set_visible(False)
    save(figure, "latents-sizes.png")


def save(figure, name: str) -> None:
    figure.savefig(DOCS / name, dpi=120)
    plt.close(figure)
    print(DOCS / name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=120_000)
    options = parser.parse_args()
    data = genwright.load_data("mnist", given=[])
    labels = np.asarray(genwright.load_data("mnist").test.given["label"][:SHOWN]).astype(str)
    folder = Path("runs")
    models = {
        name: genwright.fit(data, name, items=options.items, out=folder / f"latents-{name}", progress=False, **told)
        for name, told in MODELS.items()
    }
    spaces(models, data, labels)
    ways(models, data, labels)
    if RESULT.exists():
        sizes(json.loads(RESULT.read_text())["details"])


if __name__ == "__main__":
    main()
