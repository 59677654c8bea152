"""Growth: what a description of data gains when it takes up data of others, and weights that gain as much.

An axis of a tensor counts codes, such as the tokens of an alphabet. A new code begins with the mean of its kin's rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import RunError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Growth:
    """How an axis grows.

    Args:
        old: Codes before.
        sources: For each code now, the codes before whose mean it begins with: itself, or its kin.
    """

    old: int
    sources: tuple[tuple[int, ...], ...]

    @property
    def new(self) -> int:
        return len(self.sources)


def grow(name: str, tensor: "Tensor", shape: Sequence[int], growths: Sequence[Growth]) -> "Tensor":
    """A tensor in the shape that it has in a grown model. Raises RunError for a tensor that grows otherwise."""
    import torch

    if tensor.dim() != len(shape):
        raise RunError(f"{name} cannot grow: it has another number of axes")
    for axis, (old, new) in enumerate(zip(tensor.shape, shape)):
        if old == new:
            continue
        growth = next((one for one in growths if (one.old, one.new) == (old, new)), None)
        if growth is None:
            raise RunError(f"{name} cannot grow from {old} to {new} along axis {axis}")
        rows = [tensor.index_select(axis, torch.tensor(kin)).mean(axis, keepdim=True) for kin in growth.sources]
        tensor = torch.cat(rows, axis)
    return tensor
