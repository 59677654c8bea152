"""Binary trees in flat buffers, one tree after another: `left` and `right` are the children of a node, 0 for a leaf."""

from torch import Tensor


def leads_down(left: Tensor, right: Tensor) -> bool:
    """Whether both children of each node come after it, so that every walk ends in a leaf. left, right: (nodes,)."""
    inner = left > 0
    node = inner.nonzero()[:, 0]
    return all(bool(((child[inner] > node) & (child[inner] < len(left))).all()) for child in (left, right))
