"""A denoiser of backbones: it reads noisy atoms and the tracks of a trunk (Abramson 2024, supplement 3.7).

It is not equivariant: training turns its inputs at random. Distances do not tell a structure from its mirror image, and
where noise hides a structure, such a network gives one hand as often as the other. So it sees the structure of the
trunk, which has the right hand, moved onto the noisy one.
"""

import torch
from torch import Tensor, nn

from ...networks.mlp import Clock
from .attention import RowAttention
from .pair_updates import Transition


class StructureDenoiser(nn.Module):
    """The denoiser of structures: predicts updates of noisy atoms from the tracks of a trunk.

    denoiser(noisy, level, single, pairs, mask) -> (B, S, N, 3, 3), the network F of EDM's preconditioning.

    Args:
        width: Width of the trunk's residues, and of its own.
        pair_width: Pair width of pairs.
        layers: Layers of attention with a bias of pairs.
        hands: whether it sees the trunk's structure.
        heads: Heads of attention.
    """

    def __init__(self, width: int, pair_width: int, layers: int = 4, hands: bool = True, heads: int = 4):
        super().__init__()
        self.atoms, self.level = nn.Linear(9, width), Clock(width)
        self.enter, self.single_norm = nn.Linear(2 * width, width), nn.LayerNorm(width)
        self.pair_norm = nn.LayerNorm(pair_width)
        self.hands = nn.Linear(9, width) if hands else None
        self.attention = nn.ModuleList(RowAttention(width, pair_width, heads) for _ in range(layers))
        self.transitions = nn.ModuleList(Transition(width) for _ in range(layers))
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 9))

    def forward(
        self, noisy: Tensor, aligned: Tensor, level: Tensor, single: Tensor, pairs: Tensor, mask: Tensor
    ) -> Tensor:
        """Computes the network's output F for S noisy structures of each of B chains.

        Args:
            noisy: (B, S, N, 3, 3), scaled to about 1.
            aligned: (B, S, N, 3, 3) the trunk's structure, moved onto each noisy one, likewise.
            level: (B, S) the logarithm of the noise, from 0 for the least to 1 for the most.
            single: (B, N, width).
            pairs: (B, N, N, pair_width).
            mask: (B, N) bool.
        """
        pairs = self.pair_norm(pairs)
        of_trunk = self.enter(torch.cat([self.single_norm(single), single], -1))
        x = of_trunk[:, None] + self.atoms(noisy.flatten(-2)) + self.level(level.flatten()).view(*level.shape, 1, -1)
        if self.hands is not None:
            x = x + self.hands(aligned.flatten(-2))
        row_mask = mask[:, None].expand(x.shape[:3])
        for attention, transition in zip(self.attention, self.transitions):
            x = x + attention(x, row_mask, pairs)
            x = x + transition(x)
        return self.out(x).unflatten(-1, (3, 3))


class SampleConfidence(nn.Module):
    """Predicts the confidence of each residue of a structure, from the tracks and the distances in it (Abramson 2024,
    algorithm 31).

    Args:
        width: Width of residues.
        pair_width: Pair width of pairs.
        bins: Bins of lDDT.
    """

    def __init__(self, width: int, pair_width: int, bins: int = 50):
        super().__init__()
        self.register_buffer("edges", torch.linspace(3.25, 20.75, 15), persistent=False)
        self.distance, self.of_pair = nn.Embedding(16, pair_width), nn.Linear(pair_width, pair_width)
        self.enter, self.mixed = nn.Linear(width, width), nn.Linear(pair_width, width)
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, bins))

    def forward(self, single: Tensor, pairs: Tensor, ca: Tensor, mask: Tensor) -> Tensor:
        """Computes logits (B, N, bins) of the binned lDDT.

        Args:
            ca: (B, N, 3) Angstrom.
            single, pairs, mask: as of the trunk.
        """
        distance_bin = torch.bucketize(torch.cdist(ca.float(), ca.float()), self.edges)
        agree = torch.relu(self.of_pair(pairs) + self.distance(distance_bin)) * mask[:, None, :, None]
        mean = agree.sum(2) / mask.sum(1).clamp(min=1)[:, None, None]
        return self.out(self.enter(single) + self.mixed(mean))
