# Tests run/trained_model.py
"""A run that begins with the weights of another."""

import tomllib
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
import torch
from killing import Killed, killed_at

import genwright
from genwright.core.errors import BudgetError, DataError, RunError
from genwright.run.trained_model import digest_of
from genwright.training.checkpoints import Store


def frame(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    size = rng.normal(3, 2, n).round(3)
    return pd.DataFrame({"size": size, "kind": np.where(size + rng.normal(size=n) > 3, "up", "down")})


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parent") / "run"
    data = genwright.load_data(frame(800, 0))
    return genwright.fit(data, "vae", preset="tiny", items=20_000, out=folder, progress=False), folder


@pytest.fixture(scope="module")
def more():
    return genwright.load_data(frame(500, 1))


@pytest.mark.long
def test_it_goes_on_from_where_the_parent_ended(first, more, tmp_path):
    model, folder = first
    child = genwright.fit(more, items=256, parent=folder, out=tmp_path / "child", progress=False)
    fresh = genwright.fit(more, "vae", preset="tiny", items=256, progress=False)
    nats = [one.log_prob(more.test, seed=0).mean().value for one in (model, child, fresh)]
    assert abs(nats[1] - nats[0]) < 0.1 < nats[1] - nats[2]
    assert not torch.equal(*(next(one.family.parameters()) for one in (model, child)))
    record = tomllib.loads((tmp_path / "child" / "config.toml").read_text())
    weights = sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    assert record["parent"] == {"run": str(folder), "digest": digest_of(model), "weights": weights, "pace": 0.1}
    few = {"batch": min(model.config["recipe"]["batch"], max(16, len(more.train) // 128 * 8))}
    assert record["recipe"] == model.config["recipe"] | few and child.domain.to_json() == model.domain.to_json()


@pytest.mark.long
def test_it_opens_goes_on_and_is_repeated(first, more, tmp_path):
    _, folder = first
    options = {"items": 640, "progress": False}
    child = genwright.fit(more, parent=folder, out=tmp_path / "a", **options)
    again = genwright.fit(more, parent=folder, out=tmp_path / "a", **options)  # opens what is there
    replayed = genwright.fit(more, replay=tmp_path / "a", progress=False)
    opened = genwright.load_model(tmp_path / "a")
    for other in (again, replayed, opened):
        assert all(torch.equal(a, b) for a, b in zip(child.family.parameters(), other.family.parameters()))
    with pytest.raises(RunError, match="another run"):
        genwright.fit(more, "vae", preset="tiny", out=tmp_path / "a", **options)
    with pytest.raises(RunError):
        genwright.fit(more, parent=folder, pace=0.5, out=tmp_path / "a", **options)


@pytest.mark.long
def test_a_run_of_lines_is_tuned_to_a_few_and_goes_on_to_the_same_bits(tmp_path):
    rng = np.random.default_rng(0)
    lines = lambda letters, n: ["".join(rng.choice(list(letters), rng.integers(3, 9))) for _ in range(n)]
    folder, options = tmp_path / "wide", {"progress": False, "out": tmp_path / "child"}
    wide = genwright.fit(lines("abcd", 600), "autoregressive", preset="tiny", items=6_000, out=folder, progress=False)
    few, new = genwright.load_data(lines("aad", 60)), lines("aad", 200)
    child = genwright.fit(few, parent=folder, items=12_800, pace=0.5, **options)
    before, after = (model.log_prob(new).nats.mean() for model in (wide, child))
    assert after > before + 1.0 and child.domain.to_json() == wide.domain.to_json()
    replayed = genwright.fit(few, replay=tmp_path / "child", progress=False)
    (tmp_path / "child" / "weights.safetensors").unlink()  # made again, from the last checkpoint
    again = genwright.fit(few, parent=folder, items=12_800, pace=0.5, **options)
    for other in (replayed, again):
        assert all(torch.equal(a, b) for a, b in zip(child.family.parameters(), other.family.parameters()))


@pytest.mark.long
def test_killed_it_ends_with_the_bits_of_one_that_lived(first, more, tmp_path, monkeypatch):
    _, folder = first
    child = lambda name: genwright.fit(
        more, parent=folder, items=2_560, out=tmp_path / name, progress=False, checkpoint_seconds=0
    )
    whole = child("whole")
    with killed_at(monkeypatch, Store, "save", 3), pytest.raises(Killed):
        child("killed")
    assert not (tmp_path / "killed" / "weights.safetensors").exists()
    again = child("killed")
    assert all(torch.equal(a, b) for a, b in zip(whole.family.parameters(), again.family.parameters()))


def test_what_cannot_be_begun_from_is_refused(first, more, tmp_path):
    _, folder = first
    with pytest.raises(RunError):
        genwright.fit(more, "flow", parent=folder, progress=False)
    with pytest.raises(BudgetError, match="leave preset out"):
        genwright.fit(more, preset="small", parent=folder, progress=False)
    with pytest.raises(BudgetError, match="parent"):
        genwright.fit(more, "vae", pace=0.5, progress=False)
    with pytest.raises(BudgetError):
        genwright.fit(more, parent=folder, pace=0.0, progress=False)
    with pytest.raises(DataError, match="size"):
        genwright.fit(frame(300, 2).rename(columns={"size": "length"}), parent=folder, progress=False)
    with pytest.raises(RunError):
        genwright.fit("digits", parent=folder, progress=False)
    genwright.fit(more, "independent", out=tmp_path / "counts", progress=False)
    with pytest.raises(RunError):
        genwright.fit(more, parent=tmp_path / "counts", progress=False)
    model = genwright.fit(more, parent=folder, items=64, out=tmp_path / "b", progress=False)
    (tmp_path / "c").mkdir()
    other = genwright.fit(more, "vae", preset="tiny", items=64, out=tmp_path / "c" / "run", progress=False)
    record = model.config | {"parent": model.config["parent"] | {"run": str(tmp_path / "c" / "run")}}
    assert digest_of(other) != record["parent"]["digest"]
    gone = model.config | {"parent": model.config["parent"] | {"run": str(tmp_path / "gone")}}
    with pytest.raises(RunError, match="gone is not a run.*if the one begun from was moved, name its folder by --from"):
        genwright.fit(more, replay=gone, progress=False)
    for moved in ({"replay": record}, {"replay": gone, "parent": tmp_path / "c" / "run"}):
        with pytest.raises(RunError, match="another run"):
            genwright.fit(more, **moved, progress=False)
    again = genwright.fit(more, replay=gone, parent=folder, progress=False)
    assert digest_of(again) == digest_of(model) and again.config["parent"] == model.config["parent"]
    assert all(torch.equal(a, b) for a, b in zip(model.family.parameters(), again.family.parameters()))
