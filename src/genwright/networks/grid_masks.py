"""Rules by which a code of a grid looks at codes before it in raster order (Ramesh 2021, figure 11).

    all        every one
    row        as many as one row holds, up to the code itself
    column     those above it, in its own column
    local      those that lie at most `REACH` rows and columns away

If a place has several codes, each looks at those before it in the same place, by every rule.
"""

import torch
from torch import Tensor

REACH = 2
RULES = ("all", "row", "column", "local")


def seen_codes(rule: str, channels: int, height: int, wide: int) -> Tensor:
    """(T, T) bool, T = height * wide * channels positions in raster order, channels innermost: whether the position of
    a row of the matrix looks at that of a column, which is never behind it."""
    position = torch.arange(height * wide * channels)
    row, column = position // (wide * channels), position // channels % wide
    behind = position[:, None] - position
    down, right = (places[:, None] - places for places in (row, column))
    found = {
        "all": behind >= 0,
        "row": behind < wide * channels,
        "column": right == 0,
        "local": (down <= REACH) & (right.abs() <= REACH),
    }
    return found[rule] & (behind >= 0)


def rules_of(attention: str, depth: int) -> list[str]:
    """One rule a layer. attention: a rule for every layer, or "sparse": rows, every fourth layer from the second on
    columns, and the last layer local, as in the paper."""
    if attention != "sparse":
        return [attention] * depth
    rules = ["column" if layer % 4 == 1 else "row" for layer in range(depth)]
    return [*rules[:-1], "local"]
