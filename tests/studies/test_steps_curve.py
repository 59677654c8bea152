"""Quality against steps: what is measured of a run, what is marked as useless, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import genwright
from genwright.core.errors import BudgetError, Unsupported
from genwright.core.sample_options import Effort
from genwright.measure.metric import Metric
from genwright.studies.steps_curve import StepsCurve, draw_curve, require_steps, steps_curve
from genwright.zoo import registry


class Ladder:
    """Needs at least 20 calls of heun, whose steps take two; better with more steps of anything."""

    config = {"kind": "images", "task": "generate", "family": "ladder"}
    sample_options = SimpleNamespace(name="steps"), SimpleNamespace(name="sampler", choices=("ddim", "heun"))

    def effort(self, steps, sampler):
        return Effort(steps, 2 * steps - 1 if sampler == "heun" else steps, sampler)


class Judge:
    TITLES, HEADLINE = {"frechet": ("Frechet distance", "", "")}, {"samples": "frechet"}

    def __init__(self, data, seed, sizes):
        self.n = sizes["samples"]

    def quality(self, model, steps, sampler):
        value = 300.0 if sampler == "heun" and steps < 10 else 1 + 1 / steps
        return Metric(value, 0.01, "estimate", "samples", "FD", self.n, "lower")


@pytest.fixture
def curve(monkeypatch):
    monkeypatch.setattr(registry, "suite_class", lambda data: Judge)
    return steps_curve(Ladder(), None, 64)


def test_each_sampler_is_measured_at_the_calls_that_its_steps_take(curve):
    found = [(point.sampler, point.steps, point.calls) for point in curve.points]
    assert found == [
        *(("ddim", calls, calls) for calls in (5, 10, 20, 50)),
        *(("heun", steps, calls) for steps, calls in ((3, 5), (5, 9), (10, 19), (25, 49))),
    ]
    assert all(point.metric.n == 64 for point in curve.points)


def test_what_is_useless_is_marked_and_does_not_set_the_scale(curve, tmp_path):
    assert [(point.sampler, point.calls) for point in curve.useless] == [("heun", 5), ("heun", 9)]
    lines = curve.describe()
    assert lines[0].startswith("Frechet distance of 64 samples") and sum("useless" in line for line in lines) == 2
    assert lines[-1] == "Best: ddim with 50 calls (1.02). Within 10% of it by the fewest calls: ddim with 10 calls."
    assert Image.open(draw_curve(curve, tmp_path / "curve.png")).width > 700


@pytest.mark.long
def test_a_run_is_measured_by_the_suite_of_its_data(monkeypatch):
    rng = np.random.default_rng(0)
    data = genwright.load_data((rng.integers(0, 255, (200, 8, 8)).astype(np.uint8), np.arange(200) % 2))
    model = genwright.fit(data, "flow-matching", preset="tiny", items=640, progress=False)
    monkeypatch.setattr("genwright.studies.steps_curve.CALLS", (2, 4))
    found = steps_curve(model, data, 50)
    assert isinstance(found, StepsCurve) and {point.calls for point in found.points} <= {1, 2, 3, 4}
    assert all(np.isfinite(point.metric.value) for point in found.points)
    chosen = found.points[0]
    x = model.sample(50, given=data.tensors("test").given[np.arange(50) % len(data.test)], seed=0,
                     steps=chosen.steps, sampler=chosen.sampler)  # fmt: skip
    assert len(x) == chosen.metric.n


def test_what_has_no_steps_and_too_few_items_are_refused():
    one_call = SimpleNamespace(config=Ladder.config, sample_options=())
    with pytest.raises(Unsupported):
        require_steps(one_call)
    with pytest.raises(BudgetError):
        steps_curve(Ladder(), None, 3)
