"""Variational autoencoder of sequences (Bowman 2016) with a hierarchical decoder, led by a conductor (MusicVAE, Roberts
2018).

    p(x | z) = prod_t p(x_t | x_<t, z)

The bound, the encoder and the learned prior are those of `VAE`; only p(x | z) is sampled token by token. A decoder that
sees x_<t can learn to ignore z, and the KL term then rewards it (posterior collapse). `health` reports this. Three
things help: word dropout (hiding earlier tokens from the decoder in training), KL annealing or a lower beta, and free
bits.
"""

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.entropy_coder import Coder
from ...core.sample_options import GUIDED, TRUNCATED
from ..symbol_by_symbol import coded_in_turn, drawn_from_codes, drawn_in_turn, likeliest_of_codes
from .vae import VAE, FittedPriorVAE


class SequenceVAE(VAE):
    """decoder: of `networks.conducted`: decoder(z, x, known, given) gives parameters of every p(x_t | x_<t, z), and
    decoder.walk(z, x, known, given) the same while x is written; others as of `VAE`."""

    sample_options = *GUIDED, *TRUNCATED
    at_once = 64  # each is all the places of a sequence

    def sample(self, n: int, given: Tensor, rng: Draws, **options: object) -> Tensor:
        z = self._codes(n, given, rng)
        return drawn_from_codes(self.decoder, self.head, self.spec.shape, z, given, rng, **options)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        return likeliest_of_codes(self.decoder, self.head, self.spec.shape, z, given)

    def coded(self, z: Tensor, given: Tensor, coder: Coder, x: Tensor | None) -> Tensor:
        walk = lambda items: self.decoder.walk(z, items, None, given)
        return coded_in_turn(walk, torch.zeros(len(z), *self.spec.shape), self.head, coder, x)

    def _filled(self, z: Tensor, x: Tensor, known: Tensor | None, given: object, rng: Draws) -> Tensor:
        x = torch.zeros_like(x, dtype=torch.float32) if known is None else torch.where(known, x.float(), 0.0)
        return drawn_in_turn([self.decoder.walk(z, x, known, given)], x, known, self.head, rng)


class FittedPriorSequenceVAE(SequenceVAE, FittedPriorVAE):
    """The same with a prior that is fitted to the codes, as of `FittedPriorVAE`: a beta below 1 leaves them far from
    N(0, I)."""
