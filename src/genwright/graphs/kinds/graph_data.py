"""A person's graph, or many: its edges, what its nodes know, what is to be learned, how it is split, and the same
as other libraries take it (SciPy, NetworkX, PyG). Pairs of users and items are such data too.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.account import Account
from ...core.data import Whole
from ...core.errors import DataError
from ...core.graph import Graph, from_edges, is_undirected, undirected
from ...core.packages import nx, require_package
from ..networks.features import Features, SparseRows
from .node_columns import NodeColumns

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from torch_geometric.data import Data, HeteroData


def graph_of(
    source_name: str, source, target, nodes: int, weight=None, features=None, directed: bool = True
) -> tuple[Graph, Account]:
    """Builds a graph from the ends of its edges, and an account of edges that were merged.

    An edge that stands several times becomes one: the sum of its weights, the mean of its features; without weights it
    counts once. The account says how many did. Raises DataError for weights or features that are not finite.

    Args:
        source_name: name of the source, for messages.
        source: (E,) int.
        target: (E,) int.
        nodes: number of nodes.
        weight: (E,) floats, or None.
        features: (E, F) floats, or None.
        directed: else each edge runs both ways.
    """
    source, target = (torch.tensor(np.asarray(ends)).long().reshape(-1) for ends in (source, target))
    weight, features = (None if v is None else torch.tensor(np.asarray(v)).float() for v in (weight, features))
    for values, name in ((weight, "weight"), (features, "feature")):
        if values is not None and not torch.isfinite(values).all():
            at = int(torch.nonzero(~torch.isfinite(values.reshape(len(values), -1)).all(1))[0])
            raise DataError(
                f"{source_name}: edge {at} (counted from 0) has a {name} that is missing or infinite: give it a "
                "number, or leave it out"
            )
    graph = from_edges(source, target, nodes, weight, features)
    if weight is None:
        graph = graph.with_weight(None)
    account = Account()
    account.merge(len(source) - graph.edges, len(source), "edge")
    return (graph if directed else undirected(graph)), account


def without_ones(weight: Tensor | np.ndarray | None):
    """Returns the weights, or None where every weight is 1, so that an unweighted graph stays one."""
    return None if weight is None or bool((weight == 1).all()) else weight


MASKS = {"train": "train_mask", "valid": "val_mask", "test": "test_mask"}
UNKNOWN = -1  # the label of a node without one


@dataclass(frozen=True, eq=False)
class Triples:
    """Typed edges, each once.

    Args:
        ends: (n, 3) int64 head, relation and tail.
        relations: Names of the relations.
        parts: (n,) "train" | "valid" | "test", if the source has a split.
        both_ways: Numbers of the relations of which each pair stands once, and that hold in both directions.
    """

    ends: Tensor
    relations: tuple[str, ...]
    parts: np.ndarray | None = None
    both_ways: tuple[int, ...] = ()

    def graphs(self, nodes: int) -> dict[str, Graph]:
        """Builds a graph of all nodes for each relation.

        Args:
            nodes: Number of nodes.
        """
        head, relation, tail = self.ends.T
        return {
            name: from_edges(head[relation == number], tail[relation == number], nodes).with_weight(None)
            for number, name in enumerate(self.relations)
        }


@dataclass(repr=False)
class GraphData(Whole):
    """One graph, or many graphs as members of one whole without edges between them.

    Raises DataError for features of another number of nodes, or that are not finite.

    Args:
        name: Name of the data.
        graph: All nodes and edges.
        x: (N, F) features of nodes.
        y: Labels (N,) of nodes, or (G,) of members: int64 with UNKNOWN, or float targets. None without labels.
        classes: Names of the labels, () for numeric targets.
        members: (G + 1,) int64, where the nodes of each member begin. None for one graph.
        parts: (N,) or (G,) "train" | "valid" | "test" | "", if the source has a split.
        names: Names of nodes, if they have any.
        folds: (G,) int, the published fold in which a member is tested, -1 for none.
        relations: A graph of all nodes for each type of edges, if edges have types. `graph` then holds all edges.
        triples: The same as triples, for a source that has them.
        table: The table of nodes from which x was made.
        columns: How the table becomes x, so that the table of another graph can be read in the same way.
        options: Options of `load_data`, which a run records.
        seed: Seed of the split.
        source: Source as it was typed.
        licence: Licence of the data.
        account: How the source was read.
    """

    name: str
    graph: Graph
    x: Features
    y: Tensor | None = None
    classes: tuple[str, ...] = ()
    members: Tensor | None = None
    parts: np.ndarray | None = None
    names: list | None = None
    folds: np.ndarray | None = None
    relations: dict[str, Graph] | None = None
    triples: Triples | None = None
    table: pd.DataFrame | None = None
    columns: NodeColumns | None = None
    options: dict[str, object] = field(default_factory=dict)
    seed: int = 0
    source: str = ""
    licence: str = ""
    account: Account = field(default_factory=Account)

    def __post_init__(self):
        values = self.x.words.values if isinstance(self.x, SparseRows) else self.x
        if len(self.x) != self.graph.rows:
            raise DataError(
                f"{self.name} has {self.graph.rows:,} nodes and features of {len(self.x):,}: give each node one row"
            )
        if not torch.isfinite(values).all():
            row = int(
                torch.nonzero(~torch.isfinite(self.x.dense() if isinstance(self.x, SparseRows) else self.x))[0, 0]
            )
            raise DataError(
                f"{self.name}: the features of node {row} hold NaN or infinity: fill them, or leave the node out"
            )

    @property
    def node_names(self) -> np.ndarray:
        """The names (N,) of the nodes, or their numbers if they have no names."""
        return np.arange(self.graph.rows) if self.names is None else np.array(self.names, dtype=object)

    def split_again(self, seed: int) -> "GraphData":
        """Splits the labels by another seed. If the source has a split, each part keeps its number of items of each
        class.

        Args:
            seed: Seed of the split.
        """
        if self.parts is None:
            return replace(self, seed=seed)
        parts, y, rng = self.parts.copy(), self.y.numpy(), np.random.default_rng(seed)
        for label in np.unique(y):
            of_label = np.flatnonzero((y == label) & (parts != ""))
            parts[of_label] = parts[rng.permutation(of_label)]
        return replace(self, parts=parts)

    @property
    def relation_names(self) -> tuple[str, ...]:
        """The names of the types of edges, () if edges have no types."""
        return tuple(self.relations or ()) if self.triples is None else self.triples.relations

    @property
    def notes(self) -> list[str]:
        """Sentences about how the source was read."""
        return self.account.sentences()

    @property
    def kind(self) -> str:
        """The kind of data, by its name in the registry."""
        return "graph" if self.members is None else "graphs"

    @property
    def default_task(self) -> str:
        """The default task: labels of graphs for many graphs; for one graph labels of nodes if there are any, else
        types of edges, else links."""
        if self.members is not None:
            return "graphs"
        if self.y is None:
            return "relations" if self.relations or self.triples else "links"
        return "nodes"

    def describe(self) -> list[str]:
        """Describes in sentences how the graph was read."""
        g = self.graph
        loops = int((g.source == g.target).sum())
        lone_count = int(((g.degree == 0) & (torch.bincount(g.source, minlength=g.rows) == 0)).sum())
        edges = f"{(g.edges + loops) // 2:,} undirected edges" if is_undirected(g) else f"{g.edges:,} directed edges"
        facts = [
            f"{g.rows:,} nodes, {edges}",
            f"{self.x.shape[1]:,} features" + " (kept sparse)" * isinstance(self.x, SparseRows),
        ]
        if self.members is not None:
            facts.insert(0, f"{len(self.members) - 1:,} graphs")
        if g.weight is not None:
            facts.append(f"weights {float(g.weight.min()):g} to {float(g.weight.max()):g}" if g.edges else "weights")
        if g.features is not None:
            facts.append(f"{g.features.shape[1]:,} numbers an edge")
        if self.triples is not None:
            facts = [
                f"{g.rows:,} entities, {len(self.triples.relations):,} relations, {len(self.triples.ends):,} triples"
            ]
        if self.relations is not None:
            facts.append(f"{len(self.relations)} kinds of edges")
        if self.classes:
            facts.append(f"{len(self.classes)} classes, {int(self.known_mask.sum()):,} labels")
        kinds = ((loops, "edge", "of a node to itself"), (lone_count, "node", "without an edge"))
        oddities = [f"{count:,} {noun}{'s' * (count > 1)} {remainder}" for count, noun, remainder in kinds if count]
        return [", ".join(facts), *([", ".join(oddities)] if oddities else []), *self.notes]

    @property
    def known_mask(self) -> Tensor:
        """Whether the label or target is known: (N,) or (G,) bool."""
        return self.y != UNKNOWN if self.classes else ~self.y.isnan()

    @property
    def hash(self) -> str:
        """Computes a hash of everything that a model learns from."""
        digest = hashlib.blake2b(digest_size=16)
        words = (
            [self.x.words.ptr, self.x.words.source, self.x.words.values] if isinstance(self.x, SparseRows) else [self.x]
        )
        edges = [
            t for g in (self.graph, *(self.relations or {}).values()) for t in (g.ptr, g.source, g.weight, g.features)
        ]
        for t in (*edges, self.y, self.members, *words):
            digest.update(b"-" if t is None else t.contiguous().numpy().tobytes())
        digest.update(",".join(self.parts).encode() if self.parts is not None else b"-")
        if self.triples is not None:
            digest.update(self.triples.ends.numpy().tobytes())
            digest.update(",".join(self.triples.parts).encode() if self.triples.parts is not None else b"-")
        return digest.hexdigest()

    def to_scipy(self) -> "tuple[csr_array, np.ndarray | csr_array, np.ndarray | None]":
        """Converts to (A, x, y): A[i, j] of the SciPy array A is the weight of the edge i -> j; x is sparse if it is
        kept so."""
        from scipy.sparse import csr_array

        g = self.graph
        matrix = csr_array((g.values.numpy(), (g.source.numpy(), g.target.numpy())), shape=(g.rows, g.rows))
        words = self.x.words if isinstance(self.x, SparseRows) else None
        x = (
            self.x.numpy()
            if words is None
            else csr_array((words.values.numpy(), words.source.numpy(), words.ptr.numpy()), shape=self.x.shape)
        )
        return matrix, x, None if self.y is None else self.y.numpy()

    def to_networkx(self) -> "nx.Graph":
        """Converts to a NetworkX Graph, or a DiGraph if edges have a direction. Nodes carry the columns of the table,
        or the vector `x`, and `label`."""
        g, undirected = self.graph, is_undirected(self.graph)
        graph = nx.Graph(name=self.name) if undirected else nx.DiGraph(name=self.name)
        names = self.names or list(range(g.rows))
        x = None if self.table is not None else (self.x.dense() if isinstance(self.x, SparseRows) else self.x).numpy()
        rows = [{"x": row} for row in x] if self.table is None else self.table.to_dict("records")
        graph.add_nodes_from(zip(names, rows))
        if self.y is not None and self.members is None:
            for name, y, known in zip(names, self.y.tolist(), self.known_mask.tolist()):
                if known:
                    graph.nodes[name]["label"] = self.classes[y] if self.classes else y
        if self.parts is not None and self.members is None:
            for name, part in zip(names, self.parts.tolist()):
                graph.nodes[name]["split"] = part
        for i, (u, v) in enumerate(zip(g.source.tolist(), g.target.tolist())):
            if not undirected or u <= v:
                known = {} if g.weight is None else {"weight": float(g.weight[i])}
                known |= (
                    {}
                    if g.features is None
                    else {f"feature {j}": value for j, value in enumerate(g.features[i].tolist())}
                )
                graph.add_edge(names[u], names[v], **known)
        return graph

    def to_pyg(self) -> "Data | HeteroData":
        """Converts to a PyG Data, with `batch` and `ptr` for many graphs, or HeteroData if edges have types. Needs `pip
        install torch_geometric`."""
        require_package("torch_geometric")
        from torch_geometric.data import Data, HeteroData

        known = {"x": self.x.dense() if isinstance(self.x, SparseRows) else self.x, "y": self.y}
        if self.members is not None:
            known |= {
                "ptr": self.members,
                "batch": torch.repeat_interleave(torch.arange(len(self.members) - 1), self.members.diff()),
            }
        elif self.parts is not None:
            known |= {mask: torch.as_tensor(self.parts == part) for part, mask in MASKS.items()}
        relations = self.relations if self.triples is None else self.triples.graphs(self.graph.rows)
        if relations is None:
            g = self.graph
            return Data(edge_index=g.edge_index(), edge_weight=g.weight, edge_attr=g.features, **known)
        hetero = HeteroData()
        for name, value in known.items():
            if value is not None:
                hetero["node"][name] = value
        for kind, g in relations.items():
            hetero["node", kind, "node"].edge_index = g.edge_index()
            if g.weight is not None:
                hetero["node", kind, "node"].edge_weight = g.weight
        return hetero


@dataclass(repr=False)
class Interactions(Whole):
    """Pairs of users and items.

    Raises DataError for a user or item that is not there, or no pairs to learn from.

    Args:
        train: (n, 2) int64 pairs of a user in [0, users) and an item in [0, items), each once.
        test: (n, 2) int64 pairs of a user in [0, users) and an item in [0, items), each once.
        seed: Seed of the random numbers.
        source: Path, name or object of the data.
        notes: Notes for the user.
        account: Record of what the reader saw and used.
        options: Options of `load_data`, by name.
    """

    name: str
    users: int
    items: int
    train: Tensor
    test: Tensor
    seed: int = 0
    source: str = ""
    licence: str = ""
    notes: list[str] = field(default_factory=list)
    account: Account = field(default_factory=Account)
    options: dict[str, object] = field(default_factory=dict)
    kind = "interactions"  # its name in the registry, which the task has too
    default_task = "recommend"
    names = None

    def __post_init__(self):
        for part in (self.train, self.test):
            for ends, count, noun in ((part[:, 0], self.users, "user"), (part[:, 1], self.items, "item")):
                if len(ends) and not 0 <= int(ends.min()) <= int(ends.max()) < count:
                    raise DataError(
                        f"{self.name} names {noun} {int(ends.max())}, and there are {count:,}: number them from 0"
                    )
        if not len(self.train):
            raise DataError(f"{self.name} has no pairs to learn from: give some")

    def graph(self) -> Graph:
        """Builds the undirected graph of the training pairs: nodes are the users, then the items."""
        return undirected(
            from_edges(self.train[:, 1] + self.users, self.train[:, 0], self.users + self.items)
        ).with_weight(None)

    def describe(self) -> list[str]:
        """Describes in sentences how the data were read."""
        share = len(self.train) / (self.users * self.items)
        return [
            f"{self.users:,} users, {self.items:,} items, {len(self.train):,} pairs to learn from ({share:.3%} of all)",
            *self.notes,
        ]

    @property
    def hash(self) -> str:
        digest = hashlib.blake2b(f"{self.users} {self.items}".encode(), digest_size=16)
        for part in (self.train, self.test):
            digest.update(part.contiguous().numpy().tobytes())
        return digest.hexdigest()
