"""Numbers that are drawn, and coded, one after another, each from what a network says of it in view of those before.

The code of an autoregressive model takes -log2 p(x_i | x_<i) bits for each number. Both sides walk through items as a
draw does, so that they compute the same numbers. With several orders, an item takes one by bits of the stack, from its
posterior p(o | x). These bits come back when the item is read. So it costs -log2 of the mean of p_o(x), whichever order
it takes (bits-back coding).
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from ..core.draws import Draws
from ..core.entropy_coder import Coder, Reader, Stack, Writer
from ..distributions.logit_masks import Truncation, truncation_of
from .guidance import Guidance


def draw_in_turn(
    walks: Sequence[Iterator[tuple[tuple, Tensor]]], x: Tensor, known: Tensor | None, head: nn.Module, rng: Draws,
    guidance: float = 1.0, truncation: Truncation | None = None,
) -> Tensor:  # fmt: skip
    """Samples items number by number in full precision, in place: x (B, *shape).

    Args:
        walks: One walk of a network over x, which yields (place, parameters (B, size)), or two, of which guidance
            moves away from the second.
        x: (B, *shape).
        known: bool like x, places that stay. None for none.
        head: Distribution of a number.
        rng: Random numbers.
        guidance: Weight of guidance.
        truncation: Temperature, top_k and top_p. None for none.
    """
    with torch.inference_mode(), torch.autocast(x.device.type, enabled=False):
        for (at, params), *against in zip(*walks):
            against = against[0][1] if against else None
            value = head.sample_at(at, params, rng, known is not None, against, guidance, truncation, x)
            place = (slice(None), *at)
            x[place] = value if known is None else torch.where(known[place], x[place], value)
    return x


def draw_from_codes(
    decoder: nn.Module, head: nn.Module, shape: tuple[int, ...], z: Tensor, given: Tensor, rng: Draws,
    guidance: float = 1.0, against: Tensor | None = None, **likely: float,
) -> Tensor:  # fmt: skip
    """Samples sequences from codes, token by token.

    x (B, *shape) of p(x | z) = prod_t p(x_t | x_<t, z).

    Args:
        decoder: Decoder of `networks.causal`.
        head: Distribution of a number, of `distributions.heads`.
        shape: Shape of an item.
        z: (B, latents).
        given: (B, G) conditions of the items.
        rng: Random numbers.
        guidance: Guidance by the conditions, see `families.guidance`.
        likely: temperature, top_k, top_p.
    """
    x = torch.zeros(len(z), *shape, device=z.device)
    walks = [decoder.walk(z, x, None, row) for row in Guidance(given, guidance, against).conditions]
    return draw_in_turn(walks, x, None, head, rng, guidance, truncation_of(**likely))


def decode_greedily(decoder: nn.Module, head: nn.Module, shape: tuple[int, ...], z: Tensor, given: Tensor) -> Tensor:
    """Decodes codes greedily: the likeliest token at each position of p(x | z), given those before: (B, *shape).

    Args:
        decoder: as of `draw_from_codes`.
        head: distribution of a token.
        shape: Shape of a sequence.
        z: (B, latents) codes.
        given: (B, G) conditions.
    """
    return draw_from_codes(decoder, head, shape, z, given, Draws(0, device=z.device), top_k=1)


class SymbolBySymbol:
    """Compresses items number by number, by the probabilities of an autoregressive network.

    Args:
        model: with a network that walks, as in `autoregressive`, a head and `by_order`.
    """

    sizes = None  # blocks of items are as large as in sampling

    def __init__(self, model):
        self.model, self.orders = model, model.network.orders

    def compress(self, x: Tensor, given: Tensor, stack: Stack) -> None:
        order = stack.pop(self._shares(x, given))
        with Writer(stack) as writer:
            self._through(writer, given, order, x.float())
        stack.push(order, self._even_share(len(x)))

    def decompress(self, given: Tensor, stack: Stack) -> Tensor:
        order = stack.pop(self._even_share(len(given)))
        x = self._through(Reader(stack), given, order, None)
        stack.push(order, self._shares(x, given))
        return x

    def _even_share(self, n: int) -> Tensor:
        """p(o): (n, orders). A stack is not touched by one alone."""
        return torch.ones(n, self.orders)

    def _shares(self, x: Tensor, given: Tensor) -> Tensor:
        """p(o | x): (B, orders)."""
        return self.model.by_order(x, given).T.softmax(1) if self.orders > 1 else self._even_share(len(x))

    def _through(self, coder: Coder, given: Tensor, order: Tensor, x: Tensor | None) -> Tensor:
        """Items as they are coded, or come back where x is None."""
        items = torch.zeros(len(given), *self.model.spec.shape)
        for o in order.unique().tolist():
            rows = (order == o).nonzero()[:, 0]
            walk = lambda part: self.model.network.walk(part, given[rows], None, o)
            items[rows] = code_in_turn(walk, items[rows], self.model.head, coder, None if x is None else x[rows])
        return items


def code_in_turn(walk: Callable, items: Tensor, head: nn.Module, coder: Coder, x: Tensor | None) -> Tensor:
    """Writes items (B, *shape) to an entropy coder number by number, or reads them where x is None. Returns the items.

    Args:
        walk: a network's walk over items, which yields (place, parameters).
        items: (B, *shape) zeros, filled in place.
        head: distribution of a number.
        coder: entropy coder.
        x: items to write, None to read.
    """
    for at, params in walk(items):
        place = (slice(None), *at)
        items[place] = head.code_at(at, params, coder, None if x is None else x[place], items)
    return items
