"""One table of plain data: which family fits which domain, by which recipe. Importing it imports no torch.

A recipe is a function `recipe(spec, given, **numbers) -> Recipe` in `recipes/<domain>.py`; beside it stands
`PRESETS[family]`, a table of named rows of plain numbers, and `choose(family, spec, items) -> preset name`. Adding a
model: a recipe, a row here, a test. Others' families come in by `register`, from a script or from an entry point
"genwright.families" of a package.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from ..core.errors import DataError

EVERY = ("sample", "log_prob", "complete")
LATENT = ("sample", "log_prob", "encode", "decode", "interpolate", "complete")
PREDICTOR_VERBS = ("predict", "encode")
TIMES = 100  # a recipe's number is at most so many times the largest of its presets
CODES = ("sample", "encode", "decode", "interpolate", "complete")


@dataclass(frozen=True)
class Row:
    """domain: the kind of data, or the task on a graph. recipe: a function of recipes/<domain>.py by name, or one of
    others.

    verbs: what the model can do (the contract test proves it). likelihood: its kind, "" where it has none. paper: for
    people. presets: of others' recipes; those of ours stand beside them.
    """

    domain: str
    family: str
    recipe: str | Callable
    verbs: tuple[str, ...]
    likelihood: str
    paper: str
    baseline: bool = False
    presets: dict[str, dict] | None = None


ROWS = (
    Row("images", "autoencoder", "autoencoder", CODES, "", "Hinton & Salakhutdinov 2006; Ghosh 2020"),
    Row("images", "vae", "vae", LATENT, "lower bound", "Kingma & Welling 2014; bound of Burda 2016"),
    Row("images", "flow", "flow", LATENT, "lower bound", "Dinh 2017 (RealNVP); Durkan 2019 (splines)"),
    Row("images", "autoregressive", "autoregressive", EVERY, "exact", "van den Oord 2016 (gated PixelCNN)"),
    Row("images", "energy", "energy", EVERY, "unnormalised", "Hinton 2002; Tieleman 2008; Du & Mordatch 2019"),
    Row("images", "flow-matching", "flow_matching", LATENT, "estimate", "Lipman 2023"),
    Row("images", "diffusion", "diffusion", LATENT, "lower bound", "Ho 2020 (DDPM); DPM-Solver++ of Lu 2022"),
    Row("images", "score-matching", "score_matching", LATENT, "estimate", "Song & Ermon 2019; flow of Song 2021"),
    Row("images", "gan", "gan", CODES, "", "Goodfellow 2014; losses and penalty of Huang 2024"),
    Row("images", "bootstrap", "bootstrap", ("sample",), "", "Efron 1979", True),
    Row("images", "pca", "pca", LATENT, "lower bound", "probabilistic PCA, Tipping & Bishop 1999", True),
    Row("images", "gaussian", "gaussian", LATENT, "lower bound", "pooled", True),
    Row("images", "class-gaussian", "class_gaussian", EVERY, "lower bound", "one a class", True),
    Row("tables", "autoencoder", "autoencoder", CODES, "", "Hinton & Salakhutdinov 2006; Ghosh 2020"),
    Row("tables", "vae", "vae", LATENT, "lower bound", "Kingma & Welling 2014; TVAE, Xu 2019"),
    Row("tables", "flow", "flow", LATENT, "lower bound", "Papamakarios 2017 (MAF); Durkan 2019 (splines)"),
    Row("tables", "autoregressive", "autoregressive", EVERY, "exact", "Germain 2015 (MADE)"),
    Row("tables", "energy", "energy", EVERY, "unnormalised", "Hinton 2002; Tieleman 2008; Du & Mordatch 2019"),
    Row("tables", "flow-matching", "flow_matching", LATENT, "estimate", "Lipman 2023"),
    Row("tables", "diffusion", "diffusion", LATENT, "lower bound", "Ho 2020 (DDPM); DPM-Solver++ of Lu 2022"),
    Row("tables", "score-matching", "score_matching", LATENT, "estimate", "Song & Ermon 2019; flow of Song 2021"),
    Row("tables", "gan", "gan", CODES, "", "Goodfellow 2014; losses and penalty of Huang 2024"),
    Row("tables", "bootstrap", "bootstrap", ("sample",), "", "Efron 1979", True),
    Row("tables", "independent", "independent", EVERY, "exact", "columns drawn apart", True),
    Row("tables", "pca", "pca", LATENT, "lower bound", "probabilistic PCA, Tipping & Bishop 1999", True),
    Row("tables", "copula", "copula", LATENT, "lower bound", "Gaussian copula with empirical margins", True),
    Row("tables", "mixture", "mixture", ("sample", "log_prob", "complete"), "lower bound", "Gaussian mixture", True),
    Row("tables", "trees", "trees", ("sample",), "", "sequential trees, Reiter 2005 (synthpop)", True),
)
PREDICTORS = (  # the domain of a predictor is its task
    Row("nodes", "mlp", "mlp", PREDICTOR_VERBS, "", "no graph: features of each node alone", True),
    Row("nodes", "label-propagation", "label_propagation", ("predict",), "", "Zhu 2003", True),
    Row("nodes", "manifold-regularisation", "manifold_regularisation", PREDICTOR_VERBS, "", "Belkin 2006"),
    Row("nodes", "semi-supervised-embedding", "semi_supervised_embedding", PREDICTOR_VERBS, "", "Weston 2012"),
    Row("nodes", "iterative-classification", "iterative_classification", ("predict",), "", "Lu & Getoor 2003"),
    Row("nodes", "deepwalk", "deepwalk", PREDICTOR_VERBS, "", "Perozzi 2014"),
    Row("nodes", "node2vec", "deepwalk", PREDICTOR_VERBS, "", "Grover & Leskovec 2016"),
    Row("nodes", "planetoid", "planetoid", PREDICTOR_VERBS, "", "Yang 2016"),
    Row("nodes", "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row("nodes", "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of edges by Hu 2020"),
    Row("nodes", "sgc", "sgc", PREDICTOR_VERBS, "", "Wu 2019"),
    Row("nodes", "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018"),
    Row("nodes", "gatv2", "gatv2", PREDICTOR_VERBS, "", "Brody 2022"),
    Row("nodes", "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017"),
    Row("nodes", "cheb", "cheb", PREDICTOR_VERBS, "", "Defferrard 2016"),
    Row("nodes", "deep-gcn", "deep_gcn", PREDICTOR_VERBS, "", "Chen 2020; remedies of Xu 2018, Zhao 2020, Zhou 2020"),
    Row("links", "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row("links", "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017"),
    Row("links", "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018"),
    Row("links", "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of edges by Hu 2020"),
    Row("links", "gae", "gae", PREDICTOR_VERBS, "", "Kipf & Welling 2016"),
    Row("links", "vgae", "vgae", PREDICTOR_VERBS, "", "Kipf & Welling 2016"),
    Row("links", "walks", "walks", PREDICTOR_VERBS, "", "Hamilton 2017, the loss without labels"),
    Row("graphs", "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of edges by Hu 2020"),
    Row("graphs", "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row("graphs", "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017"),
    Row("graphs", "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018"),
    Row("relations", "rgcn", "rgcn", PREDICTOR_VERBS, "", "Schlichtkrull 2018"),
    Row("relations", "distmult", "rgcn", PREDICTOR_VERBS, "", "no graph: Yang 2015", True),
    Row("recommend", "lightgcn", "lightgcn", PREDICTOR_VERBS, "", "He 2020; softmax of Wu 2022"),
    Row("recommend", "pinsage", "pinsage", PREDICTOR_VERBS, "", "Ying 2018"),
    Row(
        "recommend", "matrix-factorisation", "lightgcn", PREDICTOR_VERBS, "", "Koren 2009; ranking of Rendle 2009", True
    ),
    Row("recommend", "popularity", "popularity", ("predict",), "", "what most people take", True),
)
DOMAINS = {
    "images": "genwright.domains.images:Images",
    "tables": "genwright.domains.tables:Tables",
    "nodes": "genwright.predictors.task_data:GraphDomain",
    "links": "genwright.predictors.links:LinkDomain",
    "graphs": "genwright.predictors.task_data:GraphDomain",
    "relations": "genwright.predictors.relations:RelationDomain",
    "recommend": "genwright.predictors.recommend:RecommendDomain",
}
TASKS = {  # task -> what a graph becomes for it
    "nodes": "genwright.predictors.nodes:node_data",
    "links": "genwright.predictors.links:link_data",
    "graphs": "genwright.predictors.graphs:graph_data",
    "relations": "genwright.predictors.relations:relation_data",
    "recommend": "genwright.predictors.recommend:recommend_data",
}
SUITES = {
    "images": "genwright.evaluation.suites.images:Suite",
    "tables": "genwright.evaluation.suites.tables:Suite",
    "nodes": "genwright.evaluation.suites.labels:Suite",
    "graphs": "genwright.evaluation.suites.labels:Suite",
    "links": "genwright.evaluation.suites.links:Suite",
    "relations": "genwright.evaluation.suites.links:Suite",
    "recommend": "genwright.evaluation.suites.recommendations:Suite",
}
DEFAULT = {  # what `fit` takes when no family is named
    "images": "flow-matching",
    "tables": "autoregressive",
    "nodes": "gcn",
    "links": "vgae",
    "graphs": "gin",
    "relations": "rgcn",
    "recommend": "lightgcn",
}


_registered: list[Row] = []


def register(
    data: str,
    family: str,
    recipe: Callable,
    presets: dict[str, dict] | None = None,
    verbs: tuple[str, ...] = ("sample",),
    likelihood: str = "",
    paper: str = "",
) -> None:
    """Let a family of your own take part in `fit`, `compare`, `list` and the contract test, in this process.

    data: the kind, or the task on a graph (`genwright list` names them). recipe(spec, given, **numbers) -> Recipe,
    which must be importable where a run of it is opened again. presets: {name: numbers}, of which the first is taken
    where none is named; the contract test takes "tiny". verbs: those whose methods it defines. likelihood: "exact",
    "lower bound", "estimate", "unnormalised", or "" without `log_prob`. A package registers its families for every
    process by an entry point of the group "genwright.families" that names a function without arguments, in which it
    calls `register`.

    Raises DataError for a kind of data or a verb that is unknown, a likelihood that does not fit the verbs, or a name
    that is taken.
    """
    from ..core.likelihood import KINDS

    known = PREDICTOR_VERBS if data in TASKS else LATENT
    if data not in DOMAINS:
        raise DataError(f"no kind of data is called {data!r}: choose one of {', '.join(DOMAINS)}")
    if unknown := [verb for verb in verbs if verb not in known]:
        raise DataError(
            f"{family} has a verb {unknown[0]!r}, which is unknown for {data}: choose among {', '.join(known)}"
        )
    if bool(likelihood) != ("log_prob" in verbs) or (likelihood and likelihood not in KINDS):
        raise DataError(
            f"likelihood={likelihood!r} of {family} must be one of {', '.join(KINDS)} with log_prob, else ''"
        )
    if (data, family) in {(r.domain, r.family) for r in ROWS + PREDICTORS + tuple(_registered)}:
        raise DataError(f"there is a family {family!r} for {data} already: choose another name")
    _registered.append(Row(data, family, recipe, tuple(verbs), likelihood, paper, presets=presets or {}))


@cache
def _entered() -> None:
    """Run what installed packages name, once. One that fails is left out with a warning."""
    for entry in entry_points(group="genwright.families"):
        try:
            entry.load()()
        except Exception as error:  # of others' code
            warnings.warn(
                f"the families of {entry.value} are left out, since they cannot be registered: {error}", stacklevel=2
            )


def rows() -> tuple[Row, ...]:
    """Every family, ours first."""
    _entered()
    return ROWS + PREDICTORS + tuple(_registered)


def presets(row: Row) -> dict[str, dict]:
    """{name: numbers} of a row's recipe; empty for one without numbers."""
    return row.presets if callable(row.recipe) else _recipes(row.domain).PRESETS.get(row.family, {})


