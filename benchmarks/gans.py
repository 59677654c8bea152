"""GANs: losses, augmentation, modes, encoders, truncation and units (rows B1 to B4)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from bars import Run, bar, benchmark, details_of, judge, plans
from common import Result, se_of, suite_features
from sklearn.decomposition import PCA

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import TrainingFailed
from genwright.families.adversarial.gan import LOSSES
from genwright.measure.metrics.classifiers import linear_probe, scores, train_net
from genwright.measure.metrics.coverage import neighbourhoods
from genwright.measure.metrics.distances import frechet
from genwright.measure.suites.images import Suite
from genwright.networks.units import evidence, levels, paint_units, replace_output
from genwright.studies.measures import DRAWN_SAMPLES, modes_among
from genwright.studies.report.results import metric_json

FEW = {"samples": 64, "scored": 8}  # in a trial
UNASKED = {f"{thing} of gan": 0 for thing in ("attacked", "completed", "coded")}


def outcome(suite: Suite, model, shown: tuple[str, ...]) -> dict:
    """metrics: as results.json holds them. health: what went wrong, in sentences."""
    found = suite.measure(model).metrics
    metrics = {name: metric_json(found[name]) for name in shown if name in found}
    return {"metrics": metrics, "items": model.config["outcome"]["items"], "health": model.config["health"]}


PICTURES = 600
AUGMENT = plans(
    {"ratio": (f"DiffAugment on {PICTURES} images of fashion-mnist: Frechet distance over that without",
               "ratio of Frechet distances, of each training", "<= 0.8", {"sides": ("with", "without")})},
    system="B3", data="fashion-mnist", split="test", seeds=(0, 1, 2), repeated="draws of the images, a training each",
    budget="fifteen minutes of one core each, in items", minutes=15.0,
)  # fmt: skip


@benchmark(plans=("AUGMENT",), tiny={"pictures": 100})
def gan_augment(run: Run, pictures: int = PICTURES) -> Result:
    """DiffAugment on few pictures: the same GAN and minutes with and without it.

    Each seed has pictures of its own, drawn by it. What DiffAugment is against, pictures learned by heart, takes tens
    of epochs to come; before that it only slows training down. Published (Zhao 2020, BigGAN on a tenth of CIFAR-10,
    Inception's features): 39.78 without, 22.40 with. The bar is of 600 pictures; where there are more, there is nothing
    to cure.
    """
    plan, whole, rows = AUGMENT["ratio"], genwright.load_data("fashion-mnist"), {}
    shown = ("frechet", "cas_cnn", "cas_svc")
    for seed in plan.seeds:
        pick = np.sort(Draws("some", seed).permutation(len(whole.train))[:pictures].numpy())
        items = whole.items | {"train": whole.train[pick]}
        some = replace(whole, items=items, content=f"{whole.hash}/{pictures}/{seed}", encoded={})
        for name, preset in (("without", "large"), ("with", "augment")):
            part = f"{name}-{seed}"
            fit = partial(run.fit, some, "gan", f"run-{part}", preset=preset, minutes=plan.minutes, seed=seed)
            found = run.kept(part, lambda: outcome(Suite(some, sizes=UNASKED | run.small({}, FEW)), fit(), shown))
            rows[part] = found.pop("metrics") | found
    of = lambda side: np.array([rows[f"{side}-{seed}"]["frechet"]["value"] for seed in plan.seeds])
    ratios, sides = of("with") / of("without"), {side: float(of(side).mean()) for side in plan.sides}
    row = plan.row(float(ratios.mean()), se_of(ratios), **sides)
    return [row], {"minutes": plan.minutes, "pictures": pictures, "runs": rows}


@benchmark(tiny={"losses": ("hinge",)})
def gan_losses(
    run: Run, losses: tuple[str, ...] = tuple(LOSSES), data: str = "fashion-mnist", minutes: float = 5.0
) -> Result:
    """The losses of a GAN: the same networks and minutes each, Frechet distance and classification accuracy score.

    A loss counts as trained where its samples teach both classifiers 0.7 of what real pictures do, and training ended
    without a number that is not finite. Several losses may run at once; the one that ends last writes the table.
    """
    source, shown = genwright.load_data(data), ("frechet", "cas_cnn", "cas_svc", "class_coverage")
    suite = Suite(source, sizes=UNASKED | run.small({}, FEW))

    def row(loss: str) -> dict:
        try:
            return outcome(suite, run.fit(source, "gan", f"run-{loss}", preset=loss, minutes=minutes, seed=0), shown)
        except TrainingFailed as error:
            return {"metrics": {}, "items": None, "health": [str(error)]}

    rows = run.pieces({loss: {loss: partial(row, loss)} for loss in LOSSES}, losses)
    if rows is None:
        return None
    judges = [[row["metrics"].get(name, {"value": 0.0})["value"] for name in shown[1:3]] for row in rows.values()]
    count, of = sum(min(both) >= 0.7 for both in judges), len(LOSSES)
    what = f"GAN losses whose {data} samples teach both judges 0.7 of what real ones do, {minutes:g} minutes each"
    return [bar("B2", what, f"{of} of {of}", count, count == of)], {"data": data, "minutes": minutes, "losses": rows}


@benchmark(tiny={"seeds": 1})
def gan_modes(run: Run, minutes: float = 1.5, seeds: int = 5) -> Result:
    """25 narrow Gaussians on a grid: how many of them a GAN finds, and how many of its samples lie in one.

    A mode counts as found when one sample lies within three standard deviations of it, of 2,500 drawn (PacGAN, Lin
    2018, section 4.1). Published: GAN 3.3, ALI 15.8, unrolled 23.6, VEEGAN 24.6, PacGAN 25.
    """
    data, found = genwright.load_data("grid-gaussians"), []
    for seed in range(seeds):
        model = run.fit(data, "gan", f"run-{seed}", minutes=minutes, seed=seed)
        found.append(modes_among(model.sample(DRAWN_SAMPLES, seed=0).to_numpy()))
    counts, shares = zip(*found)
    return [
        judge("B1", f"25 Gaussians, modes found, worst of {seeds} seeds", "25", min(counts)),
        judge("B1", f"25 Gaussians, samples within 3 sd, worst of {seeds} seeds", ">= 0.9", min(shares), 4),
    ], {"minutes": minutes, "modes": counts, "shares": shares}


@benchmark(tiny={"samples": 64})
def gan_style(run: Run, data: str = "fashion-mnist", minutes: float = 10.0, samples: int = 2000) -> Result:
    """Truncation: a style-based GAN's precision and recall as its styles are drawn to their mean."""
    psis, suite = (1.0, 0.85, 0.7, 0.5, 0.3), Suite(genwright.load_data(data))
    model = run.fit(suite.data, "gan", "run", preset="style", minutes=minutes, seed=0)
    pick = Draws("test").permutation(len(suite.data.test))[:samples].numpy()
    real, rows = suite_features(suite, suite.data.test[pick]), []
    for psi in psis:
        drawn = suite_features(suite, model.sample(samples, seed=0, guidance=1 / psi))
        found = neighbourhoods(real, drawn, 0, suite.features.reference)
        values = {name: found[name].value for name in ("precision", "recall", "density", "coverage")}
        rows.append({"psi": psi, "frechet": frechet(drawn, real)} | values)
    asked, bars = f"psi {', '.join(f'{psi:g}' for psi in psis)} on {data}, {minutes:g} minutes", []
    for name, sign, wanted in (("precision", 1, "never falls"), ("recall", -1, "never rises")):
        values = [row[name] for row in rows]
        steady, span = all(np.diff(values) * sign >= 0), f"{values[0]:.3f} to {values[-1]:.3f}"
        bars.append(bar("B4", f"truncation, {name} at {asked}", wanted, span, steady))
    return bars, {"minutes": minutes, "items": model.config["outcome"]["items"], "truncation": rows}


@benchmark()
def gan_codes(run: Run, labelled: Path, data: str = "fashion-mnist", minutes: float = 8.0, codes: int = 16) -> Result:
    """Codes of GANs: a linear probe of those of pairs (BiGAN), and completion by inversion beside the trained one.

    The pairs are learned without labels, since codes say nothing of what is given. --labelled is the folder of a plain
    GAN of the same pictures, which completes their lower halves. Rows of other numbers of codes stay.
    """
    taught, completed, source = 20_000, 256, genwright.load_data(data)
    options = dict(preset="bidirectional", seed=0, minutes=minutes, hyperparameters={"latents": codes})
    model = run.fit(genwright.load_data(data, given=[]), "gan", f"{codes}", **options)
    pick = Draws("probe").permutation(len(source.train))[:taught].numpy()
    parts = source.tensors("train")[pick], source.tensors("test")
    (x, y), (test, truth) = ((items.x.numpy(), items.given[:, 0].long().numpy()) for items in parts)
    own, coded = (model.encode(np.moveaxis(part, 1, -1)) for part in (x, test))
    flat = lambda x: x.reshape(len(x), -1) / 255.0
    pca = PCA(own.shape[1], svd_solver="covariance_eigh").fit(flat(x))
    probe = linear_probe(own, y, coded, truth)
    plain = linear_probe(pca.transform(flat(x)), y, pca.transform(flat(test)), truth)
    again = source.domain.encode(model.decode(coded[:1000]))[0].float()
    error = float(((again - torch.from_numpy(test[:1000]).float()) / 255).square().mean().sqrt())
    trained, inverted, mean = completions(genwright.load_model(labelled), test[:completed], x)
    rows = details_of("gan_codes").get("rows", {})
    found = {"codes": probe.value, "pca": plain.value, "se": float(np.hypot(probe.se, plain.se))}
    lost = {"trained": trained / mean, "inversion": inverted / mean}
    rows[f"{codes} codes of {source.name}"] = {
        "minutes": minutes, "probe": found, "reconstruction": error, "completion": lost
    }  # fmt: skip
    what = "BiGAN, linear probe of {}, accuracy over as many principal components', {:g} minutes"
    row = lambda name, part, its: judge(
        "B4", what.format(name, part["minutes"]), f"> {its['pca']:.4f}", its["codes"], 4, se=its["se"]
    )
    return [row(name, part, part["probe"]) for name, part in rows.items()], {"rows": rows}


def completions(model, x: np.ndarray, train: np.ndarray) -> tuple[float, float, float]:
    """Root mean squared errors in the lower half of x: (n, C, H, W), of the trained completion, the one by inversion,
    and the mean of the training pictures."""
    x = torch.from_numpy(x)
    known = torch.zeros_like(x, dtype=torch.bool)
    known[:, :, : x.shape[2] // 2] = True
    given = torch.full((len(x), model.family.given.width), torch.nan)
    with torch.no_grad():
        trained = model.family.fill(x, known, given, Draws("fill"))
        inverted = model.family.fill_by_inversion(x, known, given, Draws("invert"))
    mean = torch.from_numpy(train).float().mean(0)
    return tuple(float((guess - x)[~known].square().mean().sqrt()) for guess in (trained, inverted, mean.expand_as(x)))


@benchmark(tiny={"items": 20})
def gan_units(run: Run, gan: Path, units: int = 3, items: int = 500) -> Result:
    """Painting by units (Bau 2019): a generator's units ranked by the class evidence that they cause, and brushed.

    --gan is the folder of a GAN of labelled pictures. Units of the layer with 8 x 8 positions are ranked on some
    samples; on others the best few of a class are switched on in the middle of the picture, and the log-odds of that
    class, by a classifier that real pictures taught, are compared with those after a change of the same energy in as
    many random units, 20 times.
    """
    model = genwright.load_model(gan)
    data, family = genwright.load_data(model.config["data"]["source"]), model.family
    train, names = data.tensors("train"), [str(name) for name in data.domain.labels]
    pick = Draws("classifier").permutation(len(train))[:20_000]
    scale, layer, rng = family.spec.leaf.levels - 1, family.generator.blocks[1], Draws("units")
    net = train_net(train.x[pick] / scale, train.given[pick, 0].long(), len(names), 1)
    nothing = lambda z: z.new_zeros(len(z), *family.spec.shape)
    pictures = lambda z, given: (family.generator(z, nothing(z), nothing(z).bool(), given) + 1) / 2

    def log_odds(x: torch.Tensor) -> torch.Tensor:
        log_p = scores(net, x).log_softmax(1)
        return log_p - torch.log1p(-log_p.exp().clamp(max=1 - 1e-6))

    z, held_out = rng.normal(2, items, family.latents)
    labels = torch.arange(items)[:, None] % len(names) * 1.0
    with torch.no_grad(), replace_output(layer) as seen:
        pictures(z, labels)
    to, size = levels(seen[0]), seen[0].shape[2:]
    middle = torch.zeros(size, dtype=torch.bool)
    middle[size[0] // 4 : -(size[0] // 4), size[1] // 4 : -(size[1] // 4)] = True
    found, rows = evidence(lambda: pictures(z, labels), layer, log_odds, middle, to), {}
    for k, name in enumerate(names):
        others = labels[:, 0] != k  # what is painted on is of another class
        at, given = held_out[others], labels[others]
        best = found[:, others, k].mean(1).argsort(descending=True)[:units].tolist()
        brush = lambda h: paint_units(h, best, middle, to)

        def evidence_after(change) -> torch.Tensor:
            with torch.no_grad(), replace_output(layer, change):
                return log_odds(pictures(at, given))[:, k]

        def same_energy(h, chosen):
            own, other = brush(h) - h, paint_units(h, chosen, middle, to) - h
            energy = lambda part: part.flatten(1).norm(dim=1).clamp(min=1e-6)
            return h + other * (energy(own) / energy(other))[:, None, None, None]

        before = evidence_after(lambda h: h)
        rise = evidence_after(brush) - before
        drawn = [rng.permutation(len(to))[:units].tolist() for _ in range(20)]
        random = torch.stack([evidence_after(partial(same_energy, chosen=each)) - before for each in drawn])
        gap = (rise - random.mean(0)).numpy()
        rows[name] = {"units": best, "named": float(rise.mean()), "random": float(random.mean())}
        rows[name] |= {"gap": float(gap.mean()), "se": se_of(gap)}
    clear, of = sum(row["gap"] > 2 * row["se"] for row in rows.values()), len(names)
    what = f"classes whose evidence the brush of their {units} units raises more than random units do"
    return [bar("B4", what, f"{of} of {of}", clear, clear == of)], {"data": data.name, "classes": rows}
