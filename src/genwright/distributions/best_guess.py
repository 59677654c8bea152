"""One completion from many: the point with the least expected error, where a single draw has sqrt(2) times that
error."""

import torch
from torch import Tensor

from ..core.spec import Category, Ordered, Spec


def has_mean(spec: Spec) -> bool:
    """Whether items have a mean: sets of other sizes have none, nor have numbers in time of other lengths."""
    return not spec.is_set and not (spec.ends and isinstance(spec.leaf, Ordered))


def best_guess(draws: Tensor, spec: Spec) -> Tensor:
    """M draws (M, B, *spec.shape) -> (B, *spec.shape): the mean of numbers, rounded to the lattice of ordered leaves;
    the mode of categories. No value may be absent."""
    if spec.is_array and isinstance(spec.leaf, Category):
        return draws.mode(0).values
    if spec.is_array:
        mean = draws.float().mean(0)
        return mean.round() if spec.leaf.discrete else mean
    columns = []
    for leaf, values in zip(spec.columns, draws.unbind(2)):
        if isinstance(leaf, Category):
            columns.append(values.mode(0).values)
        else:  # the outermost bins of a margin are wide tails for values never seen, which no best guess should follow
            mean = values.clamp(leaf.margin.edges[1], leaf.margin.edges[-2]).mean(0)
            columns.append(mean.round() if leaf.discrete else mean)
    return torch.stack(columns, 1)
