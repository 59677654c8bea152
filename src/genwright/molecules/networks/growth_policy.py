"""A policy over molecules that grow, as graphs (You 2018, GCPN): all allowed actions of a state share one softmax.

    x_i     = kind + free valence + open or newest + place in the order of growth
    m_i     = sum_j relu(norm(x_j) + bond_ij)                                   over the neighbours (Hu 2020)
    x_i     = x_i + MLP(norm(x_i), m_i, mean of all)                            depth times
    logits  = MLP(x_i, x_newest, mean of all) of each kind and order at i;  MLP(x_newest, mean of all) of a stop

Only atoms that are there are computed: the states of a batch stand one after another.
"""

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MOST_FREE = 4  # valences left, at most, that are told apart


class State(Protocol):
    """B growing molecules of up to N atoms as tensors, in the form of `molecules.chemistry.growing.Growth`."""

    kinds: Tensor
    near: Tensor
    orders: Tensor
    open: Tensor
    newest: Tensor

    def free(self) -> Tensor: ...


class GrowthEncoder(nn.Module):
    """Encodes growing molecules by a graph network.

    state -> features (M, width) of all atoms, (B, width) of the newest atoms, (B, width) of the whole molecules, and
    where each atom stands: molecule (M,) and place (M,).

    Args:
        kinds: Kinds of atoms.
        orders: Orders of bonds.
        atoms: N.
        width: features of an atom.
        depth: layers.
    """

    def __init__(self, kinds: int, orders: int, atoms: int, width: int, depth: int):
        super().__init__()
        self.width = width
        self.kind, self.free = nn.Embedding(kinds, width), nn.Embedding(MOST_FREE + 1, width)
        self.flags, self.place = nn.Embedding(4, width), nn.Embedding(atoms, width)
        self.bond = nn.Embedding(orders + 1, width, padding_idx=0)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth + 1))
        self.up = nn.ModuleList(nn.Linear(3 * width, 2 * width) for _ in range(depth))
        self.down = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(depth))

    def atoms(self, state: State, row: Tensor, at: Tensor) -> Tensor:
        """Embeds atoms at their positions in molecules, (M, width), before messages.

        Args:
            state: Molecules that grow.
            row: (M,) molecule of each atom.
            at: (M,) place of each atom.
        """
        flags = state.open[row, at].long() + 2 * (at == state.newest[row])
        h = self.kind(state.kinds[row, at]) + self.free(state.free()[row, at].clamp(0, MOST_FREE))
        return h + self.flags(flags) + self.place(at)

    def forward(self, state: State) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        row, at = (state.kinds >= 0).nonzero(as_tuple=True)
        number = torch.zeros_like(state.kinds)
        number[row, at] = torch.arange(len(row), device=row.device)
        order, sizes = state.orders[row, at], torch.bincount(row, minlength=len(state.kinds))
        to, bond = order.nonzero(as_tuple=True)
        source, order = number[row[to], state.near[row, at][to, bond]], order[to, bond]
        summed = lambda x, place, count: x.new_zeros(count, x.shape[1]).index_add(0, place, x)
        mean = lambda x: summed(x, row, len(sizes)) / sizes[:, None].to(x.dtype)
        h, bonds = self.atoms(state, row, at), self.bond(order)
        for norm, up, down in zip(self.norms, self.up, self.down):
            x = norm(h)
            messages = summed(F.relu(x.index_select(0, source) + bonds), to, len(x))
            h = h + down(F.gelu(up(torch.cat([x, messages, mean(x).index_select(0, row)], 1))))
        h = self.norms[-1](h)
        return h, h[number[torch.arange(len(sizes), device=row.device), state.newest]], mean(h), row, at


class GrowthPolicy(nn.Module):
    """Computes logits of the actions by which a molecule grows.

    state -> logits (B, N * (kinds + 1) * orders + 1) of all actions, allowed or not, and features (B, 2 width) of the
    states. Arguments as of `GrowthEncoder`.

    Args:
        width: Features of a layer.
        depth: Number of layers.
    """

    encoder_class = GrowthEncoder

    def __init__(self, kinds: int, orders: int, atoms: int, width: int, depth: int):
        super().__init__()
        self.atoms = atoms
        self.encoder = self.encoder_class(kinds, orders, atoms, width, depth)
        self.first = nn.Parameter(torch.zeros(kinds))  # logits of the first atom's kind
        self.grow = nn.Sequential(nn.Linear(3 * width, width), nn.GELU(), nn.Linear(width, (kinds + 1) * orders))
        self.stop = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, 1))

    def forward(self, state: State) -> tuple[Tensor, Tensor]:
        h, newest, molecule, row, at = self.encoder(state)
        context = torch.cat([newest, molecule], 1)
        grow = self.grow(torch.cat([h, context[row]], 1)).float()
        logits = grow.new_zeros(len(molecule), self.atoms, grow.shape[1]).index_put((row, at), grow)
        return torch.cat([logits.flatten(1), self.stop(context).float()], 1), context
