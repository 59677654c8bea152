"""Simple baselines of graphs without hyperparameters: what a trained family must beat."""

from functools import partial

from ...families.baselines.bootstrap_and_independent import BootstrapSets
from ...zoo import baselines
from ...zoo.card import FLOOR, NO_LIKELIHOOD, Baseline, extend_card, on_class, on_predictor
from ..families.graph_baselines import BarabasiAlbert, ErdosRenyi, Rewiring, StochasticBlockModel
from ..families.label_baselines import MeanOfAll
from .bodies.sets import STRUCTURE_ALONE

ByLabel = partial(on_class, conditional="label")  # one model of each label where labels are given
BOOTSTRAP = extend_card(baselines.BOOTSTRAP, {"graph-sets": on_class(BootstrapSets)})
ERDOS_RENYI = Baseline(
    "erdos-renyi",
    ("Take it as the floor of graph models: it joins pairs independently.", FLOOR),
    {"graph-sets": ByLabel(ErdosRenyi)},
    paper="pairs joined apart, Gilbert 1959",
)
STOCHASTIC_BLOCK_MODEL = Baseline(
    "stochastic-block-model",
    ("Take it for graphs that fall into communities.", NO_LIKELIHOOD),
    {"graph-sets": ByLabel(StochasticBlockModel, needs=STRUCTURE_ALONE)},
    paper="Holland 1983",
)
BARABASI_ALBERT = Baseline(
    "barabasi-albert",
    ("Take it for graphs with few nodes of very high degree.", NO_LIKELIHOOD),
    {"graph-sets": ByLabel(BarabasiAlbert, needs=STRUCTURE_ALONE)},
    paper="Barabasi & Albert 1999",
)
REWIRING = Baseline(
    "rewiring",
    ("Take it to see what degrees alone explain: it keeps them and rewires edges.", NO_LIKELIHOOD),
    {"graph-sets": on_class(Rewiring, needs=STRUCTURE_ALONE)},
    paper="degrees kept, Maslov & Sneppen 2002",
)
MEAN = Baseline(
    "mean",
    ("Take it as the floor: it answers the same for every node or graph.", FLOOR),
    dict.fromkeys(("nodes", "graphs"), on_predictor(MeanOfAll)),
    paper="the mean, or how frequent classes are",
)
