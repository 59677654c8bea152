# Tests molecules/kinds/molecule_texts.py
"""Items that are one however they are written fall in one part, and a note counts them."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import genwright
from genwright.graphs.kinds.domain import equal_graphs
from genwright.graphs.kinds.plain_graphs import ALIKE, Kinds
from genwright.kinds.points.atoms import Atoms
from genwright.kinds.points.domain import equal_shapes
from genwright.kinds.splits import SPLIT_NAMES, split
from genwright.molecules.kinds.molecule_texts import neutral_parents
from genwright.sound.kinds.music.domain import tune_keys
from genwright.sound.kinds.music.piano_rolls import REST

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
    assert equal_shapes().number(items).tolist() == [0, 1, 2, 3, 0, 5]


def test_without_copies_a_split_stays_to_the_bit(shapes):
    assert len(np.unique(equal_shapes().number(shapes))) == len(shapes) and len(
        np.unique(neutral_parents(SALTS))
    ) == len(SALTS)
    for n, seed in ((10, 0), (57, 1), (400, 2)):
        keys = np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)
        assert (split(keys, None, None, seed, np.arange(n)[::-1]) == split(keys, None, None, seed)).all()
    few = np.tile(keys[:4], 50)  # more than half repeat another
    assert all(len(set(split(few, None, None, seed, possible=lambda: 4)[::4])) == 3 for seed in range(3))
    for possible in (None, lambda: 1_000):  # not by chance: they are copies
        assert all(len(set(split(few, None, None, 0, possible=possible)[k::4])) == 1 for k in range(4))


WAYS = [{}, {"split": "scaffold-balanced"}, {"group": "batch"}, {"time": "day"}]


@pytest.mark.parametrize("way", WAYS[:2], ids=str)
def test_salts_of_molecules_to_generate_fall_in_one_part(way):
    data = genwright.load_data(BOTH, kind="molecules", **way)
    sides = [{text.replace("[nH+]", "n") for text in getattr(data, part)} for part in SPLIT_NAMES]
    assert all(sides) and sum(map(len, sides)) == len(set.union(*sides)) == len(BASES)
    assert any("80 of 160 molecules are equal" in line and "in one part" in line for line in data.notes)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_salts_of_measured_molecules_fall_in_one_part(way):
    number = np.arange(len(BOTH))
    table = pd.DataFrame({"smiles": BOTH, "y": number / 3, "batch": number % 39 + number // 39 * 100, "day": number})
    data = genwright.load_data(table, target="y", **way)
    side = dict(zip(data.smiles, data.parts))
    for salt, part in side.items():
        assert side[salt.replace("[nH+]", "n")] == part
    assert set(data.parts) == set(SPLIT_NAMES)
    assert any("80 of 160 molecules are equal" in line and "in one part" in line for line in data.notes)


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
    assert any("copies are in one part" in line for line in data.notes)


def renumbered(graph: nx.Graph, rng: np.random.Generator) -> nx.Graph:
    order = rng.permutation(len(graph)).tolist()
    return nx.relabel_nodes(graph, dict(enumerate(order)))


def test_graphs_are_equal_where_they_are_isomorphic_with_their_kinds():
    """Two triangles and a ring of six look alike to sums over neighbours, and are not."""
    rng, triangles, ring = np.random.default_rng(0), nx.disjoint_union(*[nx.cycle_graph(3)] * 2), nx.cycle_graph(6)
    items = [ring, triangles, renumbered(ring, rng), renumbered(triangles, rng)]
    assert equal_graphs(ALIKE, ALIKE).number(items).tolist() == [0, 1, 0, 1]
    every = [graph for graph in nx.graph_atlas_g()[1:200]]  # all different
    again = [renumbered(graph, rng) for graph in every]
    equals = equal_graphs(ALIKE, ALIKE)
    assert (equals.number(every) == np.arange(len(every))).all() and (
        equals.number(again) == np.arange(len(every))
    ).all()
    colours = Kinds("colour", ("black", "white"))
    coloured = [nx.path_graph(3) for _ in range(3)]
    for graph, white in zip(coloured, (0, 1, 2)):
        nx.set_node_attributes(graph, {node: colours.values[node == white] for node in graph}, "colour")
    assert equal_graphs(colours, ALIKE).number(coloured).tolist() == [0, 1, 0]
    large = [nx.cycle_graph(70), nx.path_graph(70), renumbered(nx.path_graph(70), rng)]
    assert equal_graphs(ALIKE, ALIKE).number(large).tolist() == [0, 1, 1]


def test_sets_at_the_edge_of_the_tolerance_are_one_and_beyond_it_two():
    def pair(distance: float) -> Atoms:
        return Atoms(("C", "O"), np.array([[0, 0, 0], [0, 0, distance]]))

    for start in np.linspace(1, 1.1, 57):
        assert equal_shapes().number([pair(start), pair(start + 0.00099)]).tolist() == [0, 0]
        assert equal_shapes().number([pair(start), pair(start + 0.00101)]).tolist() == [0, 1]
    chain = [pair(1 + step) for step in (0, 0.0018, 0.0009)]
    equals = equal_shapes()
    assert equals.number(chain[:2]).tolist() == [0, 1] and equals.number(chain[2:]).tolist() == [0]
    assert equals.number(chain).tolist() == [0, 0, 0]  # the third joined the others


def test_music_is_equal_in_any_key():
    rng = np.random.default_rng(0)
    piece = np.where(rng.random((40, 2)) < 0.2, REST, rng.integers(50, 70, (40, 2)))
    other = piece.copy()
    other[3] = 71
    items = [piece, np.where(piece == REST, REST, piece + 5), other]
    assert tune_keys(items)[0] == tune_keys(items)[1] != tune_keys(items)[2]


def test_rows_that_repeat_are_copies_unless_chance_repeats_them():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"x": rng.normal(size=24), "y": rng.normal(size=24), "label": ["a", "b"] * 12})
    copies = pd.concat([rows] * 5, ignore_index=True)
    data = genwright.load_data(copies.assign(id=[f"n{k}" for k in range(len(copies))]))
    assert not set(data.train["x"]) & set(data.test["x"]) and not set(data.valid["x"]) & set(data.test["x"])
    assert any("96 of 120 rows are equal to another; copies are in one part" in line for line in data.notes)
    levels = pd.DataFrame({"dose": [round(x, 3) for x in rng.normal(size=24)], "label": ["a", "b"] * 12})
    data = genwright.load_data(pd.concat([levels] * 5, ignore_index=True))
    assert not set(data.train["dose"]) & set(data.test["dose"])
    coins = pd.DataFrame(rng.integers(0, 2, (100, 2)), columns=["one", "two"]).astype(str)
    data = genwright.load_data(coins)
    assert any("test rows have a copy in training" in line for line in data.notes)


def test_a_picture_is_one_item_in_every_lossless_format_and_other_labels_of_it_are_counted(tmp_path):
    rng = np.random.default_rng(0)
    for k in range(12):
        picture = Image.fromarray(rng.integers(0, 256, (12, 12, 3), np.uint8))
        for name in ("cat", "dog"):
            (tmp_path / name).mkdir(exist_ok=True)
        for suffix in ("png", "bmp", "webp"):
            other = k == 0 and suffix == "bmp"
            picture.save(tmp_path / ("cat" if k % 2 or other else "dog") / f"{k}.{suffix}", lossless=True)
    data = genwright.load_data(tmp_path)
    sides = [{image.tobytes() for image in np.asarray(getattr(data, part))} for part in SPLIT_NAMES]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 12
    assert any("24 of 36 images are equal to another; copies are in one part" in line for line in data.notes)
    assert "repeated images with different values of `label`: 1" in data.notes


def test_no_salt_of_a_known_molecule_is_novel():
    model = genwright.fit(genwright.load_data(SALTS, kind="molecules"), "bootstrap", progress=False)
    with pytest.warns(UserWarning, match="hold 0 new items"):
        assert not len(model.sample(5, seed=0, novel=BASES))
    assert len(model.sample(5, seed=0, novel=BASES[:3])) == 5
