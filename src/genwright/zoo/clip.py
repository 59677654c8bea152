"""CLIP: images matched with texts."""

from dataclasses import dataclass

from ..core.hyper import flag, one_of, whole
from ..core.limits import MOST_BATCH
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from . import fields
from .card import Card, On


@dataclass(frozen=True)
class ClipHyper(Trained):
    """Hyperparameters of CLIP (Radford 2021, with the negatives of Yuksekgonul 2023)."""

    batch: int = whole(64, least=2, most=MOST_BATCH, says="images in each step, held against each other's captions")
    epochs: float = fields.epochs(20.0)
    lr: float = 1e-3
    weight_decay: float = 0.05
    width: int = fields.units(64, "dimensions of the space in which images and texts meet")
    channels: int = fields.units(64, "channels of the image tower, a multiple of 16")
    depth: int = fields.layers(1, "residual blocks of the image tower")
    loss: str = one_of("softmax", "sigmoid", says="softmax over a batch, or each pair alone; Zhai 2023")
    swaps: bool = flag(True, says="hold images against captions with swapped colours or a reversed relation")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "channels", 16, "half of them are normalised in 8 groups")


PRESETS = {
    "default": ClipHyper(),
    "sigmoid": ClipHyper(loss="sigmoid"),
    "plain": ClipHyper(swaps=False),
    "tiny": ClipHyper(batch=32, lr=4e-3, epochs=4, width=8, channels=16, depth=1),
}


def build(spec: Spec, given: Spec, hyper: ClipHyper) -> Recipe:
    from ..families.match.clip import Clip
    from ..networks.two_towers import ImageTower, TextTower

    (name, picture), (_, caption) = spec.leaves
    image = ImageTower(Spec(((name, picture),)), hyper.width, hyper.channels, hyper.depth)
    text = TextTower(caption, hyper.width)
    return hyper.recipe(Clip(image, text, hyper.loss == "sigmoid", hyper.swaps, hyper.batch), epochs=hyper.epochs)


CARD = Card(
    "clip",
    (
        "Take it to search images by text, and to find captions that fit badly.",
        "It learns only what captions say: a word that none has means nothing to it.",
    ),
    {"match": On(build, PRESETS, default=True, conditional="no image")},
    paper="Radford 2021; Zhai 2023; negatives of Yuksekgonul 2023",
    equations=("families.match.clip",),
    variants={
        "sigmoid": "each pair alone, as in SigLIP (Zhai 2023)",
        "plain": "without swapped captions (Radford 2021)",
    },
)