def _recipes(domain: str):
    return import_module(f"genwright.recipes.{domain}")


def _resolve(where: str):
    module, name = where.split(":")
    return getattr(import_module(module), name)


def domain_class(name: str):
    return _resolve(DOMAINS[name])


def task_data(task: str):
    """The function that turns GraphData into the TaskData of a task. Raises DataError for one that is unknown."""
    if task not in TASKS:
        raise DataError(f"no task {task!r} on graphs: choose one of {', '.join(TASKS)}")
    return _resolve(TASKS[task])


def predicts(domain: str) -> bool:
    """Whether the families of a domain are predictors, not models."""
    return domain in TASKS


def suite_class(name: str):
    return _resolve(SUITES[name])


def families(domain: str, verb: str | None = None, baselines: bool = False) -> list[str]:
    """Names of the families for a domain, in the table's order; only those with a verb, where one is named."""
    fit = [r for r in rows() if r.domain == domain and r.baseline == baselines]
    return [r.family for r in fit if verb is None or verb in r.verbs]


def find(domain: str, family: str) -> Row | None:
    return next((r for r in rows() if (r.domain, r.family) == (domain, family)), None)


def row(domain: str, family: str) -> Row:
    """Raises DataError for a family that is unknown or does not fit the domain."""
    if found := find(domain, family):
        return found
    known = ", ".join(families(domain) + families(domain, baselines=True))
    raise DataError(f"no family {family!r} for {domain}: choose one of {known}")


