"""Linear maps that are gone through many times by a few rows each: their weights are laid out once, as the processor's
kernels read them.

A product of few rows takes as long as its weights take to be read, and torch's plain one lays them out anew each time.
oneDNN's with weights laid out beforehand takes half the time for 4 rows and a third for 64; for one row it is slower.
"""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor


def packed(weight: Tensor, bias: Tensor, rows: int) -> Callable[[Tensor], Tensor]:
    """x (rows, inputs) -> x weight' + bias, as both are now. weight: (outputs, inputs). Plain where there is no oneDNN,
    and of one row."""
    there = weight.device.type == "cpu" and torch.backends.mkldnn.is_available()
    if rows == 1 or not there or weight.dtype != torch.float32:
        return partial(F.linear, weight=weight, bias=bias)
    laid_out = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), rows)
    product = torch.ops.mkldnn._linear_pointwise.default
    return lambda x: product(x, laid_out, bias, "none", [], "")
