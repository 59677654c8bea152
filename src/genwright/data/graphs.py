"""Graphs, and who took what: they stay whole until a task makes items of them (run/tasks.py)."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import DataError
from ..graphs.graph_data import GraphData
from ..graphs.interactions import Interactions

OTHERS = ("given", "types", "drop", "missing", "group", "time")  # options of other kinds of data


def load(data: GraphData | Interactions, text: str, options: dict, seed: int) -> GraphData | Interactions:
    """data with what `load_data` was told. Raises DataError for options that are for tables or pictures alone."""
    fits = ("types", "drop") if getattr(data, "table", None) is not None else ()
    wrong = [name for name in OTHERS if options.get(name) and name not in fits]
    if wrong:
        where = "a table" if wrong[0] in ("types", "drop", "missing") else "tables and pictures"
        raise DataError(f"{text} is a graph, and {wrong[0]} is for {where}: leave it out")
    if "nodes" in options:
        options["nodes"] = str(options["nodes"]) if isinstance(options["nodes"], (str, Path)) else "DataFrame"
    data.seed, data.source, data.options = seed, text, options
    return data
