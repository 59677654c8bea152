"""Whether samples are what was asked for: as real items are where they were, as a guess where it was of no account."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from leaves import category, real
from made_molecules import molecules

import genwright
from genwright.core.spec import Spec
from genwright.kinds.domain import Drawn
from genwright.measure.metrics.trees import GivenReader
from genwright.zoo import registry

RNG = np.random.default_rng(0)


def graphs():
    return genwright.load_data(
        [nx.gnm_random_graph(8, int(m), seed=k) for k, m in enumerate(RNG.integers(8, 20, 200))], given=["edges"]
    )


def lines():
    side = RNG.choice(["left", "right"], 300)
    words = ["".join(RNG.choice(list("abc" if s == "left" else "cde"), 6)) for s in side]
    return genwright.load_data(
        pd.DataFrame({"word": words, "side": side}), kind="sequences", column="word", given=["side"]
    )


def smiles():
    pytest.importorskip("rdkit")
    made = molecules(160)
    rings = [sum(symbol == "c" for symbol in text) + RNG.normal(0, 0.1) for text in made]
    return genwright.load_data(pd.DataFrame({"smiles": made, "aromatic": rings}), kind="molecules", given=["aromatic"])


def points():
    sizes = RNG.integers(2, 7, 200)
    sets = [(["C"] * int(m), RNG.normal(size=(m, 3))) for m in sizes]
    return genwright.load_data((sets, {"mass": 12.0 * sizes + RNG.normal(0, 0.5, 200)}), given=["mass"])


class Says:
    """Draws test items, with what was given or with the same among other items."""

    config, sizes, scored_sizes = {"family": "says"}, (64,), (64,)

    def __init__(self, data, keeps):
        ((name, asked),) = data.test.given.items()
        asked = asked if keeps else np.random.default_rng(1).permutation(asked)
        self.items = Drawn(data.test, {name: asked})

    def has(self, verb):
        return verb == "sample"

    def sample(self, n, given=None, seed=None):
        return self.items[:n]


@pytest.mark.long
@pytest.mark.parametrize("make", [graphs, lines, smiles, points], ids=lambda make: make.__name__)
def test_what_was_asked_for_is_told_from_what_was_not(make):
    data = make()
    suite = registry.suite_class(data)(data)
    real = suite.reference()["given_error"]
    kept, lost = (suite.measure(Says(data, keeps)).metrics["given_error"] for keeps in (True, False))
    assert kept.value == pytest.approx(real.value, abs=3 * real.se + 1e-9) and kept.below(0.5)
    assert lost.above(2 * kept.value) and 0.6 < lost.value < 2
    assert kept.comparable(real) and "given_error" in suite.TITLES


def test_samples_are_given_what_test_items_are_given():
    data, asked = lines(), []

    class Asked(Says):
        def sample(self, n, given=None, seed=None):
            asked.append(given)
            return super().sample(n)

    suite = registry.suite_class(data)(data)
    suite.measure(Asked(data, True))
    of_test = suite.data.tensors("test").given
    assert len(asked) == 1 and len(asked[0]) == suite.n > len(of_test)
    assert torch.equal(asked[0][: len(of_test)], of_test) and torch.equal(asked[0][len(of_test)], of_test[0])


def test_a_variable_that_says_nothing_of_items_is_told_no_better_than_by_a_guess():
    spec = Spec((("class", category(0.5, 0.5)), ("size", real(RNG.normal(size=99)))))
    x, given = RNG.normal(size=(600, 3)), torch.tensor(np.c_[RNG.integers(0, 2, 600), RNG.normal(size=600)])
    given[::3, 0] = torch.nan
    reader = GivenReader(x[:400], given[:400], spec, 0)
    x[450:460] = np.nan
    off = reader.errors(x[400:], given[400:])
    assert np.isnan(off[50:60]).all() and 0.85 < np.nanmean(off) < 1.4
