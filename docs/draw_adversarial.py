"""Draws the pictures of docs/adversarial.md from run folders of two GANs of the same labelled pictures.

python docs/draw_adversarial.py PLAIN STYLE

PLAIN: of the preset large, whose units `bench.py gan_units` has ranked. STYLE: of the preset style.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import genwright
from genwright.core.draws import Draws
from genwright.evaluation.plots.picture_sheets import sheet, to_rgb
from genwright.families.adversarial.diff_augment import diff_augment
from genwright.networks.units import brushed, levels, watched
from genwright.run.model import Model

DOCS = Path(__file__).parent
PSI = (1.0, 0.7, 0.5, 0.3, 0.1)
COUNT = 8


def rows(x: Tensor, count: int) -> list[list[np.ndarray]]:
    """(n, C, H, W) in [0, 1] -> rows of `count` pictures."""
    pictures = to_rgb(x)
    return [pictures[i : i + count] for i in range(0, len(pictures), count)]


def shares(model: Model, x) -> Tensor:
    """Items in the user's form -> (n, C, H, W) in [0, 1]."""
    return model.domain.encode(x)[0].float() / (model.spec.leaf.levels - 1)


def augmentation(model: Model, test) -> str:
    """A few pictures, each as a discriminator sees it four times."""
    x = shares(model, test[:COUNT])
    seen = [diff_augment(2 * x - 1, Draws("shown", k)) for k in range(4)]
    blocks = [
        ("pictures", rows(x, 1)),
        ("as the players see them", list(map(list, zip(*(to_rgb((s + 1) / 2) for s in seen))))),
    ]
    return sheet(blocks, [""] * COUNT, DOCS / "gan-augmentation.png")


def truncation(model: Model) -> str:
    draws = [shares(model, model.sample(2 * COUNT, seed=1, guidance=1 / psi)) for psi in PSI]
    return sheet([("", [to_rgb(x) for x in draws])], [f"psi {psi:g}" for psi in PSI], DOCS / "gan-truncation.png")


def mixing(model: Model, label: int) -> str:
    """Coarse layers of the rows, fine ones of the columns, all of one class."""
    family, n = model.family, COUNT
    coarse, fine = Draws("mixed").normal(2, n, family.latents)
    given = torch.full((n, 1), float(label))
    x = lambda found: found / (model.spec.leaf.levels - 1)
    with torch.no_grad():
        top = to_rgb(x(family.decode(fine, given)))
        left = to_rgb(x(family.decode(coarse, given)))
        mixed = [to_rgb(x(family.mix(coarse[i : i + 1].expand(n, -1), fine, given, 2))) for i in range(n)]
    empty = np.full_like(top[0], 255)
    blocks = [("coarse", [[empty], *([picture] for picture in left)]), ("fine, and mixed", [top, *mixed])]
    return sheet(blocks, [""] * (n + 1), DOCS / "gan-mixing.png")


def brush(model: Model) -> str:
    """Samples of other classes with the units of one class switched on in the middle, class by class."""
    found = json.loads((DOCS.parent / "benchmarks" / "results" / "gan_units.json").read_text())["details"]["classes"]
    family, names = model.family, [str(name) for name in model.domain.labels]
    layer, rng = family.generator.blocks[1], Draws("brush")
    z = rng.normal(2000, family.latents)
    given = torch.arange(len(z))[:, None] % len(names) * 1.0
    nothing = torch.zeros(len(z), *family.spec.shape)
    draw = lambda some: (family.generator(z[some], nothing[some], nothing[some].bool(), given[some]) + 1) / 2
    with torch.no_grad(), watched(layer) as seen:
        draw(slice(None))
    to, size = levels(seen[0]), seen[0].shape[2:]
    middle = torch.zeros(size, dtype=torch.bool)
    middle[size[0] // 4 : -(size[0] // 4), size[1] // 4 : -(size[1] // 4)] = True
    before, after = [], []
    for k, name in enumerate(names):
        some = [i for i in range(2 * COUNT) if i % len(names) != k][:COUNT]
        with torch.no_grad():
            before.append(to_rgb(draw(some)))
            with watched(layer, lambda h: brushed(h, found[name]["units"], middle, to)):
                after.append(to_rgb(draw(some)))
    return sheet([("samples", before), ("the class's units switched on", after)], names, DOCS / "gan-brush.png")


def editing(model: Model, test) -> str:
    """Test pictures, what inversion finds of them, and their codes decoded as other classes."""
    some, names = test[:COUNT], model.domain.labels
    z = model.encode(some)
    asked = {"G(code)": list(model.domain.values(some, "label"))} | {f"as {name}": name for name in names[:4]}
    drawn = [shares(model, model.decode(z, given={"label": label})) for label in asked.values()]
    lines = [to_rgb(x) for x in (shares(model, some), *drawn)]
    return sheet([("", lines)], ["pictures", *asked], DOCS / "gan-editing.png")


def main() -> None:
    plain, style = (genwright.load_model(folder) for folder in sys.argv[1:])
    test = genwright.load_data(plain.config["data"]["source"]).test
    for path in (augmentation(plain, test), truncation(style), mixing(style, 8), brush(plain), editing(plain, test)):
        print(path)


if __name__ == "__main__":
    main()
