"""Lines of text: how each family is put together. `PRESETS` holds the numbers, one function a family the
construction."""

from __future__ import annotations

from ..chemistry.fragments import pieces_of, recombined
from ..chemistry.random_molecules import census_of, random_molecule
from ..core.spec import Real, Spec
from ..core.trainable import Recipe
from ..distributions.heads import Categorical
from ..families.autoregressive.autoregressive import Autoregressive
from ..families.autoregressive.ngram import NGram
from ..families.baselines.baselines import Bootstrap
from ..families.baselines.gaussian import Gaussians
from ..families.baselines.remade import Remade
from ..families.diffusion.token_diffusion import TokenDiffusion
from ..families.latent.adversarial_autoencoder import AdversarialAutoencoder
from ..families.latent.sequence_vae import FittedPriorSequenceVAE, SequenceVAE
from ..networks.adapters import Code, Encoder, Prior
from ..networks.causal_lstm import CausalLSTM
from ..networks.causal_transformer import CausalTransformer
from ..networks.coded_lstm import CodedLSTM
from ..networks.conducted import Conducted
from ..networks.discriminator import CodeDiscriminator
from ..networks.lines import Lines
from ..networks.symbol_transformer import SymbolTransformer

# fmt: off
PRESETS = {
    "autoregressive": {  # taps, squared: of transformers. holes: of older runs
        "tiny":  dict(network="transformer", width=16, heads=2, depth=1, taps=0, squared=False, dropout=0.0, batch=64,
                      lr=2e-2, weight_decay=0.0, holes=False),
        "small": dict(network="transformer", width=96, heads=3, depth=3, taps=0, squared=False, dropout=0.1, batch=32,
                      lr=4e-3, weight_decay=0.1, holes=False),
        "large": dict(network="transformer", width=128, heads=4, depth=4, taps=3, squared=True, dropout=0.0, batch=32,
                      lr=2e-3, weight_decay=0.1, holes=False),
        "text":  dict(network="transformer", width=192, heads=3, depth=4, taps=3, squared=True, dropout=0.1, batch=16,
                      lr=1e-3, weight_decay=0.1, holes=False),
        "lstm":  dict(network="lstm", width=256, heads=4, depth=2, taps=0, squared=False, dropout=0.0, batch=64,
                      lr=2e-3, weight_decay=0.0, holes=False),
        "lstm-few": dict(network="lstm", width=256, heads=4, depth=2, taps=0, squared=False, dropout=0.1, batch=64,
                         lr=2e-3, weight_decay=0.0, holes=False),
    },
    "discrete-diffusion": {
        "tiny":  dict(noise="mask", width=16, heads=2, depth=1, taps=0, squared=False, dropout=0.0, steps=12, terms=16,
                      batch=64, lr=2e-2, weight_decay=0.0),
        "small": dict(noise="mask", width=96, heads=3, depth=3, taps=3, squared=True, dropout=0.1, steps=64, terms=32,
                      batch=32, lr=1e-3, weight_decay=0.1),
        "large": dict(noise="mask", width=128, heads=4, depth=4, taps=3, squared=True, dropout=0.0, steps=64, terms=32,
                      batch=32, lr=1e-3, weight_decay=0.1),
        "text":  dict(noise="mask", width=192, heads=3, depth=4, taps=3, squared=True, dropout=0.1, steps=128, terms=32,
                      batch=16, lr=5e-4, weight_decay=0.1),
        "uniform": dict(noise="uniform", width=128, heads=4, depth=4, taps=3, squared=True, dropout=0.1, steps=64,
                        terms=32, batch=32, lr=1e-3, weight_decay=0.1),
    },
    "vae": {
        "tiny":  dict(latents=4, blocks=2, width=16, heads=2, encoder_depth=1, conductor_depth=1, decoder_depth=1,
                      patch=2, kept=4, blanked=0.2, spread=1.0, beta=1.0, free_bits=0.0, fitted_prior=False,
                      kl_warmup=0, draws=2, dropout=0.0, batch=64, lr=1e-2, weight_decay=0.0),
        "small": dict(latents=64, blocks=4, width=128, heads=4, encoder_depth=2, conductor_depth=1, decoder_depth=2,
                      patch=2, kept=16, blanked=0.3, spread=1.0, beta=1.0, free_bits=0.0, fitted_prior=False,
                      kl_warmup=100_000, draws=16, dropout=0.1, batch=32, lr=2e-3, weight_decay=0.1),
    },
    "adversarial-autoencoder": {
        "tiny":  dict(latents=4, blocks=2, width=16, heads=2, encoder_depth=1, conductor_depth=1, decoder_depth=1,
                      patch=2, kept=4, blanked=0.2, features=32, depth=1, noise=0.2, pull=10.0, penalty=0.1,
                      dropout=0.0, batch=64, lr=5e-3, decoder="conducted"),
        "small": dict(latents=64, blocks=4, width=128, heads=4, encoder_depth=2, conductor_depth=1, decoder_depth=2,
                      patch=2, kept=16, blanked=0.3, features=256, depth=2, noise=0.2, pull=10.0, penalty=0.1,
                      dropout=0.1, batch=32, lr=1e-3, decoder="conducted"),
        "lines": dict(latents=64, blocks=1, width=256, heads=4, encoder_depth=1, decoder_depth=2, patch=2, kept=16,
                      features=256, depth=2, noise=0.7, pull=10.0, penalty=0.1, dropout=0.0, batch=64, lr=4e-3,
                      decoder="lstm"),
    },
    "n-gram": {
        "tiny":  dict(order=2, smoothing="witten-bell", held_out=0.0),
        "small": dict(order=6, smoothing="kneser-ney", held_out=0.1),
        "markov": dict(order=1, smoothing="witten-bell", held_out=0.0),
    },
}
# fmt: on
FEW, FEWER = 50_000, 10_000  # lines
PARTICLES = 32  # of a line with a hole


