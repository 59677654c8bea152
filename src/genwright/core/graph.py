"""A graph as a sparse matrix in CSR form, one row per target node.

The edges into node i come from the nodes source[ptr[i]] .. source[ptr[i + 1] - 1]. A graph may be rectangular: then
`columns` nodes send messages to the first `rows` of them, as in a sampled neighbourhood. Sparse features are
rectangular too: rows are nodes and columns are words. A graph holds no node features; callers pass them separately.

Many graphs form one union without edges between them. Node m[g] + k of the union is node k of graph g, so graphs are
cut out by runs of rows: no loop over graphs and no padding.

Binary trees stand in flat buffers, one tree after another: `left` and `right` are the children of a node, 0 for a leaf.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor

from .errors import DataError

MAX_TREE_DEPTH = 10_000  # steps from a root to a leaf, each of which is a pass over the items


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph as a sparse matrix of edges, a row for each target node. Within a row sources ascend.

    Args:
        ptr: (rows + 1,) int64.
        source: (E,) int64 in [0, columns).
        columns: Number of nodes that send.
        weight: (E,) float. Default: None, every edge weighs 1.
        features: (E, F) float of edges. Default: None.
        derived: What was computed from the edges alone; graphs with the same edges share it.
    """

    ptr: Tensor
    source: Tensor
    columns: int
    weight: Tensor | None = None
    features: Tensor | None = None
    derived: dict = field(
        default_factory=dict, repr=False
    )  # computed from the edges alone, shared by graphs that have them

    @property
    def rows(self) -> int:
        """The number of nodes that edges arrive at."""
        return len(self.ptr) - 1

    @property
    def edges(self) -> int:
        """The number of edges; one that runs both ways counts twice."""
        return len(self.source)

    @property
    def edge_features(self) -> int:
        """The number of features of an edge."""
        return 0 if self.features is None else self.features.shape[1]

    @property
    def degree(self) -> Tensor:
        """The number (rows,) int64 of edges that arrive at each node."""
        return self._derive("degree", self.ptr.diff)

    @property
    def target(self) -> Tensor:
        """The target node (E,) int64 of each edge."""
        rows = lambda: torch.arange(self.rows, device=self.ptr.device)
        make = lambda: torch.repeat_interleave(rows(), self.degree, output_size=self.edges)
        return self._derive("target", make)

    @property
    def transposed(self) -> tuple[Tensor, Tensor, Tensor]:
        """The edges in compressed columns: ptr (columns + 1,), target (E,) and the edge's number (E,)."""
        return self._derive("transposed", self._transpose)

    def _transpose(self) -> tuple[Tensor, Tensor, Tensor]:
        order = torch.argsort(self.source, stable=True)
        return pointer(self.source, self.columns), self.target.index_select(0, order), order

    def _derive(self, name: str, make: Callable):
        if name not in self.derived:
            self.derived[name] = make()
        return self.derived[name]

    @cached_property
    def values(self) -> Tensor:
        """The weights (E,) float32, all 1 if the graph has none."""
        return torch.ones(self.edges, device=self.ptr.device) if self.weight is None else self.weight

    def with_weight(self, weight: Tensor | None) -> "Graph":
        """Returns the same edges with other weights, (E,) or None. Cached results that need no weights are kept.

        Args:
            weight: (E,) weights, or None.
        """
        return replace(self, weight=weight)

    def move_to(self, device: torch.device) -> "Graph":
        """Copies the graph to a device; the same object if it is there already."""
        if self.ptr.device == device:
            return self
        moved_arrays = {name: getattr(self, name) for name in ("ptr", "source", "weight", "features")}
        return replace(
            self, derived={}, **{name: None if t is None else t.to(device) for name, t in moved_arrays.items()}
        )

    to = move_to  # as a tensor calls it

    def __deepcopy__(self, memo: dict) -> "Graph":
        return self  # a graph never changes, and it may be large

    def edge_index(self) -> Tensor:
        """Returns source and target of each edge: (2, E) int64."""
        return torch.stack([self.source, self.target])


def as_scipy(graph: Graph):
    """Converts the weights to a csr_array of SciPy, (rows, columns) with one row a target."""
    from scipy.sparse import csr_array

    return csr_array(
        tuple(t.cpu().numpy() for t in (graph.values, graph.source, graph.ptr)), (graph.rows, graph.columns)
    )


def pointer(sorted_or_not: Tensor, rows: int) -> Tensor:
    """Finds where each row begins, (rows + 1,), once edges are sorted by these row numbers (E,)."""
    return torch.cat([sorted_or_not.new_zeros(1), torch.bincount(sorted_or_not, minlength=rows).cumsum(0)])


