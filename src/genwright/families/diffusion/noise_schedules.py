"""The forward chain of diffusion (Sohl-Dickstein 2015; Ho 2020) and its closed forms.

q(x_t | x_t-1)     = N(sqrt(1 - beta_t) x_t-1, beta_t I),  t = 1 ... T
q(x_t | x_0)       = N(sqrt(abar_t) x_0, (1 - abar_t) I),  alpha_t = 1 - beta_t, abar_t = prod_s<=t alpha_s
q(x_t-1 | x_t, x_0) is that of `gaussian_noise`, of the levels (sqrt(abar_t), sqrt(1 - abar_t))

`Terms` is the sum over t = 1 ... T in the bound of a diffusion, estimated without bias from some of its terms.

    sum_t f_t = E f_t / p_t,   t ~ p,   p_t = (1 - u) size_t / sum_s size_s + u / T

The estimate varies least if p is in proportion to the size of the terms. `finish` measures the size at some t. A share
u of the draws is spread evenly, in case a term is larger than it was when it was measured.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import log, pi

import numpy as np
import torch
from torch import Tensor, nn


def linear(steps: int) -> Tensor:
    """Returns the linear schedule beta_t (T,) float64, from 1e-4 to 0.02 over 1,000 steps (Ho 2020). Other numbers of
    steps are scaled so that they end as noisy."""
    scale = 1000 / steps
    return torch.linspace(1e-4 * scale, 0.02 * scale, steps, dtype=torch.float64).clamp(max=0.999)


def cosine(steps: int) -> Tensor:
    """Returns the cosine schedule beta_t (T,) float64, by abar_t = cos^2((t / T + s) / (1 + s) pi / 2), s = 0.008
    (Nichol & Dhariwal 2021, eq. 17)."""
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    abar = torch.cos((t + 0.008) / 1.008 * pi / 2) ** 2
    return (1 - abar[1:] / abar[:-1]).clamp(max=0.999)


SCHEDULES = {"linear": linear, "cosine": cosine}


class LearnedNoise(nn.Module):
    """A learned schedule gamma(t) = -log snr in continuous time (Kingma 2021, section 3.2 and appendix I.2).

    The range from `low` to `high` is cut into `pieces` of one width, in which gamma is a straight line. Piece k takes a
    share of the time, by a softmax of weights. Whatever the weights are, gamma rises, from `low` at t = 0 to `high` at
    t = 1, and no slope is above 1 / `minimum` of the mean one. The paper has a monotone network in its place.

    Args:
        low, high: Ends of gamma.
        pieces: Number of pieces.
        minimum: Smallest share of a piece, relative to equal shares.
    """

    def __init__(self, low: float, high: float, pieces: int = 64, minimum: float = 0.1):
        super().__init__()
        self.low, self.high, self.least = low, high, minimum
        self.weights = nn.Parameter(torch.zeros(pieces))

    def forward(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Computes gamma(t) and its slope, (B,) each, in the dtype of t: (B,) in [0, 1]."""
        pieces = len(self.weights)
        share = self.least / pieces + (1 - self.least) * self.weights.to(t.dtype).softmax(0)
        ends = share.cumsum(0)
        piece = torch.searchsorted(ends.detach(), t, right=True).clamp(max=pieces - 1)
        width = (self.high - self.low) / pieces
        into = 1 - (ends[piece] - t) / share[piece]
        return (self.low + (piece + into) * width).clamp(self.low, self.high), width / share[piece]


