"""Autoencoders and VAEs: principal components, codes, few labels, attributes (rows A1 to A3, A8)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from bars import Run, bar, benchmark, judge, plans
from common import Result, se_of
from torch import Tensor, nn

import genwright
from genwright.core.draws import Draws
from genwright.core.hyper import whole
from genwright.core.recipe import Recipe, Trained
from genwright.core.spec import Spec
from genwright.distributions.coordinates import Array
from genwright.distributions.normal import log_density_by_variance
from genwright.families.latent.autoencoder import Autoencoder
from genwright.measure.feature_net import load_features
from genwright.measure.metrics.classifiers import scores, train_net
from genwright.measure.metrics.distances import frechet
from genwright.networks.adapters import Prior
from genwright.networks.dense import Dense
from genwright.studies.attributes import attribute_vector, edited
from genwright.studies.bounds import amortisation_gap
from genwright.studies.reproduce import reproduce
from genwright.zoo.autoencoders import code_density

LISTED = 5_000  # items that a mean code is of, at most
EDITED = 500  # items edited at once; of validation half as many
ORIGINALS = 2_000  # test items that could have been edited, among which the original of one that was is looked for
NEAR = 0.01  # share of them that counts as near
SHOWN, STEPS = 1, 5  # items of each edit that are drawn, at so many strengths
STRENGTHS = [k / 16 for k in range(8, 41)]
WANTED, FLIPPED, KEPT, TIMES = 0.85, 0.8, 0.9, 10  # flips that the strength is chosen for, and the bars
CLOTHES = (
    ("T-shirt/top", "Pullover"), ("Sneaker", "Ankle boot"), ("Pullover", "T-shirt/top"), ("Ankle boot", "Sneaker")
)  # fmt: skip
FEW_LABELS = plans(
    {
        "median": ("MNIST, 100 labels: median error of 10 draws of the labels", "label_error", "<= 6 %",
                   {"over_seeds": "median"}),
        "worst": ("worst of these draws", "label_error", "shown", {"unit": "%", "over_seeds": "worst"}),
        "nearest": ("nearest labelled neighbour on the same draws (32.5 +- 1.3 over five other draws)", "label_error",
                    "shown", {"unit": "%"}),
        "slowest": ("training of the slowest", "seconds", "<= 10 minutes", {"over_seeds": "worst"}),
    },
    system="A3", data="mnist-100-labels", split="test", seeds=tuple(range(10)),
    repeated="draws of the labels, a training each", budget="that of the target ssvae-mnist",
)  # fmt: skip
LINEAR, RATES = 16, (1e-2, 3e-2, 1e-1)  # latents and rates of the linear one
SIZES = (2, 4, 8, 16, 32, 64)  # latents of deep ones


@benchmark(plans=("FEW_LABELS",))
def few_labels(run: Run) -> Result:
    """Semi-supervised VAE with 100 labels of MNIST: the median and the worst of ten draws of the labels, beside the
    nearest labelled neighbour on the same draws.

    Fits what `genwright reproduce ssvae-mnist` fits.
    """
    found = reproduce("ssvae-mnist", out=run.begin("reproduce"), progress=False).models
    errors, floor = [row.metrics["label_error"]["value"] for row in found], []
    for row in found:
        data = genwright.load_data("mnist-100-labels", seed=row.seed)
        labels = data.train.given["label"]
        told = np.array([label is not None for label in labels])
        x, y = (np.asarray(part, np.float32).reshape(len(part), -1) / 255 for part in (data.train[told], data.test))
        distance = (x**2).sum(1) - 2 * y @ x.T  # but for what is the same for every neighbour
        floor.append(100 * float((labels[told][distance.argmin(1)] != data.test.given["label"]).mean()))
    seconds = [row.seconds["train"] for row in found]
    values = {"median": (float(np.median(errors)),), "worst": (max(errors),), "slowest": (max(seconds) / 60,)}
    values["nearest"] = float(np.mean(floor)), se_of(floor)
    rows = [plan.row(*values[name], digits=2) for name, plan in FEW_LABELS.items()]
    return rows, {"errors": errors, "nearest_neighbour": floor, "seconds": seconds}


@benchmark(tiny={"items": 300, "draws": 2})
def hierarchical_vae(run: Run, items: int = 12_000_000, draws: int = 1_000) -> Result:
    """The hierarchical VAE on binarised MNIST: its bound on the test pictures against the aim of 82 nats."""
    data = genwright.load_data("binarised-mnist")
    model = run.fit(data, "hierarchical-vae", "run", preset="dense", items=items)
    found = model.log_prob(data.test[: run.small(None, 20)], draws=draws).mean()
    what = f"-log p(x) of binarised MNIST by {draws:,} importance-weighted draws, hierarchical VAE"
    details = {"items": items, "seconds": model.config["outcome"]["seconds"], "parameters": model.parameters}
    return [judge("A2", what, "<= 82", -found.value, 2, "nats", found.se)], details


# ---------------------------------------------------------------------- principal components


class LinearCode(nn.Module):
    """x (B, *shape) -> z (B, latents), linear but for a bias."""

    def __init__(self, spec: Spec, latents: int):
        super().__init__()
        self.view, self.layer = Array(spec), nn.Linear(spec.dims, latents)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.view.centre(x).flatten(1))


class LinearDecoder(nn.Module):
    def __init__(self, spec: Spec, latents: int):
        super().__init__()
        self.shape, self.layer = spec.shape, nn.Linear(latents, spec.dims)

    def forward(self, z: Tensor, known_values: Tensor, known: Tensor | None, given: Tensor) -> Tensor:
        return self.layer(z).view(-1, *self.shape, 1)


@dataclass(frozen=True)
class LinearHyper(Trained):
    batch: int = 250
    lr: float = RATES[0]
    latents: int = whole(LINEAR, least=1, says="dimensions of the code")


def linear(spec: Spec, given: Spec, hyper: LinearHyper) -> Recipe:
    latents = hyper.latents
    prior = Prior(Dense(spec, 32, 1, 0, True), given, latents)
    family = Autoencoder(
        spec, given, LinearCode(spec, latents), LinearDecoder(spec, latents), prior, code_density(given, latents)
    )
    return hyper.recipe(family)


@benchmark(tiny={"items": 300, "sizes": (2,)})
def autoencoders(run: Run, data: str = "mnist", items: int = 500_000, sizes: tuple[int, ...] = SIZES) -> Result:
    """Autoencoders beside principal components, on MNIST's test set, and how the error falls with the size of the code.

    Errors are squared, summed over pixels from -1 to 1, means over test pictures. What a linear autoencoder can do is
    known: PCA's error, with whose subspace it ends. Its learning rate is chosen on validation pictures.
    docs/draw_latents.py draws the record. --items: of each deep one; the linear one sees twice as many.
    """
    genwright.register(
        "images", "linear-autoencoder", linear, {"linear": LinearHyper()}, ("sample", "encode", "decode")
    )
    source, shown = genwright.load_data(data, given=[]), 2_000  # test pictures whose codes are drawn
    labels = genwright.load_data(data).test.given["label"][:shown]
    peers, pca_codes = components(source, max(LINEAR, *SIZES))
    fit = lambda family, preset, items, **numbers: run.fit(
        source, family, preset=preset, items=items, hyperparameters=numbers
    )
    tried = {lr: fit("linear-autoencoder", "linear", 2 * items, latents=LINEAR, lr=lr) for lr in RATES}
    rate = min(tried, key=lambda lr: error(tried[lr], source, "valid"))
    flat, curve, codes = error(tried[rate], source), {}, None
    for size in sizes:
        model = fit("autoencoder", "dense", items, latents=size)
        curve[size] = error(model, source)
        codes = model.encode(source.test[:shown]) if size == 2 else codes
    excess, gain, named = flat / peers[LINEAR] - 1, 1 - curve[2] / peers[2], f"on test pictures of {data}"
    what = f"linear autoencoder, {LINEAR} codes: error {named} above PCA's"
    deep = f"deep autoencoder, 2 codes: error {named} below 2-D PCA's"
    drawn = {"codes": codes, "pca_codes": pca_codes[:shown]}
    return [
        bar("A1", what, "<= 1%", f"{excess:.2%}", excess <= 0.01),
        bar("A1", deep, ">= 30%", f"{gain:.1%}", gain >= 0.3),
    ], {
        "deep": curve, "pca": {size: peers[size] for size in (LINEAR, *sizes)}, "labels": list(map(str, labels)),
    } | {name: np.round(each, 3).tolist() for name, each in drawn.items()}  # fmt: skip


def error(model: genwright.Model, data, part: str = "test") -> float:
    """Of the pictures of a part after a round trip, squared, before anything is rounded to levels."""
    x, family, total = data.tensors(part).x, model.family, 0.0
    for some in x.split(500):
        with torch.no_grad():
            back = family.decoder(family.encoder(some), some, None, torch.zeros(len(some), 0))[..., 0]
        total += float(((back - Array(family.spec).centre(some)) ** 2).sum())
    return total / len(x)


def components(data, most: int) -> tuple[dict[int, float], np.ndarray]:
    """PCA's test error by the number of components, and the codes (n, 2) of test pictures."""
    centre = Array(data.domain.spec).centre
    x, test = (centre(data.tensors(part).x).flatten(1).double() for part in ("train", "test"))
    basis = torch.linalg.eigh((x - x.mean(0)).T @ (x - x.mean(0)))[1].flip(1)
    codes = (test - x.mean(0)) @ basis[:, :most]
    left = ((test - x.mean(0)) ** 2).sum(1, keepdim=True) - (codes**2).cumsum(1)
    return {k: float(left[:, k - 1].mean()) for k in range(1, most + 1)}, codes[:, :2].numpy()


