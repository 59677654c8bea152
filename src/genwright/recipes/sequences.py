"""Lines of text: how each family is put together. One dataclass a family holds the hyperparameters, one function the
construction."""

from __future__ import annotations

from dataclasses import dataclass

from ..chemistry.fragments import Pieces, pieces_of, recombined
from ..chemistry.random_molecules import Census, census_of, random_molecule
from ..core.hyper import Hyper, flag, one_of, real, whole
from ..core.spec import Real, Spec
from ..core.trainable import Recipe, Trained
from ..distributions.heads import Categorical
from ..families.autoregressive.autoregressive import Autoregressive
from ..families.autoregressive.ngram import NGram
from ..families.baselines.baselines import Bootstrap
from ..families.baselines.gaussian import Gaussians
from ..families.baselines.remade import Remade
from ..families.diffusion.token_diffusion import TokenDiffusion
from ..families.latent.adversarial_autoencoder import AdversarialAutoencoder
from ..families.latent.sequence_vae import FittedPriorSequenceVAE, SequenceVAE
from ..families.latent.vae import Networks
from ..networks.adapters import Code, Encoder, Prior
from ..networks.causal_lstm import CausalLSTM
from ..networks.causal_transformer import CausalTransformer
from ..networks.coded_lstm import CodedLSTM
from ..networks.conducted import Conducted, Lead
from ..networks.discriminator import CodeDiscriminator
from ..networks.lines import Lines
from ..networks.symbol_transformer import SymbolTransformer
from . import fields


