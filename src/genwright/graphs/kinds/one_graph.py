"""A graph, whose nodes or links a task learns; it stays whole until then (run/tasks.py)."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.account import Account
from ...core.domain import Question
from ...core.errors import DataError
from ...core.type_names import Options
from ...kinds.formats.forms import BINARY_TABLES, TEXT_TABLES, suffixes_of
from ...kinds.formats.names import NAMES
from ...kinds.formats.raw import Raw
from ...kinds.formats.source import Held, Source
from ...kinds.kind import Format, Kind, by_reader, call_on_folder, call_on_object, call_on_path
from ...kinds.options import take_options
from .graph_sets import GRAPH_SETS

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from .graph_data import GraphData

GRAPH6 = "genwright.graphs.kinds.other_files:read_graph6"
TASKS = ("nodes", "links")  # tasks of one graph
RELATIONS = "relations"  # task of typed edges
DIRECTIONS = ("directed", "undirected")  # options of edge lists
IS_MATRIX = "nodes stand above as on the left, so this is an adjacency matrix: --kind tables (kind=) keeps the table"
MOST_CLASSES, FEWEST_OF_CLASS = 20, 5  # labels of nodes, and nodes of one on average, where they are asked about
PLANETOID = re.compile(r"ind\.(.+)\.(x|y|tx|ty|allx|ally|graph|test\.index)")


def _check(source: Source) -> None:
    """Raises DataError where nodes, directed or target say something of data that have no such thing."""
    source_name = source.text or f"a {type(source.given).__name__}"
    if all(map(source.get, DIRECTIONS)):
        raise DataError("edges are either directed or undirected: leave one of both options out")
    if source.get("nodes") is not None:
        if source.name is not None or not (source.path is not None or hasattr(source.given, "columns")):
            raise DataError(
                f"nodes names the table of nodes beside an edge list, and {source_name} is none: leave nodes out, "
                "or name a list of edges"
            )
        if source.path is not None and not os.path.exists(source.path):
            raise DataError(f"there is no edge list '{source.given}': check the path")
    elif (option := next(filter(source.get, DIRECTIONS), None)) and not _is_lone_edge_list(source):
        raise DataError(
            f"{option} is for an edge list, which says nothing of it: name its table of nodes too, add --task links "
            f"(task), or leave {option} out"
        )
    elif source.get("target") is not None and _has_no_columns(source):
        raise DataError(
            f"target '{source.get('target')}' names the labels in a table of nodes, which {source_name} does not "
            "come with: name that table with nodes, or leave target out"
        )


def _has_no_columns(source: Source) -> bool:
    """Whether no column of it can be learned: a graph by name or in files that hold no table, a folder."""
    if source.name is not None:
        return not NAMES[source.name].reader.startswith("genwright.molecules.")
    return source.is_folder or _is_planetoid(source) or _is_lone_edge_list(source)


def _target(source: Source) -> str | None:
    """The column of labels. Raises DataError for several."""
    target = source.get("target")
    if isinstance(target, list):
        raise DataError(f"{source.called} is a graph, of which one target is learned, not {len(target)}: name one")
    return target


def _direction(source: Source) -> bool | None:
    """Whether edges run one way, None where nobody said."""
    return True if source.get("directed") else False if source.get("undirected") else None


def _edge_list(source: Source) -> "GraphData":
    from ...kinds.values.corrections import Corrections
    from .edge_lists import read_edge_list

    corrections = Corrections.of_options(source.options)
    return read_edge_list(source.given, source.get("nodes"), _target(source), corrections, _direction(source))


def _is_lone_edge_list(source: Source) -> bool:
    """A table of which links are to be learned: its nodes are those that it names."""
    if source.get("nodes") is not None or source.task != "links":
        return False
    return hasattr(source.given, "columns") or source.ends(
        *TEXT_TABLES, *suffixes_of("genwright.graphs.kinds.edge_lists"), *BINARY_TABLES
    )


def _lone_edge_list(source: Source) -> "GraphData":
    from .edge_lists import read_lone_edges

    return read_lone_edges(source.given, _direction(source))


def _is_triples(source: Source) -> bool:
    """A table, a file or a folder of which types of edges are to be learned."""
    if source.get("nodes") is not None or source.task != RELATIONS:
        return False
    if hasattr(source.given, "columns") or source.is_folder:
        return True
    return source.ends(*TEXT_TABLES, *suffixes_of("genwright.graphs.kinds.edge_lists"), *BINARY_TABLES, ".npz")


def _triples(source: Source) -> "GraphData":
    from .triples import read_triples

    return read_triples(source.given)


def _is_graph_object(source: Source) -> bool:
    return source.text is None and call_on_object("genwright.graphs.kinds.graph_objects:is_graph_object")(source)


def _graph_object(source: Source) -> "GraphData | Raw":
    from ...kinds.values.corrections import Corrections
    from .graph_objects import read_graph_object
    from .sparse_files import are_rows, rows_of_matrix

    if are_rows(source.given, source.get("kind")):
        return rows_of_matrix(source.given, "the matrix", "matrix")
    return read_graph_object(source.given, _target(source), Corrections.of_options(source.options))


def _read_matrix(source: Source) -> "GraphData | Raw":
    """A square matrix is a graph, unless a table is asked for; any other holds rows of counts or numbers."""
    from ...kinds.values.corrections import Corrections
    from .graph_objects import read_graph_object
    from .sparse_files import IS_GRAPH, are_rows, read_sparse, rows_of_matrix

    matrix = read_sparse(source.path)
    if are_rows(matrix, source.get("kind")):
        return rows_of_matrix(matrix, str(source.path), source.stem)
    data = read_graph_object(matrix, _target(source), Corrections.of_options(source.options))
    data.name = source.stem
    data.account.remarks.append(IS_GRAPH)
    return data


def _is_other_graph(source: Source) -> bool:
    return source.is_file_for("genwright.graphs.kinds.other_files") and not source.is_file_for(GRAPH6)


def _other_graph(source: Source) -> "GraphData":
    from .other_files import read_graph_text

    return _attributed(read_graph_text(source.path), source)


def _lone_edge_text(source: Source) -> "GraphData":
    from .edge_lists import read_lone_edges

    return read_lone_edges(source.path, _direction(source))


def _graph6(source: Source) -> "GraphData | Raw":
    from .other_files import read_graph6

    return _one_or_many(read_graph6(source.path), source)


def _graphml(source: Source) -> "GraphData":
    from .graph_files import read_one_graphml

    return _attributed(read_one_graphml(source.path), source)


def _is_node_link(source: Source) -> bool:
    from .graph_texts import holds_graph

    is_json = source.get("kind") in (None, GRAPH_SETS) and source.is_file_for("genwright.graphs.kinds.graph_texts")
    return is_json and holds_graph(source.path)


def _node_link(source: Source) -> "GraphData | Raw":
    from .graph_texts import read_node_link

    return _one_or_many(read_node_link(source.path), source)


def _one_or_many(graphs: "list[nx.Graph]", source: Source) -> "GraphData | Raw":
    """Graphs to model whole, or the one that there is."""
    has_several = len(graphs) > 1 or source.get("kind") == GRAPH_SETS
    return Raw(GRAPH_SETS, source.stem, graphs, account=Account()) if has_several else _attributed(graphs[0], source)


def _attributed(graph: "nx.Graph", source: Source) -> "GraphData":
    """A graph of NetworkX by the name of its file, with a question about labels, where nodes have some and none is
    named."""
    from ...kinds.values.corrections import Corrections
    from .graph_objects import read_networkx

    data = read_networkx(graph, target := _target(source), Corrections.of_options(source.options))
    data.name = source.stem
    if target is None and data.table is not None:
        limit = min(MOST_CLASSES, len(data.table) / FEWEST_OF_CLASS)
        labels = [name for name, cells in data.table.items() if 2 <= cells.nunique() <= limit]
        noun = "an attribute" if len(labels) == 1 else "attributes"
        names, its = (
            ", ".join(f"`{name}`" for name in labels),
            f"those of `{labels[0]}`" if labels[1:] else "its labels",
        )
        question = f"Nodes have {noun} {names}: are {its} to be learned?" if labels else ""
        data.account.remarks += [str(Question.whether(question, target=labels[0]))] if labels else []
    return data


def _tu(source: Source) -> "GraphData | Raw":
    """Many graphs with labels, or, where it is asked for, graphs to model whole."""
    from .tu import read_tu, tu_graphs

    if source.get("kind") == GRAPH_SETS:
        graphs, account = tu_graphs(source.path)
        return Raw(GRAPH_SETS, source.stem, graphs, account=account)
    return read_tu(source.path)


def _is_planetoid(source: Source) -> bool:
    return source.path is not None and not source.is_folder and bool(PLANETOID.fullmatch(source.path.name))


def _planetoid(source: Source) -> "GraphData":
    from .planetoid import read_planetoid

    return read_planetoid(source.path.parent, PLANETOID.fullmatch(source.path.name)[1])


def _take(raw: Held, source: Source) -> Held:
    """A table that is an adjacency matrix, or that may be one where a task of graphs is named."""
    if raw.kind != "tables" or raw.column or source.get("kind") is not None:
        return raw
    from .adjacency import find_matrix

    matrix = find_matrix(raw.items)
    if matrix is None:
        return raw
    if source.task in TASKS or matrix.sure:
        notes = [*(question.text for question in raw.asked), *([] if source.task in TASKS else [IS_MATRIX])]
        return matrix.graph(raw.name, raw.account + Account(remarks=notes))
    if matrix.learnable:
        node_question = Question.whether(
            "The names above are those on the left: is the table an adjacency matrix?", task="links"
        )
    else:
        node_question = Question(
            "The names above are those on the left. If the table is meant as a graph, write a positive weight for each "
            "edge, and 0 for each other pair"
        )
    return replace(raw, asked=[*raw.asked, node_question])


def _recognise(columns: "pd.DataFrame") -> list[Question]:
    from .recognise import ask_links, ask_relations

    return ask_relations(columns) or ask_links(columns)


def _recognise_files(files: "dict[str, pd.DataFrame]") -> list[tuple[str, Options]]:
    from .recognise import find_edges_and_nodes

    pairs = find_edges_and_nodes(files)
    say = "{} holds edges, and {} their nodes".format
    return [(say(edges, nodes), {"file": edges, "nodes": nodes}) for edges, nodes in pairs]


KIND = Kind(
    "graph",
    "a graph",
    "genwright.graphs.kinds.load",
    options=take_options("types drop missing nodes target directed undirected"),
    formats=(
        Format(lambda source: source.get("nodes") is not None, _edge_list, "edge list", asked=True),
        Format(_is_lone_edge_list, _lone_edge_list, "edge list", asked=True),
        Format(_is_triples, _triples, "triples", asked=True),
        Format(_is_graph_object, _graph_object),
        Format(by_reader("genwright.graphs.kinds.graph_files"), _graphml),
        Format(_is_node_link, _node_link),
        Format(_is_other_graph, _other_graph),
        Format(by_reader(GRAPH6), _graph6),
        Format(call_on_path("genwright.graphs.kinds.sparse_files:is_sparse"), _read_matrix),
        Format(by_reader("genwright.graphs.kinds.edge_lists"), _lone_edge_text),
        Format(call_on_folder("genwright.graphs.kinds.tu:is_tu"), _tu),
        Format(call_on_folder("genwright.graphs.kinds.triples:is_triple_folder"), _triples),
        Format(_is_planetoid, _planetoid),
    ),
    schema=Path(__file__).with_suffix(".schema.json"),
    check=_check,
    take=_take,
    recognise=_recognise,
    recognise_files=_recognise_files,
)
