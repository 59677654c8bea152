"""Gaussians as models: one, one a class, or a mixture fitted by expectation-maximisation, over continuous coordinates.

Over the Gaussian coordinates of a table's columns the single Gaussian is the Gaussian copula with empirical marginals.
Completion is exact in these coordinates: with s ~ N(mu, S) and known coordinates k,
    z = s + S_:k S_kk^-1 (z_k - s_k)   has the law   p(z | z_k)        (Matheron's rule)
"""

from collections.abc import Iterable
from math import log, pi
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import torch
from torch import Tensor

from ...core.draws import Draws, RowDraws
from ...core.errors import Unsupported
from ...core.family import Family
from ...core.spec import Category, Spec
from ...core.trainable import Items
from ...distributions.coordinates import continuous, exactness, log_mean_density, rows_at_once
from ..conditions import fill_present

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

EM_ITEMS = 2**15  # items by which a mixture is fitted, at most


class Gaussians(Family):
    """A mixture of M Gaussians: weights (M,), means (M, D), covariances (M, D, D), fitted in `finish` on the training
    items.

    Raises Unsupported for "label" where the first given variable is no category.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        components: "one", "label" (one a value of the first given variable, which then picks it) or a number for
            EM, at most one for ten items.
        margins: take every column through its marginal, also those that are fit to be used as they are.
    """

    allow_bf16 = False
    method = "conditional Gaussian"
    scores_known = True
    grows: ClassVar[dict[str, int]] = {"log_weight": 0, "mean": 0, "cov": 0, "factor": 0}

    def __init__(self, spec: Spec, given: Spec, components: str | int = "one", margins: bool = False):
        super().__init__(spec, given)
        label = given.columns[0] if given.columns else None
        if components == "label" and (not isinstance(label, Category) or label.shape):
            raise Unsupported("a Gaussian for each class needs a given label with categories")
        self.view = continuous(spec)
        if margins:
            self.view.marginals.plain.zero_()
        self.components, self.conditional = components, components == "label"
        self.kind = exactness(spec)
        self.completes = "exact" if exactness(spec) == "exact" else "approximate"
        self.register_buffer("log_weight", torch.zeros(0))
        self.register_buffer("mean", torch.zeros(0, spec.dims))
        for name in ("cov", "factor"):
            self.register_buffer(name, torch.zeros(0, spec.dims, spec.dims))

    def finish(self, items: Items, rng: Draws) -> None:
        by_em, size = isinstance(self.components, int), rows_at_once(items.x)
        mixture, total = None, []  # moments of all items, and of each component's
        if by_em and len(items) > EM_ITEMS:
            sample_items = items[rng.permutation(len(items))[:EM_ITEMS]]
            mixture = self._fit_mixture(self._coordinates(sample_items.x, rng), rng)
            size = max(1, size // self.components)
        elif by_em:
            size = max(1, len(items))
        for start in range(0, len(items), size):
            chunk = items[start : start + size]
            z = self._coordinates(chunk.x, rng)
            mixture = mixture or (self._fit_mixture(z, rng) if by_em else None)
            new = [moments(z, w) for w in (z.new_ones(len(z)), *self._share(z, chunk.given, mixture).T)]
            total = [join_moments(pair) for pair in zip(total, new)] if total else new
        everything, *groups = total
        weight = torch.stack([part.weight for part in groups])
        self.log_weight = ((weight + 1e-3) / (weight + 1e-3).sum()).log().float()
        fits_by_group = [everything if part.weight < 2 else part for part in groups]
        self.mean = torch.stack([part.mean for part in fits_by_group]).float()
        self.cov = torch.stack([shrunk_covariance(part) for part in fits_by_group]).float()
        self.factor = torch.linalg.cholesky(self.cov.double()).float().contiguous()

    def flaw(self) -> str:
        sizes = {len(getattr(self, name)) for name in self.grows}
        fixed_counts = {"one": 1, "label": self.given.columns[0].k if self.components == "label" else 0}
        if len(sizes) > 1 or not sizes.issubset({fixed_counts.get(self.components, len(self.mean) or 1)}):
            return "Gaussians of another number than there are components"
        probe = torch.ones_like(self.mean)[..., None]
        by_covariance, by_factor = self.cov @ probe, self.factor @ (self.factor.mT @ probe)
        if (self.factor.diagonal(dim1=1, dim2=2) <= 0).any() or not torch.allclose(
            by_covariance, by_factor, 1e-2, 1e-2
        ):
            return "covariances of other Gaussians"
        return ""

    def _coordinates(self, x: Tensor, rng: Draws) -> Tensor:
        return self.view(x, rng)[0].flatten(1).double()

    def _share(self, z: Tensor, given: Tensor, mixture: "GaussianMixture | None") -> Tensor:
        """(n, M) how far each item belongs to each component."""
        if self.components == "label":
            label = given[:, 0].long()
            return torch.stack([(label == k).double() for k in range(self.given.columns[0].k)], 1)
        if mixture is None:
            return z.new_ones(len(z), 1)
        return torch.from_numpy(mixture.predict_proba(z.cpu().numpy())).to(z.device)

    def _fit_mixture(self, z: Tensor, rng: Draws) -> "GaussianMixture":
        from sklearn.mixture import GaussianMixture

        seed, count = rng.number(2**31), min(self.components, len(z) // 10 or 1)
        return GaussianMixture(count, reg_covar=1e-3, random_state=seed).fit(z.cpu().numpy())

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        m = self._component(self._prior(given), rng)
        return self.view.inverse(self._sample(m, rng).view(n, *self.spec.shape))

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Computes log p(z) - log p(z_known), the log-likelihood of the unknown part of items.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions.
            rng: Random numbers.
        """
        prior = self._prior(given)

        def log_prob(z: Tensor) -> Tensor:
            z = z.flatten(1)
            joint = (self._log_density(z) + prior).logsumexp(1)
            if known is None:
                return joint
            mask = known.flatten(1).float()
            part = (self._log_known(z, mask)[0] + prior).logsumexp(1)
            return joint - part + 0.5 * log(2 * pi) * mask.sum(1)

        return log_mean_density(self.spec, self.view, log_prob, x, rng, draws, known)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        def draw(rows: Tensor, rng: RowDraws) -> Tensor:
            mask = known[rows]
            z = self.view(torch.where(mask, x[rows].float(), 0.0), rng)[0].flatten(1)
            return self.view.inverse(self._condition(z, mask.flatten(1).float(), given[rows], rng).view(mask.shape))

        return fill_present(draw, x, known, self.view.marginals, rng)

    def _condition(self, z: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """(B, D) draws of p(z | z_known)."""
        log_known, factor, pattern_of_row = self._log_known(z, known)
        m = self._component(self._prior(given) + log_known, rng)
        s = self._sample(m, rng)
        gap = ((z - s) * known)[..., None]
        solved = torch.cholesky_solve(gap, factor[pattern_of_row, m])[..., 0]
        return s + torch.einsum("bij,bj->bi", self.cov[m], solved * known)

    def _log_known(self, z: Tensor, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """log N(z_known; mean_m, cov_m) but for the powers of 2 pi, (B, M); factors of the covariances of what is
        known, (P, M, D, D); and whose they are, (B,): patterns of known coordinates that items share are solved once.
        """
        patterns, pattern_of_row = known.unique(dim=0, return_inverse=True)
        mask = patterns[:, None]  # (P, 1, D)
        # the known block of the covariance, the identity elsewhere: P x M matrices of D x D
        block = mask[..., None] * self.cov * mask[..., None, :] + torch.diag_embed(1 - mask)
        factor = torch.linalg.cholesky(block)
        residual = (z[:, None] - self.mean) * known[:, None]  # (B, M, D)
        scaled = torch.linalg.solve_triangular(factor[pattern_of_row], residual[..., None], upper=False)[..., 0]
        log_dets = factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)[pattern_of_row]
        return -0.5 * (scaled**2).sum(-1) - log_dets, factor, pattern_of_row

    def _prior(self, given: Tensor) -> Tensor:
        """(B, M) log weights; the component of its label for an item that has one."""
        prior = self.log_weight.expand(len(given), -1)
        if self.components != "label":
            return prior
        label = given[:, :1]
        label_logits = torch.where(torch.arange(len(self.log_weight), device=label.device) == label, 0.0, -torch.inf)
        return torch.where(label.isnan(), prior, label_logits)

    def _component(self, logits: Tensor, rng: Draws) -> Tensor:
        return rng.categories(logits.softmax(1))[:, 0]

    def _sample(self, m: Tensor, rng: Draws) -> Tensor:
        noise = rng.normal(len(m), self.mean.shape[1])
        return self.mean[m] + torch.einsum("bij,bj->bi", self.factor[m], noise)

    def _log_density(self, z: Tensor) -> Tensor:
        """(B, M) log N(z; mean_m, cov_m)."""
        residual = (z[:, None] - self.mean).permute(1, 2, 0)  # (M, D, B)
        scaled = torch.linalg.solve_triangular(self.factor, residual, upper=False)
        log_det = self.factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return -0.5 * (scaled**2).sum(1).T - log_det - 0.5 * z.shape[1] * log(2 * pi)


class Gaussian(Gaussians):
    """A single Gaussian, whose latent is the whitened coordinates."""

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        return torch.linalg.solve_triangular(
            self.factor[0], (self.view.steady(x).flatten(1) - self.mean[0]).T, upper=False
        ).T

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        return self.view.inverse((self.mean[0] + z @ self.factor[0].T).view(-1, *self.spec.shape))


class Moments(NamedTuple):
    """Weighted moments of items: their weight, mean and scatter.

    Args:
        weight: () the sum of the items' weights.
        mean: (D,).
        scatter: (D, D), weighted squares about the mean.
    """

    weight: Tensor
    mean: Tensor
    scatter: Tensor


def moments(z: Tensor, weight: Tensor) -> Moments:
    """Computes the moments of z (n, D), weighted by weight (n,)."""
    total = weight.sum()
    mean = (weight[:, None] * z).sum(0) / total.clamp(min=1e-300)
    centred = z - mean
    return Moments(total, mean, (weight[:, None] * centred).T @ centred)


def join_moments(parts: Iterable[Moments]) -> Moments:
    """Joins the moments of parts to those of all items (Chan, Golub & LeVeque 1979)."""
    parts = iter(parts)
    pooled = next(parts)
    for part in parts:
        total = (pooled.weight + part.weight).clamp(min=1e-300)
        gap, share = part.mean - pooled.mean, part.weight / total
        scatter = pooled.scatter + part.scatter + pooled.weight * share * torch.outer(gap, gap)
        pooled = Moments(pooled.weight + part.weight, pooled.mean + share * gap, scatter)
    return pooled


def shrunk_covariance(part: Moments) -> Tensor:
    """Computes the covariance (D, D), shrunk towards its own diagonal by 0.1 d / (d + n), n the sum of the weights.
    This keeps it invertible."""
    n, d = float(part.weight), len(part.mean)
    cov, shrink = part.scatter / n, 0.1 * d / (d + n)
    diagonal, identity = torch.diag(cov.diagonal()), torch.eye(d, dtype=cov.dtype, device=cov.device)
    return (1 - shrink) * cov + shrink * diagonal + 1e-6 * identity
