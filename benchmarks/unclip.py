"""unCLIP on `shapes`: samples from captions, interpolation, edits by captions, and the best of eight samples.

    python benchmarks/unclip.py [--folder runs/unclip]

`clip` trains for five minutes of one core and `unclip` for ten more with its towers; `dall-e` trains for fifteen. The
test captions name (shape, colour) pairs that no training image shows, which no run has seen, and a rule reads what an
image shows. Guidance and the strength of edits are chosen on validation items. The script writes each part to disk as
it is measured, and so does each training: run the same command again to resume.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from bars import Plan, kept, record

import genwright
from genwright.core.data import Data
from genwright.data.named.shapes import ATTRIBUTES, captions, longest_first, parse_captions
from genwright.domains.pictures import Pictures
from genwright.evaluation.metrics.shapes_rule import agreement, read_attributes
from genwright.run.predictor import Predictor
from genwright.run.tasks import task_of

OF_MATCH, OF_UNCLIP = 5.0, 10.0
MINUTES = OF_MATCH + OF_UNCLIP
GUIDANCES, STRENGTHS = (1.0, 2.0, 3.0), (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
CHOSEN, SAMPLES, RANKED, BEST = 200, 2_000, 500, 8
PAIRS, STEPS, EDITS = 100, 8, 400
REACHED, GAIN = 0.95, 0.05

SHAPES = dict(system="G3", data="shapes", split="test", seeds=(0,), minutes=MINUTES)
OF_ONE = dict(budget=f"{MINUTES:g} minutes of one core, {OF_MATCH:g} of them the match run", **SHAPES)
OF_EACH = dict(budget=f"{MINUTES:g} minutes of one core each, the match run counted", **SHAPES)
OF_BEST = dict(budget=f"{MINUTES:g} minutes of one core, and {OF_MATCH:g} for the match run", **SHAPES)
PLANS = {
    "all": Plan(
        what="unclip less dall-e: all four right", metric=f"of {SAMPLES:,} samples, by rule", least=0.0, strict=True,
        sides=("unclip", "dall-e"), **OF_EACH,
    ),
    "pair": Plan(what="unclip: shape and colour right", metric=f"of {SAMPLES:,} samples, by rule", **OF_ONE),
    "way": Plan(
        what=f"interpolation in {STEPS} images: similarity to the first never rises, of images encoded again",
        metric=f"of steps, {PAIRS} pairs of test images", least=0.9, **OF_ONE,
    ),
    "last": Plan(
        what="similarity of the last image of an interpolation to the first, 1 where nothing changes",
        metric=f"mean cosine, {PAIRS} pairs of test images", **OF_ONE,
    ),
    "shuffled way": Plan(
        what="the same images in any order", metric=f"of steps, {PAIRS} pairs of test images", **OF_ONE
    ),
    "asked": Plan(
        what="edits by captions: the asked attribute right", metric=f"of {EDITS} edits of each, by rule", least=0.6,
        **OF_ONE,
    ),
    "least asked": Plan(
        what="edits by captions: the asked attribute right, least of four", metric=f"of {EDITS} edits, by rule",
        **OF_ONE,
    ),
    "least kept": Plan(
        what="edits by captions: each other attribute kept, least of four",
        metric=f"of {3 * EDITS} edits, by rule", least=0.8, **OF_ONE,
    ),
    "unchanged asked": Plan(
        what="nothing changed: the asked attribute right", metric=f"of {EDITS} edits of each, by rule", **OF_ONE
    ),
    "unchanged kept": Plan(
        what="nothing changed: each other attribute kept, least of four", metric=f"of {3 * EDITS} edits, by rule",
        **OF_ONE,
    ),
    **{
        f"best {family}": Plan(
            what=f"{family}: best of {BEST} by the match run less one, all four right; {GAIN:g} where {REACHED:g} is "
            "reached", metric=f"of {RANKED} samples, by rule", least=GAIN, sides=("best", "one"), **OF_BEST,
        )
        for family in ("dall-e", "unclip")
    },
    **{
        f"shuffled {family}": Plan(
            what=f"{family}: best of {BEST} by shuffled scores less one, all four right",
            metric=f"of {RANKED} samples, by rule", most=0.03, sides=("best", "one"), **OF_BEST,
        )
        for family in ("dall-e", "unclip")
    },
}  # fmt: skip


class Shuffled(Predictor):
    """A match run whose images have each other's vectors."""

    def encode(self, data) -> np.ndarray:
        codes = super().encode(data)
        return codes if isinstance(data, list) else codes[np.random.default_rng(len(codes)).permutation(len(codes))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/unclip"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    data = genwright.load_data("shapes", given="caption")
    task = task_of(genwright.load_data("shapes", task="match"), "match")
    match = genwright.fit(task, "clip", task="match", minutes=OF_MATCH, out=folder / "match", progress=False)
    models = {
        "unclip": genwright.fit(
            data, "unclip", minutes=OF_UNCLIP, match=folder / "match", out=folder / "unclip", progress=False
        ),
        "dall-e": genwright.fit(data, "dall-e", minutes=MINUTES, out=folder / "dall-e", progress=False),
    }
    parts = {}
    for name, model in models.items():
        parts[f"guidance {name}"] = kept(folder, f"guidance-{name}", lambda: guidances(model, data))
        guidance = best(parts[f"guidance {name}"])
        parts[name] = kept(folder, f"samples-{name}", lambda: scores(model, data, SAMPLES, guidance=guidance))
        parts[f"ranked {name}"] = kept(folder, f"ranked-{name}", lambda: ranked(model, data, match, guidance))
    unclip = models["unclip"]
    parts["way"] = kept(folder, "way", lambda: way(unclip, data))
    parts["strengths"] = kept(folder, "strengths", lambda: strengths(unclip, data))
    parts["edits"] = kept(folder, "edits", lambda: edits(unclip, data.test, EDITS, best(parts["strengths"])))
    parts["unchanged"] = kept(folder, "unchanged", lambda: edits(None, data.test, EDITS, 0.0))
    record("unclip", rows(parts), parts)


def rows(parts: dict) -> list[dict]:
    """parts: by name, as `main` keeps them."""
    own, other = parts["unclip"], parts["dall-e"]
    found = [
        PLANS["all"].row(
            own["all"] - other["all"], (own["all se"] ** 2 + other["all se"] ** 2) ** 0.5,
            **{"unclip": own["all"], "dall-e": other["all"]},
        ),
        PLANS["pair"].row(own["pair"], own["pair se"]),
        PLANS["way"].row(parts["way"]["falls"], parts["way"]["falls se"]),
        PLANS["last"].row(parts["way"]["last"]),
        PLANS["shuffled way"].row(parts["way"]["shuffled"]),
    ]  # fmt: skip
    for name, key in (("", "edits"), ("unchanged ", "unchanged")):
        found += [
            PLANS[f"{name}asked"].row(parts[key]["asked"]), PLANS[f"{name or 'least '}kept"].row(parts[key]["kept"]),
        ]  # fmt: skip
    found.append(PLANS["least asked"].row(parts["edits"]["least asked"]))
    for family in ("dall-e", "unclip"):
        part = parts[f"ranked {family}"]
        for name, plan in (("best", "best"), ("shuffled", "shuffled")):
            gain = part[name] - part["one"]
            reached = plan == "best" and part[name] >= REACHED
            value = max(gain, GAIN) if reached else gain
            found.append(PLANS[f"{plan} {family}"].row(value, part[f"{name} se"], best=part[name], one=part["one"]))
    return found


def best(tried: dict[str, float]) -> float:
    """The number that did best on validation items, the first of several."""
    return float(max(tried, key=tried.get))


def some(images: Pictures, n: int) -> Pictures:
    """n random images of a part."""
    return images[np.random.default_rng(0).permutation(len(images))[:n]]


def shown(images: np.ndarray, texts: np.ndarray) -> dict[str, float]:
    """Shares of images that show what captions say, by rule, with their standard errors."""
    found = agreement(read_attributes(np.asarray(images)), parse_captions(texts))
    return {name: metric.value for name, metric in found.items()} | {
        f"{name} se": metric.se for name, metric in found.items()
    }


def scores(model: genwright.Model, data: Data, n: int, part: str = "test", **options) -> dict[str, float]:
    """What samples show of the captions of n random images of a part."""
    texts = some(getattr(data, part), n).given["caption"]
    return shown(model.sample(len(texts), {"caption": texts}, 0, **options), texts)


def guidances(model: genwright.Model, data: Data) -> dict[str, float]:
    """All four right of validation captions, by guidance."""
    return {str(g): scores(model, data, CHOSEN, "valid", guidance=g)["all"] for g in GUIDANCES}


def ranked(model: genwright.Model, data: Data, match: Predictor, guidance: float) -> dict[str, float]:
    """All four right of one sample of each caption, of the best by the match run, and by shuffled scores."""
    ask = lambda **options: scores(model, data, RANKED, guidance=guidance, **options)
    shuffled = Shuffled(**vars(match))
    found = {"one": ask(), "best": ask(best_of=BEST, rerank=match), "shuffled": ask(best_of=BEST, rerank=shuffled)}
    return {name: part["all"] for name, part in found.items()} | {
        f"{name} se": (part["all se"] ** 2 + found["one"]["all se"] ** 2) ** 0.5 for name, part in found.items()
    }


def way(model: genwright.Model, data: Data) -> dict[str, float]:
    """Of the images on the way from one test image to another, encoded again: in how many steps the similarity to the
    first does not rise; and the same in any order."""
    ends = some(data.test, 2 * PAIRS)
    falls, last, shuffled, rng = [], [], [], np.random.default_rng(0)
    for a, b in zip(range(PAIRS), range(PAIRS, 2 * PAIRS)):
        codes = model.encode(model.interpolate(ends[a : a + 1], ends[b : b + 1], STEPS))
        codes /= np.linalg.norm(codes, axis=1, keepdims=True)
        near = codes @ codes[0]
        falls.append((np.diff(near) <= 0).mean())
        last.append(near[-1])
        shuffled.append((np.diff(rng.permutation(near)) <= 0).mean())
    return {
        "falls": float(np.mean(falls)),
        "falls se": float(np.std(falls) / PAIRS**0.5),
        "last": float(np.mean(last)),
        "shuffled": float(np.mean(shuffled)),
    }


def strengths(model: genwright.Model, data: Data) -> dict[str, float]:
    """The lesser of what edits of validation images reach of both bars, by strength."""

    def reached(strength: float) -> float:
        found = edits(model, data.valid, CHOSEN // 4, strength)
        return min(found["asked"] / PLANS["asked"].least, found["kept"] / PLANS["least kept"].least)

    return {str(strength): reached(strength) for strength in STRENGTHS}


def edits(model: genwright.Model | None, part: Pictures, n: int, strength: float) -> dict[str, float]:
    """Of n edits of each attribute to another value of it: whether that is right, and each other one as it was. model:
    None for images that stay as they are."""
    asked, kept_of, rng = [], [[] for _ in ATTRIBUTES], np.random.default_rng(1)
    for k, table in enumerate(ATTRIBUTES.values()):
        images = some(part, n)
        before = parse_captions(images.given["caption"])
        after = before.copy()
        after[:, k] = (after[:, k] + rng.integers(1, len(table), n)) % len(table)
        texts = texts_of(before), texts_of(after)
        found = read_attributes(np.asarray(images if model is None else model.edit(images, *texts, strength)))
        asked.append(float((found[:, k] == after[:, k]).mean()))
        for j in range(len(ATTRIBUTES)):
            if j != k:
                kept_of[j].append(float((found[:, j] == before[:, j]).mean()))
    named = dict(zip(ATTRIBUTES, zip(asked, map(np.mean, kept_of))))
    return {
        "asked": float(np.mean(asked)),
        "least asked": min(asked),
        "kept": float(min(map(np.mean, kept_of))),
        **{f"{name} asked": value for name, (value, _) in named.items()},
        **{f"{name} kept": float(value) for name, (_, value) in named.items()},
    }


def texts_of(attributes: np.ndarray) -> list[str]:
    """The longest caption of each row of attributes."""
    return [str(text) for text in longest_first(captions(attributes))]


if __name__ == "__main__":
    main()
