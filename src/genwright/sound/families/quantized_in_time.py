"""Vector quantisation of sound (van den Oord 2017): a code for each block of S samples, as many as a clip has blocks.

    z = e(x),  q = what the quantiser takes z to at each block;   p(x | q) = prod_t p(x_t | q) over a clip and its END
    min  -log p(x | q) + beta cost(z, q)

Codes end as clips do, with an END of their own after the last, so that they say how many blocks there are. Where in the
last block the clip ends is part of p(x | q): END may stand there alone, and must by its last place. All numbers of
a clip are drawn at once, and what is behind the first END is PAD.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.spec import Category, Spec
from ...core.trainable import Batch
from ...distributions.heads import pick
from ...families.two_stage.quantized import perplexity

NEVER = -1e9  # logit
MARGIN = 8  # blocks behind the end of a clip that networks see, as crops of training have them


class VQCodecInTime(nn.Module):
    """A codec of sound with a discrete code for each block of samples.

    Args:
        spec: one Ordered of shape (T,) that ends.
        encoder: (B, P S) int64 -> (B, P, D).
        decoder: (B, P, D) -> logits (B, P S, levels + 1), of END last.
        quantiser: Quantiser of `vector_quantisers`, one book.
        block: S, samples of a block.
        crop: blocks of a clip that a training step looks at.
        beta: how much the encoder pays for staying away from its codes.
    """

    method = "codes of the beginning kept, those that follow drawn by the prior, and the sound drawn from all codes"

    def __init__(
        self, spec: Spec, encoder: nn.Module, decoder: nn.Module, quantiser: nn.Module, block: int, crop: int,
        beta: float,
    ):  # fmt: skip
        super().__init__()
        self.leaf, self.length = spec.leaf, spec.shape[0]
        self.encoder, self.decoder, self.quantiser = encoder, decoder, quantiser
        self.block, self.crop, self.beta = block, crop, beta
        self.most = -(-self.length // block)  # blocks of a clip
        codes = Category(quantiser.entries + 2, (self.most + 1,), "time", ends=True)
        self.latents = Spec((("code", codes),))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss in nats an item, from a crop of each that stands for the whole; logs the cost of the codes
        and the batch's perplexity.

        A crop of c blocks begins anywhere from c - 1 before a clip of n blocks to its last, so that every block is in
        it with the same chance, c / (n + c - 1)."""
        x, rng = batch.x.long(), batch.rng
        blocks = self.blocks(x)
        ways = blocks + self.crop - 1
        first = (rng.uniform(len(x)) * ways).long() - self.crop + 1
        uncropped = blocks <= self.crop
        first, weight = first.masked_fill(uncropped, 0), torch.where(uncropped, 1.0, ways / self.crop)
        number = first[:, None] + torch.arange(self.crop, device=x.device)
        place = first[:, None] * self.block + torch.arange(self.crop * self.block, device=x.device)
        symbol_blocks = self._symbols(x, place)
        exists = (number >= 0) & (number < blocks[:, None])
        z = self.encoder(symbol_blocks).float()
        quantised, codes, cost = self.quantiser(z[exists], rng)
        q = torch.zeros_like(z).index_put((exists,), quantised.to(z.dtype))
        logits = self.decoder(q).float()
        nats = (
            self._nats(logits, symbol_blocks, place, blocks).masked_fill(symbol_blocks == self.leaf.pad, 0.0).sum(1)
            * weight
        )
        paid = torch.zeros_like(z[..., 0]).index_put((exists,), cost.to(z.dtype)).sum(1) * weight
        codes_used = perplexity(codes, self.quantiser.entries).mean()
        return self.beta * paid.mean() - nats.mean(), {"commitment": paid.mean().detach(), "perplexity": codes_used}

    def blocks(self, x: Tensor) -> Tensor:
        """Counts the blocks of each clip with its END: (B,)."""
        return -(-(x != self.leaf.pad).sum(1) // self.block)

    def encode(self, x: Tensor) -> Tensor:
        """Computes the codes (B, L) float, with END and PAD, as items of `latents`."""
        blocks = self.blocks(x)
        return self.ended(self.of_blocks(x, blocks), blocks)

    def partial(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Encodes the known beginning of clips. Returns codes and which of them are known; a clip goes on for one block
        at least."""
        complete, number = known.sum(1) // self.block, torch.arange(self.most + 1, device=x.device)
        codes = self.of_blocks(torch.where(known, x.float(), float(self.leaf.pad)), complete + 1)
        return self.ended(codes, complete + 1), number < complete[:, None]

    def of_blocks(self, x: Tensor, blocks: Tensor) -> Tensor:
        """Computes codes (B, L - 1) int64 of the first `blocks` (B,) of each clip; 0 behind them. Clips go one by one,
        since lengths differ."""
        codes = torch.zeros(len(x), self.most, dtype=torch.long, device=x.device)
        for row, count, block_codes in zip(x.long(), blocks.tolist(), codes):
            place = torch.arange((count + MARGIN) * self.block, device=x.device)[None]
            block_codes[:count] = self.quantiser.encode(self.encoder(self._symbols(row[None], place)).float())[
                0, :count, 0
            ]
        return codes

    def ended(self, codes: Tensor, blocks: Tensor) -> Tensor:
        """Adds the END after the first `blocks` (B,)

        Args:
            codes: (B, L - 1) -> (B, L) float.
        """
        leaf, number = self.latents.leaf, torch.arange(self.most + 1, device=codes.device)
        symbols = torch.where(number == blocks[:, None], leaf.end, leaf.pad)
        return torch.where(number < blocks[:, None], F.pad(codes, (0, 1)), symbols).float()

    def entries(self, codes: Tensor) -> Tensor:
        """Looks up the vectors (B, L - 1, D + 1) of codes (B, L), each after a 1; zeros behind the last."""
        exists = (codes < self.latents.leaf.end)[:, :-1, None]
        q = self.quantiser.decode(torch.where(exists, codes[:, :-1, None], 0).long())
        return torch.cat([torch.ones_like(q[..., :1]), q], 2) * exists

    def nearest(self, q: Tensor) -> Tensor:
        """Finds the codes nearest to any such vectors. The first leading number below 1/2 ends the clip, but the first
        block stays."""
        is_missing = (q[:, 1:, 0] < 0.5).float()
        return self.ended(self.quantiser.encode(q[..., 1:])[..., 0], 1 + (is_missing.cumsum(1) == 0).sum(1))

    def log_prob(self, x: Tensor, q: Tensor) -> Tensor:
        """Computes log p(x | q): (B,) nats. Clips go one by one, since lengths differ."""
        return torch.cat([self._code_nats(row[None].long(), vectors) for row, vectors in zip(x, q)])

    def _code_nats(self, x: Tensor, q: Tensor) -> Tensor:
        blocks = self.blocks(x)
        logits = self._logits(q, int(blocks))[None]
        place = torch.arange(logits.shape[1], device=x.device)[None]
        symbol_blocks = self._symbols(x, place)
        return self._nats(logits, symbol_blocks, place, blocks).masked_fill(symbol_blocks == self.leaf.pad, 0.0).sum(1)

    def sample(self, codes: Tensor, rng: Draws, minimum_length: Tensor | None = None) -> Tensor:
        """Samples clips (B, T) float from codes."""
        minimum_length = (
            torch.ones(len(codes), dtype=torch.long, device=codes.device) if minimum_length is None else minimum_length
        )
        blocks, q = (codes < self.latents.leaf.end).sum(1), self.entries(codes)
        return self._written(
            q, blocks, lambda i, logits: pick(self._allowed_logits(logits, blocks[i], minimum_length[i]), rng)
        )

    def sample_rest(self, codes: Tensor, partial: Tensor, known: Tensor, rng: Draws) -> Tensor:
        count = known.sum(1)
        short = codes.gather(1, (count // self.block)[:, None])[:, 0] >= self.latents.leaf.end
        return self.sample(torch.where(short[:, None], partial, codes), rng, count.clamp(min=1))

    def point_estimate(self, codes: Tensor) -> Tensor:
        """Computes the mean level at each position, and the likeliest end: (B, T)."""
        blocks, q = (codes < self.latents.leaf.end).sum(1), self.entries(codes)
        return self._written(q, blocks, lambda i, logits: self._mean(self._allowed_logits(logits, blocks[i], 1)))

    def _mean(self, logits: Tensor) -> Tensor:
        """(P, levels + 1) -> (P,): the mean level, of which the likeliest place of END in the last block is not one."""
        levels = torch.arange(self.leaf.levels, device=logits.device)
        mean_levels = (logits[:, : self.leaf.levels].softmax(1) * levels).sum(1).round()
        hazard = logits.log_softmax(1)
        goes_on = torch.log1p(-hazard[:, -1].exp().clamp(max=1 - 1e-7)).cumsum(0)
        mean_levels[(hazard[:, -1] + F.pad(goes_on[:-1], (1, 0))).argmax()] = self.leaf.end
        return mean_levels

    def _written(self, q: Tensor, blocks: Tensor, draw) -> Tensor:
        """(B, T) float: of each clip the numbers that `draw(i, logits)` gives, cut at the first END."""
        x = torch.full((len(q), self.length), float(self.leaf.pad), device=q.device)
        for i, count in enumerate(blocks.tolist()):
            values = draw(i, self._logits(q[i], count)[: self.length])
            end = int((values == self.leaf.end).float().argmax())
            x[i, : end + 1] = values[: end + 1].float()
        return x

    def _logits(self, q: Tensor, blocks: int) -> Tensor:
        """(P S, levels + 1) of one clip of so many blocks. q: as `entries` gives of it."""
        padded = F.pad(q[None, :blocks, 1:], (0, 0, 0, MARGIN))
        return self.decoder(padded).float()[0, : blocks * self.block]

    def _symbols(self, x: Tensor, place: Tensor) -> Tensor:
        """Symbols of clips at places (B, P); PAD before the first place and behind the last."""
        is_inside = (place >= 0) & (place < self.length)
        return x.gather(1, place.clamp(0, self.length - 1)).masked_fill(~is_inside, self.leaf.pad)

    def _nats(self, logits: Tensor, x: Tensor, place: Tensor, blocks: Tensor) -> Tensor:
        """log p of symbols x (B, P) at places alike, up to END, of clips of so many blocks (B,)."""
        first, last = self._ends(blocks[:, None], 1)
        end = logits[..., -1].masked_fill(place < first, NEVER)
        nats = torch.cat([logits[..., :-1], end[..., None]], 2).log_softmax(2)
        nats_of_values = nats.gather(2, x.clamp(max=self.leaf.end)[..., None])[..., 0]
        return nats_of_values.masked_fill(place >= last, 0.0)  # END, for sure

    def _allowed_logits(self, logits: Tensor, blocks: Tensor, minimum_length: Tensor | int) -> Tensor:
        """Logits (P, levels + 1) of one clip, with what cannot stand at a place never drawn."""
        first, last = self._ends(blocks, minimum_length)
        place = torch.arange(len(logits), device=logits.device)
        logits = logits.clone()
        logits[place < first, -1] = NEVER
        logits[place >= last, :-1] = NEVER
        return logits

    def _ends(self, blocks: Tensor, minimum_length: Tensor | int) -> tuple[Tensor, Tensor]:
        """The first and the last place where END may stand."""
        last = (blocks * self.block - 1).clamp(max=self.length - 1)
        return torch.clamp((blocks - 1) * self.block, min=minimum_length), last
