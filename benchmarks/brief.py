"""Networks by what a budget allows: few training items suit a smaller network with larger steps.

`brief_sweep` tries settings beside a preset, on validation items. `brief_networks` holds what a card took from that
against the preset, on sets that chose nothing.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from bars import Run, benchmark, plans
from common import Result, data_folder, moses_lines, se_of

import genwright
from genwright.core.data import Data
from genwright.kinds.sequences.windows import WINDOW
from genwright.measure.suites import images
from genwright.zoo import registry

MINUTES, BUDGET = 0.5, "items of 30 s of a core, one training each"
IMAGES, DRAWN = 12_000, 1_000  # images of a set to learn from, and samples of a model of images
LINES, SCORED, TERMS = 12_000, 256, 8  # lines to learn from, lines that are scored, and terms of their bound
CHANCE = 1.645  # standard errors that a difference exceeds by chance in one case of twenty

# ---------------------------------------------------------------------- sets


def half_side(name: str) -> np.ndarray:
    """Images of a named set, each pixel the mean of four."""
    whole = genwright.load_data(name)
    pixels = np.concatenate([np.asarray(whole.train)[:IMAGES], np.asarray(whole.test)[: IMAGES // 4]])
    n, side = pixels.shape[:2]
    return pixels.reshape(n, side // 2, 2, side // 2, 2, -1).mean((2, 4)).round().astype(np.uint8)


def learned_digits() -> np.ndarray:
    whole = genwright.load_data("digits")
    return np.concatenate([np.asarray(whole.train), np.asarray(whole.valid)])


def learned_plays() -> list[str]:
    """The part of tiny-shakespeare that is no test item."""
    text = data_folder("text", "tiny-shakespeare", "input.txt").read_text()
    return [text[: int(0.9 * len(text))]]


def help_topics() -> list[str]:
    """What Python's `help` says of topics, as one text."""
    from pydoc_data.topics import topics

    return ["\n".join(topics.values())]


def smiles(path: Path) -> list[str]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as file:
        return list(pd.read_csv(file)["smiles"])


def molecules(texts: list[str]) -> Data:
    return genwright.load_data(pd.DataFrame({"smiles": texts}), kind="molecules")


SETS: dict[str, Callable[[], Data]] = {
    # these choose: none has a test item, so what is split off is validation
    "digits": lambda: genwright.load_data(learned_digits()),
    "tiny-shakespeare": lambda: genwright.load_data(learned_plays(), windows=WINDOW),
    "lipophilicity": lambda: molecules(smiles(data_folder("moleculenet", "Lipophilicity.csv.gz"))),
    "moses": lambda: molecules(moses_lines(n=LINES)),
    # these chose nothing
    "mnist at half its side": lambda: genwright.load_data(half_side("mnist")),
    "fashion-mnist at half its side": lambda: genwright.load_data(half_side("fashion-mnist")),
    "help topics of Python": lambda: genwright.load_data(help_topics(), windows=WINDOW),
    "antibiotics": lambda: molecules(smiles(data_folder("antibiotics", "ecoli.csv"))),
    "zinc-jtvae": lambda: genwright.load_data("zinc-jtvae"),
}


@cache
def load(name: str) -> Data:
    data = SETS[name]()
    data.name = name.replace(" ", "-")
    return data


# ---------------------------------------------------------------------- one training


def judged(run: Run, data: Data, model) -> dict[str, float | list[float]]:
    """What a model makes of items that it did not learn from: of images the Frechet distance of its samples, of others
    the nats of each."""
    if data.kind == "images":
        suite = images.Suite(data, 0, {"samples": run.small(DRAWN, 64)})
        metric = suite.measure(model, only=["frechet"]).metrics["frechet"]
        return {"figure": metric.value, "se": metric.se}
    draws = TERMS if model.config["family"] == "discrete-diffusion" else None
    nats = -model.log_prob(data.test[: run.small(SCORED, 16)], seed=0, draws=draws).nats
    return {"figure": float(nats.mean()), "se": se_of(nats), "nats": nats.tolist()}


def trained(run: Run, name: str, family: str, preset: str, values: dict) -> dict[str, float | list[float]]:
    """The figure of a family that trained for 30 s with values in place of its preset's."""
    words = "-".join([name, family, preset, *(f"{key}={value}" for key, value in values.items())]).replace(" ", "-")

    def measure() -> dict:
        model = run.fit(load(name), family, words, preset=preset, hyperparameters=values, minutes=MINUTES)
        return judged(run, load(name), model)

    return run.kept(f"{words}-judged", measure)


def difference(few: dict, preset: dict) -> tuple[float, float]:
    """Figure of one training less that of another, and its standard error; items are paired where each has a figure."""
    gap = few["figure"] - preset["figure"]
    if "nats" in few:
        return gap, se_of(np.subtract(few["nats"], preset["nats"]))
    return gap, float(np.hypot(few["se"], preset["se"]))


def figure_of(name: str) -> str:
    return "Frechet distance" if "nist" in name or name == "digits" else "nats an item"


# ---------------------------------------------------------------------- the sweep

