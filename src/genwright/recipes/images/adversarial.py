"""Pictures, two players: the numbers they run with, and how they are put together."""

from __future__ import annotations

from ...core.errors import DataError
from ...core.spec import Spec
from ...core.trainable import Recipe
from ...families.adversarial.bigan import BiGAN
from ...families.adversarial.gan import GAN
from ...families.adversarial.gan_losses import LOSSES
from ...families.adversarial.style_gan import StyleGAN
from ...networks.adapters import Code
from ...networks.discriminator import PictureDiscriminator
from ...networks.generator import PictureGenerator
from ...networks.style_generator import StyleGenerator
from ...networks.towers import Towers

VARIANTS = ("plain", "bidirectional", "style")
# fmt: off
PRESETS = {
    "gan": {
        "tiny":  dict(latents=4, channels=8, width=16, dropout=0.0, batch=64, lr=2e-3, loss="relativistic",
                      penalty=0.1, augment=False, variant="plain"),
        "small": dict(latents=32, channels=32, width=128, dropout=0.0, batch=64, lr=4e-4, loss="relativistic",
                      penalty=0.01, augment=False, variant="plain"),
        "large": dict(latents=64, channels=32, width=128, dropout=0.0, batch=64, lr=4e-4, loss="relativistic",
                      penalty=0.05, patch=2, augment=False, variant="plain"),
    },
}
# fmt: on
PRESETS["gan"] |= {
    "augment": PRESETS["gan"]["large"] | {"augment": True},  # for few pictures
    "bidirectional": PRESETS["gan"]["large"] | {"variant": "bidirectional", "latents": 16, "cycle": 20.0},
    "style": PRESETS["gan"]["large"] | {"variant": "style"},
}
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
    augment: bool = False,
    variant: str = "plain",
    cycle: float = 0.0,
) -> Recipe:
    if variant not in VARIANTS:
        raise DataError(f"variant {variant!r} of gan is unknown: choose one of {', '.join(VARIANTS)}")
    make = StyleGenerator if variant == "style" else PictureGenerator
    generator = make(spec, given, latents, channels, width if variant == "style" else channels, patch)
    codes = latents if variant == "bidirectional" else 0
    discriminator = PictureDiscriminator(spec, given, channels, width, dropout, patch, codes)
    if variant == "bidirectional":
        encoder = Code(Towers(spec, channels, dropout, patch), latents)
        family = BiGAN(spec, given, generator, encoder, discriminator, latents, loss, penalty, cycle, augment)
    elif variant == "style":
        family = StyleGAN(spec, given, generator, discriminator, generator.latents, loss, penalty, augment=augment)
    else:
        family = GAN(spec, given, generator, discriminator, latents, loss, penalty, augment=augment)
    return Recipe(family, batch=batch, lr=lr, betas=(0.0, 0.99), clip=10.0, validates=False)
