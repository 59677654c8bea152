"""Encoders, priors, codes, decoders and velocities of any kind of data: what a body is put to, written once.

    code(x)                                             z: (B, latents)
    encoder(x, known, given), prior(x, known, given)    mean, log variance in [-10, 4]: (B, latents) each
    decoder(z, known_values, known, given)              parameters (B, *shape, size) of the head
    velocity(z, t, given, known_values, known)          (B, *shape), zeros before it is trained

x: (B, *shape) in the units of the Spec. given: (B, G), or the Condition that `condition(given)` makes of it once for
many calls. known: bool like x, or None where nothing is known (a prior asks for a mask); known_values is x itself,
looked at where `known`. z of a velocity: (B, *shape) coordinates at time t: (B,) in [0, 1].

A body says how a kind of data is read and which networks run over it; each of these makes a new module:

    reader()                                 reader(x), and reader.known_features(x, known): features
    pooled(outputs, whole, known, condition) net([features, ..], c) -> (B, outputs), the way down alone; whole, known:
                                             whether it sees all of x, and what is known of it
    from_latent(latents, size)               net(z, features, c) -> (B, *shape, size), the way up alone
    per_element()                            net([z, features], c) -> (B, *shape), the same structure in and out
    condition, reads                         the width of what is given, and what the networks look at of a Condition c

features: of what is known, but where the whole item is seen; then they come first.
"""

import math
from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .conditioning import Condition, Given
from .mlp import FourierFeatures, split_normal


class CodeEncoder(nn.Module):
    """Encodes x alone as a code z (B, latents). It reads no conditions, so the code holds all there is.

    Args:
        latents: Numbers of the latent.
    """

    def __init__(self, body, latents: int):
        super().__init__()
        self.whole = body.reader()
        self.net = body.pooled(latents, whole=True, known=False, condition=0)

    def forward(self, x: Tensor) -> Tensor:
        return self.net([self.whole(x)], Condition())


class Conditioned(nn.Module):
    """Base of adapters whose networks read conditions."""

    given: Given

    def condition(self, given: Tensor | Condition) -> Condition:
        return self.given(given)


class Encoder(Conditioned):
    """Computes mean and log variance of q(z | x, known part, conditions).

    Args:
        body: The networks of a kind of data (see the module).
        given: Conditioning variables.
        latents: Numbers in z.
        spread: Standard deviation of q before training, about. A narrow q carries from the start what the code
            could, before the decoder learns to do without.
    """

    def __init__(self, body, given: Spec, latents: int, spread: float = 1.0):
        super().__init__()
        self.log_var = 2 * math.log(spread)
        self.whole, self.known = body.reader(), body.reader()
        self.given = Given(given, body.condition, body.reads)
        self.net = body.pooled(2 * latents, whole=True, known=True, condition=body.condition)

    def forward(self, x: Tensor, known: Tensor | None, given: Tensor | Condition) -> tuple[Tensor, Tensor]:
        output = self.net([self.whole(x), self.known.known_features(x, known)], self.condition(given))
        mean, log_var = output.float().chunk(2, 1)
        return mean, (log_var + self.log_var).clamp(-10, 4)


class Prior(Conditioned):
    """Computes mean and log variance of p(z | known part, conditions); those of N(0, I) where nothing is known.

    Args:
        body: The networks of a kind of data (see the module).
        given: Conditioning variables.
        latents: Numbers in z.
    """

    def __init__(self, body, given: Spec, latents: int):
        super().__init__()
        self.known = body.reader()
        self.given = Given(given, body.condition, body.reads)
        self.net = body.pooled(2 * latents, whole=False, known=True, condition=body.condition)

    def forward(self, x: Tensor, known: Tensor, given: Tensor | Condition) -> tuple[Tensor, Tensor]:
        output = self.net([self.known.known_features(x, known)], self.condition(given))
        return split_normal(output.masked_fill(~known.flatten(1).any(1, keepdim=True), 0.0))


class Decoder(Conditioned):
    """Computes the parameters of p(x | z, known part, conditions).

    Args:
        body: The networks of a kind of data (see the module).
        given: Conditioning variables.
        latents: Numbers in z.
        size: Parameters of the head for each number of an item.
    """

    def __init__(self, body, given: Spec, latents: int, size: int):
        super().__init__()
        self.known = body.reader()
        self.given = Given(given, body.condition, body.reads)
        self.net = body.from_latent(latents, size)

    def forward(self, z: Tensor, known_values: Tensor, known: Tensor | None, given: Tensor | Condition) -> Tensor:
        return self.net(z, self.known.known_features(known_values, known), self.condition(given))


class Velocity(Conditioned):
    """The network of flow matching and diffusion: reads noisy items, the time and conditions, and returns a tensor like
    the items.

    Args:
        given: Spec of the conditions.
    """

    def __init__(self, body, given: Spec):
        super().__init__()
        width = body.condition
        self.waves = FourierFeatures(width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.given = Given(given, width, body.reads)
        self.known = body.reader()
        self.net = body.per_element()

    def forward(
        self, z: Tensor, t: Tensor, given: Tensor | Condition, known_values: Tensor, known: Tensor | None
    ) -> Tensor:
        c = self.at_time(self.condition(given), t)
        return self.net([z, self.known.known_features(known_values, known)], c)

    def at_time(self, c: Condition, t: Tensor) -> Condition:
        """Adds the time t (B,) to a condition."""
        return replace(c, vector=F.silu(self.time(self.waves(t)) + c.vector))
