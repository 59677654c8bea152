"""Models that draw number after number: n-grams, which count tokens that follow each other, and autoregressive
networks of images, tables and lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import nn

from ..core.hyper import Brief, Hyper, one_of, real, whole
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from ..distributions.heads import CategoricalHead, Histogram
from ..families.autoregressive.autoregressive import Autoregressive
from ..families.autoregressive.ngram import NGram
from ..networks.causal import CausalLSTM, CausalTransformer
from ..networks.made import MADE
from ..networks.masked_conv import GatedPixelCNN
from . import fields
from .bodies import images, lines, tables
from .card import Alias, Baseline, Card, On, choose_always


@dataclass(frozen=True)
class NGramHyper(Hyper):
    order: int = whole(2, least=1, most=62, says="tokens that it looks back, cut to what fits in 63 bits")
    smoothing: str = one_of("witten-bell", "kneser-ney", says="what rare contexts take from shorter ones")
    held_out: float = real(
        0.0,
        least=0.0,
        most=0.5,
        says="share of the training items that choose an order up to this one, 0 for none",
    )


NGRAM_PRESETS = {
    "tiny": NGramHyper(),
    "small": NGramHyper(order=6, smoothing="kneser-ney", held_out=0.1),
    "markov": NGramHyper(order=1),
}


def build_ngram(spec: Spec, given: Spec, hyper: NGramHyper) -> Recipe:
    return Recipe(NGram(spec, given, hyper.order, hyper.smoothing, hyper.held_out))


NGRAM_ON_LINES = On(build_ngram, NGRAM_PRESETS, choose_always("small"), conditional="label")
NGRAM = Baseline(
    "n-gram",
    ("Take it for an exact likelihood from counts, in seconds.", "It sees few symbols back."),
    {
        "sequences": NGRAM_ON_LINES,
    },
    paper="Shannon 1948; Kneser & Ney 1995",
    equations=("families.autoregressive.ngram",),
    variants={
        "tiny": "Witten-Bell smoothing (Witten & Bell 1991)",
        "small": "Kneser-Ney smoothing (Kneser & Ney 1995)",
        "markov": "a Markov chain of order 1",
    },
)


FEWER = 10_000  # lines, up to which a transformer learns more than an LSTM
PARTICLES = 32  # particles of a line with a hole


@dataclass(frozen=True)
class ImagesHyper(Trained):
    """Hyperparameters of a gated PixelCNN (van den Oord 2016)."""

    batch: int = 64
    lr: float = 2e-3
    weight_decay: float = 0.1
    width: int = fields.units(48, "channels of each of the two stacks")
    depth: int = fields.layers(5, "gated layers")
    top: int = fields.units(64, "hidden units before the outputs of a pixel's channel")
    dropout: float = fields.dropout(0.4)

    training, completion = {}, {"known_share": 0.15}

    def networks(self, spec: Spec, given: Spec) -> tuple[nn.Module, nn.Module]:
        head, sizes = CategoricalHead(spec.leaf.levels), dict(top=self.top, dropout=self.dropout)
        return GatedPixelCNN(spec, given, head.size, self.width, self.depth, **sizes), head


@dataclass(frozen=True)
class TablesHyper(Trained):
    batch: int = 64
    weight_decay: float = 0.1
    units: int = fields.units(16, "units of the state of a column")
    depth: int = fields.layers(2, "layers of states")
    features: int = fields.units(16, "numbers that a column is read as")
    context: int = fields.units(32, "numbers that what is known or given is read as")
    orders: int = whole(4, least=1, most=1_000, says="orders of the columns, between which models are averaged")
    hidden: int = whole(512, least=1, most=2**20, says="hidden units that the columns of a wide table share")
    dropout: float = fields.dropout(0.3)

    training, completion = {}, {"known_share": 0.5}

    def networks(self, spec: Spec, given: Spec) -> tuple[nn.Module, nn.Module]:
        sizes = self.units, self.depth, self.features, self.context, self.orders, self.hidden
        return MADE(spec, given, *sizes, self.dropout), Histogram(spec)


@dataclass(frozen=True)
class LinesHyper(lines.OfDeepLines):
    lr: float = 4e-3
    network: str = one_of(
        "transformer", "lstm", says="network of each position; an LSTM ignores heads, taps and squared"
    )

    training, completion = {"warmup": 2_000}, {"known_share": 0.0, "particles": PARTICLES}

    @property
    def attends(self) -> bool:
        return self.network == "transformer"

    def networks(self, spec: Spec, given: Spec) -> tuple[nn.Module, nn.Module]:
        if self.attends:
            return CausalTransformer(spec, given, *self.sizes), CategoricalHead(spec.leaf.k)
        return CausalLSTM(spec, given, self.width, self.depth, self.dropout), CategoricalHead(spec.leaf.k)


LSTM = dict(network="lstm", width=256, heads=4, depth=2, batch=64, lr=2e-3, weight_decay=0.0)
IMAGES = {
    "tiny": ImagesHyper(width=8, depth=2, top=16, dropout=0.0, weight_decay=0.0),
    "small": ImagesHyper(),
    "large": ImagesHyper(depth=6, dropout=0.0, batch=16, weight_decay=0.01),
}
TABLES = {
    "tiny": TablesHyper(units=4, depth=1, features=4, context=8, orders=2, dropout=0.0, lr=2e-3, weight_decay=0.0),
    "small": TablesHyper(),
    "large": TablesHyper(units=32, context=64, dropout=0.0, batch=512, lr=2e-3, weight_decay=0.01),
    "plane": TablesHyper(units=128, context=64, orders=2, dropout=0.0, batch=512, lr=2e-3, weight_decay=0.01),
}
LINES = {
    "tiny": LinesHyper(**lines.TINY, depth=1, lr=2e-2),
    "small": LinesHyper(),
    "large": LinesHyper(**lines.DEEP, taps=3, squared=True, dropout=0.0, lr=2e-3),
    "text": LinesHyper(**lines.TEXT, taps=3, squared=True, lr=1e-3),
    "lstm": LinesHyper(**LSTM, dropout=0.0),
    "lstm-few": LinesHyper(**LSTM),
}


def choose_for_lines(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """Chooses a preset: "text" for windows of a text. For lines, it is "small" up to 10,000, "lstm-few" up to 50,000,
    and "lstm" beyond."""
    if spec.ends and items > FEWER:
        return "lstm-few" if items <= lines.SMALL_NETWORK_LINES else "lstm"
    return lines.choose(presets, spec, given, items)


def build(spec: Spec, given: Spec, hyper: ImagesHyper | TablesHyper | LinesHyper) -> Recipe:
    family = Autoregressive(spec, given, *hyper.networks(spec, given), **hyper.completion)
    return hyper.recipe(family, **hyper.training)


EQUATIONS = ("families.autoregressive.autoregressive",)
TRANSFORMER = "causal transformer, Vaswani 2017"
ON_LINES = On(build, LINES, choose_for_lines, TRANSFORMER, EQUATIONS, default=True)
AUTOREGRESSIVE = Card(
    "autoregressive",
    (
        "Take it for exact likelihoods, and for lossless compression.",
        "It samples one value after another, and it has no codes.",
    ),
    {
        "images": images.Blind(
            build,
            IMAGES,
            paper="van den Oord 2016 (gated PixelCNN)",
            equations=EQUATIONS,
            brief={"small": Brief(30_000, dict(width=32, batch=32, lr=4e-3, dropout=0.0))},
        ),
        "tables": tables.OnRows(build, TABLES, paper="Germain 2015 (MADE)", equations=EQUATIONS, default=True),
        "sequences": replace(ON_LINES, brief={"text": Brief(6_000, dict(width=96, batch=8, lr=4e-3, dropout=0.0))}),
    },
    variants={"lstm": "an LSTM (Hochreiter & Schmidhuber 1997)", "lstm-few": "an LSTM with dropout, for few lines"},
    aliases=(
        Alias("pixelcnn", ("images",), "van den Oord 2016, gated PixelCNN"),
        Alias("lstm", ("sequences",), "Hochreiter & Schmidhuber 1997", "lstm"),
        Alias("transformer", ("sequences",), "Vaswani 2017", "small"),
    ),
    near=("bert", "gpt", "gru", "llama", "made", "mamba", "pixelsnail", "rnn", "samplernn"),
)
