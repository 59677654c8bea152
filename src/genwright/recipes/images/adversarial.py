"""Images, two players: their hyperparameters, and how they are put together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...core.errors import DataError
from ...core.hyper import flag, one_of, real
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...families.adversarial.bigan import MIRRORED, BiGAN
from ...families.adversarial.gan import GAN
from ...families.adversarial.gan_losses import LOSSES
from ...families.adversarial.style_gan import StyleGAN
from ...networks.adapters import Code
from ...networks.discriminator import PictureDiscriminator
from ...networks.generator import PictureGenerator
from ...networks.style_generator import StyleGenerator
from ...networks.towers import Towers
from .. import fields


@dataclass(frozen=True)
class GANHyper(Trained):
    """Hyperparameters of GAN (Goodfellow 2014; Huang 2024; pairs of Donahue 2017, styles of Karras 2020)."""

    batch: int = 64
    lr: float = 4e-4
    latents: int = fields.latents(32)
    channels: int = fields.units(32, "channels of the generator, and of the discriminator's first layer; multiple of 8")
    width: int = fields.units(128, "units of the discriminator's last layers and of a style")
    dropout: float = fields.dropout(0.0)
    loss: str = one_of(
        "relativistic",
        *(name for name in LOSSES if name != "relativistic"),
        says="what the two players minimise; relativistic: Jolicoeur-Martineau 2019",
    )
    penalty: float = real(0.01, least=0.0, says="weight of the discriminator's squared gradient; Mescheder 2018")
    patch: int = fields.patch(1)
    augment: bool = flag(False, says="change what the discriminator sees at random, for few images; Zhao 2020")
    variant: str = one_of(
        "plain", "bidirectional", "style", says="bidirectional: with an encoder; style: a style-based generator"
    )
    cycle: float = real(0.0, least=0.0, says="bidirectional: weight of the squared error of G(E(x)); Li 2017")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_groups(self, "channels")
        if self.variant == "bidirectional" and self.loss not in MIRRORED:
            raise DataError(
                f"loss = {self.loss} does not fit variant = bidirectional: choose one of {', '.join(MIRRORED)}"
            )


SMALL = GANHyper()
LARGE = replace(SMALL, latents=64, penalty=0.05, patch=2)
PRESETS = {
    "gan": {
        "tiny": replace(SMALL, latents=4, channels=8, width=16, lr=2e-3, penalty=0.1),
        "small": SMALL,
        "large": LARGE,
        "augment": replace(LARGE, augment=True),  # for few images
        "bidirectional": replace(LARGE, variant="bidirectional", latents=16, cycle=20.0),
        "style": replace(LARGE, variant="style"),
    }
    | {name: replace(LARGE, loss=name) for name in LOSSES}  # to compare the losses
}


def gan(spec: Spec, given: Spec, hyper: GANHyper) -> Recipe:
    latents, channels, patch = hyper.latents, hyper.channels, hyper.patch
    style, bidirectional = hyper.variant == "style", hyper.variant == "bidirectional"
    make, condition = (StyleGenerator, hyper.width) if style else (PictureGenerator, channels)
    generator = make(spec, given, latents, channels, condition, patch)
    codes = latents if bidirectional else 0
    discriminator = PictureDiscriminator(spec, given, channels, hyper.width, hyper.dropout, patch, codes)
    game = hyper.loss, hyper.penalty
    if bidirectional:
        encoder = Code(Towers(spec, channels, hyper.dropout, patch), latents)
        players = generator, encoder, discriminator
        family = BiGAN(spec, given, *players, latents, *game, hyper.cycle, hyper.augment)
    elif style:
        family = StyleGAN(spec, given, generator, discriminator, generator.latents, *game, augment=hyper.augment)
    else:
        family = GAN(spec, given, generator, discriminator, latents, *game, augment=hyper.augment)
    return hyper.recipe(family, betas=(0.0, 0.99), clip=10.0, validates=False)
