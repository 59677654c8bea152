"""Spoken digits (FSDD) by codes: how evenly a codec of sound uses them, a proven bound, and what a WaveNet of the codes
adds to codes of which each is as likely as any other.

    GENWRIGHT_DATA=FOLDER python benchmarks/speech_codes.py [--minutes 20] [--folder FOLDER]

FOLDER/fsdd/recordings.zip is the data set. A folder that holds the run already is opened, not trained again; beside it
come clips to listen to. All clips are drawn for the labels of test clips; uniform codes are as many as learned ones.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
from bars import bar, record
from torch import Tensor

import genwright
from genwright.core.draws import Draws
from genwright.evaluation.suites.audio import Suite
from genwright.studies.codes import perplexity

SHARE, FURTHER = 50, 3  # % of the entries; how many times as far off uniform codes are
BLOCK = 64  # clips at once
HEARD = 10  # one of so many clips is written


@torch.no_grad()
def codes_drawn(model, data) -> dict[str, Tensor]:
    """Of all test clips, for their labels by the prior, and as many uniform ones."""
    test, (prior,), codec = data.tensors("test"), model.family.priors, model.family.codec
    leaf, parts = codec.latents.leaf, enumerate(test.given.split(BLOCK))
    learned = torch.cat([prior.sample(len(part), part, Draws("codes", block)) for block, part in parts])
    uniform = torch.where(learned < leaf.end, Draws("uniform").integers(leaf.end, learned.shape).float(), learned)
    return {"reconstructed": codec.encode(test.x), "learned": learned, "uniform": uniform}


@torch.no_grad()
def clips_of(model, data, codes: Tensor, name: str):
    """Drawn from codes, with the labels of test clips."""
    parts = enumerate(codes.split(BLOCK))
    x = torch.cat([model.family.codec.sample(part, Draws(name, block)) for block, part in parts])
    return data.domain.decode(x, data.tensors("test").given, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="genwright-speech-")) / "run"
    data = genwright.load_data("fsdd")
    model = genwright.fit(data, "vq-vae", minutes=options.minutes, out=folder)
    suite = Suite(data)
    bits, used = suite.measure(model).metrics["bits_per_sample"], perplexity(model, data)
    ngram = suite.measure(genwright.fit(data, "n-gram", progress=False)).metrics["bits_per_sample"]
    found = {}
    for name, codes in codes_drawn(model, data).items():
        clips = clips_of(model, data, codes, name)
        data.domain.write(clips[::HEARD], folder.parent / f"{name}.wav")
        found[name] = suite._fidelity(clips) | suite._right_label(clips)
    frechet = {name: metrics["frechet"].value for name, metrics in found.items()}
    right = {name: metrics["right_label"] for name, metrics in found.items()}
    further, asked = frechet["uniform"] / frechet["learned"], f"{options.minutes:g} minutes of fsdd"
    real, again = suite.reference()["right_label"].value, right["reconstructed"].value
    rows = [
        bar(
            "A5",
            f"perplexity of all test codes of sound, {asked} ({used.detail})",
            f">= {SHARE}% of the entries",
            round(used.value, 1),
            used.value >= SHARE,
            "%",
            used.se,
            options.minutes,
        ),
        bar(
            "A5",
            f"bits a sample of sound, a proven bound, {asked} (a Markov chain of levels: {ngram.value:.2f})",
            "below the chain's",
            round(bits.value, 3),
            bits.value < ngram.value,
            "bits",
            bits.se,
            options.minutes,
        ),
        bar(
            "A5",
            f"Frechet distance of clips by uniform codes, over that by learned ones, {asked} "
            f"({frechet['uniform']:.2f}, {frechet['learned']:.2f}; test clips by their codes: "
            f"{frechet['reconstructed']:.2f})",
            f">= {FURTHER}x",
            round(further, 2),
            further >= FURTHER,
            "times",
            minutes=options.minutes,
        ),
        bar(
            "A5",
            f"clips by learned codes whose digit a network taught by real speech names, {asked} (uniform codes: "
            f"{right['uniform'].value:.2f}, test clips by their codes: {again:.2f}, real ones: {real:.2f})",
            "above uniform codes'",
            round(right["learned"].value, 3),
            right["learned"].value > right["uniform"].value + 2 * right["uniform"].se,
            "of samples",
            right["learned"].se,
            options.minutes,
        ),
    ]
    metrics = {name: {key: [m.value, m.se] for key, m in each.items()} for name, each in found.items()}
    record("speech_codes", rows, {"minutes": options.minutes, "metrics": metrics, "stages": model.config["stages"]})


if __name__ == "__main__":
    main()
