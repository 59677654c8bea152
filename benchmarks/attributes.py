"""Attribute vectors of a perceptual VAE, and the perceptual loss beside pixels alone.

    python benchmarks/attributes.py [--items 400000] [--out runs/attributes]

Trains the preset `perceptual` of the VAE on digits and clothes, without labels, and on clothes once more with the loss
of pixels alone (on a core ten minutes in all; a stopped run goes on). Its layers are dense here, which suits pictures
as small as these: convolutions see a fraction of the items in the same time. Digits have attributes that are not
their class: how thick the stroke is and how far it leans, measured on the pixels; with is the upper quarter of a
class, without the lower one, so that both lists hold as much of each. An item is moved by one vector of all digits,
and by one of its own digit's items alone. Of clothes, an attribute is what one class has and another lacks. Vectors
are of training items, strengths are chosen on validation items, and test items are edited. Who judges has seen
training items alone, and nothing of the VAE.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from bars import bar, record
from torch import Tensor

import genwright as gw
from genwright.core.draws import Draws
from genwright.evaluation.feature_net import load_features
from genwright.evaluation.metrics.classifiers import scores, train_net
from genwright.evaluation.metrics.frechet import frechet
from genwright.studies.attributes import attribute_vector, edited

LISTED = 5_000  # items that a mean code is of, at most
EDITED = 500  # items edited at once; of validation half as many
ORIGINALS = 2_000  # test items that could have been edited, among which the original of one that was is looked for
NEAR = 0.01  # share of them that counts as near
SHOWN, STEPS = 1, 5  # items of each edit that are drawn, at so many strengths
STRENGTHS = [k / 16 for k in range(8, 41)]
NETWORK = {"network": "dense", "channels": 512, "depth": 2}
WANTED, FLIPPED, KEPT, TIMES = 0.85, 0.8, 0.9, 10  # flips that the strength is chosen for, and the bars
CLOTHES = (
    ("T-shirt/top", "Pullover"),
    ("Sneaker", "Ankle boot"),
    ("Pullover", "T-shirt/top"),
    ("Ankle boot", "Sneaker"),
)


def pictures(items) -> Tensor:
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
        """Of pictures and their originals, which come first of `originals`: whether its own is the nearest, and whether
        it is among the nearest share; and the latter of another's original."""
        away = torch.cdist(*(torch.from_numpy(self.features(x)) for x in (changed, originals)))
        own = torch.arange(len(changed))
        rank = lambda which: (away < away[own, which][:, None]).sum(1).numpy()
        near = NEAR * len(originals)
        shuffled = rank((own + len(own) // 2) % len(own))
        return {"nearest": rank(own) == 0, "near": rank(own) < near, "shuffled": shuffled < near}


def share(found: np.ndarray) -> float:
    return round(float(np.mean(found)), 4)


def measured(
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
            made[of] = pictures(edited(model, as_items(own[of]), vectors[kind], strength))
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
        "validation": tried,
        "edits": len(own),
        "flipped": share(flips(made)),
        "flipped by the round trip": share(flips(back)),
        "flipped by a random direction": share(flips(random)),
        "originals": len(originals),
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
    x = {part: pictures(getattr(data, part)) for part in ("train", "valid", "test")}
    return x, {part: np.asarray(getattr(data, part).given["label"]).astype(str) for part in x}


def digits(model) -> tuple[dict[str, dict], dict[str, Tensor]]:
    x, labels = parts_of(gw.load_data("mnist"))
    names = sorted(set(labels["train"]))
    y = torch.tensor([names.index(label) for label in labels["train"]])
    classifier, found, shown = train_net(x["train"], y, len(names), 9), {}, {}
    for k, (measure, more, less) in enumerate(((thickness, "thicker", "thinner"), (slant, "right", "left"))):
        values = {part: measure(own) for part, own in x.items()}
        ends = {
            name: values["train"][labels["train"] == name].quantile(torch.tensor([0.25, 0.5, 0.75])) for name in names
        }
        low, middle, high = (
            {part: torch.stack([ends[name][i] for name in labels[part]]) for part in x} for i in range(3)
        )
        outer = {part: (values[part] < low[part]) | (values[part] > high[part]) for part in x}
        ours = {part: own[outer[part]] for part, own in x.items()}
        has = {part: (values[part] > middle[part])[outer[part]] for part in x}
        judges = Judges(ours["train"], has["train"], k, classifier)
        right = share(judges.sees(ours["test"]) == has["test"].numpy())
        halfway = float(values["train"].median())
        own = {part: labels[part][outer[part].numpy()] for part in x}
        one = {part: np.full(len(kinds), "") for part, kinds in own.items()}
        for name, adds in ((more, True), (less, False)):
            told = {"by pixels": lambda made: (measure(made) > halfway).numpy()}
            for kinds, whose in ((one, ""), (own, ", by its digit's vector")):
                edits, shown[name + whose] = measured(model, judges, ours, has, kinds, adds, told)
                found[name + whose] = {"judge right": right, **edits}
                print(name + whose, found[name + whose], flush=True)
    return found, shown


def clothes(model) -> tuple[dict[str, dict], dict[str, Tensor]]:
    x, labels = parts_of(gw.load_data("fashion-mnist"))
    found, shown = {}, {}
    for k, (less, more) in enumerate(CLOTHES):
        two = {part: (own == less) | (own == more) for part, own in labels.items()}
        ours = {part: x[part][torch.from_numpy(two[part])] for part in x}
        has = {part: torch.from_numpy(labels[part][two[part]] == more) for part in x}
        judges = Judges(ours["train"], has["train"], k)
        right = share(judges.sees(ours["test"]) == has["test"].numpy())
        one = {part: np.full(len(own), "") for part, own in ours.items()}
        for name, adds in ((f"{less} to {more}", True), (f"{more} to {less}", False)):
            edits, shown[name] = measured(model, judges, ours, has, one, adds, {})
            found[name] = {"judge right": right, **edits}
            print(name, found[name], flush=True)
    return found, shown


def losses(models: dict, data) -> dict[str, dict]:
    """How far the round trip of test items by each model is from other test items, and how sharp it is."""
    features, test = load_features(1), pictures(data.test[: 2 * ORIGINALS])
    own, other = test[:ORIGINALS], features(test[ORIGINALS:])
    edges = torch.tensor([[[[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]]])
    sharp = lambda x: float(F.conv2d(x, edges).abs().mean())
    found = {"real": {"frechet": round(frechet(features(own), other), 2), "sharpness": 1.0}}
    for name, model in models.items():
        back = pictures(model.decode(model.encode(as_items(own))))
        found[name] = {
            "frechet": round(frechet(features(back), other), 2),
            "sharpness": round(sharp(back) / sharp(own), 3),
            "squared error": round(float(((back - own) ** 2).mean()), 5),
            "nats": round(float(model.log_prob(as_items(own[:300])).mean().value), 1),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=400_000)
    parser.add_argument("--out", type=Path, default=Path("runs/attributes"))
    options = parser.parse_args()
    data = {name: gw.load_data(name, given=[]) for name in ("mnist", "fashion-mnist")}
    fit = lambda name, out, **numbers: gw.fit(
        data[name],
        "vae",
        preset="perceptual",
        hyperparameters=NETWORK | numbers,
        items=options.items,
        out=options.out / out,
    )
    models = {name: fit(name, name) for name in data}
    pixels = fit("fashion-mnist", "fashion-mnist-pixels", feature_weight=0.0)
    seconds = {name: round(model.config["outcome"]["seconds"]) for name, model in (models | {"pixels": pixels}).items()}
    found, shown = {}, {}
    for what, name, edit in (("digits", "mnist", digits), ("clothes", "fashion-mnist", clothes)):
        found[what], drawn = edit(models[name])
        shown |= drawn
    np.savez(options.out / "shown.npz", **{name: x.numpy() for name, x in shown.items()})  # docs/draw_pictures.py
    loss = losses({"perceptual": models["fashion-mnist"], "pixels": pixels}, data["fashion-mnist"])
    bars = []
    by_digit = lambda name: name.endswith("vector")
    parts = {
        "digits, one vector for all of them": {n: row for n, row in found["digits"].items() if not by_digit(n)},
        "digits, a vector of each": {n: row for n, row in found["digits"].items() if by_digit(n)},
        "clothes": found["clothes"],
    }
    for what, rows in parts.items():
        least = lambda key: min((row[key], name) for name, row in rows.items())
        told = {"flipped": ("a classifier sees the attribute flip", FLIPPED)}
        if what != "clothes":
            told["flipped, by pixels"] = ("a measure of the pixels sees it flip", FLIPPED)
            told["digit kept"] = ("the digit stays, by another classifier", KEPT)
        for key, (words, wanted) in told.items():
            value, name = least(key)
            bars.append(
                bar("A8", f"edits of {what} in which {words}, least of {len(rows)} ({name})", f">= {wanted:.0%}",
                    f"{value:.1%}", value >= wanted)
            )  # fmt: skip
        value, name = least("original near")
        shuffled = max(row["original shuffled"] for row in rows.values())
        words = f"edits of {what} whose own original is among the nearest {NEAR:.0%}, least of {len(rows)} ({name})"
        wanted = f">= {TIMES} times another's ({shuffled:.1%})"
        bars.append(bar("A8", words, wanted, f"{value:.1%}", value >= TIMES * shuffled))
    nearer = 1 - loss["perceptual"]["frechet"] / loss["pixels"]["frechet"]
    bars.append(
        bar("A8", "Frechet distance of round trips of clothes below that by the loss of pixels alone, as many items",
            "> 0%", f"{nearer:.0%}", nearer > 0)
    )  # fmt: skip
    total = sum(seconds.values()) / 60
    bars.append(bar("A8", "training of the three models", "<= 10 minutes", round(total, 1), total <= 10, "minutes"))
    record("attributes", bars, {"items": options.items, "seconds": seconds, **found, "losses": loss})


if __name__ == "__main__":
    main()
