"""25 narrow Gaussians on a grid: how many of them a GAN finds, and how many of its samples lie in one.

    python benchmarks/gan_modes.py [--minutes 1.5] [--seeds 5]

A mode counts as found when one sample lies within three standard deviations of it, of 2,500 drawn (PacGAN, Lin 2018,
section 4.1). Published: GAN 3.3, ALI 15.8, unrolled 23.6, VEEGAN 24.6, PacGAN 25.
"""

from __future__ import annotations

import argparse

from bars import bar, record

import genwright
from genwright.studies.measures import DRAWN, modes_among


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.5)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    data, found = genwright.load_data("grid-gaussians"), []
    for seed in range(options.seeds):
        model = genwright.fit(data, "gan", minutes=options.minutes, seed=seed, progress=False)
        found.append((*modes_among(model.sample(DRAWN, seed=0).to_numpy()), model.config["outcome"]["items"]))
        print(
            f"seed {seed}: {found[-1][0]} modes, {found[-1][1]:.3f} of samples within 3 sd, {found[-1][2]:,} items",
            flush=True,
        )
    counts, shares, items = zip(*found)
    bars = [
        bar("B1", f"25 Gaussians, modes found, worst of {len(counts)} seeds", "25", min(counts), min(counts) == 25),
        bar(
            "B1",
            f"25 Gaussians, samples within 3 sd, worst of {len(counts)} seeds",
            ">= 0.9",
            round(min(shares), 4),
            min(shares) >= 0.9,
        ),
    ]
    details = {
        "minutes": options.minutes,
        "real": modes_among(data.test.to_numpy())[1],
        "modes": counts,
        "shares": shares,
        "items": items,
    }
    record("gan_modes", bars, details)


if __name__ == "__main__":
    main()
