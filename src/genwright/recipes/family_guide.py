"""Contents of a family's page beside its row of the registry: the modules with its equations, and when to take it.

Plain data; importing it imports no torch.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Algorithm:
    """module: of genwright; its docstring has the equations. families: that it is the algorithm of. labels: kinds of
    data, or tasks, that it holds for; every one where empty."""

    module: str
    families: tuple[str, ...]
    labels: tuple[str, ...] = ()


ALGORITHMS = (
    Algorithm("families.two_stage.unclip", ("unclip",)),
    Algorithm("families.diffusion.embedding_prior", ("unclip",)),
    Algorithm("networks.graph.dense", ("mlp",)),
    Algorithm("networks.graph.gcn", ("gcn",)),
    Algorithm("networks.graph.gin", ("gin",)),
    Algorithm("networks.graph.sgc", ("sgc",)),
    Algorithm("networks.graph.gat", ("gat", "gatv2")),
    Algorithm("networks.graph.sage", ("sage",)),
    Algorithm("networks.graph.cheb", ("cheb",)),
    Algorithm("networks.graph.depth", ("deep-gcn",)),
    Algorithm("networks.graph.rgcn", ("rgcn",)),
    Algorithm("networks.graph.lightgcn", ("lightgcn", "matrix-factorisation")),
    Algorithm("networks.graph.pinsage", ("pinsage",)),
    Algorithm("networks.graph.bond_messages", ("dmpnn",)),
    Algorithm("predictors.classic.label_propagation", ("label-propagation",)),
    Algorithm("predictors.classic.manifold_regularisation", ("manifold-regularisation",)),
    Algorithm("predictors.classic.semi_supervised_embedding", ("semi-supervised-embedding",)),
    Algorithm("predictors.classic.iterative_classification", ("iterative-classification",)),
    Algorithm("predictors.classic.deepwalk", ("deepwalk", "node2vec")),
    Algorithm("predictors.classic.planetoid", ("planetoid",)),
    Algorithm("predictors.autoencoders", ("gae", "vgae", "walks")),
    Algorithm("predictors.nodes", ("mlp", "gcn", "gin", "sgc", "gat", "gatv2", "sage", "cheb", "deep-gcn"), ("nodes",)),
    Algorithm("predictors.links", ("gcn", "sage", "gat", "gin"), ("links",)),
    Algorithm("predictors.graphs", ("gin", "gcn", "sage", "gat"), ("graphs",)),
    Algorithm("predictors.relations", ("rgcn", "distmult")),
    Algorithm("predictors.recommend", ("lightgcn", "pinsage", "matrix-factorisation", "popularity")),
    Algorithm("predictors.clip", ("clip",)),
    Algorithm("predictors.properties", ("dmpnn", "gin", "gcn", "gat", "sage", "fingerprint"), ("properties",)),
    Algorithm("predictors.property_baselines", ("forest", "linear", "nearest", "mean")),
)

NO_FEATURES = "It reads no features of nodes, and its vectors hold for the training graph only."
ONE_GRAPH = "It labels nodes of the training graph only."
NEAR = "A node hears from one hop a layer, so a shallow network sees near neighbours only."
FLOOR = "It is a simple baseline: take a trained family that beats it."
ADVICE = {  # family: when to take it, and what speaks against it
    "unclip": (
        "Take it for images from captions, for variations of an image, and to edit images by captions.",
        "It needs captions and trains in three stages: towers, a prior and a decoder. It has no likelihood.",
    ),
    "mlp": ("Take it to see what the graph is worth: it reads features alone.", "It ignores every edge."),
    "label-propagation": ("Take it where neighbours share labels and nodes have no features.", ONE_GRAPH),
    "manifold-regularisation": (
        "Take it for a linear classifier that the graph smooths.",
        "Predictions read features alone, without the neighbours.",
    ),
    "semi-supervised-embedding": (
        "Take it for a network of features that the graph smooths.",
        "Predictions read features alone, without the neighbours.",
    ),
    "iterative-classification": (
        "Take it to use labels of neighbours beside the features.",
        "It has no encode.",
    ),
    "deepwalk": ("Take it for vectors of nodes without features.", NO_FEATURES),
    "node2vec": ("Take it for vectors of nodes, with walks that stay near or go far.", NO_FEATURES),
    "planetoid": (
        "Take it to learn from features and from walks together.",
        "It learns a vector for each node, so it knows nothing of another graph.",
    ),
    "gcn": ("Take it first: it averages neighbours, with one matrix a layer.", NEAR),
    "gin": ("Take it for whole graphs, whose structure it tells apart by sums.", NEAR),
    "sgc": (
        "Take it where training must be fast: it smooths the features once and then fits one linear map.",
        "It has nothing that is not linear.",
    ),
    "gat": ("Take it where some neighbours matter more than others.", NEAR),
    "gatv2": ("Take it where the neighbour that matters depends on the node.", NEAR),
    "sage": ("Take it for large graphs and for nodes that come later.", NEAR),
    "cheb": ("Take it for filters that reach several hops in one layer.", "It has a matrix for each hop."),
    "deep-gcn": ("Take it for networks of many layers.", "A few layers of gcn are enough for many graphs."),
    "gae": ("Take it for links and vectors of nodes without labels.", "Its vectors have no uncertainty."),
    "vgae": ("Take it for links and vectors of nodes with uncertainty.", "It learns edges, not types of edges."),
    "walks": ("Take it where nodes that meet on walks should be alike.", "It learns no types of edges."),
    "rgcn": ("Take it for graphs with several types of edges.", "It needs types of edges to gain anything."),
    "distmult": ("Take it to see what the messages of a graph are worth.", FLOOR),
    "lightgcn": ("Take it for recommendations from who took what.", "It knows nothing of a user without items."),
    "pinsage": (
        "Take it where short random walks should choose the neighbours.",
        "Walks cost time in every pass.",
    ),
    "matrix-factorisation": ("Take it as the baseline of recommendations without a graph.", FLOOR),
    "popularity": ("Take it as the floor: it recommends to all what most people take.", FLOOR),
    "clip": (
        "Take it to search images by text, and to find captions that fit badly.",
        "It learns only what captions say: a word that none has means nothing to it.",
    ),
    "dmpnn": ("Take it first for properties of molecules.", "A forest may be enough for few molecules."),
    "fingerprint": ("Take it for a network on counts of fragments.", "It sees fragments, not the whole graph."),
    "forest": ("Take it for few molecules: it trains without a network.", "It has no encode."),
    "linear": ("Take it for numbers that descriptors explain.", "It needs descriptors beside the molecules."),
    "nearest": (
        "Take it to see what similar molecules alone predict.",
        "Its run keeps what was measured of training molecules.",
    ),
    "mean": ("Take it as the floor: it answers the same for every molecule.", FLOOR),
}

VARIANTS = {  # (family, preset): the algorithm or the part by which this preset differs from the others
    ("clip", "sigmoid"): "each pair alone, as in SigLIP (Zhai 2023)",
    ("clip", "plain"): "without swapped captions (Radford 2021)",
    ("gcn", "uniform"): "uniform neighbours (Hamilton 2017)",
    ("gcn", "fastgcn"): "FastGCN (Chen 2018)",
    ("gcn", "ladies"): "LADIES (Zou 2019)",
    ("gcn", "as-gcn"): "AS-GCN (Huang 2018)",
    ("gcn", "bandit"): "GCN-BS (Liu 2020)",
    ("gcn", "pass"): "PASS (Yoon 2021)",
    ("gcn", "clusters"): "Cluster-GCN (Chiang 2019)",
    ("gcn", "walks"): "GraphSAINT with random walks (Zeng 2020)",
    ("lightgcn", "bpr"): "the BPR loss (Rendle 2009)",
    ("sage", "pool"): "the max-pooling aggregator (Hamilton 2017)",
    ("sage", "lstm"): "the LSTM aggregator (Hamilton 2017)",
    ("sage", "uniform"): "uniform neighbours (Hamilton 2017)",
}


def algorithms(family: str, labels: set[str]) -> list[str]:
    """Modules with the equations of a family on these kinds of data or tasks."""
    fits = lambda one: family in one.families and (not one.labels or labels & set(one.labels))
    return [f"genwright.{one.module}" for one in ALGORITHMS if fits(one)]
