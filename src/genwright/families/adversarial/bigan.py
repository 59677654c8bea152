"""Bidirectional GAN (Donahue 2017; Dumoulin 2017): an encoder learned in the same game, by pairs.

    discriminator D:              tells (x, E(x)) from (G(z), z), z ~ N(0, I)
    generator G and encoder E:    make the two alike, and r E ||x - G(E(x))||^2 small
    code of an item:              E(x), one pass

If D is fooled, the two joint distributions are one, and E is the inverse of G. The encoder's loss is the generator's
with real and fake exchanged, loss_G(-D(G(z), z), -D(x, E(x))), so the loss must be one whose scores mean the same from
both sides. That alone leaves it open which code goes with which item as long as the game is not over; r > 0 says it
(Li 2017, ALICE, section 3.2).
"""

import torch
from torch import Tensor, nn

from ...core.spec import Spec
from ...core.trainable import Batch, Player, Stage
from .gan import GAN

MIRRORED = ("minimax", "non-saturating", "hinge", "relativistic")


class BiGAN(GAN):
    """A GAN with an encoder, whose discriminator reads pairs of item and code. Raises ValueError for a loss not among
    `MIRRORED`.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        generator: As for `GAN`.
        encoder: x (B, *shape) -> codes (B, latents).
        discriminator: (coordinates, known, given, codes) -> scores (B,). The penalty is on its slope in both.
        latents: Numbers in z.
        loss: A name in `MIRRORED`.
        penalty: w.
        cycle: Weight of the squared error of G(E(x)), averaged over an item.
        augment: Whether the players see images through DiffAugment.
    """

    def __init__(
        self, spec: Spec, given: Spec, generator: nn.Module, encoder: nn.Module, discriminator: nn.Module, latents: int,
        loss: str, penalty: float, cycle: float = 0.0, augment: bool = False,
    ):  # fmt: skip
        if loss not in MIRRORED:
            raise ValueError(f"a loss of pairs is one of {', '.join(MIRRORED)}, not {loss}")
        super().__init__(spec, given, generator, discriminator, latents, loss, penalty, augment=augment)
        self.encoder, self.cycle = encoder, cycle

    def stages(self) -> list[Stage]:
        weights = [*self.generator.parameters(), *self.encoder.parameters()]
        discriminator = Player(
            "discriminator", list(self.discriminator.parameters()), self.discriminator_loss, 1, self.unit
        )
        return [Stage("fit", [discriminator, Player("generator", weights, self.generator_loss, 1, self.unit)])]

    def discriminator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        (items, codes), known, given = self._pairs(batch, learns=False)
        items, codes = items.requires_grad_(), codes.requires_grad_()
        scores = self._score(items, known, given, codes)
        penalty = self.penalty * (self._slope(scores, items) + self._slope(scores, codes)).mean()
        d_real, d_fake = scores.chunk(2)
        logs = {"gap": (d_real - d_fake).mean().detach(), "penalty": penalty.detach()}
        return self.rule.discriminator(d_real, d_fake) + penalty, logs

    def generator_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        (items, codes), known, given = self._pairs(batch, learns=True)
        d_real, d_fake = self._score(items, known, given, codes).chunk(2)
        loss = self.rule.generator(d_real.detach(), d_fake) + self.rule.generator(-d_fake.detach(), -d_real)
        if not self.cycle:
            return loss, {}
        is_known = torch.zeros_like(known)
        rebuilt = self.generator(codes[: len(known)], batch.x, is_known, given).float()
        error = (rebuilt - self.view.steady(batch.x)).square().mean()
        return loss + self.cycle * error, {"error": error.detach()}

    def _pairs(self, batch: Batch, learns: bool) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
        """Items and codes, those of the data first: (2B, *shape), (2B, latents); known and given: (B, ..) of half."""
        x, known, given = self._condition(batch)
        with torch.set_grad_enabled(learns):
            z = batch.rng.normal(len(x), self.latents)
            codes = torch.cat([self.encoder(x).float(), z])
            real, _ = self.view(x, batch.rng)
            fake = self._fill_known(real, self.generator(z, x, known, given).float(), known, batch.rng)
            real, fake = self._augment_both(real, fake, batch.rng)
        return (torch.cat([real, fake]), codes), known, given

    def _score(self, z: Tensor, known: Tensor, given: Tensor, codes: Tensor | None = None) -> Tensor:
        """Scores as in `GAN`; codes: (2B, latents), by default those that the encoder gives the items."""
        codes = self.encoder(self.view.inverse(z)) if codes is None else codes
        times = len(z) // len(known)
        return self.discriminator(z, torch.cat([known] * times), torch.cat([given] * times), codes).float()

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        return self.encoder(x)
