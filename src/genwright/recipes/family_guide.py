"""Contents of a family's page beside its row of the registry: the modules with its equations, and when to take it.

Plain data; importing it imports no torch.
"""

from __future__ import annotations

from dataclasses import dataclass

ARRAYS = ("images", "tables")
LINES = ("sequences", "molecules", "music")


@dataclass(frozen=True)
class Algorithm:
    """module: of genwright; its docstring has the equations. families: that it is the algorithm of. labels: kinds of
    data, or tasks, that it holds for; every one where empty."""

    module: str
    families: tuple[str, ...]
    labels: tuple[str, ...] = ()


ALGORITHMS = (
    Algorithm("families.latent.autoencoder", ("autoencoder",)),
    Algorithm("families.latent.vae", ("vae",), ARRAYS),
    Algorithm("families.latent.sequence_vae", ("vae",), LINES),
    Algorithm("families.latent.iwae", ("iwae",)),
    Algorithm("families.latent.hierarchical_vae", ("hierarchical-vae",)),
    Algorithm("families.latent.semi_supervised_vae", ("semi-supervised-vae",)),
    Algorithm("families.latent.discrete_vae", ("discrete-vae",)),
    Algorithm("families.latent.adversarial_autoencoder", ("adversarial-autoencoder",)),
    Algorithm("families.latent.graph_vae", ("graph-vae",)),
    Algorithm("families.two_stage.quantized", ("vq-vae", "dall-e"), ("images",)),
    Algorithm("families.two_stage.quantized_in_time", ("vq-vae",), ("audio",)),
    Algorithm("families.two_stage.hierarchical_codec", ("vq-vae-2",)),
    Algorithm("families.two_stage.gaussian_codec", ("latent-diffusion",), ("images",)),
    Algorithm("families.two_stage.latent_point_diffusion", ("latent-diffusion",), ("points",)),
    Algorithm("families.two_stage.gumbel_codec", ("dall-e",)),
    Algorithm("families.two_stage.text_then_codes", ("dall-e",)),
    Algorithm("families.two_stage.unclip", ("unclip",)),
    Algorithm("families.diffusion.embedding_prior", ("unclip",)),
    Algorithm("families.two_stage.two_stage", ("vq-vae", "vq-vae-2", "latent-diffusion", "dall-e"), ("images",)),
    Algorithm("families.two_stage.cascade", ("cascade",)),
    Algorithm("families.flows.flow", ("flow",)),
    Algorithm("families.flows.integer_flow", ("integer-flow",)),
    Algorithm("families.autoregressive.autoregressive", ("autoregressive",), (*ARRAYS, *LINES)),
    Algorithm("families.autoregressive.autoregressive_in_time", ("autoregressive",), ("audio",)),
    Algorithm("families.autoregressive.trees", ("trees",)),
    Algorithm("families.autoregressive.ngram", ("n-gram",)),
    Algorithm("families.autoregressive.linear_prediction", ("linear-prediction",)),
    Algorithm("families.autoregressive.gran", ("gran",)),
    Algorithm("families.autoregressive.graph_rnn", ("graph-rnn",)),
    Algorithm("families.energy", ("energy",)),
    Algorithm("families.diffusion.flow_matching", ("flow-matching", "cascade")),
    Algorithm("families.diffusion.diffusion", ("diffusion",)),
    Algorithm("families.diffusion.score_matching", ("score-matching",)),
    Algorithm("families.diffusion.token_diffusion", ("discrete-diffusion",), LINES),
    Algorithm("families.diffusion.discrete_diffusion", ("discrete-diffusion",), ("graph-sets",)),
    Algorithm("families.diffusion.categorical_noise", ("discrete-diffusion",)),
    Algorithm("families.diffusion.equivariant_diffusion", ("equivariant-diffusion",)),
    Algorithm("families.adversarial.gan", ("gan",)),
    Algorithm("families.adversarial.gan_losses", ("gan",)),
    Algorithm("families.baselines.baselines", ("bootstrap", "independent"), (*ARRAYS, *LINES, "audio")),
    Algorithm("families.baselines.set_baselines", ("bootstrap", "independent"), ("points", "graph-sets")),
    Algorithm("families.baselines.pca", ("pca",)),
    Algorithm("families.baselines.gaussian", ("gaussian", "class-gaussian", "copula", "mixture")),
    Algorithm("families.baselines.noisy_copies", ("noisy-copies",)),
    Algorithm("families.baselines.erdos_renyi", ("erdos-renyi",)),
    Algorithm("families.baselines.graph_baselines", ("stochastic-block-model", "barabasi-albert", "rewiring")),
    Algorithm("families.baselines.remade", ("brics", "valence")),
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

NO_LIKELIHOOD = "It has no log_prob, so it cannot say how likely an item is."
NO_FEATURES = "It reads no features of nodes, and its vectors hold for the training graph only."
ONE_GRAPH = "It labels nodes of the training graph only."
NEAR = "A node hears from one hop a layer, so a shallow network sees near neighbours only."
FLOOR = "It is a simple baseline: take a trained family that beats it."
ADVICE = {  # family: when to take it, and what speaks against it
    "autoencoder": ("Take it for codes and reconstructions.", NO_LIKELIHOOD),
    "vae": (
        "Take it for codes with a density: it samples, scores, completes and interpolates.",
        "Its likelihood is a lower bound, not an exact number.",
    ),
    "iwae": (
        "Take it for a tighter bound than a VAE's, with more of the latents in use.",
        "Each training step decodes several codes an item, so it costs more than a VAE's.",
    ),
    "hierarchical-vae": (
        "Take it where one Gaussian layer of codes says too little.",
        "It trains more layers of latents than a VAE, and its likelihood is still a lower bound.",
    ),
    "vq-vae": (
        "Take it for discrete codes of items.",
        "It trains in two stages, the codec and then a prior of its codes, which share the budget.",
    ),
    "vq-vae-2": (
        "Take it for discrete codes on several levels, coarse and fine.",
        "It trains a prior for each level, which all share the budget.",
    ),
    "semi-supervised-vae": (
        "Take it where few items have labels: it predicts the label and generates items of a label.",
        "It can be conditioned on one column of labels only.",
    ),
    "discrete-vae": (
        "Take it for codes of several categories each, from one stage of training.",
        "Training relaxes the categories, so its gradients are biased.",
    ),
    "adversarial-autoencoder": (
        "Take it for codes of whole lines that look like standard normal draws.",
        NO_LIKELIHOOD,
    ),
    "graph-vae": (
        "Take it for codes of small graphs, each of which is generated at once.",
        "It cannot complete a graph, and it matches nodes to positions, which grows costly with the graph.",
    ),
    "latent-diffusion": (
        "Take it where noise removal on raw items is too slow: it works on smaller codes.",
        "Its codec loses detail, and both stages share the budget.",
    ),
    "dall-e": (
        "Take it for images from words, in a model that reads every word in its order.",
        "It trains in two stages, the codec and then a transformer over text and codes, which share the budget.",
    ),
    "unclip": (
        "Take it for images from captions, for variations of an image, and to edit images by captions.",
        "It needs captions and trains in three stages: towers, a prior and a decoder. It has no likelihood.",
    ),
    "cascade": (
        "Take it to generate a small image first and then its details.",
        "Its two models share the budget, and it has no codes.",
    ),
    "flow": (
        "Take it for densities and for codes that map back to the item.",
        "Its code is as large as the item.",
    ),
    "integer-flow": (
        "Take it for exact likelihoods of images and for lossless compression.",
        "It has no codes.",
    ),
    "autoregressive": (
        "Take it for exact likelihoods, and for lossless compression.",
        "It samples one value after another, and it has no codes.",
    ),
    "energy": (
        "Take it to rank items by how likely they are.",
        "Its likelihood is unnormalised, so its values cannot be compared with those of another model.",
    ),
    "flow-matching": (
        "Take it for samples by few or many steps, with guidance and starts.",
        "Its likelihood is an estimate, and every sample takes several calls of the network.",
    ),
    "diffusion": (
        "Take it for samples and a proven bound of the likelihood in one model.",
        "Every sample takes many calls of the network.",
    ),
    "score-matching": (
        "Take it to sample with Langevin dynamics over many noise levels.",
        "Its likelihood is an estimate, and every sample takes many calls of the network.",
    ),
    "discrete-diffusion": (
        "Take it to complete items of categories with gaps in any position.",
        "Its likelihood is a lower bound, and every sample takes several calls of the network.",
    ),
    "equivariant-diffusion": (
        "Take it for molecules in space: turning or renumbering a molecule changes nothing.",
        "Every sample takes many calls of the network, and it has no codes.",
    ),
    "gan": ("Take it for samples from one call of the network.", NO_LIKELIHOOD),
    "gran": (
        "Take it for graphs without types, several nodes at a time.",
        "It is for structure alone: it learns no types of nodes or edges.",
    ),
    "graph-rnn": (
        "Take it for graphs without types, one pair of nodes after another.",
        "It is for structure alone, and sampling takes a step for each pair.",
    ),
    "bootstrap": (
        "Take it as a check: it returns training items, which good metrics of memory must catch.",
        "Never take it for new items.",
    ),
    "noisy-copies": (
        "Take it as a check of what a metric forgives: it returns training items, moved a little.",
        "Never take it for new items.",
    ),
    "pca": ("Take it for linear codes, fitted in closed form.", FLOOR),
    "gaussian": ("Take it as the smallest model that sees pairs of values together.", FLOOR),
    "class-gaussian": ("Take it as the smallest model of each class.", FLOOR),
    "copula": ("Take it where columns depend on each other in simple ways.", FLOOR),
    "mixture": ("Take it for tables of few columns with clusters.", FLOOR),
    "independent": ("Take it as the floor: it ignores every dependence.", FLOOR),
    "trees": ("Take it for samples of tables without training a network.", NO_LIKELIHOOD),
    "n-gram": ("Take it for an exact likelihood from counts, in seconds.", "It sees few symbols back."),
    "linear-prediction": ("Take it for an exact likelihood of sound, fitted by least squares.", FLOOR),
    "erdos-renyi": ("Take it as the floor of graph models: it joins pairs independently.", FLOOR),
    "stochastic-block-model": ("Take it for graphs that fall into communities.", NO_LIKELIHOOD),
    "barabasi-albert": ("Take it for graphs with few nodes of very high degree.", NO_LIKELIHOOD),
    "rewiring": ("Take it to see what degrees alone explain: it keeps them and rewires edges.", NO_LIKELIHOOD),
    "brics": ("Take it to recombine fragments of training molecules.", NO_LIKELIHOOD),
    "valence": ("Take it to see what valences alone explain.", NO_LIKELIHOOD),
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
    ("autoregressive", "lstm"): "an LSTM (Hochreiter & Schmidhuber 1997)",
    ("autoregressive", "lstm-few"): "an LSTM with dropout, for few lines",
    ("adversarial-autoencoder", "lines"): "the networks of MOSES (Polykovskiy 2020)",
    ("clip", "sigmoid"): "each pair alone, as in SigLIP (Zhai 2023)",
    ("clip", "plain"): "without swapped captions (Radford 2021)",
    ("dall-e", "gumbel"): "codes by Gumbel-softmax (Ramesh 2021) in place of the nearest",
    ("dall-e", "row"): "attention along rows",
    ("dall-e", "column"): "attention along columns",
    ("dall-e", "local"): "attention to neighbours",
    ("dall-e", "sparse"): "rows, columns and neighbours in turn (Ramesh 2021)",
    ("diffusion", "bound"): "DDPM trained by its variational bound (Ho 2020)",
    ("diffusion", "vdm"): "VDM (Kingma 2021)",
    ("discrete-diffusion", "uniform"): "uniform noise (Austin 2021) in place of masks",
    ("discrete-diffusion", "sparse"): "noise that removes edges, as in EDGE (Chen 2023)",
    ("discrete-vae", "straight-through"): "straight-through Gumbel-softmax (Jang 2017)",
    ("gan", "augment"): "DiffAugment (Zhao 2020)",
    ("gan", "bidirectional"): "BiGAN (Donahue 2017)",
    ("gan", "style"): "a style-based generator (Karras 2019, 2020)",
    ("gan", "minimax"): "the minimax loss (Goodfellow 2014)",
    ("gan", "non-saturating"): "the non-saturating loss (Goodfellow 2014)",
    ("gan", "least-squares"): "LSGAN (Mao 2017)",
    ("gan", "hinge"): "the hinge loss (Lim & Ye 2017)",
    ("gan", "wasserstein"): "WGAN-GP (Gulrajani 2017)",
    ("gan", "wasserstein-clipped"): "WGAN with clipped weights (Arjovsky 2017)",
    ("gan", "relativistic"): "the relativistic loss (Jolicoeur-Martineau 2019)",
    ("gan", "ebgan"): "EBGAN (Zhao 2017)",
    ("gcn", "uniform"): "uniform neighbours (Hamilton 2017)",
    ("gcn", "fastgcn"): "FastGCN (Chen 2018)",
    ("gcn", "ladies"): "LADIES (Zou 2019)",
    ("gcn", "as-gcn"): "AS-GCN (Huang 2018)",
    ("gcn", "bandit"): "GCN-BS (Liu 2020)",
    ("gcn", "pass"): "PASS (Yoon 2021)",
    ("gcn", "clusters"): "Cluster-GCN (Chiang 2019)",
    ("gcn", "walks"): "GraphSAINT with random walks (Zeng 2020)",
    ("latent-diffusion", "quantised"): "latents from a codebook",
    ("latent-diffusion", "transformer"): "a diffusion transformer (Peebles & Xie 2023) in place of the U-Net",
    ("lightgcn", "bpr"): "the BPR loss (Rendle 2009)",
    ("n-gram", "tiny"): "Witten-Bell smoothing (Witten & Bell 1991)",
    ("n-gram", "small"): "Kneser-Ney smoothing (Kneser & Ney 1995)",
    ("n-gram", "markov"): "a Markov chain of order 1",
    ("sage", "pool"): "the max-pooling aggregator (Hamilton 2017)",
    ("sage", "lstm"): "the LSTM aggregator (Hamilton 2017)",
    ("sage", "uniform"): "uniform neighbours (Hamilton 2017)",
    ("vq-vae", "fsq"): "finite scalar quantisation (Mentzer 2023)",
    ("vq-vae", "residual"): "residual quantisation (Lee 2022)",
    ("vq-vae", "rotation"): "gradients by rotation (Fifty 2024)",
    ("vq-vae", "snail"): "a PixelSNAIL as prior (Chen 2018)",
    ("vq-vae", "transformer"): "a transformer as prior",
    ("vq-vae-2", "fsq"): "finite scalar quantisation (Mentzer 2023)",
    ("vq-vae-2", "residual"): "residual quantisation (Lee 2022)",
    ("vq-vae-2", "rotation"): "gradients by rotation (Fifty 2024)",
}


def algorithms(family: str, labels: set[str]) -> list[str]:
    """Modules with the equations of a family on these kinds of data or tasks."""
    fits = lambda one: family in one.families and (not one.labels or labels & set(one.labels))
    return [f"genwright.{one.module}" for one in ALGORITHMS if fits(one)]
