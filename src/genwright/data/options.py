"""Options of `load_data` that only some kinds of data have a use for."""

from __future__ import annotations

from collections.abc import Sequence

OF_TABLES = ("types", "drop", "missing", "group", "time")
OF_TEXT = {
    "windows": ("sequences", "music"),
    "symbols": ("sequences",),
    "column": ("sequences", "molecules"),
}  # and kinds
OF_MOLECULES = ("notation", "salts", "charges", "stereo", "tautomers", "split")
OF_GRAPH_SETS = ("node_kind", "edge_kind")
OTHERS = ("given", *OF_TABLES)  # what graphs have none of


def first_given(options: dict, names: Sequence[str]) -> str | None:
    """The first of these options that says anything, None where none does."""
    return next((name for name in names if options.get(name)), None)
