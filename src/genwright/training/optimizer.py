"""Steps of weights: AdamW (Loshchilov & Hutter 2019, algorithm 2), and the running average of weights whose
window grows with training (Karras 2024, arXiv 2312.02696, section 3.1).

AdamW is computed by torch's fused kernel, its state in plain sight. `torch.optim.AdamW` computes the same, to the bit,
but its construction imports torch's compiler, which takes seconds.
"""

from contextlib import contextmanager
from math import inf

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

EPSILON = 1e-8


class AdamW:
    """first, second: running means of the gradient and of its square; steps: how many each weight has taken."""

    def __init__(self, weights: list[nn.Parameter], betas: tuple[float, float], weight_decay: float):
        self.weights, self.betas, self.weight_decay = weights, tuple(betas), weight_decay
        self.first = [torch.zeros_like(w, memory_format=torch.preserve_format) for w in weights]
        self.second = [torch.zeros_like(w, memory_format=torch.preserve_format) for w in weights]
        self.steps = [torch.zeros((), dtype=torch.float32, device=w.device) for w in weights]

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """One step for every weight that has a gradient; the gradients are dropped."""
        moved = [i for i, w in enumerate(self.weights) if w.grad is not None]
        pick = lambda tensors: [tensors[i] for i in moved]
        adamw(
            pick(self.weights), [w.grad for w in pick(self.weights)], pick(self.first), pick(self.second), [],
            pick(self.steps), fused=True, amsgrad=False, beta1=self.betas[0], beta2=self.betas[1], lr=lr,
            weight_decay=self.weight_decay, eps=EPSILON, maximize=False,
        )  # fmt: skip
        for weight in self.weights:
            weight.grad = None

    def tensors(self) -> dict[str, Tensor]:
        """The live state: {"first/0": ..., "second/0": ..., "steps/0": ..., "first/1": ...}."""
        kinds = {"first": self.first, "second": self.second, "steps": self.steps}
        return {f"{kind}/{i}": t for kind, tensors in kinds.items() for i, t in enumerate(tensors)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        for name, t in self.tensors().items():
            t.copy_(tensors[name])


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
