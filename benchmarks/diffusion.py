"""Diffusion: likelihoods, samplers with few calls, discrete diffusion of sequences (rows F2, F3, F7)."""

from __future__ import annotations

import gzip
import json
from functools import partial
from math import log
from types import SimpleNamespace

import numpy as np
import torch
from bars import Plan, Run, benchmark, details_of, plans
from common import Result, device_name, se_of, suite_features

import genwright
from genwright.core.data import Data
from genwright.core.draws import Draws
from genwright.kinds.formats.download import cached
from genwright.measure.metrics.distances import frechet, frechet_own, gaussian_distance, moments
from genwright.measure.suites.images import Suite
from genwright.molecules.kinds.named import moses
from genwright.run.model import Model
from genwright.studies.measures import nats_per_symbol

PRESETS = {"simple": "large", "bound": "bound", "vdm": "vdm"}
BOUNDS, MINUTES, MOST_BITS = ("bound", "vdm"), (4, 8, 15), {"mnist": 1.15, "fashion-mnist": 3.3}
SAMPLED = ("simple", "bound")  # sides whose samples are compared
KNOWN, KNOWN_MINUTES, KNOWN_ROWS = "eight-gaussians", 2, 2_000
DRAWS, SEED = 8, 0  # values of t at which each image's bound is estimated
BY_BOUND = plans(
    {
        (name, key): (f"{name}: {what}", metric, bar, {"data": name, "sides": sides})
        for name, most in MOST_BITS.items()
        for key, what, metric, bar, sides in (
            ("bits", "bound of the preset that is better on validation images", "bits per dimension",
             f"<= {most} bits/dim", BOUNDS),
            ("better bits", "the bound's objective codes better than the simple loss",
             "difference of bits per dimension on the same images", "> 0 bits/dim", SAMPLED),
            ("better samples", "the simple loss samples better than the bound's objective",
             "difference of Frechet distances", "> 0", SAMPLED),
        )
    },
    system="F3", split="test", seeds=(SEED,), budget="fifteen minutes of one core a side", minutes=MINUTES[-1],
) | plans(
    {
        "flow": (f"{KNOWN}: probability flow and bound apart", "mean difference", "<= 0.02 nats"),
        "truth": (f"{KNOWN}: bound above the truth", "mean difference", "<= 0 nats", {"margin": 0.02}),
    },
    system="F3", split="test", seeds=(SEED,), data=KNOWN, budget="two minutes of one core", minutes=KNOWN_MINUTES,
    sides=("bound", "flow", "truth"),
)  # fmt: skip
SETTINGS = {  # data: minutes of training, samples drawn, steps of the chain of each family
    "digits": (4.0, 2_000, {"diffusion": 988, "flow-matching": 200}),
    "fashion-mnist": (3.0, 500, {"diffusion": 200, "flow-matching": 200}),
}
SAMPLERS = {20: ("dpm-solver", "ddim", "heun", "ancestral"), 10: ("dpm-solver", "ddim", "ancestral")}
FEW_CALLS = plans(
    {
        (name, family, calls): (
            f"{name}, {family}, best sampler with {calls} calls: Frechet distance over that of {steps:,} steps",
            "upper end of the 95% interval of the ratio, bootstrap over samples",
            f"<= {most:g}",
            {"data": name, "minutes": minutes,
             "budget": f"{minutes:g} minutes of one core, in items, {samples:,} samples"},
        )
        for name, (minutes, samples, chain) in SETTINGS.items()
        for family, steps in chain.items()
        for calls, most in ((20, 1.1), (10, 1.2))
    },
    system="F2", split="test; the sampler is chosen on validation images", seeds=(SEED,),
    sides=("ratio", "low", "high"),
)  # fmt: skip


def draw_images(run: Run, model: Model, part: str, n: int, **sampling) -> tuple[np.ndarray, str]:
    """n images of a model and the device that drew them, kept in PART.npz: a run may train on one machine and draw on
    another."""
    path = run.folder / f"{part}.npz"
    if not path.exists():
        np.savez_compressed(path, images=model.sample(n, **sampling), device=device_name(model.device))
    with np.load(path) as saved:
        return saved["images"], str(saved["device"])


