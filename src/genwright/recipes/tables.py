"""Tables: how each family is put together. `PRESETS` holds the numbers, one function a family the construction."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import Recipe
from ..distributions.heads import Histogram
from ..families.adversarial.gan import GAN
from ..families.autoregressive.autoregressive import Autoregressive
from ..families.autoregressive.trees import SequentialTrees
from ..families.baselines.baselines import Bootstrap, Independent
from ..families.baselines.gaussian import Gaussian, Gaussians
from ..families.baselines.pca import PCA
from ..families.diffusion.diffusion import Diffusion
from ..families.diffusion.flow_matching import FlowMatching
from ..families.diffusion.score_matching import ScoreMatching
from ..families.energy import Energy
from ..families.flows.flow import Flow
from ..families.latent.autoencoder import Autoencoder
from ..families.latent.vae import VAE
from ..networks.adapters import Code, Decoder, Encoder, Prior, Velocity
from ..networks.conditioning import GivenVector
from ..networks.discriminator import RowDiscriminator
from ..networks.energies import RowEnergy
from ..networks.flow_stacks import row_flow
from ..networks.generator import RowGenerator
from ..networks.made import MADE
from ..networks.rows import Rows
from ..networks.splines import Spline
from .densities import code_density

# fmt: off
PRESETS = {
    "autoencoder": {
        "tiny":  dict(latents=2, width=16, depth=1, features=4, dropout=0.0, noise=0.1, code_l2=0.01, batch=64, lr=2e-3,
                      weight_decay=0.0),
        "small": dict(latents=8, width=128, depth=2, features=8, dropout=0.1, noise=0.3, code_l2=0.1, batch=64, lr=1e-3,
                      weight_decay=0.05),
        "large": dict(latents=16, width=256, depth=2, features=8, dropout=0.0, noise=0.3, code_l2=0.1, batch=256,
                      lr=1e-3, weight_decay=0.0),
        "plane": dict(latents=2, width=128, depth=2, features=8, dropout=0.0, noise=0.1, code_l2=0.01, batch=256,
                      lr=1e-3, weight_decay=0.0),
    },
    "vae": {
        "tiny":  dict(latents=2, width=16, depth=1, features=4, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0,
                      draws=4, kl_warmup=0),
        "small": dict(latents=8, width=128, depth=2, features=8, dropout=0.2, batch=64, lr=1e-3, weight_decay=0.05,
                      draws=64, kl_warmup=5_000),
        "large": dict(latents=16, width=256, depth=2, features=8, dropout=0.0, batch=256, lr=1e-3, weight_decay=0.0,
                      draws=64, kl_warmup=50_000),
    },
    "flow": {
        "tiny":  dict(layers=2, width=16, depth=1, bins=4, batch=64, lr=4e-3, weight_decay=0.0, draws=2),
        "small": dict(layers=2, width=64, depth=1, bins=8, batch=64, lr=2e-3, weight_decay=0.1, draws=8),
        "large": dict(layers=2, width=128, depth=2, bins=8, batch=512, lr=4e-3, weight_decay=0.0, draws=8),
        "plane": dict(layers=3, width=64, depth=2, bins=16, batch=512, lr=5e-3, weight_decay=0.0, draws=8),
    },
    "autoregressive": {
        "tiny":  dict(units=4, depth=1, features=4, context=8, orders=2, hidden=512, dropout=0.0, batch=64, lr=2e-3,
                      weight_decay=0.0),
        "small": dict(units=16, depth=2, features=16, context=32, orders=4, hidden=512, dropout=0.3, batch=64, lr=1e-3,
                      weight_decay=0.1),
        "large": dict(units=32, depth=2, features=16, context=64, orders=4, hidden=512, dropout=0.0, batch=512, lr=2e-3,
                      weight_decay=0.01),
        "plane": dict(units=128, depth=2, features=16, context=64, orders=2, hidden=512, dropout=0.0, batch=512,
                      lr=2e-3, weight_decay=0.01),
    },
    "energy": {
        "tiny":  dict(width=16, depth=2, waves=1, blur=0.1, step=0.15, steps=4, chains=256, draw_steps=10,
                      energy_l2=0.001, batch=64, lr=2e-3),
        "small": dict(width=128, depth=3, waves=2, blur=0.1, step=0.15, steps=10, chains=512, draw_steps=60,
                      energy_l2=0.001, batch=128, lr=1e-3),
        "large": dict(width=256, depth=3, waves=2, blur=0.1, step=0.15, steps=10, chains=1024, draw_steps=60,
                      energy_l2=0.001, batch=256, lr=1e-3),
        "plane": dict(width=128, depth=3, waves=3, blur=0.02, step=0.3, steps=10, chains=1024, draw_steps=100,
                      energy_l2=0.001, batch=512, lr=2e-3),
    },
    "flow-matching": {
        "tiny":  dict(width=16, depth=1, features=4, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, calls=4,
                      density_steps=2),
        "small": dict(width=128, depth=3, features=8, dropout=0.2, batch=64, lr=1e-3, weight_decay=0.05, calls=40,
                      density_steps=12),
        "large": dict(width=128, depth=3, features=8, dropout=0.0, batch=256, lr=3e-3, weight_decay=0.0, calls=40,
                      density_steps=16),
    },
    "diffusion": {
        "tiny":  dict(width=16, depth=1, features=4, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, steps=50,
                      levels=5, terms=16),
        "small": dict(width=128, depth=3, features=8, dropout=0.2, batch=64, lr=1e-3, weight_decay=0.05, steps=1000,
                      levels=25, terms=384),
        "large": dict(width=128, depth=3, features=8, dropout=0.0, batch=256, lr=3e-3, weight_decay=0.0, steps=1000,
                      levels=25, terms=384),
    },
    "score-matching": {
        "tiny":  dict(width=16, depth=1, features=4, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, levels=3,
                      repeats=1, density_steps=2),
        "small": dict(width=128, depth=3, features=8, dropout=0.2, batch=64, lr=1e-3, weight_decay=0.05, levels=20,
                      repeats=5, density_steps=16),
        "large": dict(width=128, depth=3, features=8, dropout=0.0, batch=256, lr=3e-3, weight_decay=0.0, levels=20,
                      repeats=5, density_steps=16),
    },
    "gan": {
        "tiny":  dict(latents=4, width=16, depth=1, features=4, waves=2, dropout=0.0, batch=64, lr=2e-3,
                      loss="relativistic", penalty=0.1),
        "small": dict(latents=32, width=128, depth=2, features=8, waves=4, dropout=0.0, batch=64, lr=4e-4,
                      loss="relativistic", penalty=0.1),
        "large": dict(latents=64, width=256, depth=2, features=8, waves=4, dropout=0.0, batch=256, lr=5e-4,
                      loss="relativistic", penalty=0.1),
        "plane": dict(latents=8, width=128, depth=2, features=8, waves=6, dropout=0.0, batch=256, lr=1e-3,
                      loss="relativistic", penalty=0.3, least=0.01, halving=300_000),
    },
}
# fmt: on


def choose(family: str, spec: Spec, items: int) -> str:
    """small: fewer than 3,000 rows, which a large network learns by heart; plane: more, of two columns, which leaves
    the work to the shape of one density; else large."""
    if items < 3_000:
        return "small"
    return "plane" if len(spec.columns) <= 2 and "plane" in PRESETS[family] else "large"


def autoencoder(
    spec: Spec,
    given: Spec,
    latents: int,
    width: int,
    depth: int,
    features: int,
    dropout: float,
    noise: float,
    code_l2: float,
    batch: int,
    lr: float,
    weight_decay: float,
) -> Recipe:
    head = Histogram(spec)
    body = Rows(spec, width, depth, features, dropout)
    encoder, decoder = Code(body, latents), Decoder(body, given, latents, head.size)
    prior = Prior(body, given, latents)
    family = Autoencoder(spec, given, encoder, decoder, prior, code_density(given, latents), head, noise, code_l2)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def vae(
    spec: Spec,
    given: Spec,
    latents: int,
    width: int,
    depth: int,
    features: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    draws: int,
    kl_warmup: int,
) -> Recipe:
    head = Histogram(spec)
    body = Rows(spec, width, depth, features, dropout)
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    prior = Prior(body, given, latents)
    family = VAE(spec, given, encoder, prior, decoder, head, latents, draws, kl_warmup)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def flow(
    spec: Spec,
    given: Spec,
    layers: int,
    width: int,
    depth: int,
    bins: int,
    batch: int,
    lr: float,
    weight_decay: float,
    draws: int,
) -> Recipe:
    condition = 64 if given.columns else 0
    f = row_flow(len(spec.columns), layers, Spline(bins), width, depth, condition)
    family = Flow(spec, given, f, GivenVector(given, condition), draws)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, betas=(0.9, 0.99))


def autoregressive(
    spec: Spec,
    given: Spec,
    units: int,
    depth: int,
    features: int,
    context: int,
    orders: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    hidden: int = 512,
) -> Recipe:
    network = MADE(spec, given, units, depth, features, context, orders, hidden, dropout)
    return Recipe(
        Autoregressive(spec, given, network, Histogram(spec), known_share=0.5),
        batch=batch,
        lr=lr,
        weight_decay=weight_decay,
    )


def energy(
    spec: Spec,
    given: Spec,
    width: int,
    depth: int,
    waves: int,
    blur: float,
    step: float,
    steps: int,
    chains: int,
    draw_steps: int,
    energy_l2: float,
    batch: int,
    lr: float,
) -> Recipe:
    family = Energy(
        spec, given, RowEnergy(spec, given, width, depth, waves), blur, step, steps, chains, draw_steps, energy_l2
    )
    return Recipe(family, batch=batch, lr=lr, validates=False)


def flow_matching(
    spec: Spec,
    given: Spec,
    width: int,
    depth: int,
    features: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    calls: int,
    density_steps: int,
) -> Recipe:
    velocity = Velocity(Rows(spec, width, depth, features, dropout), given)
    family = FlowMatching(spec, given, velocity, calls, density_steps)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, average=0.1)


def diffusion(
    spec: Spec,
    given: Spec,
    width: int,
    depth: int,
    features: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    steps: int,
    levels: int,
    terms: int,
) -> Recipe:
    network = Velocity(Rows(spec, width, depth, features, dropout), given)
    family = Diffusion(spec, given, network, "cosine", steps, "v", "simple", "dpm-solver", levels, terms)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, average=0.1)


def score_matching(
    spec: Spec,
    given: Spec,
    width: int,
    depth: int,
    features: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    levels: int,
    repeats: int,
    density_steps: int,
) -> Recipe:
    network = Velocity(Rows(spec, width, depth, features, dropout), given)
    family = ScoreMatching(spec, given, network, levels, 8.0, 0.02, repeats, 0.3, density_steps)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, average=0.1)


def gan(
    spec: Spec,
    given: Spec,
    latents: int,
    width: int,
    depth: int,
    features: int,
    waves: int,
    dropout: float,
    batch: int,
    lr: float,
    loss: str,
    penalty: float,
    least: float = 0.0,
    halving: int = 0,
) -> Recipe:
    generator = RowGenerator(spec, given, latents, width, depth, features)
    discriminator = RowDiscriminator(spec, given, width, depth, waves, dropout)
    family = GAN(spec, given, generator, discriminator, latents, loss, penalty, least, halving)
    return Recipe(family, batch=batch, lr=lr, betas=(0.0, 0.99), clip=10.0, validates=False)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def independent(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Independent(spec, given))


def pca(spec: Spec, given: Spec) -> Recipe:
    return Recipe(PCA(spec, given, latents=max(1, spec.dims // 2)))


def copula(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Gaussian(spec, given, margins=True))


def mixture(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Gaussians(spec, given, components=20))


def trees(spec: Spec, given: Spec) -> Recipe:
    return Recipe(SequentialTrees(spec, given))
