"""Vector quantisation (van den Oord 2017): a codec whose latents are codes at the places of a grid.

    z = e(x),  q = what the quantiser takes z to at each place, named by a code of K
    min  -log p(x | q) + beta cost(z, q),   the gradient of the first term passes from q to z

The nearest entry of a codebook is the paper's quantiser, with straight-through gradients and a cost |z - sg(q)|^2;
`vector_quantisers` has others.
"""

from collections.abc import Callable
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.shares import share
from ...core.spec import Category, Real, Spec
from ...core.trainable import Batch
from ...distributions.normal import draw, kl_to_standard, log_density


class GridCodec(nn.Module):
    """Base of codecs with codes on a grid. Subclasses have `latents`, `head`, `encode`, `entries`, `nearest` and
    `params`, as `two_stage` describes them."""

    method = "codes of known parts kept, the others filled by the prior, and the picture drawn from all codes"

    def log_prob(self, x: Tensor, q: Tensor) -> Tensor:
        """Computes log p(x | q): (B,) nats."""
        return self.head.log_prob(self.params(q), x.float()).flatten(1).sum(1)

    def sample(self, codes: Tensor, rng: Draws) -> Tensor:
        return self.head.sample(self.params(self.entries(codes)), rng)

    def point_estimate(self, codes: Tensor) -> Tensor:
        return self.head.point_estimate(self.params(self.entries(codes)))

    def partial(self, x: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        # the encoder is shown something of the data where nothing is known
        typical = self.point_estimate(x.new_zeros(len(x), *self.latents.shape))
        codes = self.encode(torch.where(known, x.float(), typical))
        unknown = (~known).float().amax(-3).flatten(1, -2)[:, None]  # frames of clips lie one below the other
        shapes = [leaf.shape for leaf in self.latents.columns]
        complete = [(F.adaptive_max_pool2d(unknown, shape[1:]) == 0).expand(-1, *shape).flatten(1) for shape in shapes]
        return codes, torch.cat(complete, 1).view(codes.shape)

    def sample_rest(self, codes: Tensor, partial: Tensor, known: Tensor, rng: Draws) -> Tensor:
        return self.sample(codes, rng)


def perplexity(codes: Tensor, entries: int) -> Tensor:
    """Computes the perplexity (books,) of codes (..., books) int64: exp of the entropy of how often each entry is
    chosen.

    It is the number of entries in use if all were used equally, and grows with the number of codes."""
    per_book = []
    for book in codes.flatten(0, -2).unbind(1):
        share = torch.bincount(book, minlength=entries).double() / len(book)
        per_book.append(torch.special.entr(share).sum().exp())
    return torch.stack(per_book)


class VQCodec(GridCodec):
    """A codec with discrete codes by vector quantisation (van den Oord 2017).

    A teacher, set later, maps vectors of codes (B, h, w, D) and their batch to nats an item that they cost as well. It
    is None where nothing else teaches the codes.

    Args:
        encoder: (B, *shape) of the Spec -> (B, D, h, w).
        decoder: (B, D, h, w) -> parameters (B, *shape, size) of the head.
        head: Distribution of x, of `distributions.heads`.
        quantiser: Quantiser of `vector_quantisers`.
        grid: (h, w).
        beta: Weight of the distance of the encoder's output from its codes.
    """

    teacher: Callable[[Tensor, Batch], Tensor] | None = None

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, head: nn.Module, quantiser: nn.Module, grid: tuple[int, int],
        beta: float,
    ):  # fmt: skip
        super().__init__()
        self.encoder, self.decoder, self.head, self.quantiser = encoder, decoder, head, quantiser
        self.beta = beta
        self.latents = Spec((("code", Category(quantiser.entries, (quantiser.books, *grid), "grid")),))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss in nats an item; logs the cost of the codes, and the perplexity of this batch's codes."""
        z = self.encoder(batch.x).float().movedim(1, -1)
        q, codes, cost = self.quantiser(z, batch.rng)
        commitment = cost.flatten(1).sum(1).mean()
        nats = -self.log_prob(batch.x, q).mean()
        codes_used = perplexity(codes, self.quantiser.entries).mean()
        loss = nats + self.beta * commitment + self.taught(q, batch)
        return loss, {"commitment": commitment.detach(), "perplexity": codes_used}

    def taught(self, q: Tensor, batch: Batch) -> Tensor | float:
        """Computes the loss that a teacher adds for vectors of codes (B, h, w, D), in nats an item.

        Args:
            batch: Batch of training items.
        """
        return 0.0 if self.teacher is None else self.teacher(q, batch)

    def encode(self, x: Tensor) -> Tensor:
        """Computes the codes (B, books, h, w) float, as items of `latents`."""
        return self.nearest(self.encoder(x).movedim(1, -1))

    def nearest(self, z: Tensor) -> Tensor:
        """Finds the codes of the entries that the quantiser maps z (B, h, w, D) to."""
        return torch.stack(self.quantiser.encode(z).float().unbind(-1), 1)

    def entries(self, codes: Tensor) -> Tensor:
        """Looks up the vectors (B, h, w, D) of codes (B, books, h, w)."""
        return self.quantiser.decode(codes.long().movedim(1, -1))

    def params(self, q: Tensor) -> Tensor:
        """Computes the parameters of p(x | q) for q (B, h, w, D)."""
        return self.decoder(q.movedim(-1, 1)).float()