@benchmark(plans=("BY_BOUND",), tiny={"samples": 64, "scored": 8})
def diffusion_bounds(
    run: Run, dataset: tuple[str, ...] = (*MOST_BITS, KNOWN), samples: int = 2_000, scored: int = 1_000
) -> Result:
    """Likelihood by diffusion: the variational bound as a training objective beside the simple loss.

    Three presets of `diffusion` train on MNIST and on Fashion-MNIST for fifteen minutes of one core each: `large` by
    the simple loss, `bound` and `vdm` by two forms of the bound. The curve is of 256 validation images, after 4, 8 and
    15 minutes, each with its cooldown. The test images are scored once, by the models of fifteen minutes. The samples
    of `large` and `bound` are compared too. A fit on a density that is known compares the bound with the probability
    flow. Set OMP_NUM_THREADS=1. Each of two processes may take a data set of its own (--dataset); the one that ends
    last writes the record. Models train on the processor and draw on a GPU if there is one.
    """
    parts = {name: {name: partial(image_bounds, run, name, samples, scored)} for name in MOST_BITS}
    found = run.pieces(parts | {KNOWN: {KNOWN: partial(known_bounds, run)}}, dataset)
    if found is None:
        return None
    return bound_rows(found), found


def bound_rows(found: dict[str, dict]) -> list[dict]:
    """found: {data: {preset: its figures}}, and {KNOWN: {side: nats of each item}}."""
    rows = []
    for name in MOST_BITS:
        parts = found[name]
        bits = {side: part["bits"] for side, part in parts.items()}
        distances = {side: parts[side]["frechet"] for side in SAMPLED}
        best = min(BOUNDS, key=lambda side: parts[side]["curve"][str(MINUTES[-1])]["bits"])
        better = np.subtract(parts["simple"]["each"], parts["bound"]["each"])
        se = float(np.hypot(*(parts[side]["frechet se"] for side in SAMPLED)))
        of = lambda sides: {side: bits[side] for side in sides}
        rows.append(BY_BOUND[name, "bits"].row(bits[best], parts[best]["se"], **of(BOUNDS)))
        rows.append(BY_BOUND[name, "better bits"].row(float(better.mean()), se_of(better), **of(SAMPLED)))
        gap = distances["bound"] - distances["simple"]
        rows.append(BY_BOUND[name, "better samples"].row(gap, se, **distances))
    nats = {side: np.array(each) for side, each in found[KNOWN].items()}
    means, above = {side: float(each.mean()) for side, each in nats.items()}, nats["bound"] - nats["truth"]
    rows.append(BY_BOUND["flow"].row(abs(means["flow"] - means["bound"]), **means))
    return [*rows, BY_BOUND["truth"].row(float(above.mean()), se_of(above), **means)]


def image_bounds(run: Run, name: str, samples: int, scored: int) -> dict:
    suite, found = Suite(genwright.load_data(name)), {}
    data = suite.data  # in drawn order, so that the first images are a sample of all

    def trained(side: str, minutes: int) -> Model:
        """After so many minutes, a training each."""
        budget = dict(minutes=minutes, seed=SEED, device="cpu")
        return run.fit(data, "diffusion", f"{name}-{side}-{minutes}-run", preset=PRESETS[side], **budget)

    def score(model: Model, part: str, n: int) -> dict:
        likely = model.log_prob(getattr(data, part)[:n], draws=DRAWS, seed=SEED)
        bits, each = likely.bits_per_dim, (-likely.nats / (likely.dims * log(2))).round(5).tolist()
        return {"bits": bits.value, "se": bits.se, "each": each, "items": model.config["outcome"]["items"]}

    def distance(side: str) -> dict:
        model = trained(side, MINUTES[-1])
        images, device = draw_images(run, model, f"{name}-{side}", samples, seed=SEED)
        clouds = suite_features(suite, images), suite.features(suite.test)
        se = float(frechet_own(*clouds, np.random.default_rng(SEED)))
        return {"frechet": frechet(*clouds), "frechet se": se, "device": device}

    for side in PRESETS:
        curve = {
            str(m): run.kept(f"{name}-{side}-{m}", lambda: score(trained(side, m), "valid", min(256, scored)))
            for m in MINUTES
        }
        tested = run.kept(f"{name}-{side}-test", lambda: score(trained(side, MINUTES[-1]), "test", scored))
        found[side] = {"curve": curve} | tested
        if side in SAMPLED:
            found[side] |= run.kept(f"{name}-{side}-samples", lambda: distance(side))
    return found


