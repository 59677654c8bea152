"""Pictures: how each family is put together. `PRESETS` holds the numbers, one function a family the construction."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import Recipe
from ..distributions.heads import Categorical, head_for
from ..families.autoencoder import Autoencoder
from ..families.autoregressive import Autoregressive
from ..families.baselines import Bootstrap
from ..families.diffusion import Diffusion
from ..families.energy import Energy
from ..families.flow import Flow
from ..families.flow_matching import FlowMatching
from ..families.gan import GAN
from ..families.gan_losses import LOSSES
from ..families.gaussian import Gaussian, Gaussians
from ..families.iwae import IWAE
from ..families.pca import PCA
from ..families.quantized import Codebook, VQCodec
from ..families.score_matching import ScoreMatching
from ..families.two_stage import TwoStage
from ..families.vae import VAE
from ..networks.adapters import Code, Decoder, Encoder, Prior, Velocity
from ..networks.conditioning import GivenVector
from ..networks.discriminator import PictureDiscriminator
from ..networks.energies import PictureEnergy
from ..networks.flow_stacks import picture_flow
from ..networks.generator import PictureGenerator
from ..networks.masked_conv import GatedPixelCNN
from ..networks.picture_codec import GridDecoder, GridEncoder, grid
from ..networks.splines import Spline
from ..networks.towers import Towers
from ..networks.unet import PictureUNet
from .densities import code_density

# fmt: off
PRESETS = {
    "autoencoder": {
        "tiny":  dict(latents=4, channels=8, dropout=0.0, noise=0.1, code_l2=0.01, batch=64, lr=2e-3, weight_decay=0.0),
        "small": dict(latents=16, channels=32, dropout=0.1, noise=0.1, code_l2=0.01, batch=128, lr=2e-3,
                      weight_decay=0.05),
        "large": dict(latents=32, channels=64, dropout=0.0, noise=0.1, code_l2=0.01, batch=128, lr=1e-3,
                      weight_decay=0.01),
    },
    "vae": {
        "tiny":  dict(latents=4, channels=8, mixture=2, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, draws=4,
                      kl_warmup=0),
        "small": dict(latents=16, channels=32, mixture=5, dropout=0.2, batch=128, lr=1e-3, weight_decay=0.05,
                      draws=32, kl_warmup=20_000),
        "large": dict(latents=32, channels=64, mixture=5, dropout=0.0, batch=128, lr=1e-3, weight_decay=0.01,
                      draws=32, kl_warmup=30_000, patch=2),
    },
    "iwae": {
        "tiny":  dict(latents=4, channels=8, mixture=2, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0, draws=4,
                      samples=2),
        "small": dict(latents=16, channels=32, mixture=5, dropout=0.2, batch=128, lr=1e-3, weight_decay=0.05,
                      draws=32, samples=5),
        "large": dict(latents=32, channels=64, mixture=5, dropout=0.0, batch=128, lr=1e-3, weight_decay=0.01,
                      draws=32, samples=5),
    },
    "vq-vae": {
        "tiny":  dict(entries=16, latents=4, channels=8, depth=1, halvings=1, mixture=2, beta=0.25, width=8, layers=2,
                      batch=32, lr=1e-2, weight_decay=0.0),
        "small": dict(entries=64, latents=16, channels=32, depth=2, halvings=1, mixture=5, beta=0.25, width=48,
                      layers=5, batch=64, lr=2e-3, weight_decay=0.05),
        "large": dict(entries=128, latents=16, channels=64, depth=2, halvings=2, mixture=5, beta=0.25, width=64,
                      layers=6, batch=128, lr=1e-3, weight_decay=0.01),
    },
    "flow": {
        "tiny":  dict(fine=1, coarse=1, width=8, depth=1, bins=4, margins=4, dropout=0.0, batch=64, lr=2e-3,
                      weight_decay=0.0, draws=2),
        "small": dict(fine=6, coarse=4, width=48, depth=1, bins=8, margins=17, dropout=0.5, batch=128, lr=2e-3,
                      weight_decay=0.1, draws=8),
        "large": dict(fine=6, coarse=8, width=32, depth=1, bins=8, margins=16, dropout=0.0, batch=64, lr=3e-3,
                      weight_decay=0.0, draws=4),
    },
    "autoregressive": {
        "tiny":  dict(width=8, depth=2, top=16, dropout=0.0, batch=64, lr=2e-3, weight_decay=0.0),
        "small": dict(width=48, depth=5, top=64, dropout=0.4, batch=64, lr=2e-3, weight_decay=0.1),
        "large": dict(width=48, depth=6, top=64, dropout=0.0, batch=16, lr=2e-3, weight_decay=0.01),
    },
    "energy": {
        "tiny":  dict(channels=8, features=32, blur=0.25, step=0.15, steps=4, chains=256, draw_steps=10,
                      energy_l2=0.001, batch=64, lr=2e-3),
        "small": dict(channels=32, features=256, blur=0.25, step=0.15, steps=5, chains=512, draw_steps=120,
                      energy_l2=0.001, batch=128, lr=2e-3),
        "large": dict(channels=32, features=256, blur=0.25, step=0.15, steps=10, chains=512, draw_steps=60,
                      energy_l2=0.001, batch=128, lr=1e-3),
    },
    "flow-matching": {
        "tiny":  dict(width=8, blocks=1, patch=1, dropout=0.0, batch=64, lr=2e-3, calls=4, density_steps=2),
        "small": dict(width=32, blocks=2, patch=1, dropout=0.1, batch=128, lr=2e-3, calls=20, density_steps=8),
        "large": dict(width=64, blocks=1, patch=2, dropout=0.0, batch=64, lr=1.5e-3, calls=20, density_steps=12,
                      middle=0.9, condition_dropout=0.02),
    },
    "diffusion": {
        "tiny":  dict(width=8, blocks=1, patch=1, dropout=0.0, batch=64, lr=2e-3, steps=50, levels=5, terms=8),
        "small": dict(width=32, blocks=2, patch=1, dropout=0.1, batch=128, lr=2e-3, steps=1000, levels=20, terms=16),
        "large": dict(width=64, blocks=1, patch=2, dropout=0.0, batch=64, lr=2e-3, steps=1000, levels=20, terms=24),
    },
    "score-matching": {
        "tiny":  dict(width=8, blocks=1, patch=1, dropout=0.0, batch=64, lr=2e-3, levels=3, high=5.0, repeats=1,
                      density_steps=2),
        "small": dict(width=32, blocks=2, patch=1, dropout=0.1, batch=128, lr=2e-3, levels=16, high=5.0, repeats=4,
                      density_steps=12),
        "large": dict(width=64, blocks=1, patch=2, dropout=0.0, batch=64, lr=2e-3, levels=24, high=10.0, repeats=4,
                      density_steps=16),
    },
    "gan": {
        "tiny":  dict(latents=4, channels=8, width=16, dropout=0.0, batch=64, lr=2e-3, loss="relativistic",
                      penalty=0.1),
        "small": dict(latents=32, channels=32, width=128, dropout=0.0, batch=64, lr=4e-4, loss="relativistic",
                      penalty=0.01),
        "large": dict(latents=64, channels=48, width=128, dropout=0.0, batch=64, lr=4e-4, loss="relativistic",
                      penalty=0.05),
    },
}
# fmt: on
PRESETS["gan"] |= {name: PRESETS["gan"]["large"] | {"loss": name} for name in LOSSES}  # to compare the losses


def choose(family: str, spec: Spec, items: int) -> str:
    """small: up to 16 x 16 pixels; large: all that are larger, up to 64 x 64."""
    return "small" if max(spec.shape[1:]) <= 16 else "large"


def autoencoder(
    spec: Spec,
    given: Spec,
    latents: int,
    channels: int,
    dropout: float,
    noise: float,
    code_l2: float,
    batch: int,
    lr: float,
    weight_decay: float,
) -> Recipe:
    body = Towers(spec, channels, dropout)
    encoder, decoder, prior = Code(body, latents), Decoder(body, given, latents, 1), Prior(body, given, latents)
    family = Autoencoder(
        spec, given, encoder, decoder, prior, code_density(given, latents), noise=noise, code_l2=code_l2
    )
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def vae(
    spec: Spec,
    given: Spec,
    latents: int,
    channels: int,
    mixture: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    draws: int,
    kl_warmup: int,
    patch: int = 1,
) -> Recipe:
    head = head_for(spec, mixture)
    body = Towers(spec, channels, dropout, patch)
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    prior = Prior(body, given, latents)
    family = VAE(spec, given, encoder, prior, decoder, head, latents, draws, kl_warmup)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def iwae(
    spec: Spec,
    given: Spec,
    latents: int,
    channels: int,
    mixture: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    draws: int,
    samples: int,
) -> Recipe:
    head = head_for(spec, mixture)
    body = Towers(spec, channels, dropout)
    encoder, decoder = Encoder(body, given, latents), Decoder(body, given, latents, head.size)
    family = IWAE(spec, given, encoder, Prior(body, given, latents), decoder, head, latents, draws, samples)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay)


def vq_vae(
    spec: Spec,
    given: Spec,
    entries: int,
    latents: int,
    channels: int,
    depth: int,
    halvings: int,
    mixture: int,
    beta: float,
    width: int,
    layers: int,
    batch: int,
    lr: float,
    weight_decay: float,
) -> Recipe:
    """width, layers: of the gated PixelCNN that learns the codes."""
    head = head_for(spec, mixture)
    encoder = GridEncoder(spec, channels, depth, latents, halvings)
    decoder = GridDecoder(spec, channels, depth, latents, halvings, head.size)
    codec = VQCodec(encoder, decoder, head, Codebook(entries, latents), grid(spec, halvings), beta)
    codes = Categorical(entries)
    network = GatedPixelCNN(codec.latents, given, entries, width, layers)
    prior = Autoregressive(codec.latents, given, network, codes, known_share=0.15)
    return Recipe(TwoStage(spec, given, codec, prior), batch=batch, lr=lr, weight_decay=weight_decay)


def flow(
    spec: Spec,
    given: Spec,
    fine: int,
    coarse: int,
    width: int,
    depth: int,
    bins: int,
    margins: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    draws: int,
) -> Recipe:
    condition = 64 if given.columns else 0
    pixels = margins if spec.discrete else 0  # learned margins are for numbers in [-1, 1]
    f = picture_flow(spec.shape, fine, coarse, Spline(bins), width, depth, condition, dropout, pixels)
    family = Flow(spec, given, f, GivenVector(given, condition), draws)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, betas=(0.9, 0.99))


def autoregressive(
    spec: Spec,
    given: Spec,
    width: int,
    depth: int,
    top: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
) -> Recipe:
    head = Categorical(spec.leaf.levels)
    network = GatedPixelCNN(spec, given, head.size, width, depth, top=top, dropout=dropout)
    return Recipe(
        Autoregressive(spec, given, network, head, known_share=0.15), batch=batch, lr=lr, weight_decay=weight_decay
    )


def energy(
    spec: Spec,
    given: Spec,
    channels: int,
    features: int,
    blur: float,
    step: float,
    steps: int,
    chains: int,
    draw_steps: int,
    energy_l2: float,
    batch: int,
    lr: float,
) -> Recipe:
    network = PictureEnergy(spec, given, channels, features)
    family = Energy(spec, given, network, blur, step, steps, chains, draw_steps, energy_l2)
    return Recipe(family, batch=batch, lr=lr, validates=False)


def flow_matching(
    spec: Spec,
    given: Spec,
    width: int,
    blocks: int,
    patch: int,
    dropout: float,
    batch: int,
    lr: float,
    calls: int,
    density_steps: int,
    middle: float = 0.0,
    condition_dropout: float = 0.1,
) -> Recipe:
    velocity = Velocity(PictureUNet(spec, width, blocks, patch, dropout), given)
    family = FlowMatching(spec, given, velocity, calls, density_steps, middle, condition_dropout)
    return Recipe(family, batch=batch, lr=lr, weight_decay=0.01, average=0.1)


def diffusion(
    spec: Spec,
    given: Spec,
    width: int,
    blocks: int,
    patch: int,
    dropout: float,
    batch: int,
    lr: float,
    steps: int,
    levels: int,
    terms: int,
) -> Recipe:
    network = Velocity(PictureUNet(spec, width, blocks, patch, dropout), given)
    family = Diffusion(spec, given, network, "cosine", steps, "v", "simple", "dpm-solver", levels, terms)
    return Recipe(family, batch=batch, lr=lr, weight_decay=0.01, average=0.1)


def score_matching(
    spec: Spec,
    given: Spec,
    width: int,
    blocks: int,
    patch: int,
    dropout: float,
    batch: int,
    lr: float,
    levels: int,
    high: float,
    repeats: int,
    density_steps: int,
) -> Recipe:
    network = Velocity(PictureUNet(spec, width, blocks, patch, dropout), given)
    family = ScoreMatching(spec, given, network, levels, high, 0.03, repeats, 0.3, density_steps)
    return Recipe(family, batch=batch, lr=lr, weight_decay=0.01, average=0.1)


def gan(
    spec: Spec,
    given: Spec,
    latents: int,
    channels: int,
    width: int,
    dropout: float,
    batch: int,
    lr: float,
    loss: str,
    penalty: float,
) -> Recipe:
    generator = PictureGenerator(spec, given, latents, channels, channels)
    discriminator = PictureDiscriminator(spec, given, channels, width, dropout)
    family = GAN(spec, given, generator, discriminator, latents, loss, penalty)
    return Recipe(family, batch=batch, lr=lr, betas=(0.0, 0.99), clip=10.0, validates=False)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def pca(spec: Spec, given: Spec) -> Recipe:
    return Recipe(PCA(spec, given, latents=min(32, spec.dims // 4)))


def gaussian(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Gaussian(spec, given))


def class_gaussian(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Gaussians(spec, given, components="label"))
