"""Units of a generator (Bau 2019): what each channel of a layer is for, and painting with it.

    brush:                           h_u = l_u in a region, 0 to switch it off; the layers behind draw what follows
    evidence of unit u for class k:  what the brush of u alone adds to the log-odds of k, by a classifier

A layer is any module whose output is (B, C, H, W), such as a block of `PictureGenerator`; l: (C,) how high its units
are when they are on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

ON_QUANTILE = 0.99  # quantile of a unit's values that counts as on


@contextmanager
def replace_output(layer: nn.Module, change: Callable[[Tensor], Tensor] = lambda h: h) -> Iterator[list[Tensor]]:
    """Replaces a layer's output h by change(h) within a context; the list that it yields gains each h."""
    outputs = []

    def replace(module: nn.Module, inputs: tuple, h: Tensor) -> Tensor:
        outputs.append(change(h))
        return outputs[-1]

    handle = layer.register_forward_hook(replace)
    try:
        yield outputs
    finally:
        handle.remove()


def levels(h: Tensor) -> Tensor:
    """Computes the level of each unit where it is on: (B, C, H, W) -> (C,)."""
    return h.movedim(1, 0).flatten(1).quantile(ON_QUANTILE, 1)


def paint_units(h: Tensor, units: list[int], region: Tensor, to: Tensor) -> Tensor:
    """Sets units to a level in a region of the features.

    Args:
        h: (B, C, H, W).
        units: Units to set.
        region: (H, W) bool.
        to: (C,) level of each unit.
    """
    mask = torch.zeros(h.shape[1:], dtype=torch.bool, device=h.device)
    mask[units] = region
    return torch.where(mask, to[:, None, None], h)


@torch.no_grad()
def evidence(
    draw: Callable[[], Tensor], layer: nn.Module, log_odds: Callable[[Tensor], Tensor], region: Tensor, to: Tensor
) -> Tensor:
    """Measures how much each unit, painted alone, raises each sample's log-odds: (C, B, classes).

    Args:
        draw: gives samples of the generator that `layer` is in, the same B each time.
        layer: whose units are brushed.
        log_odds: samples -> (B, classes).
        region: (H, W) bool, where the brush paints.
        to: (C,) levels.
    """
    odds_before, rises = log_odds(draw()), []
    for unit in range(len(to)):
        with replace_output(layer, partial(paint_units, units=[unit], region=region, to=to)):
            rises.append(log_odds(draw()) - odds_before)
    return torch.stack(rises)
