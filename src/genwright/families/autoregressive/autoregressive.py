"""Autoregressive models: one number after another, each given those before it.

    log p(x | given) = sum_i log p(x_i | x_<i, given)

The objective and the sampler are the same for images (gated PixelCNN, van den Oord et al. 2016) and for rows of
scalars (MADE, Germain et al. 2015); the network brings the order and the masks. A network has

    orders                                   how many orders of the numbers it knows
    network(x, given, known, order)          parameters (B, *shape, size) of every p(x_i | x_<i, given), in one pass
    network.walk(x, given, known, order)     the same numbers one place after another, while x is being written: yields
                                             (place, parameters (B, size)), place an index into an item's tensor; may
                                             end early, when the rest of x is certain and written

    network.perms                            of several orders alone: (orders, D), the n-th column of each

With several orders, the model is their mixture, p(x) = 1/O sum_o p_o(x), which is exact as well. With one order,
numbers come in raster order, the first axis innermost.

If the known numbers come first in every order, log p(unknown | known) = log p(x) - log p(known) is exact too, and the
network draws from it without being told what is known. If some come behind unknown ones, p(known) is a sum over
everything that may stand before them. Particles estimate it, or the network has learned the conditional separately, and
is then as accurate as it has learned.
"""

from math import log

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.errors import Unsupported
from ...core.family import Family
from ...core.monte_carlo import log_average
from ...core.sample_options import GUIDED, TRUNCATED, SampleOption
from ...core.spec import Spec
from ...core.trainable import Batch
from ...distributions.heads import Histogram, pick
from ...distributions.logit_masks import known_ahead, truncation_of
from ...distributions.regions import Region
from ..conditions import draw_known, drop_given, sum_unknown
from ..diffusion.denoiser import broadcast_level
from ..guidance import Guidance
from ..symbol_by_symbol import SymbolBySymbol, draw_in_turn
from .particles import TokenChain, complete_by_particles, log_mass_of_known
from .within import Within

RUNS = 4  # sets of particles for one likelihood


