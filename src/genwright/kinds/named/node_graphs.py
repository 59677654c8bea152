"""Graphs whose nodes have labels: the citation graphs in their public split, co-authors and co-purchases without
one."""

import io

import numpy as np
import torch

from ...core.graph import Graph, from_edges, undirected
from ...networks.graph.features import SparseRows, as_dense_as_they_are, as_features
from ..graphs.graph_data import UNKNOWN, GraphData
from .download import File, content

FILES = {
    "cora": ("planetoid/cora.npz", "bf1e891b6234c3366131a7eb7549e757f0105a020d6417247e55bb68e003dfe5"),
    "citeseer": ("planetoid/citeseer.npz", "94383244556ea605f2c17e172e4d4af90b779541d96f95bec91250d16b920edb"),
    "coauthor-cs": (
        "gnn-benchmark/ms_academic_cs.npz",
        "d8113347e3d70e025cff37906380ba9453b2fd559d1af9f65cfe18599dff1b68",
    ),
    "coauthor-physics": (
        "gnn-benchmark/ms_academic_phy.npz",
        "389a36ce033bf06eeb3831436b9698164e77c4ee1ac00649dfe840f2e5e9de6a",
    ),
    "amazon-computers": (
        "gnn-benchmark/amazon_electronics_computers.npz",
        "6805284ecb3b47cf9510becf27d535b9d69f5505b72503784ae9d365f64b149b",
    ),  # fmt: skip
    "facebook-pages": (
        "facebook-pages/facebook.npz",
        "68c43b1bbd048254f0bcfd8bc72f7f8ac96fa63b77a2c8945400eeb39d6ed080",
    ),
}


def node_graph(name: str) -> GraphData:
    """One file: features in compressed rows, both directions of every edge, labels, masks where the split is public."""
    path, sha256 = FILES[name]
    arrays = np.load(io.BytesIO(content(File(path, sha256, ()))), allow_pickle=False)
    read = lambda key: torch.as_tensor(arrays[key].astype(np.int64))
    words = Graph(
        read("x_indptr"),
        read("x_indices"),
        int(arrays["x_shape"][1]),
        torch.as_tensor(arrays["x_data"].astype(np.float32)),
    )
    source, target = read("edge_index")
    graph = from_edges(source, target, words.rows)
    y, parts = read("y"), None
    if "train_mask" in arrays:
        masks = [arrays[f"{part}_mask"] for part in ("train", "val", "test")]
        parts = np.select(masks, ["train", "valid", "test"], "")
        y[torch.as_tensor(~arrays["labelled"])] = UNKNOWN
    classes = (
        tuple(arrays["class_names"].tolist())
        if "class_names" in arrays
        else tuple(str(k) for k in range(int(arrays["num_classes"])))
    )
    return GraphData(name, graph, as_dense_as_they_are(SparseRows(words)), y, classes, parts=parts)


def karate() -> GraphData:
    """Zachary's karate club (1977): 34 members, 78 friendships, two factions after the split; no features, so each is
    its own."""
    import networkx as nx

    club = nx.karate_club_graph()
    source, target = torch.tensor(list(club.edges)).T
    factions = tuple(sorted({club.nodes[i]["club"] for i in club}))
    y = torch.tensor([factions.index(club.nodes[i]["club"]) for i in club])
    graph = undirected(from_edges(source, target, len(club)))
    return GraphData("karate-club", graph, as_features(torch.eye(len(club))), y, factions)
