"""Graphs, and who took what: they stay whole until a task makes items of them (run/tasks.py)."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import DataError
from ..graphs.graph_data import GraphData
from ..graphs.interactions import Interactions
from .options import OTHERS, first_given


def load(data: GraphData | Interactions, text: str, options: dict, seed: int) -> GraphData | Interactions:
    """data with what `load_data` was told. Raises DataError for options that are for tables or pictures alone."""
    fits = ("types", "drop") if getattr(data, "table", None) is not None else ()
    if wrong := first_given(options, [name for name in OTHERS if name not in fits]):
        where = "a table" if wrong in ("types", "drop", "missing") else "tables and pictures"
        raise DataError(f"{text} is a graph, and {wrong} is for {where}: leave it out")
    if "nodes" in options:
        options["nodes"] = str(options["nodes"]) if isinstance(options["nodes"], (str, Path)) else "DataFrame"
    data.seed, data.source, data.options = seed, text, options
    return data
