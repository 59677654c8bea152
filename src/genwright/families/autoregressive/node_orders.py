"""Orders in which the nodes of graphs come, drawn one node after another, each with the chance of having been drawn.

At every step the nodes that are left compare by a key, and one of those with the least is drawn:

    breadth-first   its first neighbour among those that came (a queue)
    depth-first     its last neighbour among those that came (a stack)
    degree          minus its number of neighbours
    core            minus the largest k of a part of the graph, it among them, whose nodes have k neighbours inside

In the first two, nodes without a neighbour among those that came have the largest key: the walk begins at any node, and
where a component ends it goes on at any node of another.
"""

import torch
from torch import Tensor

ORDERS = ("breadth-first", "depth-first", "degree", "core")


def draw_order(name: str, joined: Tensor, mask: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
    """order (b, m) int64, the node at each place, and log q (b,) of having drawn it. Nodes that are not there are last.

    name: of ORDERS. joined: (b, m, m) bool, the same both ways. mask: (b, m) bool, nodes there are, the first ones.
    chance: (b, m, m) uniform numbers, a row a step.
    """
    b, m = mask.shape
    if name == "degree":
        key = -joined.sum(2)
    elif name == "core":
        key = -core_numbers(joined, mask)
    else:
        key = torch.full((b, m), m, device=mask.device)
    item, left, drawn = torch.arange(b, device=mask.device), mask.clone(), []
    chance = chance + 1  # of those that are no candidates it is 0
    for step in range(m):
        least = key.masked_fill(~left, 2 * m).amin(1, keepdim=True)
        candidates = left & (key == least)
        node = torch.where(mask[:, step], (chance[:, step] * candidates).argmax(1), step)
        drawn.append((node, candidates.sum(1)))
        left[item, node] = False
        if name == "breadth-first":
            key = torch.where(joined[item, node] & (key == m), step, key)
        elif name == "depth-first":
            key = torch.where(joined[item, node], -step, key)
    order, among = (torch.stack(parts, 1) for parts in zip(*drawn))
    return order, -among.clamp(min=1).log().sum(1)


def core_numbers(joined: Tensor, mask: Tensor) -> Tensor:
    """(b, m) int64, 0 for nodes that are not there: the nodes of least degree leave, one by one (Batagelj & Zaversnik
    2003)."""
    left, degree, item = mask.clone(), joined.sum(2), torch.arange(len(mask), device=mask.device)
    core, k = torch.zeros_like(degree), torch.zeros_like(degree[:, 0])
    for _ in range(mask.shape[1]):
        least, node = degree.masked_fill(~left, 2 * mask.shape[1]).min(1)
        some = left.any(1)
        k = torch.where(some, torch.maximum(k, least), k)
        here = torch.zeros_like(left).scatter(1, node[:, None], some[:, None])
        core, left = torch.where(here, k[:, None], core), left & ~here
        degree = degree - joined[item, node].long() * some[:, None]
    return core


def permute(dense: Tensor, order: Tensor) -> Tensor:
    """(b, m, m) with rows and columns in an order (b, m)."""
    return dense.take_along_dim(order[:, :, None], 1).take_along_dim(order[:, None], 2)
