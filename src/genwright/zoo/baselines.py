"""Simple baselines without hyperparameters: what a trained family must beat."""

from functools import partial

from ..core.domain import BaseDomain
from ..core.recipe import Recipe
from ..core.spec import Category, Spec
from ..families.autoregressive.trees import SequentialTrees
from ..families.baselines.bootstrap_and_independent import (
    Bootstrap,
    BootstrapSets,
    Independent,
    IndependentMembers,
    NoisyCopies,
)
from ..families.baselines.gaussian import Gaussian, Gaussians
from ..families.baselines.pca import PCA
from ..families.baselines.quilting import Quilting
from .card import FLOOR, NO_LIKELIHOOD, Baseline, On, on_class

NOT_FOR_NEW_ITEMS = "Never take it for new items."
TEXTURE_SIDE = 64  # pixels
JITTER = 0.05  # angstrom: bonds that are told by their length still are, most of them
ByLabel = partial(on_class, conditional="label")  # one model of each label where labels are given


def build_pca_of_images(spec: Spec, given: Spec) -> Recipe:
    return Recipe(PCA(spec, given, latents=min(32, spec.dims // 4)))


def build_pca_of_rows(spec: Spec, given: Spec) -> Recipe:
    return Recipe(PCA(spec, given, latents=max(1, spec.dims // 2)))


BOOTSTRAP = Baseline(
    "bootstrap",
    ("Take it as a check: it returns training items, which good metrics of memory must catch.", NOT_FOR_NEW_ITEMS),
    {
        **dict.fromkeys(("images", "tables", "sequences"), on_class(Bootstrap)),
        "points": on_class(BootstrapSets),
    },
    paper="Efron 1979",
    copies=True,
)


def shows_texture(domain: BaseDomain) -> bool:
    """Tells whether images are large enough to be laid of blocks."""
    return min(domain.spec.shape[1:]) >= TEXTURE_SIDE


QUILTING = Baseline(
    "quilting",
    ("Take it to see a texture on a larger canvas: it quilts blocks of training images.", NOT_FOR_NEW_ITEMS),
    {"images": ByLabel(Quilting, suits=shows_texture)},
    paper="image quilting, Efros & Freeman 2001",
    copies=True,
)
NOISY_COPIES = Baseline(
    "noisy-copies",
    ("Take it as a check of what a metric forgives: it returns training items, moved a little.", NOT_FOR_NEW_ITEMS),
    {"points": on_class(NoisyCopies, dict(noise=JITTER))},
    paper="training sets, moved by 0.05 angstrom",
    copies=True,
)
INDEPENDENT = Baseline(
    "independent",
    ("Take it as the floor: it ignores every dependence.", FLOOR),
    {
        "tables": ByLabel(Independent, paper="columns drawn apart"),
        "points": ByLabel(IndependentMembers, paper="members drawn apart"),
    },
)
PCA_CARD = Baseline(
    "pca",
    ("Take it for linear codes, fitted in closed form.", FLOOR),
    {"images": On(build_pca_of_images, conditional="label"), "tables": On(build_pca_of_rows, conditional="label")},
    paper="probabilistic PCA, Tipping & Bishop 1999",
    equations=("families.baselines.pca",),
)
ONE_GAUSSIAN = Baseline(
    "gaussian",
    ("Take it as the smallest model that sees pairs of values together.", FLOOR),
    {"images": ByLabel(Gaussian)},
    paper="one a label, with a latent",
    near=("gmm", "kde"),
)


def has_classes(domain: BaseDomain) -> bool:
    """Tells whether items are given with a category."""
    return any(isinstance(leaf, Category) and not leaf.shape for leaf in domain.given.columns[:1])


CLASS_GAUSSIAN = Baseline(
    "class-gaussian",
    ("Take it as the smallest model of each class.", FLOOR),
    {"images": ByLabel(Gaussians, dict(components="label"), suits=has_classes)},
    paper="one a class",
)
COPULA = Baseline(
    "copula",
    ("Take it where columns depend on each other in simple ways.", FLOOR),
    {"tables": ByLabel(Gaussian, dict(margins=True))},
    paper="Gaussian copula with empirical marginals",
)
MIXTURE = Baseline(
    "mixture",
    ("Take it for tables of few columns with clusters.", FLOOR),
    {"tables": ByLabel(Gaussians, dict(components=20))},
    paper="Gaussian mixture",
    near=("gmm", "kde"),
)
TREES = Baseline(
    "trees",
    ("Take it for samples of tables without training a network.", NO_LIKELIHOOD),
    {"tables": on_class(SequentialTrees)},
    paper="sequential trees, Reiter 2005 (synthpop)",
    near=("catboost", "lightgbm", "random-forest", "xgboost"),
)
