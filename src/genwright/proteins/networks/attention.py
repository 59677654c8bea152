"""Attention over residues and over the rows of an alignment (Jumper 2021, supplement 1.6)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GatedAttention(nn.Module):
    """Attention over the last axis but one, with a gate on its output and a bias from the caller.

    Args:
        width: Width of vectors.
        heads: Heads of attention, which share the width evenly.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads, self.norm = heads, nn.LayerNorm(width)
        self.qkv, self.gate, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor, mask: Tensor, bias: Tensor | None = None) -> Tensor:
        """Computes the update (..., N, width) of x.

        Args:
            x: (B, ...) input.
            mask: (..., N) bool, who may be heard.
            bias: (..., heads, N, N).
        """
        x = self.norm(x)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(-3, -2) for part in self.qkv(x).chunk(3, -1))
        hidden = q.new_zeros(mask.shape).masked_fill(~mask, -1e4)[..., None, None, :]
        attended = F.scaled_dot_product_attention(q, k, v, hidden if bias is None else hidden + bias.to(q.dtype))
        return self.out(attended.transpose(-3, -2).flatten(-2) * self.gate(x).sigmoid())


class RowAttention(GatedAttention):
    """Algorithm 7: attention of the residues of a row to each other, biased by the pair track.

    Args:
        width: Width of residues.
        pair_width: Pair width of pairs.
        heads: Heads of attention.
    """

    def __init__(self, width: int, pair_width: int, heads: int):
        super().__init__(width, heads)
        self.pair_bias = nn.Sequential(nn.LayerNorm(pair_width), nn.Linear(pair_width, heads, bias=False))

    def forward(self, x: Tensor, mask: Tensor, pairs: Tensor) -> Tensor:
        """Computes the update of x: (B, N, width), or (B, S, N, width) of the rows of an alignment.

        Args:
            x: (B, ...) input.
            mask: Mask of x, without width.
            pairs: (B, N, N, pair_width).
        """
        bias = self.pair_bias(pairs).permute(0, 3, 1, 2)
        return super().forward(x, mask, bias if x.dim() == 3 else bias[:, None])


class ColumnAttention(GatedAttention):
    """Algorithm 8: attention of the cells of a column of an alignment to each other."""

    def forward(self, rows: Tensor, row_mask: Tensor) -> Tensor:
        """Computes the update of rows (B, S, N, width).

        Args:
            row_mask: (B, S, N) bool.
        """
        return super().forward(rows.transpose(1, 2), row_mask.transpose(1, 2)).transpose(1, 2)


def separations(places: Tensor, most_residues: int) -> Tensor:
    """Numbers the separations i - j of residues, clipped, from 0 to 2 `most_residues`. Returns (1, N, N) where they are
    those of all chains, so that a table is read once; else (B, N, N).

    Args:
        places: (B, N) int64 number of each residue in its chain.
        most_residues: separation from which all are alike.
    """
    places = places - places[:, :1]
    places = places[:1] if (places == places[:1]).all() else places
    return (places[:, :, None] - places[:, None]).clamp(-most_residues, most_residues) + most_residues


class DistanceAttention(GatedAttention):
    """Attention of residues to each other with a learned bias for each separation i - j.

    Args:
        width: Width of residues.
        heads: Heads of attention.
        most_residues: separation from which all are alike.
    """

    def __init__(self, width: int, heads: int, most_residues: int = 32):
        super().__init__(width, heads)
        self.most, self.bias = most_residues, nn.Embedding(2 * most_residues + 1, heads)

    def forward(self, x: Tensor, mask: Tensor, places: Tensor) -> Tensor:
        """Computes the update of x (B, N, width).

        Args:
            x: (B, ...) input.
            mask: (B, N) bool.
            places: (B, N) int64.
        """
        return super().forward(x, mask, self.bias(separations(places, self.most)).permute(0, 3, 1, 2))


class LocalConvolutions(nn.Module):
    """Convolutions along the chain, each added to its input.

    Args:
        width: Width of residues.
        layers: number of convolutions.
        span: residues that one sees, odd.
    """

    def __init__(self, width: int, layers: int, span: int = 7):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv1d(width, width, span, padding=span // 2) for _ in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Adds the convolutions along the chain to x (B, N, width)."""
        for layer, norm in zip(self.layers, self.norms):
            x = x + torch.relu(layer((norm(x) * mask[..., None]).mT)).mT
        return x
