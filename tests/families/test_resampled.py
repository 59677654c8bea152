"""RePaint: completions by a denoiser of whole items, on a Gaussian whose conditional is known."""

from pathlib import Path

import numpy as np
import pytest
import torch
from test_samplers import COV, MEAN, denoise
from typed_commands import type_command

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError, Unsupported
from genwright.core.spec import Real, Spec
from genwright.families.diffusion.diffusion import Diffusion
from genwright.families.diffusion.flow_matching import FlowMatching
from genwright.families.diffusion.samplers import (
    SAMPLERS,
    added_path,
    annealed_langevin,
    hold_known,
    karras,
    repaint,
    run_to_end,
)

RUNS = Path(__file__).parents[1] / "golden" / "format-5"
SEEN = 2.0  # the first coordinate, where it is known
THEN = MEAN[1] + COV[0, 1] / COV[0, 0] * (SEEN - MEAN[0]), COV[1, 1] - COV[0, 1] ** 2 / COV[0, 0]
PAIR = Spec((("x", Real(shape=(2,))),))
N = 2_000
HALF = np.zeros((1, 8, 8)), np.arange(8)[:, None].repeat(8, 1) < 4  # an image, and what is known of it


class Exact(torch.nn.Module):
    """The network of a model that learned this Gaussian from whole items: it does not look at what is known. predicts:
    "velocity" or "v"."""

    def __init__(self, predicts):
        super().__init__()
        self.predicts = predicts

    def forward(self, z, clock, given, known_values, known):
        assert known is None
        clock = float(clock[0])
        if self.predicts == "velocity":
            d, n = denoise(z, clock, 1 - clock)
            return d - n
        alpha, sigma = np.cos(clock * np.pi / 2), np.sin(clock * np.pi / 2)
        d, n = denoise(z, alpha, sigma)
        return alpha * n - sigma * d


class Matching(FlowMatching):
    learns_known = False


def matching(steps=25):
    return Matching(PAIR, Spec(()), Exact("velocity"), 2 * steps, 8).eval()


def diffusion(steps=100):
    return Diffusion(PAIR, Spec(()), Exact("v"), "cosine", 1000, "v", "simple", "ddim", steps, 16).eval()


def fill(model, known, n=N, seed=0, **options):
    x, none = torch.tensor([SEEN, torch.nan]).expand(n, 2), torch.zeros(n, 0)
    return model.fill(x, torch.tensor(known).expand(n, 2), none, Draws(seed), **options)


def close(x, mean, variance):
    """Without resampling the mean is 0.26 off, the variance 0.09."""
    return abs(x.mean() - mean) < 0.07 and abs(x.var() - variance) < 0.045


@pytest.mark.parametrize("name", [*SAMPLERS, "langevin"])
def test_the_unknown_part_follows_its_conditional(name):
    sampler = SAMPLERS.get(name) or (lambda *walk: annealed_langevin(*walk, repeats=5, step=0.4))
    path = added_path(karras(0.02, 40.0, 75 if name in SAMPLERS else 25))
    x, known = torch.tensor([SEEN, 0.0]), torch.tensor([True, False])
    start = torch.where(known, x, 0.0) + 40 * Draws(0).normal(N, 2)
    z = run_to_end(repaint(sampler, hold_known(denoise, x, known), start, path, Draws(1).normal))
    assert close(z[:, 1], *THEN), (z[:, 1].mean(), z[:, 1].var())
    once = run_to_end(repaint(sampler, hold_known(denoise, x, known), start, path, Draws(1).normal, repeats=1))
    assert name == "langevin" or not close(once[:, 1], *THEN)


@torch.no_grad()
@pytest.mark.parametrize("make", [matching, diffusion])
def test_completions_of_models_follow_the_conditional_and_keep_the_known_part(make):
    filled = fill(make(), [True, False], method="resample")
    assert (filled[:, 0] == SEEN).all() and close(filled[:, 1], *THEN), (filled[:, 1].mean(), filled[:, 1].var())
    few = [fill(make(), [True, False], 20, seed, method="resample", steps=4) for seed in (0, 0, 1)]
    assert torch.equal(few[0], few[1]) and not torch.equal(few[0], few[2])


@torch.no_grad()
def test_where_nothing_is_known_it_draws_as_sample_does():
    filled = fill(matching(), [False, False])
    assert (filled.mean(0) - MEAN).abs().max() < 0.07 and (torch.cov(filled.T) - COV).abs().max() < 0.07


def test_a_model_that_was_not_trained_for_it_resamples_unasked():
    with torch.no_grad():
        plain = fill(matching(4), [True, False], 20)
        assert torch.equal(plain, fill(matching(4), [True, False], 20, method="resample"))
    assert matching().describe_method().startswith("resample") and diffusion().describe_method().startswith("trained")
    (method,) = [option for option in matching().complete_options if option.name == "method"]
    with pytest.raises(DataError):
        method.check("trained")


def test_the_method_is_chosen_recorded_and_refused_where_it_does_not_fit(tmp_path):
    run, out = RUNS / "tables-flow-matching", tmp_path / "filled.csv"
    model = genwright.load_model(run)
    holes = model.sample(20, seed=0)
    holes.iloc[::2, 0] = None
    usual = model.complete(holes, seed=1)
    trained, again = (model.complete(holes, seed=1, method=method) for method in ("trained", "resample"))
    assert usual.equals(trained) and not usual.equals(again)
    assert [done.attrs["method"].split(":")[0] for done in (usual, again)] == ["trained", "resample"]
    holes.to_csv(tmp_path / "holes.csv", index=False)
    typed = f"complete {run} {tmp_path / 'holes.csv'} --seed 1 --method resample --out {out}".split()
    done = type_command(*typed)
    assert done.exit_code == 0 and "resample" in done.output, done.output or done.error
    with pytest.raises(DataError):
        model.complete(holes, method="repaint")
    with pytest.raises(Unsupported):
        model.sample(1, method="resample")
    with pytest.raises(Unsupported):
        genwright.load_model(RUNS / "images-latent-diffusion").complete(*HALF, method="resample")
