"""Finite weights with which the arithmetic overflows give a sentence, not numbers that are none."""

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


@pytest.mark.parametrize("verb", ["log_prob", "compress"])
def test_a_number_that_is_not_finite_is_a_sentence(model, verb):
    model, table = model
    assert all(parameter.isfinite().all() for parameter in model.family.parameters())
    with pytest.raises(RunError):
        getattr(model, verb)(table)
