# Tests graphs/kinds/tu.py
"""Sets of graphs as text in the form of TUDataset, packed or not, and the named ones with their folds."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import torch

import genwright

DATA = Path(os.environ.get("GENWRIGHT_DATA", "nowhere"))
COUNTS = {
    "mutag": (188, 3371, 7, 2),
    "proteins": (1113, 43471, 3, 2),
    "enzymes": (600, 19580, 3, 6),
    "imdb-binary": (1000, 19773, 65, 2),
}


def put(folder: Path, packed: bool = False, **parts: str) -> Path:
    for part, text in parts.items():
        raw = text.encode()
        (folder / f"SET_{part}.txt{'.gz' * packed}").write_bytes(gzip.compress(raw) if packed else raw)
    return folder


# a triangle, two nodes joined, one node alone
SMALL = {
    "A": "1, 2\n2, 1\n2, 3\n3, 2\n1, 3\n3, 1\n4, 5\n5, 4\n",
    "graph_indicator": "1\n1\n1\n2\n2\n3\n",
    "graph_labels": "-1\n1\n1\n",
}


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_of_files(packed, tmp_path):
    folder = put(
        tmp_path,
        packed,
        **SMALL,
        node_labels="5\n7\n5\n9\n9\n5\n",
        node_attributes="0.5, 1\n1.5, 2\n2.5, 3\n3.5, 4\n4.5, 5\n5.5, 6\n",
    )
    data = genwright.load_data(folder)
    assert (
        data.name == "SET"
        and data.members.tolist() == [0, 3, 5, 6]
        and data.classes == ("-1", "1")
        and data.y.tolist() == [0, 1, 1]
    )
    assert data.x[3].tolist() == [3.5, 4.0, 0.0, 0.0, 1.0] and data.default_task == "graphs"
    assert (
        data.describe()[0].startswith("3 graphs, 6 nodes, 4 undirected edges")
        and "1 node without an edge" in data.describe()[1]
    )


def test_without_features_the_degree_stands_in(tmp_path):
    data = genwright.load_data(put(tmp_path, **SMALL))
    assert data.columns.features == ["degree = 0", "degree = 1", "degree = 2"]
    assert data.x.dense().tolist() == [[0, 0, 1]] * 3 + [[0, 1, 0]] * 2 + [[1, 0, 0]]


def test_features_mean_the_same_in_another_folder(tmp_path):
    """There degree 1 is missing and degree 5 is new."""
    data = genwright.load_data(put(tmp_path, **SMALL))
    star = {
        "A": "".join(f"1, {i}\n{i}, 1\n" for i in range(2, 7)) + "2, 3\n3, 2\n4, 5\n5, 4\n2, 4\n4, 2\n",
        "graph_indicator": "1\n" * 6,
        "graph_labels": "1\n",
    }
    (tmp_path / "other").mkdir()
    other = genwright.load_data(put(tmp_path / "other", **star))
    assert other.graph.degree.tolist() == [5, 3, 2, 3, 2, 1]
    assert data.columns.encode(other.table).dense().tolist() == [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 1],
        [0, 0, 0],
        [0, 0, 1],
        [0, 1, 0],
    ]


@pytest.mark.long
@pytest.mark.skipif(not (DATA / "tu").exists(), reason="$GENWRIGHT_DATA/tu is not there")
@pytest.mark.parametrize("name", COUNTS)
def test_named_sets(name):
    data = genwright.load_data(name)
    graphs, nodes, features, classes = COUNTS[name]
    assert (len(data.y), data.graph.rows, data.x.shape[1], len(data.classes)) == (graphs, nodes, features, classes)
    assert torch.equal(data.x.words.degree, torch.ones(nodes, dtype=torch.long))  # one-hot
    member = torch.repeat_interleave(torch.arange(graphs), data.members.diff())
    assert torch.equal(member[data.graph.source], member[data.graph.target])
    assert set(np.unique(data.folds)) - {-1} == set(range(10)) and data.folds.shape == (graphs,)


@pytest.mark.long
@pytest.mark.skipif(not (DATA / "tu/ENZYMES").exists(), reason="$GENWRIGHT_DATA/tu/ENZYMES is not there")
def test_the_official_files_hold_the_named_graphs():
    text, named = genwright.load_data(DATA / "tu/ENZYMES"), genwright.load_data("enzymes")
    for a, b in (
        (text.graph.source, named.graph.source),
        (text.graph.ptr, named.graph.ptr),
        (text.members, named.members),
        (text.y, named.y),
    ):
        assert torch.equal(a, b)
    assert text.x.shape[1] == 18 + 3 and torch.equal(text.x[:, 18:], named.x.dense())
    whole = [genwright.load_data(source, kind="graph-sets") for source in (DATA / "tu/ENZYMES", "enzymes")]
    assert [len(data.train) for data in whole] == [432, 432] and whole[1].name == "enzymes"
    for a, b in zip(*(data.train for data in whole)):
        assert dict(a.nodes.data("label")) == {node: label + 1 for node, label in b.nodes.data("label")}
        assert a.edges == b.edges
