"""Hierarchical VAEs of images."""

from dataclasses import dataclass

from ..core.hyper import one_of
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from . import fields
from .bodies import images
from .card import Card


@dataclass(frozen=True)
class HierarchicalVAEHyper(Trained):
    """Hyperparameters of hierarchical VAE (Sonderby 2016; Kingma 2016; Vahdat & Kautz 2020)."""

    latents: int = fields.units(4, "dimensions of the code at each position of a layer")
    layers: int = fields.layers(2, "layers of latents on each scale, or in all of the dense network")
    channels: int = fields.units(32, "channels of all maps, a multiple of 8, or units of a dense layer")
    mixture: int = fields.mixture(5)
    patch: int = fields.patch(1)
    draws: int = fields.draws(32)
    kl_warmup: int = fields.kl_warmup(20_000)
    free_bits: float = fields.free_bits(0.0)
    network: str = one_of("convolutional", "dense", says="a ladder of convolutions, or of layers of all pixels")
    lr: float = 2e-3
    weight_decay: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network == "convolutional":
            fields.require_groups(self, "channels")


PRESETS = {
    "tiny": HierarchicalVAEHyper(
        latents=2, layers=1, channels=8, mixture=2, patch=2, batch=64, weight_decay=0.0, draws=4, kl_warmup=0
    ),
    "small": HierarchicalVAEHyper(),
    "large": HierarchicalVAEHyper(patch=2, batch=32, weight_decay=0.01, kl_warmup=100_000),
    "dense": HierarchicalVAEHyper(
        latents=32, channels=256, batch=200, lr=4e-3, weight_decay=0.0, kl_warmup=500_000, network="dense"
    ),
}


def build(spec: Spec, given: Spec, hyper: HierarchicalVAEHyper) -> Recipe:
    from ..distributions.heads import observation_head
    from ..families.latent.hierarchical_vae import HierarchicalVAE
    from ..networks.ladder import DenseLadder, Ladder

    head = observation_head(spec, "automatic", hyper.mixture)
    sizes = head.size, hyper.channels, hyper.latents, hyper.layers
    if hyper.network == "dense":
        ladder = DenseLadder(spec, given, *sizes)
    else:
        ladder = Ladder(spec, given, *sizes, hyper.patch)
    return hyper.recipe(HierarchicalVAE(spec, given, ladder, head, hyper.draws, hyper.kl_warmup, hyper.free_bits))


CARD = Card(
    "hierarchical-vae",
    (
        "Take it where one Gaussian layer of codes says too little.",
        "It trains more layers of latents than a VAE, and its likelihood is still a lower bound.",
    ),
    {"images": images.Blind(build, PRESETS, compare=False)},
    paper="Sonderby 2016; Kingma 2016; Vahdat & Kautz 2020",
    equations=("families.latent.hierarchical_vae",),
)