class NoiseChain(nn.Module):
    """The noise levels of a forward chain: abar and sigma = sqrt(1 / abar - 1), (T,) each, with entry t - 1 for step t.

    The tensors are functions of the arguments, so they are not stored with the weights.

    Args:
        schedule: Name of the schedule.
        steps: Steps of the chain.
        minimum: Steps with less noise than this are joined into one, so that T may be smaller than `steps`.
        count: T, of steps that are evenly spaced in t. Default: None, all of them.
    """

    def __init__(self, schedule: str, steps: int, minimum: float = 0.0, count: int | None = None):
        super().__init__()
        abar = (1 - SCHEDULES[schedule](steps)).cumprod(0)
        abar = abar[(1 / abar - 1).sqrt() >= minimum]
        if count is not None:
            abar = abar[_spaced_steps(len(abar), count).unique() - 1]
        self.steps = len(abar)
        self.register_buffer("abar", abar, False)
        self.register_buffer("sigma", (1 / abar - 1).sqrt(), False)

    def bound_weights(self, error: Tensor, ends: bool = True) -> tuple[Tensor, Tensor]:
        """Computes weights of the terms t = 1 ... T, 1/2 weight_t (x - D)^2, in the variational bound of one number.
        Returns also twice the parts without (x - D).

        In the coordinates y = x_t / sqrt(abar_t), q and p of x_t-1 have means `share` (x - D) apart, and variances
        `variance` and own + share^2 e_t, the best one (Bao 2022). The term of t = 1 is -log N(x; D, e_1).

        Args:
            error: e_t, the mean of (x - D)^2 at t: (T,) float64, or (T, C) for C kinds of numbers; weights alike.
            ends: whether the sum includes the term of t = 1.
        """
        sigma = self.sigma.view(-1, *[1] * (error.ndim - 1))
        share = 1 - (sigma[:-1] / sigma[1:]) ** 2
        variance, added = sigma[:-1] ** 2 * share, share**2 * error[1:]
        first, constant = 1 / error[:1], error[0].log() + log(2 * pi)
        if not ends:
            first, constant = torch.zeros_like(first), torch.zeros_like(constant)
        weight = torch.cat([first, share**2 / (variance + added)])
        return weight, constant + (torch.log1p(added / variance) - added / (variance + added)).sum(0)

    def last_divergence(self, square: Tensor, dims: Tensor) -> Tensor:
        """Computes KL(q(x_T | x) || N(0, I)) of items whose squares have the sum `square` (B,) over `dims` (B,)
        numbers."""
        abar = float(self.abar[-1])
        return 0.5 * (abar * square + dims * (-abar - log(1 - abar)))

    @property
    def usual_error(self) -> Tensor:
        """Mean (T,) float32 of (x - D)^2 at t for the best D of a standard Gaussian, which stands in until the error is
        measured."""
        return (self.sigma**2 / (1 + self.sigma**2)).float()

    def best_spread(self, error: Tensor) -> Tensor:
        """Computes the standard deviation (T,) of p(x_t-1 | x_t) about its mean with the best variance, in units of x_0
        and alpha = 1. That variance is q(x_t-1 | x_t, x_0)'s plus what the error of D adds.

        Args:
            error: as in `bound_weights`.
        """
        next_variance = torch.cat([self.sigma.new_zeros(1), self.sigma[:-1]]) ** 2
        share = 1 - next_variance / self.sigma**2
        return (next_variance * share + share**2 * error).sqrt()

    def levels(self, count: int) -> Tensor:
        """Picks noise levels (count + 1,), evenly spaced in t from T down, and 0 at the end; all of them where there
        are fewer."""
        level_numbers = _spaced_steps(self.steps, min(count, self.steps)) - 1
        return torch.cat([self.sigma[level_numbers], self.sigma.new_zeros(1)])


def _spaced_steps(steps: int, count: int) -> Tensor:
    """(count,) of the steps, evenly spaced from the last to the first."""
    return torch.linspace(steps, 1, count).round().long()


MEASURED = 24  # steps of the chain at which the size of its terms is measured
UNEXPLAINED = 0.15  # share of a term's noise that no known noise explains


@dataclass(frozen=True)
class Terms:
    """A sum of T terms that is estimated from some of them, drawn at random.

    Args:
        chance: (T,) float64 that each term is drawn.
    """

    chance: Tensor

    @classmethod
    def by_size(cls, size: Tensor, uniform: float) -> "Terms":
        """Draws terms in proportion to their size.

        Args:
            size: (T,) float64 expected size of each term.
            uniform: Share of the draws that is spread evenly.
        """
        return cls((1 - uniform) * size / size.sum() + uniform / len(size))

    @cached_property
    def _ends(self) -> Tensor:
        return self.chance.cumsum(0)

    def draw(self, u: Tensor) -> Tensor:
        """Draws the numbers (B,) of terms, from 0, by uniform numbers u (B,) float64 in [0, 1).

        u of the i-th of n equal parts of [0, 1) draws from the i-th of n equally likely parts of the terms."""
        return torch.searchsorted(self._ends, u).clamp(max=len(self.chance) - 1)


def measure_terms(measure: Callable[[int], Tensor], steps: int) -> Tensor:
    """Measures a function of t at MEASURED of the steps 0 ... T - 1 and interpolates it linearly between them: (T, C)
    float64.

    More of the steps are measured where there is little noise.

    Args:
        measure: measure(t) -> (C,) float64.
        steps: T.
    """
    places = (torch.linspace(0, 1, MEASURED, dtype=torch.float64) ** 2 * (steps - 1)).round().long()
    return interpolate(places, torch.stack([measure(t) for t in places.tolist()]), steps)


def interpolate(places: Tensor, values: Tensor, steps: int) -> Tensor:
    """Interpolates values linearly to the steps 0 ... T - 1: (T, C) float64.

    Args:
        places: (P,) places of 0 ... T - 1.
        values: (P, C) values there.
        steps: T.
    """
    columns = values.T.cpu().numpy()
    rows = [torch.from_numpy(np.interp(np.arange(steps), places.cpu().numpy(), column)) for column in columns]
    return torch.stack(rows, 1).to(values.device)


def explained_noise(chain: NoiseChain, error: Tensor) -> tuple[Tensor, Tensor]:
    """Computes the coefficient with which n^2 - 1, n the noise of x_t, explains (x - D)^2, and the share of the term's
    size that remains without it. The coefficient is e_t^2 / sigma_t^2 where x is Gaussian. The mean of n^2 - 1 is 0, so
    subtracting it removes noise alone.

    Args:
        error: e_t, (T,) float64 or (T, C); so are both results.
    """
    sigma = chain.sigma.view(-1, *[1] * (error.ndim - 1))
    share = (error / sigma**2).clamp(max=1).flip(0).cummax(0).values.flip(0)  # falls with sigma, but for noise in error
    return share**2 * sigma**2, 1 + UNEXPLAINED - share
