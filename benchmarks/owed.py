"""Bars that stood long without a figure, each at a budget of items: images by their labels, outliers, curves by
minutes, errors of bounds and of a relaxation (rows A2, A4, A6, C1, C2, D1, D4, E1, F1, F3, I3).

| benchmark | minutes of one core, about |
|---|---|
| relaxation_bias | 7 |
| checkerboard_kl | 8 |
| table_gap | 8 |
| bound_errors | 15 |
| outliers | 12 |
| mnist_curves | 3 x 24 |
| label_scores | 2 x 40 |
| levels_at_fifteen | 45 |
| sbm_validity | 50 |
"""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from bars import Run, benchmark, plans
from codes import UNASKED, reconstructions
from common import Drawn, Result, se_of, test_given
from graph_sets import draw_graphs
from sklearn.metrics import roc_auc_score

import genwright
from genwright.core.draws import Draws
from genwright.families.latent.discrete_vae import DiscreteVAE, draw_one_hot, draw_relaxed
from genwright.measure.intervals import bootstrap_se, numpy_generator
from genwright.measure.metrics.classifiers import fixed_threads
from genwright.measure.suites import images
from genwright.run.model import Model

TRAININGS = (0, 1, 2)  # their seeds
SEEDS = dict(seeds=TRAININGS, repeated="trainings")

# ---------------------------------------------------------------------- the bias of a relaxation

TEMPERATURES, JUDGED, NOISES = (1.0, 0.5, 0.25, 0.125, 0.0625), 2_000, 4
BIAS = plans(
    {tau: (f"binarised MNIST: objective with relaxed codes, tau = {tau:g}, above that with symbols", "nats an image",
           "shown", {"unit": "nats"}) for tau in TEMPERATURES},
    system="A4", data="binarised-mnist", split="test", budget="two minutes of one core, in items", minutes=2.0,
    **SEEDS,
)  # fmt: skip


@benchmark(plans=("BIAS",))
def relaxation_bias(run: Run) -> Result:
    """How far the objective of a discrete VAE with relaxed codes lies above the bound with symbols, by temperature.

    Three trainings of two minutes. Both sides have the same Gumbel noise on 2,000 test images; a temperature of 0 would
    have no bias.
    """
    data = genwright.load_data("binarised-mnist")

    def measured(seed: int) -> dict[str, float]:
        return biases(run.fit(data, "discrete-vae", f"run-{seed}", minutes=2.0, seed=seed).family)

    @torch.no_grad()
    def biases(family: DiscreteVAE) -> dict[str, float]:
        found: dict[str, list[float]] = {str(tau): [] for tau in TEMPERATURES}
        for part in data.tensors("test").x[: run.small(JUDGED, 50)].split(250):
            given = torch.zeros(len(part), 0)
            logits, nothing = family.encoder(part).float().unflatten(1, family.shape), torch.zeros(part.shape)
            params = lambda z: family.decoder(z.flatten(1), nothing, None, given).float()
            bound = lambda z: family.head.log_prob(params(z), part.float()).flatten(1).sum(1)
            for noise in range(NOISES):
                hard = bound(draw_one_hot(logits, Draws("noise", noise)))
                for tau in TEMPERATURES:
                    soft = bound(draw_relaxed(logits, tau, Draws("noise", noise)))
                    found[str(tau)] += (soft - hard).tolist()
        return {tau: float(np.mean(each)) for tau, each in found.items()}

    each = {str(seed): run.kept(f"bias-{seed}", partial(measured, seed)) for seed in TRAININGS}
    values = {tau: [found[str(tau)] for found in each.values()] for tau in TEMPERATURES}
    return [plan.row(float(np.mean(values[tau])), se_of(values[tau]), 3) for tau, plan in BIAS.items()], each


# ---------------------------------------------------------------------- a density with edges

EDGES = plans(
    {"kl": ("flow-matching, checkerboard, KL(p || q), mean of three trainings", "KL(p || q)", "<= 0.08 nats")},
    system="C2", data="checkerboard", split="test", budget="two minutes of one core, in items", minutes=2.0, **SEEDS,
)  # fmt: skip


@benchmark(plans=("EDGES",))
def checkerboard_kl(run: Run) -> Result:
    """KL(p || q) of flow matching on a density with edges, by three trainings; the bar is that of the other two
    densities."""
    data = genwright.load_data("checkerboard")

    def measured(seed: int) -> dict[str, float]:
        found = run.fit(data, "flow-matching", f"run-{seed}", minutes=2.0, seed=seed).log_prob(data.test)
        gap = data.log_density(data.test.to_numpy()) - found.nats
        return {"kl": float(gap.mean()), "se": se_of(gap)}

    each = {str(seed): run.kept(f"kl-{seed}", partial(measured, seed)) for seed in TRAININGS}
    values = [found["kl"] for found in each.values()]
    return [EDGES["kl"].row(float(np.mean(values)), se_of(values))], each


