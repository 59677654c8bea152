"""On an NVIDIA GPU, where there is one: a model says what it says on the processor, and repeats itself to the bit."""

import numpy as np
import pandas as pd
import pytest
import torch
from killing import Killed, killed_at
from on_a_gpu import GOLDEN, LABELS, alike, predicts, says

import genwright
from genwright.contract.small_data import ask, small_data
from genwright.run.open import load_model
from genwright.run.predictor import Predictor
from genwright.training.loop import Trainer
from genwright.zoo import registry

GPU = "cuda"
NEAR = 1e-3  # how far a sum may move that is taken in another order
DRAWN = {"recommend-pinsage"}  # predictors that walk at random
KILLED = ["images-gan", "images-vae", "nodes-gcn", "sequences-autoregressive", "tables-flow"]

if not torch.cuda.is_available():  # once, not for each of hundreds of tests
    pytest.skip("there is no NVIDIA GPU", allow_module_level=True)


@pytest.fixture(scope="module")
def data_of():
    made = {}

    def data(label: str):
        if label in ("molecules", "properties"):
            pytest.importorskip("rdkit")
        return made.setdefault(label, made.get(label) or small_data(label))

    return data


def fitted(name: str, data, **options):
    row = next(row for row in registry.ROWS if f"{row.label}-{row.family}" == name)
    options |= {"task": row.label} if predicts(row.label) else {}
    options |= {"preset": "tiny"} if registry.presets(row) else {}
    return genwright.fit(data, row.family, steps=6, device=GPU, progress=False, **options)


def near(a, b) -> bool:
    if isinstance(a, pd.DataFrame):
        return list(a) == list(b) and all(near(a[name], b[name]) for name in a)
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind in "fiu":
        return np.allclose(a, b, rtol=NEAR, atol=NEAR, equal_nan=True)
    return a.shape == b.shape and bool((a == b).mean() > 0.95)  # a class may turn where two are as likely


def same_weights(a, b) -> bool:
    """To the bit."""
    a, b = a.family.state_dict(), b.family.state_dict()
    return a.keys() == b.keys() and all(
        torch.equal(a[name].cpu().nan_to_num(), b[name].cpu().nan_to_num()) for name in a
    )


@pytest.mark.parametrize("name", LABELS)
def test_a_model_says_there_what_it_says_on_the_processor(name, data_of):
    """What no draw decides: predictions and exact densities."""
    data, said = data_of(LABELS[name]), []
    if name in DRAWN:
        pytest.skip("draws decide what it says")
    for device in ("cpu", GPU):
        model = load_model(GOLDEN / name, device)
        if isinstance(model, Predictor):
            said.append({verb: ask(model, verb, data) for verb in model.verbs})
        elif model.has("log_prob") and model.family.kind == "exact":
            said.append({"log_prob": model.log_prob(data.test[:3]).nats})
        else:
            pytest.skip("draws decide what it says")
    for verb in said[0]:
        assert near(said[0][verb], said[1][verb]), verb


@pytest.mark.parametrize("name", LABELS)
def test_a_model_repeats_itself_there(name, data_of):
    data = data_of(LABELS[name])
    one, two = (says(load_model(GOLDEN / name, GPU), data) for _ in range(2))
    for verb in one:
        assert alike(one[verb], two[verb], 0.0), verb


@pytest.mark.parametrize("name", LABELS)
def test_a_run_repeats_itself_there_and_opens_on_the_processor(name, data_of, tmp_path):
    data = data_of(LABELS[name])
    model = fitted(name, data, out=tmp_path / "run")
    task = {"task": LABELS[name]} if predicts(LABELS[name]) else {}
    again = genwright.fit(data, replay=tmp_path / "run", progress=False, **task)
    assert same_weights(model, again)
    assert same_weights(model, load_model(tmp_path / "run", "cpu"))


@pytest.mark.parametrize("name", KILLED)
def test_a_killed_run_goes_on_there_to_the_same_bits(name, data_of, tmp_path, monkeypatch):
    data = data_of(LABELS[name])
    whole = fitted(name, data, out=tmp_path / "whole")
    with killed_at(monkeypatch, Trainer, "_step", 4), pytest.raises(Killed):
        fitted(name, data, out=tmp_path / "run", checkpoint_seconds=0.0)
    assert same_weights(whole, fitted(name, data, out=tmp_path / "run"))
