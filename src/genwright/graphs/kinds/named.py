"""Published graphs, and one that is made.

one graph       citations in their public split, co-authors and co-purchases without one, the karate club
drug-effects    made, with edges of several kinds, like that of Zitnik 2018, and its law is known
gowalla         pairs of users and items
many graphs     sets that generators are compared on, in the splits of the papers that brought them

Proteins of drug-effects come in groups and touch mostly within their own. A drug binds proteins of two groups. Each
side effect has two groups, and two drugs that bind one each have it together four times out of five, any others almost
never.
"""

import io

import numpy as np
import torch

from ...core.account import Account
from ...core.graph import Graph, from_edges, undirected
from ...core.packages import nx
from ...kinds.formats.download import File, content
from ...kinds.formats.raw import Raw
from ..networks.features import SparseRows, as_dense_as_they_are, as_features
from .graph_data import UNKNOWN, GraphData, Interactions
from .graph_files import graphs_of

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
    """Loads a graph with labelled nodes from one file: features in compressed rows, both directions of every edge,
    labels, and masks where the split is public."""
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
    """Loads Zachary's karate club (1977): 34 members, 78 friendships, two factions. Without features, each node is its
    own feature."""
    club = nx.karate_club_graph()
    source, target = torch.tensor(list(club.edges)).T
    factions = tuple(sorted({club.nodes[i]["club"] for i in club}))
    y = torch.tensor([factions.index(club.nodes[i]["club"]) for i in club])
    graph = undirected(from_edges(source, target, len(club)))
    return GraphData("karate-club", graph, as_features(torch.eye(len(club))), y, factions)


DRUGS, PROTEINS, GROUPS, EFFECTS = 150, 90, 6, 5


def drug_effects(seed: int) -> GraphData:
    """Returns edges of 7 kinds among 240 nodes: `binds`, `touches`, and five side effects."""
    rng = np.random.default_rng(seed)
    group = np.arange(PROTEINS) % GROUPS
    same_group = (group[:, None] == group) & (rng.random((PROTEINS, PROTEINS)) < 0.35)
    touches = np.triu(same_group | (rng.random((PROTEINS, PROTEINS)) < 0.01), 1)
    bound = np.stack([rng.permutation(GROUPS)[:2] for _ in range(DRUGS)])
    hits = np.zeros((DRUGS, GROUPS), dtype=bool)
    hits[np.arange(DRUGS)[:, None], bound] = True
    binds = hits[:, group] & (rng.random((DRUGS, PROTEINS)) < 0.15)
    relations = {
        "binds": _directed(np.argwhere(binds) + [0, DRUGS]),
        "touches": _both_directions(np.argwhere(touches) + DRUGS),
    }
    for effect in range(EFFECTS):
        a, b = rng.permutation(GROUPS)[:2]
        meets = np.outer(hits[:, a], hits[:, b]) | np.outer(hits[:, b], hits[:, a])
        has_effect = np.triu((meets & (rng.random((DRUGS, DRUGS)) < 0.8)) | (rng.random((DRUGS, DRUGS)) < 0.005), 1)
        relations[f"effect {effect + 1}"] = _both_directions(np.argwhere(has_effect))
    ends = torch.cat([graph.edge_index() for graph in relations.values()], 1)
    whole = undirected(from_edges(*ends, DRUGS + PROTEINS)).with_weight(None)
    names = [f"drug {i + 1}" for i in range(DRUGS)] + [f"protein {i + 1}" for i in range(PROTEINS)]
    x = as_features(torch.eye(DRUGS + PROTEINS))
    return GraphData("drug-effects", whole, x, names=names, relations=relations)


def _directed(pairs: np.ndarray) -> Graph:
    return from_edges(*torch.as_tensor(pairs).T, DRUGS + PROTEINS)


def _both_directions(pairs: np.ndarray) -> Graph:
    return undirected(_directed(pairs)).with_weight(None)


GOWALLA = File("gowalla/gowalla.npz", "9fc4acfca0edc381bb4170b3d4e90cefe4aec95e0282b0439e294da00584162f", ())


def gowalla() -> Interactions:
    """Reads Gowalla: Check-ins of people at places, at least ten of each, in the split that NGCF and LightGCN
    published."""
    arrays = np.load(io.BytesIO(content(GOWALLA)), allow_pickle=False)
    pairs = lambda part: torch.as_tensor(np.stack([arrays[f"{part}_user"], arrays[f"{part}_item"]], 1).astype(np.int64))
    return Interactions("gowalla", int(arrays["num_users"]), int(arrays["num_items"]), pairs("train"), pairs("test"))


SHA256 = {
    "planar": "5f193c3d3b5899c3668ede991c4f320d160dc5c7cdfe8ad5875385159a7c8edf",
    "sbm": "82d97eaa4867d0a45388a87e0c79cd1416087019337577d02e379b21dc51c07b",
    "tree": "2c9a08333cf34f602fc2cec250aedf6419b123a8cb3ddeb9779fe826df55d347",
    "community-small": "dd7c897cc79d889fbd09a1ceca63fe4ae0eb1137b5642f62c3b0ad98b7bae3d0",
    "ego-small": "41a491e2bb50ff305ba1aea3ddaf7556c02bf2c8f332e658714ea5ed7539744c",
    "grid": "8eef721accad6851a109f1b1a2851be0583dceed69a39cbc4a270ffc39cf7745",
    "protein": "91b6a93195cfbf63c485eab7e1bddadd40596cde4d7f821b99ffd779319f6b09",
}


def graph_set(name: str) -> Raw:
    """Loads a named set of graphs: planar graphs, stochastic blocks and trees (Martinkus 2022), communities, ego
    networks and grids (You 2018, in the smaller form of Jo 2022), or proteins (Liao 2019)."""
    file = name.replace("-", "_") + ".npz"
    place = File(f"graph-generation/{file}", SHA256[name], ())
    with np.load(io.BytesIO(content(place)), allow_pickle=False) as arrays:
        graphs, parts = graphs_of(dict(arrays), file)
    return Raw("graph-sets", name, graphs, parts=parts, account=Account())
