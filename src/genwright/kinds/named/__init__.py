"""Readers and makers of named data, a module for each kind; the names stand in `formats/names.py`."""

from importlib import import_module

from ..formats.names import NAMES


def read_named(name: str, seed: int):
    """The content of a named set, Raw or GraphData, licence filled in."""
    row = NAMES[name]
    module, function = row.reader.split(":")
    arguments = [seed if argument == "seed" else argument for argument in row.arguments]
    raw = getattr(import_module(f".{module}", __name__), function)(*arguments)
    raw.licence = row.licence
    return raw
