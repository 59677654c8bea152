"""Diffusion in codes against diffusion of pixels, on OpenMoji's pictures of 64 x 64 with their names as captions: how
near the samples come to test pictures after the same minutes of training, and how long a picture takes to draw.

    python benchmarks/latent_diffusion.py [--minutes 40] [--folder FOLDER] [--data openmoji] [--given caption]

Both are flow matching by the numbers that they take for pictures of this size. A fit that was begun in FOLDER goes on
there; FOLDER then holds a sheet of samples over their captions of each. Of CIFAR-10's pictures, of 32 x 32: --data
cifar10-jpeg --given label.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from bars import bar, record

import genwright
from genwright.core.data import Data
from genwright.evaluation.metrics.frechet import frechet
from genwright.evaluation.plots.picture_sheets import captioned
from genwright.evaluation.suites.images import Suite

FAMILIES = {"pixels": "flow-matching", "codes": "latent-diffusion"}
DRAWN, TURNS, AT_ONCE = (
    5_000,
    5,
    64,
)  # pictures, at most as many as there are to learn from; turns of so many to be timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--data", default="openmoji")
    parser.add_argument("--given", default="caption")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="genwright-latent-diffusion-"))
    data = genwright.load_data(options.data, given=options.given)
    models = {
        name: genwright.fit(data, family, minutes=options.minutes, out=folder / name)
        for name, family in FAMILIES.items()
    }
    suite, seconds = Suite(data), times(models)
    rows = {name: figures(model, data, suite, folder) | seconds[name] for name, model in models.items()}
    rows["codes"]["frechet of test pictures, coded and decoded"] = distance(suite, coded(models["codes"], data))
    rows["training pictures"] = {"frechet": distance(suite, data.train)}
    pixels, codes = rows["pixels"], rows["codes"]
    ratio = round(codes["frechet"] / pixels["frechet"], 3)
    faster = round(pixels["milliseconds a picture"] / codes["milliseconds a picture"], 2)
    size = " x ".join(map(str, data.domain.spec.shape[1:]))
    said = f"{data.name}, {size}, {options.minutes:g} minutes each"
    bars = [
        bar("F6", f"{said}: Frechet distance of diffusion in codes over that of pixels", "<= 1.1", ratio, ratio <= 1.1),
        bar("F6", f"{said}: how many times as fast a picture is drawn, decoder included", ">= 4", faster, faster >= 4),
    ]  # fmt: skip
    details = {"data": data.name, "given": options.given, "minutes": options.minutes, "rows": rows}
    record("latent_diffusion" if data.name == "openmoji" else f"latent_diffusion_{data.name}", bars, details)


def figures(model: genwright.Model, data: Data, suite: Suite, folder: Path) -> dict:
    drawn = model.sample(min(DRAWN, len(data.train)), seed=0)
    if "caption" in drawn.given:
        x = data.domain.encode(drawn[:40])[0].float() / (data.domain.spec.leaf.levels - 1)
        captioned(x, drawn.given["caption"], folder / f"{model.config['family']}.png")
    return {
        "frechet": distance(suite, drawn),
        "items seen": model.config["outcome"]["items"],
        "parameters": model.parameters,
    }


def coded(model: genwright.Model, data: Data) -> np.ndarray:
    """Test pictures, as their codes say them."""
    return model.decode(model.encode(data.test, given={}))


def distance(suite: Suite, pictures: np.ndarray) -> float:
    """Frechet distance from test pictures."""
    domain = suite.domain
    x = domain.encode(np.asarray(pictures))[0].float() / (domain.spec.leaf.levels - 1)
    return round(float(frechet(suite.features(suite.test), suite.features(x))), 3)


def times(models: dict[str, genwright.Model]) -> dict[str, dict]:
    """How long each takes a picture of AT_ONCE, in turns: {name: {"milliseconds a picture": median}}."""
    taken = {name: [] for name in models}
    for _ in range(TURNS + 1):  # the first fills caches
        for name, model in models.items():
            start = perf_counter()
            model.sample(AT_ONCE, seed=0)
            taken[name].append(1000 * (perf_counter() - start) / AT_ONCE)
    return {name: {"milliseconds a picture": round(median(each[1:]), 2)} for name, each in taken.items()}


if __name__ == "__main__":
    main()
