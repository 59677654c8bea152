"""A sampler and a guidance rule that an installed package adds: models take them by name."""

from pathlib import Path

import numpy as np
import pytest
from installed import entry_points_of
from typed_commands import type_command

import genwright
from genwright.core import packages
from genwright.core.errors import DataError
from genwright.families import guidance
from genwright.families.diffusion import samplers

RUN = Path(__file__).parents[1] / "golden" / "format-5" / "images-flow-matching"


def leap(denoise, z, path, noise):
    """From each level to what is expected there, with new noise."""
    for (alpha, sigma), (alpha_after, sigma_after) in zip(path.tolist(), path.tolist()[1:]):
        d, _ = denoise(z, alpha, sigma)
        z = alpha_after * d + sigma_after * noise(z.shape)
        yield z, d


class Package:
    value = "leaps"

    def load(self):
        return self.register

    def register(self):
        genwright.register_sampler("leap", leap)
        genwright.register_guidance("instead", lambda found, away, guidance: away)


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setattr(samplers, "SAMPLERS", dict(samplers.SAMPLERS))
    monkeypatch.setattr(guidance, "RULES", dict(guidance.RULES))
    monkeypatch.setattr(packages, "entry_points", entry_points_of(Package()))
    packages.load_plugins.cache_clear()
    yield genwright.load_model(RUN)
    packages.load_plugins.cache_clear()


def test_a_sampler_of_others_samples_and_completes(model):
    options = {option.name: option for option in model.sample_options}
    assert "leap" in options["sampler"].choices and model.effort(steps=3, sampler="leap").network_calls == 3
    x = np.asarray(model.sample(2, seed=0, steps=1, sampler="leap"))
    assert (x == np.asarray(model.sample(2, seed=0, steps=1, sampler="ddim"))).all()  # both go to what is expected
    assert (x != np.asarray(model.sample(2, seed=0, steps=3, sampler="leap"))).any()
    known = np.zeros(x.shape, bool)
    known[:, :4] = True
    assert (np.asarray(model.complete(x, known, seed=0, steps=3, sampler="leap"))[known] == x[known]).all()


def test_a_guidance_rule_of_others_steers(model):
    a, b = ({"label": label} for label in model.domain.labels[:2])
    draw = lambda given, **options: np.asarray(model.sample(2, given=given, seed=0, steps=3, **options))
    steered = draw(a, guidance=2.0, against=b, guidance_rule="instead")
    assert (steered == draw(b)).all() and (steered != draw(a, guidance=2.0, against=b)).any()
    for wrong in ({"guidance": 2.0, "guidance_rule": "unheard-of"}, {"guidance_rule": "instead"}):
        with pytest.raises(DataError, match="guidance"):
            draw(a, **wrong)


def test_the_command_line_takes_both_by_name(model, tmp_path):
    a, b = model.domain.labels[:2]
    typed = f"--sampler leap --steps 3 --guidance 2 --guidance-rule instead --given label={a} --against label={b}"
    command = ["sample", str(RUN), "-n", "2", "--seed", "0", *typed.split(), "--out", str(tmp_path / "new.npz")]
    done = type_command(*command)
    assert done.exit_code == 0 and "3 steps of leap, 6 network calls" in done.output, done.output
    drawn = np.asarray(model.sample(2, given={"label": b}, seed=0, steps=3, sampler="leap"))
    assert (np.load(tmp_path / "new.npz")["x"] == drawn).all()


def test_names_that_are_taken_are_refused(model):
    for register, name in ((genwright.register_sampler, "heun"), (genwright.register_guidance, "linear")):
        with pytest.raises(DataError, match=name):
            register(name, leap)
