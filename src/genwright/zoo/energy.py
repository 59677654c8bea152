"""Energy-based models of images and of tables."""

from dataclasses import dataclass

from torch import nn

from ..core.hyper import real, whole
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from ..families.energy import Energy
from ..networks.energies import PictureEnergy, RowEnergy
from . import fields
from .bodies import images, tables
from .card import Card


@dataclass(frozen=True)
class OfChains(Trained):
    """Hyperparameters of energy-based models with persistent chains (Hinton 2002; Tieleman 2008; Du & Mordatch
    2019)."""

    blur: float = real(0.1, least=0.0, says="standard deviation of the noise on training items, in coordinates")
    step: float = real(0.15, above=0.0, says="size of a Langevin step")
    chain_length: int = fields.chain_length(10, "Langevin steps of a chain in each step of training")
    chains: int = whole(512, least=1, most=2**20, says="chains that are kept between steps of training; Tieleman 2008")
    draw_steps: int = fields.chain_length(60, "Langevin steps of a sample")
    energy_l2: float = real(0.001, least=0.0, says="weight of the squared energies; Du & Mordatch 2019")


@dataclass(frozen=True)
class ImagesHyper(OfChains):
    lr: float = 2e-3
    channels: int = fields.units(32, "channels of the first convolution; each further one has twice as many")
    features: int = fields.units(256, "units of the layers over the whole image")
    blur: float = 0.25
    chain_length: int = 5
    draw_steps: int = 120

    def network(self, spec: Spec, given: Spec) -> nn.Module:
        return PictureEnergy(spec, given, self.channels, self.features)


@dataclass(frozen=True)
class TablesHyper(OfChains):
    width: int = fields.units(128, "units of a layer")
    depth: int = fields.layers(3, "layers")
    waves: int = fields.waves(2)

    def network(self, spec: Spec, given: Spec) -> nn.Module:
        return RowEnergy(spec, given, self.width, self.depth, self.waves)


TINY = dict(chain_length=4, chains=256, draw_steps=10, batch=64)
IMAGES = {
    "tiny": ImagesHyper(**TINY, channels=8, features=32),
    "small": ImagesHyper(),
    "large": ImagesHyper(chain_length=10, draw_steps=60, lr=1e-3),
}
TABLES = {
    "tiny": TablesHyper(**TINY, width=16, depth=2, waves=1, lr=2e-3),
    "small": TablesHyper(),
    "large": TablesHyper(width=256, chains=1024, batch=256),
    "plane": TablesHyper(waves=3, blur=0.02, step=0.3, chains=1024, draw_steps=100, batch=512, lr=2e-3),
}


def build(spec: Spec, given: Spec, hyper: ImagesHyper | TablesHyper) -> Recipe:
    network, chains = hyper.network(spec, given), (hyper.chain_length, hyper.chains, hyper.draw_steps)
    family = Energy(spec, given, network, hyper.blur, hyper.step, *chains, hyper.energy_l2)
    return hyper.recipe(family, validates=False)


CARD = Card(
    "energy",
    (
        "Take it to rank items by how likely they are.",
        "Its likelihood is unnormalised, so its values cannot be compared with those of another model.",
    ),
    {"images": images.Blind(build, IMAGES), "tables": tables.OnRows(build, TABLES)},
    paper="Hinton 2002; Tieleman 2008; Du & Mordatch 2019",
    equations=("families.energy",),
    near=("dbm", "ebm", "jem", "rbm"),
)
