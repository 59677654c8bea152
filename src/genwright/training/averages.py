"""A running average of weights whose window grows with training (Karras 2024, arXiv 2312.02696, section 3.1)."""

from contextlib import contextmanager
from math import inf

import numpy as np
import torch
from torch import Tensor, nn


def exponent(width: float) -> float:
    """gamma of the profile t^gamma whose standard deviation is `width` (below 0.288) of the training so far; 0: the
    last weights alone.

    width^2 = (gamma + 1) / ((gamma + 2)^2 (gamma + 3)), a cubic in gamma of which the largest real root is wanted.
    """
    if width == 0:
        return inf
    s = width**-2
    roots = np.roots([1.0, 7.0, 16.0 - s, 12.0 - s])
    return float(roots.real[np.abs(roots.imag) < 1e-6].max())


class PowerAverage:
    """average_t = beta_t average_(t-1) + (1 - beta_t) weights_t, with beta_t = (1 - 1/t)^(gamma + 1), t = 1, 2, ..."""

    def __init__(self, parameters: dict[str, nn.Parameter], width: float):
        self.parameters = parameters
        self.gamma = exponent(width)
        self.values = {name: p.detach().clone() for name, p in parameters.items()}

    @torch.no_grad()
    def update(self, t: int) -> None:
        beta = (1 - 1 / t) ** (self.gamma + 1)
        torch._foreach_lerp_(list(self.values.values()), [p.detach() for p in self.parameters.values()], 1 - beta)

    @contextmanager
    def applied(self):
        """Within, the parameters hold the average; afterwards their own values again."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, p in self.parameters.items():
            p.data, self.values[name] = self.values[name], p.data

    @torch.no_grad()
    def restore(self, values: dict[str, Tensor]) -> None:
        self.values = {name: torch.empty_like(p).copy_(values[name]) for name, p in self.parameters.items()}
