"""Points in space: hyperparameters that several families share, and the choice of a preset."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from ...core.hyper import Hyper
from ...core.recipe import Trained
from ...core.spec import Spec
from .. import fields
from ..card import On

TINY_POINTS = dict(width=16, depth=2, lr=2e-3, chain_length=100, levels=10, terms=16)
LARGE_POINTS = dict(width=128, depth=6, batch=64, lr=1e-3, levels=200, terms=64)


def choose(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """Takes "small" below 20,000 sets, and "large" from there on."""
    return "small" if items < 20_000 else "large"


OnPoints = partial(On, choose=choose)


@dataclass(frozen=True)
class OfPoints(Trained):
    """Hyperparameters of families that remove noise from points."""

    batch: int = 32
    lr: float = 3e-3
    width: int = fields.units(64, "units of a layer, an even number")
    depth: int = fields.layers(4, "layers of the network; Satorras 2021")
    chain_length: int = fields.chain_length(1_000, "steps of the chain of noise; Ho 2020")
    levels: int = fields.chain_length(100, "levels of noise of the chain that samples and the bound pass")
    terms: int = fields.terms(32)

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", 2, "sines and cosines come in pairs")