def known_bounds(run: Run) -> dict:
    data = genwright.load_data(KNOWN)
    model = run.fit(data, "diffusion", KNOWN, preset="bound", minutes=KNOWN_MINUTES, seed=SEED)
    items = data.tensors("test")[:KNOWN_ROWS]
    with torch.no_grad():
        bound, _ = model.family.log_likelihood(items.x, items.given, Draws("bound", SEED))
        flow = model.family.ode_log_likelihood(items.x, items.given, Draws("flow", SEED))
    each = {"bound": bound.double().numpy(), "flow": flow.double().numpy()}
    each |= {"truth": data.log_density(data.test[:KNOWN_ROWS])}
    return {side: nats.round(5).tolist() for side, nats in each.items()}


@benchmark(plans=("FEW_CALLS",), tiny={"samples": 64})
def samplers(run: Run, dataset: tuple[str, ...] = tuple(SETTINGS), samples: int = 0) -> Result:
    """How few calls of the network a draw needs: Frechet distance of the samplers with 20 and 10 calls over that of a
    long chain, for `diffusion` and `flow-matching`.

    The chain is the sampler `ancestral`. Every sampler draws 2,000 digits, or 500 images of Fashion-MNIST: 2,000 would
    take a core five hours. `diffusion` of digits takes its whole chain. Of its 1,000 steps 12 are cut off, as their
    noise does not change a pixel. `flow-matching`, which has no chain of its own, and Fashion-MNIST take 200 steps. The
    sampler is chosen by its distance from validation images, and its ratio measured on test images. Samples are drawn
    again with replacement 500 times; the interval of the logarithm of the ratio is that of the basic bootstrap, which
    takes off the bias that repeated samples bring. Heun's method takes part at 20 calls alone: with fewer its steps are
    too long to be of use. Set OMP_NUM_THREADS=1. Each of two processes may take a data set of its own; the one that
    ends last writes the record.
    """
    measure = lambda name, n: {name: partial(sampler_ratios, run, name, samples or n)}
    found = run.pieces({name: measure(name, n) for name, (_, n, _) in SETTINGS.items()}, dataset)
    if found is None:
        return None
    part = lambda name, family, calls: found[name][f"{family}-{calls}"]
    row = lambda plan, one: plan.row(one["high"], digits=3, **{side: one[side] for side in plan.sides})
    return [row(plan, part(*key)) for key, plan in FEW_CALLS.items()], found


def sampler_ratios(run: Run, name: str, samples: int) -> dict:
    minutes, _, chain = SETTINGS[name]
    suite, devices, found = Suite(genwright.load_data(name)), set(), {}
    validation, test = moments(suite_features(suite, suite.data.valid)), moments(suite.features(suite.test))

    def features(family: str, sampler: str, calls: int) -> np.ndarray:
        """(n, d) of samples with so many calls of the network at most."""
        model = run.fit(suite.data, family, f"{name}-{family}", minutes=minutes, seed=SEED, device="cpu")
        steps = (calls + 1) // 2 if sampler == "heun" else calls
        assert model.effort(steps=steps, sampler=sampler).network_calls <= calls
        how, part = dict(seed=SEED, sampler=sampler, steps=steps), f"{name}-{family}-{sampler}-{calls}"
        images, device = draw_images(run, model, part, samples, **how)
        devices.add(device)
        return suite_features(suite, images)

    for family, steps in chain.items():
        for calls, tried in SAMPLERS.items():
            each = {sampler: features(family, sampler, calls) for sampler in tried}
            distances = {sampler: gaussian_distance(*moments(few), *validation) for sampler, few in each.items()}
            best = min(distances, key=distances.get)
            ends = interval(each[best], features(family, "ancestral", steps), test)
            told = {"sampler": best, "validation": distances, "devices": sorted(devices)}
            found[f"{family}-{calls}"] = told | ends
    return found


