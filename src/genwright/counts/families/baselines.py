"""Simple models of counts, which every trained one has to beat.

    one-profile    x_g ~ NB(l rho_g, r_g): one profile rho, the shares of all counts in training, with a dispersion r_g
                   of each column by moments (Robinson & Smyth 2008)
    poisson        x_g ~ Poisson(l rho_g)
    pca            log(1 + s x_g / l) = b(c) + W z + e: principal components of log counts, with the means of each
                   condition taken out; samples are Poisson numbers

l is the total of a row: log l ~ N(m, s^2). The likelihoods of the first two are integrals over l,

    p(x) = int p(x | l) N(log l; m, s^2) d log l,

by Gauss-Hermite quadrature around the largest value of the integrand: exact but for rounding.
"""

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.family import Family
from ...core.ragged import Ragged
from ...core.spec import Category, Spec
from ...core.trainable import Items
from ...families.baselines.bootstrap_and_independent import BootstrapSets
from ..networks.counts import round_to_total, sparse, totals

PSEUDO = 0.5  # counts of each column beyond those of training
LEAST_R, MOST_R = 1e-2, 1e4  # dispersions
LEAST_SPREAD = 0.01  # of log l
NODES, NEWTON = 16, 12  # of the quadrature, and steps to its middle
LATENTS = 10
SCALE = 1e4  # counts of a row whose logarithms have principal components


class OneProfile(Family):
    """Base: one profile for all rows, and totals whose logarithms are normal. A subclass has `_integrand(t, x)`, log
    p(x | l = e^t), and its first two derivatives in t, each (B,); and `_draw(means, rng)`."""

    lacks = {"complete": "a row of counts has no missing cells", "encode": "it has one profile for all rows"}
    allow_bf16 = False
    conditional = False

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        columns = spec.leaf.each.columns[0].k
        self.register_buffer("log_profile", torch.full((columns,), -float(np.log(columns))))
        self.register_buffer("log_total", torch.zeros(()))
        self.register_buffer("log_spread", torch.ones(()))

    def finish(self, items: Items, rng: Draws) -> None:
        x = items.x
        counted = _column_sums(x, x.x[:, 1].double(), len(self.log_profile)) + PSEUDO
        self.log_profile = (counted / counted.sum()).log().float()
        logs = totals(x).log()
        self.log_total, self.log_spread = logs.mean(), logs.std(correction=0).clamp(min=LEAST_SPREAD)

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        t = self.log_total + self.log_spread * rng.normal(n)
        return sparse(self._draw((t[:, None] + self.log_profile).exp(), rng))

    def log_likelihood(self, x: Ragged, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, None]:
        t = totals(x).log().double()
        for _ in range(NEWTON):
            _, slope, bend = self._with_prior(t, x)
            t = t - (slope / bend).clamp(-1.0, 1.0)
        width = (-self._with_prior(t, x)[2]).rsqrt()
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        logs = [
            self._with_prior(t + width * node, x)[0] + 0.5 * node**2 + float(np.log(weight))
            for node, weight in zip(nodes.tolist(), weights.tolist())
        ]
        return torch.stack(logs).logsumexp(0) + width.log(), None

    def _with_prior(self, t: Tensor, x: Ragged) -> tuple[Tensor, Tensor, Tensor]:
        """The logarithm of the integrand at t (B,), and its derivatives."""
        value, slope, bend = self._integrand(t, x)
        off, spread = (t - self.log_total) / self.log_spread, self.log_spread.double()
        prior = -0.5 * off**2 - spread.log() - 0.5 * float(np.log(2 * np.pi))
        return value + prior, slope - off / spread, bend - 1 / spread**2


def _column_sums(x: Ragged, values: Tensor, columns: int) -> Tensor:
    """(columns,) sums of values (N,) of counts."""
    return values.new_zeros(columns).index_add_(0, x.x[:, 0].long(), values)


def _row_sums(x: Ragged, values: Tensor) -> Tensor:
    return values.new_zeros(len(x)).index_add_(0, x.item, values)


class PoissonProfile(OneProfile):
    """Poisson numbers around one profile: given the total of a row, a multinomial."""

    def _integrand(self, t: Tensor, x: Ragged) -> tuple[Tensor, Tensor, Tensor]:
        counts = x.x[:, 1].double()
        fixed = _row_sums(x, counts * self.log_profile[x.x[:, 0].long()] - (counts + 1).lgamma())
        total, mean = _row_sums(x, counts), t.exp()
        return fixed + total * t - mean, total - mean, -mean

    def _draw(self, means: Tensor, rng: Draws) -> Tensor:
        return torch.poisson(means, generator=rng.generator)


class Profile(OneProfile):
    """Negative binomials around one profile."""

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.register_buffer("r", torch.ones_like(self.log_profile))

    def finish(self, items: Items, rng: Draws) -> None:
        super().finish(items, rng)
        x, columns = items.x, len(self.r)
        counts, own = x.x[:, 1].double(), totals(x).double()
        profile, size = self.log_profile.double().exp(), own.square().sum()
        squares = _column_sums(x, counts.square(), columns) + profile.square() * size
        squares = squares - 2 * profile * _column_sums(x, counts * own[x.item], columns)
        excess = squares - _column_sums(x, counts, columns)  # of the variance over a Poisson's
        self.r = (profile.square() * size / excess.clamp(min=1e-12)).clamp(LEAST_R, MOST_R).float()

    def _integrand(self, t: Tensor, x: Ragged) -> tuple[Tensor, Tensor, Tensor]:
        log_r, columns, counts = self.r.double().log(), x.x[:, 0].long(), x.x[:, 1].double()
        r = log_r.exp()
        share = (t[:, None] + (self.log_profile - log_r)).sigmoid()  # mu / (mu + r)
        rest = -(-share).log1p()
        at = share[x.item, columns]
        cells = (counts + r[columns]).lgamma() - r[columns].lgamma() - (counts + 1).lgamma() + counts * at.log()
        value = _row_sums(x, cells) - rest @ r
        slope = _row_sums(x, counts * (1 - at)) - share @ r
        bend = -_row_sums(x, counts * at * (1 - at)) - (share * (1 - share)) @ r
        return value, slope, bend

    def _draw(self, means: Tensor, rng: Draws) -> Tensor:
        r = self.r.expand(means.shape).contiguous()
        return torch.poisson(torch._standard_gamma(r, generator=rng.generator) / r * means, generator=rng.generator)


