"""The seven losses of a GAN on digits: the same networks, the same items (about half a minute of one core), one table.

python benchmarks/gan_losses.py [--items 100000]
"""

from __future__ import annotations

import argparse

from bars import bar, record

import genwright
from genwright.evaluation.suites.images import Suite
from genwright.families.gan_losses import LOSSES
from genwright.recipes.images import PRESETS
from genwright.reports.results import metric_json

SHOWN = ("frechet", "cas_cnn", "cas_svc", "class_coverage")
LEAST = 0.85  # of what real pictures teach, as for the family in the comparison of all


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    options = parser.parse_args()
    data = genwright.load_data("digits")
    suite, found, trains = Suite(data), {}, []
    for name in LOSSES:
        PRESETS["gan"][name] = PRESETS["gan"]["small"] | {"loss": name}  # the named rows are for larger pictures
        model = genwright.fit(data, "gan", preset=name, items=options.items, seed=0, progress=False)
        metrics, *_ = suite.measure(model)
        found[name] = {
            "metrics": {key: metric_json(metrics[key]) for key in SHOWN},
            "seconds": model.config["outcome"]["seconds"],
            "health": model.config["health"],
        }
        worst = min(metrics["cas_cnn"].value, metrics["cas_svc"].value)
        trains += [name] * (worst >= LEAST)
        print(
            f"{name}: CAS {worst:.3f}, Frechet {metrics['frechet'].value:.2f}, {found[name]['seconds']:.0f} s",
            flush=True,
        )
    what = (
        f"GAN losses whose samples of digits teach both judges {LEAST} of what real ones do, after "
        f"{options.items:,} items"
    )
    bars = [bar("B2", what, f"{len(LOSSES)} of {len(LOSSES)}", len(trains), len(trains) == len(LOSSES))]
    record("gan_losses", bars, {"items": options.items, "losses": found})


if __name__ == "__main__":
    main()
