"""Finite weights with which the arithmetic overflows give a sentence, not numbers that are none."""

from pathlib import Path

import pandas as pd
import pytest
import torch

import genwright as gw
from genwright.core.errors import RunError


@pytest.fixture(scope="module", params=["autoregressive", "vae"])
def model(request):
    table = pd.DataFrame({"a": [k % 7 for k in range(60)], "b": list("xyz") * 20})
    model = gw.fit(table, request.param, preset="tiny", items=16, progress=False)
    with torch.no_grad():
        for parameter in model.family.parameters():
            parameter *= 1e30
    return model, table


@pytest.mark.parametrize("verb", ["log_prob", "compress", "sample", "complete"])
def test_a_number_that_is_not_finite_is_a_sentence(model, verb):
    model, table = model
    table = 3 if verb == "sample" else table.assign(b=None) if verb == "complete" else table
    assert all(parameter.isfinite().all() for parameter in model.family.parameters())
    with pytest.raises(RunError):
        getattr(model, verb)(table)


STORED = Path(__file__).parents[1] / "golden/format-5"
DRAWING = [
    "images-flow", "images-gan", "images-vae", "sequences-autoregressive", "sequences-discrete-diffusion",
    "tables-diffusion", "tables-vae", "points-equivariant-diffusion", "graph-sets-gran", "graph-sets-graph-rnn",
    "graph-sets-graph-vae", "graph-sets-discrete-diffusion", "audio-autoregressive", "music-vae",
]  # fmt: skip


@pytest.mark.parametrize("name", DRAWING)
def test_no_family_draws_of_probabilities_that_are_none(name):
    model = gw.load_model(STORED / name)
    with torch.no_grad():
        for parameter in model.family.parameters():
            parameter *= 1e30
    with pytest.raises(RunError):
        model.sample(3, seed=0)
