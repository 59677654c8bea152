"""Autoencoders beside principal components, on MNIST's test set, and how the error falls with the size of the code.

    python benchmarks/autoencoders.py [--data mnist] [--items 500000]

Errors are squared, summed over pixels from -1 to 1, means over test pictures. What a linear autoencoder can do is
known: PCA's error, with whose subspace it ends. Writes results/autoencoders.json, from which docs/draw_pictures.py
draws.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from bars import bar, record
from torch import Tensor, nn

import genwright
from genwright.core.hyper import whole
from genwright.core.spec import Spec
from genwright.core.trainable import Recipe, Trained
from genwright.distributions.coordinates import Array
from genwright.families.latent.autoencoder import Autoencoder
from genwright.networks.adapters import Prior
from genwright.networks.dense import Dense
from genwright.recipes.densities import code_density

LINEAR = 16  # latents at which the linear one is measured
RATES = (1e-2, 3e-2, 1e-1)  # of learning, tried for the linear one; the best on validation pictures is reported
SIZES = (2, 4, 8, 16, 32, 64)
SHOWN = 2_000  # test pictures whose codes are drawn


class LinearCode(nn.Module):
    """x (B, *shape) -> z (B, latents), linear but for a bias."""

    def __init__(self, spec: Spec, latents: int):
        super().__init__()
        self.view, self.layer = Array(spec), nn.Linear(spec.dims, latents)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.view.centre(x).flatten(1))


class LinearDecoder(nn.Module):
    def __init__(self, spec: Spec, latents: int):
        super().__init__()
        self.shape, self.layer = spec.shape, nn.Linear(latents, spec.dims)

    def forward(self, z: Tensor, known_values: Tensor, known: Tensor | None, given: Tensor) -> Tensor:
        return self.layer(z).view(-1, *self.shape, 1)


@dataclass(frozen=True)
class LinearHyper(Trained):
    batch: int = 250
    lr: float = RATES[0]
    latents: int = whole(LINEAR, least=1, says="dimensions of the code")


def linear(spec: Spec, given: Spec, hyper: LinearHyper) -> Recipe:
    latents = hyper.latents
    prior = Prior(Dense(spec, 32, 1, 0, True), given, latents)
    family = Autoencoder(
        spec, given, LinearCode(spec, latents), LinearDecoder(spec, latents), prior, code_density(given, latents)
    )
    return hyper.recipe(family)


genwright.register(
    "images",
    "linear-autoencoder",
    linear,
    {"linear": LinearHyper()},
    ("sample", "encode", "decode"),
)


def error(model: genwright.Model, data, part: str = "test") -> float:
    """Of the pictures of a part after a round trip, squared, before anything is rounded to levels."""
    x = data.tensors(part).x
    family = model.family
    with torch.no_grad():
        total = 0.0
        for some in x.split(500):
            none = torch.zeros(len(some), 0)
            back = family.decoder(family.encoder(some), some, None, none)[..., 0]
            total += float(((back - Array(family.spec).centre(some)) ** 2).sum())
    return total / len(x)


def components(data, most: int) -> tuple[dict[int, float], np.ndarray]:
    """PCA's test error by the number of components, and the codes (n, 2) of the first test pictures."""
    centre = Array(data.domain.spec).centre
    x, test = (centre(data.tensors(part).x).flatten(1).double() for part in ("train", "test"))
    mean = x.mean(0)
    basis = torch.linalg.eigh((x - mean).T @ (x - mean))[1].flip(1)
    codes = (test - mean) @ basis[:, :most]
    left = ((test - mean) ** 2).sum(1, keepdim=True) - (codes**2).cumsum(1)
    return {k: float(left[:, k - 1].mean()) for k in range(1, most + 1)}, codes[:SHOWN, :2].numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--items", type=int, default=500_000, help="of each deep one; the linear one sees more")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    options = parser.parse_args()
    data = genwright.load_data(options.data, given=[])
    labels = genwright.load_data(options.data).test.given["label"][:SHOWN]
    peers, pca_codes = components(data, max(LINEAR, *SIZES))
    fit = lambda family, preset, items, **numbers: genwright.fit(
        data, family, preset=preset, items=items, hyperparameters=numbers, progress=False
    )
    began = perf_counter()
    tried = {lr: fit("linear-autoencoder", "linear", 2 * options.items, latents=LINEAR, lr=lr) for lr in RATES}
    rate = min(tried, key=lambda lr: error(tried[lr], data, "valid"))
    flat = error(tried[rate], data)
    curve, codes = {}, None
    for size in options.sizes:
        model = fit("autoencoder", "dense", options.items, latents=size)
        curve[size] = error(model, data)
        codes = model.encode(data.test[:SHOWN]) if size == 2 else codes
        print(f"{size} latents: {curve[size]:.2f}, PCA {peers[size]:.2f}", flush=True)
    excess, gain = flat / peers[LINEAR] - 1, 1 - curve[2] / peers[2]
    named = f"on test pictures of {options.data}"
    record(
        "autoencoders",
        [
            bar("A1", f"linear autoencoder, {LINEAR} codes: error {named} above PCA's", "<= 1%",
                f"{excess:.2%}", excess <= 0.01),
            bar("A1", f"deep autoencoder, 2 codes: error {named} below 2-D PCA's", ">= 30%",
                f"{gain:.1%}", gain >= 0.3),
        ],
        {
            "data": options.data,
            "items": options.items,
            "seconds": round(perf_counter() - began),
            "linear": flat,
            "linear_rate": rate,
            "deep": curve,
            "pca": {size: peers[size] for size in (LINEAR, *options.sizes)},
            "labels": [str(label) for label in labels],
            "codes": np.round(codes, 3).tolist(),
            "pca_codes": np.round(pca_codes, 3).tolist(),
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
