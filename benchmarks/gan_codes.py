"""Codes of GANs: a linear probe of those of pairs (BiGAN), and completion by inversion beside the trained one.

    python benchmarks/gan_codes.py LABELLED [--data fashion-mnist] [--minutes 8] [--codes 16] [--folder runs/gan-codes]

The pairs are learned without labels, since codes say nothing of what is given. LABELLED is the folder of a plain GAN of
the same pictures, which completes their lower halves. A run that was begun in FOLDER goes on there, and rows of other
numbers of codes stay as other calls have recorded them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from bars import bar, details_of, record
from sklearn.decomposition import PCA

import genwright
from genwright.core.draws import Draws
from genwright.evaluation.metrics.probe import linear_probe

NAME = "gan_codes"
TAUGHT, COMPLETED = 20_000, 256  # pictures that a probe learns from; that are completed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--codes", type=int, default=16)
    parser.add_argument("--folder", type=Path, default=Path("runs/gan-codes"))
    options = parser.parse_args()
    data, alone = genwright.load_data(options.data), genwright.load_data(options.data, given=[])
    sizes = {"minutes": options.minutes, "hyperparameters": {"latents": options.codes}}
    model = genwright.fit(
        alone, "gan", preset="bidirectional", seed=0, out=options.folder / f"{options.codes}", progress=False, **sizes
    )
    pick = Draws("probe").permutation(len(data.train))[:TAUGHT].numpy()
    (x, y), (test, truth) = (
        (items.x.numpy(), items.given[:, 0].long().numpy())
        for items in (data.tensors("train")[pick], data.tensors("test"))
    )
    pictures = lambda x: np.moveaxis(x, 1, -1)
    codes, coded = model.encode(pictures(x)), model.encode(pictures(test))
    flat = lambda x: x.reshape(len(x), -1) / 255.0
    pca = PCA(codes.shape[1], svd_solver="covariance_eigh").fit(flat(x))
    probe = linear_probe(codes, y, coded, truth)
    plain = linear_probe(pca.transform(flat(x)), y, pca.transform(flat(test)), truth)
    again = data.domain.encode(model.decode(coded[:1000]))[0].float()
    error = float(((again - torch.from_numpy(test[:1000]).float()) / 255).square().mean().sqrt())
    print(f"probe {probe.value:.4f}, PCA {plain.value:.4f}, error of G(E(x)) {error:.3f}", flush=True)

    trained, inverted, mean = completions(genwright.load_model(options.labelled), test[:COMPLETED], x)
    rows = details_of(NAME).get("rows", {})
    rows[f"{options.codes} codes of {data.name}"] = {
        "minutes": options.minutes,
        "items": model.config["outcome"]["items"],
        "probe": {"codes": probe.value, "pca": plain.value, "se": float(np.hypot(probe.se, plain.se))},
        "reconstruction": error,
        "completion": {"trained": trained / mean, "inversion": inverted / mean},
    }
    record(NAME, [bar_of(name, row) for name, row in rows.items()], {"rows": rows})


def bar_of(name: str, row: dict) -> dict:
    probe, plain = row["probe"]["codes"], row["probe"]["pca"]
    what = f"BiGAN, linear probe of {name}, accuracy over as many principal components', {row['minutes']:g} minutes"
    return bar("B4", what, f"> {plain:.4f}", round(probe, 4), probe > plain, se=round(row["probe"]["se"], 4))


def completions(model, x: np.ndarray, train: np.ndarray) -> tuple[float, float, float]:
    """Root mean squared errors in the lower half of x: (n, C, H, W), of the trained completion, the one by inversion,
    and the mean of the training pictures."""
    x = torch.from_numpy(x)
    known = torch.zeros_like(x, dtype=torch.bool)
    known[:, :, : x.shape[2] // 2] = True
    given = torch.full((len(x), model.family.given.width), torch.nan)
    with torch.no_grad():
        trained = model.family.fill(x, known, given, Draws("fill"))
        inverted = model.family.fill_by_inversion(x, known, given, Draws("invert"))
    mean = torch.from_numpy(train).float().mean(0)
    return tuple(float((guess - x)[~known].square().mean().sqrt()) for guess in (trained, inverted, mean.expand_as(x)))


if __name__ == "__main__":
    main()
