"""Images from words: how often a model shows what a caption asks for, in combinations that it never saw.

    GENWRIGHT_DATA=FOLDER python benchmarks/words.py [--folder runs/words]

Models train on `shapes` for fifteen minutes of one core each. The test captions name (shape, colour) pairs that no
training image shows, and a rule reads what a sample shows. The script writes each part to disk as it is measured, and
so does each training: run the same command again to resume.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from bars import Plan, kept, record
from sklearn.metrics import cohen_kappa_score

import genwright
from genwright.core.data import Data
from genwright.data.named.shapes import parse_captions
from genwright.domains.pictures import Pictures
from genwright.evaluation.metrics.shapes_rule import guessed_apart, measure, read_attributes
from genwright.evaluation.suites.captioned_images import Suite
from genwright.recipes import registry

MINUTES = 15.0
FAMILIES = ("flow-matching", "latent-diffusion")
STEPS, FEW, MANY = 12, 6, 25  # of a sampler
GUIDANCE = 2.0
SAMPLES, JUDGED = 2_000, 500
TINY = dict(items=64, preset="tiny", progress=False)

OF = dict(system="G5", seeds=(0,), minutes=MINUTES, budget=f"{MINUTES:g} minutes of one core")
ON_SHAPES = dict(data="shapes", split="test", metric=f"of samples at guidance {GUIDANCE:g}, by rule", **OF)
UNTRAINED = dict(system="G5", seeds=(0,), budget="none")
PLANS = {
    **{
        f"{family} {score}": Plan(what=f"{family}, {STEPS} steps: {words}", least=least, **ON_SHAPES)
        for family in FAMILIES
        for score, words, least in (("pair", "shape and colour right", 0.5), ("all", "all four right", 0.4))
    },
    **{
        f"{family} steps": Plan(
            what=f"{family}: all four right, {MANY} steps less {FEW}", most=0.05,
            sides=(f"{FEW} steps", f"{MANY} steps"), **ON_SHAPES,
        )
        for family in FAMILIES
    },
    "bootstrap": Plan(what="bootstrap, nearest training caption: all four right", **ON_SHAPES | UNTRAINED),
    "apart": Plan(what="attributes guessed apart: all four right", **ON_SHAPES | UNTRAINED),
    "real": Plan(
        what="alignment of real test images", data="shapes", split="test", metric="alignment", least=0.9, **UNTRAINED
    ),
    "shuffled": Plan(
        what="alignment of real test images less chance, captions shuffled", data="shapes", split="test",
        metric="alignment", most=0.02, sides=("shuffled", "chance"), **UNTRAINED,
    ),
    "kappa": Plan(
        what=f"rule and matching networks on {JUDGED} samples, a third with a wrong caption: Cohen's kappa",
        data="shapes", split="test", metric="kappa", least=0.6, **OF,
    ),
    "families": Plan(
        what="trained image families that neither take a caption nor are named with a reason", data="the registry",
        split="none", metric="families", most=0, sides=("take", "named", "all"), **UNTRAINED,
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/words"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    data = genwright.load_data("shapes", given="caption")
    parts = {}
    for family in FAMILIES:
        for steps in (STEPS, FEW, MANY):
            if steps == STEPS or parts[f"{family}-{STEPS}"]["all"] >= PLANS[f"{family} all"].least:
                score = lambda: scores(trained(folder, data, family), data, steps)
                parts[f"{family}-{steps}"] = kept(folder, f"{family}-{steps}", score)
    parts["bootstrap"] = kept(folder, "bootstrap", lambda: scores(genwright.fit(data, "bootstrap"), data))
    parts["real"] = kept(folder, "real", lambda: real(data))
    parts["kappa"] = kept(folder, "kappa", lambda: kappa(trained(folder, data, FAMILIES[0]), data))
    parts["families"] = kept(folder, "families", families)
    record("words", rows(parts), parts)


def rows(parts: dict) -> list[dict]:
    """parts: by name, as `main` keeps them."""
    found = []
    for family in FAMILIES:
        few, usual, many = (parts.get(f"{family}-{steps}") for steps in (FEW, STEPS, MANY))
        found += [PLANS[f"{family} {score}"].row(usual[score], usual[f"{score} se"]) for score in ("pair", "all")]
        if many:  # a model that draws nothing draws it with few steps as well
            sides = {f"{FEW} steps": few["all"], f"{MANY} steps": many["all"]}
            found.append(PLANS[f"{family} steps"].row(many["all"] - few["all"], **sides))
    aligned, taking = parts["real"], parts["families"]
    off = abs(aligned["shuffled"] - aligned["chance"])
    named = {"take": len(taking["take"]), "named": len(taking["named"]), "all": taking["all"]}
    return [
        *found,
        PLANS["bootstrap"].row(parts["bootstrap"]["all"], parts["bootstrap"]["all se"]),
        PLANS["apart"].row(aligned["apart"]),
        PLANS["real"].row(aligned["real"], aligned["se"]),
        PLANS["shuffled"].row(off, shuffled=aligned["shuffled"], chance=aligned["chance"]),
        PLANS["kappa"].row(parts["kappa"]["kappa"]),
        PLANS["families"].row(named["all"] - named["take"] - named["named"], **named),
    ]


def trained(folder: Path, data: Data, family: str) -> genwright.Model:
    """The fit of a family in the folder, which goes on there."""
    return genwright.fit(data, family, minutes=MINUTES, out=folder / f"{data.name}-{family}", progress=False)


def asked(data: Data, n: int) -> tuple[torch.Tensor, Pictures]:
    """Conditions of n random test images, and the images."""
    which = np.random.default_rng(0).permutation(len(data.test))[:n]
    return data.tensors("test").given[which], data.test[which]


def scores(model: genwright.Model, data: Data, steps: int | None = None) -> dict:
    """Shares of samples that show what test captions ask for, by rule, with their standard errors."""
    given, test = asked(data, SAMPLES)
    samples = model.sample(len(given), given=given, seed=0, **{"steps": steps, "guidance": GUIDANCE} if steps else {})
    found = measure(np.asarray(samples), test.given, data.train.given)
    return {name: metric.value for name, metric in found.items()} | {
        f"{name} se": metric.se for name, metric in found.items()
    }


def real(data: Data) -> dict:
    """Alignment of real test images with their captions, and with those of others."""
    suite, captions = Suite(data), data.test.given["caption"]
    aligned = lambda texts: suite._alignment(suite.test, texts)["alignment"]
    own = aligned(suite._captions["test"])
    shuffled = aligned(np.random.default_rng(0).permutation(captions))
    apart = guessed_apart(parse_captions(captions), parse_captions(data.train.given["caption"]))
    return {
        "real": own.value, "se": own.se, "shuffled": shuffled.value, "chance": 1 / len(np.unique(captions)),
        "apart": apart["all"].value,
    }  # fmt: skip


def kappa(model: genwright.Model, data: Data) -> dict:
    """How far two judges agree on which samples show their caption, where a third of these carry another test caption:
    the rule, by all four attributes, and networks, by the nearest of all test captions."""
    given, test = asked(data, JUDGED)
    samples = model.sample(len(given), given=given, seed=0, steps=STEPS, guidance=GUIDANCE)
    every, rng = np.unique(data.test.given["caption"]), np.random.default_rng(0)
    said = test.given["caption"].copy()
    for k in range(len(said) // 3):
        said[k] = rng.choice(every[every != said[k]])
    by_rule = (read_attributes(np.asarray(samples)) == parse_captions(said)).all(1)
    x = torch.from_numpy(np.asarray(samples)).permute(0, 3, 1, 2).float() / 255
    by_networks = every[Suite(data)._matcher(x, every).argmax(1)] == said
    shares = {"rule": float(by_rule.mean()), "networks": float(by_networks.mean())}
    return {"kappa": float(cohen_kappa_score(by_rule, by_networks)), **shares}


def families() -> dict:
    """Trained image families that take a caption, and those that the registry says cannot, with the reason."""
    x, texts = np.random.default_rng(0).integers(0, 256, (100, 8, 8)).astype(np.uint8), ["a cat", "two dogs"] * 50
    data, take, named = genwright.load_data((x, {"caption": texts}), given="caption"), [], {}
    every = registry.families("images", registry.GENERATE)
    for family in every:
        if why := registry.row("images", registry.GENERATE, family).refuses(data.domain.given):
            named[family] = why
            continue
        try:
            genwright.fit(data, family, **TINY).sample(1, given={"caption": "a cat"}, seed=0)
            take.append(family)
        except genwright.GenwrightError as error:
            print(f"{family} takes no caption: {error}", flush=True)
    return {"take": take, "named": named, "all": len(every)}


if __name__ == "__main__":
    main()
