"""Graphs, and who took what: they stay whole until a task makes items of them (run/tasks.py)."""

from pathlib import Path

from ...core.data import Whole
from ...core.errors import DataError


def load(data: Whole, text: str, options: dict, seed: int) -> Whole:
    """Applies the options of `load_data` to a graph. Raises DataError for corrections to columns that are not there.

    Args:
        text: Name of the source in messages.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    if getattr(data, "table", None) is None and (unfit_options := options.keys() & {"types", "drop", "missing"}):
        raise DataError(
            f"{min(unfit_options)} is an option for tables, and {text} is a graph: leave {min(unfit_options)} out"
        )
    if "nodes" in options:
        options["nodes"] = str(options["nodes"]) if isinstance(options["nodes"], (str, Path)) else "DataFrame"
    data.seed, data.source, data.options = seed, text, options
    return data
