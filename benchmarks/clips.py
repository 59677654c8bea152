"""Clips whose second half is predicted, bodies of clips side by side, clips of a text, and images that keep the edges
of others (row G7)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from bars import Run, benchmark, plans
from captions import random_images
from common import Result, se_of
from sklearn.svm import SVC

import genwright
from genwright.core.data import Data
from genwright.distributions.edges import edges_of
from genwright.kinds.named.shapes import ATTRIBUTES, captions, longest_first, parse_captions
from genwright.measure.metrics.shapes_rule import read_attributes
from genwright.motion.kinds.named import DIGIT, DIRECTIONS, FRAMES, SIDE, SPEED, bounce
from genwright.motion.measure.clip_metrics import errors_over_black
from genwright.run.model import Model

TRAININGS = (0, 1, 2)  # seeds
FRAMES_MINUTES, FLOW_MINUTES = 5.0, 12.0
JUDGED, DRAWN, MEANT = 200, 100, 10  # test clips of predictions and of samples, samples of a mean
SIMPLE = {"copy-last": "the last known frame", "mean-frame": "the mean training frame"}
PREDICTED = dict(system="G7", data="moving-mnist", split="test", metric="squared error over that of black frames")
TWELVE = dict(seeds=(0,), minutes=FLOW_MINUTES, budget="twelve minutes of one core, in items")


def plan(rows: dict[str, tuple], **common: object) -> dict:
    return plans({key: (f"two digits, frames 11 to 20: {what}", PREDICTED["metric"], bar) for key, (what, bar) in
                  rows.items()}, **PREDICTED | common)  # fmt: skip


NEXT = plan({"next-frames": ("next-frames", "<= 0.6")}, seeds=TRAININGS, repeated="trainings", minutes=FRAMES_MINUTES,
            budget="five minutes of one core, in items")  # fmt: skip
SHOWN = plan({"convlstm": ("next-frames, preset convlstm", "shown")}, seeds=(0,), minutes=FRAMES_MINUTES,
             budget="five minutes of one core, in items")  # fmt: skip
SIMPLY = plan({name: (said, "shown") for name, said in SIMPLE.items()}, seeds=(0,), budget="no training")
FLOW = plan(
    {"mean": (f"flow matching, the mean of {MEANT} samples", "<= 0.72"), "one": ("flow matching, a sample", "shown")},
    **TWELVE,
)
BODIES = plan({body: (f"{said}, the mean of {MEANT} samples", "shown") for body, said in
               {"flow": "convolutional body", "transformer": "spacetime transformer",
                "codes": "a codec of frames, and a transformer over codes"}.items()}, **TWELVE)  # fmt: skip


def second_half(data: Data, n: int, completed: list[np.ndarray]) -> dict[str, float]:
    """The error of the mean of completions of the first n test clips, over that of black frames."""
    frames = data.domain.frames // 2
    as_units = lambda clips: np.asarray(clips, np.float32)[:, frames:] / 255
    guess, truth = as_units(np.mean(completed, 0)), as_units(data.test[:n])
    ours, black = errors_over_black(guess, truth)
    return {"error": ours.mean() / black.mean(), "se": se_of(ours / black.mean())}


def complete(model: Model, data: Data, n: int, seed: int = 0) -> np.ndarray:
    known = data.domain.known_frames(data.domain.frames // 2)
    return np.asarray(model.complete(data.test[:n], known, seed=seed), np.float32)


def sampled(
    run: Run, data: Data, piece: str, family: str = "flow-matching", **options: object
) -> dict[str, dict[str, float]]:
    """Errors of one sample, and of the mean of several."""
    model = run.fit(data, family, f"run-{piece}", minutes=FLOW_MINUTES, **options)
    n = run.small(DRAWN, 2)
    drawn = [complete(model, data, n, seed) for seed in range(run.small(MEANT, 2))]
    return {"mean": second_half(data, n, drawn), "one": second_half(data, n, drawn[:1])}


@benchmark(plans=("NEXT", "SHOWN", "SIMPLY", "FLOW"))
def clips(run: Run, part: tuple[str, ...] = ("next", "convlstm", "simple", "flow")) -> Result:
    """How well the second half of moving digits is predicted, over black frames.

    next, convlstm: five minutes of training each. flow: twelve minutes; samples, and the mean of ten. simple: what
    needs no training.
    """
    torch.set_num_threads(1)
    data, judged = genwright.load_data("moving-mnist"), run.small(JUDGED, 8)

    def predicted(out: str, family: str, seed: int = 0, **options: object) -> dict[str, float]:
        model = run.fit(data, family, out, seed=seed, **options)
        return second_half(data, judged, [complete(model, data, judged)])

    frames = partial(predicted, family="next-frames", minutes=FRAMES_MINUTES)
    parts = {
        "next": {f"next {seed}": partial(frames, f"run-next-{seed}", seed=seed) for seed in TRAININGS},
        "convlstm": {"convlstm": partial(frames, "run-convlstm", preset="convlstm")},
        "simple": {name: partial(predicted, f"run-{name}", name) for name in SIMPLE},
        "flow": {"flow": partial(sampled, run, data, "flow")},
    }
    found = run.pieces(parts, part)
    if found is None:
        return None
    errors = [found[f"next {seed}"]["error"] for seed in TRAININGS]
    rows = [NEXT["next-frames"].row(np.mean(errors), se_of(np.array(errors)))]
    rows += [(SHOWN | SIMPLY)[name].row(found[name]["error"], found[name]["se"]) for name in ("convlstm", *SIMPLE)]
    return [*rows, *(FLOW[key].row(found["flow"][key]["error"], found["flow"][key]["se"]) for key in FLOW)], found


@benchmark(plans=("BODIES",))
def clips_bodies(run: Run) -> Result:
    """Flow matching over clips by two bodies, and a transformer over codes; twelve minutes of training each.

    In the folder of `clips`, the convolutional body is the one that was trained there.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("moving-mnist")
    ways = {"flow": {}, "transformer": {"preset": "transformer"}, "codes": {"family": "vq-vae", "preset": "small"}}
    found = {body: run.kept(body, partial(sampled, run, data, body, **ways[body])) for body in BODIES}
    return [plan.row(found[body]["mean"]["error"], found[body]["mean"]["se"]) for body, plan in BODIES.items()], found