TABLE, FAMILIES = "california-housing", ("autoregressive", "flow")
GAP = plans(
    {"gap": (f"{TABLE}: log-likelihood of a test row, autoregressive less flow: as good", "nats a row", ">= 0 nats",
             {"margin": 0.05, "sides": FAMILIES})},
    system="D4", data=TABLE, split="test", budget="one minute of one core each, in items", minutes=1.0, **SEEDS,
)  # fmt: skip


@benchmark(plans=("GAP",))
def table_gap(run: Run) -> Result:
    """How far the masked network of tables is behind the flow on a real table, by three trainings of each."""
    data = genwright.load_data(TABLE)

    def measured(family: str, seed: int) -> float:
        model = run.fit(data, family, f"run-{family}-{seed}", minutes=1.0, seed=seed)
        return float(model.log_prob(data.test).nats.mean())

    each = {f"{family}-{seed}": run.kept(f"nats-{family}-{seed}", partial(measured, family, seed))
            for family in FAMILIES for seed in TRAININGS}  # fmt: skip
    nats = {family: np.array([each[f"{family}-{seed}"] for seed in TRAININGS]) for family in FAMILIES}
    gaps = nats["autoregressive"] - nats["flow"]
    return [GAP["gap"].row(float(gaps.mean()), se_of(gaps), **{f: float(n.mean()) for f, n in nats.items()})], each


# ---------------------------------------------------------------------- errors of a bound

REPEATS, TERMS = 8, 24
ERRORS = plans(
    {
        "ratio": ("digits: standard error of vdm's bound over that of `bound`'s, for an image, as many terms", "ratio",
                  "<= 2", {"sides": ("vdm", "bound")}),
    },
    system="F3", data="digits", split="test", budget="two minutes of one core, in items", minutes=2.0, **SEEDS,
)  # fmt: skip


@benchmark(plans=("ERRORS",))
def bound_errors(run: Run) -> Result:
    """How far the bound of an image varies with the noise that estimates it, `vdm` against `bound`, 24 terms each.

    Three trainings of each side; the error is that of one estimate, over eight of each of 100 test images.
    """
    data, sides = genwright.load_data("digits", given=[]), ERRORS["ratio"].sides

    def measured(preset: str, seed: int) -> float:
        how = dict(preset=preset, minutes=2.0, seed=seed, hyperparameters={"terms": TERMS})
        model = run.fit(data, "diffusion", f"run-{preset}-{seed}", **how)
        nats = [model.log_prob(data.test[:100], seed=noise).nats for noise in range(REPEATS)]
        return float(np.sqrt(np.var(nats, axis=0, ddof=1).mean()))

    each = {f"{side}-{seed}": run.kept(f"error-{side}-{seed}", partial(measured, side, seed))
            for side in sides for seed in TRAININGS}  # fmt: skip
    errors = {side: np.array([each[f"{side}-{seed}"] for seed in TRAININGS]) for side in sides}
    ratios = errors["vdm"] / errors["bound"]
    row = ERRORS["ratio"].row(float(ratios.mean()), se_of(ratios), **{s: float(e.mean()) for s, e in errors.items()})
    return [row], each


# ---------------------------------------------------------------------- outliers

SCORED = 2_000
OUTLIERS = plans(
    {"auroc": ("energy, MNIST against Fashion-MNIST by the energy of test images", "AUROC", ">= 0.95")},
    system="E1", data="mnist", split="test", seeds=(0,), budget="ten minutes of one core, in items", minutes=10.0,
)  # fmt: skip


@benchmark(plans=("OUTLIERS",), tiny={"scored": 50})
def outliers(run: Run, scored: int = SCORED) -> Result:
    """Whether the energy tells images of another data set: the area under the curve of MNIST's test images against
    those of Fashion-MNIST."""
    data, others = (genwright.load_data(name, given=[]) for name in ("mnist", "fashion-mnist"))

    def measured() -> dict[str, float]:
        model = run.fit(data, "energy", "run", minutes=10.0)
        nats = np.concatenate([model.log_prob(each.test[:scored]).nats for each in (data, others)])
        own = np.repeat([1, 0], scored)
        area = lambda i: roc_auc_score(own[i], nats[i])
        se = bootstrap_se(area, (len(own),), numpy_generator("outliers"), 200)
        return {"auroc": float(area(slice(None))), "se": float(se)}

    found = run.kept("outliers", measured)
    return [OUTLIERS["auroc"].row(found["auroc"], found["se"])], found


