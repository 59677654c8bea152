# Tests run/peak_memory.py
"""Baselines are fitted, and sample, in memory that grows with the items alone."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch

import genwright
from genwright.core.data import Data
from genwright.core.draws import Draws
from genwright.core.graph import Graph
from genwright.graphs.networks.features import SparseRows
from genwright.molecules.families.properties import MoleculesContext
from genwright.molecules.families.uncertainty import bits
from genwright.run.peak_memory import PeakMemory
from genwright.zoo import registry

ROWS, BLOCK = 100_000, 512  # items, and how many of them a verb takes at a time
TIMES, CONSTANT = 3, 96  # MiB: what is allowed is so many times the items' size, and this for blocks of them
SLOW = "trees", "mixture"


@cache
def large(kind: str) -> Data:
    """Made data of a kind, those of tables and images with a label that is given."""
    rng, n = np.random.default_rng(0), ROWS
    if kind == "tables":
        x = rng.normal(size=(n, 3)) @ rng.normal(size=(3, 3))
        numbers = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2].round(1), "d": rng.integers(0, 200, n)}
        return genwright.load_data(pd.DataFrame(numbers | {"group": rng.choice(list("xyz"), n)}), given="group")
    if kind == "sequences":
        different = ["".join(line) for line in rng.choice(list("abcdef"), (1_000, 20))]
        return genwright.load_data(list(rng.choice(different, n)))
    images, labels = rng.integers(0, 256, (n, 8, 8), dtype=np.uint8), rng.integers(0, 3, n)
    return genwright.load_data((images, labels), given="label")


def rows():
    for row in registry.ROWS:
        if row.kind in ("tables", "sequences", "images") and row.task == registry.GENERATE and row.baseline:
            slow = row.family in SLOW or row.kind == "images"  # the same code serves tables
            yield pytest.param(row, id=f"{row.kind}-{row.family}", marks=[pytest.mark.long] * slow)


@pytest.mark.long
@pytest.mark.parametrize("row", rows())
def test_a_baseline_takes_memory_in_proportion_to_its_items(row):
    data = large(row.kind)
    items, domain = data.tensors("train"), data.domain
    values = registry.hyperparameters(row, domain.spec, domain.given, len(items))
    family = registry.build(row, domain.spec, domain.given, values).family.eval()
    some = items[torch.arange(BLOCK)]
    size = sum(part.numel() * part.element_size() for part in (items.x, items.given)) / 2**20
    with torch.no_grad():
        family.finish(some, Draws(0))  # what it imports does not count
        with PeakMemory() as fitting:
            family.finish(items, Draws(0))
        with PeakMemory() as drawing:
            family.sample(BLOCK, some.given, Draws(1))
        with PeakMemory() as scoring:
            if "log_prob" in row.verbs:
                family.log_likelihood(some.x, some.given, Draws(2))
    assert max(fitting.mib, drawing.mib, scoring.mib) < TIMES * size + CONSTANT


@pytest.mark.long
def test_fingerprints_are_packed_in_memory_in_proportion_to_their_counts():
    """As (n, bits) of float32 at once, they would take 800 MiB."""
    molecules, bits_each, width = ROWS, 20, 2_048
    source = torch.randint(0, width, (molecules, bits_each), generator=torch.Generator().manual_seed(0))
    ptr = bits_each * torch.arange(molecules + 1)
    counts = SparseRows(Graph(ptr, source.sort(1).values.flatten(), width, torch.ones(len(source) * bits_each)))
    size = molecules * bits_each * 12 / 2**20
    bits(MoleculesContext(counts=counts[:BLOCK]))
    with PeakMemory() as packing:
        packed = bits(MoleculesContext(counts=counts))
    assert packed.shape == (molecules, width // 8) and packing.mib < TIMES * size + CONSTANT
