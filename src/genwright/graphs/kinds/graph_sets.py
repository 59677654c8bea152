"""Many graphs to model whole."""

from pathlib import Path

from ...core.account import Account
from ...kinds.formats.raw import Raw
from ...kinds.formats.source import Source
from ...kinds.kind import Format, Kind, call_on_path
from ...kinds.options import take_options

GRAPH_SETS = "graph-sets"


def _is_named_tu(source: Source) -> bool:
    """A named set of TUDataset, where graphs to model whole are asked for; else its graphs have labels."""
    if source.get("kind") != GRAPH_SETS or source.name is None:
        return False
    from .tu import FILES

    return source.name in FILES


def _named_tu(source: Source) -> Raw:
    from ...kinds.formats.names import NAMES
    from .tu import tu_graphs

    graphs, account = tu_graphs(source.name)
    return Raw(GRAPH_SETS, source.name, graphs, account=account, licence=NAMES[source.name].licence)


def _is_graph_folder(source: Source) -> bool:
    from .graph_files import is_graph_folder

    return source.is_folder and is_graph_folder(source.path, source.get("kind") == GRAPH_SETS)


def _graph_folder(source: Source) -> Raw:
    from .graph_files import read_graph_folder

    graphs, places, account = read_graph_folder(source.path)
    return Raw(GRAPH_SETS, source.stem, graphs, account=account, places=places)


def _is_list_of_graphs(source: Source) -> bool:
    if not isinstance(source.given, (list, tuple)) or not source.given:
        return False
    from .plain_graphs import is_graph

    return all(map(is_graph, source.given))


def _graph_arrays(source: Source) -> Raw:
    from ...kinds.formats.numpy_arrays import read_arrays
    from .graph_files import ATTRIBUTE_PREFIXES, NAMES, graphs_of

    arrays, account = read_arrays(source.path), Account()
    graphs, parts = graphs_of(arrays, source.path)
    account.see("arrays", [name for name in arrays if not name.startswith(ATTRIBUTE_PREFIXES)], (*NAMES, "split"))
    return Raw(GRAPH_SETS, source.path.stem, graphs, parts=parts, account=account)


KIND = Kind(
    GRAPH_SETS,
    "graphs to model whole",
    "genwright.graphs.kinds.load_sets",
    options=take_options("given types missing node_kind edge_kind"),
    formats=(
        Format(_is_named_tu, _named_tu, asked=True),
        Format(_is_graph_folder, _graph_folder),
        Format(
            _is_list_of_graphs,
            lambda source: Raw(GRAPH_SETS, "graphs", list(source.given), account=Account()),
            "list of graphs",
        ),
        Format(call_on_path("genwright.graphs.kinds.graph_files:is_graph_arrays"), _graph_arrays),
    ),
    schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.graphs.contract:WholeGraphs",
)
