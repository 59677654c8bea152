"""Clips whose second half is predicted (row G7)."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from bars import Run, benchmark, plans
from common import Result, se_of

import genwright
from genwright.core.data import Data
from genwright.measure.metrics.clips import errors_over_black
from genwright.run.model import Model

TRAININGS = (0, 1, 2)  # seeds
FRAMES_MINUTES, FLOW_MINUTES = 5.0, 12.0
JUDGED, DRAWN, MEANT = 200, 100, 10  # test clips of predictions and of samples, samples of a mean
SIMPLE = {"copy-last": "the last known frame", "mean-frame": "the mean training frame"}
PREDICTED = dict(system="G7", data="moving-mnist", split="test", metric="squared error over that of black frames")


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
    seeds=(0,), minutes=FLOW_MINUTES, budget="twelve minutes of one core, in items",
)  # fmt: skip


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


@benchmark(plans=("NEXT", "SHOWN", "SIMPLY", "FLOW"), tiny={"part": ("next", "convlstm", "simple")})
def clips(run: Run, part: tuple[str, ...] = ("next", "convlstm", "simple", "flow")) -> Result:
    """How well the second half of moving digits is predicted, over black frames.

    next, convlstm: five minutes of training each. flow: twelve minutes; samples, and the mean of ten. simple: what
    needs no training.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("moving-mnist")

    def predicted(out: str, family: str, seed: int = 0, **options: object) -> dict[str, float]:
        model = run.fit(data, family, out, seed=seed, **options)
        return second_half(data, JUDGED, [complete(model, data, JUDGED)])

    def sampled() -> dict[str, dict[str, float]]:
        model = run.fit(data, "flow-matching", "run-flow", minutes=FLOW_MINUTES)
        drawn = [complete(model, data, DRAWN, seed) for seed in range(MEANT)]
        return {"mean": second_half(data, DRAWN, drawn), "one": second_half(data, DRAWN, drawn[:1])}

    frames = partial(predicted, family="next-frames", minutes=FRAMES_MINUTES)
    parts = {
        "next": {f"next {seed}": partial(frames, f"run-next-{seed}", seed=seed) for seed in TRAININGS},
        "convlstm": {"convlstm": partial(frames, "run-convlstm", preset="convlstm")},
        "simple": {name: partial(predicted, f"run-{name}", name) for name in SIMPLE},
        "flow": {"flow": sampled},
    }
    found = run.pieces(parts, part)
    if found is None:
        return None
    errors = [found[f"next {seed}"]["error"] for seed in TRAININGS]
    rows = [NEXT["next-frames"].row(np.mean(errors), se_of(np.array(errors)))]
    rows += [(SHOWN | SIMPLY)[name].row(found[name]["error"], found[name]["se"]) for name in ("convlstm", *SIMPLE)]
    return [*rows, *(FLOW[key].row(found["flow"][key]["error"], found["flow"][key]["se"]) for key in FLOW)], found
