"""Units of a generator (Bau 2019): what each channel of a layer is for, and painting with it.

    evidence of unit u for class k:  mean over samples of sum over positions of d log-odds_k / d h_u (l_u - h_u)
    brush:                           h_u = l_u in a region, 0 to switch it off; the layers behind draw what follows

A layer is any module whose output is (B, C, H, W), such as a block of `PictureGenerator`; l: (C,) how high its units
are when they are on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

ON = 0.99  # quantile of a unit's values that counts as on


@contextmanager
def watched(layer: nn.Module, change: Callable[[Tensor], Tensor] = lambda h: h) -> Iterator[list[Tensor]]:
    """Within, the layer puts out change(h) in the place of h; the list gains each of them."""
    seen = []

    def replace(module: nn.Module, inputs: tuple, h: Tensor) -> Tensor:
        seen.append(change(h))
        return seen[-1]

    handle = layer.register_forward_hook(replace)
    try:
        yield seen
    finally:
        handle.remove()


def levels(h: Tensor) -> Tensor:
    """(B, C, H, W) -> (C,): how high each unit is when it is on."""
    return h.movedim(1, 0).flatten(1).quantile(ON, 1)


def brushed(h: Tensor, units: list[int], region: Tensor, to: Tensor) -> Tensor:
    """h: (B, C, H, W) with the units at their level `to`, (C,), in the region, (H, W) bool."""
    mask = torch.zeros(h.shape[1:], dtype=torch.bool, device=h.device)
    mask[units] = region
    return torch.where(mask, to[:, None, None], h)


def evidence(draw: Callable[[], Tensor], layer: nn.Module, log_odds: Callable[[Tensor], Tensor], to: Tensor) -> Tensor:
    """What switching a unit on everywhere adds to the log-odds of each class, to first order: (classes, C).

    draw() -> samples of the generator that `layer` is in, with gradients; log_odds: samples -> (B, classes).
    """
    with torch.enable_grad():
        with watched(layer, lambda h: h.requires_grad_() if h.is_leaf else h) as seen:
            odds = log_odds(draw())
        (h,) = seen
        slopes = [torch.autograd.grad(odds[:, k].sum(), h, retain_graph=True)[0] for k in range(odds.shape[1])]
    rise = to[:, None, None] - h.detach()
    return torch.stack([(slope * rise).sum((2, 3)).mean(0) for slope in slopes])