SWEPT: dict[tuple[str, str, str], list[dict]] = {  # (set, family, preset): what is tried in place of its values
    ("digits", "score-matching", "small"): [
        dict(width=16, blocks=1, batch=64, lr=4e-3, dropout=0.0),
        dict(blocks=1, batch=64, dropout=0.0),
        dict(blocks=1, batch=32, lr=4e-3, dropout=0.0),
    ],
    ("digits", "flow", "small"): [
        dict(batch=64, lr=4e-3, dropout=0.0),
        dict(width=24, batch=64, lr=4e-3, dropout=0.0),
        dict(fine=3, coarse=2, batch=64, lr=4e-3, dropout=0.0),
        dict(width=24, batch=32, lr=2e-3, dropout=0.0),
    ],
    ("digits", "gan", "small"): [
        dict(batch=32, lr=8e-4),
        dict(channels=16, width=64, batch=32, lr=8e-4),
        dict(lr=8e-4),
    ],
    ("digits", "autoencoder", "small"): [dict(batch=64, lr=2e-3, dropout=0.0)],  # as its kin, vae
    ("tiny-shakespeare", "autoregressive", "text"): [
        dict(width=96, batch=8, lr=4e-3, dropout=0.0),
        dict(width=96, batch=4, lr=4e-3, dropout=0.0),
        dict(depth=2, batch=8, lr=3e-3, dropout=0.0),
    ],
    ("tiny-shakespeare", "discrete-diffusion", "text"): [
        dict(width=96, batch=8, lr=2e-3, dropout=0.0),
        dict(width=96, batch=8, lr=4e-3, dropout=0.0),
        dict(depth=2, batch=8, lr=1e-3, dropout=0.0),
    ],
    ("lipophilicity", "autoregressive", "small"): [
        dict(batch=16, dropout=0.0),
        dict(width=48, batch=16, lr=8e-3, dropout=0.0),
        dict(depth=2, batch=8, dropout=0.0),
    ],
    ("moses", "autoregressive", "lstm-few"): [
        dict(batch=32, lr=4e-3, dropout=0.0),
        dict(width=128, batch=32, lr=4e-3, dropout=0.0),
        dict(depth=1, batch=32, lr=4e-3, dropout=0.0),
    ],
}
CHOSEN = plans(
    {
        (name, family): (f"{name}, {family}, 30 s of a core: {figure_of(name)}, best of {len(tried) + 1} "
                         "settings less preset", "difference", "shown", {"data": name, "sides": ("best", "preset")})
        for (name, family, _), tried in SWEPT.items()
    },
    system="speed", split="valid", seeds=(0,), budget=BUDGET, minutes=MINUTES,
)  # fmt: skip


@benchmark(plans=("CHOSEN",))
def brief_sweep(run: Run) -> Result:
    """A handful of settings beside each preset after 30 s of a core, on validation items: cards take the best."""
    rows, details = [], {}
    for (name, family, preset), tried in SWEPT.items():
        found = [trained(run, name, family, preset, values) for values in ({}, *tried)]
        best = min(range(len(found)), key=lambda k: found[k]["figure"])
        gap, se = difference(found[best], found[0])
        said = ", ".join(f"{key}={value}" for key, value in tried[best - 1].items()) if best else "the preset"
        sides = {"best": found[best]["figure"], "preset": found[0]["figure"]}
        rows.append(CHOSEN[name, family].row(gap, se, note=said, **sides))
        details[f"{name}, {family}, {preset}"] = [
            {"values": values, "figure": one["figure"], "se": one["se"]} for values, one in zip(({}, *tried), found)
        ]
    return rows, details


# ---------------------------------------------------------------------- what cards took from it

MNIST, FASHION, TOPICS = "mnist at half its side", "fashion-mnist at half its side", "help topics of Python"
HELD: dict[tuple[str, str], str] = {  # (set, family): preset
    (MNIST, "autoregressive"): "small",
    (MNIST, "diffusion"): "small",
    (MNIST, "flow-matching"): "small",
    (MNIST, "vae"): "small",
    (FASHION, "score-matching"): "small",
    (FASHION, "flow"): "small",
    (FASHION, "gan"): "small",
    (FASHION, "autoregressive"): "small",
    (TOPICS, "autoregressive"): "text",
    (TOPICS, "discrete-diffusion"): "text",
    ("antibiotics", "autoregressive"): "small",
    ("zinc-jtvae", "autoregressive"): "lstm-few",
}
EVERY = f"of {len(HELD)}"
BRIEF = plans(
    {
        (name, family): (f"{name}, {family}, 30 s of a core: {figure_of(name)}, few items less preset",
                         "difference", "shown", {"data": name, "sides": ("few items", "preset")})
        for name, family in HELD
    }
    | {
        "better": ("what suits few items is better than the preset", EVERY, ">= 9"),
        "worse": ("what suits few items is worse than the preset, by more than its error", EVERY, "<= 0"),
    },
    system="speed", data="five sets that chose nothing", split="test", seeds=(0,), budget=BUDGET, minutes=MINUTES,
)  # fmt: skip


@benchmark(plans=("BRIEF",))
def brief_networks(run: Run) -> Result:
    """What suits few items against the preset, after 30 s of a core, on sets that chose nothing."""
    rows, better, worse = [], 0, 0
    for (name, family), preset in HELD.items():
        data = load(name)
        brief = registry.row(data.kind, data.task, family).construction.brief[preset]
        few, usual = (trained(run, name, family, preset, dict(values)) for values in (brief.values, {}))
        gap, se = difference(few, usual)
        better, worse = better + (gap < 0), worse + (gap > CHANCE * se)
        sides = {"few items": few["figure"], "preset": usual["figure"]}
        rows.append(BRIEF[name, family].row(gap, se, **sides))
    return [*rows, BRIEF["better"].row(better), BRIEF["worse"].row(worse)], {}
