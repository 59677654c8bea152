"""Enlarging Fashion-MNIST from 7 x 7 to 28 x 28: flow matching that sees the small picture, beside interpolation.

    python benchmarks/super_resolution.py [--minutes 10] [--folder FOLDER]

A fit that was begun in FOLDER goes on there. Draws are measured as the family makes them, before they are moved to
agree with the small picture; "shipped" is what `sample` returns, which agrees with it.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from bars import bar, record
from torch import Tensor

import genwright
from genwright.core.draws import Draws
from genwright.distributions.low_resolution import means
from genwright.evaluation.feature_net import load_features
from genwright.evaluation.metrics.frechet import frechet

ITEMS, DRAWN, BLOCK = 5_000, 8, 250  # test pictures, draws of each of the first BLOCK that are averaged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    data = genwright.load_data("fashion-mnist", given=["label", "low/4"])
    folder = options.folder or Path(tempfile.mkdtemp(prefix="genwright-super-resolution-")) / "run"
    model = genwright.fit(data, "flow-matching", minutes=options.minutes, out=folder)
    some = data.test[np.random.default_rng(0).permutation(len(data.test))[:ITEMS]]
    x, given = data.domain.encode(some)
    low, top = model.family.given.part(given, "low"), data.domain.spec.leaf.levels - 1
    bicubic = F.interpolate(low, scale_factor=4, mode="bicubic", align_corners=False).clamp(0, top)
    drawn = draws(model, given, 0)
    shipped = data.domain.encode(data.domain.decode(drawn, given, 0))[0]
    mean = torch.stack([draws(model, given[:BLOCK], seed) for seed in range(DRAWN)]).mean(0)
    real = data.domain.encode(data.train[np.random.default_rng(1).permutation(len(data.train))[:ITEMS]])[0]
    features = load_features(1)
    of = lambda pictures: features((pictures.float() / top).clamp(0, 1))
    target = of(x)
    distance = lambda pictures: round(float(frechet(target, of(pictures))), 3)
    rows = {
        "bicubic": figures(bicubic, x, low, top) | {"frechet": distance(bicubic)},
        "one draw": figures(drawn, x, low, top) | {"frechet": distance(drawn)},
        "one draw, shipped": figures(shipped, x, low, top) | {"frechet": distance(shipped)},
        f"mean of {DRAWN} draws": figures(mean, x[:BLOCK], low[:BLOCK], top),
        "real training pictures": {"frechet": distance(real)},
    }
    off, gain = rows["one draw"]["off"], rows["bicubic"]["frechet"] / rows["one draw"]["frechet"]
    bars = [
        bar("F4", "Fashion-MNIST 7 to 28, a draw made small again, off its input (before it is made to agree)",
            "<= 1% of the range", off, off <= 1, "%"),
        bar("F4", "Frechet distance of bicubic interpolation over that of draws", ">= 3", round(gain, 2), gain >= 3),
    ]  # fmt: skip
    record("super_resolution", bars, {"minutes": options.minutes, "items": len(x), "rows": rows})


def draws(model: genwright.Model, given: Tensor, seed: int) -> Tensor:
    """(n, C, H, W) as the family draws them."""
    with torch.no_grad():
        return torch.cat([
            model.family.sample(len(part), part, Draws("super-resolution", seed, k)).float()
            for k, part in enumerate(given.split(BLOCK))
        ])  # fmt: skip


def figures(pictures: Tensor, x: Tensor, low: Tensor, top: int) -> dict:
    """off: mean distance of their block means from the small pictures, in percent of the range. psnr: of the mean
    squared error over all, in dB; a draw has less of it than the mean of draws, which is no picture."""
    off = 100 * (means(pictures.float(), 4) - low).abs().mean() / top
    error = ((pictures.float() - x.float()) / top).square().mean()
    return {"off": round(float(off), 3), "psnr": round(float(-10 * error.log10()), 2)}


if __name__ == "__main__":
    main()
