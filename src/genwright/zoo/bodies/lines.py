"""Lines of symbols: hyperparameters that several families share, and the choice of a preset."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.hyper import Hyper, flag, real, whole
from ...core.recipe import Trained
from ...core.spec import Spec
from ...networks.causal import Conducted, Lead
from ...networks.lines import SequenceBody
from .. import fields

SMALL_NETWORK_LINES = 50_000  # lines, up to which a small network learns all there is
TINY = dict(width=16, heads=2, dropout=0.0, batch=64, weight_decay=0.0)
TINY_CODES = dict(latents=4, blocks=2, encoder_depth=1, conductor_depth=1, decoder_depth=1, kept=4, blanked=0.2)
DEEP = dict(width=128, heads=4, depth=4)
TEXT = dict(width=192, depth=4, batch=16)


def choose(presets: Mapping[str, Hyper], spec: Spec, given: Spec, items: int) -> str:
    """Chooses a preset: "text" for windows of a text. For lines, it is "small" up to 50,000, and "large" beyond."""
    if not spec.ends:
        return "text"
    return "small" if items <= SMALL_NETWORK_LINES else "large"


@dataclass(frozen=True)
class OfLines(Trained):
    """Hyperparameters of families that read tokens by layers of attention."""

    batch: int = 32
    weight_decay: float = 0.1
    width: int = fields.units(96, "units of a layer, a multiple of twice the heads")
    heads: int = fields.heads(3)
    dropout: float = fields.dropout(0.1)

    attends = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.attends:
            fields.require_multiple(self, "width", 2 * self.heads, "twice the heads")


@dataclass(frozen=True)
class OfDeepLines(OfLines):
    """Hyperparameters of transformers over whole lines."""

    depth: int = fields.layers(3, "layers of the network")
    taps: int = whole(
        0, least=0, most=1_000, says="width of the depthwise convolution before attention, 0 for none; So 2021 (Primer)"
    )
    squared: bool = flag(False, says="squared ReLU in place of GELU; So 2021 (Primer)")

    @property
    def sizes(self) -> tuple:
        return self.width, self.heads, self.depth, self.dropout, self.taps, self.squared


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

    def body(self, spec: Spec, depth: int) -> SequenceBody:
        return SequenceBody(spec, self.width, self.heads, depth, self.blocks, self.patch, self.kept, self.dropout)

    def conducted(self, spec: Spec, given: Spec, holes: bool) -> Conducted:
        lead = Lead(self.latents, self.blocks, self.conductor_depth, self.patch, self.kept)
        layers = self.width, self.heads, self.decoder_depth
        return Conducted(spec, given, lead, *layers, self.blanked, self.dropout, holes)