@dataclass(frozen=True)
class OfLines(Trained):
    """Hyperparameters of families that read tokens by layers of attention."""

    batch: int = 32
    weight_decay: float = 0.1
    width: int = fields.units(96, "units of a layer, a multiple of twice the heads")
    heads: int = fields.heads(3)
    dropout: float = fields.dropout(0.1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.attends:
            fields.require_multiple(self, "width", 2 * self.heads, "twice the heads")

    @property
    def attends(self) -> bool:
        return True


@dataclass(frozen=True)
class OfDeepLines(OfLines):
    """Hyperparameters of transformers over whole lines."""

    depth: int = fields.layers(3, "layers of the network")
    taps: int = whole(
        0, least=0, most=1_000, says="width of the depthwise convolution before attention, 0 for none; So 2021 (Primer)"
    )
    squared: bool = flag(False, says="squared ReLU in place of GELU; So 2021 (Primer)")


@dataclass(frozen=True)
class AutoregressiveHyper(OfDeepLines):
    """Hyperparameters of autoregressive models (Vaswani 2017; Hochreiter & Schmidhuber 1997)."""

    lr: float = 4e-3
    network: str = one_of(
        "transformer", "lstm", says="network of each position; an LSTM ignores heads, taps and squared"
    )

    @property
    def attends(self) -> bool:
        return self.network == "transformer"


@dataclass(frozen=True)
class DiscreteDiffusionHyper(OfDeepLines):
    """Hyperparameters of discrete diffusion (Austin 2021; Sahoo 2024 (MDLM))."""

    taps: int = 3
    squared: bool = True
    noise: str = one_of("mask", "uniform", says="what noise makes of a token: a mask, or any token (Schiff 2025)")
    sampling_steps: int = fields.sampling_steps(64)
    terms: int = fields.terms(32)


@dataclass(frozen=True)
class OfCodes(OfLines):
    """Hyperparameters of families with one latent vector for a line, decoded by blocks; Roberts 2018 (MusicVAE)."""

    width: int = 128
    heads: int = 4
    latents: int = fields.units(64, "dimensions of the code, a multiple of the blocks")
    blocks: int = fields.units(4, "blocks that a line is cut in")
    encoder_depth: int = fields.layers(2, "layers of the encoder")
    conductor_depth: int = fields.layers(1, "layers between the conductor's states and the decoder", least=0)
    decoder_depth: int = fields.layers(2, "layers of the decoder")
    patch: int = whole(2, least=1, most=1_000, says="tokens that are read as one position")
    kept: int = fields.units(16, "size of the embedding of a position, between its tokens and the code")
    blanked: float = real(
        0.3,
        least=0.0,
        below=1.0,
        says="word dropout: share of earlier tokens hidden from the decoder in training; Bowman 2016",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "latents", self.blocks, "the blocks")

    def body(self, spec: Spec, depth: int) -> Lines:
        return Lines(spec, self.width, self.heads, depth, self.blocks, self.patch, self.kept, self.dropout)

    def conducted(self, spec: Spec, given: Spec, holes: bool) -> Conducted:
        lead = Lead(self.latents, self.blocks, self.conductor_depth, self.patch, self.kept)
        layers = self.width, self.heads, self.decoder_depth
        return Conducted(spec, given, lead, *layers, self.blanked, self.dropout, holes)


@dataclass(frozen=True)
class VAEHyper(OfCodes):
    """Hyperparameters of VAE (Bowman 2016; conductor of Roberts 2018 (MusicVAE))."""

    lr: float = 2e-3
    spread: float = real(1.0, above=0.0, says="initial standard deviation of q(z | x)")
    beta: float = fields.beta(1.0)
    free_bits: float = fields.free_bits(0.0)
    fitted_prior: bool = fields.fitted_prior()
    kl_warmup: int = fields.kl_warmup(100_000)
    draws: int = fields.draws(16)


@dataclass(frozen=True)
class AdversarialAutoencoderHyper(OfCodes):
    """Hyperparameters of adversarial autoencoder (Makhzani 2016; of lines as in Polykovskiy 2020 (MOSES))."""

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


@dataclass(frozen=True)
class NGramHyper(Hyper):
    """Hyperparameters of n-grams (Shannon 1948; Witten & Bell 1991; Kneser & Ney 1995)."""

    order: int = whole(2, least=1, most=62, says="tokens that it looks back, cut to what fits in 63 bits")
    smoothing: str = one_of("witten-bell", "kneser-ney", says="what rare contexts take from shorter ones")
    held_out: float = real(
        0.0, least=0.0, most=0.5, says="share of the training items that choose an order up to this one, 0 for none"
    )


TINY = dict(width=16, heads=2, dropout=0.0, batch=64, weight_decay=0.0)
DEEP = dict(width=128, heads=4, depth=4)
TEXT = dict(width=192, depth=4, batch=16)
LSTM = dict(network="lstm", width=256, heads=4, depth=2, batch=64, lr=2e-3, weight_decay=0.0)
TINY_CODES = dict(latents=4, blocks=2, encoder_depth=1, conductor_depth=1, decoder_depth=1, kept=4, blanked=0.2)
PRESETS = {
    "autoregressive": {
        "tiny": AutoregressiveHyper(**TINY, depth=1, lr=2e-2),
        "small": AutoregressiveHyper(),
        "large": AutoregressiveHyper(**DEEP, taps=3, squared=True, dropout=0.0, lr=2e-3),
        "text": AutoregressiveHyper(**TEXT, taps=3, squared=True, lr=1e-3),
        "lstm": AutoregressiveHyper(**LSTM, dropout=0.0),
        "lstm-few": AutoregressiveHyper(**LSTM),
    },
    "discrete-diffusion": {
        "tiny": DiscreteDiffusionHyper(**TINY, depth=1, taps=0, squared=False, sampling_steps=12, terms=16, lr=2e-2),
        "small": DiscreteDiffusionHyper(),
        "large": DiscreteDiffusionHyper(**DEEP, dropout=0.0),
        "text": DiscreteDiffusionHyper(**TEXT, sampling_steps=128, lr=5e-4),
        "uniform": DiscreteDiffusionHyper(**DEEP, noise="uniform"),
    },
    "vae": {
        "tiny": VAEHyper(**TINY, **TINY_CODES, kl_warmup=0, draws=2, lr=1e-2),
        "small": VAEHyper(),
    },
    "adversarial-autoencoder": {
        "tiny": AdversarialAutoencoderHyper(**TINY, **TINY_CODES, features=32, depth=1, lr=5e-3),
        "small": AdversarialAutoencoderHyper(conductor_depth=1, blanked=0.3),
        "lines": AdversarialAutoencoderHyper(
            decoder="lstm", blocks=1, width=256, encoder_depth=1, noise=0.7, dropout=0.0, batch=64, lr=4e-3
        ),
    },
    "n-gram": {
        "tiny": NGramHyper(),
        "small": NGramHyper(order=6, smoothing="kneser-ney", held_out=0.1),
        "markov": NGramHyper(order=1),
    },
}
FEW, FEWER = 50_000, 10_000  # lines
PARTICLES = 32  # of a line with a hole


def choose(family: str, spec: Spec, given: Spec, items: int) -> str:
    """text: windows of a text. small: up to 50,000 lines; large: more. `autoregressive` takes small up to 10,000 lines,
    lstm-few up to 50,000, and lstm above. `adversarial-autoencoder` takes the preset lines for lines, else small.
    `vae` and `n-gram` always take small."""
    if family == "adversarial-autoencoder" and spec.ends:
        return "lines"
    if family in ("adversarial-autoencoder", "n-gram", "vae"):
        return "small"
    if not spec.ends:
        return "text"
    if family == "autoregressive" and items > FEWER:
        return "lstm-few" if items <= FEW else "lstm"
    return "small" if items <= FEW else "large"


def autoregressive(spec: Spec, given: Spec, hyper: AutoregressiveHyper) -> Recipe:
    if hyper.network == "lstm":
        network = CausalLSTM(spec, given, hyper.width, hyper.depth, hyper.dropout)
    else:
        sizes = hyper.width, hyper.heads, hyper.depth, hyper.dropout, hyper.taps, hyper.squared
        network = CausalTransformer(spec, given, *sizes)
    family = Autoregressive(spec, given, network, Categorical(spec.leaf.k), 0.0, PARTICLES)
    return hyper.recipe(family, warmup=2_000)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def discrete_diffusion(spec: Spec, given: Spec, hyper: DiscreteDiffusionHyper) -> Recipe:
    outputs = spec.leaf.end if spec.leaf.ends else spec.leaf.k
    timed = hyper.noise == "uniform"  # how many masks there are says as much
    sizes = hyper.width, hyper.heads, hyper.depth, hyper.dropout, hyper.taps, hyper.squared
    network = SymbolTransformer(spec, given, outputs, *sizes, timed)
    family = TokenDiffusion(spec, given, network, hyper.noise, hyper.sampling_steps, hyper.terms)
    return hyper.recipe(family, warmup=2_000)


def vae(spec: Spec, given: Spec, hyper: VAEHyper) -> Recipe:
    latents = hyper.latents
    encoder = Encoder(hyper.body(spec, hyper.encoder_depth), given, latents, hyper.spread)
    prior, decoder = Prior(hyper.body(spec, 1), given, latents), hyper.conducted(spec, given, holes=True)
    bound = hyper.draws, hyper.kl_warmup, hyper.beta, hyper.free_bits
    parts = spec, given, Networks(encoder, prior, decoder, Categorical(spec.leaf.k)), latents, *bound
    if hyper.fitted_prior:
        family = FittedPriorSequenceVAE(*parts, Gaussians(Spec((("code", Real(shape=(latents,))),)), given))
    else:
        family = SequenceVAE(*parts)
    return hyper.recipe(family, warmup=500)


def adversarial_autoencoder(spec: Spec, given: Spec, hyper: AdversarialAutoencoderHyper) -> Recipe:
    latents, head = hyper.latents, Categorical(spec.leaf.k)
    encoder = Code(hyper.body(spec, hyper.encoder_depth), latents)
    if hyper.decoder == "lstm":
        decoder = CodedLSTM(spec, given, latents, hyper.width, hyper.decoder_depth, hyper.dropout)
    else:
        decoder = hyper.conducted(spec, given, holes=False)
    discriminator = CodeDiscriminator(latents, given, hyper.features, hyper.depth)
    weights = hyper.noise, hyper.pull, hyper.penalty
    family = AdversarialAutoencoder(spec, given, encoder, decoder, discriminator, head, latents, *weights)
    return hyper.recipe(family, betas=(0.5, 0.99), warmup=500, clip=10.0, validates=False)


def brics(spec: Spec, given: Spec) -> Recipe:
    """Molecules put together from BRICS pieces of training molecules; lines must be SMILES."""
    return Recipe(Remade(spec, given, pieces_of, Pieces.from_json, recombined))


def valence(spec: Spec, given: Spec) -> Recipe:
    """Random molecules by counts of training molecules and the rules of valence; lines must be SMILES."""
    return Recipe(Remade(spec, given, census_of, Census.from_json, random_molecule))


def n_gram(spec: Spec, given: Spec, hyper: NGramHyper) -> Recipe:
    return Recipe(NGram(spec, given, hyper.order, hyper.smoothing, hyper.held_out))
