"""Draws docs/codes-priors.png and docs/codes-levels.png from run folders of vq-vae and vq-vae-2.

python docs/draw_codes.py PRIORS_RUN LEVELS_RUN [--data fashion-mnist]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import torch
from matplotlib import pyplot as plt
from torch import Tensor

import genwright
from genwright.core.draws import Draws
from genwright.families.baselines.uniform import Uniform

HERE, WIDE, MANY = Path(__file__).parent, 12, 2_000  # pictures in a row; those that a level's entries are averaged over


def sheet(path: Path, rows: list[tuple[str, Tensor]], levels: int) -> Path:
    """One row of pictures (n, C, H, W), with its name, under another."""
    figure, axes = plt.subplots(len(rows), 1, figsize=(9, 0.85 * len(rows)), layout="constrained")
    for axis, (name, x) in zip(axes, rows):
        strip = torch.cat(list(x), 2).movedim(0, -1).squeeze(-1) / (levels - 1)
        axis.imshow(strip, cmap="gray", vmin=0, vmax=1)
        axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
        axis.set_xticks([])
        axis.set_yticks([])
        axis.spines[:].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path


def priors(run: Path, x: Tensor, given: Tensor) -> list[tuple[str, Tensor]]:
    """Test pictures, drawn again from their codes, and drawn from codes by the learned and by the uniform prior."""
    family = genwright.load_model(run).family
    codec = family.codec
    again = codec.head.sample(codec.params(codec.entries(codec.encode(x))), Draws("again"))
    learned = family.sample(len(x), given, Draws("learned"))
    for level, prior in enumerate(family.priors):
        family.priors[level] = Uniform(prior.spec, prior.given)
    uniform = family.sample(len(x), given, Draws("uniform"))
    return [("test", x), ("from their codes", again), ("learned prior", learned), ("uniform prior", uniform)]


def levels(run: Path, x: Tensor, many: Tensor) -> list[tuple[str, Tensor]]:
    """Test pictures, decoded from the entries of all levels, and of one with the mean entries in the others' place."""
    codec = genwright.load_model(run).family.codec
    own = codec.levels(codec.entries(codec.encode(x)))
    mean = [part.mean(0, keepdim=True) for part in codec.levels(codec.entries(codec.encode(many)))]
    decode = lambda parts: codec.head.mean(codec.params(torch.cat([part.flatten(1) for part in parts], 1)))
    rows = [("test", x), ("all levels", decode(own))]
    for kept, name in enumerate(codec.latents.names):
        parts = [q if level == kept else mean[level].expand_as(q) for level, q in enumerate(own)]
        rows.append((f"{name} alone", decode(parts)))
    return rows


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("priors", type=Path)
    parser.add_argument("levels", type=Path)
    parser.add_argument("--data", default="fashion-mnist")
    options = parser.parse_args()
    data = genwright.load_data(options.data)
    test, count = data.tensors("test")[:WIDE], data.domain.spec.leaf.levels
    print(sheet(HERE / "codes-priors.png", priors(options.priors, test.x.float(), test.given), count))
    many = data.tensors("train").x[:MANY].float()
    print(sheet(HERE / "codes-levels.png", levels(options.levels, test.x.float(), many), count))


if __name__ == "__main__":
    main()
