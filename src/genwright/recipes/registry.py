"""Two tables of plain data: what is learned of which kind of data, and by which family and recipe. Importing them
imports no torch.

A recipe is a function `recipe(spec, given, hyper) -> Recipe` in the module that TASKS names; beside it stands
`PRESETS[family]`, named instances of the recipe's `Hyper` (core/hyper.py), and `choose(family, spec, given, items) ->
preset name`, where that is not always the first. A recipe without hyperparameters takes `spec` and `given` alone.
Adding a model: a recipe, a row here, a test. Others' families come in by `register`, from a script or from an entry
point "genwright.families" of a package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import DataError, Unsupported
from ..core.hyper import Hyper, nearest
from ..core.plugins import load_plugins
from . import names

if TYPE_CHECKING:
    import pandas as pd

SCORES = ("sample", "log_prob", "complete")
LATENT = ("sample", "log_prob", "encode", "decode", "interpolate", "complete")
LOSSLESS, BITS_BACK = (*SCORES, "compress"), (*LATENT, "compress")
PREDICTOR_VERBS = ("predict", "encode")
LABELS = 256  # at most, of which each has a model of its own
ENCODES = ("sample", "encode", "decode", "interpolate")
UNSCORED = (*ENCODES, "complete")
MODEL_VERBS = (*LATENT, "predict", "edit", "compress")
MATCH_VERBS = (*PREDICTOR_VERBS, "search", "misfits")
GENERATE = "generate"  # the task of models; the others are of predictors


@dataclass(frozen=True)
class Task:
    """A task for a kind of data. Strings name code as "module" or "module:name".

    domain: the class of domains, of predictors a `TaskDomain`. recipes: the module of recipes, presets and `choose`.
    suite: the class that measures, or a function that names it for what has a domain. default: the family where none is
    named. items: the function that makes the `Data` of the task of a whole, or of data that were loaded for another
    task; "" where `load_data` makes them. schema: the JSON Schema of `domain.json`, or its file, where the kind of data
    has it for another task. small_data: of predictors, the class by which the contract test has data (see
    `contract.tasks.SmallTask`).
    """

    domain: str
    recipes: str
    suite: str
    default: str
    items: str = ""
    schema: dict | Path | None = None
    small_data: str = ""


@dataclass(frozen=True)
class Row:
    """kind: of data. recipe: a function of the task's recipes by name, or one of others.

    verbs: what the model can do (the contract test proves it). likelihood: its kind, "" where it has none. paper: for
    people. compare: whether `compare` takes it where no family is named; a baseline always takes part. presets: of
    others' recipes; those of ours stand beside them. suits: whether the family can model what a domain describes;
    `compare` leaves out, unasked, what does not. copies: whether its samples are training items, as they are or moved a
    little; such a family is never recommended for new items. keeps: what a predictor's run keeps of training items, in
    words, beyond what all of its task keep. conditional: on what its models can be conditioned, "any" variables,
    "no image", which are all others, or one "label", a category. needs: names of variables without which it learns
    nothing. sample_options: names of those that its draws take.
    """

    kind: str
    task: str
    family: str
    recipe: str | Callable
    verbs: tuple[str, ...]
    likelihood: str
    paper: str
    baseline: bool = False
    compare: bool = True
    presets: dict[str, Hyper] | None = None
    suits: Callable = lambda domain: True
    copies: bool = False
    keeps: str = ""
    conditional: str = "any"
    needs: tuple[str, ...] = ()
    sample_options: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return label(self.kind, self.task)

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of FIGURES that its models can be drawn in."""
        fits = lambda name, places: (
            "encode" in self.verbs if name == CODES_FIGURE else self.family in places.get(self.label, ())
        )
        return tuple(name for name, places in FIGURES.items() if fits(name, places))

    def refuses(self, given) -> str:
        """Why it cannot be conditioned on what is given, a Spec; "" where it can."""
        from ..core.spec import Category

        first, *more = given.columns or [None]
        if self.conditional == "any" or first is None:
            return ""
        if self.conditional == "no image":
            return f"{self.family} reads no image that it is given" if self.unread(given) else ""
        if more or not isinstance(first, Category) or first.shape:
            return f"{self.family} can be conditioned on one column of labels alone, not on {', '.join(given.names)}"
        if self.baseline and first.k > LABELS:
            return f"{self.family} fits a model of each label, and {given.names[0]} has {first.k:,}, more than {LABELS}"
        return ""

    def unread(self, given) -> list[str]:
        """Names of the given images that its networks would not look at. given: a Spec."""
        images = [name for name, leaf in given.leaves if leaf.shape and leaf.axis == "grid"]
        return images if self.conditional == "no image" else []


Labelled = partial(Row, baseline=True, conditional="label")


def structure_alone(domain) -> bool:
    """Whether the nodes of graphs are all alike, and pairs joined or not."""
    leaf = domain.spec.leaf
    return leaf.each.columns[0].k == 1 and leaf.pairs.k == 2


def has_captions(domain) -> bool:
    """Whether images are given with captions."""
    return "caption" in domain.given.names


def has_descriptors(domain) -> bool:
    """Whether molecules have numbers of their own beside their graph."""
    return domain.spec.descriptors > 0


