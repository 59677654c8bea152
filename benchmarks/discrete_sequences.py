"""Discrete diffusion beside the autoregressive model of the same body and minutes: bits a symbol of test items; and its
bound on a Markov chain whose entropy is known.

    python benchmarks/discrete_sequences.py [--data smiles chorales tiny-shakespeare chain]

The bodies are transformers of the same numbers, with a causal mask and without. The autoregressive numbers are exact,
those of diffusion a lower bound on log p, so that its bits are at most so many. `--data chain` takes diffusion alone,
with masks and with uniform noise. Rows of data that are not named stay as other calls have recorded them.
"""

from __future__ import annotations

import argparse
import gzip
import json
from math import log

import numpy as np
from bars import Plan, details_of, record

import genwright
from genwright.core.data import Data
from genwright.data.named.download import cached
from genwright.data.named.molecules import moses
from genwright.studies.measures import nats_per_symbol

NAME = "discrete_sequences"
BODY = {"width": 192, "heads": 3, "depth": 4, "taps": 3, "squared": True, "dropout": 0.0, "batch": 16,
        "weight_decay": 0.1}  # fmt: skip
RATES = {"autoregressive": 1e-3, "discrete-diffusion": 5e-4}  # of 1, .5 and 4 thousandths, on validation items of MOSES
MINUTES = 10.0  # of each training
LEARNED, SCORED = 100_000, 1_000  # lines of molecules; test items
STATES, LENGTH, TEXT = 4, 32, 400_000  # of the chain
SIDES = ("autoregressive", "discrete-diffusion")
GAPS = {  # molecules and text are curves: no bar is set
    name: Plan("F7", f"bits a symbol above the autoregressive model, {name}, {MINUTES:g} minutes each", name, "test",
               (0,), f"{MINUTES:g} minutes each", "bits a symbol", most=most, unit="bits", sides=SIDES)
    for name, most in (("smiles", None), ("chorales", 0.20), ("tiny-shakespeare", None))
}  # fmt: skip
BOUNDS = {
    noise: Plan("F7", f"bound above the entropy of a Markov chain, {MINUTES:g} minutes, {noise}", "chain", "test", (0,),
                f"{MINUTES:g} minutes", "nats a symbol", most=0.01, unit="nats")
    for noise in ("mask", "uniform")
}  # fmt: skip
CHAIN = np.array([[0.1, 0.7, 0.1, 0.1], [0.1, 0.1, 0.7, 0.1], [0.4, 0.1, 0.1, 0.4], [0.6, 0.1, 0.1, 0.2]])


def smiles() -> Data:
    raw = moses()
    lines = np.random.default_rng(0).choice(np.array(raw.items, object), LEARNED, replace=False)
    return genwright.load_data(lines.tolist())


def chorales() -> Data:
    """Steps of an eighth, four notes each from high to low, a letter a note; all chorales one after another, those of
    the test part last."""
    parts = json.loads(gzip.decompress(cached("jsb-chorales/jsb-chorales-8th.json.gz").read_bytes()))
    note = lambda pitch: chr(ord("!") + int(pitch) - 35)
    step = lambda notes: "".join(map(note, sorted(notes, reverse=True)[:4])).ljust(4, "!")
    text = "".join("".join(map(step, each)) + "\n   " for part in ("train", "valid", "test") for each in parts[part])
    return genwright.load_data([text], windows=128)


def chain() -> Data:
    rng, state, letters = np.random.default_rng(0), 0, []
    ranks = CHAIN.cumsum(1)
    for u in rng.random(TEXT):
        letters.append("abcd"[state])
        state = min(int(np.searchsorted(ranks[state], u)), STATES - 1)
    return genwright.load_data(["".join(letters)], windows=LENGTH)


def entropy() -> float:
    """Nats a symbol of a window of the chain."""
    values, vectors = np.linalg.eig(CHAIN.T)
    first = np.real(vectors[:, np.argmax(values.real)])
    first /= first.sum()
    row = lambda p: -(p * np.log(p)).sum()
    return float(row(first) + (LENGTH - 1) * (first @ [row(p) for p in CHAIN])) / LENGTH


DATA = {"smiles": smiles, "chorales": chorales, "tiny-shakespeare": lambda: genwright.load_data("tiny-shakespeare")}


def measured(data: Data, family: str, preset: str = "text", **numbers) -> dict:
    numbers |= BODY | {"lr": RATES[family]}
    model = genwright.fit(data, family, minutes=MINUTES, preset=preset, hyperparameters=numbers, progress=False)
    few = np.random.default_rng(1).permutation(len(data.test))[:SCORED]
    found = nats_per_symbol(model, _Some([data.test[i] for i in few]))
    return {"nats": found.value, "se": found.se, "kind": found.kind, "items": model.config["outcome"]["items"]}


class _Some:
    """Test items, as a measure asks for them."""

    def __init__(self, test: list):
        self.test = test


def chain_rows() -> dict:
    data = chain()
    return {noise: measured(data, "discrete-diffusion", noise=noise, terms=64) for noise in BOUNDS}


def text_rows(name: str) -> dict:
    data = DATA[name]()
    return {family: measured(data, family) for family in SIDES}


def bars_of(name: str, rows: dict) -> list[dict]:
    if name == "chain":
        return [plan.row(rows[noise]["nats"] - entropy(), rows[noise]["se"]) for noise, plan in BOUNDS.items()]
    exact, bound = (rows[side] for side in SIDES)
    gap, se = (bound["nats"] - exact["nats"]) / log(2), (bound["se"] ** 2 + exact["se"] ** 2) ** 0.5 / log(2)
    return [GAPS[name].row(gap, se, **{side: rows[side]["nats"] for side in SIDES})]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="*", default=[*DATA, "chain"])
    options = parser.parse_args()
    rows = details_of(NAME)
    for name in options.data:
        found = chain_rows() if name == "chain" else text_rows(name)
        rows[name] = {"minutes": MINUTES} | found
        record(NAME, [line for name, each in rows.items() for line in bars_of(name, each)], rows)


if __name__ == "__main__":
    main()
