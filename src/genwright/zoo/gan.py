"""Generative adversarial networks of images and of tables."""

from dataclasses import dataclass, replace

from torch import nn

from ..core.errors import DataError
from ..core.hyper import Brief, flag, one_of, real, whole
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from ..families.adversarial.bigan import BiGAN
from ..families.adversarial.gan import GAN
from ..families.adversarial.style_gan import StyleGAN
from ..networks.adapters import CodeEncoder
from ..networks.discriminator import PictureDiscriminator, RowDiscriminator
from ..networks.generators import PictureGenerator, RowGenerator, StyleGenerator
from ..networks.towers import TowerBody
from . import fields
from .bodies import images, tables
from .card import NO_LIKELIHOOD, Alias, Card

LOSSES = {  # losses of both players, and the algorithms that run under their names
    "minimax": "the minimax loss (Goodfellow 2014)",
    "non-saturating": "the non-saturating loss (Goodfellow 2014)",
    "least-squares": "LSGAN (Mao 2017)",
    "hinge": "the hinge loss (Lim & Ye 2017)",
    "wasserstein": "WGAN-GP (Gulrajani 2017)",
    "wasserstein-clipped": "WGAN with clipped weights (Arjovsky 2017)",
    "relativistic": "the relativistic loss (Jolicoeur-Martineau 2019)",
    "ebgan": "EBGAN (Zhao 2017)",
}
WITH_ENCODER = ("minimax", "non-saturating", "hinge", "relativistic")  # losses of a discriminator of pairs


@dataclass(frozen=True)
class ImagesHyper(Trained):
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

    least, halving = 0.0, 0

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_groups(self, "channels")
        if self.variant == "bidirectional" and self.loss not in WITH_ENCODER:
            raise DataError(
                f"loss = {self.loss} does not fit variant = bidirectional: choose one of {', '.join(WITH_ENCODER)}"
            )

    def generator(self, spec: Spec, given: Spec) -> nn.Module:
        if self.variant == "style":
            return StyleGenerator(spec, given, self.latents, self.channels, self.width, self.patch)
        return PictureGenerator(spec, given, self.latents, self.channels, self.channels, self.patch)

    def discriminator(self, spec: Spec, given: Spec) -> nn.Module:
        codes = self.latents if self.variant == "bidirectional" else 0
        return PictureDiscriminator(spec, given, self.channels, self.width, self.dropout, self.patch, codes)

    def encoder(self, spec: Spec) -> nn.Module:
        return CodeEncoder(TowerBody(spec, self.channels, self.dropout, self.patch), self.latents)


@dataclass(frozen=True)
class TablesHyper(Trained):
    batch: int = 64
    lr: float = 4e-4
    latents: int = fields.latents(32)
    width: int = fields.units(128, "units of a layer")
    depth: int = fields.layers(2, "residual blocks")
    features: int = fields.units(8, "numbers that a column is read as")
    waves: int = fields.waves(4)
    dropout: float = fields.dropout(0.0)
    loss: str = one_of(
        "relativistic",
        *("minimax", "non-saturating", "least-squares", "hinge", "wasserstein"),
        says="what the two players minimise; relativistic: Jolicoeur-Martineau 2019",
    )
    penalty: float = real(0.1, least=0.0, says="weight of the discriminator's squared gradient; Mescheder 2018")
    least: float = real(0.0, least=0.0, says="weight that the penalty falls to")
    halving: int = whole(0, least=0, says="training items over which the penalty halves, 0 for never")

    variant, augment = "plain", False

    def generator(self, spec: Spec, given: Spec) -> nn.Module:
        return RowGenerator(spec, given, self.latents, self.width, self.depth, self.features)

    def discriminator(self, spec: Spec, given: Spec) -> nn.Module:
        return RowDiscriminator(spec, given, self.width, self.depth, self.waves, self.dropout)


SMALL = ImagesHyper()
LARGE = replace(SMALL, latents=64, penalty=0.05, patch=2)
IMAGES = {
    "tiny": replace(SMALL, latents=4, channels=8, width=16, lr=2e-3, penalty=0.1),
    "small": SMALL,
    "large": LARGE,
    "augment": replace(LARGE, augment=True),  # few images
    "bidirectional": replace(LARGE, variant="bidirectional", latents=16, cycle=20.0),
    "style": replace(LARGE, variant="style"),
} | {name: replace(LARGE, loss=name) for name in LOSSES}  # comparisons of the losses
TABLES = {
    "tiny": TablesHyper(latents=4, width=16, depth=1, features=4, waves=2, lr=2e-3),
    "small": TablesHyper(),
    "large": TablesHyper(latents=64, width=256, batch=256, lr=5e-4),
    "plane": TablesHyper(latents=8, waves=6, batch=256, lr=1e-3, penalty=0.3, least=0.01, halving=300_000),
}


def build(spec: Spec, given: Spec, hyper: ImagesHyper | TablesHyper) -> Recipe:
    players = [hyper.generator(spec, given), hyper.discriminator(spec, given)]
    rules = hyper.loss, hyper.penalty
    if hyper.variant == "bidirectional":
        players.insert(1, hyper.encoder(spec))
        family = BiGAN(spec, given, *players, hyper.latents, *rules, hyper.cycle, hyper.augment)
    elif hyper.variant == "style":
        family = StyleGAN(spec, given, *players, players[0].latents, *rules, augment=hyper.augment)
    else:
        family = GAN(spec, given, *players, hyper.latents, *rules, hyper.least, hyper.halving, hyper.augment)
    return hyper.recipe(family, betas=(0.0, 0.99), clip=10.0, validates=False)


CARD = Card(
    "gan",
    ("Take it for samples from one call of the network.", NO_LIKELIHOOD),
    {
        "images": images.Blind(build, IMAGES, brief={"small": Brief(45_000, dict(batch=32, lr=8e-4))}),
        "tables": tables.OnRows(build, TABLES),
    },
    paper="Goodfellow 2014; losses and penalty of Huang 2024",
    equations=("families.adversarial.gan", "families.adversarial.gan:Loss"),
    variants=LOSSES
    | {
        "augment": "DiffAugment (Zhao 2020)",
        "bidirectional": "BiGAN (Donahue 2017)",
        "style": "a style-based generator (Karras 2019, 2020)",
    },
    aliases=(Alias("wgan-gp", ("images",), "Gulrajani 2017", "wasserstein"),),
    near=("biggan", "ctgan", "cyclegan", "dcgan", "pix2pix", "progan", "stylegan", "wgan"),
)
