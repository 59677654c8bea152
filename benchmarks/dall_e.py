"""DALL-E on `shapes`: what its codes keep of an image, and how often a sample shows what its caption asks for.

    python benchmarks/dall_e.py [--folder runs/dall-e]

`dall-e` trains for fifteen minutes of one core, of which its codec has a third, and `vq-vae` for as long. The codec of
the preset `gumbel` trains for five minutes, and nearly no prior behind it. The test captions name (shape, colour) pairs
that no training image shows, and a rule reads what an image shows. The script writes each part to disk as it is
measured, and so does each training: run the same command again to resume.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from bars import Plan, kept, record

import genwright
from genwright.core.data import Data
from genwright.data.named.shapes import parse_captions
from genwright.domains.pictures import Pictures
from genwright.evaluation.metrics.shapes_rule import agreement, read_attributes
from genwright.studies.codes import perplexity

MINUTES, OF_CODEC = 15.0, 5.0
MOST = 0.95  # of a budget, for a codec whose prior is not looked at
GUIDANCE = 2.0
SAMPLES, COMPLETED = 2_000, 200

ON_SHAPES = dict(system="G2", data="shapes", split="test", seeds=(0,))
MODELS = dict(budget=f"{MINUTES:g} minutes of one core each", minutes=MINUTES, **ON_SHAPES)
CODEC = dict(budget=f"{OF_CODEC:g} minutes of one core", minutes=OF_CODEC, **ON_SHAPES)
SAMPLED = f"of {SAMPLES:,} samples at guidance {GUIDANCE:g}, by rule"
CODECS = ("nearest", "gumbel")
WORDS = {"pair": "shape and colour right", "all": "all four right"}
PLANS = {
    **{
        f"{codec} codec": Plan(
            what=f"{codec} codes of images: all four attributes right after decoding", metric="of images, by rule",
            least=0.95, **CODEC,
        )
        for codec in CODECS
    },
    **{
        f"{codec} perplexity": Plan(
            what=f"{codec} codes of images: perplexity of all test codes", metric="of the entries", unit="%", **CODEC
        )
        for codec in CODECS
    },
    "kept codes": Plan(
        what="text and upper half: known codes that stay as they are", metric="of codes", least=1.0, **MODELS
    ),
    "kept pixels": Plan(
        what="text and upper half: known pixels that stay as they are", metric="of pixels", least=1.0, **MODELS
    ),
    **{
        f"{score} {other}": Plan(
            what=f"dall-e less {times}{other}: {words}", metric=SAMPLED, least=0.0, strict=True,
            sides=("dall-e", other), **MODELS,
        )
        for score, words in WORDS.items()
        for other, times in (("vq-vae", ""), ("bootstrap", "three times "))
    },
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/dall-e"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    data = genwright.load_data("shapes", given="caption")
    model = trained(folder, data, "dall-e", {"share": OF_CODEC / MINUTES})
    gumbel = lambda: trained(folder, data, "gumbel", {"share": MOST}, OF_CODEC / MOST)
    parts = {
        "nearest": kept(folder, "nearest", lambda: codes(model, data)),
        "gumbel": kept(folder, "gumbel", lambda: codes(gumbel(), data)),
        "halves": kept(folder, "halves", lambda: halves(model, data)),
        "dall-e": kept(folder, "dall-e-samples", lambda: scores(model, data, guidance=GUIDANCE)),
        "vq-vae": kept(
            folder, "vq-vae-samples", lambda: scores(trained(folder, data, "vq-vae"), data, guidance=GUIDANCE)
        ),
        "bootstrap": kept(folder, "bootstrap", lambda: scores(genwright.fit(data, "bootstrap"), data)),
    }
    record("dall_e", rows(parts), parts)


def rows(parts: dict) -> list[dict]:
    """parts: by name, as `main` keeps them."""
    halves, found = parts["halves"], []
    for codec in CODECS:
        coded = parts[codec]
        found.append(PLANS[f"{codec} codec"].row(coded["all"], coded["all se"]))
        found.append(PLANS[f"{codec} perplexity"].row(coded["perplexity"], coded["perplexity se"]))
    found += [PLANS["kept codes"].row(halves["codes"]), PLANS["kept pixels"].row(halves["pixels"])]
    for score in WORDS:
        for other, times in (("vq-vae", 1), ("bootstrap", 3)):
            own, theirs = parts["dall-e"], parts[other]
            se = (own[f"{score} se"] ** 2 + (times * theirs[f"{score} se"]) ** 2) ** 0.5
            sides = {"dall-e": own[score], other: theirs[score]}
            found.append(PLANS[f"{score} {other}"].row(own[score] - times * theirs[score], se, **sides))
    return found


def trained(
    folder: Path, data: Data, name: str, numbers: dict | None = None, minutes: float = MINUTES
) -> genwright.Model:
    """The fit of a family, or of the preset of dall-e that has the name, in the folder, which goes on there."""
    family, preset = ("dall-e", name) if name == "gumbel" else (name, None)
    out = folder / f"run-{name}"
    return genwright.fit(
        data, family, preset=preset, hyperparameters=numbers, minutes=minutes, out=out, progress=False
    )  # fmt: skip


def asked(data: Data, n: int) -> tuple[torch.Tensor, Pictures]:
    """Conditions of n random test images, and the images."""
    which = np.random.default_rng(0).permutation(len(data.test))[:n]
    return data.tensors("test").given[which], data.test[which]


def shown(images: np.ndarray, captions: np.ndarray) -> dict[str, float]:
    """Shares of images that show what captions say, by rule, with their standard errors."""
    found = agreement(read_attributes(np.asarray(images)), parse_captions(captions))
    return {name: metric.value for name, metric in found.items()} | {
        f"{name} se": metric.se for name, metric in found.items()
    }


def codes(model: genwright.Model, data: Data) -> dict[str, float]:
    """What test images show after coding and decoding, and how evenly their codes use the entries."""
    decoded, used = model.decode(model.encode(data.test, given={})), perplexity(model, data)
    return shown(decoded, data.test.given["caption"]) | {"perplexity": used.value, "perplexity se": used.se}


def halves(model: genwright.Model, data: Data) -> dict[str, float]:
    """Shares of known codes and pixels that stay as they are, where captions and upper halves are completed."""
    family, (_, test) = model.family, asked(data, COMPLETED)
    x = data.domain.encode(test)[0]
    known = torch.zeros(x.shape, dtype=torch.bool)
    known[:, :, : x.shape[2] // 2] = True
    found, fill = [], family.priors[0].fill

    def watched(codes: torch.Tensor, whole: torch.Tensor, *more, **options) -> torch.Tensor:
        drawn = fill(codes, whole, *more, **options)
        found.append((drawn == codes)[whole])
        return drawn

    family.priors[0].fill = watched
    completed = model.complete(
        test, known.numpy().transpose(0, 2, 3, 1), given={"caption": test.given["caption"]}, seed=0
    )
    del family.priors[0].fill
    same = np.asarray(completed) == np.asarray(test)
    return {
        "codes": float(torch.cat(found).float().mean()),
        "pixels": float(same[:, : same.shape[1] // 2].mean()),
    } | shown(completed, test.given["caption"])


def scores(model: genwright.Model, data: Data, **options: float) -> dict[str, float]:
    """What samples show of the captions of random test images."""
    given, test = asked(data, SAMPLES)
    return shown(model.sample(len(given), given=given, seed=0, **options), test.given["caption"])


if __name__ == "__main__":
    main()
