"""Vector quantisation (van den Oord 2017): a codec whose latents are codes at the places of a grid.

    z = e(x),  q = what the quantiser takes z to at each place, named by a code of K
    min  -log p(x | q) + beta cost(z, q),   the gradient of the first term passes from q to z

The nearest entry of a codebook is the paper's quantiser, with straight-through gradients and a cost |z - sg(q)|^2;
`quantisers` has others.
"""

import torch
from torch import Tensor, nn

from ...core.spec import Category, Spec
from ...core.trainable import Batch
from .grid_codec import GridCodec


def perplexity(codes: Tensor, entries: int) -> Tensor:
    """exp of the entropy of how often each of `entries` is chosen: codes (..., books) int64 -> (books,), as many as
    would be in use if all were used alike. It grows with the number of codes that it is taken over."""
    found = []
    for book in codes.flatten(0, -2).unbind(1):
        share = torch.bincount(book, minlength=entries).double() / len(book)
        found.append(torch.special.entr(share).sum().exp())
    return torch.stack(found)


class VQCodec(GridCodec):
    """encoder: (B, *shape) of the Spec -> (B, D, h, w). decoder: (B, D, h, w) -> parameters (B, *shape, size) of head.
    quantiser: of `quantisers`. beta: how much the encoder pays for staying away from its codes.
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, head: nn.Module, quantiser: nn.Module, grid: tuple[int, int],
        beta: float,
    ):  # fmt: skip
        super().__init__()
        self.encoder, self.decoder, self.head, self.quantiser = encoder, decoder, head, quantiser
        self.beta = beta
        self.latents = Spec((("code", Category(quantiser.entries, (quantiser.books, *grid), "grid")),))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Nats an item; and what the codes cost, and the perplexity of those of this batch."""
        z = self.encoder(batch.x).float().movedim(1, -1)
        q, codes, cost = self.quantiser(z, batch.rng)
        commitment = cost.flatten(1).sum(1).mean()
        nats = -self.log_prob(batch.x, q).mean()
        used = perplexity(codes, self.quantiser.entries).mean()
        return nats + self.beta * commitment, {"commitment": commitment.detach(), "perplexity": used}

    def encode(self, x: Tensor) -> Tensor:
        """The codes (B, books, h, w) float, as items of `latents`."""
        return self.nearest(self.encoder(x).movedim(1, -1))

    def nearest(self, z: Tensor) -> Tensor:
        """z: (B, h, w, D) -> the codes of what the quantiser takes it to."""
        return torch.stack(self.quantiser.encode(z).float().unbind(-1), 1)

    def entries(self, codes: Tensor) -> Tensor:
        """codes: (B, books, h, w) -> (B, h, w, D), what they stand for."""
        return self.quantiser.decode(codes.long().movedim(1, -1))

    def params(self, q: Tensor) -> Tensor:
        """q: (B, h, w, D) -> parameters of p(x | q)."""
        return self.decoder(q.movedim(-1, 1)).float()
