"""Readers and makers of named data, a module for each kind; the names stand in `formats/names.py`."""

from ...core.manifest import load_place
from ..formats.names import NAMES


def read_named(name: str, seed: int):
    """Returns the content of a named set, Raw or GraphData, licence filled in."""
    row = NAMES[name]
    arguments = [seed if argument == "seed" else argument for argument in row.arguments]
    raw = load_place(row.reader, __name__)(*arguments)
    raw.licence = row.licence
    return raw
