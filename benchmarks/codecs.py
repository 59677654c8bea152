"""Codecs and priors: codes by four quantisers, and a hierarchy of two levels.

    python benchmarks/codecs.py [--data fashion-mnist] [--quantisers 10] [--levels 30] [--seeds 1] [--only vq fsq ..]
        [--items] [--folder FOLDER]

Quantisers: one table of the perplexity of all test codes, of a proven bound in bits per dimension, beside that of a
VAE of the same budget, and of the Frechet distance of reconstructions and of samples by the learned and by the uniform
prior. Hierarchy: what samples and reconstructions teach (CAS), beside a GAN and a Gaussian per class. A run that is in
FOLDER is measured as it is, whatever its minutes. Fashion-MNIST is what the bars are of; digits take a tenth of the
time. With --items budgets are thousands of items, which a busy machine does not change.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
from bars import bar, record

import genwright
from genwright.core.draws import Draws
from genwright.core.run_files import WEIGHTS
from genwright.evaluation.suites.images import Suite
from genwright.families.baselines.uniform import Uniform
from genwright.reports.results import metric_json
from genwright.studies.codes import perplexity, usage

QUANTISERS = {  # numbers in place of the preset's, by the sides of the pictures
    "vq": ({}, {}),
    "fsq": ({"finite": [8, 6, 5]}, {"finite": [4, 4, 4]}),
    "residual": ({"books": 2, "entries": 16}, {"books": 2, "entries": 8}),
    "rotation": ({"rotation": True}, {"rotation": True}),
}
DATA = ("fashion-mnist", "digits")
BESIDE = {"gan": 1.0, "class-gaussian": 0.0}  # family: of the hierarchy's budget
ITEMS = "thousand items"  # in place of minutes
SHARE = 50  # percent of the entries that are to be in use


def fitted(data, family: str, folder: Path, amount: float, unit: str, seed: int = 0, numbers: dict | None = None):
    """The run that is there, or a new one of so many minutes or thousands of items; of no budget where that is 0."""
    if (folder / WEIGHTS).exists():
        return genwright.load_model(folder)
    budget = {} if not amount else {"items": int(1000 * amount)} if unit == ITEMS else {"minutes": amount}
    return genwright.fit(data, family, hyperparameters=numbers or None, out=folder, seed=seed, progress=False, **budget)


def with_priors(model, priors: list):
    """The same codec with other priors."""
    for level, prior in enumerate(priors):
        model.family.priors[level] = prior
    return model


def reconstructions(model, data, suite: Suite, part: torch.Tensor) -> torch.Tensor:
    """Pictures in [0, 1] drawn from p(x | z), z the code of x."""
    family, found = model.family, []
    with torch.no_grad():
        for block, x in enumerate(part.split(256)):
            codes = family.codec.encode(x)
            drawn = family.codec.head.sample(family.codec.params(family.codec.entries(codes)), Draws("again", block))
            found.append(drawn)
    return torch.cat(found) / (data.domain.spec.leaf.levels - 1)


def bound(model, data) -> dict[str, float]:
    """What is proven of test pictures, in bits per dimension."""
    found = model.log_prob(data.test).bits_per_dim
    return {"value": found.value, "se": found.se}


def measured(model, data, suite: Suite) -> dict[str, float | dict]:
    """What the table of quantisers holds of one run."""
    distance = lambda x: suite._frechet(suite.features(x))
    few = data.tensors("test").x[: suite.n].float()
    again = distance(reconstructions(model, data, suite, few))
    learned, by_learned = distance(suite._sample(model)[0]), bound(model, data)
    used, named = perplexity(model, data), usage(model, data)
    priors = list(model.family.priors)
    with_priors(model, [Uniform(prior.spec, prior.given) for prior in priors])
    suite._drawn = None  # by the learned prior
    uniform, by_uniform = distance(suite._sample(model)[0]), bound(model, data)
    with_priors(model, priors)
    suite._drawn = None
    return {
        "perplexity": metric_json(used),
        "usage": metric_json(named),
        "bits_per_dim": by_learned,
        "bits_per_dim_uniform": by_uniform,
        "frechet_reconstructions": metric_json(again),
        "frechet": metric_json(learned),
        "frechet_uniform": metric_json(uniform),
        "seconds": model.config["outcome"]["seconds"],
        "items": model.config["outcome"]["items"],
        "parameters": model.parameters,
        "health": model.config["health"],
    }


def plain(data, folder: Path, amount: float, unit: str) -> dict[str, float | dict]:
    """What the table holds of the VAE."""
    model = fitted(data, "vae", folder / "vae", amount, unit)
    return {"bits_per_dim": bound(model, data), "items": model.config["outcome"]["items"]}


def quantisers(
    data, suite: Suite, folder: Path, amount: float, unit: str, seeds: int, only: list[str]
) -> tuple[list, dict]:
    large = max(data.domain.spec.shape[1:]) > 16
    table = {"vae": plain(data, folder, amount, unit)}
    beside = table["vae"]["bits_per_dim"]["value"]
    for name in only:
        for seed in range(seeds):
            numbers = QUANTISERS[name][not large]
            model = fitted(data, "vq-vae", folder / f"{name}-{seed}", amount, unit, seed, numbers)
            table[f"{name}, seed {seed}"] = row = measured(model, data, suite)
            print(name, seed, {key: row[key]["value"] for key in row if isinstance(row[key], dict)}, flush=True)
    bars, mean = [], lambda name, key: float(np.mean([table[f"{name}, seed {s}"][key]["value"] for s in range(seeds)]))
    said = f"{data.name}, {amount:g} {unit}, {seeds} seed{'s' * (seeds > 1)}"
    for name in only:
        used, bits = mean(name, "perplexity"), mean(name, "bits_per_dim")
        gain = mean(name, "frechet_uniform") / mean(name, "frechet")
        beyond = mean(name, "frechet") / mean(name, "frechet_reconstructions")
        add = lambda what, wanted, value, met, unit="", name=name: bars.append(
            bar("A5", f"{name}, {said}: {what}", wanted, round(value, 3), met, unit)
        )
        add("perplexity of all test codes", f">= {SHARE}% of the entries", used, used >= SHARE, "%")
        add("Frechet distance by the uniform prior over that by the learned one", ">= 3", gain, gain >= 3, "times")
        add("proven bound", f"< {beside:.3f}, the plain VAE's", bits, bits < beside, "bits/dim")
        add("Frechet distance of samples over that of reconstructions", "<= 2", beyond, beyond <= 2, "times")
    return bars, table


def scores(suite: Suite, x: torch.Tensor, y: torch.Tensor) -> dict:
    return {name: metric_json(metric) for name, metric in suite._accuracy_scores(x, y).items()}


def hierarchy(data, suite: Suite, folder: Path, amount: float, unit: str) -> tuple[list, dict]:
    model = fitted(data, "vq-vae-2", folder / "levels", amount, unit)
    n, pool = suite.n, data.tensors("train")
    again = reconstructions(model, data, suite, pool.x[:n].float())
    found = {"vq-vae-2": scores(suite, *suite._sample(model)[:2]), "codes": metric_json(perplexity(model, data))}
    found["frechet"] = metric_json(suite._frechet(suite.features(suite._sample(model)[0])))
    found["reconstructions"] = scores(suite, again, pool.given[:n, 0])
    for family, own in BESIDE.items():
        suite._drawn = None
        other = fitted(data, family, folder / family, own * amount, unit)
        found[family] = scores(suite, *suite._sample(other)[:2])
    return levels_bars(found, f"vq-vae-2, {data.name}, {amount:g} {unit}, n = {n:,}", amount), found


def levels_bars(found: dict, told: str, minutes: float) -> list[dict]:
    """Rows of A6: each score by the harsher of two judges, the gap by two standard errors."""
    scores = {name: [row[key] for key in ("cas_cnn", "cas_svc")] for name, row in found.items() if "cas_cnn" in row}
    worst = {name: min(both, key=lambda score: score["value"]) for name, both in scores.items()}
    cas, again = worst["vq-vae-2"], worst["reconstructions"]
    best = max((worst[family] for family in BESIDE), key=lambda score: score["value"])
    gap, se = cas["value"] - best["value"], (cas["se"] ** 2 + best["se"] ** 2) ** 0.5
    told = f"{told}: CAS by the harsher judge"
    add = lambda what, wanted, value, met, se: bar(
        "A6", f"{told}, {what}", wanted, round(value, 4), met, "", round(se, 4), minutes
    )
    return [
        add("of samples", ">= 0.93 of real", cas["value"], cas["value"] >= 0.93, cas["se"]),
        add("less the best of GAN and class-Gaussian", "> 0 by 2 SE", gap, gap > 2 * se, se),
        add("of reconstructions", ">= 0.97 of real", again["value"], again["value"] >= 0.97, again["se"]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="fashion-mnist", choices=DATA)
    parser.add_argument("--quantisers", type=float, default=10.0, help="minutes of each; 0 for none")
    parser.add_argument("--levels", type=float, default=60.0, help="minutes of the hierarchy; 0 for none")
    parser.add_argument("--items", action="store_true", help="thousands of items in place of minutes")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=QUANTISERS, default=list(QUANTISERS))
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="genwright-codecs-"))
    data = genwright.load_data(options.data)
    suite, unit = Suite(data), ITEMS if options.items else "minutes"
    if options.quantisers:
        found = quantisers(data, suite, folder, options.quantisers, unit, options.seeds, options.only)
        keep("codecs", options.data, *found, options.quantisers, unit)
    if options.levels:
        keep("codecs_levels", options.data, *hierarchy(data, suite, folder, options.levels, unit), options.levels, unit)


def keep(name: str, data: str, bars: list, rows: dict, amount: float, unit: str) -> None:
    own = data == "fashion-mnist"  # what the bars are of
    record(name if own else f"{name}_{data}", bars if own else [], {"rows": rows, "data": data, unit: amount})


if __name__ == "__main__":
    main()
