"""GraphRNN (You 2018): generates nodes in breadth-first order, and decides for each node its edges to earlier nodes.

    a_t             the first neighbour of node t - 1 among earlier nodes, or t - 1 itself if it has none
    p(A | n)      = prod_t prod_a_t<=j<t  p(A_tj | A_t,<j, rows before t)
    sampling:       the same, one pair after another

The breadth-first queue begins at a_t. All neighbours of the nodes before a_t come before t, so t has no edge to
them. You 2018 looks at the last M nodes instead, with M the widest queue among training graphs. The queue itself
allows exactly the graphs in breadth-first order, so probabilities sum to one. A row without an edge starts a new
component: disconnected graphs are kept whole (You 2018 keeps their largest component).

The recurrence over nodes reads the row of the previous node. The recurrence over pairs starts from its state. Its
inputs at a pair (t, j) are:

* whether t is joined to j - 1, as in You 2018;
* the number of nodes from j to t;
* the degree of j so far, the number of common neighbours of t and j, and the degree of t so far;
* the state of the recurrence over nodes at j.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import ItemDraws, require_numbers
from ...core.spec import Spec
from ..pairs import uniform_rows
from .ordered_graphs import OrderedGraphs


class GraphRNN(OrderedGraphs):
    """network: of `networks.graph_recurrence`. scored: see `OrderedGraphs`."""

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, scored: int):
        super().__init__(spec, given, "breadth-first", scored)
        self.network = network

    def rows_log_prob(self, a: Tensor, mask: Tensor, given: Tensor, rng: ItemDraws) -> Tensor:
        """Exact log p(A | n) (b,) of graphs in breadth-first order. rng is not used."""
        rows, place = a.tril(-1), torch.arange(a.shape[1], device=a.device)
        begin = F.pad(first_neighbours(rows), (1, -1))
        length = (place - begin) * mask
        widest = int(length.max())
        if not widest:  # graphs of one node
            return torch.zeros(len(a), device=a.device)
        h = self._states(rows, mask, begin, widest, given)
        item, t = length.nonzero(as_tuple=True)
        longest = length[item, t].argsort(descending=True)
        item, t = item[longest], t[longest]
        inside = torch.arange(widest, device=a.device)[:, None] < length[item, t]  # (W, R), as sequences are packed
        k, which = inside.nonzero(as_tuple=True)
        pair = item[which], t[which], begin[item, t][which] + k
        joined, members = rows.float(), self.network.member(h).flatten(0, 1)
        bits, sums = joined[pair], joined.cumsum(2)[pair]
        before = joined[pair[0], pair[1], (pair[2] - 1).clamp(min=0)] * (k > 0)
        degree, common = F.pad(a.float().cumsum(1), (0, 0, 1, -1))[pair], (joined @ joined.mT)[pair]
        member = members.index_select(0, pair[0] * a.shape[1] + pair[2])
        told = torch.cat([pair_numbers(before, pair[1] - pair[2], degree, common, sums - bits), member], 1)
        logits = self.network.pairs(h[item, t], told, inside.sum(1))
        nats = -F.binary_cross_entropy_with_logits(logits, bits, reduction="none")
        return torch.zeros(len(a), device=a.device).index_add(0, pair[0], nats)

    def _states(self, rows: Tensor, mask: Tensor, begin: Tensor, widest: int, given: Tensor) -> Tensor:
        """(b, m, width) of each node as it comes, zeros for the first."""
        at = begin[..., None] + torch.arange(widest, device=rows.device)
        bits = F.pad(rows, (0, widest)).gather(2, at).float()
        place, sizes = torch.arange(rows.shape[1], device=rows.device), mask.sum(1, keepdim=True)
        numbers = node_numbers(place, begin, sizes, F.pad(rows.sum(2), (1, -1)))
        return F.pad(self.network.nodes(bits[:, :-1], numbers[:, 1:], given), (0, 0, 1, 0))

    def draw_rows(self, a: Tensor, mask: Tensor, count: Tensor, given: Tensor, rng: ItemDraws) -> Tensor:
        chance, sizes, known = uniform_rows(rng, mask), mask.sum(1), a.tril(-1)
        (b, m), item = mask.shape, torch.arange(len(mask), device=mask.device)
        joined = torch.zeros(b, m, m, device=mask.device)  # edges of nodes that came, both ways
        node_step, begin, row = self.network.node_steps(given), torch.zeros_like(sizes), joined[:, 0, :1]
        members = [self.network.member(joined.new_zeros(b, self.network.member.in_features))]
        for t in range(1, m):
            degree = joined.sum(2)
            h = node_step(row, node_numbers(begin.new_tensor(t), begin, sizes, degree[:, t - 1]))
            pair_step, length, came = self.network.pair_steps(h), (t - begin) * (t < sizes), torch.stack(members, 1)
            bit, own, common, row = torch.zeros(b, device=mask.device), 0.0, torch.zeros_like(degree), []
            for k in range(int(length.max())):
                at = (begin + k).clamp(max=t - 1)
                numbers = pair_numbers(bit, t - at, degree[item, at], common[item, at], own + torch.zeros_like(bit))
                p = pair_step(torch.cat([numbers, came[item, at]], 1)).sigmoid()
                require_numbers(p)
                drawn = torch.where(t < count, known[item, t, at], chance[item, t, at] < p) & (k < length)
                bit = drawn.float()
                own, common = own + bit, common + bit[:, None] * joined[item, at]
                joined[item, t, at] += bit
                row.append(bit)
            if not row:  # all graphs have ended
                break
            row = torch.stack(row, 1)
            joined[:, :, t] = joined[:, t]
            begin = first_neighbours(joined[:, t : t + 1] > 0, t)[:, 0]
            members.append(self.network.member(h))
        return joined > 0


def first_neighbours(rows: Tensor, begin: int | Tensor = 0) -> Tensor:
    """(b, T) int64: the first node that each of the nodes begin, begin + 1, .. is joined to among those before it, or
    its own number. rows: (b, T, m) bool. begin: one of all, or (b, 1)."""
    own = begin + torch.arange(rows.shape[1], device=rows.device)
    return torch.where(rows.any(2), rows.float().argmax(2), own)


def node_numbers(place: Tensor, begin: Tensor, sizes: Tensor, degree: Tensor) -> Tensor:
    """(..., NUMBERS): how wide the queue is, how many nodes came and how many are left, and what the last is joined
    to."""
    numbers = place - begin, place, (sizes - place).clamp(min=0), degree
    return torch.stack(torch.broadcast_tensors(*numbers), -1).float().log1p()


def pair_numbers(before: Tensor, left: Tensor, degree: Tensor, common: Tensor, own: Tensor) -> Tensor:
    """(..., TOLD): of a pair (t, j), see the module."""
    return torch.stack([before, left.log1p(), degree.log1p(), common.log1p(), own.log1p()], -1)
