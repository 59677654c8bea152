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

    def grow(self, tensor: "Tensor", shape: Sequence[int]) -> "Tensor | None":
        """A tensor whose axes of so many codes have grown to a shape; None where others differ."""
        for axis, (old, new) in enumerate(zip(tensor.shape, shape)):
            if old == new:
                continue
            if (old, new) != (self.old, self.new):
                return None
            tensor = self.grow_axis(tensor, axis)
        return tensor

    def grow_axis(self, tensor: "Tensor", axis: int) -> "Tensor":
        import torch

        rows = [tensor.index_select(axis, torch.tensor(kin)).mean(axis, keepdim=True) for kin in self.sources]
        return torch.cat(rows, axis)


@dataclass(frozen=True)
class GrowthOfColumns:
    """How codes of several columns grow, of which a tensor has a row each: (D, K, ..), or (D * K, ..).

    Args:
        each: Of each column. All have as many codes before, and as many now.
    """

    each: tuple[Growth, ...]

    def grow(self, tensor: "Tensor", shape: Sequence[int]) -> "Tensor | None":
        """The same for a tensor with such rows."""
        import torch

        columns, old, new = len(self.each), self.each[0].old, self.each[0].new
        flat = tuple(tensor.shape[:1]) == (columns * old,) and tuple(shape[:1]) == (columns * new,)
        apart = tuple(tensor.shape[:2]) == (columns, old) and tuple(shape[:2]) == (columns, new)
        if not flat and not apart:
            return None
        rows = (tensor.unflatten(0, (columns, old)) if flat else tensor).unbind(0)
        grown = [growth.grow_axis(row, 0) for growth, row in zip(self.each, rows)]
        return (torch.cat if flat else torch.stack)(grown)


def grow(name: str, tensor: "Tensor", shape: Sequence[int], growths: "Sequence[Growth | GrowthOfColumns]") -> "Tensor":
    """A tensor in the shape that it has in a grown model. Raises RunError for a tensor that grows otherwise."""
    found = (growth.grow(tensor, shape) for growth in growths) if tensor.dim() == len(shape) else ()
    if (grown := next((one for one in found if one is not None), None)) is None:
        raise RunError(f"{name} cannot grow from {tuple(tensor.shape)} to {tuple(shape)}")
    return grown
