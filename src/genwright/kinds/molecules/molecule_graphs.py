"""Molecules that are asked for as graphs to model whole: a source of SMILES becomes one of graphs with kinds."""

from dataclasses import replace

from ...chemistry.graphs import graph_of
from ...chemistry.standards import Unreadable, parsed, quiet_rdkit, told_of_extensions
from ...core.patience import with_progress
from ..raw import Raw

KIND = "graph-sets"


def as_graphs(raw: Raw) -> Raw:
    """The same items, parts and properties, which graphs carry; what is no molecule is left out and counted."""
    graphs, rows, lost = [], [], list(raw.unreadable)
    columns = {} if raw.beside is None else {name: raw.beside[name].tolist() for name in raw.beside}
    with quiet_rdkit():
        for row, text in enumerate(with_progress(raw.items, "drawing molecules")):
            try:
                graph = graph_of(parsed(text))
            except Unreadable as why:
                lost.append((raw.item_places[row], text, str(why)))
                continue
            graph.graph.update({name: values[row] for name, values in columns.items()})
            graphs.append(graph)
            rows.append(row)
    left_out = [_describe_lost(lost)] if lost else []
    notes = [*raw.all_notes, *left_out, *told_of_extensions(raw.items[row] for row in rows)]
    parts, places = None if raw.parts is None else raw.parts[rows], [raw.item_places[row] for row in rows]
    return replace(
        raw, kind=KIND, items=graphs, parts=parts, notes=notes, given=(), beside=None, places=places, unreadable=[]
    )


def _describe_lost(lost: list[tuple[str, str, str]]) -> str:
    where, _, why = lost[0]
    return f"{len(lost):,} molecule{'s' * (len(lost) > 1)} left out ({where}: {why}{', ..' * (len(lost) > 1)})"
