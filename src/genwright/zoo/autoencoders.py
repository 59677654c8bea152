"""Autoencoders of images and tables, adversarial autoencoders of lines, variational autoencoders of images, tables and
lines, and IWAE of images.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.hyper import Brief, Hyper, flag, one_of, real, whole
from ..core.recipe import Recipe
from ..core.spec import Category, Real, Spec
from ..distributions.heads import CategoricalHead
from ..families.baselines.gaussian import Gaussians
from ..families.latent.autoencoder import Autoencoder
from ..families.latent.sequences import AdversarialAutoencoder, FittedPriorSequenceVAE, SequenceVAE
from ..families.latent.vae import IWAE, VAE, FittedPriorVAE, VAENetworks
from ..networks.adapters import CodeEncoder, Decoder, Encoder, Prior
from ..networks.causal import CodedLSTM
from ..networks.discriminator import CodeDiscriminator
from ..networks.perceptual import PerceptualDistance
from . import fields
from .bodies import images, lines, tables
from .card import NO_LIKELIHOOD, Card, On, choose_always


def code_density(given: Spec, latents: int) -> Gaussians:
    """Builds a density of codes (B, latents): a Gaussian for each label where a label is all that is given, else a
    mixture of twenty."""
    label = len(given.columns) == 1 and isinstance(given.columns[0], Category) and not given.columns[0].shape
    return Gaussians(Spec((("code", Real(shape=(latents,))),)), given, "label" if label else 20)


@dataclass(frozen=True)
class AutoencoderImagesHyper(images.Coded):
    dropout: float = 0.1
    lr: float = 2e-3
    noise: float = fields.noise(0.1)
    code_l2: float = fields.code_l2(0.01)

    def head(self, spec: Spec) -> None:
        """Returns no head, since the squared error is the loss."""


@dataclass(frozen=True)
class AutoencoderTablesHyper(tables.OfRows):
    latents: int = fields.latents(8)
    dropout: float = 0.1
    noise: float = fields.noise(0.3)
    code_l2: float = fields.code_l2(0.1)


AUTOENCODER_IMAGES = {
    "tiny": AutoencoderImagesHyper(latents=4, channels=8, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0),
    "small": AutoencoderImagesHyper(),
    "large": AutoencoderImagesHyper(latents=32, channels=64, dropout=0.0, weight_decay=0.01, lr=1e-3),
    "dense": AutoencoderImagesHyper(
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
AUTOENCODER_TABLES = {
    "tiny": AutoencoderTablesHyper(**tables.TINY, latents=2, noise=0.1, code_l2=0.01),
    "small": AutoencoderTablesHyper(),
    "large": AutoencoderTablesHyper(**tables.LARGE, latents=16, width=256),
    "plane": AutoencoderTablesHyper(**tables.LARGE, latents=2, noise=0.1, code_l2=0.01),
}


def build_autoencoder(spec: Spec, given: Spec, hyper: AutoencoderImagesHyper | AutoencoderTablesHyper) -> Recipe:
    head, body, latents = hyper.head(spec), hyper.body(spec, given), hyper.latents
    encoder, decoder = CodeEncoder(body, latents), Decoder(body, given, latents, head.size if head else 1)
    prior, density = Prior(body, given, latents), code_density(given, latents)
    return hyper.recipe(Autoencoder(spec, given, encoder, decoder, prior, density, head, hyper.noise, hyper.code_l2))


AUTOENCODER = Card(
    "autoencoder",
    ("Take it for codes and reconstructions.", NO_LIKELIHOOD),
    {
        "images": images.Blind(
            build_autoencoder,
            AUTOENCODER_IMAGES,
            brief={"small": Brief(70_000, dict(batch=64, dropout=0.0), "brief_sweep")},
        ),
        "tables": tables.OnRows(build_autoencoder, AUTOENCODER_TABLES),
    },
    paper="Hinton & Salakhutdinov 2006; Ghosh 2020",
    equations=("families.latent.autoencoder",),
)


@dataclass(frozen=True)
class AdversarialAutoencoderHyper(lines.OfCodes):
    weight_decay: float = 0.0
    conductor_depth: int = 0
    blanked: float = 0.0
    decoder: str = one_of(
        "conducted", "lstm", says="blocks apart that a conductor leads, or an LSTM over the whole line"
    )
    features: int = fields.units(256, "units of a layer of the discriminator")
    depth: int = fields.layers(2, "hidden layers of the discriminator")
    noise: float = real(0.2, least=0.0, says="standard deviation of the noise on codes; Makhzani 2016, section 2.1")
    pull: float = real(10.0, least=0.0, says="weight of the adversarial loss, in nats; Makhzani 2016")
    penalty: float = real(0.1, least=0.0, says="weight of the discriminator's squared gradient; Mescheder 2018")


ADVERSARIAL_PRESETS = {
    "tiny": AdversarialAutoencoderHyper(**lines.TINY, **lines.TINY_CODES, features=32, depth=1, lr=5e-3),
    "small": AdversarialAutoencoderHyper(conductor_depth=1, blanked=0.3),
    "lines": AdversarialAutoencoderHyper(
        decoder="lstm", blocks=1, width=256, encoder_depth=1, noise=0.7, dropout=0.0, batch=64, lr=4e-3
    ),
}


def choose_adversarial_autoencoder(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """Chooses a preset: "lines" for lines, and "small" for windows of a text."""
    return "lines" if spec.ends else "small"


def build_adversarial_autoencoder(spec: Spec, given: Spec, hyper: AdversarialAutoencoderHyper) -> Recipe:
    latents, head = hyper.latents, CategoricalHead(spec.leaf.k)
    encoder = CodeEncoder(hyper.body(spec, hyper.encoder_depth), latents)
    if hyper.decoder == "lstm":
        decoder = CodedLSTM(spec, given, latents, hyper.width, hyper.decoder_depth, hyper.dropout)
    else:
        decoder = hyper.conducted(spec, given, holes=False)
    discriminator = CodeDiscriminator(latents, given, hyper.features, hyper.depth)
    weights = hyper.noise, hyper.pull, hyper.penalty
    family = AdversarialAutoencoder(spec, given, encoder, decoder, discriminator, head, latents, *weights)
    return hyper.recipe(family, betas=(0.5, 0.99), warmup=500, clip=10.0, validates=False)


ADVERSARIAL_ON_LINES = On(
    build_adversarial_autoencoder, ADVERSARIAL_PRESETS, choose_adversarial_autoencoder, compare=False
)
ADVERSARIAL = Card(
    "adversarial-autoencoder",
    ("Take it for codes of whole lines that look like standard normal draws.", NO_LIKELIHOOD),
    {"sequences": ADVERSARIAL_ON_LINES},
    paper="Makhzani 2016; of lines as in Polykovskiy 2020 (MOSES)",
    equations=("families.latent.sequences:AdversarialAutoencoder",),
    variants={"lines": "the networks of MOSES (Polykovskiy 2020)"},
)


FEATURES, FEATURE_LAYERS = 16, 3  # channels of the first layer of random features, and layers


@dataclass(frozen=True)
class VAEImagesHyper(images.Coded):
    dropout: float = 0.2
    mixture: int = fields.mixture(5)
    draws: int = fields.draws(32)
    kl_warmup: int = fields.kl_warmup(20_000)
    patch: int = fields.patch(1)
    beta: float = fields.beta(1.0)
    free_bits: float = fields.free_bits(0.0)
    observation: str = fields.observation()
    sd: float = fields.sd(0.0)
    masked: bool = fields.masked()
    fitted_prior: bool = fields.fitted_prior()
    feature_weight: float = real(0.0, least=0.0, says="weight of the perceptual distance, 0 for none")


@dataclass(frozen=True)
class VAETablesHyper(tables.OfRows):
    latents: int = fields.latents(8)
    draws: int = fields.draws(64)
    kl_warmup: int = fields.kl_warmup(5_000)
    beta: float = fields.beta(1.0)
    free_bits: float = fields.free_bits(0.0)

    masked, fitted_prior, feature_weight = True, False, 0.0


@dataclass(frozen=True)
class VAELinesHyper(lines.OfCodes):
    lr: float = 2e-3
    spread: float = real(1.0, above=0.0, says="initial standard deviation of q(z | x)")
    beta: float = fields.beta(1.0)
    free_bits: float = fields.free_bits(0.0)
    fitted_prior: bool = fields.fitted_prior()
    kl_warmup: int = fields.kl_warmup(100_000)
    draws: int = fields.draws(16)


@dataclass(frozen=True)
class IWAEHyper(images.Coded):
    dropout: float = 0.2
    mixture: int = fields.mixture(5)
    draws: int = fields.draws(32)
    samples: int = whole(5, least=1, most=10_000, says="samples of the code in the training bound; Burda 2016, eq. 8")
    sparse: bool = flag(
        False, says="one sample, drawn by its importance weight, carries the gradient; Burda 2016, section 3"
    )
    growth: int = whole(0, least=0, says="training items over which the samples grow from 1 to their number")
    masked: bool = fields.masked()

    feature_weight = 0.0


VAE_TINY = dict(latents=4, channels=8, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, mixture=2, draws=4)
VAE_LARGE = dict(latents=32, channels=64, dropout=0.0, weight_decay=0.01, batch=32)
VAE_UNSHRUNK = dict(latents=32, dropout=0.0, lr=2e-3, weight_decay=0.0, patch=2, masked=False)
VAE_DENSE = dict(  # Burda 2016, section 5: 784-200-200-50
    network="dense", depth=2, masked=False, latents=50, channels=200, dropout=0.0, batch=200, lr=2e-3, weight_decay=0.0
)
VAE_IMAGES = {
    "tiny": VAEImagesHyper(**VAE_TINY, kl_warmup=0),
    "small": VAEImagesHyper(),
    "large": VAEImagesHyper(**VAE_LARGE, kl_warmup=30_000, patch=2),
    "convolutional": VAEImagesHyper(**VAE_UNSHRUNK, kl_warmup=500_000),
    "dense": VAEImagesHyper(**VAE_DENSE, kl_warmup=2_000_000),
    "perceptual": VAEImagesHyper(
        **VAE_UNSHRUNK, kl_warmup=100_000, feature_weight=5_000.0, observation="normal", fitted_prior=True
    ),
}
VAE_TABLES = {
    "tiny": VAETablesHyper(**tables.TINY, latents=2, draws=4, kl_warmup=0),
    "small": VAETablesHyper(),
    "large": VAETablesHyper(**tables.LARGE, latents=16, width=256, kl_warmup=50_000),
}
VAE_LINES = {
    "tiny": VAELinesHyper(**lines.TINY, **lines.TINY_CODES, kl_warmup=0, draws=2, lr=1e-2),
    "small": VAELinesHyper(),
}
IWAE_PRESETS = {
    "tiny": IWAEHyper(**VAE_TINY, samples=2),
    "small": IWAEHyper(),
    "large": IWAEHyper(**VAE_LARGE),
    "dense": IWAEHyper(**VAE_DENSE, samples=50, sparse=True, growth=4_000_000),
}


def build_vae(spec: Spec, given: Spec, hyper: VAEImagesHyper | VAETablesHyper) -> Recipe:
    latents, networks = hyper.latents, build_vae_networks(spec, given, hyper)
    parts = spec, given, networks, latents, hyper.draws, hyper.kl_warmup, hyper.beta, hyper.free_bits
    family = FittedPriorVAE(*parts, density=code_density(given, latents)) if hyper.fitted_prior else VAE(*parts)
    return hyper.recipe(family)


def build_iwae(spec: Spec, given: Spec, hyper: IWAEHyper) -> Recipe:
    sampling = hyper.draws, hyper.samples, hyper.sparse, hyper.growth
    return hyper.recipe(IWAE(spec, given, build_vae_networks(spec, given, hyper), hyper.latents, *sampling))


def build_vae_networks(spec: Spec, given: Spec, hyper: VAEImagesHyper | VAETablesHyper | IWAEHyper) -> VAENetworks:
    """Builds the networks of a VAE around a body. There is no prior where no item is completed."""
    head, body, latents, weight = hyper.head(spec), hyper.body(spec, given), hyper.latents, hyper.feature_weight
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    prior = Prior(body, given, latents) if hyper.masked else None
    perceptual = PerceptualDistance(spec, FEATURES, FEATURE_LAYERS, weight) if weight else None
    return VAENetworks(encoder, prior, decoder, head, perceptual)


def build_sequence_vae(spec: Spec, given: Spec, hyper: VAELinesHyper) -> Recipe:
    latents = hyper.latents
    encoder = Encoder(hyper.body(spec, hyper.encoder_depth), given, latents, hyper.spread)
    prior, decoder = Prior(hyper.body(spec, 1), given, latents), hyper.conducted(spec, given, holes=True)
    bound = hyper.draws, hyper.kl_warmup, hyper.beta, hyper.free_bits
    parts = spec, given, VAENetworks(encoder, prior, decoder, CategoricalHead(spec.leaf.k)), latents, *bound
    if hyper.fitted_prior:
        density = Gaussians(Spec((("code", Real(shape=(latents,))),)), given)
        family = FittedPriorSequenceVAE(*parts, density=density)
    else:
        family = SequenceVAE(*parts)
    return hyper.recipe(family, warmup=500)


VAE_EQUATIONS = ("families.latent.vae",)
LINES_PAPER = "Bowman 2016; conductor of Roberts 2018 (MusicVAE)"
LINES_EQUATIONS = ("families.latent.sequences:SequenceVAE",)
VAE_ON_LINES = On(build_sequence_vae, VAE_LINES, choose_always("small"), LINES_PAPER, LINES_EQUATIONS)
VAE_CARD = Card(
    "vae",
    (
        "Take it for codes with a density: it samples, scores, completes and interpolates.",
        "Its likelihood is a lower bound, not an exact number.",
    ),
    {
        "images": images.Blind(
            build_vae,
            VAE_IMAGES,
            paper="Kingma & Welling 2014; bound of Burda 2016",
            equations=VAE_EQUATIONS,
            brief={"small": Brief(50_000, dict(batch=64, lr=2e-3, dropout=0.0))},
        ),
        "tables": tables.OnRows(
            build_vae, VAE_TABLES, paper="Kingma & Welling 2014; TVAE, Xu 2019", equations=VAE_EQUATIONS
        ),
        "sequences": VAE_ON_LINES,
    },
    near=("beta-vae", "cvae", "jt-vae", "tvae", "vae-gan"),
)
IWAE_CARD = Card(
    "iwae",
    (
        "Take it for a tighter bound than a VAE's, with more of the latents in use.",
        "Each training step decodes several codes an item, so it costs more than a VAE's.",
    ),
    {"images": images.Blind(build_iwae, IWAE_PRESETS, compare=False)},
    paper="Burda 2016",
    equations=("families.latent.vae:IWAE",),
)