def numbers(domain: str, family: str, spec, items: int, preset: str | None = None, other: dict | None = None) -> dict:
    """The resolved numbers of a recipe: what stands in `config.toml` and builds the same network again.

    items: training items at hand. preset: a row of the recipe's table; by default the one that fits the data. other:
    numbers in place of the preset's. Raises DataError for a preset or a number that the recipe does not have.
    """
    own = row(domain, family)
    table = presets(own)
    if table and preset is None:
        preset = next(iter(table)) if callable(own.recipe) else _recipes(domain).choose(family, spec, items)
    if table and preset not in table:
        raise DataError(f"no preset {preset!r} for {family}: choose one of {', '.join(table)}")
    found = dict(table[preset]) if table else {}
    if unknown := [name for name in other or {} if name not in found]:
        raise DataError(f"{family} has no number {unknown[0]!r}: it has {', '.join(found) or 'none'}")
    return found | (other or {})


def build(domain: str, family: str, spec, given, numbers: dict):
    """The untrained `Recipe` (see `trainable.Recipe`) for resolved numbers.

    Raises DataError for a number that the recipe does not have, or of another kind or size than its presets.
    """
    own = row(domain, family)
    for name, value in numbers.items():
        like = [preset[name] for preset in presets(own).values() if name in preset]
        if not like:
            raise DataError(f"{family} has no number {name!r}")
        if not _is_like(value, like):
            raise DataError(
                f"{name} = {str(value)[:40]} of {family} is of another kind or size than its presets, such as {like[0]}"
            )
    recipe = own.recipe if callable(own.recipe) else getattr(_recipes(domain), own.recipe)
    return recipe(spec, given, **numbers)


def _is_like(value, like: list) -> bool:
    """Whether a number of a recipe is of the kind of `like`, those of its presets, and at most TIMES as large.

    Shares stay shares, counts stay counts, and what no preset has below 0, or at 0, is not there.
    """
    if isinstance(like[0], (tuple, list)):
        return isinstance(value, (tuple, list)) and all(
            _is_like(part, [number for parts in like for number in parts]) for part in value
        )
    if isinstance(like[0], (bool, str)):
        return type(value) is type(like[0])
    whole = all(isinstance(number, int) for number in like)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return False
    low, high = min(like), max(like)
    least = 1 if whole and low >= 1 else 0 if low >= 0 else TIMES * low
    return least <= value <= (1 if 0 <= high < 1 and not whole else TIMES * max(1, high))
