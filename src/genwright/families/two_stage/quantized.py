"""Vector quantisation (van den Oord 2017): a codec whose latents are codes at the places of a grid.

    z = e(x),  q = what the quantiser takes z to at each place, named by a code of K
    min  -log p(x | q) + beta cost(z, q),   the gradient of the first term passes from q to z

The nearest entry of a codebook is the paper's quantiser, with straight-through gradients and a cost |z - sg(q)|^2;
`vector_quantisers` has others.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.spec import Category, Spec
from ...core.trainable import Batch


class GridCodec(nn.Module):
    """Subclasses have `latents`, `head`, `encode`, `entries`, `nearest` and `params`, as `two_stage` describes them."""

    method = "codes of known parts kept, the others filled by the prior, and the picture drawn from all codes"

    def log_prob(self, x: Tensor, q: Tensor) -> Tensor:
        """log p(x | q): (B,) nats."""
        return self.head.log_prob(self.params(q), x.float()).flatten(1).sum(1)

    def sample(self, codes: Tensor, rng: Draws) -> Tensor:
        return self.head.sample(self.params(self.entries(codes)), rng)

    def point_estimate(self, codes: Tensor) -> Tensor:
        return self.head.point_estimate(self.params(self.entries(codes)))

    def partial(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        # the encoder is shown something of the data where nothing is known
        typical = self.point_estimate(x.new_zeros(len(x), *self.latents.shape))
        codes, unknown = self.encode(torch.where(known, x.float(), typical)), (~known).float().amax(1, keepdim=True)
        shapes = [leaf.shape for leaf in self.latents.columns]
        whole = [(F.adaptive_max_pool2d(unknown, shape[1:]) == 0).expand(-1, *shape).flatten(1) for shape in shapes]
        return codes, torch.cat(whole, 1).view(codes.shape)

    def sample_rest(self, codes: Tensor, partial: Tensor, known: Tensor, rng: Draws) -> Tensor:
        return self.sample(codes, rng)


def perplexity(codes: Tensor, entries: int) -> Tensor:
    """exp of the entropy of how often each of `entries` is chosen: codes (..., books) int64 -> (books,), as many as
    would be in use if all were used alike. It grows with the number of codes that it is taken over."""
    per_book = []
    for book in codes.flatten(0, -2).unbind(1):
        share = torch.bincount(book, minlength=entries).double() / len(book)
        per_book.append(torch.special.entr(share).sum().exp())
    return torch.stack(per_book)


class VQCodec(GridCodec):
    """encoder: (B, *shape) of the Spec -> (B, D, h, w). decoder: (B, D, h, w) -> parameters (B, *shape, size) of head.
    quantiser: of `vector_quantisers`. beta: how much the encoder pays for staying away from its codes.
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
