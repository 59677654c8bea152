"""Holes of sequences: what they are filled with, beside what stood there, with and without a look at what comes behind.

    GENWRIGHT_DATA=FOLDER python benchmarks/line_holes.py [DATA ...] [--minutes 5] [--folder runs/line-holes]

Of test items a part is hidden: ten symbols in the middle of a line, or of music every voice but the first. The model
itself scores what was filled in, whole items by log p: draws of its own p(unknown | known) are as likely as the truth,
if the model is right. A run that is in --folder is taken as it is, and rows that other calls have recorded stay.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from bars import details_of, record

import genwright
from genwright.core.draws import Draws
from genwright.core.run_files import WEIGHTS
from genwright.evaluation.metrics.molecules import describe

NAME = "line_holes"
HOLES = {  # first hidden symbol, last, items
    "tiny-shakespeare": (60, 70, 100),
    "moses": (12, 22, 300),
    "jsb-chorales": (None, None, 50),
}
VOICES = 4


def hidden(name: str, x: torch.Tensor, pad: int) -> torch.Tensor:
    """What of x (B, T) is known, bool."""
    first, last, _ = HOLES[name]
    place = torch.arange(x.shape[1])
    known = place % VOICES == 0 if first is None else (place < first) | (place >= last)
    return known.expand(x.shape) | (x == pad)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="*", default=list(HOLES))
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--folder", type=Path, default=Path("runs/line-holes"))
    options = parser.parse_args()
    rows = details_of(NAME).get("rows", {})
    for name in options.data:
        data, out = genwright.load_data(name), options.folder / name
        if not (out / WEIGHTS).exists():
            genwright.fit(data, "autoregressive", minutes=options.minutes, out=out, progress=False)
        model = genwright.load_model(out)
        leaf = model.spec.leaf
        tensors = data.tensors("test")
        pick = np.flatnonzero((tensors.x != leaf.pad).sum(1) > (HOLES[name][1] or 0) + 2)
        pick = np.random.default_rng(0).choice(pick, HOLES[name][2], replace=False)
        x, given = tensors.x[pick].float(), tensors.given[pick]
        known = hidden(name, x, leaf.pad)
        rows[name] = {"hidden": int((~known).sum(1).max()), "items": len(x), "ways": {}}
        for way, particles in (
            ("what stood there", 0),
            ("blind to what comes", 1),
            ("particles", model.family.particles),
        ):
            model.family.particles, began = particles, perf_counter()
            with torch.inference_mode():
                found = model.family.fill(x, known, given, Draws("holes")) if particles else x
                seconds = perf_counter() - began
                nats = -model.family.log_likelihood(found, given, Draws("score"))[0]
            assert (found == x)[known].all()
            row = {"nats": float(nats.mean()), "se": float(nats.std() / len(nats) ** 0.5), "seconds": seconds / len(x)}
            if particles > 1:
                way = f"{particles} particles"
            if name == "moses":
                row["molecules"] = float(describe(model.domain.decode(found, given, None), ()).valid.mean())
            rows[name]["ways"][way] = row
            print(name, way, json.dumps(row), flush=True)
        record(NAME, [], {"rows": rows})


if __name__ == "__main__":
    main()
