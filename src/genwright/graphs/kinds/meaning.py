"""What graphs mean to a science: a package extends the table "meanings of graphs" by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...core.type_names import NetworkxGraph


@dataclass(frozen=True)
class Meaning:
    """Graphs whose nodes and edges are things of a science.

    Args:
        nodes, edges: attributes that hold their kinds.
        is_node: whether a kind of nodes is such a thing.
        text_of: what a graph means as a text, None if it means nothing.
        rule: what a graph is that means something, in a word; a rule of samples.
    """

    nodes: str
    edges: str
    is_node: Callable[[object], bool]
    text_of: Callable[[NetworkxGraph], str | None]
    rule: str

    def knows(self, attributes: tuple[str, str], kinds: Sequence[object]) -> bool:
        """Tells whether graphs with these attributes, and these kinds of nodes, are of it."""
        return attributes == (self.nodes, self.edges) and all(map(self.is_node, kinds))
