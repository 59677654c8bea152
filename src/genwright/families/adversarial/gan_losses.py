"""The losses of two players as one table of plain functions of scores: real = D(x), fake = D(G(z)), (B,) each.

Every score is a real number that is high for what D takes for real. With s the logistic function and [a]+ = max(a, 0),
both players minimise means over the batch of

                    discriminator                              generator                  source
    minimax         -log s(D(x)) - log(1 - s(D(G(z))))         log(1 - s(D(G(z))))        Goodfellow 2014, eq. 1
    non-saturating  the same                                   -log s(D(G(z)))            Goodfellow 2014, sec. 3
    least-squares   1/2 (D(x) - 1)^2 + 1/2 D(G(z))^2           1/2 (D(G(z)) - 1)^2        Mao 2017, eq. 9
    hinge           [1 - D(x)]+ + [1 + D(G(z))]+               -D(G(z))                   Lim & Ye 2017
    wasserstein     D(G(z)) - D(x)                             -D(G(z))                   Gulrajani 2017, eq. 3
    clipped         the same                                   the same                   Arjovsky 2017, algorithm 1
    relativistic    -log s(D(x) - D(G(z)))                     -log s(D(G(z)) - D(x))     Jolicoeur-Martineau 2019
    ebgan           E(x) + [m - E(G(z))]+                      E(G(z))                    Zhao 2017, eq. 1 and 2

The penalty is one-centred for "wasserstein" and zero-centred for all others (Mescheder 2018; Huang 2024) but for
"clipped", "wasserstein-clipped" in full, which has none: every weight of its critic is kept in [-CLIP, CLIP].
The critic of the Wasserstein distance maximises E D(x) - E D(G(z)): its loss is the negative of that. The energy of the
last row is any E >= 0 that is low for real items. Zhao takes the error of an autoencoder; here it is E = -log s(D), so
that all rows share one network, and m is `MARGIN`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

MARGIN = 2.0  # m of the last row; a discriminator that knows nothing has E = log 2
CLIP = 0.1  # some 200 steps of the recipes, as Arjovsky's 0.01 is of steps of 5e-5

Scores = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Loss:
    """discriminator, generator: scores (real (B,), fake (B,)) -> scalar, to be minimised. one_centred: the penalty
    draws the slope of D to 1 between real and fake items, instead of to 0 at both. clip: the largest weight that the
    discriminator may have, in the place of a penalty; 0 for any."""

    discriminator: Scores
    generator: Scores
    one_centred: bool = False
    clip: float = 0.0

    @property
    def critic(self) -> bool:
        """Whether the scores estimate a Wasserstein distance, for which the discriminator plays more often."""
        return self.one_centred or self.clip > 0


def value(real: Tensor, fake: Tensor) -> Tensor:
    """V(D, G) = E log s(D(x)) + E log(1 - s(D(G(z)))), a scalar. At its maximum over D it is -log 4 + 2 JS(p || q), in
    nats (Goodfellow 2014, theorem 1)."""
    return F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()


def energy(score: Tensor) -> Tensor:
    """E = -log s(D), like the scores."""
    return F.softplus(-score)


LOSSES = {
    "minimax": Loss(lambda real, fake: -value(real, fake), lambda real, fake: F.logsigmoid(-fake).mean()),
    "non-saturating": Loss(lambda real, fake: -value(real, fake), lambda real, fake: -F.logsigmoid(fake).mean()),
    "least-squares": Loss(
        lambda real, fake: 0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean(),
        lambda real, fake: 0.5 * ((fake - 1) ** 2).mean(),
    ),
    "hinge": Loss(
        lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(), lambda real, fake: -fake.mean()
    ),
    "wasserstein": Loss(
        lambda real, fake: fake.mean() - real.mean(), lambda real, fake: -fake.mean(), one_centred=True
    ),
    "wasserstein-clipped": Loss(
        lambda real, fake: fake.mean() - real.mean(), lambda real, fake: -fake.mean(), clip=CLIP
    ),
    "relativistic": Loss(
        lambda real, fake: -F.logsigmoid(real - fake).mean(), lambda real, fake: -F.logsigmoid(fake - real).mean()
    ),
    "ebgan": Loss(
        lambda real, fake: energy(real).mean() + F.relu(MARGIN - energy(fake)).mean(),
        lambda real, fake: energy(fake).mean(),
    ),
}