def names(count: int) -> tuple[str, ...]:
    """Names `count` levels, coarsest first."""
    return ("code",) if count == 1 else ("top", *(f"middle-{k}" for k in range(1, count - 1)), "bottom")


class HierarchicalCodec(GridCodec):
    """A codec with a hierarchy of codes (VQ-VAE-2, Razavi 2019): a coarse grid for the layout, finer grids for details.

        f_l = features of x on the grid of level l, coarsest first
        z_l = project(f_l, s_(l-1)),  q_l = what the quantiser of l takes z_l to,  s_l = join(s_(l-1), q_l)
        min  -log p(x | s_L) + beta sum_l cost_l

    So a level is quantised in view of what those above it hold already, and the decoder sees all levels.

    Args:
        networks: with `features(x)`, maps (B, F, h, w) of each level, coarsest first; `project(level, f, s)`, of its
            features and the state of the level above, None at the first -> (B, D, h, w); `join(level, s, q)`, the state
            with the entries (B, D, h, w), on the grid that sees it next; `decode(s)`, parameters (B, *shape, size) of
            head.
        quantisers: of `vector_quantisers`, one a level.
        grids: heights and widths.
        beta: as of `VQCodec`.

    Codes of all levels are packed in a row, an item of `latents`; entries too: (B, sum of h w D).
    """

    def __init__(
        self, networks: nn.Module, head: nn.Module, quantisers: list[nn.Module], grids: list[tuple[int, int]],
        beta: float,
    ):  # fmt: skip
        super().__init__()
        self.networks, self.head, self.quantisers = networks, head, nn.ModuleList(quantisers)
        self.beta, self.shapes = beta, [(*grid, quantiser.width) for quantiser, grid in zip(quantisers, grids)]
        leaves = [
            Category(quantiser.entries, (quantiser.books, *grid), "grid") for quantiser, grid in zip(quantisers, grids)
        ]
        self.latents = Spec(tuple(zip(names(len(grids)), leaves)))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss in nats an item; logs the cost of the codes, and the perplexity of each level's codes in
        this batch."""
        x = batch.x
        features, state, commitment, usage_by_level = self.networks.features(x), None, 0.0, {}
        for level, (name, quantiser) in enumerate(zip(self.latents.names, self.quantisers)):
            q, codes, cost = quantiser(self._vectors(level, features, state), batch.rng)
            commitment = commitment + cost.flatten(1).sum(1).mean()
            usage_by_level[f"perplexity_{name}"] = perplexity(codes, quantiser.entries).mean()
            state = self.networks.join(level, state, q.movedim(-1, 1))
        nats = -self.head.log_prob(self.networks.decode(state).float(), x.float()).flatten(1).sum(1).mean()
        return nats + self.beta * commitment, {"commitment": commitment.detach(), **usage_by_level}

    def encode(self, x: Tensor) -> Tensor:
        """Computes the codes of all levels of the hierarchy, (B, G) float."""
        features, state, levels = self.networks.features(x), None, []
        for level, quantiser in enumerate(self.quantisers):
            codes = quantiser.encode(self._vectors(level, features, state))
            state = self.networks.join(level, state, quantiser.decode(codes).movedim(-1, 1))
            levels.append(codes.movedim(-1, 1).flatten(1))
        return torch.cat(levels, 1).float()

    def nearest(self, entries: Tensor) -> Tensor:
        """Finds the codes of the entries that the quantisers map vectors (B, sum of h w D) to."""
        pairs = zip(self.quantisers, self.levels(entries))
        return torch.cat([quantiser.encode(q).movedim(-1, 1).flatten(1) for quantiser, q in pairs], 1).float()

    def entries(self, codes: Tensor) -> Tensor:
        """Looks up the vectors (B, sum of h w D) of codes (B, G)."""
        parts = [self.latents.part(codes, name).long().movedim(1, -1) for name in self.latents.names]
        return torch.cat([quantiser.decode(part).flatten(1) for quantiser, part in zip(self.quantisers, parts)], 1)

    def levels(self, entries: Tensor) -> list[Tensor]:
        """Splits concatenated entries into those of each level: (B, h, w, D)."""
        parts = entries.split([prod(shape) for shape in self.shapes], 1)
        return [part.unflatten(1, shape) for part, shape in zip(parts, self.shapes)]

    def params(self, entries: Tensor) -> Tensor:
        """Computes the parameters of p(x | entries)."""
        state = None
        for level, q in enumerate(self.levels(entries)):
            state = self.networks.join(level, state, q.movedim(-1, 1))
        return self.networks.decode(state).float()

    def _vectors(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """Vectors to quantise at a level: (B, h, w, D)."""
        return self.networks.project(level, features[level], state).float().movedim(1, -1)


DECAY = 0.99  # share of the running averages that a step keeps


class GaussianCodec(GridCodec):
    """A codec with real codes (Rombach 2022): a variational autoencoder with so small a KL weight that codes are hardly
    blurred.

    q(u | x) = N(m, s^2),   min  -log p(x | u) + beta KL(q(u | x) || N(0, I))
    z = (u - shift) / scale,  the mean and the deviation of each channel of u, as running averages over training items
    log p(x) >= E log p(x | z) + log p(z) - log q(z | x),  z ~ q

    With beta = 1 and p(z) = N(0, I) it would be the VAE; here p(z) is learned afterwards, and scaled codes are what
    that learns well.

    `QuantisedCodec` has real codes that are quantised on the way to the picture (VQ-regularised; Rombach 2022, section
    3.1).

    u = e(x),  q = what the quantiser takes u to;   min  -log p(x | q) + beta cost(u, q)
    z = (u' - shift) / scale,  u' ~ N(u, s^2),  s half the deviation of u from q, a channel each, as a running average
    log p(x) >= E log p(x | q(u')) + log p(z) - log q(z | x),  z ~ q

    The prior of z never sees the codebook, and need not hit its entries: the decoder takes each vector to the nearest.

    Args:
        encoder: (B, *shape) of the Spec -> (B, 2 D, h, w), means and log variances.
        decoder: (B, D, h, w) -> parameters (B, *shape, size) of head.
        channels: D.
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, head: nn.Module, channels: int, grid: tuple[int, int], beta: float
    ):
        super().__init__()
        self.encoder, self.decoder, self.head, self.beta = encoder, decoder, head, beta
        self.latents = Spec((("code", Real((channels, *grid), "grid")),))
        self.register_buffer("shift", torch.zeros(channels))
        self.register_buffer("square", torch.ones(channels))  # mean of u squared

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss in nats an item, and logs the cost of the codes."""
        mean, log_var = self._posterior(batch.x)
        u = draw(mean, log_var, batch.rng)
        self._follow(u)
        nats = -self.log_prob(batch.x, u.movedim(1, -1)).mean()
        divergence = kl_to_standard(mean, log_var).flatten(1).sum(1).mean()
        return nats + self.beta * divergence, {"nats": nats.detach(), "kl": divergence.detach()}

    def encode(self, x: Tensor) -> Tensor:
        """Computes the mean of the codes: (B, D, h, w), as items of `latents`."""
        return self._scaled(self._posterior(x)[0])

    def draw(self, x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """Samples z ~ q(z | x). Returns z and its log density (B,)."""
        mean, log_var = self._posterior(x)
        u = draw(mean, log_var, rng)
        return self._scaled(u), (log_density(u, mean, 0.5 * log_var) + self._scale().log()).flatten(1).sum(1)

    def entries(self, z: Tensor) -> Tensor:
        """Converts scaled codes z (B, D, h, w) to vectors u (B, h, w, D)."""
        return (z * self._scale() + self.shift.view(-1, 1, 1)).movedim(1, -1)

    def nearest(self, u: Tensor) -> Tensor:
        """Converts vectors u (B, h, w, D) to scaled codes z (B, D, h, w)."""
        return self._scaled(u.movedim(-1, 1))

    def params(self, u: Tensor) -> Tensor:
        """Computes the parameters of p(x | u) for u (B, h, w, D)."""
        return self.decoder(u.movedim(-1, 1)).float()

    @torch.no_grad()
    def _follow(self, u: Tensor) -> None:
        """A step of the running averages, in training."""
        if self.training:
            self.shift.lerp_(share().mean(u.mean((0, 2, 3))), 1 - DECAY)
            self.square.lerp_(share().mean(u.square().mean((0, 2, 3))), 1 - DECAY)

    def _posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_var = self.encoder(x).float().chunk(2, 1)
        return mean, log_var.clamp(-10, 4)

    def _scale(self) -> Tensor:
        """(D, 1, 1)."""
        return (self.square - self.shift**2).clamp(min=1e-6).sqrt().view(-1, 1, 1)

    def _scaled(self, u: Tensor) -> Tensor:
        return (u - self.shift.view(-1, 1, 1)) / self._scale()


class QuantisedCodec(GaussianCodec):
    """A codec whose real codes are quantised before they are decoded.

    Args:
        encoder: (B, *shape) of the Spec -> (B, D, h, w).
        decoder: (B, D, h, w) -> parameters (B, *shape, size) of `head`.
        head: p(x | z), of `distributions.heads`.
        quantiser: Quantiser of `vector_quantisers`, of vectors of D numbers.
        grid: (h, w).
        beta: how much the encoder pays for staying away from its entries.
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, head: nn.Module, quantiser: nn.Module, grid: tuple[int, int],
        beta: float,
    ):  # fmt: skip
        super().__init__(encoder, decoder, head, quantiser.width, grid, beta)
        self.quantiser = quantiser
        self.register_buffer("away", torch.ones(quantiser.width))  # (u - q)^2, on average

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss in nats an item; logs the cost of the entries, and the perplexity of this batch."""
        u = self.encoder(batch.x).float()
        q, codes, cost = self.quantiser(u.movedim(1, -1), batch.rng)
        self._follow(u)
        if self.training:
            with torch.no_grad():
                self.away.lerp_(share().mean((u.movedim(1, -1) - q).square().mean((0, 1, 2))), 1 - DECAY)
        commitment = cost.flatten(1).sum(1).mean()
        nats = -self.head.log_prob(super().params(q), batch.x.float()).flatten(1).sum(1).mean()
        codes_used = perplexity(codes, self.quantiser.entries).mean()
        return nats + self.beta * commitment, {"commitment": commitment.detach(), "perplexity": codes_used}

    def params(self, u: Tensor) -> Tensor:
        """Computes the parameters of p(x | q(u)) for u (B, h, w, D)."""
        return super().params(self.quantiser.decode(self.quantiser.encode(u)))

    def _posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean = self.encoder(x).float()
        return mean, (self.away / 4).clamp(min=1e-6).log().view(-1, 1, 1).expand_as(mean)
