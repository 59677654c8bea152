"""A denoiser of backbones: it reads noisy atoms and the tracks of a trunk (Abramson 2024, supplement 3.7).

It is not equivariant: training turns its inputs at random. Distances do not tell a structure from its mirror image, and
a network of coordinates learns slowly to see hands, so they are among its features: each residue looks by some heads at
the noisy CA, and what its vectors span has a sign.
"""

from itertools import combinations

import torch
from torch import Tensor, nn

from ..mlp import Clock
from .attention import RowAttention
from .pair_updates import Transition

VECTORS, TRIPLES = 8, 40  # vectors of a residue, and triples of them whose determinants it reads


class Handedness(nn.Module):
    """Dot products and determinants of the vectors from each residue to where its heads look.

    Args:
        width: of residues.
        pair_width: of pairs.
        out: units of what comes out.
    """

    def __init__(self, width: int, pair_width: int, out: int):
        super().__init__()
        self.norm, self.qk = nn.LayerNorm(width), nn.Linear(width, 2 * VECTORS * 16)
        self.pair_bias = nn.Linear(pair_width, VECTORS)
        self.register_buffer("pairs", torch.triu_indices(VECTORS, VECTORS), persistent=False)
        triples = torch.tensor(list(combinations(range(VECTORS), 3)))
        chosen = torch.linspace(0, len(triples) - 1, TRIPLES).long()
        self.register_buffer("triples", triples[chosen], persistent=False)
        self.enter = nn.Linear(self.pairs.shape[1] + TRIPLES, out)

    def look(self, single: Tensor, pairs: Tensor, mask: Tensor) -> Tensor:
        """(B, heads, N, N) how much each residue looks at each other one, by the trunk alone."""
        q, k = self.qk(self.norm(single)).unflatten(-1, (VECTORS, -1)).transpose(1, 2).chunk(2, -1)
        logits = q @ k.mT / 4 + self.pair_bias(pairs).permute(0, 3, 1, 2)
        return logits.masked_fill(~mask[:, None, None], -1e4).softmax(-1)

    def forward(self, looks: Tensor, ca: Tensor) -> Tensor:
        """(B, S, N, out). looks: as `look` gives. ca: (B, S, N, 3), about 1 in size."""
        vectors = torch.einsum("bhij,bsjx->bsihx", looks, ca) - ca[..., None, :]
        one, other = self.pairs
        dots = (vectors[..., one, :] * vectors[..., other, :]).sum(-1)
        a, b, c = (vectors[..., each, :] for each in self.triples.T)
        return self.enter(torch.cat([dots, (torch.linalg.cross(a, b) * c).sum(-1)], -1))


class Denoiser(nn.Module):
    """denoiser(noisy, level, single, pairs, mask) -> (B, S, N, 3, 3), the network F of EDM's preconditioning.

    Args:
        width: of the trunk's residues, and of its own.
        pair_width: of pairs.
        layers: of attention with a bias of pairs.
        hands: whether it reads features of handedness.
        heads: of attention.
    """

    def __init__(self, width: int, pair_width: int, layers: int = 4, hands: bool = True, heads: int = 4):
        super().__init__()
        self.atoms, self.level = nn.Linear(9, width), Clock(width)
        self.enter, self.single_norm = nn.Linear(2 * width, width), nn.LayerNorm(width)
        self.pair_norm = nn.LayerNorm(pair_width)
        self.hands = Handedness(width, pair_width, width) if hands else None
        self.attention = nn.ModuleList(RowAttention(width, pair_width, heads) for _ in range(layers))
        self.transitions = nn.ModuleList(Transition(width) for _ in range(layers))
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 9))

    def forward(self, noisy: Tensor, level: Tensor, single: Tensor, pairs: Tensor, mask: Tensor) -> Tensor:
        """F of S noisy structures of each of B chains.

        Args:
            noisy: (B, S, N, 3, 3), scaled to about 1.
            level: (B, S) the logarithm of the noise, from 0 for the least to 1 for the most.
            single: (B, N, width).
            pairs: (B, N, N, pair_width).
            mask: (B, N) bool.
        """
        pairs = self.pair_norm(pairs)
        of_trunk = self.enter(torch.cat([self.single_norm(single), single], -1))
        x = of_trunk[:, None] + self.atoms(noisy.flatten(-2)) + self.level(level.flatten()).view(*level.shape, 1, -1)
        if self.hands is not None:
            x = x + self.hands(self.hands.look(single, pairs, mask), noisy[..., 1, :])
        row_mask = mask[:, None].expand(x.shape[:3])
        for attention, transition in zip(self.attention, self.transitions):
            x = x + attention(x, row_mask, pairs)
            x = x + transition(x)
        return self.out(x).unflatten(-1, (3, 3))


class SampleConfidence(nn.Module):
    """How sure the network is of each residue of a structure, by the tracks and the distances in it (Abramson 2024,
    algorithm 31).

    Args:
        width: of residues.
        pair_width: of pairs.
        bins: of lDDT.
    """

    def __init__(self, width: int, pair_width: int, bins: int = 50):
        super().__init__()
        self.register_buffer("edges", torch.linspace(3.25, 20.75, 15), persistent=False)
        self.distance, self.of_pair = nn.Embedding(16, pair_width), nn.Linear(pair_width, pair_width)
        self.enter, self.mixed = nn.Linear(width, width), nn.Linear(pair_width, width)
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, bins))

    def forward(self, single: Tensor, pairs: Tensor, ca: Tensor, mask: Tensor) -> Tensor:
        """Logits (B, N, bins). ca: (B, N, 3) Angstrom; single, pairs, mask: as of the trunk."""
        near = torch.bucketize(torch.cdist(ca.float(), ca.float()), self.edges)
        agree = torch.relu(self.of_pair(pairs) + self.distance(near)) * mask[:, None, :, None]
        mean = agree.sum(2) / mask.sum(1).clamp(min=1)[:, None, None]
        return self.out(self.enter(single) + self.mixed(mean))