# ---------------------------------------------------------------------- curves by minutes

LENGTHS = (2.0, 5.0, 15.0)
CURVES = {  # part: system, data, family, preset, unit
    "autoregressive": ("D1", "binarised-mnist", "autoregressive", None, "nats"),
    "flow": ("C1", "mnist", "flow", None, "bits/dim"),
    "hierarchical": ("A2", "binarised-mnist", "hierarchical-vae", "dense", "nats"),
}
BY_MINUTES = plans(
    {
        (part, length): (f"{family}, {data}, {length:g} minutes: -log p(x)", "-log p(x)", "shown",
                         {"system": system, "data": data, "minutes": length, "unit": unit,
                          "budget": f"{length:g} minutes of one core, in items"})
        for part, (system, data, family, _, unit) in CURVES.items() for length in LENGTHS
    },
    split="test", seeds=(0,), budget="",
)  # fmt: skip


@benchmark(plans=("BY_MINUTES",), tiny={"scored": 20})
def mnist_curves(run: Run, only: tuple[str, ...] = tuple(CURVES), scored: int = 1_000, draws: int = 200) -> Result:
    """-log p(x) of MNIST's test images after 2, 5 and 15 minutes of one core, a training each.

    Aims are 81.5 nats (autoregressive, binarised), 1.06 bits per dimension (flow) and 82 nats (hierarchical VAE, by 200
    importance-weighted draws); each was published after days of a GPU. The flow's likelihood is a bound over noise in
    the pixels' cells. Curves that are not named are measured by another call.
    """

    def measured(part: str, length: float) -> dict:
        _, name, family, preset, unit = CURVES[part]
        data = genwright.load_data(name, given=[])
        model = run.fit(data, family, f"{part}-{length:g}", minutes=length, **({"preset": preset} if preset else {}))
        how = {"draws": run.small(draws, 2)} if family == "hierarchical-vae" else {}
        found = model.log_prob(data.test[:scored], **how)
        if unit == "bits/dim":
            return {"value": found.bits_per_dim.value, "se": found.bits_per_dim.se, "kind": found.kind}
        return {"value": float(-found.nats.mean()), "se": se_of(found.nats), "kind": found.kind}

    parts = {
        part: {f"{part}-{length:g}-bits": partial(measured, part, length) for length in LENGTHS} for part in CURVES
    }
    for part in only:
        for piece, measure in parts[part].items():
            run.kept(piece, measure)
    done = [part for part, pieces in parts.items() if all(map(run.has, pieces))]
    found = {f"{part}-{length:g}": run.part(f"{part}-{length:g}-bits") for part in done for length in LENGTHS}
    rows = [BY_MINUTES[part, length].row(found[f"{part}-{length:g}"]["value"], found[f"{part}-{length:g}"]["se"], 3)
            for part in done for length in LENGTHS]  # fmt: skip
    return rows, found


# ---------------------------------------------------------------------- what samples teach

TAUGHT = {"mnist": 0.99, "fashion-mnist": 0.97}
STEPS = dict(sampler="dpm-solver", steps=20)
LABELS = plans(
    {name: (f"diffusion, {name}, five minutes, n = 5,000: CAS by the harsher judge", "CAS", f">= {least} of real",
            {"data": name}) for name, least in TAUGHT.items()},
    system="F1", split="test", seeds=(0,), budget="five minutes of one core, in items", minutes=5.0,
)  # fmt: skip


def taught(suite: images.Suite, drawn: Drawn) -> dict[str, float]:
    """What samples teach, as a share of what real images do, by the harsher of two judges."""
    with fixed_threads(1):
        metrics = suite.measure(drawn, only=["cas_cnn", "cas_svc"]).metrics
    score = min((metrics["cas_cnn"], metrics["cas_svc"]), key=lambda metric: metric.value)
    return {"value": score.value, "se": score.se}


