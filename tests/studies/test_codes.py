"""What is measured of codes: on all test items, of the codebook that is used least."""

import numpy as np
import pytest
import torch

import genwright
from genwright.contract.small_data import small_data
from genwright.studies.measures import codes_of_test, perplexity, usage


@pytest.fixture(scope="module")
def fitted():
    data = small_data("images")
    return genwright.fit(data, "vq-vae-2", preset="tiny", items=300, progress=False), data


def test_perplexity_is_of_all_test_codes_and_of_the_level_that_uses_fewest(fitted, monkeypatch):
    model, data = fitted
    codes = codes_of_test(model, data)
    assert len(codes) == len(data.tensors("test")) and codes.shape[1] == 4 + 16
    found = []
    for part in (codes[:, :4], codes[:, 4:]):
        share = np.bincount(part.flatten().long(), minlength=16) / part.numel()
        found.append(np.exp(-sum(p * np.log(p) for p in share if p)))
    metric = perplexity(model, data)
    assert metric.value == pytest.approx(100 * min(found) / 16) and metric.n == len(codes)
    assert f"top: {found[0]:.1f} of 16" in metric.detail and f"bottom: {found[1]:.1f} of 16" in metric.detail
    named = min(len(part.unique()) for part in (codes[:, :4], codes[:, 4:]))
    assert usage(model, data).value == pytest.approx(100 * named / 16)
    monkeypatch.setattr(model.family.codec, "encode", lambda x: torch.zeros(len(x), 20))
    assert perplexity(model, data).value == pytest.approx(100 / 16) == usage(model, data).value
