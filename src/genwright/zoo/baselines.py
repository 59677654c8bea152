"""Simple baselines without hyperparameters: what a trained family must beat."""

from functools import partial

from ..core.domain import BaseDomain
from ..core.recipe import Recipe
from ..core.spec import Spec
from .bodies.lines import LINES
from .bodies.sets import structure_alone
from .card import FLOOR, NO_LIKELIHOOD, Baseline, On, build_class

NOT_FOR_NEW_ITEMS = "Never take it for new items."
JITTER = 0.05  # angstrom: bonds that are told by their length still are, most of them
ByLabel = partial(On, conditional="label")  # one model of each label where labels are given


def build_pca_of_images(spec: Spec, given: Spec) -> Recipe:
    from ..families.baselines.pca import PCA

    return Recipe(PCA(spec, given, latents=min(32, spec.dims // 4)))


def build_pca_of_rows(spec: Spec, given: Spec) -> Recipe:
    from ..families.baselines.pca import PCA

    return Recipe(PCA(spec, given, latents=max(1, spec.dims // 2)))


def build_brics(spec: Spec, given: Spec) -> Recipe:
    """Molecules put together from BRICS pieces of training molecules; lines must be SMILES."""
    from ..chemistry.random_molecules import Pieces, pieces_of, recombined
    from ..families.baselines.remade import Remade

    return Recipe(Remade(spec, given, pieces_of, Pieces.from_json, recombined))


def build_valence(spec: Spec, given: Spec) -> Recipe:
    """Random molecules by counts of training molecules and the rules of valence; lines must be SMILES."""
    from ..chemistry.random_molecules import Census, census_of, random_molecule
    from ..families.baselines.remade import Remade

    return Recipe(Remade(spec, given, census_of, Census.from_json, random_molecule))


GAUSSIAN, GRAPHS = "families.baselines.gaussian", "families.baselines.graph_baselines"
SIMPLE = "families.baselines.bootstrap_and_independent"
WHOLE_ITEMS = ("images", "tables", "audio", "clips", *LINES, "music")  # kinds whose items are tensors of one shape
BOOTSTRAP = Baseline(
    "bootstrap",
    ("Take it as a check: it returns training items, which good metrics of memory must catch.", NOT_FOR_NEW_ITEMS),
    {
        **dict.fromkeys(WHOLE_ITEMS, On(build_class(f"{SIMPLE}:Bootstrap"))),
        **dict.fromkeys(("points", "graph-sets"), On(build_class(f"{SIMPLE}:BootstrapSets"))),
    },
    paper="Efron 1979",
    equations=(SIMPLE,),
    copies=True,
)
NOISY_COPIES = Baseline(
    "noisy-copies",
    ("Take it as a check of what a metric forgives: it returns training items, moved a little.", NOT_FOR_NEW_ITEMS),
    {"points": On(build_class(f"{SIMPLE}:NoisyCopies", noise=JITTER))},
    paper="training sets, moved by 0.05 angstrom",
    equations=(SIMPLE,),
    copies=True,
)
INDEPENDENT = Baseline(
    "independent",
    ("Take it as the floor: it ignores every dependence.", FLOOR),
    {
        "tables": ByLabel(build_class(f"{SIMPLE}:Independent"), paper="columns drawn apart"),
        "points": ByLabel(build_class(f"{SIMPLE}:IndependentMembers"), paper="members drawn apart"),
    },
    equations=(SIMPLE,),
)
PCA = Baseline(
    "pca",
    ("Take it for linear codes, fitted in closed form.", FLOOR),
    {"images": ByLabel(build_pca_of_images), "tables": ByLabel(build_pca_of_rows)},
    paper="probabilistic PCA, Tipping & Bishop 1999",
    equations=("families.baselines.pca",),
)
ONE_GAUSSIAN = Baseline(
    "gaussian",
    ("Take it as the smallest model that sees pairs of values together.", FLOOR),
    {"images": ByLabel(build_class(f"{GAUSSIAN}:Gaussian"))},
    paper="one a label, with a latent",
    equations=(GAUSSIAN,),
    near=("gmm", "kde"),
)


def has_classes(domain: BaseDomain) -> bool:
    """Whether items are given with a category."""
    from ..core.spec import Category

    return any(isinstance(leaf, Category) and not leaf.shape for leaf in domain.given.columns[:1])


CLASS_GAUSSIAN = Baseline(
    "class-gaussian",
    ("Take it as the smallest model of each class.", FLOOR),
    {"images": ByLabel(build_class(f"{GAUSSIAN}:Gaussians", components="label"), suits=has_classes)},
    paper="one a class",
    equations=(GAUSSIAN,),
)
COPULA = Baseline(
    "copula",
    ("Take it where columns depend on each other in simple ways.", FLOOR),
    {"tables": ByLabel(build_class(f"{GAUSSIAN}:Gaussian", margins=True))},
    paper="Gaussian copula with empirical margins",
    equations=(GAUSSIAN,),
)
MIXTURE = Baseline(
    "mixture",
    ("Take it for tables of few columns with clusters.", FLOOR),
    {"tables": ByLabel(build_class(f"{GAUSSIAN}:Gaussians", components=20))},
    paper="Gaussian mixture",
    equations=(GAUSSIAN,),
    near=("gmm", "kde"),
)
TREES = Baseline(
    "trees",
    ("Take it for samples of tables without training a network.", NO_LIKELIHOOD),
    {"tables": On(build_class("families.autoregressive.trees:SequentialTrees"))},
    paper="sequential trees, Reiter 2005 (synthpop)",
    equations=("families.autoregressive.trees",),
    near=("catboost", "lightgbm", "random-forest", "xgboost"),
)
LINEAR_PREDICTION = Baseline(
    "linear-prediction",
    ("Take it for an exact likelihood of sound, fitted by least squares.", FLOOR),
    {"audio": ByLabel(build_class("families.autoregressive.linear_prediction:LinearPrediction", order=16))},
    paper="Atal & Schroeder 1970",
    equations=("families.autoregressive.linear_prediction",),
)
ERDOS_RENYI = Baseline(
    "erdos-renyi",
    ("Take it as the floor of graph models: it joins pairs independently.", FLOOR),
    {"graph-sets": ByLabel(build_class("families.baselines.graph_baselines:ErdosRenyi"))},
    paper="pairs joined apart, Gilbert 1959",
    equations=("families.baselines.graph_baselines",),
)
STOCHASTIC_BLOCK_MODEL = Baseline(
    "stochastic-block-model",
    ("Take it for graphs that fall into communities.", NO_LIKELIHOOD),
    {"graph-sets": ByLabel(build_class(f"{GRAPHS}:StochasticBlockModel"), suits=structure_alone)},
    paper="Holland 1983",
    equations=(GRAPHS,),
)
BARABASI_ALBERT = Baseline(
    "barabasi-albert",
    ("Take it for graphs with few nodes of very high degree.", NO_LIKELIHOOD),
    {"graph-sets": ByLabel(build_class(f"{GRAPHS}:BarabasiAlbert"), suits=structure_alone)},
    paper="Barabasi & Albert 1999",
    equations=(GRAPHS,),
)
REWIRING = Baseline(
    "rewiring",
    ("Take it to see what degrees alone explain: it keeps them and rewires edges.", NO_LIKELIHOOD),
    {"graph-sets": On(build_class(f"{GRAPHS}:Rewiring"), suits=structure_alone)},
    paper="degrees kept, Maslov & Sneppen 2002",
    equations=(GRAPHS,),
)
BRICS = Baseline(
    "brics",
    ("Take it to recombine fragments of training molecules.", NO_LIKELIHOOD),
    {"molecules": ByLabel(build_brics)},
    paper="fragments joined again, Degen 2008",
    equations=("families.baselines.remade",),
)
VALENCE = Baseline(
    "valence",
    ("Take it to see what valences alone explain.", NO_LIKELIHOOD),
    {"molecules": ByLabel(build_valence)},
    paper="random graphs whose valences are met",
    equations=("families.baselines.remade",),
)
