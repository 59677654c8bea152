"""Pictures, two players: the numbers they run with, and how they are put together."""

from __future__ import annotations

from ...core.spec import Spec
from ...core.trainable import Recipe
from ...families.gan import GAN
from ...families.gan_losses import LOSSES
from ...networks.discriminator import PictureDiscriminator
from ...networks.generator import PictureGenerator

# fmt: off
PRESETS = {
    "gan": {
        "tiny":  dict(latents=4, channels=8, width=16, dropout=0.0, batch=64, lr=2e-3, loss="relativistic",
                      penalty=0.1),
        "small": dict(latents=32, channels=32, width=128, dropout=0.0, batch=64, lr=4e-4, loss="relativistic",
                      penalty=0.01),
        "large": dict(latents=64, channels=48, width=128, dropout=0.0, batch=64, lr=4e-4, loss="relativistic",
                      penalty=0.05, patch=2),
    },
}
# fmt: on
PRESETS["gan"] |= {name: PRESETS["gan"]["large"] | {"loss": name} for name in LOSSES}  # to compare the losses


def gan(
    spec: Spec,
    given: Spec,
    latents: int,
    channels: int,
    width: int,
    dropout: float,
    batch: int,
    lr: float,
    loss: str,
    penalty: float,
    patch: int = 1,
) -> Recipe:
    generator = PictureGenerator(spec, given, latents, channels, channels, patch)
    discriminator = PictureDiscriminator(spec, given, channels, width, dropout, patch)
    family = GAN(spec, given, generator, discriminator, latents, loss, penalty)
    return Recipe(family, batch=batch, lr=lr, betas=(0.0, 0.99), clip=10.0, validates=False)
