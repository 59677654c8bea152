# Tests studies/measures.py
"""Nats a symbol of a text: over windows that do not overlap, and with half a window before each symbol at least."""

from types import SimpleNamespace

import pytest
import torch

import genwright
from genwright.core.likelihood import Likelihood
from genwright.studies.measures import nats_per_symbol, nats_with_context


def test_context_counts_second_halves_of_windows_that_overlap():
    data = genwright.load_data(["abcdefgh" * 300], windows=16)
    cost = torch.cat([torch.full((8,), 9.0), torch.linspace(1, 2, 8)])  # of each place of a window
    seen = []

    def head(said, x):
        seen.append(x)
        return -cost.expand(len(x), -1)

    family = SimpleNamespace(network=lambda x, given: None, head=SimpleNamespace(log_prob=head))
    model = SimpleNamespace(family=family, spec=data.domain.spec, device=torch.device("cpu"))
    found, test = nats_with_context(model, data), data.tensors("test").x
    assert found.value == pytest.approx(1.5) and found.n == 2 * len(test) - 1
    windows = torch.cat(seen)
    assert torch.equal(windows[::2], test) and torch.equal(windows[1, :8], test[0, 8:])


def test_nats_per_symbol_is_a_ratio_of_sums():
    said = lambda items: Likelihood(torch.tensor([-6.0, -2.0]).numpy(), "exact", "mass", torch.tensor([2, 6]).numpy())
    found = nats_per_symbol(SimpleNamespace(log_prob=said), SimpleNamespace(test=["ab", "abcdef"]))
    assert found.value == 1.0 and found.kind == "exact"
