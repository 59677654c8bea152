"""Whatever a person hands over that is a graph: two tables, an object of another library, a folder or file of a
published form."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from ..core.errors import DataError
from ..graphs.graph_data import GraphData
from .named import NAMES

PLANETOID = re.compile(r"ind\.(.+)\.(x|y|tx|ty|allx|ally|graph|test\.index)")


def read_graph(
    source: Any, nodes: Any, target: str | None, types: dict | None, drop: list[str] | None, directed: bool
) -> tuple[GraphData, str] | None:
    """The graph and what `source` was as text; None where it is no graph, or a named one. Options are those of
    `load_data`.

    Raises DataError for options that the source has no use for.
    """
    is_path = isinstance(source, (str, os.PathLike))
    is_name = is_path and str(source) in NAMES
    if nodes is not None:
        if is_name or not (is_path or hasattr(source, "columns")):
            what = str(source) if is_name else f"a {type(source).__name__}"
            raise DataError(
                f"nodes names the table of nodes beside an edge list, and {what} is none: leave nodes out, or name a "
                "list of edges"
            )
        if is_path and not os.path.exists(Path(source).expanduser()):
            raise DataError(f"there is no edge list '{source}': check the path")
        from .readers.edge_lists import read_edge_list

        return read_edge_list(source, nodes, target, types, drop, directed), str(source) if is_path else "edge list"
    if directed:
        raise DataError(
            "directed is for an edge list, which says nothing of it: name its table of nodes too, or leave directed out"
        )
    if not is_path:
        from .readers.graph_objects import read_graph_object

        found = read_graph_object(source, target, types, drop)
        if found is not None or target is None:
            return found and (found, type(source).__name__)
    found = None if is_name or not is_path else _read_path(Path(source).expanduser())
    if target is not None:
        what = str(source) if is_path else f"a {type(source).__name__}"
        raise DataError(
            f"target '{target}' names the labels in a table of nodes, which {what} does not come with: name that table "
            "with nodes, or leave target out"
        )
    return found and (found, str(source))


def _read_path(path: Path) -> GraphData | None:
    if os.path.isdir(path):
        from .readers.tu import is_tu, read_tu

        return read_tu(path) if is_tu(path) else None
    planetoid = PLANETOID.fullmatch(path.name)
    if planetoid and os.path.exists(path):
        from .readers.planetoid import read_planetoid

        return read_planetoid(path.parent, planetoid[1])
    return None
