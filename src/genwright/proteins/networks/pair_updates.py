"""Updates of the pair track: a vector for each ordered pair of residues (Jumper 2021, supplement 1.6)."""

import torch
from torch import Tensor, nn

from .attention import separations


class Transition(nn.Sequential):
    """Algorithms 9 and 15: two layers on each vector (..., width).

    Args:
        width: Features of a layer.
    """

    def __init__(self, width: int, factor: int = 2):
        super().__init__(
            nn.LayerNorm(width), nn.Linear(width, factor * width), nn.ReLU(), nn.Linear(factor * width, width)
        )


class TriangleProduct(nn.Module):
    """Algorithms 11 (outgoing) and 12 (incoming): updates pair (i, j) by products of the pairs (i, k) and (j, k), or
    (k, i) and (k, j), over all k: the other edges of its triangles.

    Args:
        width: Width of pairs.
        outgoing: whether edges leave i and j.
    """

    def __init__(self, width: int, outgoing: bool):
        super().__init__()
        self.outgoing = outgoing
        self.norm, self.norm_out = nn.LayerNorm(width), nn.LayerNorm(width)
        self.sides, self.gates = nn.Linear(width, 2 * width), nn.Linear(width, 2 * width)
        self.out, self.gate = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, pairs: Tensor, pair_mask: Tensor) -> Tensor:
        """Computes the update (B, N, N, width) of pairs.

        Args:
            pair_mask: (B, N, N) bool, where both residues exist.
        """
        pairs = self.norm(pairs)
        sides = self.sides(pairs) * self.gates(pairs).sigmoid() * pair_mask[..., None]
        a, b = sides.chunk(2, -1)
        product = torch.einsum("bikc,bjkc->bijc" if self.outgoing else "bkic,bkjc->bijc", a, b)
        return self.out(self.norm_out(product)) * self.gate(pairs).sigmoid()


class OuterProductMean(nn.Module):
    """Algorithm 10: updates pair (i, j) by the outer product of the columns i and j of an alignment, averaged over its
    rows.

    Args:
        width: Width of the alignment's cells.
        pair_width: Pair width of pairs.
        hidden: factors of a cell; pairs see all products of two.
    """

    def __init__(self, width: int, pair_width: int, hidden: int = 8):
        super().__init__()
        self.norm, self.factors = nn.LayerNorm(width), nn.Linear(width, 2 * hidden)
        self.out = nn.Linear(hidden * hidden, pair_width)

    def forward(self, rows: Tensor, row_mask: Tensor) -> Tensor:
        """Computes the update (B, N, N, pair_width).

        Args:
            rows: (B, S, N, width).
            row_mask: (B, S, N) bool, which cells exist.
        """
        a, b = (self.factors(self.norm(rows)) * row_mask[..., None]).chunk(2, -1)
        shared = torch.einsum("bsic,bsjd->bijcd", a, b).flatten(3)
        weights = row_mask.to(a.dtype)
        return self.out(shared / (weights.mT @ weights + 1e-3)[..., None])


class EndsProduct(nn.Module):
    """Updates a pair by the product and the difference of the single vectors of its ends (Lin 2023): algorithm 10 of
    one row.

    Args:
        width: Width of residues.
        pair_width: Pair width of pairs.
    """

    def __init__(self, width: int, pair_width: int):
        super().__init__()
        self.norm, self.ends = nn.LayerNorm(width), nn.Linear(width, 2 * pair_width)
        self.product, self.difference = nn.Linear(pair_width, pair_width), nn.Linear(pair_width, pair_width)

    def forward(self, single: Tensor) -> Tensor:
        """Computes the update (B, N, N, pair_width)."""
        left, right = self.ends(self.norm(single)).chunk(2, -1)
        differences = self.difference(left)[:, :, None] - self.difference(right)[:, None]
        return self.product(left[:, :, None] * right[:, None]) + differences


class RelativePosition(nn.Module):
    """Embeds the clipped separation i - j of two residues (algorithms 4 and 5).

    Args:
        width: Width of what comes out.
        most_residues: separation from which all are alike.
    """

    def __init__(self, width: int, most_residues: int = 32):
        super().__init__()
        self.most, self.embedding = most_residues, nn.Embedding(2 * most_residues + 1, width)

    def forward(self, places: Tensor) -> Tensor:
        """Embeds the separations of residues: (B, N, N, width), or (1, N, N, width) where all chains agree.

        Args:
            places: (B, N) int64 number of each residue in its chain.
        """
        return self.embedding(separations(places, self.most))


class RecyclingEmbedder(nn.Module):
    """Adds the tracks and the CA of the pass before to those of this pass (algorithm 32).

    Args:
        width: Width of residues.
        pair_width: Pair width of pairs.
        bins: Bins of distances from 3.25 to 20.75 Angstrom.
    """

    def __init__(self, width: int, pair_width: int, bins: int = 15):
        super().__init__()
        self.single_norm, self.pair_norm = nn.LayerNorm(width), nn.LayerNorm(pair_width)
        self.distance = nn.Embedding(bins + 1, pair_width)
        self.register_buffer("edges", torch.linspace(3.25, 20.75, bins), persistent=False)

    def forward(self, single: Tensor, pairs: Tensor, ca: Tensor) -> tuple[Tensor, Tensor]:
        """Computes additions to both tracks, (B, N, width) and (B, N, N, pair_width).

        Args:
            ca: (B, N, 3) Angstrom.
        """
        distance_bin = torch.bucketize(torch.cdist(ca.float(), ca.float()), self.edges)
        return self.single_norm(single), self.pair_norm(pairs) + self.distance(distance_bin)