def choose(family: str, spec: Spec, items: int) -> str:
    """text: windows of a text. Of lines, small: up to 50,000, of more large; but what is autoregressive up to 10,000
    small, up to 50,000 lstm-few, of more lstm. Adversarial autoencoders have lines, whatever their number, VAEs and
    n-grams small for all."""
    if family == "adversarial-autoencoder" and spec.ends:
        return "lines"
    if family in ("adversarial-autoencoder", "n-gram", "vae"):
        return "small"
    if not spec.ends:
        return "text"
    if family == "autoregressive" and items > FEWER:
        return "lstm-few" if items <= FEW else "lstm"
    return "small" if items <= FEW else "large"


def autoregressive(
    spec: Spec,
    given: Spec,
    width: int,
    heads: int,
    depth: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    taps: int = 0,
    squared: bool = False,
    network: str = "transformer",
    holes: bool = True,  # of older runs: a part that reads ahead, which particles made needless
) -> Recipe:
    if network == "lstm":
        network = CausalLSTM(spec, given, width, heads, depth, dropout, holes)
    else:
        network = CausalTransformer(spec, given, width, heads, depth, dropout, taps, squared, holes)
    known_share = 0.15 if holes else 0.0
    family = Autoregressive(spec, given, network, Categorical(spec.leaf.k), known_share, PARTICLES)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, warmup=2_000)


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def discrete_diffusion(
    spec: Spec,
    given: Spec,
    noise: str,
    width: int,
    heads: int,
    depth: int,
    taps: int,
    squared: bool,
    dropout: float,
    steps: int,
    terms: int,
    batch: int,
    lr: float,
    weight_decay: float,
) -> Recipe:
    outputs = spec.leaf.end if spec.leaf.ends else spec.leaf.k
    timed = noise == "uniform"  # how many masks there are says as much
    network = SymbolTransformer(spec, given, outputs, width, heads, depth, dropout, taps, squared, timed)
    family = TokenDiffusion(spec, given, network, noise, steps, terms)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, warmup=2_000)


def vae(
    spec: Spec,
    given: Spec,
    latents: int,
    blocks: int,
    width: int,
    heads: int,
    encoder_depth: int,
    conductor_depth: int,
    decoder_depth: int,
    patch: int,
    kept: int,
    blanked: float,
    beta: float,
    free_bits: float,
    fitted_prior: bool,
    kl_warmup: int,
    draws: int,
    dropout: float,
    batch: int,
    lr: float,
    weight_decay: float,
    spread: float = 1.0,
) -> Recipe:
    body = lambda depth: Lines(spec, width, heads, depth, blocks, patch, kept, dropout)
    encoder, prior = Encoder(body(encoder_depth), given, latents, spread), Prior(body(1), given, latents)
    decoder = Conducted(
        spec, given, latents, blocks, width, heads, decoder_depth, conductor_depth, patch, kept, blanked, dropout
    )
    head = Categorical(spec.leaf.k)
    parts = spec, given, encoder, prior, decoder, head, latents, draws, kl_warmup, beta, free_bits
    if fitted_prior:
        family = FittedPriorSequenceVAE(*parts, Gaussians(Spec((("code", Real(shape=(latents,))),)), given))
    else:
        family = SequenceVAE(*parts)
    return Recipe(family, batch=batch, lr=lr, weight_decay=weight_decay, warmup=500)


def adversarial_autoencoder(
    spec: Spec,
    given: Spec,
    latents: int,
    blocks: int,
    width: int,
    heads: int,
    encoder_depth: int,
    decoder_depth: int,
    patch: int,
    kept: int,
    features: int,
    depth: int,
    noise: float,
    pull: float,
    penalty: float,
    dropout: float,
    batch: int,
    lr: float,
    decoder: str = "conducted",
    conductor_depth: int = 0,
    blanked: float = 0.0,
) -> Recipe:
    """decoder: "conducted", of parts apart that a conductor leads, to which the last two belong, or "lstm", which reads
    all symbols before."""
    encoder = Code(Lines(spec, width, heads, encoder_depth, blocks, patch, kept, dropout), latents)
    if decoder == "lstm":
        decoder = CodedLSTM(spec, given, latents, width, decoder_depth, dropout)
    else:
        decoder = Conducted(
            spec, given, latents, blocks, width, heads, decoder_depth, conductor_depth, patch, kept, blanked, dropout,
            holes=False,
        )  # fmt: skip
    discriminator = CodeDiscriminator(latents, given, features, depth)
    head = Categorical(spec.leaf.k)
    family = AdversarialAutoencoder(spec, given, encoder, decoder, discriminator, head, latents, noise, pull, penalty)
    return Recipe(family, batch=batch, lr=lr, betas=(0.5, 0.99), warmup=500, clip=10.0, validates=False)


def brics(spec: Spec, given: Spec) -> Recipe:
    """Of lines that are SMILES."""
    return Recipe(Remade(spec, given, pieces_of, recombined))


def valence(spec: Spec, given: Spec) -> Recipe:
    """Of lines that are SMILES."""
    return Recipe(Remade(spec, given, census_of, random_molecule))


def n_gram(spec: Spec, given: Spec, order: int = 2, smoothing: str = "witten-bell", held_out: float = 0.0) -> Recipe:
    return Recipe(NGram(spec, given, order, smoothing, held_out))