def interval(few: np.ndarray, chain: np.ndarray, real: tuple[np.ndarray, np.ndarray]) -> dict:
    """The distance of samples `few` from `real` (moments) over that of `chain`, and its 95% interval."""
    rng = np.random.default_rng(SEED)
    again = lambda features: features[rng.integers(len(features), size=len(features))]
    log_ratio = lambda a, b: np.log(gaussian_distance(*moments(a), *real) / gaussian_distance(*moments(b), *real))
    centre = log_ratio(few, chain)
    low, high = np.quantile([log_ratio(again(few), again(chain)) for _ in range(RESAMPLES)], [0.025, 0.975])
    ends = {"ratio": centre, "low": 2 * centre - high, "high": 2 * centre - low}
    return {name: float(np.exp(value)) for name, value in ends.items()}


RESAMPLES = 500


# ---------------------------------------------------------------------- sequences

BODY = {"width": 192, "heads": 3, "depth": 4, "taps": 3, "squared": True, "dropout": 0.0, "batch": 16,
        "weight_decay": 0.1}  # fmt: skip
RATES = {"autoregressive": 1e-3, "discrete-diffusion": 5e-4}  # of 1, .5 and 4 thousandths, on validation items of MOSES
EACH = 10.0  # minutes of each training
LEARNED, SCORED = 100_000, 1_000  # lines of molecules; test items
STATES, LENGTH, TEXT = 4, 32, 400_000  # of the chain
SIDES = ("autoregressive", "discrete-diffusion")
GAPS = {  # molecules and text are curves: no bar is set
    name: Plan("F7", f"bits a symbol above the autoregressive model, {name}, {EACH:g} minutes each", name, "test",
               (0,), f"{EACH:g} minutes each", "bits a symbol", most=most, unit="bits", sides=SIDES)
    for name, most in (("smiles", None), ("chorales", 0.20), ("tiny-shakespeare", None))
}  # fmt: skip
NOISES = {
    noise: Plan("F7", f"bound above the entropy of a Markov chain, {EACH:g} minutes, {noise}", "chain", "test", (0,),
                f"{EACH:g} minutes", "nats a symbol", most=0.01, unit="nats")
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


@benchmark(plans=("GAPS", "NOISES"), tiny={"scored": 16})
def discrete_sequences(run: Run, data: tuple[str, ...] = (*DATA, "chain"), scored: int = SCORED) -> Result:
    """Discrete diffusion beside the autoregressive model of the same body and minutes: bits a symbol of test items; and
    its bound on a Markov chain whose entropy is known.

    The bodies are transformers of the same numbers, with a causal mask and without. The autoregressive numbers are
    exact, those of diffusion a lower bound on log p, so that its bits are at most so many. `chain` takes diffusion
    alone, with masks and with uniform noise. Rows of data that are not named stay as other calls have recorded them.
    """
    found = details_of(run.name)

    def measured(items: Data, family: str, part: str, **numbers) -> dict:
        numbers |= BODY | {"lr": RATES[family]}
        model = run.fit(items, family, part, minutes=EACH, preset="text", hyperparameters=numbers)
        few = np.random.default_rng(1).permutation(len(items.test))[:scored]
        nats = nats_per_symbol(model, SimpleNamespace(test=[items.test[i] for i in few]))
        return {"nats": nats.value, "se": nats.se, "kind": nats.kind, "items": model.config["outcome"]["items"]}

    for name in data:
        if name == "chain":
            items, kept = chain(), lambda noise: dict(noise=noise, terms=64)
            each = {noise: measured(items, SIDES[1], f"chain-{noise}", **kept(noise)) for noise in NOISES}
        else:
            items = DATA[name]()
            each = {family: measured(items, family, f"{name}-{family}") for family in SIDES}
        found[name] = {"minutes": EACH} | each
        run.record([row for name, part in found.items() for row in sequence_rows(name, part)], found)


def sequence_rows(name: str, rows: dict) -> list[dict]:
    if name == "chain":
        return [plan.row(rows[noise]["nats"] - entropy(), rows[noise]["se"]) for noise, plan in NOISES.items()]
    exact, bound = (rows[side] for side in SIDES)
    gap, se = (bound["nats"] - exact["nats"]) / log(2), (bound["se"] ** 2 + exact["se"] ** 2) ** 0.5 / log(2)
    return [GAPS[name].row(gap, se, **{side: rows[side]["nats"] for side in SIDES})]
