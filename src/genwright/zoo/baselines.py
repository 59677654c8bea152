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
from ..families.baselines.remade import Remade
from ..graphs.families.graph_baselines import BarabasiAlbert, ErdosRenyi, Rewiring, StochasticBlockModel
from ..graphs.zoo.bodies.sets import structure_alone
from ..molecules.chemistry.random_molecules import Census, Pieces, census_of, pieces_of, random_molecule, recombined
from ..sound.families.linear_prediction import LinearPrediction
from .bodies.lines import LINES
from .card import FLOOR, NO_LIKELIHOOD, Baseline, On, on_class

NOT_FOR_NEW_ITEMS = "Never take it for new items."
JITTER = 0.05  # angstrom: bonds that are told by their length still are, most of them
ByLabel = partial(on_class, conditional="label")  # one model of each label where labels are given


def build_pca_of_images(spec: Spec, given: Spec) -> Recipe:
    return Recipe(PCA(spec, given, latents=min(32, spec.dims // 4)))


def build_pca_of_rows(spec: Spec, given: Spec) -> Recipe:
    return Recipe(PCA(spec, given, latents=max(1, spec.dims // 2)))


def build_brics(spec: Spec, given: Spec) -> Recipe:
    """Builds a baseline that puts molecules together from BRICS pieces of training molecules; lines must be SMILES."""
    return Recipe(Remade(spec, given, pieces_of, Pieces.from_json, recombined))


def build_valence(spec: Spec, given: Spec) -> Recipe:
    """Builds a baseline of random molecules by counts of training molecules and the rules of valence; lines must be
    SMILES."""
    return Recipe(Remade(spec, given, census_of, Census.from_json, random_molecule))


WHOLE_ITEMS = ("images", "tables", "audio", "clips", *LINES, "music")  # kinds whose items are tensors of one shape
BOOTSTRAP = Baseline(
    "bootstrap",
    ("Take it as a check: it returns training items, which good metrics of memory must catch.", NOT_FOR_NEW_ITEMS),
    {
        **dict.fromkeys(WHOLE_ITEMS, on_class(Bootstrap)),
        **dict.fromkeys(("points", "graph-sets"), on_class(BootstrapSets)),
    },
    paper="Efron 1979",
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
    """Whether items are given with a category."""
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
LINEAR_PREDICTION = Baseline(
    "linear-prediction",
    ("Take it for an exact likelihood of sound, fitted by least squares.", FLOOR),
    {"audio": ByLabel(LinearPrediction, dict(order=16))},
    paper="Atal & Schroeder 1970",
)
ERDOS_RENYI = Baseline(
    "erdos-renyi",
    ("Take it as the floor of graph models: it joins pairs independently.", FLOOR),
    {"graph-sets": ByLabel(ErdosRenyi)},
    paper="pairs joined apart, Gilbert 1959",
)
STOCHASTIC_BLOCK_MODEL = Baseline(
    "stochastic-block-model",
    ("Take it for graphs that fall into communities.", NO_LIKELIHOOD),
    {"graph-sets": ByLabel(StochasticBlockModel, suits=structure_alone)},
    paper="Holland 1983",
)
BARABASI_ALBERT = Baseline(
    "barabasi-albert",
    ("Take it for graphs with few nodes of very high degree.", NO_LIKELIHOOD),
    {"graph-sets": ByLabel(BarabasiAlbert, suits=structure_alone)},
    paper="Barabasi & Albert 1999",
)
REWIRING = Baseline(
    "rewiring",
    ("Take it to see what degrees alone explain: it keeps them and rewires edges.", NO_LIKELIHOOD),
    {"graph-sets": on_class(Rewiring, suits=structure_alone)},
    paper="degrees kept, Maslov & Sneppen 2002",
)
BRICS = Baseline(
    "brics",
    ("Take it to recombine fragments of training molecules.", NO_LIKELIHOOD),
    {"molecules": On(build_brics, conditional="label")},
    paper="fragments joined again, Degen 2008",
    equations=("families.baselines.remade",),
)
VALENCE = Baseline(
    "valence",
    ("Take it to see what valences alone explain.", NO_LIKELIHOOD),
    {"molecules": On(build_valence, conditional="label")},
    paper="random graphs whose valences are met",
    equations=("families.baselines.remade",),
)