def offsets(sizes: Tensor) -> Tensor:
    """Computes the boundaries (n + 1,) of n consecutive runs from their sizes."""
    return torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])


def is_offsets(ptr: Tensor, count: int) -> bool:
    """Tells whether ptr cuts `count` things into at least one run."""
    return len(ptr) > 1 and bool(ptr[0] == 0 and ptr[-1] == count and (ptr.diff() >= 0).all())


def spans(start: Tensor, ptr: Tensor) -> Tensor:
    """Lists the numbers start[i], start[i] + 1, .. of every row i, ptr[i + 1] - ptr[i] of them, one row after
    another."""
    sizes = ptr.diff()
    return torch.repeat_interleave(start - ptr[:-1], sizes) + torch.arange(int(ptr[-1]), device=ptr.device)


def at_least_float32(x: Tensor) -> Tensor:
    """Converts x to float32, unless it is float64 already."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def from_edges(
    source: Tensor, target: Tensor, nodes: int, weight: Tensor | None = None, features: Tensor | None = None,
    columns: int | None = None,
) -> Graph:  # fmt: skip
    """Builds a graph of the edges source[e] -> target[e].

    Equal edges become one, with the sum of their weights and the mean of their features.

    Args:
        source: (E,) int64, the node that each edge leaves.
        target: (E,) int64, the node at which it arrives.
        nodes: Number of nodes at which edges may arrive.
        weight: (E,) weights. Default: None, all 1.
        features: (E, F) features. Default: None.
        columns: Number of senders, if the senders are other nodes. Default: None, `nodes`.

    Raises DataError for an edge to a node that does not exist.
    """
    columns = nodes if columns is None else columns
    for ends, count in ((source, columns), (target, nodes)):
        if len(ends) and not 0 <= int(ends.min()) <= int(ends.max()) < count:
            worst = int(ends.min()) if int(ends.min()) < 0 else int(ends.max())
            raise DataError(
                f"an edge names node {worst}, and the {count} nodes are 0 to {count - 1}: number them from 0, or add "
                "the node"
            )
    key, order = torch.sort(target.long() * columns + source.long(), stable=True)
    first = torch.ones_like(key, dtype=torch.bool)
    first[1:] = key[1:] != key[:-1]
    group = first.cumsum(0) - 1
    count = int(first.sum())
    features = None if features is None else at_least_float32(features)[order]
    weight = None if weight is None else at_least_float32(weight)[order]
    if count < len(key):
        weight = torch.ones_like(key, dtype=torch.float32) if weight is None else weight
        weight = weight.new_zeros(count).index_add(0, group, weight)
        if features is not None:
            times = torch.bincount(group, minlength=count)[:, None]
            features = features.new_zeros(count, features.shape[1]).index_add(0, group, features) / times
    key = key[first]
    rows = torch.div(key, columns, rounding_mode="floor") if columns else key
    return Graph(pointer(rows, nodes), key - rows * columns, columns, weight, features)


def undirected(graph: Graph) -> Graph:
    """Adds the reverse of every edge, once. The weights and features of an edge and its reverse become their mean.

    Args:
        graph: A square graph.
    """
    source, target = torch.cat([graph.source, graph.target]), torch.cat([graph.target, graph.source])
    features = None if graph.features is None else graph.features.repeat(2, 1)
    both_directions = from_edges(source, target, graph.rows, graph.values.repeat(2), features)
    if graph.weight is None:
        return both_directions.with_weight(None)
    times = from_edges(source, target, graph.rows, torch.ones_like(source, dtype=torch.float32)).weight
    return both_directions.with_weight(both_directions.weight / times)


def side_by_side(graphs: list[Graph]) -> Graph:
    """Joins square graphs without weights or features into one: the nodes of the second follow those of the first, and
    no edge joins two."""
    first = torch.tensor([0, *(graph.rows for graph in graphs)]).cumsum(0).tolist()
    edges = torch.cat([graph.edge_index() + start for graph, start in zip(graphs, first)], 1)
    return from_edges(*edges, first[-1])


def is_undirected(graph: Graph) -> bool:
    """Tells whether every edge has its reverse, of the same weight."""
    ptr, target, order = graph.transposed
    is_symmetric = graph.rows == graph.columns and torch.equal(ptr, graph.ptr) and torch.equal(target, graph.source)
    return is_symmetric and (graph.weight is None or torch.allclose(graph.weight[order], graph.weight))


def with_self_loops(graph: Graph) -> Graph:
    """Adds loops: A + I, an edge of weight 1 from each node to itself, except where it has one."""
    has = torch.zeros(graph.rows, dtype=torch.bool, device=graph.ptr.device)
    has[graph.target[graph.source == graph.target]] = True
    loops = torch.nonzero(~has).flatten()
    source, target = torch.cat([graph.source, loops]), torch.cat([graph.target, loops])
    weight = None if graph.weight is None else torch.cat([graph.weight, graph.weight.new_ones(len(loops))])
    features = graph.features
    if features is not None:  # a loop has the mean features of the edges that arrive, zeros where none does
        loop_features = features.new_zeros(graph.rows, features.shape[1]).index_add(0, graph.target, features)
        features = torch.cat([features, (loop_features / graph.degree.clamp(min=1)[:, None])[loops]])
    return from_edges(source, target, graph.rows, weight, features, graph.columns)


def without_self_loops(graph: Graph) -> Graph:
    """Removes loops: A without its diagonal."""
    return keep(graph, graph.source != graph.target)


def keep(graph: Graph, edges: Tensor) -> Graph:
    """Selects edges of a graph.

    Args:
        graph: The graph.
        edges: (E,) bool.
    """
    weight = None if graph.weight is None else graph.weight[edges]
    features = None if graph.features is None else graph.features[edges]
    return Graph(pointer(graph.target[edges], graph.rows), graph.source[edges], graph.columns, weight, features)


def subgraphs(union: Graph, members: Tensor, ids: Tensor) -> tuple[Graph, Tensor, Tensor]:
    """Selects some graphs of a union, side by side. Returns them, their nodes (n,) in the union, and where each begins
    (B + 1,).

    Args:
        union: The union. Weights stay, so that a union prepared once gives prepared batches.
        members: (G + 1,) int64, where each graph of the union begins.
        ids: (B,) int64, numbers of the graphs. A graph may be asked for twice.
    """
    begins = offsets(members.diff()[ids])
    number_shift = begins[:-1] - members[ids]
    take = lambda ptr, index: _rows_of_members(ptr, index, members, ids, begins, number_shift)
    ptr, source, edges = take(union.ptr, union.source)
    pick = lambda values: None if values is None else values[edges]
    # The compressed columns of a part are cut out of the union's as well, which saves sorting its edges in every step.
    their_ptr, target, number = union.transposed
    columns, targets, positions = take(their_ptr, target)
    shift = ptr[begins[:-1]] - union.ptr[members[ids]]
    numbers = number[positions] + torch.repeat_interleave(shift, columns[begins].diff())
    part = Graph(
        ptr, source, int(begins[-1]), pick(union.weight), pick(union.features),
        {"transposed": (columns, targets, numbers)},
    )  # fmt: skip
    return part, spans(members[ids], begins), begins


def pooling(members: Tensor) -> Graph:
    """Builds a graph with an edge from each node to its own graph: one row a graph, one column a node.

    Args:
        members: (G + 1,).
    """
    return Graph(members, torch.arange(int(members[-1]), device=members.device), int(members[-1]))


def _rows_of_members(
    ptr: Tensor, index: Tensor, members: Tensor, ids: Tensor, begins: Tensor, member_rows: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Compressed rows of some graphs: ptr (n + 1,), index (E,) by the new numbers of nodes, and which edges (E,) these
    are."""
    first = ptr[members[ids]]
    sizes = ptr[members[ids + 1]] - first
    edges = spans(first, offsets(sizes))
    degree = ptr.diff()[spans(members[ids], begins)]
    return offsets(degree), index[edges] + torch.repeat_interleave(member_rows, sizes), edges


def leads_down(left_children: Tensor, right: Tensor) -> bool:
    """Tells whether two arrays of children form trees: both children of each node come after it, have no other parent,
    and no walk takes MAX_TREE_DEPTH steps to a leaf. left, right: (nodes,)."""
    inner = left_children > 0
    node, children = inner.nonzero()[:, 0], torch.stack([left_children[inner], right[inner]]).long()
    if not ((children > node) & (children < len(left_children))).all() or len(children.unique()) < children.numel():
        return False
    level = torch.ones_like(inner).index_fill(0, children.flatten(), False).nonzero()[:, 0]  # roots
    for _ in range(MAX_TREE_DEPTH):
        level = level[inner[level]]
        if not len(level):
            return True
        level = torch.cat([left_children[level], right[level]]).long()
    return False
