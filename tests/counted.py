"""Draws that are counted against the masses that they should have."""

import numpy as np
import torch
from scipy.stats import chisquare


def draws_have_masses(drawn: torch.Tensor, every: torch.Tensor, mass: torch.Tensor) -> bool:
    """Whether items drawn (n, *shape) are as frequent as every item that there is (m, *shape) by its mass (m,): a
    chi-square test, in which all items that are expected fewer than five times count as one."""
    alike = (drawn.flatten(1)[:, None] == every.flatten(1)).all(2)
    mass = mass.double() / mass.double().sum()
    expected, seen = len(drawn) * mass.numpy(), alike.sum(0).numpy()
    rare = expected < 5
    expected, seen = (np.append(part[~rare], part[rare].sum()) for part in (expected, seen))
    known = alike.any(1).all() and not seen[expected == 0].any()
    there = expected > 0
    return bool(known) and (there.sum() == 1 or chisquare(seen[there], expected[there]).pvalue > 1e-3)
