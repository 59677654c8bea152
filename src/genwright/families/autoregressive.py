"""Autoregressive models: one number after another, each from those before it.

    log p(x | given) = sum_i log p(x_i | x_<i, given)

The objective and the sampler are the same for pictures (gated PixelCNN, van den Oord et al. 2016) and for rows of
scalars (MADE, Germain et al. 2015); the network brings the order and the masks. A network has

    orders                                   how many orders of the numbers it knows
    network(x, given, known, order)          parameters (B, *shape, size) of every p(x_i | x_<i, given), in one pass
    network.walk(x, given, known, order)     the same numbers one place after another, while x is being written: yields
                                             (place, parameters (B, size)), place an index into an item's tensor; may
                                             end early, when the rest of x is certain and written

With several orders the model is their mixture, p(x) = 1/O sum_o p_o(x), which is exact as well.
"""

from __future__ import annotations

from math import log

import torch
from torch import Tensor, nn

from ..core.draws import Draws
from ..core.family import Family
from ..core.spec import Spec
from ..core.trainable import Batch
from ..distributions.endings import known_ahead
from ..distributions.truncation import Truncation
from .conditions import asked, draw_known, drop_given, sum_unknown
from .in_turn import drawn_in_turn
from .particles import drawn_by_particles
from .symbol_by_symbol import SymbolBySymbol


class Autoregressive(Family):
    """network: see the module. head: of `distributions.heads`, turns its parameters into distributions over x_i.

    known_share: share of the training items of which a random part is known, given to the network and not in the loss.
    particles: of a sequence with something known behind a hole, where the network is of `networks.causal`.
    """

    kind = "exact"
    completes = "approximate"
    method = "learned conditional p(unknown | known), drawn one number after another (in raster order in pictures)"

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        network: nn.Module,
        head: nn.Module,
        known_share: float = 0.2,
        particles: int = 1,
    ):
        super().__init__(spec, given)
        self.network, self.head, self.known_share, self.particles = network, head, known_share, particles
        if particles > 1:
            self.method = f"{particles} particles a hole, by what they say of the symbols known behind it"

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """-log p(unknown part | known part, given) in one random order, nats per item."""
        given = drop_given(self.given, batch.given, batch.rng)
        known = draw_known(self.spec, batch.x, batch.rng, self.known_share) if self.known_share else None
        order = self._order(batch.rng)
        nats = sum_unknown(self.head.log_prob(self.network(batch.x, given, known, order), batch.x), known)
        free = nats if known is None else nats[~known.flatten(1).any(1)]  # nothing known: log p(x | given) itself
        return -nats.mean(), {"nats": -free.mean().detach()} if len(free) else {}

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, None]:
        """Exact nats (B,): log of the mean of p over the network's orders. rng and draws are not used."""
        each = self.by_order(x, given, known)
        return torch.logsumexp(each, 0) - log(len(each)), None

    def by_order(self, x: Tensor, given: Tensor, known: Tensor | None = None) -> Tensor:
        """log p_o(x), (orders, B)."""
        orders = range(self.network.orders)
        each = [sum_unknown(self.head.log_prob(self.network(x, given, known, o), x), known) for o in orders]
        return torch.stack(each)

    def code(self) -> SymbolBySymbol:
        return SymbolBySymbol(self)

    def sample(
        self,
        n: int,
        given: Tensor,
        rng: Draws,
        guidance: float = 1.0,
        against: Tensor | None = None,
        truncation: Truncation | None = None,
    ) -> Tensor:
        """(n, *shape). guidance g draws x_i by l + g (log p(x_i | x_<i, given) - l), l = log p(x_i | x_<i, against);
        truncation, of these, comes last."""
        x = torch.zeros(n, *self.spec.shape, device=rng.device)
        return self._walk(x, None, given, rng, guidance, against, truncation)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """Draw the unknown numbers given the known ones, which stay; no filled cell is absent."""
        x = torch.where(known, x.float(), 0.0)
        if self.particles == 1 or not (behind := known_ahead(known)).any():
            return self._walk(x, known, given, rng)
        holes = drawn_by_particles(self.network, self.head, x, known, given, rng, self.particles)
        return holes if behind.all() else torch.where(behind[:, None], holes, self._walk(x, known, given, rng))

    def _order(self, rng: Draws) -> int:
        return rng.number(self.network.orders)

    def _walk(
        self,
        x: Tensor,
        known: Tensor | None,
        given: Tensor,
        rng: Draws,
        guidance: float = 1.0,
        against: Tensor | None = None,
        truncation: Truncation | None = None,
    ) -> Tensor:
        order = self._order(rng)
        walks = [self.network.walk(x, row, known, order) for row in asked(given, guidance, against)]
        return drawn_in_turn(walks, x, known, self.head, rng, guidance, truncation)
