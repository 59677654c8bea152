# Tests kinds/values/equals.py, run/filters.py
"""Draws that are all different, or none of what there is."""

from pathlib import Path

import numpy as np
import pytest
import torch

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import GivenError
from genwright.kinds.values.equals import Equals
from genwright.run.filters import Batch, NewItems, join


@pytest.fixture(scope="module")
def lines():
    return genwright.fit(small_data("sequences"), "n-gram", preset="tiny", progress=False)


def test_unique_draws_are_the_first_of_each(lines):
    new, plain = lines.sample(15, seed=1, unique=True), lines.sample(300, seed=1)
    assert list(new) == list(dict.fromkeys(plain))[:15] and new.seed == 1


def test_novel_draws_are_none_of_what_is_known(lines):
    known = lines.sample(12, seed=2)
    new = lines.sample(20, seed=2, novel=known)
    assert len(new) == 20 and not set(new) & set(known)
    assert list(new) == [line for line in lines.sample(400, seed=2) if line not in set(known)][:20]


def test_fewer_than_asked_for_is_said():
    copies = genwright.fit(["anna", "bert", "cora"] * 10, "bootstrap", progress=False)
    with pytest.warns(UserWarning, match="samples hold 3 new items, fewer than the 5 requested"):
        assert sorted(copies.sample(5, seed=0, unique=True)) == ["anna", "bert", "cora"]


def test_rows_of_a_table_are_told_apart_too():
    table = genwright.fit(small_data("tables"), "bootstrap", progress=False)
    rows = table.sample(50, seed=0, unique=True)
    assert len(rows) == 50 and not rows.duplicated().any()


def test_molecules_are_told_apart_however_they_are_written():
    pytest.importorskip("rdkit")
    data = genwright.load_data(["OCC", "CCO", "C1CC1", "CCN", "CCC"] * 4, kind="molecules")
    assert data.domain.meanings(["OCC", "CCO", "C1CC"]) == ["CCO", "CCO", None]
    model = genwright.fit(data, "n-gram", preset="tiny", progress=False)
    drawn = model.sample(5, seed=0, unique=True, novel=["C(O)C"])
    assert None not in (meanings := data.domain.meanings(drawn)) and len(set(meanings)) == 5 and "CCO" not in meanings


def test_more_items_than_the_machine_has_memory_for_are_refused_before_any_is_drawn(lines):
    many, rows = 10**30, small_data("tables")
    table = genwright.fit(rows, "independent", preset="tiny", progress=False)
    for ask in (
        lambda: lines.sample(many),
        lambda: lines.sample(many, unique=True),
        lambda: next(lines._sample_blocks(many)),
        lambda: table.complete(rows.test[:1], draws=many),
    ):
        with pytest.raises(GivenError, match=f"{many:,} items take .* GiB at least, and this machine has"):
            ask()
    assert len(next(lines._sample_blocks(10**6))) < 100  # part by part there is room for more


class Plain:
    """A domain whose items are numbers beside what was given for them."""

    def equals(self):
        return Equals(lambda items: [x for x, _ in items])

    def decode(self, x, given, seed):
        return list(zip(x[:, 0].tolist(), given[:, 0].tolist()))


def test_what_is_new_keeps_what_was_given_for_it_in_every_block():
    blocks, given = torch.tensor([[1.0], [1.0], [2.0], [1.0], [3.0], [4.0]]).split(2), torch.arange(6.0)[:, None]
    stream = lambda places, seed: (
        Batch(places[start : start + 2], x, given[start : start + 2], seed) for start, x in zip((0, 2, 4), blocks)
    )
    new = lambda period: NewItems(Plain(), True, None, 6, period)(stream)(np.arange(4), 0)
    assert join(new(1), 4).items(Plain()) == [(1, 0), (2, 2), (3, 4), (4, 5)]
    assert join(new(2), 4).items(Plain()) == [(1, 0), (4, 5), (2, 2)]  # of the odd ones, one is new


def test_each_new_item_has_the_condition_of_its_place():
    images = genwright.load_model(Path(__file__).parents[1] / "golden" / "format-5" / "images-flow-matching")
    labels = list(images.domain.labels[:3]) * 2
    first = images.sample(6, {"label": labels}, seed=0)
    new = images.sample(6, {"label": labels}, seed=0, novel=first[:2])
    assert list(new.given["label"]) == labels
    assert (np.asarray(new)[2:] == np.asarray(first)[2:]).all() and (np.asarray(new)[0] != np.asarray(first)[0]).any()


def test_a_block_without_new_items_is_passed_over():
    for name in ("points-bootstrap", "graph-sets-bootstrap"):
        model = genwright.load_model(Path(__file__).parents[1] / "golden" / "format-5" / name)
        known = model.sample(4, seed=0)
        new = model.sample(4, seed=0, novel=known)
        assert not set(model.domain.meanings(new)) & set(model.domain.meanings(known))