IMAGES = ("images", GENERATE)
MATCH = ("images", "match")
TABLES = ("tables", GENERATE)
SEQUENCES = ("sequences", GENERATE)
AUDIO = ("audio", GENERATE)
MUSIC = ("music", GENERATE)
POINTS = ("points", GENERATE)
NODES = ("graph", "nodes")
LINKS = ("graph", "links")
RELATIONS = ("graph", "relations")
GRAPHS = ("graphs", "graphs")
RECOMMEND = ("interactions", "recommend")
GRAPH_SETS = ("graph-sets", GENERATE)
MOLECULES = ("molecules", GENERATE)
PROPERTIES = ("molecules", "properties")
TASKS = {  # (kind of data, task); the first task of a kind is its default
    IMAGES: Task(
        "genwright.domains.images:Images",
        "genwright.recipes.images",
        "genwright.evaluation.suites.captioned_images:suite",
        "flow-matching",
    ),
    MATCH: Task(
        "genwright.predictors.matching:Matching",
        "genwright.recipes.match",
        "genwright.evaluation.suites.match:Suite",
        "clip",
        "genwright.predictors.matching:matching_data",
        small_data="genwright.contract.tasks:Captioned",
    ),
    TABLES: Task(
        "genwright.domains.tables.tables:Tables",
        "genwright.recipes.tables",
        "genwright.evaluation.suites.tables:Suite",
        "autoregressive",
    ),
    NODES: Task(
        "genwright.predictors.task_data:GraphDomain",
        "genwright.recipes.nodes",
        "genwright.evaluation.suites.labels:Suite",
        "gcn",
        "genwright.predictors.nodes:node_data",
        small_data="genwright.contract.tasks:OneGraph",
    ),
    LINKS: Task(
        "genwright.predictors.links:LinkDomain",
        "genwright.recipes.links",
        "genwright.evaluation.suites.links:Suite",
        "vgae",
        "genwright.predictors.links:link_data",
        small_data="genwright.contract.tasks:Pairs",
    ),
    RELATIONS: Task(
        "genwright.predictors.relations:RelationDomain",
        "genwright.recipes.relations",
        "genwright.evaluation.suites.links:Suite",
        "rgcn",
        "genwright.predictors.relations:relation_data",
        small_data="genwright.contract.tasks:Relations",
    ),
    GRAPHS: Task(
        "genwright.predictors.graphs:GraphsDomain",
        "genwright.recipes.graphs",
        "genwright.evaluation.suites.labels:suite",
        "gin",
        "genwright.predictors.graphs:graph_data",
        small_data="genwright.contract.tasks:ManyGraphs",
    ),
    RECOMMEND: Task(
        "genwright.predictors.recommend:RecommendDomain",
        "genwright.recipes.recommend",
        "genwright.evaluation.suites.recommendations:Suite",
        "lightgcn",
        "genwright.predictors.recommend:recommend_data",
        small_data="genwright.contract.tasks:Recommendations",
    ),
    SEQUENCES: Task(
        "genwright.domains.sequences:Sequences",
        "genwright.recipes.sequences",
        "genwright.evaluation.suites.sequences:Suite",
        "autoregressive",
    ),
    AUDIO: Task(
        "genwright.domains.audio:Audio",
        "genwright.recipes.audio",
        "genwright.evaluation.suites.audio:Suite",
        "autoregressive",
    ),
    MUSIC: Task(
        "genwright.domains.music:Music",
        "genwright.recipes.music",
        "genwright.evaluation.suites.music:Suite",
        "autoregressive",
    ),
    POINTS: Task(
        "genwright.domains.points:Points",
        "genwright.recipes.points",
        "genwright.evaluation.suites.points:Suite",
        "equivariant-diffusion",
    ),
    GRAPH_SETS: Task(
        "genwright.domains.graph_sets:GraphSets",
        "genwright.recipes.graph_sets",
        "genwright.evaluation.suites.graph_sets:Suite",
        "discrete-diffusion",
    ),
    MOLECULES: Task(
        "genwright.domains.molecules:Molecules",
        "genwright.recipes.sequences",
        "genwright.evaluation.suites.molecules:Suite",
        "autoregressive",
    ),
    PROPERTIES: Task(
        "genwright.predictors.properties_domain:Properties",
        "genwright.recipes.properties",
        "genwright.evaluation.suites.properties:suite",
        "dmpnn",
        "genwright.predictors.properties_domain:properties_data",
        schema=Path(__file__).parents[1] / "predictors" / "properties.schema.json",
        small_data="genwright.contract.tasks:Assay",
    ),
}
ROWS = (
    Row(*IMAGES, "autoencoder", "autoencoder", UNSCORED, "", "Hinton & Salakhutdinov 2006; Ghosh 2020"),
    Row(*IMAGES, "vae", "vae", BITS_BACK, "lower bound", "Kingma & Welling 2014; bound of Burda 2016"),
    Row(*IMAGES, "iwae", "iwae", BITS_BACK, "lower bound", "Burda 2016", compare=False),
    Row(
        *IMAGES,
        "hierarchical-vae",
        "hierarchical_vae",
        LATENT,
        "lower bound",
        "Sonderby 2016; Kingma 2016; Vahdat & Kautz 2020",
        compare=False,
    ),
    Row(
        *IMAGES,
        "vq-vae",
        "vq_vae",
        LATENT,
        "lower bound",
        "van den Oord 2017; its codes by a gated PixelCNN",
        compare=False,
    ),
    Row(
        *IMAGES,
        "semi-supervised-vae",
        "semi_supervised_vae",
        (*LATENT, "predict"),
        "lower bound",
        "Kingma 2014 (M1 + M2), from few labels",
        compare=False,
        conditional="label",
    ),
    Row(
        *IMAGES,
        "discrete-vae",
        "discrete_vae",
        LATENT,
        "lower bound",
        "Jang 2017; Maddison 2017 (Gumbel-softmax)",
        compare=False,
    ),
    Row(
        *IMAGES,
        "vq-vae-2",
        "vq_vae_2",
        LATENT,
        "lower bound",
        "Razavi 2019; coarse codes by a PixelSNAIL (Chen 2018)",
        compare=False,
    ),
    Row(*IMAGES, "latent-diffusion", "latent_diffusion", LATENT, "estimate", "Rombach 2022", compare=False),
    Row(
        *IMAGES,
        "dall-e",
        "dall_e",
        LATENT,
        "lower bound",
        "Ramesh 2021; codes of van den Oord 2017, or by Gumbel-softmax",
        compare=False,
    ),
    Row(
        *IMAGES,
        "unclip",
        "unclip",
        (*UNSCORED, "edit"),
        "",
        "Ramesh 2022 (DALL-E 2); towers of Radford 2021",
        compare=False,
        suits=has_captions,
        needs=("caption",),
    ),
    Row(*IMAGES, "flow", "flow", LATENT, "lower bound", "Dinh 2017 (RealNVP); Durkan 2019 (splines)"),
    Row(*IMAGES, "integer-flow", "integer_flow", LOSSLESS, "exact", "Hoogeboom 2019", compare=False),
    Row(*IMAGES, "autoregressive", "autoregressive", LOSSLESS, "exact", "van den Oord 2016 (gated PixelCNN)"),
    Row(*IMAGES, "energy", "energy", SCORES, "unnormalised", "Hinton 2002; Tieleman 2008; Du & Mordatch 2019"),
    Row(*IMAGES, "flow-matching", "flow_matching", LATENT, "estimate", "Lipman 2023"),
    Row(*IMAGES, "diffusion", "diffusion", LATENT, "lower bound", "Ho 2020 (DDPM); DPM-Solver++ of Lu 2022"),
    Row(*IMAGES, "cascade", "cascade", SCORES, "estimate", "Ho 2022; SR3, Saharia 2021", compare=False),
    Row(*IMAGES, "score-matching", "score_matching", LATENT, "estimate", "Song & Ermon 2019; flow of Song 2021"),
    Row(*IMAGES, "gan", "gan", UNSCORED, "", "Goodfellow 2014; losses and penalty of Huang 2024"),
    Row(*IMAGES, "bootstrap", "bootstrap", ("sample",), "", "Efron 1979", True, copies=True),
    Labelled(*IMAGES, "pca", "pca", LATENT, "lower bound", "probabilistic PCA, Tipping & Bishop 1999"),
    Labelled(*IMAGES, "gaussian", "gaussian", LATENT, "lower bound", "one a label, with a latent"),
    Labelled(*IMAGES, "class-gaussian", "class_gaussian", SCORES, "lower bound", "one a class"),
    Row(*TABLES, "autoencoder", "autoencoder", UNSCORED, "", "Hinton & Salakhutdinov 2006; Ghosh 2020"),
    Row(*TABLES, "vae", "vae", BITS_BACK, "lower bound", "Kingma & Welling 2014; TVAE, Xu 2019"),
    Row(*TABLES, "flow", "flow", LATENT, "lower bound", "Papamakarios 2017 (MAF); Durkan 2019 (splines)"),
    Row(*TABLES, "autoregressive", "autoregressive", LOSSLESS, "exact", "Germain 2015 (MADE)"),
    Row(*TABLES, "energy", "energy", SCORES, "unnormalised", "Hinton 2002; Tieleman 2008; Du & Mordatch 2019"),
    Row(*TABLES, "flow-matching", "flow_matching", LATENT, "estimate", "Lipman 2023"),
    Row(*TABLES, "diffusion", "diffusion", LATENT, "lower bound", "Ho 2020 (DDPM); DPM-Solver++ of Lu 2022"),
    Row(*TABLES, "score-matching", "score_matching", LATENT, "estimate", "Song & Ermon 2019; flow of Song 2021"),
    Row(*TABLES, "gan", "gan", UNSCORED, "", "Goodfellow 2014; losses and penalty of Huang 2024"),
    Row(*TABLES, "bootstrap", "bootstrap", ("sample",), "", "Efron 1979", True, copies=True),
    Labelled(*TABLES, "independent", "independent", SCORES, "exact", "columns drawn apart"),
    Labelled(*TABLES, "pca", "pca", LATENT, "lower bound", "probabilistic PCA, Tipping & Bishop 1999"),
    Labelled(*TABLES, "copula", "copula", LATENT, "lower bound", "Gaussian copula with empirical margins"),
    Labelled(*TABLES, "mixture", "mixture", ("sample", "log_prob", "complete"), "lower bound", "Gaussian mixture"),
    Row(*TABLES, "trees", "trees", ("sample",), "", "sequential trees, Reiter 2005 (synthpop)", True),
    Row(*SEQUENCES, "autoregressive", "autoregressive", LOSSLESS, "exact", "causal transformer, Vaswani 2017"),
    Row(
        *SEQUENCES, "discrete-diffusion", "discrete_diffusion", SCORES, "lower bound", "Austin 2021; Sahoo 2024 (MDLM)"
    ),
    Row(*SEQUENCES, "vae", "vae", BITS_BACK, "lower bound", "Bowman 2016; conductor of Roberts 2018 (MusicVAE)"),
    Row(
        *SEQUENCES,
        "adversarial-autoencoder",
        "adversarial_autoencoder",
        ENCODES,
        "",
        "Makhzani 2016; of lines as in Polykovskiy 2020 (MOSES)",
        compare=False,
    ),
    Row(*SEQUENCES, "bootstrap", "bootstrap", ("sample",), "", "Efron 1979", True, copies=True),
    Labelled(*SEQUENCES, "n-gram", "n_gram", SCORES, "exact", "Shannon 1948; Kneser & Ney 1995"),
    Row(*AUDIO, "autoregressive", "autoregressive", LOSSLESS, "exact", "WaveNet, van den Oord 2016"),
    Row(
        *AUDIO,
        "vq-vae",
        "vq_vae",
        LATENT,
        "lower bound",
        "van den Oord 2017; its codes by a WaveNet",
        compare=False,
    ),
    Row(*AUDIO, "bootstrap", "bootstrap", ("sample",), "", "Efron 1979", True, copies=True),
    Labelled(
        *AUDIO, "linear-prediction", "linear_prediction", ("sample", "log_prob"), "exact", "Atal & Schroeder 1970"
    ),
    Labelled(*AUDIO, "n-gram", "n_gram", SCORES, "exact", "Shannon 1948; Witten & Bell 1991"),
    Row(*MUSIC, "autoregressive", "autoregressive", LOSSLESS, "exact", "causal transformer, Vaswani 2017"),
    Row(*MUSIC, "discrete-diffusion", "discrete_diffusion", SCORES, "lower bound", "Austin 2021; Sahoo 2024 (MDLM)"),
    Row(*MUSIC, "vae", "vae", BITS_BACK, "lower bound", "MusicVAE, Roberts 2018"),
    Row(*MUSIC, "bootstrap", "bootstrap", ("sample",), "", "Efron 1979", True, copies=True),
    Labelled(*MUSIC, "n-gram", "n_gram", SCORES, "exact", "Shannon 1948; Kneser & Ney 1995"),
    Row(
        *POINTS,
        "equivariant-diffusion",
        "equivariant_diffusion",
        SCORES,
        "lower bound",
        "Hoogeboom 2022 (EDM); kinds of Vignac 2023",
    ),
    Row(
        *POINTS,
        "latent-diffusion",
        "latent_diffusion",
        ("sample", "log_prob"),
        "lower bound",
        "Xu 2023 (GeoLDM)",
        compare=False,
    ),
    Row(*POINTS, "bootstrap", "bootstrap", ("sample",), "", "Efron 1979", True, copies=True),
    Row(
        *POINTS,
        "noisy-copies",
        "noisy_copies",
        ("sample",),
        "",
        "training sets, moved by 0.05 angstrom",
        True,
        copies=True,
    ),
    Labelled(*POINTS, "independent", "independent", SCORES, "exact", "members drawn apart"),
    Row(*GRAPH_SETS, "discrete-diffusion", "discrete_diffusion", SCORES, "lower bound", "Vignac 2023 (DiGress)"),
    Row(
        *GRAPH_SETS, "gran", "gran", SCORES, "lower bound", "Liao 2019, breadth-first by default", suits=structure_alone
    ),
    Row(
        *GRAPH_SETS,
        "graph-rnn",
        "graph_rnn",
        SCORES,
        "lower bound",
        "You 2018 (GraphRNN), breadth-first",
        suits=structure_alone,
    ),
    Row(
        *GRAPH_SETS,
        "graph-vae",
        "graph_vae",
        ("sample", "log_prob", "encode", "decode", "interpolate"),
        "lower bound",
        "Simonovsky & Komodakis 2018 (GraphVAE)",
    ),
    Row(*GRAPH_SETS, "bootstrap", "bootstrap", ("sample",), "", "Efron 1979", True, copies=True),
    Labelled(*GRAPH_SETS, "erdos-renyi", "erdos_renyi", SCORES, "exact", "pairs joined apart, Gilbert 1959"),
    Labelled(
        *GRAPH_SETS,
        "stochastic-block-model",
        "stochastic_block_model",
        ("sample",),
        "",
        "Holland 1983",
        suits=structure_alone,
    ),
    Labelled(
        *GRAPH_SETS,
        "barabasi-albert",
        "barabasi_albert",
        ("sample",),
        "",
        "Barabasi & Albert 1999",
        suits=structure_alone,
    ),
    Row(
        *GRAPH_SETS,
        "rewiring",
        "rewiring",
        ("sample",),
        "",
        "degrees kept, Maslov & Sneppen 2002",
        True,
        suits=structure_alone,
    ),
    Row(*MOLECULES, "autoregressive", "autoregressive", LOSSLESS, "exact", "causal transformer, Vaswani 2017"),
    Row(
        *MOLECULES, "discrete-diffusion", "discrete_diffusion", SCORES, "lower bound", "Austin 2021; Sahoo 2024 (MDLM)"
    ),
    Row(*MOLECULES, "vae", "vae", BITS_BACK, "lower bound", "Bowman 2016; conductor of Roberts 2018 (MusicVAE)"),
    Row(
        *MOLECULES,
        "adversarial-autoencoder",
        "adversarial_autoencoder",
        ENCODES,
        "",
        "Makhzani 2016; of lines as in Polykovskiy 2020 (MOSES)",
        compare=False,
    ),
    Row(*MOLECULES, "bootstrap", "bootstrap", ("sample",), "", "Efron 1979", True, copies=True),
    Labelled(*MOLECULES, "brics", "brics", ("sample",), "", "fragments joined again, Degen 2008"),
    Labelled(*MOLECULES, "valence", "valence", ("sample",), "", "random graphs whose valences are met"),
    Labelled(*MOLECULES, "n-gram", "n_gram", SCORES, "exact", "Shannon 1948; Kneser & Ney 1995"),
    Row(*MATCH, "clip", "clip", MATCH_VERBS, "", "Radford 2021; Zhai 2023; negatives of Yuksekgonul 2023"),
    Row(*NODES, "mlp", "mlp", PREDICTOR_VERBS, "", "no graph: features of each node alone", True),
    Row(*NODES, "label-propagation", "label_propagation", ("predict",), "", "Zhu 2003", True),
    Row(*NODES, "manifold-regularisation", "manifold_regularisation", PREDICTOR_VERBS, "", "Belkin 2006"),
    Row(*NODES, "semi-supervised-embedding", "semi_supervised_embedding", PREDICTOR_VERBS, "", "Weston 2012"),
    Row(*NODES, "iterative-classification", "iterative_classification", ("predict",), "", "Lu & Getoor 2003"),
    Row(*NODES, "deepwalk", "deepwalk", PREDICTOR_VERBS, "", "Perozzi 2014"),
    Row(*NODES, "node2vec", "deepwalk", PREDICTOR_VERBS, "", "Grover & Leskovec 2016"),
    Row(*NODES, "planetoid", "planetoid", PREDICTOR_VERBS, "", "Yang 2016"),
    Row(*NODES, "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row(*NODES, "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of edges by Hu 2020"),
    Row(*NODES, "sgc", "sgc", PREDICTOR_VERBS, "", "Wu 2019"),
    Row(*NODES, "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018"),
    Row(*NODES, "gatv2", "gatv2", PREDICTOR_VERBS, "", "Brody 2022"),
    Row(*NODES, "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017"),
    Row(*NODES, "cheb", "cheb", PREDICTOR_VERBS, "", "Defferrard 2016"),
    Row(*NODES, "deep-gcn", "deep_gcn", PREDICTOR_VERBS, "", "Chen 2020; remedies of Xu 2018, Zhao 2020, Zhou 2020"),
    Row(*LINKS, "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row(*LINKS, "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017"),
    Row(*LINKS, "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018"),
    Row(*LINKS, "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of edges by Hu 2020"),
    Row(*LINKS, "gae", "gae", PREDICTOR_VERBS, "", "Kipf & Welling 2016"),
    Row(*LINKS, "vgae", "vgae", PREDICTOR_VERBS, "", "Kipf & Welling 2016"),
    Row(*LINKS, "walks", "walks", PREDICTOR_VERBS, "", "Hamilton 2017, the loss without labels"),
    Row(*GRAPHS, "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of edges by Hu 2020"),
    Row(*GRAPHS, "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row(*GRAPHS, "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017"),
    Row(*GRAPHS, "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018"),
    Row(*RELATIONS, "rgcn", "rgcn", PREDICTOR_VERBS, "", "Schlichtkrull 2018"),
    Row(*RELATIONS, "distmult", "distmult", PREDICTOR_VERBS, "", "no graph: Yang 2015", True),
    Row(*RECOMMEND, "lightgcn", "lightgcn", PREDICTOR_VERBS, "", "He 2020; softmax of Wu 2022"),
    Row(*RECOMMEND, "pinsage", "pinsage", PREDICTOR_VERBS, "", "Ying 2018"),
    Row(
        *RECOMMEND, "matrix-factorisation", "matrix_factorisation", PREDICTOR_VERBS, "", "Koren 2009; Rendle 2009", True
    ),
    Row(*RECOMMEND, "popularity", "popularity", ("predict",), "", "what most people take", True),
    Row(*PROPERTIES, "dmpnn", "dmpnn", PREDICTOR_VERBS, "", "Yang 2019"),
    Row(*PROPERTIES, "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of bonds by Hu 2020", compare=False),
    Row(*PROPERTIES, "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row(*PROPERTIES, "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018", compare=False),
    Row(*PROPERTIES, "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017", compare=False),
    Row(*PROPERTIES, "fingerprint", "fingerprint", PREDICTOR_VERBS, "", "Rogers & Hahn 2010"),
    Row(*PROPERTIES, "forest", "forest", ("predict",), "", "Breiman 2001", True),
    Row(*PROPERTIES, "linear", "linear", ("predict",), "", "Hoerl & Kennard 1970", True, suits=has_descriptors),
    Row(
        *PROPERTIES,
        "nearest",
        "nearest",
        ("predict",),
        "",
        "Cover & Hart 1967; Tanimoto 1958",
        True,
        keeps="what was measured of training molecules",
    ),
    Row(*PROPERTIES, "mean", "mean", ("predict",), "", "the mean, or how frequent classes are", True),
)

GUIDED, TRUNCATED = ("guidance", "against"), ("temperature", "top_k", "top_p")
RULED = (*GUIDED, "guidance_rule")
STARTED = ("start", "strength")
SAMPLE_OPTIONS = {  # what draws take: of which families, by kind of data (the contract test proves it)
    RULED: {
        "images": ("autoencoder", "vae", "iwae", "discrete-vae"),
        "tables": ("autoencoder", "vae"),
        "graph-sets": ("graph-vae",),
    },
    ("steps", "sampler", *RULED, *STARTED): {
        "images": ("latent-diffusion", "flow-matching", "diffusion", "cascade", "score-matching"),
        "tables": ("flow-matching", "diffusion", "score-matching"),
    },
    ("steps", "sampler", *RULED, *STARTED, "like"): {"images": ("unclip",)},
    ("steps", *RULED): {
        "images": ("energy",),
        "tables": ("energy",),
        "sequences": ("discrete-diffusion",),
        "music": ("discrete-diffusion",),
        "graph-sets": ("discrete-diffusion",),
        "molecules": ("discrete-diffusion",),
    },
    (*GUIDED, *TRUNCATED): {
        "images": ("vq-vae", "vq-vae-2", "dall-e", "autoregressive"),
        "tables": ("autoregressive",),
        "sequences": ("autoregressive", "vae", "adversarial-autoencoder"),
        "audio": ("autoregressive", "vq-vae"),
        "music": ("autoregressive", "vae"),
        "molecules": ("autoregressive", "vae", "adversarial-autoencoder"),
    },
    STARTED: {"points": ("equivariant-diffusion", "latent-diffusion")},
    TRUNCATED: {kind: ("n-gram",) for kind in ("sequences", "audio", "music", "molecules")},
}
SEEING = ("latent-diffusion", "flow-matching", "diffusion", "cascade", "score-matching", "bootstrap")  # given images
_TAKEN = {
    (kind, family): options
    for options, by_kind in SAMPLE_OPTIONS.items()
    for kind, families in by_kind.items()
    for family in families
}


def _conditional(row: Row) -> str:
    """On what its models can be conditioned, where the table of rows leaves open whether they read images."""
    reads_none = row.kind == "images" and row.conditional == "any" and row.family not in SEEING
    return "no image" if reads_none else row.conditional


ROWS = tuple(
    replace(row, sample_options=_TAKEN.get((row.kind, row.family), ()), conditional=_conditional(row)) for row in ROWS
)
PATHS = {"images": ("latent-diffusion", "flow-matching", "diffusion", "score-matching")}
CODES_FIGURE = "codes"  # of every family that encodes
FIGURES = {  # of which families `genwright plot` has them, by kind of data or task (the contract test proves it)
    "progressive": PATHS,
    "x0": PATHS,
    "partial": PATHS,
    CODES_FIGURE: {},
    "attention": {"nodes": ("gat", "gatv2")},
    "layers": {"nodes": ("mlp", "gcn", "gin", "sgc", "gat", "gatv2", "sage", "cheb", "deep-gcn")},
}
_registered: list[Row] = []


def register(
    data: str,
    family: str,
    recipe: Callable,
    presets: dict[str, Hyper] | None = None,
    verbs: tuple[str, ...] = ("sample",),
    likelihood: str = "",
    paper: str = "",
    task: str | None = None,
    compare: bool = True,
    copies: bool = False,
    sample_options: tuple[str, ...] = (),
) -> None:
    """Add a family of your own to `fit`, `compare`, `list` and the contract test, in this process.

    data: the kind of data (`genwright list` names them). task: what the family learns, by default the first task of the
    kind.
    recipe: a function recipe(spec, given, hyper) -> Recipe, which must be importable when a run is opened again.
    presets: {name: instance} of its frozen dataclass of hyperparameters (`core.hyper.Hyper`). `fit` uses the first by
    default, and the contract test uses "tiny". A recipe(spec, given) without hyperparameters has no presets.
    verbs: the verbs whose methods the family defines. likelihood: "exact", "lower bound", "estimate", "unnormalised",
    or "" without `log_prob`.
    compare: whether `compare` trains it by default. copies: whether its samples are training items, so that no report
    recommends it for new ones. sample_options: names of the sampling options that the family declares, for `list`.

    To register a family in every process, a package names a function without arguments in an entry point of the group
    "genwright.families"; that function calls `register`.

    Raises DataError for an unknown kind of data, task or verb, a likelihood that does not fit the verbs, presets of
    several dataclasses, or a name that is taken.
    """
    from ..core.likelihood import KINDS

    kinds = dict.fromkeys(kind for kind, _ in TASKS)
    if data not in kinds:
        raise DataError(f"no kind of data is called {data!r}: choose one of {', '.join(kinds)}")
    task = task or tasks(data)[0]
    if task not in tasks(data):
        raise DataError(f"no task {task!r} is for {data}: choose one of {', '.join(tasks(data))}")
    where, known = label(data, task), MATCH_VERBS if predicts(task) else MODEL_VERBS
    if unknown := [verb for verb in verbs if verb not in known]:
        raise DataError(
            f"{family} has a verb {unknown[0]!r}, which is unknown for {where}: choose among {', '.join(known)}"
        )
    if bool(likelihood) != ("log_prob" in verbs) or (likelihood and likelihood not in KINDS):
        raise DataError(
            f"likelihood={likelihood!r} of {family} must be one of {', '.join(KINDS)} with log_prob, else ''"
        )
    kinds_of_presets = {type(preset) for preset in (presets or {}).values()}
    if len(kinds_of_presets) > 1 or not all(issubclass(kind, Hyper) for kind in kinds_of_presets):
        raise DataError(
            f"the presets of {family} must be instances of one frozen dataclass of hyperparameters, a subclass of "
            "genwright.core.hyper.Hyper: declare it as docs/your-family.md does"
        )
    if (data, task, family) in {(r.kind, r.task, r.family) for r in ROWS + tuple(_registered)}:
        raise DataError(f"there is a family {family!r} for {where} already: choose another name")
    named = {"compare": compare, "presets": presets or {}, "copies": copies, "sample_options": sample_options}
    own = Row(data, task, family, recipe, tuple(verbs), likelihood, paper, **named)
    _registered.append(own)


def register_task(kind: str, task: str, of: Task) -> None:
    """Add a task of a kind of data of your own (see `genwright.data.kinds.register_kind`), in this process.

    Raises DataError for a name that is taken, by a task of the kind or by families of another kind.
    """
    if (kind, task) in TASKS or label(kind, task) in {label(*known) for known in TASKS}:
        raise DataError(f"there is a task {label(kind, task)!r} already: choose another name")
    TASKS[kind, task] = of


def rows() -> tuple[Row, ...]:
    """Every family, ours first."""
    load_plugins()
    return ROWS + tuple(_registered)


def label(kind: str, task: str) -> str:
    """The purpose of a family in one word: the kind of data that it generates, or its task."""
    return task if predicts(task) else kind


def place(label: str) -> tuple[str, str]:
    """(kind, task) of a label. One that is unknown is taken for a kind."""
    return next(
        ((kind, task) for kind, task in TASKS if label == (task if predicts(task) else kind)), (label, GENERATE)
    )


def predicts(task: str) -> bool:
    """Whether the families of a task are predictors, not models."""
    return task != GENERATE


def presets(row: Row) -> dict[str, Hyper]:
    """{name: hyperparameters} of a row's recipe; empty for one without hyperparameters."""
    return row.presets if callable(row.recipe) else _recipes(row).PRESETS.get(row.family, {})


def recipe_of(row: Row) -> Callable:
    """The function that builds a row's family. Rows of several kinds of data may share it."""
    return row.recipe if callable(row.recipe) else getattr(_recipes(row), row.recipe)


def _recipes(row: Row):
    return import_module(TASKS[row.kind, row.task].recipes)


def _resolve(where: str):
    module, name = where.split(":")
    return getattr(import_module(module), name)


def domain_class(kind: str, task: str):
    """The class of the task's domains (see `domains.domain.Domain`)."""
    return _resolve(TASKS[kind, task].domain)


def suite_class(of) -> type:
    """The class that measures models of a `Data`, of which it needs the domain alone: a model has it too."""
    made = _resolve(TASKS[of.domain.kind, of.domain.task].suite)
    return made if isinstance(made, type) else made(of)


def loss_curves() -> Callable:
    """The function that draws what a run logged (see `reports.curves`), which `run` cannot import."""
    return _resolve("genwright.reports.curves:of_one_run")


def tasks(kind: str) -> list[str]:
    """Names of the tasks for a kind of data, its default first."""
    return [task for of, task in TASKS if of == kind]


def task_data(kind: str, task: str):
    """The function that makes the Data of a task. Raises DataError where data of the kind cannot be made it."""
    if (kind, task) not in TASKS:
        raise DataError(f"no task {task!r} is for {kind}: choose one of {', '.join(tasks(kind))}")
    if not TASKS[kind, task].items:
        raise DataError(f"{kind} become data for {task!r} as they are loaded: name their source in place of the data")
    return _resolve(TASKS[kind, task].items)


def families(kind: str, task: str, verb: str | None = None, baselines: bool = False) -> list[str]:
    """Names of the families for a task, in the table's order; only those with a verb, a sampling option or a figure,
    where one is named."""
    fit = [r for r in rows() if (r.kind, r.task, r.baseline) == (kind, task, baselines)]
    return [r.family for r in fit if verb is None or verb in (*r.verbs, *r.sample_options, *r.figures)]


def list_families(kind: str | None = None) -> pd.DataFrame:
    """Families as a DataFrame, one row each: kind, task, baseline, verbs, likelihood, paper.

    kind: a kind of data ("tables") or a task ("nodes"); by default all. Raises DataError for an unknown kind.
    """
    import pandas as pd

    known = dict.fromkeys(word for row in rows() for word in (row.kind, row.task, row.label))
    if kind is not None and kind not in known:
        raise DataError(f"there is no kind of data or task {kind!r}{nearest(kind, known)}")
    shown = ("family", "kind", "task", "baseline", "verbs", "likelihood", "paper")
    found = [row for row in rows() if kind in (None, row.kind, row.task, row.label)]
    return pd.DataFrame([{name: getattr(row, name) for name in shown} for row in found], columns=shown)


def compared(kind: str, task: str) -> list[str]:
    """Names of the families that `compare` takes where none is named, baselines aside."""
    return [r.family for r in rows() if (r.kind, r.task) == (kind, task) and r.compare and not r.baseline]


def find(kind: str, task: str, family: str) -> Row | None:
    """The row of a family, None where there is none."""
    return next((r for r in rows() if (r.kind, r.task, r.family) == (kind, task, family)), None)


def row(kind: str, task: str, family: str) -> Row:
    """The row of a family. Raises DataError for one that is unknown or does not fit the task."""
    if found := find(kind, task, family):
        return found
    known = families(kind, task) + families(kind, task, baselines=True)
    instead = _for_another(kind, task, family) or _near(kind, family, known)
    raise DataError(f"no family {family!r} for {label(kind, task)}: {instead}choose one of {', '.join(known)}")


def require_name(family: str) -> None:
    """Raises DataError for what is the name of no family of any kind of data, and no other name of one."""
    known = {own.family for own in rows()} | {other.name for other in names.ALIASES}
    if family not in known and not names.nearest_to(family):
        near = get_close_matches(family.lower(), sorted(known), 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise DataError(f"no family is called {family!r}: {hint}`genwright list` prints all")


def family_and_preset(kind: str, task: str, name: str, preset: str | None = None) -> tuple[str, str | None]:
    """The family that a typed name means, and its preset. An alias (see `names`) may name both. Raises DataError for a
    preset beside an alias that names another."""
    meant = None if find(kind, task, name) or predicts(task) else names.alias(kind, name)
    if meant is None:
        return name, preset
    if preset and meant.preset:
        raise DataError(f"{name} is the preset {meant.preset} of {meant.family}: leave the preset {preset!r} out")
    return meant.family, preset or meant.preset or None


def resolve(kind: str, task: str, name: str | None, preset: str | None) -> tuple[Row, str | None]:
    """The row that a typed name means, or that of the task's default family, and its preset."""
    if name is not None:
        name, preset = family_and_preset(kind, task, name, preset)
    return row(kind, task, name or TASKS[kind, task].default), preset


def require_reads(own: Row, given) -> None:
    """Raises Unsupported for conditions that a family cannot read."""
    if not (why := own.refuses(given)):
        return
    from ..core.spec import Spec

    others = [row(own.kind, own.task, name) for name in families(own.kind, own.task)]
    able = ", ".join(one.family for one in others if not one.refuses(given))
    read = next(([name] for name, leaf in given.leaves if not own.refuses(Spec(((name, leaf),)))), [])
    names = ", ".join(own.unread(given) or [name for name in given.names if name not in read])
    raise Unsupported(f"{why}: leave {names} out of what is given, or take one of {able}")


def _for_another(kind: str, task: str, family: str) -> str:
    """A clause about a family of another task of the same kind of data; "" where there is none."""
    others = [other for place, other in TASKS if place == kind and find(kind, other, family)]
    if not others:
        return ""
    how = (
        "name what to predict with --target (target=)"
        if task == GENERATE and kind == MOLECULES[0]
        else f"pass --task {others[0]} (task=)"
    )
    return f"it is for {others[0]}, so {how}, or "


def _near(kind: str, name: str, known: list[str]) -> str:
    """A clause about the family that an unknown name may mean; "" if nothing is near."""
    if meant := names.alias(kind, name):
        return f"it is the preset {meant.preset} of {meant.family}, which only fit takes; "
    if close := [family for family in names.nearest_to(name) if family in known]:
        return f"not here; nearest is {close[0]}; or "
    if close := get_close_matches(name.lower(), known, 1):
        return f"did you mean {close[0]}? Or "
    return ""


def hyperparameters(own: Row, spec, given, items: int, preset: str | None = None, other: dict | None = None) -> dict:
    """The resolved hyperparameters of a recipe: what stands in `config.toml` and builds the same network again.

    items: training items at hand. preset: by name; by default the one that fits the data. other: values in place of the
    preset's. Raises DataError for a preset or a hyperparameter that the recipe does not have, and for a value that is
    out of range.
    """
    family, table, other = own.family, presets(own), other or {}
    if table and preset is None:
        choose = None if callable(own.recipe) else getattr(_recipes(own), "choose", None)
        preset = choose(family, spec, given, items) if choose else next(iter(table))
    if table and preset not in table:
        raise DataError(f"no preset {preset!r} for {family}: choose one of {', '.join(table)}")
    chosen = table[preset] if table else Hyper()
    return chosen.changed(other, family).values()


def codec_hyperparameters(kind: str, task: str, family: str) -> set[str]:
    """Names of the hyperparameters that are of the family's codec alone, where it may take that of another run; none
    where it may not."""
    own = find(kind, task, family)
    some = next(iter(presets(own).values()), None) if own else None
    return set(getattr(some, "of_codec", ()))


def build(own: Row, spec, given, values: dict, codec: dict | None = None):
    """The untrained `Recipe` (see `trainable.Recipe`) for resolved hyperparameters.

    codec: {"family", "recipe"} of the run whose codec it is built with, in place of one of its own. Raises DataError
    for a hyperparameter that the recipe does not have, or that is out of range.
    """
    make = partial(recipe_of(own), spec, given, *([_hyper(own, values)] if presets(own) else []))
    if codec is not None:
        other = row(own.kind, own.task, codec["family"])
        make = partial(make, codec=_hyper(other, codec["recipe"]).codec(spec))
    made = make()
    if own.conditional != "label" or made.family.conditional or not given.leaves:
        return made
    from ..families.by_label import ByLabel

    return replace(made, family=ByLabel(spec, given, lambda: make().family))


def _hyper(own: Row, values: dict) -> Hyper:
    some = next(iter(presets(own).values()), Hyper())
    return type(some)().changed(values, own.family)
