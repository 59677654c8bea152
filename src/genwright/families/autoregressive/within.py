"""Rows of an autoregressive model within a region of some columns, and the mass of that region.

Masking the region's columns as they come would draw from another law: a row that leaves later columns little room
counts as much as one that leaves them much. So rows are proposed, weighed and thinned. With an order o of the network's
(alike likely), A the restricted columns, P those that come before the last of A in the order, and q_j what training
rows have in column j within the region,

    q(o, x_P) = 1/O prod_{j in A} q_j(x_j) prod_{i in P, not in A} p_o(x_i | x_<i, x_A)
    w(o, x_P) = prod_{i in P} p_o(x_i | x_<i) / (O q(o, x_P))

p_o(x_i | x_<i, x_A) is the conditional that the network has learned for known columns. So weights are nearly alike, and
E[w] is the mass of the region. A proposal is kept with probability w / c, and the columns behind P follow by p_o. Such
rows have the law of `log_likelihood` within the region, as far as no weight is above c. By a pilot, c is the least
bound above which no more than `CUT` of the mass lies: `excess` says how much was.

The mass is a sum over all that P may be, where this is little, else the mean weight.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import exp, log, prod

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.errors import GivenError
from ...distributions.heads import Histogram, live_logits, pick
from ...distributions.regions import Region

PILOT = ROWS = 4_096  # proposals that settle the bound of weights, and proposals at once
CUT = 0.005  # share of the mass that may lie above the bound
ENUMERATED = 2**16  # rows over which a mass is summed
OFTEN = 0.1  # share of training rows in a region from which a draw anywhere is as good
COST = 4  # times that a proposal must be likelier kept than a draw: it takes longer, and its bound is estimated
MOST_PROPOSALS = 100_000  # in a row of which not one was kept


@dataclass(frozen=True)
class Pilot:
    """What a pilot says of proposals: the log of the bound, the log of the mean weight with its standard error, and the
    share of proposals that is kept."""

    log_bound: float
    log_mean: float
    error: float
    kept: float


def _bound_of(weights: Tensor) -> float:
    """The least of weights (n,) above which no more than `CUT` of their sum lies."""
    ordered = weights.sort(descending=True).values
    excess = ordered.cumsum(0) - ordered * torch.arange(1, len(ordered) + 1, device=ordered.device)
    return float(ordered[excess <= CUT * ordered.sum()][-1])


def _by_order(orders: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Each order of rows (n,), and the numbers of its rows."""
    for order in orders.unique().tolist():
        yield order, (orders == order).nonzero()[:, 0]


