"""Numbers that are drawn one after another, each from what a network says of it in view of those before."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from ..core.draws import Draws
from ..distributions.truncation import Truncation, truncation_of
from .guidance import Guidance


def drawn_in_turn(
    walks: Sequence[Iterator[tuple[tuple, Tensor]]],
    x: Tensor,
    known: Tensor | None,
    head: nn.Module,
    rng: Draws,
    guidance: float = 1.0,
    truncation: Truncation | None = None,
) -> Tensor:
    """x (B, *shape), written as it is walked through. walks: one of a network over x, which yields (place, parameters
    (B, size)), or two, of which guidance moves away from the second. known: bool like x, places that stay. In full
    precision, so that what is drawn has the probability that `log_likelihood` says."""
    with torch.inference_mode(), torch.autocast(x.device.type, enabled=False):
        for (at, params), *without in zip(*walks):
            without = without[0][1] if without else None
            value = head.sample_at(at, params, rng, known is not None, without, guidance, truncation)
            place = (slice(None), *at)
            x[place] = value if known is None else torch.where(known[place], x[place], value)
    return x


def drawn_from_codes(
    decoder: nn.Module,
    head: nn.Module,
    shape: tuple[int, ...],
    z: Tensor,
    given: Tensor,
    rng: Draws,
    guidance: float = 1.0,
    against: Tensor | None = None,
    **likely: float,
) -> Tensor:
    """x (B, *shape) of p(x | z) = prod_t p(x_t | x_<t, z). decoder: of `networks.conducted`. z: (B, latents). likely:
    temperature, top_k, top_p."""
    x = torch.zeros(len(z), *shape, device=z.device)
    walks = [decoder.walk(z, x, None, row) for row in Guidance(given, guidance, against).conditions]
    return drawn_in_turn(walks, x, None, head, rng, guidance, truncation_of(**likely))


def likeliest_of_codes(decoder: nn.Module, head: nn.Module, shape: tuple[int, ...], z: Tensor, given: Tensor) -> Tensor:
    """The likeliest symbol at each place of p(x | z), in view of those before: (B, *shape)."""
    return drawn_from_codes(decoder, head, shape, z, given, Draws(0, device=z.device), top_k=1)
