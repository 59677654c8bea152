"""What people get wrong about graphs: (what, files to make, command, words expected on stderr, exit code).

`graph` is the run of a small GCN, trained on edges.csv and nodes.csv as `EDGES` and `NODES` make them.
"""

from __future__ import annotations

import gzip
import pickle
import subprocess

import numpy as np
from bad_files import Case, half, npz

COUNT = 40
FIT = "fit edges.csv --nodes nodes.csv --target kind"


def edges(columns: str = "source,target", extra: str = "") -> str:
    """A ring in which everybody also knows the one after the next."""
    pairs = [(i, (i + step) % COUNT) for i in range(COUNT) for step in (1, 2)]
    return "\n".join([columns, *(f"n{i},n{j}{extra}" for i, j in pairs), ""])


def nodes(kind=lambda i: "ab"[i < COUNT // 2], split: str = "") -> str:
    rows = [f"n{i},{20 + i % 7}.5,{'xyz'[i % 3]},{kind(i)}{f',{split}' * bool(split)}" for i in range(COUNT)]
    return "\n".join(["id,age,city,kind" + ",split" * bool(split), *rows, ""])


EDGES, NODES = edges(), nodes()
GRAPH = {"edges.csv": EDGES, "nodes.csv": NODES}


class Runs:
    """A pickle that makes a file when it is opened."""

    def __reduce__(self):
        return subprocess.call, (["touch", "pwned"],)


def planetoid(**changed: bytes) -> dict[str, bytes]:
    """Files of Planetoid for `mine`, small lists pickled where theirs are arrays."""
    parts = ("x", "y", "tx", "ty", "allx", "ally", "graph")
    return {
        **{f"ind.mine.{part}": changed.get(part, pickle.dumps([1, 2], 2)) for part in parts},
        "ind.mine.test.index": b"1\n2\n",
    }


def tu(**changed: str | None) -> dict[str, str]:
    """Twelve triangles in the form of TUDataset; None leaves a file out."""
    ring = [(3 * g + i + 1, 3 * g + (i + step) % 3 + 1) for g in range(12) for i in range(3) for step in (1, 2)]
    files = {
        "A": "".join(f"{i}, {j}\n" for i, j in ring),
        "graph_indicator": "".join(f"{i // 3 + 1}\n" for i in range(36)),
        "graph_labels": "1\n2\n" * 6,
        "node_labels": "0\n1\n1\n" * 12,
    } | changed
    return {f"set/MINE_{part}.txt": text for part, text in files.items() if text is not None}


def with_edges(text: str) -> dict[str, str]:
    return GRAPH | {"edges.csv": text}


def with_nodes(text: str) -> dict[str, str]:
    return GRAPH | {"nodes.csv": text}


EDGE_LISTS = [
    Case(
        "an edge to nobody",
        with_edges(EDGES + "n3,n99\n"),
        FIT,
        "edges.csv has an edge to node 'n99'|not in column 'id' of nodes.csv|add it there",
    ),
    Case(
        "names that never match",
        with_edges(EDGES.replace("n", "person ")),
        FIT,
        "none of the nodes in column 'source' of edges.csv stands in column 'id' of nodes.csv|name the nodes alike",
    ),
    Case(
        "an empty edge list",
        with_edges("source,target\n"),
        FIT,
        "'edges.csv' has a line of column names and no rows|at least one",
    ),
    Case(
        "one column of edges",
        with_edges("source\n" + "n1\n" * 20),
        FIT,
        "edges.csv has one column, 'source'|names two nodes a line",
    ),
    Case(
        "an edge without an end",
        with_edges(EDGES + "n3,\n"),
        FIT,
        "column 'target' of edges.csv is empty in row 80|name the node",
    ),
    Case(
        "a weight that is missing",
        with_edges(edges("source,target,weight", ",1.5") + "n1,n9,\n"),
        FIT,
        "edges.csv: edge 80|weight that is missing|leave it out",
    ),
    Case(
        "a weight in words",
        with_edges(edges("source,target,weight", ",heavy")),
        FIT,
        "column 'weight' of edges.csv holds words|rename the column",
    ),
    Case(
        "an infinite weight",
        with_edges(edges("source,target,weight", ",1.5") + "n1,n9,inf\n"),
        FIT,
        "edges.csv: edge 80|weight|infinite",
    ),
    Case(
        "a negative weight",
        with_edges(edges("source,target,weight", ",1.5") + "n1,n9,-2\n"),
        f"{FIT} --family gcn",
        "an edge weighs -2|normalised convolution|take a model that does not normalise",
    ),
    Case(
        "a feature of an edge that is missing",
        with_edges(edges("source,target,km", ",1.5") + "n1,n9,\n"),
        FIT,
        "edges.csv: edge 80|feature that is missing",
    ),
    Case(
        "a direction for a spectral method",
        GRAPH,
        f"{FIT} --directed --family cheb",
        "edges.csv: a Chebyshev convolution needs an undirected graph|leave directed out",
    ),
    Case(
        "an edge list that is not there",
        GRAPH,
        FIT.replace("edges", "links"),
        "there is no edge list 'links.csv'|check the path",
    ),
    Case(
        "a folder of edges",
        GRAPH | {"mine": None},
        FIT.replace("edges.csv", "mine"),
        "mine is a folder, not the edge list",
    ),
]
NODE_TABLES = [
    Case(
        "a node that stands twice",
        with_nodes(NODES + "n3,20,x,a\n"),
        FIT,
        "nodes.csv names node 'n3' more than once in column 'id'",
    ),
    Case(
        "a node without a name",
        with_nodes(NODES + ",20,x,a\n"),
        FIT,
        "column 'id' of nodes.csv is empty in row 40|name the node",
    ),
    Case(
        "a target that is not there",
        GRAPH,
        FIT.replace("kind", "knid"),
        "column 'knid', named by target|did you mean 'kind'?",
    ),
    Case(
        "no target",
        GRAPH,
        "fit edges.csv --nodes nodes.csv --task nodes",
        "edges has no labels of nodes|name the column",
    ),
    Case(
        "labels that are all missing",
        with_nodes(nodes(lambda i: "")),
        FIT,
        "the labels of edges are all alike or missing|two classes",
    ),
    Case(
        "labels of training nodes missing",
        with_nodes(
            nodes(lambda i: "ab"[i % 2])
            .replace("kind\n", "kind,split\n")
            .replace(",a\n", ",,train\n")
            .replace(",b\n", ",b,test\n")
            .replace("n1,21.5,y,b,test", "n1,21.5,y,c,test")
        ),
        FIT,
        "none of the training nodes of edges has a label|label some",
    ),
    Case(
        "infinite features",
        with_nodes(NODES.replace("n5,25.5", "n5,inf")),
        FIT,
        "column 'age' holds inf|finite|correct it",
    ),
    Case(
        "a target of numbers",
        GRAPH,
        FIT.replace("kind", "age"),
        "the labels of edges are numbers|name a column of categories",
    ),
    Case(
        "a kind of column nobody knows",
        GRAPH,
        f"{FIT} --types city=colour",
        "kind 'colour' of column 'city'|use one of number",
    ),
    Case("a node table that is not there", {"edges.csv": EDGES}, FIT, "there is no file 'nodes.csv'|check the path"),
    Case(
        "nodes without an edge list",
        {"nodes.csv": NODES},
        "fit cora --nodes nodes.csv",
        "nodes|cora is none|leave nodes out",
    ),
    Case("nodes of images", {"nodes.csv": NODES}, "fit --nodes nodes.csv", "fit needs DATA"),
    Case(
        "a target of a plain table",
        {"nodes.csv": NODES},
        "fit nodes.csv --target kind",
        "target 'kind' needs molecules, and no column of nodes.csv looks like SMILES|--column|--nodes",
    ),
    Case(
        "a direction of a plain table",
        {"nodes.csv": NODES},
        "fit nodes.csv --directed",
        "directed is for an edge list|leave directed out",
    ),
    Case(
        "a given of a graph",
        {},
        "fit karate-club --given club",
        "karate-club holds a graph, and given is for other data|leave given out",
    ),
]
FORMS = [
    Case(
        "a folder that lacks a file",
        tu(graph_labels=None),
        "fit set",
        "set holds MINE_A and no MINE_graph_labels.txt|add that file",
    ),
    Case(
        "more graphs than labels",
        tu(graph_labels="1\n2\n"),
        "fit set",
        "set: MINE_graph_indicator names graph 12|has 2 lines",
    ),
    Case(
        "an edge between graphs",
        tu(A="1, 2\n2, 4\n"),
        "fit set",
        "set: MINE_A joins nodes 2 and 4|edges stay within a graph",
    ),
    Case(
        "an edge beyond all nodes",
        tu(A="1, 2\n2, 77\n"),
        "fit set",
        "set: MINE_A has the edge 2, 77|36 nodes|add the node",
    ),
    Case("fewer node labels than nodes", tu(node_labels="0\n1\n"), "fit set", "set: MINE_node_labels has 2 lines|36"),
    Case("words for edges", tu(A="one, two\n"), "fit set", "set/MINE_A.txt holds more than numbers|write it again"),
    Case(
        "a TU file cut short",
        {**tu(A=None), "set/MINE_A.txt.gz": half(gzip.compress(b"1, 2\n" * 999))},
        "fit set",
        "set/MINE_A.txt.gz is cut short or damaged gzip|write it again",
    ),
    Case(
        "a TU file far too wide",
        tu(node_labels=",".join(["0"] * 25_000_000) + "\n" + "0\n" * 35),
        "fit set",
        "set/MINE_node_labels.txt has 25,000,000 numbers in line 1|the limit is 4,096",
    ),
    Case(
        "two sets in a folder",
        {**tu(), "set/YOURS_A.txt": "1, 2\n"},
        "fit set",
        "set holds several sets (MINE, YOURS)|folder of its own",
    ),
    Case(
        "a pickle that runs a program",
        planetoid(allx=pickle.dumps(Runs(), 2, fix_imports=False)),
        "fit ind.mine.graph",
        "ind.mine.allx names subprocess.call|could run a program|refused",
    ),
    Case(
        "a pickle of something else",
        planetoid(),
        "fit ind.mine.graph",
        "ind.mine.x holds no matrix of compressed rows|fetch the file again",
    ),
    Case(
        "a pickle cut short",
        planetoid(ty=half(pickle.dumps(list(range(99)), 2))),
        "fit ind.mine.graph",
        "ind.mine.ty is damaged|fetch it again",
    ),
    Case(
        "seven of eight files",
        {name: raw for name, raw in planetoid().items() if not name.endswith("index")},
        "fit ind.mine.graph",
        "holds no ind.mine.test.index|put all eight files",
    ),
    Case(
        "an npz cut short",
        {"x.npz": lambda path: (npz(x=np.zeros((20, 3)))(path), path.write_bytes(half(path.read_bytes())))},
        "fit x.npz",
        "x.npz|damaged",
    ),
    Case(
        "an unknown task",
        {},
        "fit karate-club --task colours",
        "karate-club: no task is called 'colours': choose one of nodes",
    ),
    Case(
        "a task for a table",
        {"nodes.csv": NODES},
        "fit nodes.csv --task nodes",
        "task='nodes' is for a graph, and nodes holds a table|--nodes",
    ),
    Case(
        "labels of nodes in many graphs",
        tu(),
        "fit set --task nodes",
        "task='nodes' is for a graph, and MINE holds graphs|choose one of graphs",
    ),
    Case(
        "users of a graph without any",
        {},
        "fit karate-club --task recommend",
        "task='recommend' is for pairs of users and items, and karate-club holds a graph|choose one of nodes",
    ),
    Case("a family of images", {}, "fit karate-club --family vae", "no family 'vae' for nodes: choose one of"),
]
RUNS = [
    Case(
        "a draw from a predictor",
        {},
        "sample graph",
        "graph holds gcn, which predicts and cannot sample|genwright predict",
    ),
    Case(
        "a likelihood of a predictor",
        {},
        "log-prob graph karate-club",
        "graph holds gcn, which predicts and cannot log-prob",
    ),
    Case(
        "a completion by a predictor",
        {},
        "complete graph seen.csv",
        "graph holds gcn, which predicts and cannot complete",
    ),
    Case(
        "a prediction of a generative model",
        {},
        "predict table seen.csv",
        "table holds copula, which samples and cannot predict|sample",
    ),
    Case(
        "a table to predict",
        {},
        "predict graph seen.csv",
        "seen holds a table, and the model was trained on a graph|--nodes",
    ),
    Case(
        "features of another width",
        {},
        "predict graph karate-club",
        "karate-club has no table of nodes|column 'age'|give it too",
    ),
    Case(
        "a column that training had",
        with_nodes("id,age\n" + "".join(f"n{i},{i}\n" for i in range(COUNT))),
        "predict graph edges.csv --nodes nodes.csv",
        "edges.csv: the nodes have no column 'city', which training had|add it",
    ),
    Case(
        "edge features that training had not",
        with_edges(edges("source,target,km", ",1.5")),
        "predict graph edges.csv --nodes nodes.csv",
        "edges has 1 features an edge, and training had 0|give the same",
    ),
    Case(
        "predictions as an image",
        GRAPH,
        "predict graph edges.csv --nodes nodes.csv --out new.png",
        "new.png|end in .csv",
    ),
    Case("codes as a table", GRAPH, "encode graph edges.csv --nodes nodes.csv --out new.csv", "new.csv|end in .npz"),
    Case(
        "a node table for a model of tables",
        GRAPH,
        "encode table seen.csv --nodes nodes.csv",
        "table was not trained on a graph|leave nodes out",
    ),
]
GRAPHS = EDGE_LISTS + NODE_TABLES + FORMS + RUNS
