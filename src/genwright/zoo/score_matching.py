"""Score matching of images and of tables."""

from dataclasses import dataclass

from ..core.hyper import real
from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies import images, tables
from .card import Card

LOWEST = 0.03  # level of noise, where levels of an image go from -1 to 1


@dataclass(frozen=True)
class ImagesHyper(images.OfUNet):
    """Hyperparameters of score matching (Song & Ermon 2019; flow of Song 2021)."""

    patch: int = fields.patch(1)
    levels: int = fields.chain_length(16, "levels of noise; Song & Ermon 2019")
    high: float = real(5.0, above=LOWEST, says="highest level of noise, where pixels go from -1 to 1")
    repeats: int = fields.chain_length(4, "Langevin steps at each level")
    density_steps: int = fields.density_steps(12)

    low = LOWEST


@dataclass(frozen=True)
class TablesHyper(tables.OfRows):
    """Hyperparameters of score matching (Song & Ermon 2019; flow of Song 2021)."""

    depth: int = 3
    levels: int = fields.chain_length(20, "levels of noise; Song & Ermon 2019")
    repeats: int = fields.chain_length(5, "Langevin steps at each level")
    density_steps: int = fields.density_steps(16)

    high, low = 8.0, 0.02


IMAGES = {
    "tiny": ImagesHyper(**images.TINY_UNET, levels=3, repeats=1, density_steps=2),
    "small": ImagesHyper(),
    "large": ImagesHyper(**images.LARGE_UNET, levels=24, high=10.0, density_steps=16),
}
TABLES = {
    "tiny": TablesHyper(**tables.TINY, levels=3, repeats=1, density_steps=2),
    "small": TablesHyper(),
    "large": TablesHyper(**tables.LARGE, lr=3e-3),
}


def build(spec: Spec, given: Spec, hyper: ImagesHyper | TablesHyper) -> Recipe:
    from ..families.diffusion.score_matching import ScoreMatching

    network, levels = hyper.velocity(spec, given), (hyper.levels, hyper.high, hyper.low)
    family = ScoreMatching(spec, given, network, *levels, hyper.repeats, 0.3, hyper.density_steps)
    return hyper.recipe(family, average=0.1)


CARD = Card(
    "score-matching",
    (
        "Take it to sample with Langevin dynamics over many noise levels.",
        "Its likelihood is an estimate, and every sample takes many calls of the network.",
    ),
    {"images": images.Reading(build, IMAGES), "tables": tables.OnRows(build, TABLES)},
    paper="Song & Ermon 2019; flow of Song 2021",
    equations=("families.diffusion.score_matching",),
    near=("ncsn", "score-sde", "smld"),
)
