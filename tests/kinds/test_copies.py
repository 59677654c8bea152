"""Items that are one however they are written fall in one part, and a note counts them."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.chemistry.atoms import Atoms
from genwright.kinds.molecules.molecule_texts import neutral_parents
from genwright.kinds.points.load import equal_shapes
from genwright.kinds.splits import SPLIT_NAMES, split

BASES = [f"{'C' * tail}c1ccc({'C' * link}c2ccncc2)cc1" for link in range(20) for tail in range(1, 5)]
SALTS = [base.replace("ncc2", "[nH+]cc2") + ".[Cl-]" for base in BASES]
BOTH = [*BASES, *SALTS]


def turned(item: Atoms, rng: np.random.Generator, digits: int = 4) -> Atoms:
    """The same set, mirrored perhaps, turned, moved and renumbered, and rounded as files are."""
    turn, order = np.linalg.qr(rng.normal(size=(3, 3)))[0], rng.permutation(len(item))
    positions = (item.positions @ turn + rng.normal(size=3)).round(digits)[order]
    return Atoms(tuple(item.symbols[k] for k in order), positions)


@pytest.fixture(scope="module")
def shapes():
    rng = np.random.default_rng(0)
    return [Atoms(tuple("CCNOHH"), rng.normal(size=(6, 3)) * 2) for _ in range(14)]


def test_turned_copies_fall_in_one_part_and_are_counted(shapes):
    rng = np.random.default_rng(1)
    items = [turned(item, rng) for item in shapes for _ in range(4)]
    data = genwright.load_data(items, kind="points")
    number = {item.key: k // 4 for k, item in enumerate(items)}
    sides = {part: {number[item.key] for item in getattr(data, part)} for part in SPLIT_NAMES}
    assert all(sides.values()) and sum(map(len, sides.values())) == len(shapes)
    assert sum("42 of 56 sets are copies" in line for line in data.notes) == 1


def test_shapes_are_equal_where_distances_and_types_are(shapes):
    rng, first = np.random.default_rng(2), shapes[0]
    moved = Atoms(first.symbols, first.positions + [[0.05, 0, 0], *[[0, 0, 0]] * 5])
    swapped = Atoms((*first.symbols[1:3], first.symbols[0], *first.symbols[3:]), first.positions)
    other = Atoms(("S", *first.symbols[1:]), first.positions)
    items = [first, moved, swapped, other, turned(first, rng), Atoms(("C",), np.zeros((1, 3)))]
    assert equal_shapes(items).tolist() == [0, 1, 2, 3, 0, 5] or equal_shapes(items).tolist() == [4, 1, 2, 3, 4, 5]


def test_without_copies_a_split_stays_to_the_bit(shapes):
    assert len(np.unique(equal_shapes(shapes))) == len(shapes) and len(np.unique(neutral_parents(SALTS))) == len(SALTS)
    for n, seed in ((10, 0), (57, 1), (400, 2)):
        keys = np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)
        assert (split(keys, None, None, seed, np.arange(n)[::-1]) == split(keys, None, None, seed)).all()
    few = np.tile(keys[:4], 50)  # more than half repeat another to the bit
    assert (split(few, None, None, 0, np.tile(np.arange(4), 50)) == split(few, None, None, 0)).all()


WAYS = [{}, {"split": "scaffold-balanced"}, {"group": "batch"}, {"time": "day"}]


@pytest.mark.parametrize("way", WAYS[:2], ids=str)
def test_salts_of_molecules_to_generate_fall_in_one_part(way):
    data = genwright.load_data(BOTH, kind="molecules", **way)
    sides = [{text.replace("[nH+]", "n") for text in getattr(data, part)} for part in SPLIT_NAMES]
    assert all(sides) and sum(map(len, sides)) == len(set.union(*sides)) == len(BASES)
    assert any("80 of 160 molecules are salts" in line and "in one part" in line for line in data.notes)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_salts_of_measured_molecules_fall_in_one_part(way):
    number = np.arange(len(BOTH))
    table = pd.DataFrame({"smiles": BOTH, "y": number / 3, "batch": number % 39 + number // 39 * 100, "day": number})
    data = genwright.load_data(table, target="y", **way)
    side = dict(zip(data.smiles, data.parts))
    for salt, part in side.items():
        assert side[salt.replace("[nH+]", "n")] == part
    assert set(data.parts) == set(SPLIT_NAMES)
    assert any("80 of 160 molecules are salts" in line and "in one part" in line for line in data.notes)


def test_copies_that_the_source_puts_on_both_sides_are_counted():
    table = pd.DataFrame({"smiles": BOTH, "y": np.arange(len(BOTH)) / 3})
    table["part"] = np.where(np.arange(len(BOTH)) < len(BASES), "train", "test")
    data = genwright.load_data(table, target="y", split_column="part")
    assert (data.parts == "test").sum() == len(SALTS)
    assert any("80 test molecules have a copy in training" in line for line in data.notes)


def test_renumbered_graphs_are_counted():
    paths = [nx.path_graph(size) for size in range(3, 15)]
    again = [nx.relabel_nodes(path, {0: 1, 1: 0}) for path in paths[:4]]
    data = genwright.load_data([*paths, *again])
    assert any("4 of 16 graphs are copies" in line and "in one part" in line for line in data.notes)
    data = genwright.load_data(again * 5)
    assert any("test graphs have a copy in training" in line for line in data.notes)