class Within:
    """An autoregressive model of rows, without conditions, within a region.

    Args:
        network: Of rows in several orders, as `Autoregressive` has it.
        head: A `Histogram` of the columns.
        region: Of some columns.

    Raises GivenError where no proposal has a mass.
    """

    def __init__(self, network: nn.Module, head: Histogram, region: Region):
        self.network, self.head, self.region = network, head, region
        self.proposed, self.kept, self._above = 0, 0, 0.0

    @property
    def pays(self) -> bool:
        """Whether this is faster than drawing anywhere, and keeping what lies in the region. The pilot costs something
        too, so the share of the training rows comes first."""
        masses = self.head.marginals.cum.diff(dim=1).cpu()
        share = prod(float((masses[j][: len(part)] * part).sum()) for j, part in self.region.shares.items())
        return share < OFTEN and self.pilot.kept > COST * exp(self.pilot.log_mean)

    @property
    def excess(self) -> float:
        """The share of the mass that the bound cut off, so far."""
        return self._above / max(1.0, self.kept + self._above)

    def sample(self, n: int, rng: Draws) -> Tensor:
        """Samples n rows (n, D)."""
        rows, kept = torch.zeros(n, len(self.head.columns), device=rng.device), 0
        bound, share, idle = self.pilot.log_bound, self.pilot.kept, 0
        while kept < n:
            count = min(ROWS, int(1.2 * (n - kept) / share) + 8)
            x, orders, log_weight = self.propose(count, rng)
            chance = (log_weight - bound).exp()
            own = (rng.uniform(count) < chance).nonzero()[:, 0]
            self.proposed, self.kept = self.proposed + count, self.kept + len(own)
            self._above += float((chance - 1).clamp(min=0).sum())
            idle, own = 0 if len(own) else idle + count, own[: n - kept]
            rows[kept : kept + len(own)] = self._completed(x[own], orders[own], rng)
            kept += len(own)
            if idle > MOST_PROPOSALS:
                raise GivenError(f"{idle:,} proposals held no row within the conditions: allow more")
        return rows

    def log_mass(self) -> tuple[float, float | None]:
        """Computes the log of the region's mass, and its standard error; None where it is a sum."""
        if self._prefix_sizes and sum(self._prefix_sizes) <= ENUMERATED:
            return self._summed(), None
        return self.pilot.log_mean, self.pilot.error

    @cached_property
    def pilot(self) -> Pilot:
        rng = Draws("pilot of conditions", device=self.head.marginals.live.device)
        log_weight = self.propose(PILOT, rng)[2]
        top = float(log_weight.max())
        if top == -torch.inf:
            raise GivenError(f"none of {PILOT:,} proposals within the conditions has a mass: allow more")
        weights = (log_weight - top).exp()
        mean, bound = float(weights.mean()), _bound_of(weights)
        error, kept = float(weights.std()) / mean / PILOT**0.5, float((weights / bound).clamp(max=1).mean())
        return Pilot(top + log(bound), top + log(mean), error, kept)

    def propose(self, n: int, rng: Draws) -> tuple[Tensor, Tensor, Tensor]:
        """Proposes n rows (n, D) whose columns are drawn up to the last restricted one in an order of each (n,), and
        the log of their weights (n,)."""
        marginals, region = self.head.marginals, self.region
        x = torch.zeros(n, len(self.head.columns), device=rng.device)
        log_weight = x.new_zeros(n, dtype=torch.float64)
        for j in region.columns:
            logits = self._start[j].to(rng.device)
            bins = pick(logits.expand(n, -1), rng)
            x[:, j], log_weight = region.draw(j, bins, rng), log_weight - logits.double().log_softmax(-1)[bins]
        orders = rng.integers(self.network.orders, (n,))
        for order, own in _by_order(orders):
            items, columns = x[own], self._prefix(order)
            known = torch.zeros_like(items, dtype=torch.bool)
            known[:, region.columns] = True
            with torch.inference_mode(), torch.autocast(x.device.type, enabled=False):
                log_q = self._draw(items, known, columns, order, rng)
                log_p = self._log_masses(items, order)[:, columns].sum(1)
            x[own], log_weight[own] = items, log_weight[own] + log_p - log_q
        strange = (marginals.without_followers(x).isnan() & ~x.isnan()).any(1)  # known where its flag is absent
        return x, orders, log_weight.masked_fill(strange, -torch.inf)

    def _completed(self, x: Tensor, orders: Tensor, rng: Draws) -> Tensor:
        """Proposed rows (n, D) with the columns that come behind the last restricted one."""
        for order, own in _by_order(orders):
            items, columns = x[own], self._prefix(order)
            rest = self._perms[order][len(columns) :]
            with torch.inference_mode(), torch.autocast(x.device.type, enabled=False):
                self._draw(items, None, rest, order, rng)
            x[own] = items
        return x

    def _draw(self, items: Tensor, known: Tensor | None, columns: list[int], order: int, rng: Draws) -> Tensor:
        """Draws those of some columns that are not restricted, in place, and returns the log of their mass (B,)."""
        log_q, left = items.new_zeros(len(items), dtype=torch.float64), {*columns} - {*self.region.columns}
        if not left:
            return log_q
        for (j,), params in self.network.walk(items, items.new_zeros(len(items), 0), known, order):
            if j not in left:
                continue
            marginals, is_absent = self.head.columns[j], self.head.follows_at((j,), items)
            logits = live_logits(marginals, params[:, None, : marginals.bins], is_absent=is_absent)
            bins = pick(logits, rng)
            log_q += logits.double().log_softmax(-1).gather(-1, bins[..., None])[:, 0, 0]
            items[:, j] = marginals.from_bins(bins, rng)[:, 0]
            left.remove(j)
            if not left:
                break
        return log_q

    def _log_masses(self, x: Tensor, order: int) -> Tensor:
        """log p_o of the bin of each number given those before it, (B, D) float64; of a restricted one, of what is
        allowed of its bin."""
        marginals = self.head.marginals
        bins, given = marginals.to_bins(x), x.new_zeros(len(x), 0)
        logits = live_logits(marginals, self.network(x, given, None, order), is_absent=marginals.follows(x))
        log_p = logits.double().log_softmax(-1).gather(-1, bins[..., None])[..., 0]
        for j in self.region.columns:
            log_p[:, j] += self.region.shares[j].to(x.device)[bins[:, j]].log()
        return log_p

    @cached_property
    def _start(self) -> dict[int, Tensor]:
        """{restricted column: (bins,) logits of what training rows have there within the region}."""
        masses = self.head.marginals.cum.diff(dim=1).cpu()
        start = {}
        for j, shares in self.region.shares.items():
            within = masses[j].clamp(min=1e-6)[: len(shares)] * shares
            start[j] = within.log().float()
        return start

    # ------------------------------------------------------------------ a sum

    def _prefix(self, order: int) -> list[int]:
        """The columns of an order up to the last restricted one."""
        columns = self._perms[order]
        return columns[: 1 + max(columns.index(j) for j in self.region.columns)]

    @property
    def _perms(self) -> list[list[int]]:
        return self.network.perms.tolist()

    def _bins(self, column: int) -> Tensor:
        if column in self.region.shares:
            return self.region.shares[column].nonzero()[:, 0]
        return self.head.marginals.live[column].cpu().nonzero()[:, 0]

    @property
    def _prefix_sizes(self) -> list[int]:
        """How many rows of bins there are of each order's prefix."""
        return [prod(len(self._bins(j)) for j in self._prefix(o)) for o in range(self.network.orders)]

    def _summed(self) -> float:
        marginals, sums = self.head.marginals, []
        device = marginals.live.device
        with torch.inference_mode(), torch.autocast(device.type, enabled=False):
            for order in range(self.network.orders):
                columns = self._prefix(order)
                rows = torch.cartesian_prod(*[self._bins(j) for j in columns]).reshape(-1, len(columns))
                for part in rows.split(ROWS):
                    bins = torch.ones(len(part), len(marginals.last), dtype=torch.long)
                    bins[:, columns] = part
                    x = marginals.from_bins(bins.to(device), Draws("middles", device=device))
                    strange = (marginals.without_followers(x).isnan() & ~x.isnan())[:, columns].any(1)
                    log_p = self._log_masses(x, order)[:, columns].sum(1)
                    sums.append(log_p.masked_fill(strange, -torch.inf))
        return float(torch.logsumexp(torch.cat(sums), 0)) - log(self.network.orders)
