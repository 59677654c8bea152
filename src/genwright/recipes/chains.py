"""Hyperparameters of energies, of rows and of images: the chains that sample from them."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.hyper import real, whole
from ..core.recipe import Trained
from . import fields


@dataclass(frozen=True)
class OfChains(Trained):
    """Hinton 2002; Tieleman 2008; Du & Mordatch 2019."""

    blur: float = real(0.1, least=0.0, says="standard deviation of the noise on training items, in coordinates")
    step: float = real(0.15, above=0.0, says="size of a Langevin step")
    chain_length: int = fields.chain_length(10, "Langevin steps of a chain in each step of training")
    chains: int = whole(512, least=1, most=2**20, says="chains that are kept between steps of training; Tieleman 2008")
    draw_steps: int = fields.chain_length(60, "Langevin steps of a sample")
    energy_l2: float = real(0.001, least=0.0, says="weight of the squared energies; Du & Mordatch 2019")
