"""A hierarchy of codes (VQ-VAE-2, Razavi 2019): a coarse grid says what is where, finer ones what is left.

    f_l = features of x on the grid of level l, coarsest first
    z_l = project(f_l, s_(l-1)),  q_l = what the quantiser of l takes z_l to,  s_l = join(s_(l-1), q_l)
    min  -log p(x | s_L) + beta sum_l cost_l

So a level is quantised in view of what those above it hold already, and the decoder sees all levels.
"""

from math import prod

import torch
from torch import Tensor, nn

from ...core.spec import Category, Spec
from ...core.trainable import Batch
from .quantized import GridCodec, perplexity


def names(count: int) -> tuple[str, ...]:
    """Names of `count` levels, coarsest first."""
    return ("code",) if count == 1 else ("top", *(f"middle-{k}" for k in range(1, count - 1)), "bottom")


class HierarchicalCodec(GridCodec):
    """A codec with a grid of codes for each level.

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
        self.beta, self.shapes = beta, [(*grid, each.width) for each, grid in zip(quantisers, grids)]
        leaves = [Category(each.entries, (each.books, *grid), "grid") for each, grid in zip(quantisers, grids)]
        self.latents = Spec(tuple(zip(names(len(grids)), leaves)))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Nats an item; and what the codes cost, and the perplexity of each level's codes of this batch."""
        x = batch.x
        features, state, commitment, used = self.networks.features(x), None, 0.0, {}
        for level, (name, quantiser) in enumerate(zip(self.latents.names, self.quantisers)):
            q, codes, cost = quantiser(self._vectors(level, features, state), batch.rng)
            commitment = commitment + cost.flatten(1).sum(1).mean()
            used[f"perplexity_{name}"] = perplexity(codes, quantiser.entries).mean()
            state = self.networks.join(level, state, q.movedim(-1, 1))
        nats = -self.head.log_prob(self.networks.decode(state).float(), x.float()).flatten(1).sum(1).mean()
        return nats + self.beta * commitment, {"commitment": commitment.detach(), **used}

    def encode(self, x: Tensor) -> Tensor:
        """The codes of all levels, (B, G) float."""
        features, state, levels = self.networks.features(x), None, []
        for level, quantiser in enumerate(self.quantisers):
            codes = quantiser.encode(self._vectors(level, features, state))
            state = self.networks.join(level, state, quantiser.decode(codes).movedim(-1, 1))
            levels.append(codes.movedim(-1, 1).flatten(1))
        return torch.cat(levels, 1).float()

    def nearest(self, entries: Tensor) -> Tensor:
        """entries: (B, sum of h w D) -> the codes of what the quantisers take them to."""
        pairs = zip(self.quantisers, self.levels(entries))
        return torch.cat([each.encode(q).movedim(-1, 1).flatten(1) for each, q in pairs], 1).float()

    def entries(self, codes: Tensor) -> Tensor:
        """codes: (B, G) -> (B, sum of h w D), what they stand for."""
        parts = [self.latents.part(codes, name).long().movedim(1, -1) for name in self.latents.names]
        return torch.cat([each.decode(part).flatten(1) for each, part in zip(self.quantisers, parts)], 1)

    def levels(self, entries: Tensor) -> list[Tensor]:
        """Rows of entries, cut into those of each level: (B, h, w, D)."""
        parts = entries.split([prod(shape) for shape in self.shapes], 1)
        return [part.unflatten(1, shape) for part, shape in zip(parts, self.shapes)]

    def params(self, entries: Tensor) -> Tensor:
        """Parameters of p(x | entries)."""
        state = None
        for level, q in enumerate(self.levels(entries)):
            state = self.networks.join(level, state, q.movedim(-1, 1))
        return self.networks.decode(state).float()

    def _vectors(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """Vectors to quantise at a level: (B, h, w, D)."""
        return self.networks.project(level, features[level], state).float().movedim(1, -1)
