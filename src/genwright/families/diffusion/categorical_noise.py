"""Categorical noise (Austin 2021; Vignac 2023; Sahoo 2024). The level alpha is the share of x that is left.

    q(x_t | x_0)      = alpha_t [x_t = x_0] + (1 - alpha_t) pi(x_t)
    q(x_t | x_s)      = k [x_t = x_s] + (1 - k) pi(x_t),   k = alpha_t / alpha_s,   for less noise at s than at t
    q(x_s | x_t, x_0) = q(x_t | x_s) q(x_s | x_0) / q(x_t | x_0)                                     (Bayes' rule)

pi is the distribution at the end: uniform, the frequencies of the categories in the data, or a mask. In continuous
time, alpha falls at the rate beta = -d log alpha / dt. Then x_t jumps back from x to y at the rate beta times pi(x)
q(x_t = y | x_0) / q(x_t = x | x_0) (Campbell 2022; Schiff 2025). Two such chains diverge by

    beta sum_y (r'(y) - r(y) + r(y) log(r(y) / r'(y)))

nats a unit of time, r the rates of the true one (Sahoo 2024 for masks: -log p(x_0) where x_t is the mask, times alpha
beta / (1 - alpha)).

A denoiser gives p(x_0 | x_t). A step back then samples from sum_x0 q(x_s | x_t, x_0) p(x_0 | x_t), at a cost linear in
the number of categories:

    q(x_t | x_s) (alpha_s w(x_s) + (1 - alpha_s) pi(x_s) sum_x0 w(x_0)),   w(x_0) = p(x_0 | x_t) / q(x_t | x_0)
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ...core.draws import Draws
from .denoiser import broadcast_level


def uniform(categories: int) -> Tensor:
    """Returns the uniform distribution over categories, (K,)."""
    return torch.full((categories,), 1 / categories)


def marginal(x: Tensor, categories: int) -> Tensor:
    """Counts how frequent each category is in x, int64 of any shape: (K,)."""
    return torch.bincount(x.flatten(), minlength=categories) / max(x.numel(), 1)


def mask(categories: int) -> Tensor:
    """Returns the distribution (K + 1,) with all its mass on an additional category, the mask."""
    return one_hot(torch.tensor(categories), categories + 1).float()


class CategoricalNoise(nn.Module):
    """Noise that replaces categories by draws from a stationary distribution pi. Raises ValueError where pi is no
    distribution.

    In its methods, x is int64 (B, ...) in 0 .. K - 1, and its probabilities are (B, ..., K). alpha is in [0, 1], one
    number or (B,).

    Args:
        stationary: pi (K,), probabilities; stored with the weights.
    """

    def __init__(self, stationary: Tensor):
        super().__init__()
        if stationary.ndim != 1 or (stationary < 0).any() or (stationary.sum() - 1).abs() > 1e-4:
            raise ValueError(f"stationary must hold probabilities (K,) that sum to 1, not {stationary}")
        self.register_buffer("stationary", stationary)

    def start(self, shape: tuple[int, ...], rng: Draws) -> Tensor:
        """Draws x of `shape` at full noise, from the stationary distribution."""
        return sample_categories(self.stationary.expand(*shape, -1), rng)

    def noised(self, x: Tensor, alpha: Tensor | float, rng: Draws) -> Tensor:
        """Draws from q(x_t | x_0 = x): each category stays with probability alpha, else it is drawn from pi.

        Args:
            x: (B, ...) int64 categories.
            alpha: (B,) share of x that is left.
            rng: random numbers.
        """
        return torch.where(rng.uniform(x.shape) < broadcast_level(alpha, x), x, self.start(x.shape, rng))

    def probabilities(self, x: Tensor, alpha: Tensor | float) -> Tensor:
        """Computes the probabilities (B, ..., K) of q(x_t | x_0 = x)."""
        clean = one_hot(x, len(self.stationary)).to(self.stationary.dtype)
        alpha = broadcast_level(alpha, clean)
        return alpha * clean + (1 - alpha) * self.stationary

    def clean_posterior(self, x: Tensor, alpha: Tensor | float) -> Tensor:
        """Computes the posterior (B, ..., K) of x_0 given x_t = x alone, with pi as the prior."""
        is_current = one_hot(x, len(self.stationary)).to(self.stationary.dtype)
        alpha = broadcast_level(alpha, is_current)
        joint = self.stationary * (alpha * is_current + (1 - alpha) * self.stationary[x][..., None])
        return joint / joint.sum(-1, keepdim=True)

    def posterior(self, p: Tensor, x: Tensor, current_level: Tensor | float, target_level: Tensor | float) -> Tensor:
        """Computes the distribution (B, ..., K) of x_s given x_t = x: the mean of q(x_s | x_t, x_0) over p(x_0 | x_t).

        Args:
            p: (B, ..., K), one-hot where x_0 is known; x_0 from which x cannot come are left out of it.
            x: (B, *shape) items.
            now, after: alpha_t and alpha_s >= alpha_t, alpha_s > 0.
        """
        stay, current_level, target_level = (
            broadcast_level(level, p) for level in (current_level / target_level, current_level, target_level)
        )
        is_current, pi = one_hot(x, p.shape[-1]).to(p.dtype), self.stationary
        from_any = pi[x][..., None]  # pi(x_t)
        forward = current_level * is_current + (1 - current_level) * from_any  # q(x_t | x_0), of each x_0
        w = torch.where(forward > 0, p.clamp(min=torch.finfo(p.dtype).tiny) / forward, 0.0)
        clean_given_target = target_level * w + (1 - target_level) * pi * w.sum(-1, keepdim=True)
        joint = (stay * is_current + (1 - stay) * from_any) * clean_given_target
        return joint / joint.sum(-1, keepdim=True)

    def rates(self, p: Tensor, x: Tensor, alpha: Tensor | float) -> Tensor:
        """Computes the rates, divided by beta, at which x_t = x jumps back to each other category: (B, ..., K), 0 at x
        itself.

        Args:
            p, x: as in `posterior`.
            alpha: above 0.
        """
        alpha, is_current, pi = broadcast_level(alpha, p), one_hot(x, p.shape[-1]).to(p.dtype), self.stationary
        from_any = pi[x][..., None]
        forward = alpha * is_current + (1 - alpha) * from_any
        w = torch.where(forward > 0, p / forward.clamp(min=torch.finfo(p.dtype).tiny), 0.0)
        return from_any * (alpha * w + (1 - alpha) * pi * w.sum(-1, keepdim=True)) * (1 - is_current)

    def rate_divergence(self, p: Tensor, clean: Tensor, x: Tensor, alpha: Tensor | float) -> Tensor:
        """Computes the rate, divided by beta, at which the reverse chains given p(x_0 | x_t = x) and given x_0 = clean
        diverge: (B, ...) nats.

        Args:
            p, x, alpha: as in `rates`.
            clean: (B, ...) int64.
        """
        own_rates, true = self.rates(p, x, alpha), self.rates(one_hot(clean, p.shape[-1]).to(p.dtype), x, alpha)
        gain = torch.xlogy(true, true) - torch.xlogy(true, own_rates.clamp(min=torch.finfo(p.dtype).tiny))
        return (own_rates - true + gain).sum(-1)


def sample_categories(p: Tensor, rng: Draws) -> Tensor:
    """Samples one category (...) from each distribution (..., K)."""
    return rng.categories(p.flatten(0, -2)).view(p.shape[:-1])
