"""Adversarial autoencoders of lines."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.hyper import Hyper, one_of, real
from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies import lines
from .card import NO_LIKELIHOOD, Card, On


@dataclass(frozen=True)
class AdversarialAutoencoderHyper(lines.OfCodes):
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


PRESETS = {
    "tiny": AdversarialAutoencoderHyper(**lines.TINY, **lines.TINY_CODES, features=32, depth=1, lr=5e-3),
    "small": AdversarialAutoencoderHyper(conductor_depth=1, blanked=0.3),
    "lines": AdversarialAutoencoderHyper(
        decoder="lstm", blocks=1, width=256, encoder_depth=1, noise=0.7, dropout=0.0, batch=64, lr=4e-3
    ),
}


def choose(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """lines: of lines; small: of windows of a text."""
    return "lines" if spec.ends else "small"


def build(spec: Spec, given: Spec, hyper: AdversarialAutoencoderHyper) -> Recipe:
    from ..distributions.heads import Categorical
    from ..families.latent.adversarial_autoencoder import AdversarialAutoencoder
    from ..networks.adapters import Code
    from ..networks.coded_lstm import CodedLSTM
    from ..networks.discriminator import CodeDiscriminator

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


CARD = Card(
    "adversarial-autoencoder",
    ("Take it for codes of whole lines that look like standard normal draws.", NO_LIKELIHOOD),
    dict.fromkeys(lines.LINES, On(build, PRESETS, choose, compare=False)),
    paper="Makhzani 2016; of lines as in Polykovskiy 2020 (MOSES)",
    equations=("families.latent.adversarial_autoencoder",),
    variants={"lines": "the networks of MOSES (Polykovskiy 2020)"},
)
