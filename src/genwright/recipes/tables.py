"""Tables: how each family is put together. One dataclass a family holds the hyperparameters, one function the
construction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..core.hyper import one_of, real, whole
from ..core.spec import Spec
from ..core.trainable import Recipe, Trained
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
from ..families.latent.vae import VAE, Networks
from ..networks.adapters import Code, Decoder, Encoder, Prior, Velocity
from ..networks.conditioning import GivenVector
from ..networks.discriminator import RowDiscriminator
from ..networks.energies import RowEnergy
from ..networks.flow_stacks import row_flow
from ..networks.generator import RowGenerator
from ..networks.made import MADE
from ..networks.rows import Rows
from ..networks.splines import Spline
from . import fields
from .chains import OfChains
from .densities import code_density


@dataclass(frozen=True)
class OfRows(Trained):
    """Hyperparameters of families that read rows by a residual perceptron."""

    batch: int = 64
    weight_decay: float = 0.05
    width: int = fields.units(128, "units of a layer")
    depth: int = fields.layers(2, "residual blocks")
    features: int = fields.units(8, "numbers that a column is read as")
    dropout: float = fields.dropout(0.2)

    def body(self, spec: Spec) -> Rows:
        return Rows(spec, self.width, self.depth, self.features, self.dropout)


@dataclass(frozen=True)
class AutoencoderHyper(OfRows):
    """Hyperparameters of autoencoder (Hinton & Salakhutdinov 2006; Ghosh 2020)."""

    latents: int = fields.latents(8)
    dropout: float = 0.1
    noise: float = fields.noise(0.3)
    code_l2: float = fields.code_l2(0.1)


@dataclass(frozen=True)
class VAEHyper(OfRows):
    """Hyperparameters of VAE (Kingma & Welling 2014; TVAE of Xu 2019)."""

    latents: int = fields.latents(8)
    draws: int = fields.draws(64)
    kl_warmup: int = fields.kl_warmup(5_000)
    beta: float = fields.beta(1.0)
    free_bits: float = fields.free_bits(0.0)


@dataclass(frozen=True)
class FlowHyper(Trained):
    """Hyperparameters of flow (Papamakarios 2017 (MAF); Durkan 2019 (splines))."""

    batch: int = 64
    lr: float = 2e-3
    weight_decay: float = 0.1
    layers: int = fields.layers(2, "autoregressive layers, in pairs of an order and its reverse")
    width: int = fields.units(64, "units of a layer's network")
    depth: int = fields.layers(1, "hidden layers of a layer's network")
    bins: int = fields.bins(8)
    draws: int = fields.draws(8)


@dataclass(frozen=True)
class AutoregressiveHyper(Trained):
    """Hyperparameters of autoregressive models (Germain 2015 (MADE))."""

    batch: int = 64
    weight_decay: float = 0.1
    units: int = fields.units(16, "units of the state of a column")
    depth: int = fields.layers(2, "layers of states")
    features: int = fields.units(16, "numbers that a column is read as")
    context: int = fields.units(32, "numbers that what is known or given is read as")
    orders: int = whole(4, least=1, most=1_000, says="orders of the columns, between which models are averaged")
    hidden: int = whole(512, least=1, most=2**20, says="hidden units that the columns of a wide table share")
    dropout: float = fields.dropout(0.3)


@dataclass(frozen=True)
class EnergyHyper(OfChains):
    """Hyperparameters of energy-based models (Hinton 2002; Tieleman 2008; Du & Mordatch 2019)."""

    width: int = fields.units(128, "units of a layer")
    depth: int = fields.layers(3, "layers")
    waves: int = fields.waves(2)


@dataclass(frozen=True)
class FlowMatchingHyper(OfRows):
    """Hyperparameters of flow matching (Lipman 2023)."""

    depth: int = 3
    sampling_steps: int = fields.sampling_steps(40, least=2)
    density_steps: int = fields.density_steps(12)
    waves: int = fields.waves(0)

    def body(self, spec: Spec) -> Rows:
        return replace(super().body(spec), waves=self.waves)


@dataclass(frozen=True)
class DiffusionHyper(OfRows):
    """Hyperparameters of diffusion (Ho 2020 (DDPM); DPM-Solver++ of Lu 2022)."""

    depth: int = 3
    objective: str = fields.objective()
    chain_length: int = fields.chain_length(1_000, "steps of the chain of noise; Ho 2020")
    levels: int = fields.chain_length(25, "levels of noise of the chain that a sample passes")
    terms: int = fields.terms(384)


@dataclass(frozen=True)
class ScoreMatchingHyper(OfRows):
    """Hyperparameters of score matching (Song & Ermon 2019; flow of Song 2021)."""

    depth: int = 3
    levels: int = fields.chain_length(20, "levels of noise; Song & Ermon 2019")
    repeats: int = fields.chain_length(5, "Langevin steps at each level")
    density_steps: int = fields.density_steps(16)


@dataclass(frozen=True)
class GANHyper(Trained):
    """Hyperparameters of GAN (Goodfellow 2014; losses and penalty of Huang 2024)."""

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


TINY = dict(width=16, depth=1, features=4, dropout=0.0, lr=2e-3, weight_decay=0.0)  # of rows
LARGE = dict(dropout=0.0, batch=256, weight_decay=0.0)
PRESETS = {
    "autoencoder": {
        "tiny": AutoencoderHyper(**TINY, latents=2, noise=0.1, code_l2=0.01),
        "small": AutoencoderHyper(),
        "large": AutoencoderHyper(**LARGE, latents=16, width=256),
        "plane": AutoencoderHyper(**LARGE, latents=2, noise=0.1, code_l2=0.01),
    },
    "vae": {
        "tiny": VAEHyper(**TINY, latents=2, draws=4, kl_warmup=0),
        "small": VAEHyper(),
        "large": VAEHyper(**LARGE, latents=16, width=256, kl_warmup=50_000),
    },
    "flow": {
        "tiny": FlowHyper(width=16, bins=4, lr=4e-3, weight_decay=0.0, draws=2),
        "small": FlowHyper(),
        "large": FlowHyper(width=128, depth=2, batch=512, lr=4e-3, weight_decay=0.0),
        "plane": FlowHyper(layers=3, depth=2, bins=16, batch=512, lr=5e-3, weight_decay=0.0),
    },
    "autoregressive": {
        "tiny": AutoregressiveHyper(
            units=4, depth=1, features=4, context=8, orders=2, dropout=0.0, lr=2e-3, weight_decay=0.0
        ),
        "small": AutoregressiveHyper(),
        "large": AutoregressiveHyper(units=32, context=64, dropout=0.0, batch=512, lr=2e-3, weight_decay=0.01),
        "plane": AutoregressiveHyper(
            units=128, context=64, orders=2, dropout=0.0, batch=512, lr=2e-3, weight_decay=0.01
        ),
    },
    "energy": {
        "tiny": EnergyHyper(width=16, depth=2, waves=1, chain_length=4, chains=256, draw_steps=10, batch=64, lr=2e-3),
        "small": EnergyHyper(),
        "large": EnergyHyper(width=256, chains=1024, batch=256),
        "plane": EnergyHyper(waves=3, blur=0.02, step=0.3, chains=1024, draw_steps=100, batch=512, lr=2e-3),
    },
    "flow-matching": {
        "tiny": FlowMatchingHyper(**TINY, sampling_steps=4, density_steps=2),
        "small": FlowMatchingHyper(),
        "large": FlowMatchingHyper(**LARGE, lr=3e-3, density_steps=16),
        "plane": FlowMatchingHyper(**LARGE | {"batch": 512}, lr=4e-3, density_steps=16, waves=5),
    },
    "diffusion": {
        "tiny": DiffusionHyper(**TINY, chain_length=50, levels=5, terms=16),
        "small": DiffusionHyper(),
        "large": DiffusionHyper(**LARGE, lr=3e-3),
        "bound": DiffusionHyper(**LARGE, lr=3e-3, objective="bound"),
    },
    "score-matching": {
        "tiny": ScoreMatchingHyper(**TINY, levels=3, repeats=1, density_steps=2),
        "small": ScoreMatchingHyper(),
        "large": ScoreMatchingHyper(**LARGE, lr=3e-3),
    },
    "gan": {
        "tiny": GANHyper(latents=4, width=16, depth=1, features=4, waves=2, lr=2e-3),
        "small": GANHyper(),
        "large": GANHyper(latents=64, width=256, batch=256, lr=5e-4),
        "plane": GANHyper(latents=8, waves=6, batch=256, lr=1e-3, penalty=0.3, least=0.01, halving=300_000),
    },
}


def choose(family: str, spec: Spec, given: Spec, items: int) -> str:
    """small: fewer than 3,000 rows, which a large network learns by heart; plane: more, of two columns, which leaves
    the work to the shape of one density; else large."""
    if items < 3_000:
        return "small"
    return "plane" if len(spec.columns) <= 2 and "plane" in PRESETS[family] else "large"


def autoencoder(spec: Spec, given: Spec, hyper: AutoencoderHyper) -> Recipe:
    head, body, latents = Histogram(spec), hyper.body(spec), hyper.latents
    encoder, decoder = Code(body, latents), Decoder(body, given, latents, head.size)
    prior, density = Prior(body, given, latents), code_density(given, latents)
    return hyper.recipe(Autoencoder(spec, given, encoder, decoder, prior, density, head, hyper.noise, hyper.code_l2))


def vae(spec: Spec, given: Spec, hyper: VAEHyper) -> Recipe:
    head, body, latents = Histogram(spec), hyper.body(spec), hyper.latents
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    networks = Networks(encoder, Prior(body, given, latents), decoder, head)
    weights = hyper.kl_warmup, hyper.beta, hyper.free_bits
    return hyper.recipe(VAE(spec, given, networks, latents, hyper.draws, *weights))


def flow(spec: Spec, given: Spec, hyper: FlowHyper) -> Recipe:
    condition = 64 if given.columns else 0
    f = row_flow(len(spec.columns), hyper.layers, Spline(hyper.bins), hyper.width, hyper.depth, condition)
    family = Flow(spec, given, f, GivenVector(given, condition), hyper.draws)
    return hyper.recipe(family, betas=(0.9, 0.99))


def autoregressive(spec: Spec, given: Spec, hyper: AutoregressiveHyper) -> Recipe:
    sizes = hyper.units, hyper.depth, hyper.features, hyper.context, hyper.orders, hyper.hidden
    network = MADE(spec, given, *sizes, hyper.dropout)
    return hyper.recipe(Autoregressive(spec, given, network, Histogram(spec), known_share=0.5))


def energy(spec: Spec, given: Spec, hyper: EnergyHyper) -> Recipe:
    network = RowEnergy(spec, given, hyper.width, hyper.depth, hyper.waves)
    chains = hyper.chain_length, hyper.chains, hyper.draw_steps
    family = Energy(spec, given, network, hyper.blur, hyper.step, *chains, hyper.energy_l2)
    return hyper.recipe(family, validates=False)


def flow_matching(spec: Spec, given: Spec, hyper: FlowMatchingHyper) -> Recipe:
    velocity = Velocity(hyper.body(spec), given)
    family = FlowMatching(spec, given, velocity, hyper.sampling_steps, hyper.density_steps)
    return hyper.recipe(family, average=0.1)


def diffusion(spec: Spec, given: Spec, hyper: DiffusionHyper) -> Recipe:
    network, chain = Velocity(hyper.body(spec), given), ("cosine", hyper.chain_length)
    family = Diffusion(spec, given, network, *chain, "v", hyper.objective, "dpm-solver", hyper.levels, hyper.terms)
    return hyper.recipe(family, average=0.1)


def score_matching(spec: Spec, given: Spec, hyper: ScoreMatchingHyper) -> Recipe:
    network, levels = Velocity(hyper.body(spec), given), (hyper.levels, 8.0, 0.02)
    family = ScoreMatching(spec, given, network, *levels, hyper.repeats, 0.3, hyper.density_steps)
    return hyper.recipe(family, average=0.1)


def gan(spec: Spec, given: Spec, hyper: GANHyper) -> Recipe:
    latents, width, depth = hyper.latents, hyper.width, hyper.depth
    generator = RowGenerator(spec, given, latents, width, depth, hyper.features)
    discriminator = RowDiscriminator(spec, given, width, depth, hyper.waves, hyper.dropout)
    penalty = hyper.penalty, hyper.least, hyper.halving
    family = GAN(spec, given, generator, discriminator, latents, hyper.loss, *penalty)
    return hyper.recipe(family, betas=(0.0, 0.99), clip=10.0, validates=False)


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
