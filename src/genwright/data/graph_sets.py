"""Many graphs to model whole: made simple, split so that graphs of one shape stand on one side, and understood."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import numpy as np

from ..core.data import Data
from ..core.errors import DataError
from ..domains.drawn import Drawn
from ..domains.graph_sets import GraphSets, packed
from ..domains.plain_graphs import plain_graphs
from ..graphs.weisfeiler_lehman import graph_keys
from .formats import Source, read_of_kind
from .options import OTHERS, first_given
from .raw import Raw
from .readers.graph_folders import is_graph_file, read_graph_file
from .splits import PARTS, far_from_share, require_enough, split

SAID = {  # what graphs had that simple ones have not -> what became of it
    "loop": "{} edge{s} of a node to itself left out",
    "repeat": "{} repeated edge{s} left out",
    "directed": "{} graph{s} had edges with a direction, which was left out",
    "labelled": "{} graph{s} had more to say of nodes or edges, which was left out: structure alone is modelled",
}


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few graphs, and options that are for tables or pictures."""
    require_enough(raw, text)
    if wrong := first_given(options, OTHERS):
        raise DataError(f"{raw.name} holds graphs, and {wrong} is for tables and pictures: leave it out")
    graphs, odd = plain_graphs(raw.items)
    graphs = Drawn(graphs)
    x = packed(graphs)
    keys = graph_keys(x.pairs, x.ptr).numpy().view(np.uint64)
    parts = split(keys, None, raw.parts, seed)
    items = {part: graphs[parts == part] for part in PARTS}
    domain = GraphSets.fit(items["train"], graphs, [*raw.notes, *_notes(odd)])
    notes = far_from_share(parts, raw.parts, keys, "graphs", "look alike")
    digest = hashlib.blake2b(",".join(parts).encode(), digest_size=16)
    for numbers in (x.ptr, x.pairs.ptr, x.pairs.source):
        digest.update(numbers.numpy().tobytes())
    return Data(raw.name, domain, items, digest.hexdigest(), text, raw.licence, raw.log_density, options, notes)


def read_items(given: Any, domain: GraphSets) -> tuple[Drawn, None]:
    """Graphs for a model; all that is there of them is known."""
    path = Source(given).path
    if path is not None and is_graph_file(path):
        return Drawn(plain_graphs([read_graph_file(path)])[0]), None
    return Drawn(plain_graphs(read_of_kind(given, domain.kind).items)[0]), None


def _notes(odd: Counter) -> list[str]:
    return [text.format(f"{odd[what]:,}", s="s" * (odd[what] > 1)) for what, text in SAID.items() if odd[what]]
