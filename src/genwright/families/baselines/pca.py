"""Probabilistic principal components (Tipping & Bishop 1999), over continuous coordinates x: (B, D), fitted in closed
form.

x = U s z + mu + sigma eps,    z ~ N(0, I_q),  eps ~ N(0, I_D),  U: (D, q) orthonormal, s: (q,)
U: the q first eigenvectors of the covariance, lambda its eigenvalues
sigma^2 = mean of the other D - q eigenvalues,    s^2 = lambda - sigma^2                  (eq. 7, 8)
-2 log p(x) = sum_i (a_i^2 / lambda_i + log lambda_i) + (|x - mu|^2 - |a|^2) / sigma^2
              + (D - q) log sigma^2 + D log 2 pi,    a = U^T (x - mu), since the covariance is U s^2 U^T + sigma^2 I
-2 log p(x_k) = (|r|^2 - r^T W_k M^-1 W_k^T r) / sigma^2 + log |M| + (D_k - q) log sigma^2 + D_k log 2 pi,
                r = x_k - mu_k
z | x_k ~ N(M^-1 W_k^T (x_k - mu_k), sigma^2 M^-1),  M = W_k^T W_k + sigma^2 I,  W_k: the known rows of U s
"""

from math import log, pi

import torch
from torch import Tensor

from ...core.draws import Draws, RowDraws
from ...core.family import Family
from ...core.spec import Spec
from ...core.trainable import Items
from ...distributions.coordinates import continuous, exactness, log_mean_density, rows_at_once
from ..conditions import fill_present
from .gaussian import join_moments, moments

MIN_VARIANCE = 1e-6  # least variance, also where the data have none


class PCA(Family):
    """Probabilistic principal component analysis (Tipping & Bishop 1999).

    Args:
        spec: The items.
        given: Conditioning variables.
        latents: q, at most D - 1.
    """

    allow_bf16 = False
    conditional = False
    method = "conditional Gaussian of low rank"
    scores_known = True

    def __init__(self, spec: Spec, given: Spec, latents: int):
        super().__init__(spec, given)
        self.view = continuous(spec)
        self.latents = min(latents, spec.dims - 1)
        self.kind = exactness(spec)
        self.completes = "exact" if exactness(spec) == "exact" else "approximate"
        self.register_buffer("mean", torch.zeros(spec.dims))
        self.register_buffer("basis", torch.zeros(spec.dims, self.latents))  # U
        self.register_buffer("scale", torch.ones(self.latents))  # s
        self.register_buffer("variance", torch.ones(()))  # sigma^2

    def finish(self, items: Items, rng: Draws) -> None:
        blocks = items.x.split(rows_at_once(items.x))
        coordinates = (self.view(x, rng)[0].flatten(1).double() for x in blocks)
        pooled = join_moments(moments(z, z.new_ones(len(z))) for z in coordinates)
        values, vectors = torch.linalg.eigh(pooled.scatter / pooled.weight)
        values, vectors = values.flip(0), vectors.flip(1)
        q = self.latents
        variance = values[q:].mean().clamp(min=MIN_VARIANCE)
        self.mean, self.basis = pooled.mean.float(), vectors[:, :q].float().contiguous()
        self.scale, self.variance = (values[:q] - variance).clamp(min=MIN_VARIANCE).sqrt().float(), variance.float()

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        z = rng.normal(n, self.latents)
        noise = self.variance.sqrt() * rng.normal(n, self.spec.dims)
        return self._items(self._mean_of(z) + noise)

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Computes log p(x) - log p(x_known), the log-likelihood of the unknown part of items.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions.
            rng: Random numbers.
        """

        def log_prob(z: Tensor) -> Tensor:
            joint = self._log_density(z.flatten(1))
            return joint if known is None else joint - self._log_known(z.flatten(1), known.flatten(1).double())

        return log_mean_density(self.spec, self.view, log_prob, x, rng, draws, known)

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes principal components in units of s, (B, q): the least-squares code, so that `decode` gives PCA's
        projection of x."""
        return (self.view.steady(x).flatten(1) - self.mean) @ self.basis / self.scale

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        return self._items(self._mean_of(z))

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        def draw(rows: Tensor, rng: RowDraws) -> Tensor:
            mask = known[rows]
            coordinates = self.view(torch.where(mask, x[rows].float(), 0.0), rng)[0].flatten(1)
            return self._items(self._condition(coordinates, mask.flatten(1).float(), rng))

        return fill_present(draw, x, known, self.view.marginals, rng)

    def _mean_of(self, z: Tensor) -> Tensor:
        return self.mean + (z * self.scale) @ self.basis.T

    def _items(self, coordinates: Tensor) -> Tensor:
        return self.view.inverse(coordinates.view(-1, *self.spec.shape))

    def _log_density(self, x: Tensor) -> Tensor:
        """(B, D) -> (B,), in double precision, since the two squares nearly cancel."""
        residual, variance, (d, q) = (x - self.mean).double(), self.variance.double(), self.basis.shape
        a, values = residual @ self.basis.double(), self.scale.double() ** 2 + variance
        distance = (a**2 / values + values.log()).sum(1)
        squares = ((residual**2).sum(1) - (a**2).sum(1)) / variance + (d - q) * variance.log()
        return (-0.5 * (distance + squares + d * log(2 * pi))).float()

    def _log_known(self, x: Tensor, known: Tensor) -> Tensor:
        """log p(x_k): (B,). known: (B, D) of 0 and 1."""
        variance, (_, q), count = self.variance.double(), self.basis.shape, known.sum(1)
        residual = (x - self.mean).double() * known
        loadings = known[:, :, None] * (self.basis * self.scale).double()
        factor = torch.linalg.cholesky(loadings.mT @ loadings + variance * torch.eye(q).to(loadings))
        pull = torch.linalg.solve_triangular(factor, loadings.mT @ residual[..., None], upper=False)[..., 0]
        square = ((residual**2).sum(1) - (pull**2).sum(1)) / variance
        log_det = 2 * factor.diagonal(dim1=1, dim2=2).log().sum(1) + (count - q) * variance.log()
        return (-0.5 * (square + log_det + count * log(2 * pi))).float()

    def _condition(self, x: Tensor, known: Tensor, rng: Draws) -> Tensor:
        """Draws (B, D) of p(x | x_known): z from its posterior, then x from z. known: (B, D) of 0 and 1."""
        loadings = known[:, :, None] * self.basis * self.scale  # W_k: (B, D, q)
        precision = loadings.mT @ loadings + self.variance * torch.eye(self.latents, device=loadings.device)  # M
        factor = torch.linalg.cholesky(precision)
        pull = loadings.mT @ ((x - self.mean) * known)[..., None]
        centre = torch.cholesky_solve(pull, factor)[..., 0]
        noise = rng.normal(len(x), self.latents, 1)  # factor^-T noise has the covariance M^-1
        noise_spread = torch.linalg.solve_triangular(factor.mT, noise, upper=True)[..., 0]
        z = centre + self.variance.sqrt() * noise_spread
        return self._mean_of(z) + self.variance.sqrt() * rng.normal(x.shape)
