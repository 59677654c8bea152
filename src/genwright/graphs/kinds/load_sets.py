"""Many graphs to model whole: made simple, split so that graphs of one shape stand on one side, and understood."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.data import Data
from ...core.errors import DataError
from ...kinds.assemble import Prepared, assemble
from ...kinds.domain import Drawn
from ...kinds.formats.raw import Raw, Read
from ...kinds.formats.source import Source
from ...kinds.splits import require_enough, split
from .domain import GraphSets, equal_graphs, keys_of, packed
from .graph_files import is_graph_file, read_graph_file
from .plain_graphs import (
    COUNTED,
    UNKNOWN,
    find_kinds,
    list_of_graphs,
    names_of,
    plain_graphs,
    properties,
    without_unknown,
)

if TYPE_CHECKING:
    import networkx as nx


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Prepares graphs to be modelled whole. Raises DataError for too few graphs, and kinds or properties that are not
    there.

    Args:
        raw: Items as they were read from the source.
        text: Name of the source in messages.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    require_enough(len(raw.items), text, raw.account)
    given = list(options.get("given", raw.given))
    graphs = list_of_graphs(raw.items)
    nodes, told_nodes = find_kinds(graphs, "nodes", options.get("node_kind"))
    edges, told_edges = find_kinds(graphs, "edges", options.get("edge_kind"))
    graphs, oddities = plain_graphs(graphs, nodes, edges)
    known = list(dict.fromkeys([*names_of(raw.items), *COUNTED]))
    if unknown := [name for name in given if name not in known]:
        raise DataError(f"{raw.name} holds graphs without a property {unknown[0]!r}: give one of {', '.join(known)}")
    property_table = pd.DataFrame(properties(raw.items, given), index=range(len(graphs)))
    values = {name: property_table[name].to_numpy(object) for name in given}
    graphs = Drawn(graphs, values)
    x = packed(graphs, nodes, edges)
    keys = keys_of(x, bool(edges))
    graph_class = equal_graphs(nodes, edges).number(graphs)
    parts = split(keys, None, raw.parts, seed, graph_class)
    account = raw.account
    account.remarks += [*told_nodes, *told_edges]
    _count_odd(oddities, raw.items, account, given)
    digest = hashlib.blake2b(",".join(parts).encode(), digest_size=16)
    for numbers in (x.ptr, x.pairs.ptr, x.pairs.source, *[x.x] * bool(nodes), *[x.pairs.values] * bool(edges)):
        digest.update(numbers.numpy().tobytes())
    digest.update(property_table.to_json().encode() if given else b"")
    prepared = Prepared(
        raw,
        text,
        options,
        seed,
        graphs,
        "graphs",
        keys,
        graph_class,
        "copies of another, at most renumbered",
        raw.parts,
        parts, values=values, beside=property_table, content=digest.hexdigest(),
    )  # fmt: skip
    fit = lambda parts: GraphSets.fit(parts.items["train"], graphs, account.sentences(), nodes, edges, parts.fields)
    return assemble(prepared, fit)


def read_items(source: Source, domain: GraphSets) -> Read:
    """Reads graphs for a model; all that is there of them is known, but for edges that are `UNKNOWN`. They carry the
    properties that they say themselves."""
    path = source.path
    if path is not None and is_graph_file(path):
        raw = Raw(domain.kind, path.name, [read_graph_file(path)], places=[path.name], account=Account())
    else:
        raw = source.read_as(domain.kind)
    known_graphs, unknown = zip(*map(without_unknown, list_of_graphs(raw.items)))
    graphs, oddities = plain_graphs(known_graphs, domain.nodes, domain.edges)
    for graph, pairs in zip(graphs, unknown):
        names = list(graph)
        graph.add_edges_from(((names[i], names[j]) for i, j in pairs), **{UNKNOWN: True})
    carried_names = set(names_of(raw.items)) & set(domain.given.names)
    items = Drawn(
        graphs, {name: np.array(values, object) for name, values in properties(raw.items, carried_names).items()}
    )
    _count_odd(oddities, raw.items, raw.account, carried_names)
    return Read(items, None, raw.item_places, raw.account, raw.places)


def _count_odd(oddities: Counter, graphs: "Sequence[nx.Graph]", account: Account, given: Iterable[str]) -> None:
    """Tell the account what simple graphs lack of what the graphs had.

    Args:
        oddities: as `plain_graphs` counts it; "nodes.NAME" and "edges.NAME" are attributes that are no kinds.
        graphs: as they were read.
        account: of their reading.
        given: properties of graphs that are used.
    """
    edges = sum(graph.number_of_edges() for graph in graphs)
    account.merge(oddities["repeat"], edges, "edge")
    if loops := oddities["loop"]:
        account.remarks.append(f"{loops:,} edge{'s' * (loops > 1)} of a node to itself left out")
    if directed := oddities["directed"]:
        account.remarks.append(
            f"{directed:,} graph{'s' * (directed > 1)} had edges with a direction, which was left out"
        )
    for noun in ("nodes", "edges"):
        names = [name.removeprefix(f"{noun}.") for name in oddities if name.startswith(f"{noun}.")]
        account.see(f"attributes of {noun}", names)
    account.see("properties of graphs", [name for name in names_of(graphs) if name not in given])
