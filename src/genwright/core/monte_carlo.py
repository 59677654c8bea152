"""Averages over draws: with standard errors, for every likelihood that is estimated by sampling, and as a best guess.

A few draws of one item estimate their variance badly. The estimate is therefore shrunk towards the mean variance of the
items that are scored together, with the weight of `PRIOR` draws (Smyth 2004).
"""

from math import log

import torch
from torch import Tensor

from .spec import Category, Ordered, Spec

PRIOR = 4
REPEATS = 8  # independent estimates of a sum, at most


def split_draws(terms: int, fewest: int = 1) -> tuple[int, int]:
    """Splits `terms` draws of a sum's terms into independent estimates. Returns their number, and draws of each: at
    least `fewest` where that leaves two estimates."""
    repeats = min(terms, max(2, terms // fewest), REPEATS)
    return repeats, terms // repeats


def average(draws: Tensor) -> tuple[Tensor, Tensor]:
    """Averages independent draws (K, B). Returns mean and standard error, (B,) each; NaN for the error of one draw."""
    k = len(draws)
    if k == 1:
        return draws[0], torch.full_like(draws[0], torch.nan)
    return draws.mean(0), _pooled(draws.var(0) / k, k)


def log_average(draws: Tensor) -> tuple[Tensor, Tensor]:
    """Computes the log of the mean of independent draws from their logs (K, B), and its standard error by the jackknife
    (Quenouille 1956), (B,) each. The error of one draw is NaN."""
    k = len(draws)
    value = draws.logsumexp(0) - log(k)
    if k == 1:
        return value, torch.full_like(value, torch.nan)
    none = torch.full_like(draws[:1], -torch.inf)
    earlier = torch.cat([none, draws[:-1].logcumsumexp(0)])
    later = torch.cat([draws[1:].flip(0).logcumsumexp(0).flip(0), none])
    leave_one_out = torch.logaddexp(earlier, later)  # column i leaves out draw i
    return value, _pooled((k - 1) * leave_one_out.var(0, correction=0), k)


def _pooled(variance: Tensor, draws: int) -> Tensor:
    return ((PRIOR * variance.mean() + (draws - 1) * variance) / (PRIOR + draws - 1)).sqrt()


def has_mean(spec: Spec) -> bool:
    """Tells whether items have a mean: sets of other sizes have none, nor have numbers in time of other lengths."""
    return not spec.is_set and not (spec.ends and isinstance(spec.leaf, Ordered))


def best_guess(draws: Tensor, spec: Spec) -> Tensor:
    """Computes the guess with the least expected error from M draws (M, B, *spec.shape): the mean of numbers, rounded
    to the lattice of ordered leaves; the mode of categories. No value may be absent."""
    if spec.is_array and isinstance(spec.leaf, Category):
        return draws.mode(0).values
    if spec.is_array:
        mean = draws.float().mean(0)
        return mean.round() if spec.leaf.discrete else mean
    columns = []
    for leaf, values in zip(spec.columns, draws.unbind(2)):
        if isinstance(leaf, Category):
            columns.append(values.mode(0).values)
        else:  # the outermost bins are wide tails for values never seen, which no best guess should follow
            mean = values.clamp(leaf.marginal.edges[1], leaf.marginal.edges[-2]).mean(0)
            columns.append(mean.round() if leaf.discrete else mean)
    return torch.stack(columns, 1)