def draw_blocks(run: Run, model: Model, part: str, given: torch.Tensor, size: int = 250, **how: object) -> Drawn:
    """Samples for the conditions of each row, kept in blocks, so that sampling resumes."""
    found, domain = [], model.domain
    for block, rows in enumerate(np.array_split(given, max(1, len(given) // size))):
        path = run.folder / f"{part}-{block}.npy"
        if not path.exists():
            np.save(path, model.sample(len(rows), given=rows, seed=block, **how))
        found.append(np.load(path))
    return Drawn(domain.decode(domain.encode(np.concatenate(found))[0], given, None))


@benchmark(plans=("LABELS",), tiny={"n": 64})
def label_scores(run: Run, dataset: tuple[str, ...] = tuple(TAUGHT), n: int = 5_000) -> Result:
    """What samples of diffusion teach two classifiers after five minutes, by 20 steps of DPM-Solver++."""

    def measured(name: str) -> dict[str, float]:
        data = genwright.load_data(name)
        suite = images.Suite(data, sizes=UNASKED | {"samples": n})
        model = run.fit(data, "diffusion", f"run-{name}", minutes=5.0)
        return taught(suite, draw_blocks(run, model, name, test_given(data, n), **STEPS))

    found = run.pieces({name: {f"cas-{name}": partial(measured, name)} for name in TAUGHT}, dataset)
    if found is None:
        return None
    return [plan.row(found[f"cas-{name}"]["value"], found[f"cas-{name}"]["se"]) for name, plan in LABELS.items()], found


SIDES = ("samples", "gan", "class_gaussian")
EQUAL = plans(
    {
        "samples": ("vq-vae-2, fashion-mnist, fifteen minutes, n = 5,000: CAS of samples by the harsher judge", "CAS",
                    "shown"),
        "gap": ("vq-vae-2 less the better of GAN and class-gaussian, fashion-mnist, fifteen minutes each, n = 5,000",
                "difference of CAS", "> 0", {"sides": SIDES}),
        "reconstructions": ("vq-vae-2, fashion-mnist, fifteen minutes, n = 5,000: CAS of reconstructions by the harsher"
                            " judge", "CAS", ">= 0.97 of real"),
    },
    system="A6", data="fashion-mnist", split="test", seeds=(0,), budget="fifteen minutes of one core each, in items",
    minutes=15.0,
)  # fmt: skip


@benchmark(plans=("EQUAL",), tiny={"n": 64})
def levels_at_fifteen(run: Run, n: int = 5_000) -> Result:
    """Two levels of codes on Fashion-MNIST beside a GAN of as many minutes, and a Gaussian of each class."""
    data = genwright.load_data("fashion-mnist")
    suite = images.Suite(data, sizes=UNASKED | {"samples": n})

    def fit(family: str) -> Model:
        return run.fit(data, family, f"run-{family}", **({} if family == "class-gaussian" else {"minutes": 15.0}))

    def again() -> dict[str, float]:
        items = data.tensors("train")[:n]
        drawn = reconstructions(fit("vq-vae-2"), items.x)
        return taught(suite, Drawn(data.domain.decode(drawn, items.given, None)))

    def samples(family: str) -> dict[str, float]:
        return taught(suite, draw_blocks(run, fit(family), family, test_given(data, n)))

    found = {"reconstructions": run.kept("reconstructions", again)}
    for side, family in zip(SIDES, ("vq-vae-2", "gan", "class-gaussian")):
        found[side] = run.kept(f"cas-{side}", partial(samples, family))
    value = {side: part["value"] for side, part in found.items()}
    best = max(SIDES[1:], key=value.get)
    gap = value["samples"] - value[best], float(np.hypot(found["samples"]["se"], found[best]["se"]))
    return [
        EQUAL["samples"].row(value["samples"], found["samples"]["se"]),
        EQUAL["gap"].row(*gap, **{side: value[side] for side in SIDES}),
        EQUAL["reconstructions"].row(value["reconstructions"], found["reconstructions"]["se"]),
    ], found


# ---------------------------------------------------------------------- graphs in blocks

GRAPHS = plans(
    {"valid": ("gran on sbm, fifteen minutes, mean of three trainings: valid of 100 samples", "valid", ">= 0.25")},
    system="I3", data="sbm", split="test", budget="fifteen minutes of one core, in items", minutes=15.0, **SEEDS,
)  # fmt: skip


@benchmark(plans=("GRAPHS",), tiny={"n": 4})
def sbm_validity(run: Run, n: int = 100) -> Result:
    """Samples of GRAN that a test for communities takes for graphs of the stochastic block model."""
    data = genwright.load_data("sbm")

    def measured(seed: int) -> dict:
        return draw_graphs(run.fit(data, "gran", f"run-{seed}", minutes=15.0, seed=seed), data, n)

    each = {str(seed): run.kept(f"valid-{seed}", partial(measured, seed)) for seed in TRAININGS}
    values = [found["metrics"]["valid"] for found in each.values()]
    return [GRAPHS["valid"].row(float(np.mean(values)), se_of(values))], each