# ---------------------------------------------------------------------- clips of a text

ASKED, GUIDANCE = 300, 2.0
BRIGHT = 50  # of 255: pixels that count for the centroid
SPEEDS, STARTS = 51, 37  # motions that a path is compared with, along each axis
BY = {"direction": ("of clips, by the centroid", ">= 0.8"), "digit": ("of clips, by a classifier", ">= 0.6")}
UNTRAINED = {"budget": "none", "minutes": 0.0}
WAYS = {  # family -> the words of its row, and how it is trained
    "flow-matching": ("", {}), "vq-vae": (", by a codec and a transformer over codes", {"preset": "small"}),
}  # fmt: skip
TEXT = plans(
    {(family, key): (f"one digit, its text given{way}: {key} right", by, bar)
     for family, (way, _) in WAYS.items() for key, (by, bar) in BY.items()}
    | {("real", key): (f"real test clips: {key} right", by, "shown", UNTRAINED) for key, (by, _) in BY.items()},
    system="G7", data="moving-digit", split="test", **TWELVE,
)  # fmt: skip


def centroids(clips: np.ndarray) -> np.ndarray:
    """Clips (n, T, H, W) -> (n, T, 2) row and column of what is bright."""
    mass = np.where(clips > BRIGHT, clips, 0).astype(np.float32)
    total, at = mass.sum((2, 3)).clip(1), np.arange(SIDE)
    return np.stack([mass.sum(3) @ at / total, mass.sum(2) @ at / total], 2)


def directions(clips: np.ndarray) -> np.ndarray:
    """Clips (n, T, H, W) -> (n,) rows of DIRECTIONS: the first motion of the centroid, walls allowed for."""
    speeds, starts = np.meshgrid(np.linspace(-SPEED[1], SPEED[1], SPEEDS), np.linspace(0, SIDE - DIGIT, STARTS))
    motions = bounce(starts.reshape(-1, 1) + speeds.reshape(-1, 1) * np.arange(FRAMES), SIDE - DIGIT)
    motions -= motions.mean(1, keepdims=True)
    first = lambda paths: speeds.ravel()[((motions**2).sum(1) - 2 * paths @ motions.T).argmin(1)]
    paths = centroids(clips)
    down, right = (first(paths[..., axis]) for axis in range(2))
    return np.rint(np.arctan2(down, right) / (np.pi / 2)).astype(int) % len(DIRECTIONS)


def digit_pixels(clips: np.ndarray) -> np.ndarray:
    """Clips (n, T, H, W) -> (n, D): the mean over frames of what is around the centroid."""
    half = DIGIT // 2
    around = np.pad(clips, ((0, 0), (0, 0), (half, half), (half, half)))
    cut = lambda frame, row, column: frame[row : row + DIGIT, column : column + DIGIT].ravel()
    places = np.rint(centroids(clips)).astype(int)
    return np.stack([np.mean([cut(f, *at) for f, at in zip(*clip)], 0) for clip in zip(around, places)])


