"""What every family is conditioned on while it trains: given variables, sometimes left out, and known parts of x, often
empty.

One mechanism serves `given=`, guidance and `complete`: the network sees the given variables (NaN where left out) and
the pair (mask, known values); the loss counts only what is not known.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..core.draws import Draws
from ..core.spec import Spec
from ..distributions.margins import Margins
from .masks import AXES

ROUNDS = 20


def drop_given(spec: Spec, given: Tensor, rng: Draws, rate: float = 0.1) -> Tensor:
    """(B, G) -> (B, G): each variable is left out (NaN in all its columns) with probability `rate`, so that the model
    also learns p(x) alone. spec: of given."""
    dropped = rng.uniform(len(given), len(spec.leaves)) < rate
    widths = torch.tensor(spec.widths, dtype=torch.long, device=given.device)
    return given.masked_fill(dropped.repeat_interleave(widths, 1, output_size=given.shape[1]), torch.nan)


def stratified(n: int, rng: Draws) -> Tensor:
    """(n,) uniform numbers in [0, 1), one in each n-th of it, so that every batch covers all times or noise levels."""
    return (rng.uniform(1) + torch.arange(n, device=rng.device) / n) % 1


def guided(predict: Callable[[Tensor], Tensor], given: Tensor, guidance: float) -> Tensor:
    """f(given) + (guidance - 1) (f(given) - f(nothing)) for f = predict: (B, G) -> (B, ...), which a guidance of 1 asks
    once (Ho & Salimans 2022)."""
    found = predict(given)
    if guidance == 1.0:
        return found
    return found + (guidance - 1) * (found - predict(torch.full_like(given, torch.nan)))


def draw_known(spec: Spec, x: Tensor, rng: Draws, share: float | None = None) -> Tensor:
    """A random known mask like x, bool: as `masks.AXES` says of the spec's axis, no absent value known.

    share: of the items in which something is known, that of the table where it is left out.
    """
    masks = AXES[spec.axis]
    some = rng.uniform(len(x), *[1] * len(spec.shape)) < (share or masks.share)
    return masks.draw(len(x), spec.shape, rng) & some & ~x.isnan()


def fill_present(draw: Callable[[], Tensor], x: Tensor, known: Tensor, margins: Margins | None, rng: Draws) -> Tensor:
    """Completions with every value there: rows in which draw() leaves a filled cell absent are drawn again.

    draw() -> (B, *shape). After ROUNDS rounds, cells that are still absent are drawn from their margins, given
    presence.
    """
    result, missing = torch.where(known, x.float(), torch.nan), torch.ones(len(x), dtype=torch.bool, device=x.device)
    for _ in range(ROUNDS):
        result[missing] = torch.where(known, x.float(), draw())[missing]
        missing = result.flatten(1).isnan().any(1)
        if not missing.any():
            return result
    return torch.where(result.isnan(), margins.present(rng, len(x)), result)
