"""Tables: how each family is put together. `PRESETS` holds the numbers, one function a family the construction."""

from __future__ import annotations

from ..families.baselines import Bootstrap, Independent
from ..families.flow_matching import FlowMatching
from ..families.gaussian import Gaussian, Gaussians
from ..families.trees import SequentialTrees
from ..families.vae import VAE
from ..heads import head_for
from ..model import Recipe
from ..networks.latent import RowDecoder, RowEncoder, RowPrior
from ..networks.velocity import ColumnVelocity
from ..spec import Spec

PRESETS = {
    "vae": {
        "tiny":  dict(latents=2, width=16, depth=1, features=4, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, draws=4, kl_warmup=0),
        "small": dict(latents=8, width=128, depth=2, features=8, dropout=0.2, batch=64, lr=1e-3, weight_decay=0.05, draws=64, kl_warmup=5_000),
        "large": dict(latents=16, width=256, depth=2, features=8, dropout=0.0, batch=256, lr=1e-3, weight_decay=0.0, draws=64, kl_warmup=50_000),
    },
    "flow-matching": {
        "tiny":  dict(width=16, depth=1, features=4, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, calls=4, density_steps=2),
        "small": dict(width=128, depth=3, features=8, dropout=0.2, batch=64, lr=1e-3, weight_decay=0.05, calls=40, density_steps=12),
        "large": dict(width=256, depth=4, features=8, dropout=0.0, batch=512, lr=1e-3, weight_decay=0.0, calls=40, density_steps=16),
    },
}


def choose(family: str, spec: Spec, items: int) -> str:
    """small: fewer than 3,000 rows, where a large network only learns them by heart."""
    return "small" if items < 3_000 else "large"


def vae(
    spec: Spec, given: Spec, latents: int, width: int, depth: int, features: int, dropout: float, batch: int, lr: float,
    weight_decay: float, draws: int, kl_warmup: int,
) -> Recipe:
    head = head_for(spec)
    encoder = RowEncoder(spec, given, latents, width, depth, features, dropout)
    decoder = RowDecoder(spec, given, latents, width, depth, features, head.size, dropout)
    prior = RowPrior(spec, given, latents, width, depth, features, dropout)
    family = VAE(spec, given, encoder, prior, decoder, head, latents, draws, kl_warmup)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def flow_matching(
    spec: Spec, given: Spec, width: int, depth: int, features: int, dropout: float, batch: int, lr: float, weight_decay: float,
    calls: int, density_steps: int,
) -> Recipe:
    velocity = ColumnVelocity(spec, given, width, depth, features, dropout)
    family = FlowMatching(spec, given, velocity, calls, density_steps)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, average=0.1)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def independent(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Independent(spec, given))


def copula(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Gaussian(spec, given, margins=True))


def mixture(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Gaussians(spec, given, components=20))


def trees(spec: Spec, given: Spec) -> Recipe:
    return Recipe(SequentialTrees(spec, given))