class LogCountsPCA(Family):
    """Principal components of the logarithms of counts, without what the conditions explain by straight lines."""

    lacks = {"complete": "a row of counts has no missing cells", "log_prob": "its components give counts no density"}
    allow_bf16 = False
    grows: ClassVar[dict[str, int]] = {"components": 0, "spread": 0}

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        columns, features = spec.leaf.each.columns[0].k, 1 + _width(given)
        self.register_buffer("lines", torch.zeros(features, columns))  # b, of features of the conditions
        self.register_buffer("components", torch.zeros(0, columns))
        self.register_buffer("spread", torch.ones(0))
        self.register_buffer("log_total", torch.zeros(()))
        self.register_buffer("log_spread", torch.ones(()))

    def flaw(self) -> str:
        return "" if len(self.components) == len(self.spread) else "components without a spread"

    def finish(self, items: Items, rng: Draws) -> None:
        from scipy.sparse.linalg import LinearOperator, svds

        y, features = self._log_counts(items.x), _features(self.given, items.given).double().numpy()
        gram = features.T @ features + 1e-6 * np.eye(features.shape[1])
        lines = np.linalg.solve(gram, (y.T @ features).T)
        operator = LinearOperator(
            y.shape, lambda v: y @ v - features @ (lines @ v), lambda v: y.T @ v - lines.T @ (features.T @ v),
            dtype=np.float64,
        )  # fmt: skip
        count = max(1, min(LATENTS, min(y.shape) - 1))
        start = rng.normal(min(y.shape)).double().numpy()
        _, sizes, components = svds(operator, count, v0=start)
        order = np.argsort(-sizes)
        components = components[order]
        components *= np.sign(components[np.arange(count), np.abs(components).argmax(1)])[:, None]
        self.lines, self.components = torch.from_numpy(lines).float(), torch.from_numpy(components.copy()).float()
        self.spread = torch.from_numpy(sizes[order] / len(y.indptr[1:]) ** 0.5).float().clamp(min=1e-6)
        logs = totals(items.x).log()
        self.log_total, self.log_spread = logs.mean(), logs.std(correction=0).clamp(min=LEAST_SPREAD)

    def _log_counts(self, x: Ragged) -> "csr_array":  # noqa: F821
        """(n, columns) of log(1 + s x / l), a sparse array of SciPy."""
        from scipy.sparse import csr_array

        values = (SCALE * x.x[:, 1].float() / totals(x)[x.item]).log1p().numpy()
        shape = len(x), self.lines.shape[1]
        return csr_array((values, x.x[:, 0].to(torch.int32).numpy(), x.ptr.numpy()), shape=shape)

    def encode(self, x: Ragged, given: Tensor) -> Tensor:
        """Components in units of their spread, and last the total: (B, components + 1)."""
        columns, own = x.x[:, 0].long(), totals(x)
        values = (SCALE * x.x[:, 1].float() / own[x.item]).log1p()
        sums = values.new_zeros(len(x), len(self.components))
        sums.index_add_(0, x.item, values[:, None] * self.components.T[columns])
        z = sums - _features(self.given, given) @ (self.lines @ self.components.T)
        u = (own.log() - self.log_total) / self.log_spread
        return torch.cat([z / self.spread, u[:, None]], 1)

    def decode(self, z: Tensor, given: Tensor) -> Ragged:
        return sparse(round_to_total(self._means(z, given)))

    def sample(self, n: int, given: Tensor, rng: Draws) -> Ragged:
        return sparse(torch.poisson(self._means(rng.normal(n, len(self.spread) + 1), given), generator=rng.generator))

    def _means(self, z: Tensor, given: Tensor) -> Tensor:
        logs = _features(self.given, given) @ self.lines + (z[:, :-1] * self.spread) @ self.components
        rates = logs.clamp(0.0, 12.0).expm1() + 1e-9
        return (self.log_total + self.log_spread * z[:, -1]).exp()[:, None] * rates / rates.sum(1, keepdim=True)


def _width(given: Spec) -> int:
    return sum(leaf.k if isinstance(leaf, Category) else 1 for leaf in given.columns)


def _features(given: Spec, values: Tensor) -> Tensor:
    """(B, 1 + width): 1, a column for each category, and each number; 0 for what is left out."""
    parts = [torch.ones(len(values), 1, device=values.device)]
    for leaf, column in zip(given.columns, values.T):
        if isinstance(leaf, Category):
            parts.append((column[:, None] == torch.arange(leaf.k, device=values.device)).float())
        else:
            parts.append(column.nan_to_num()[:, None])
    return torch.cat(parts, 1)


class BootstrapCounts(BootstrapSets):
    """Training rows drawn with replacement (Efron 1979)."""

    lacks: ClassVar[dict[str, str]] = {
        "log_prob": "a resampled training set has no density", "complete": "a row of counts has no missing cells",
    }  # fmt: skip