def as_asked(texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) digits and (n,) rows of DIRECTIONS of texts "a 3 moving left"."""
    words = [text.split() for text in texts]
    return np.array([int(each[1]) for each in words]), np.array([DIRECTIONS.index(each[3]) for each in words])


@benchmark(plans=("TEXT",))
def clips_text(run: Run) -> Result:
    """Whether clips of one moving digit show what their text asks for: the digit, and where it moves first.

    Flow matching, and a transformer over codes, train for twelve minutes each. The direction follows from the
    centroid. The digit is that of a support vector machine, which learned from training clips.
    """
    torch.set_num_threads(1)
    data, n = genwright.load_data("moving-digit", given="caption"), run.small(ASKED, 8)
    grey = lambda clips: np.asarray(clips)[..., 0]
    texts = data.test.given["caption"][:n]
    digits, moved = as_asked(texts)

    def judged(draw: Callable[[], np.ndarray]) -> dict[str, float]:
        judge = SVC(C=10).fit(digit_pixels(grey(data.train)), as_asked(data.train.given["caption"])[0])
        clips = grey(draw())
        right = {"digit": judge.predict(digit_pixels(clips)) == digits, "direction": directions(clips) == moved}
        return {key: float(each.mean()) for key, each in right.items()} | {
            f"{key} se": se_of(each) for key, each in right.items()
        }

    def drawn(family: str) -> np.ndarray:
        model = run.fit(data, family, f"run-text-{family}", minutes=FLOW_MINUTES, **WAYS[family][1])
        return model.sample(n, given={"caption": texts}, seed=0, guidance=GUIDANCE)

    found = {family: run.kept(family, lambda way=family: judged(lambda: drawn(way))) for family in WAYS}
    found["real"] = run.kept("real", lambda: judged(lambda: data.test[:n]))
    return [plan.row(found[of][key], found[of][f"{key} se"]) for (of, key), plan in TEXT.items()], found


# ---------------------------------------------------------------------- structure in, content changed

STEERED, PIECE_MINUTES = 300, 5.0
CHANGED = [list(ATTRIBUTES).index(name) for name in ("colour", "ground")]
SAID = "edges of test images given, another colour and ground asked for"
CONTROL = plans(
    {
        "edges": (f"{SAID}: edges kept", "F1 at one pixel", ">= 0.8"),
        "content": (f"{SAID}: both as asked", "of images, by rule", ">= 0.7"),
        "shuffled": ("edges of these samples against those of other test images", "F1 at one pixel", "shown"),
    },
    system="G7", data="shapes", split="test", seeds=(0,), minutes=2 * PIECE_MINUTES,
    budget="five minutes of one core for the model, and five for its side",
)  # fmt: skip


def edge_agreement(some: torch.Tensor, others: torch.Tensor) -> np.ndarray:
    """(n,) F1 of edges (n, 1, H, W), where one pixel to the side counts as well."""
    near = lambda edges: torch.nn.functional.max_pool2d(edges, 3, 1, 1)
    share = lambda edges, of: (edges * near(of)).sum((1, 2, 3)) / edges.sum((1, 2, 3)).clamp(min=1)
    precision, recall = share(some, others), share(others, some)
    return (2 * precision * recall / (precision + recall).clamp(min=1e-9)).numpy()


@benchmark(plans=("CONTROL",))
def control(run: Run) -> Result:
    """Whether images keep the edges of others, and change what the text says of them.

    Flow matching trains for five minutes on `shapes` with captions; then a side network that sees edges, for five more.
    Each test image gives its edges, and its caption with another colour and another ground.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("shapes", given="caption")
    edges = lambda images: edges_of(torch.from_numpy(np.asarray(images).transpose(0, 3, 1, 2)), 256)

    def judged() -> dict[str, float]:
        run.fit(data, "flow-matching", "run-words", minutes=PIECE_MINUTES)
        steered = {"parent": run.folder / "run-words", "control": "edges"}
        model = run.fit(data, "flow-matching", "run-control", minutes=PIECE_MINUTES, **steered)
        images = random_images(data.test, run.small(STEERED, 8))
        asked, rng = parse_captions(images.given["caption"]), np.random.default_rng(0)
        for column in CHANGED:
            count = len(list(ATTRIBUTES.values())[column])
            asked[:, column] = (asked[:, column] + rng.integers(1, count, len(asked))) % count
        given = {"caption": [str(text) for text in longest_first(captions(asked))], "edges": np.asarray(images)}
        drawn = np.asarray(model.sample(len(images), given=given, seed=0, guidance=GUIDANCE))
        each = {
            "edges": edge_agreement(edges(drawn), edges(images)),
            "content": (read_attributes(drawn) == asked)[:, CHANGED].all(1),
            "shuffled": edge_agreement(edges(drawn), edges(images).roll(1, 0)),
        }
        return {k: float(v.mean()) for k, v in each.items()} | {f"{k} se": se_of(v) for k, v in each.items()}

    found = run.kept("control", judged)
    return [plan.row(found[key], found[f"{key} se"]) for key, plan in CONTROL.items()], found
