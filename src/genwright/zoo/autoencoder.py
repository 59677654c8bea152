"""Autoencoders of images and of tables: one function puts them together around a body."""

from dataclasses import dataclass

from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies import images, tables
from .bodies.densities import code_density
from .card import NO_LIKELIHOOD, Card


@dataclass(frozen=True)
class ImagesHyper(images.Coded):
    """Hyperparameters of autoencoder (Hinton & Salakhutdinov 2006; Ghosh 2020)."""

    dropout: float = 0.1
    lr: float = 2e-3
    noise: float = fields.noise(0.1)
    code_l2: float = fields.code_l2(0.01)

    def head(self, spec: Spec) -> None:
        """None: the squared error is the loss."""


@dataclass(frozen=True)
class TablesHyper(tables.OfRows):
    """Hyperparameters of autoencoder (Hinton & Salakhutdinov 2006; Ghosh 2020)."""

    latents: int = fields.latents(8)
    dropout: float = 0.1
    noise: float = fields.noise(0.3)
    code_l2: float = fields.code_l2(0.1)


IMAGES = {
    "tiny": ImagesHyper(latents=4, channels=8, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0),
    "small": ImagesHyper(),
    "large": ImagesHyper(latents=32, channels=64, dropout=0.0, weight_decay=0.01, lr=1e-3),
    "dense": ImagesHyper(
        channels=512,
        dropout=0.0,
        noise=0.0,
        code_l2=0.0,
        batch=250,
        lr=1e-3,
        weight_decay=0.0,
        network="dense",
        depth=3,
    ),
}
TABLES = {
    "tiny": TablesHyper(**tables.TINY, latents=2, noise=0.1, code_l2=0.01),
    "small": TablesHyper(),
    "large": TablesHyper(**tables.LARGE, latents=16, width=256),
    "plane": TablesHyper(**tables.LARGE, latents=2, noise=0.1, code_l2=0.01),
}


def build(spec: Spec, given: Spec, hyper: ImagesHyper | TablesHyper) -> Recipe:
    from ..families.latent.autoencoder import Autoencoder
    from ..networks.adapters import Code, Decoder, Prior

    head, body, latents = hyper.head(spec), hyper.body(spec, given), hyper.latents
    encoder, decoder = Code(body, latents), Decoder(body, given, latents, head.size if head else 1)
    prior, density = Prior(body, given, latents), code_density(given, latents)
    return hyper.recipe(Autoencoder(spec, given, encoder, decoder, prior, density, head, hyper.noise, hyper.code_l2))


CARD = Card(
    "autoencoder",
    ("Take it for codes and reconstructions.", NO_LIKELIHOOD),
    {"images": images.Blind(build, IMAGES), "tables": tables.OnRows(build, TABLES)},
    paper="Hinton & Salakhutdinov 2006; Ghosh 2020",
    equations=("families.latent.autoencoder",),
)
