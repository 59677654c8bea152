"""AdamW (Loshchilov & Hutter 2019, algorithm 2) by torch's fused kernel, its state in plain sight.

`torch.optim.AdamW` computes the same, to the bit, but its construction imports torch's compiler, which takes seconds.
"""

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
