# Tests private/families/marginals.py, private/zoo/cards.py
"""Private models behind the verbs: their law, and what a run keeps of its rows."""

import tomllib

import numpy as np
import pandas as pd
import pytest
import torch

import genwright
from genwright.core.draws import Draws
from genwright.core.spec import Category, Ordered, Spec
from genwright.core.trainable import Items
from genwright.private.contract import VALUES, made_rows
from genwright.private.families.marginals import PrivateMarginals
from genwright.private.privacy.accountant import Budget

NONE = Spec(())


class Domain:
    budget = Budget(5.0, 1e-5)


def test_masses_of_all_rows_sum_to_one_and_are_those_of_samples():
    spec = Spec((("a", Ordered(40, optional=True)), ("b", Category(3)), ("c", Category(2, optional=True))))
    rng = np.random.default_rng(0)
    a = rng.integers(0, 40, 4_000).astype(float)
    x = np.stack([np.where(rng.random(4_000) < 0.1, np.nan, a), (a > 20) * 2.0, (a > 30) * 1.0], 1)
    family = PrivateMarginals(spec, NONE, 2, 6)
    family.attach_domain(Domain())
    family.finish(Items(torch.tensor(x).float(), torch.zeros(4_000, 0)), Draws(0))
    every = torch.tensor([[i, j, k] for i in [*range(40), np.nan] for j in range(3) for k in (0, 1, np.nan)])
    nats, _ = family.log_likelihood(every.float(), torch.zeros(len(every), 0), Draws(0))
    assert nats.double().exp().sum().item() == pytest.approx(1, abs=1e-5)
    drawn = family.sample(4_000, torch.zeros(4_000, 0), Draws(1))
    assert spec.holds(drawn)
    mass = nats.exp()[every[:, 1] == 2].sum().item()
    assert (drawn[:, 1] == 2).double().mean().item() == pytest.approx(mass, abs=0.03)
    again = PrivateMarginals(spec, NONE, 2, 6)
    for name, value in family.state_dict().items():
        setattr(again, name, value)
    draws = [one.sample(9, torch.zeros(9, 0), Draws(2)).nan_to_num(-1) for one in (family, again)]
    assert again.flaw() == "" and torch.equal(*draws)
    again.masses = again.masses * 2
    assert again.flaw()


def test_a_run_keeps_nothing_but_noisy_tables(tmp_path):
    """Of two tables that differ in every row, all files but the weights say the same, times aside."""
    (tmp_path / "values.toml").write_text(VALUES)
    rows = made_rows(400)
    others = rows.assign(age=97, sector="other", member="yes", size=0.0)
    for name, frame in (("one", rows), ("other", others)):
        data = genwright.load_data(frame, epsilon=1, values=tmp_path / "values.toml")
        genwright.fit(data, "private-marginals", out=tmp_path / name, progress=False)
    names = lambda run: sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())
    assert names(tmp_path / "one") == names(tmp_path / "other")
    for name in names(tmp_path / "one"):
        if not name.endswith((".safetensors", ".process.json", ".lock")):  # noisy tables; times of the process
            said = [_without_times(name, (tmp_path / run / name).read_text()) for run in ("one", "other")]
            assert said[0] == said[1], name


def _without_times(name: str, text: str) -> object:
    if name.endswith(".toml"):
        return {key: value for key, value in tomllib.loads(text).items() if key not in ("outcome", "machine")}
    return [line for line in text.splitlines() if not line.startswith(("* Time", "<!-- written"))]


def test_two_trainings_have_other_noise(tmp_path):
    (tmp_path / "values.toml").write_text(VALUES)
    data = genwright.load_data(made_rows(400), epsilon=1, values=tmp_path / "values.toml")
    one, other = (genwright.fit(data, "private-independent", progress=False) for _ in range(2))
    assert not torch.equal(one.family.masses, other.family.masses)
    assert isinstance(one.sample(5), pd.DataFrame)
