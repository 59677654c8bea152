"""Sets of graphs that generators of graphs are compared on, in the splits of the papers that brought them."""

import io

import numpy as np

from ..graphs.graph_arrays import graphs_of
from ..raw import Raw
from .download import File, content

SHA256 = {
    "planar": "5f193c3d3b5899c3668ede991c4f320d160dc5c7cdfe8ad5875385159a7c8edf",
    "sbm": "82d97eaa4867d0a45388a87e0c79cd1416087019337577d02e379b21dc51c07b",
    "tree": "2c9a08333cf34f602fc2cec250aedf6419b123a8cb3ddeb9779fe826df55d347",
    "community-small": "dd7c897cc79d889fbd09a1ceca63fe4ae0eb1137b5642f62c3b0ad98b7bae3d0",
    "ego-small": "41a491e2bb50ff305ba1aea3ddaf7556c02bf2c8f332e658714ea5ed7539744c",
    "grid": "8eef721accad6851a109f1b1a2851be0583dceed69a39cbc4a270ffc39cf7745",
    "protein": "91b6a93195cfbf63c485eab7e1bddadd40596cde4d7f821b99ffd779319f6b09",
}


def graph_set(name: str) -> Raw:
    """Planar graphs, stochastic blocks and trees (Martinkus 2022), communities, ego networks and grids (You 2018, in
    the smaller form of Jo 2022), proteins (Liao 2019)."""
    file = name.replace("-", "_") + ".npz"
    place = File(f"graph-generation/{file}", SHA256[name], ())
    with np.load(io.BytesIO(content(place)), allow_pickle=False) as arrays:
        graphs, parts = graphs_of(dict(arrays), file)
    return Raw("graph-sets", name, graphs, parts=parts)
