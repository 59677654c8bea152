"""Words and images in one model, which draws and edits images, writes captions and answers questions."""

from dataclasses import dataclass, replace

from ..core.domain import BaseDomain
from ..core.hyper import one_of
from ..core.recipe import Recipe
from ..core.spec import Leaf, Spec
from ..distributions.heads import CategoricalHead
from ..families.two_stage.quantized import VQCodec
from ..families.two_stage.two_stage import latent
from ..families.two_stage.words_and_images import ANSWERS, CAPTION, CODES_BEFORE, WordsAndCodes, WordsAndImages
from ..networks import words_and_codes
from . import fields
from .bodies import images
from .captions import DallEHyper
from .card import Card


@dataclass(frozen=True)
class WordsAndImagesHyper(DallEHyper):
    batch: int = 16
    share: float = 1 / 4
    eye: str = one_of(
        "both", "own", "codes", says="what images are read by: convolutions of its own (Wu 2024), codes, or both"
    )
    eye_channels: int = fields.units(48, "channels of the eye's own convolutions, a multiple of 8")

    taught = True  # a run that matches images with texts may teach its codec

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_groups(self, "eye_channels")


WORDS_LARGE = WordsAndImagesHyper(channels=32, halvings=2, patch=2)
WORDS_PRESETS = {
    "tiny": replace(
        WORDS_LARGE,
        batch=32,
        dropout=0.0,
        entries=16,
        latents=4,
        channels=8,
        depth=1,
        halvings=1,
        width=8,
        layers=2,
        lr=1e-2,
        share=0.6,
        patch=1,
        eye_channels=8,
    ),
    "small": replace(WORDS_LARGE, width=64, heads=2),
    "large": WORDS_LARGE,
    "huge": replace(WORDS_LARGE, halvings=3),
    "own": replace(WORDS_LARGE, eye="own"),
    "codes": replace(WORDS_LARGE, eye="codes"),
}


def images_in(given: Spec) -> list[tuple[str, Leaf]]:
    return [(name, leaf) for name, leaf in given.leaves if leaf.shape and leaf.axis == "grid"]


def suits_words(domain: BaseDomain) -> bool:
    """Tells whether images are given with one image of their size at most."""
    images = images_in(domain.given)
    return len(images) < 2 and all(leaf.shape == domain.spec.shape for _, leaf in images)


def build_words_and_images(spec: Spec, given: Spec, hyper: WordsAndImagesHyper, codec: VQCodec | None = None) -> Recipe:
    """Builds a model of words and images.

    Args:
        codec: one that is trained already; None for a new one.
    """
    codec, share = (codec, 0.0) if codec else (hyper.codec(spec), hyper.share)
    codes, leaves = latent(codec, 0), dict(given.leaves)
    codes_before = ((CODES_BEFORE, codes.leaf),) if images_in(given) else ()
    conditions = Spec((*((name, leaf) for name, leaf in given.leaves if name != ANSWERS), *codes_before))
    sizes = hyper.width, hyper.heads, hyper.layers, hyper.dropout, hyper.attention, hyper.eye, hyper.eye_channels
    network = words_and_codes.WordsAndCodesNetwork(codes, conditions, leaves.get(ANSWERS), spec, *sizes)
    learned = Spec((*given.leaves, ("picture", spec.leaf), ("text", leaves[CAPTION]), *codes_before))
    prior = WordsAndCodes(codes, conditions, learned, network, CategoricalHead(codes.leaf.k))
    return hyper.recipe(WordsAndImages(spec, given, codec, prior, share))


WORDS_AND_IMAGES = Card(
    "words-and-images",
    (
        "Take it to caption images, to ask about them, to edit and to draw them, all with one model.",
        "It needs captions, and questions only if you ask some. Reading takes training time away from drawing.",
    ),
    {
        "images": images.Reading(
            build_words_and_images, WORDS_PRESETS, compare=False, suits=suits_words, needs={"given": ["caption"]}
        )
    },
    paper="after Wu 2024 (VILA-U); eye of Wu 2024 (Janus); edits of Brooks 2023",
    equations=("families.two_stage.words_and_images", "families.two_stage.two_stage"),
    variants={"own": "images read by the eye alone", "codes": "images read by their codes alone (VILA-U)"},
)
