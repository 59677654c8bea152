"""Painting by units (Bau 2019): a generator's units ranked by the class evidence that they cause, and brushed.

    python benchmarks/gan_units.py RUN [--units 3] [--items 500]

RUN is the folder of a GAN of labelled pictures. Units of the layer with 8 x 8 positions are ranked on some samples; on
others the best few of a class are switched on in the middle of the picture, and the log-odds of that class, by a
classifier that real pictures taught, are compared with those after a change of the same energy in as many random units.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from bars import bar, record

import genwright
from genwright.core.draws import Draws
from genwright.evaluation.metrics.classifiers import scores, train_net
from genwright.networks.units import brushed, evidence, levels, watched

TIMES = 20  # sets of random units


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--units", type=int, default=3)
    parser.add_argument("--items", type=int, default=500)
    options = parser.parse_args()
    model = genwright.load_model(options.run)
    data, family = genwright.load_data(model.config["data"]["source"]), model.family
    train, names = data.tensors("train"), [str(name) for name in data.domain.labels]
    pick = Draws("classifier").permutation(len(train))[:20_000]
    scale = family.spec.leaf.levels - 1
    net = train_net(train.x[pick] / scale, train.given[pick, 0].long(), len(names), 1)
    layer = family.generator.blocks[1]
    pictures = lambda z, given: (family.generator(z, nothing(z), nothing(z).bool(), given) + 1) / 2
    nothing = lambda z: z.new_zeros(len(z), *family.spec.shape)

    def log_odds(x: torch.Tensor) -> torch.Tensor:
        log_p = scores(net, x).log_softmax(1)
        return log_p - torch.log1p(-log_p.exp().clamp(max=1 - 1e-6))

    def changed(z, given, change):
        with torch.no_grad(), watched(layer, change):
            return pictures(z, given)

    rng = Draws("units")
    z, held_out = rng.normal(2, options.items, family.latents)
    labels = torch.arange(options.items)[:, None] % len(names) * 1.0
    with torch.no_grad(), watched(layer) as seen:
        pictures(z, labels)
    to, size = levels(seen[0]), seen[0].shape[2:]
    middle = torch.zeros(size, dtype=torch.bool)
    middle[size[0] // 4 : -(size[0] // 4), size[1] // 4 : -(size[1] // 4)] = True
    found = evidence(lambda: pictures(z, labels), layer, log_odds, middle, to)

    rows = {}
    for k, name in enumerate(names):
        others = labels[:, 0] != k  # what is painted on is of another class
        at, given = held_out[others], labels[others]
        best = found[:, others, k].mean(1).argsort(descending=True)[: options.units].tolist()
        brush = lambda h: brushed(h, best, middle, to)
        before = log_odds(changed(at, given, lambda h: h))[:, k]
        rise, random = log_odds(changed(at, given, brush))[:, k] - before, []
        for _ in range(TIMES):
            any_units = rng.permutation(len(to))[: options.units].tolist()

            def same_energy(h):
                own, other = brush(h) - h, brushed(h, any_units, middle, to) - h
                of = lambda part: part.flatten(1).norm(dim=1).clamp(min=1e-6)
                return h + other * (of(own) / of(other))[:, None, None, None]

            random.append(log_odds(changed(at, given, same_energy))[:, k] - before)
        gap = (rise - torch.stack(random).mean(0)).numpy()
        rows[name] = {
            "units": best,
            "named": float(rise.mean()),
            "random": float(torch.stack(random).mean()),
            "gap": float(gap.mean()),
            "se": float(gap.std(ddof=1) / len(gap) ** 0.5),
        }
        print(name, rows[name], flush=True)
    clear = sum(row["gap"] > 2 * row["se"] for row in rows.values())
    what = f"classes whose evidence the brush of their {options.units} units raises more than random units do"
    bars = [bar("B4", what, f"{len(names)} of {len(names)}", clear, clear == len(names))]
    record(
        "gan_units",
        bars,
        {
            "data": data.name,
            "layer": list(size),
            "units": len(to),
            "items": model.config["outcome"]["items"],
            "classes": rows,
        },
    )


if __name__ == "__main__":
    main()
