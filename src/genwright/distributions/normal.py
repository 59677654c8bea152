"""The normal distribution: draws, log density and divergence in nats, number by number, all arguments of one shape.

Both forms of the density stand here, since one is not the other to the last bit: what is learned as a log sd is not
turned into a log variance first.
"""

from math import log, pi

from torch import Tensor

from ..core.draws import Draws


def draw(mean: Tensor, log_var: Tensor, rng: Draws) -> Tensor:
    """Samples N(mean, exp(log_var)) with gradients to both: like mean.

    Args:
        mean, log_var: Of one shape.
        rng: Random numbers.
    """
    return mean + (0.5 * log_var).exp() * rng.normal(mean.shape)


def log_density(x: Tensor, mean: Tensor | float, log_sd: Tensor) -> Tensor:
    """Computes log N(x; mean, exp(log_sd)^2) of each number, in nats.

    Args:
        x: Numbers.
        mean, log_sd: Like x.
    """
    return -0.5 * ((x - mean) / log_sd.exp()) ** 2 - log_sd - 0.5 * log(2 * pi)


def log_density_by_variance(x: Tensor, mean: Tensor, log_var: Tensor) -> Tensor:
    """Computes log N(x; mean, exp(log_var)), in nats, summed over the last axis: (*, L) -> (*,).

    Args:
        x: (*, L) numbers.
        mean, log_var: Like x.
    """
    return -0.5 * ((x - mean) ** 2 / log_var.exp() + log_var + log(2 * pi)).sum(-1)


def standard_log_density(x: Tensor) -> Tensor:
    """Computes log N(x; 0, 1) of each number."""
    return -0.5 * x**2 - 0.5 * log(2 * pi)


def kl_to_standard(mean: Tensor, log_var: Tensor) -> Tensor:
    """Computes KL(N(mean, exp(log_var)) || N(0, 1)) of each number, in nats."""
    return 0.5 * (mean**2 + log_var.exp() - log_var - 1)


def kl(mean: Tensor, log_var: Tensor, other_mean: Tensor, other_log_var: Tensor) -> Tensor:
    """Computes KL(N(mean, exp(log_var)) || N(other_mean, exp(other_log_var))) of each number, in nats.

    Args:
        mean, log_var: Of the first distribution.
        other_mean, other_log_var: Of the second one.
    """
    return kl_to_standard((mean - other_mean) * (-0.5 * other_log_var).exp(), log_var - other_log_var)
