"""A text as networks read it: its tokens, each in view of the others, and one vector for all of them."""

import torch
from torch import Tensor, nn

from ..core.spec import Category

TOKEN = 64  # numbers of a token
HEADS, LAYERS = 4, 2


class TextEncoder(nn.Module):
    """Texts (B, T), codes of tokens -> tokens (B, 1 + P, TOKEN), their mask (B, 1 + P) bool and their mean (B, width).

    leaf: a Category of shape (T,). P: tokens of the longest text of the batch. The first token says whether there is a
    text: the mean of a text that is left out (NaN) is of that token alone. The mask is False, and tokens are zeros,
    behind the end of a text. A transformer with its norms first (Xiong 2020) reads the tokens at learned positions.
    """

    def __init__(self, leaf: Category, width: int):
        super().__init__()
        self.pad = leaf.pad if leaf.ends else -1
        self.symbols = nn.Embedding(leaf.k, TOKEN)
        self.positions = nn.Parameter(torch.randn(leaf.shape[0], TOKEN))
        self.there = nn.Embedding(2, TOKEN)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(TOKEN, HEADS, 4 * TOKEN, 0.0, "gelu", batch_first=True, norm_first=True)
            for _ in range(LAYERS)
        )
        self.norm = nn.LayerNorm(TOKEN)
        self.mean = nn.Linear(TOKEN, width)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mask = ~x.isnan() & (x != self.pad)
        longest = int(mask.any(0).sum())
        x, mask, there = x[:, :longest], mask[:, :longest], (~x.isnan()).any(1, keepdim=True)
        h = torch.cat([self.there(there.long()), self.symbols(x.nan_to_num().long()) + self.positions[:longest]], 1)
        mask = torch.cat([torch.ones_like(there), mask], 1)
        for layer in self.layers:
            h = layer(h, src_key_padding_mask=~mask)
        h = self.norm(h) * mask[..., None]
        return h, mask, self.mean(h.sum(1) / mask.sum(1, keepdim=True))