# ---------------------------------------------------------------------- codes


@benchmark(tiny={"items": 300})
def latents(run: Run, items: int = 10_000_000) -> Result:
    """What a VAE's codes lose and how it is won back: q refined item by item, and a prior fitted to the codes.

    Trains the dense VAE on binarised MNIST once with all that is measured here: the prior is fitted after the last step
    and changes no weight.
    """
    refined, shown = run.small(300, 5), run.small(5_000, 100)  # test pictures; samples, and what they are measured by
    data, numbers = genwright.load_data("binarised-mnist"), {"fitted_prior": True, "kl_warmup": items // 10}
    model = run.fit(data, "vae", "run", preset="dense", hyperparameters=numbers, items=items)
    family, test, nothing = model.family, data.tensors("test").x, lambda x: torch.zeros(len(x), 0)

    @torch.no_grad()
    def pictures(z: Tensor) -> Tensor:
        parts = z.split(500)
        shown = [family.decoder(p, p.new_zeros(len(p), *family.spec.shape), None, nothing(p)) for p in parts]
        return family.head.sample(torch.cat(shown), Draws("pictures"))

    gap = amortisation_gap(model, data.test[:refined])
    won = (gap.refined - gap.encoder).to_numpy()
    with torch.no_grad():
        mean, log_var = map(torch.cat, zip(*(family.encoder(p, None, nothing(p)) for p in test.split(500))))
        z = mean + (0.5 * log_var).exp() * Draws("codes").normal(mean.shape)
        log_m = family.density.log_likelihood(z, nothing(z), Draws(0))[0]
        fitted = family.density.sample(shown, torch.zeros(shown, 0), Draws("fitted"))
    log_p = log_density_by_variance(z, torch.zeros_like(z), torch.zeros_like(z))
    gained = (log_m - log_p).double().numpy()  # of the bound; at most KL(aggregated posterior || prior)
    features = load_features(1)
    real = features(test[:shown].float())
    sets = {"normal": pictures(Draws("normal").normal(shown, z.shape[1])), "fitted": pictures(fitted)}
    distance = {name: frechet(features(drawn), real) for name, drawn in sets.items()}
    nearer, rows = 1 - distance["fitted"] / distance["normal"], []
    for what, each in (
        (f"nats that refining q item by item wins, {refined} test pictures of binarised MNIST", won),
        ("nats that a prior fitted to the codes wins on test pictures", gained),
    ):
        value, se = float(each.mean()), se_of(each)
        rows.append(bar("A2", what, "> 0 by 2 SE", round(value, 3), value > 2 * se, "nats", round(se, 3)))
    what = "Frechet distance of samples by the fitted prior below that by N(0, I)"
    bound = {"encoder": float(gap.encoder.mean()), "refined": float(gap.refined.mean())}
    return [*rows, bar("A2", what, "> 0%", f"{nearer:.0%}", nearer > 0)], {"bound": bound, "frechet": distance}


# ---------------------------------------------------------------------- attributes


@benchmark(tiny={"items": 300})
def attributes(run: Run, items: int = 400_000) -> Result:
    """Attribute vectors of a perceptual VAE, and the perceptual loss beside pixels alone.

    Trains the preset `perceptual` of the VAE on digits and clothes, without labels, and on clothes once more with the
    loss of pixels alone. Its layers are dense here, which suits pictures as small as these. Digits have attributes that
    are not their class: how thick the stroke is and how far it leans, measured on the pixels; with is the upper quarter
    of a class, without the lower one, so that both lists hold as much of each. An item is moved by one vector of all
    digits, and by one of its own digit's items alone. Of clothes, an attribute is what one class has and another lacks.
    Vectors are of training items, strengths are chosen on validation items, and test items are edited. Who judges has
    seen training items alone, and nothing of the VAE.
    """
    data = {name: genwright.load_data(name, given=[]) for name in ("mnist", "fashion-mnist")}
    network = {"network": "dense", "channels": 512, "depth": 2}
    fit = lambda name, out, **numbers: run.fit(
        data[name], "vae", out, preset="perceptual", hyperparameters=network | numbers, items=items
    )
    models = {name: fit(name, name) for name in data}
    models["pixels"] = fit("fashion-mnist", "fashion-mnist-pixels", feature_weight=0.0)
    total = sum(model.config["outcome"]["seconds"] for model in models.values()) / 60
    found, shown = {}, {}
    for what, edit in (("digits", edit_digits(models["mnist"])), ("clothes", edit_clothes(models["fashion-mnist"]))):
        found[what] = {}
        for name, row, drawn in edit:
            found[what][name], shown[name] = row, drawn
            print(name, row, flush=True)
    np.savez(run.folder / "shown.npz", **{name: x.numpy() for name, x in shown.items()})  # docs/draw_attributes.py
    loss = losses({"perceptual": models["fashion-mnist"], "pixels": models["pixels"]}, data["fashion-mnist"])
    nearer, rows = 1 - loss["perceptual"]["frechet"] / loss["pixels"]["frechet"], []
    of_digits = lambda own: {n: row for n, row in found["digits"].items() if n.endswith("vector") == own}
    parts = {"digits, one vector for all of them": of_digits(False), "digits, a vector of each": of_digits(True)}
    for what, edits in (parts | {"clothes": found["clothes"]}).items():
        least = lambda key: min((row[key], name) for name, row in edits.items())
        told = [("flipped", "a classifier sees the attribute flip", FLIPPED)]
        if what != "clothes":
            told.append(("flipped, by pixels", "a measure of the pixels sees it flip", FLIPPED))
            told.append(("digit kept", "the digit stays, by another classifier", KEPT))
        for key, words, wanted in told:
            value, name = least(key)
            words = f"edits of {what} in which {words}, least of {len(edits)} ({name})"
            rows.append(bar("A8", words, f">= {wanted:.0%}", f"{value:.1%}", value >= wanted))
        (value, name), shuffled = least("original near"), max(row["original shuffled"] for row in edits.values())
        words = f"edits of {what} whose own original is among the nearest {NEAR:.0%}, least of {len(edits)} ({name})"
        wanted = f">= {TIMES} times another's ({shuffled:.1%})"
        rows.append(bar("A8", words, wanted, f"{value:.1%}", value >= TIMES * shuffled))
    what = "Frechet distance of round trips of clothes below that by the loss of pixels alone, as many items"
    rows.append(bar("A8", what, "> 0%", f"{nearer:.0%}", nearer > 0))
    rows.append(judge("A8", "training of the three models", "<= 10 minutes", total, 1, "minutes"))
    return rows, {"items": items, **found, "losses": loss}


def as_tensor(items) -> Tensor:
    """(n, H, W, 1) of 0 to 255 -> (n, 1, H, W) in [0, 1]."""
    return torch.from_numpy(np.array(items)).permute(0, 3, 1, 2).float() / 255


def thickness(x: Tensor) -> Tensor:
    """(n, 1, H, W) -> (n,) pixels: twice the ink over the length of its outline, the integral of the slope."""
    x = F.pad(x, (1, 1, 1, 1))
    across, down = (x[..., 1:, 1:] - x[..., 1:, :-1]), (x[..., 1:, 1:] - x[..., :-1, 1:])
    return 2 * x.sum((1, 2, 3)) / (across**2 + down**2 + 1e-6).sqrt().sum((1, 2, 3))


def slant(x: Tensor) -> Tensor:
    """(n, 1, H, W) -> (n,): how far right a digit leans for each pixel upwards, by its second moments."""
    row, column = (torch.arange(size, dtype=x.dtype) for size in x.shape[2:])
    ink = x[:, 0] / x[:, 0].sum((1, 2), keepdim=True).clamp(min=1e-6)
    row = row[:, None] - (ink * row[:, None]).sum((1, 2), keepdim=True)
    column = column - (ink * column).sum((1, 2), keepdim=True)
    return -(ink * row * column).sum((1, 2)) / (ink * row**2).sum((1, 2)).clamp(min=1e-6)


class Judges:
    """What tells whether an edit did what it should: a classifier of the attribute, one of the digit where it has
    nothing to do with the attribute, and features in which the original is looked for."""

    def __init__(self, x: Tensor, has: Tensor, attribute: int, classifier=None):
        """x: training items; has: (n,) whether each has the attribute."""
        self.net = train_net(x, has.long(), 2, 1 + attribute)
        self.classifier, self.features = classifier, load_features(1)

    def sees(self, x: Tensor) -> np.ndarray:
        return scores(self.net, x).argmax(1).numpy().astype(bool)

    def near(self, changed: Tensor, originals: Tensor) -> dict[str, np.ndarray]:
        """Of pictures and their originals, which come first of `originals`: whether its own, and whether another's, is
        among the nearest share."""
        away = torch.cdist(*(torch.from_numpy(self.features(x)) for x in (changed, originals)))
        own = torch.arange(len(changed))
        near = lambda which: (away < away[own, which][:, None]).sum(1).numpy() < NEAR * len(originals)
        return {"near": near(own), "shuffled": near((own + len(own) // 2) % len(own))}


def share(found: np.ndarray) -> float:
    return round(float(np.mean(found)), 4)


def measure_edit(
    model, judges: Judges, x: dict[str, Tensor], has: dict[str, Tensor], kinds: dict[str, np.ndarray], adds: bool,
    told: dict,
) -> tuple[dict, Tensor]:  # fmt: skip
    """What edits do that add an attribute, or take it away, and a few at growing strength beside the originals: (SHOWN,
    1 + STEPS, H, W). x, has, kinds: of each part of the data, pictures, whether each has it, and of which kind it is,
    each of which has a vector of its own. told: {name: pictures -> bool, whether they have it by another measure}."""
    start = {}
    for part in ("valid", "test"):
        some = (has[part] != adds).numpy()
        some[some] = judges.sees(x[part][some]) != adds
        start[part] = x[part][some], kinds[part][some]
    vectors = {}
    for kind in np.unique(kinds["train"]):
        of = torch.from_numpy(kinds["train"] == kind)
        lists = [as_items(x["train"][of & (has["train"] == side)][:LISTED]) for side in (adds, not adds)]
        vectors[kind] = attribute_vector(model, *lists)

    def change(own: Tensor, kinds: np.ndarray, strength: float, vectors: dict = vectors) -> Tensor:
        made = torch.empty_like(own)
        for kind in np.unique(kinds):
            of = kinds == kind
            made[of] = as_tensor(edited(model, as_items(own[of]), vectors[kind], strength))
        return made

    flips = lambda made: judges.sees(made) == adds
    few = [each[: EDITED // 2] for each in start["valid"]]
    tried = {strength: share(flips(change(*few, strength))) for strength in STRENGTHS}
    strength = next((s for s, flipped in tried.items() if flipped >= WANTED), max(tried, key=tried.get))

    originals = start["test"][0][:ORIGINALS]
    own, kind = (each[:EDITED] for each in start["test"])
    made, back = change(own, kind, strength), change(own, kind, 0.0)
    noise = Draws("random direction").normal(next(iter(vectors.values())).shape).numpy()
    noise /= np.linalg.norm(noise)
    random = change(own, kind, strength, {name: noise * np.linalg.norm(vector) for name, vector in vectors.items()})
    found = {
        "strength": strength,
        "flipped": share(flips(made)),
        "flipped by the round trip": share(flips(back)),
        "flipped by a random direction": share(flips(random)),
        **{f"original {name}": share(value) for name, value in judges.near(made, originals).items()},
        "original near, round trip": share(judges.near(back, originals)["near"]),
        **{f"flipped, {name}": share(by(made) == adds) for name, by in told.items()},
    }
    if judges.classifier is not None:
        digit = lambda x: scores(judges.classifier, x).argmax(1).numpy()
        before = digit(own)
        found |= {"digit kept": share(digit(made) == before), "digit kept, round trip": share(digit(back) == before)}
    steps = [change(own[:SHOWN], kind[:SHOWN], float(part) * strength) for part in torch.linspace(0, 1, STEPS)]
    return found, torch.stack([own[:SHOWN], *steps], 1)[:, :, 0]


def as_items(x: Tensor) -> np.ndarray:
    return (x * 255).round().byte().permute(0, 2, 3, 1).numpy()


def parts_of(data) -> tuple[dict[str, Tensor], dict[str, np.ndarray]]:
    """Pictures and labels of each part."""
    x = {part: as_tensor(getattr(data, part)) for part in ("train", "valid", "test")}
    return x, {part: np.asarray(getattr(data, part).given["label"]).astype(str) for part in x}


def edit_digits(model):
    """(name, what edits do, drawn) of each attribute of digits."""
    x, labels = parts_of(genwright.load_data("mnist"))
    names = sorted(set(labels["train"]))
    y = torch.tensor([names.index(label) for label in labels["train"]])
    classifier = train_net(x["train"], y, len(names), 9)
    for k, (measure, more, less) in enumerate(((thickness, "thicker", "thinner"), (slant, "right", "left"))):
        values = {part: measure(own) for part, own in x.items()}
        ends = {n: values["train"][labels["train"] == n].quantile(torch.tensor([0.25, 0.5, 0.75])) for n in names}
        end = {part: torch.stack([ends[name] for name in labels[part]], 1) for part in x}
        outer = {part: (values[part] < end[part][0]) | (values[part] > end[part][2]) for part in x}
        ours = {part: own[outer[part]] for part, own in x.items()}
        has = {part: (values[part] > end[part][1])[outer[part]] for part in x}
        judges, halfway = Judges(ours["train"], has["train"], k, classifier), float(values["train"].median())
        own = {part: labels[part][outer[part].numpy()] for part in x}
        one = {part: np.full(len(kinds), "") for part, kinds in own.items()}
        for name, adds in ((more, True), (less, False)):
            told = {"by pixels": lambda made, measure=measure, halfway=halfway: (measure(made) > halfway).numpy()}
            for kinds, whose in ((one, ""), (own, ", by its digit's vector")):
                edits, drawn = measure_edit(model, judges, ours, has, kinds, adds, told)
                yield name + whose, edits, drawn


def edit_clothes(model):
    """The same of pairs of classes of clothes."""
    x, labels = parts_of(genwright.load_data("fashion-mnist"))
    for k, (less, more) in enumerate(CLOTHES):
        two = {part: (own == less) | (own == more) for part, own in labels.items()}
        ours = {part: x[part][torch.from_numpy(two[part])] for part in x}
        has = {part: torch.from_numpy(labels[part][two[part]] == more) for part in x}
        judges = Judges(ours["train"], has["train"], k)
        one = {part: np.full(len(own), "") for part, own in ours.items()}
        for name, adds in ((f"{less} to {more}", True), (f"{more} to {less}", False)):
            yield name, *measure_edit(model, judges, ours, has, one, adds, {})


def losses(models: dict, data) -> dict[str, dict]:
    """How far the round trip of test items by each model is from other test items, and how sharp it is."""
    features, test = load_features(1), as_tensor(data.test[: 2 * ORIGINALS])
    own, other = test[:ORIGINALS], features(test[ORIGINALS:])
    edges = torch.tensor([[[[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]]])
    sharp = lambda x: float(F.conv2d(x, edges).abs().mean())
    found = {"real": {"frechet": round(frechet(features(own), other), 2), "sharpness": 1.0}}
    for name, model in models.items():
        back = as_tensor(model.decode(model.encode(as_items(own))))
        found[name] = {
            "frechet": round(frechet(features(back), other), 2),
            "sharpness": round(sharp(back) / sharp(own), 3),
            "squared error": round(float(((back - own) ** 2).mean()), 5),
            "nats": round(float(model.log_prob(as_items(own[:300])).mean().value), 1),
        }
    return found