class Autoregressive(Family):
    """An autoregressive model of images, rows, lines or sound: draws one number after another, each given those before
    it.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: see the module.
        head: Head of `distributions.heads`, turns its parameters into distributions over x_i.
        known_share: share of the training items of which a random part is known, given to the network and not in
            the loss.
        particles: Particles of a sequence with something known after a hole, where the network is of
            `networks.causal`.
    """

    kind = "exact"
    scores_known = True
    method = (
        "one number after another (in raster order in images), by the conditional learned for it where something known "
        "comes later"
    )

    def __init__(
        self, spec: Spec, given: Spec, network: nn.Module, head: nn.Module, known_share: float = 0.2, particles: int = 1
    ):
        super().__init__(spec, given)
        self.network, self.head, self.known_share, self.particles = network, head, known_share, particles
        if particles > 1:
            self.method = f"one symbol after another, by {particles} particles where something known comes after a hole"

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes -log p(unknown part | known part, given) in one random order, nats per item."""
        given = drop_given(self.given, batch.given, batch.rng)
        known = draw_known(self.spec, batch.x, batch.rng, self.known_share) if self.known_share else None
        order = batch.rng.number(self.network.orders)
        nats = sum_unknown(self.head.log_prob(self.network(batch.x, given, known, order), batch.x), known)
        unconditional = (
            nats if known is None else nats[~known.flatten(1).any(1)]
        )  # nothing known: log p(x | given) itself
        return -nats.mean(), {"nats": -unconditional.mean().detach()} if len(unconditional) else {}

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Computes the exact log-likelihood (B,) in nats: the log of the mean of p over the network's orders.

        Given a known part, log p(unknown part | known part). If something known comes behind a hole, particles give log
        p(x) less the log of the mean of `draws` (`RUNS`) unbiased estimates of p(known). Their error is the jackknife's
        standard error of that log, 0 where all fillings were summed. Without particles, the network gives the nats as
        it learned them, with no error.
        """
        if known is None:
            log_probs = self.by_order(x, given)
            return torch.logsumexp(log_probs, 0) - log(len(log_probs)), None
        known_ahead = self._known_ahead(known)
        log_probs = self._log_probs(
            x, given, known & broadcast_level(known_ahead, known) if self.particles == 1 else None
        )
        order = self._log_orders(log_probs, known, known_ahead)
        nats = torch.logsumexp(order + log_probs.masked_fill(known, 0.0).flatten(2).sum(2), 0)
        if self.particles == 1 or not known_ahead.any():
            return nats, None
        parts = self.network, x.float(), known, given, TokenChain(self.network, self.head, given), rng, self.particles
        mass, se = log_average(torch.stack([log_mass_of_known(*parts) for _ in range(draws or RUNS)]))
        return torch.where(known_ahead, log_probs[0].sum(1) - mass, nats), se.masked_fill(~known_ahead, 0.0)

    def kind_given(self, known: Tensor) -> str:
        return "estimate" if self._known_ahead(known).any() else self.kind

    def completes_given(self, known: Tensor, **options: object) -> str:
        """Says how completions of a known part are distributed: "exact" if the known part comes first, else
        "approximate". Values that may be absent make it "approximate" as well."""
        changed = options or any(leaf.optional for leaf in self.spec.hidden(known).columns)
        return "approximate" if changed or self._known_ahead(known).any() else "exact"

    def by_order(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes the log-probability (orders, B) of x in each order of the network, log p_o(x)."""
        return self._log_probs(x, given, None).flatten(2).sum(2)

    def _log_probs(self, x: Tensor, given: Tensor, known: Tensor | None) -> Tensor:
        """log p_o(x_i | x_<i, known part), (orders, B, *shape)."""
        orders = range(self.network.orders)
        return torch.stack([self.head.log_prob(self.network(x, given, known, o), x) for o in orders])

    def _log_orders(self, log_probs: Tensor, known: Tensor, known_ahead: Tensor) -> Tensor:
        """log p(o | known part), (orders, B), by `_log_probs`; all alike where behind (B,)."""
        return log_probs.masked_fill(~known, 0.0).flatten(2).sum(2).masked_fill(known_ahead, 0.0).log_softmax(0)

    def _known_ahead(self, known: Tensor) -> Tensor:
        """(B,) bool: whether something known comes behind something unknown, in any of the orders."""
        places = known.movedim(1, -1).flatten(1)
        if self.network.orders == 1:
            return known_ahead(places)
        return torch.stack([known_ahead(places[:, perm]) for perm in self.network.perms]).any(0)

    def code(self) -> SymbolBySymbol:
        return SymbolBySymbol(self)

    def sample(self, n: int, given: Tensor, rng: Draws, **options: object) -> Tensor:
        """Samples n items, number by number, (n, *shape).

        With guidance g, x_i is drawn by l + g (log p(x_i | x_<i, given) - l), l = log p(x_i | x_<i, against).
        Temperature, top_k and top_p are applied last.

        Args:
            n: Number of items.
            given: (n, G) conditions.
            rng: Random numbers.
            options: Guidance and truncation, as above.
        """
        x = torch.zeros(n, *self.spec.shape, device=rng.device)
        orders = self._draw_orders(x.new_zeros(self.network.orders, n), rng)
        return self._walk(x, None, None, orders, given, rng, **options)

    @property
    def grows_labels(self) -> bool:
        """Whether all weights that count bins of columns say so, by `counts_bins` of their module."""
        return hasattr(self.network, "counts_bins")

    def within(self, region: Region) -> Within | None:
        """Samples rows of a region of some columns, and computes its mass; None for other items than rows, and where
        the law depends on conditions."""
        is_row = isinstance(self.head, Histogram) and not self.given.width
        return Within(self.network, self.head, region) if is_row else None

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, **options: object) -> Tensor:
        """Samples the unknown numbers given the known ones, which stay; no filled cell is absent. Raises Unsupported
        for options where something known comes after a hole: particles, weighed by the model, then look ahead to it.

        Args:
            x: (B, *shape) items.
            known: bool like x, True where a number is known.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        x, known_ahead = torch.where(known, x.float(), 0.0), self._known_ahead(known)
        if self.particles == 1 or not known_ahead.any():
            return self._complete_in_order(x, known, known_ahead, given, rng, **options)
        if options:
            raise Unsupported(
                f"something known comes after a hole, which is completed without {', '.join(options)}: leave them "
                "out, or complete from the beginning on"
            )
        holes = complete_by_particles(self.network, self.head, x, known, given, rng, self.particles)
        if known_ahead.all():
            return holes
        return torch.where(known_ahead[:, None], holes, self._complete_in_order(x, known, known_ahead, given, rng))

    def _complete_in_order(
        self, x: Tensor, known: Tensor, known_ahead: Tensor, given: Tensor, rng: Draws, **options: object
    ) -> Tensor:
        """x (B, *shape), filled one number after another. The network is told what is known only in items with
        something known behind (B,) something unknown. Items whose known part comes first in every order have orders of
        p(order | known part), all others any order."""
        visible, partly_known = known & broadcast_level(known_ahead, known), known.flatten(1)
        log_p = x.new_zeros(self.network.orders, len(x))
        if self.network.orders > 1 and (partly_known.any(1) & ~partly_known.all(1) & ~known_ahead).any():
            log_p = self._log_orders(self._log_probs(x, given, None), known, known_ahead)
        return self._walk(x, known, visible, self._draw_orders(log_p, rng), given, rng, **options)

    @property
    def sample_options(self) -> tuple[SampleOption, ...]:
        """The sampling options that apply. Models of real numbers have none, since their densities have no closed form
        under guidance or truncation."""
        return (*GUIDED, *TRUNCATED) if self.head.has_masses else ()

    @property
    def complete_options(self) -> tuple[SampleOption, ...]:
        return self.sample_options

    def _draw_orders(self, log_p: Tensor, rng: Draws) -> Tensor:
        """(B,) int64, an order for each item, by log p (orders, B) of the orders of each. Items that shared one would
        not be independent."""
        if len(log_p) == 1:
            return torch.zeros(log_p.shape[1], dtype=torch.long, device=log_p.device)
        return pick(log_p.T, Draws(rng.seed, "orders", device=rng.device))

    def _walk(
        self, x: Tensor, known: Tensor | None, visible: Tensor | None, orders: Tensor, given: Tensor, rng: Draws,
        guidance: float = 1.0, against: Tensor | None = None, **likely: float,
    ) -> Tensor:  # fmt: skip
        """Write x in the orders (B,) of its items, those of one order together.

        Args:
            x: (B, *shape) items.
            known: bool like x, numbers that stay.
            visible: bool like x, known numbers that the network reads before their turn.
            orders: (B,) numbers of orders.
            given: (B, G) conditions.
            rng: Random numbers.
            guidance, against: As `sample` takes them.
            likely: Options of truncation.
        """
        for order in orders.unique().tolist():
            rows_of_order = (orders == order).nonzero()[:, 0]
            of_own = lambda part: None if part is None else part[rows_of_order]
            items, conditions = x[rows_of_order], Guidance(given[rows_of_order], guidance, of_own(against)).conditions
            walks = [self.network.walk(items, row, of_own(visible), order) for row in conditions]
            x[rows_of_order] = draw_in_turn(
                walks, items, of_own(known), self.head, rng, guidance, truncation_of(**likely)
            )
        return x


class AutoregressiveInTime(Autoregressive):
    """Autoregressive models of long signals such as sound: trained on crops, scored window by window.

    The likelihood is that of `Autoregressive`. An output of the network depends on at most `reach` earlier positions,
    so a window of a clip gives the same outputs as the whole clip:

    network.params_at(x, given, place)    parameters (B, P, size) of places (B, P) that follow each other, right from
                                          `reach` after the first on, and at once where the first is the beginning

    Items are completed from their beginnings on.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: See above.
        head: Distribution of a number, of `distributions.heads`.
        crop: Places of an item that a training step scores.
    """

    method = "drawn from p(rest | beginning), one number after another in time"

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, head: nn.Module, crop: int):
        super().__init__(spec, given, network, head)
        self.crop = crop

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes -log p(x | given), nats per item: exact for items of up to `crop` numbers, an unbiased estimate for
        longer ones."""
        given = drop_given(self.given, batch.given, batch.rng)
        numbers = self.spec.numbers(batch.x)
        first, weight = self._crops(numbers, batch.rng)
        start = (first - self.network.reach).clamp(min=0)
        last = torch.minimum(first + self.crop, numbers)
        place = start[:, None] + torch.arange(int((last - start).max()), device=start.device)
        is_inside = (place >= first[:, None]) & (place < last[:, None])
        x = batch.x.gather(1, place.clamp(max=batch.x.shape[1] - 1))
        log_probs = self.head.log_prob(self.network.params_at(batch.x, given, place), x)
        nats = log_probs.masked_fill(~is_inside, 0.0).sum(1) * weight
        return -nats.mean(), {}

    def _crops(self, numbers: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """(B,) where crops begin, maybe before the item, and by how much what they hold stands for the whole.

        A crop of c numbers begins anywhere from c - 1 before an item of n to its last number, so that every number is
        in it with the same chance, c / (n + c - 1).
        """
        ways = numbers + self.crop - 1
        first = (rng.uniform(len(numbers)) * ways).long() - self.crop + 1
        uncropped = numbers <= self.crop
        return first.masked_fill(uncropped, 0), torch.where(uncropped, 1.0, ways / self.crop)

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, None]:
        """Computes the exact log-likelihood (B,) in nats. Items are scored one by one, since their lengths differ."""
        known = torch.zeros_like(x, dtype=torch.bool) if known is None else known
        nats = [self._nats(x[i : i + 1], given[i : i + 1], known[i : i + 1]) for i in range(len(x))]
        return torch.cat(nats), None

    def _nats(self, x: Tensor, given: Tensor, known: Tensor) -> Tensor:
        """(1,) of one item, window by window."""
        numbers, total = int(self.spec.numbers(x)), x.new_zeros(1, dtype=torch.float)
        for first in range(0, numbers, self.crop):
            start, end = max(0, first - self.network.reach), min(first + self.crop, numbers)
            place = torch.arange(start, end, device=x.device)[None]
            params = self.network.params_at(x, given, place, known)[:, first - start :]
            total = total + sum_unknown(self.head.log_prob(params, x[:, first:end]), known[:, first:end])
        return total
