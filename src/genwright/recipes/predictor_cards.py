"""Cards of predictors, made of the tables beside their recipes."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from ..zoo.card import Card, On, choose_first
from .family_guide import ADVICE, VARIANTS, algorithms

PREDICTOR_VERBS = MATCH_VERBS = ()
MATCH, NODES, LINKS, RELATIONS = "match", "nodes", "links", "relations"
GRAPHS, RECOMMEND, PROPERTIES, IMAGES = "graphs", "recommend", "properties", "images"
MODULES = {IMAGES: "images.embeddings"}
DEFAULTS = {
    "match": "clip",
    "nodes": "gcn",
    "links": "vgae",
    "relations": "rgcn",
    "graphs": "gin",
    "recommend": "lightgcn",
    "properties": "dmpnn",
}
LAYERS = ("mlp", "gcn", "gin", "sgc", "gat", "gatv2", "sage", "cheb", "deep-gcn")
NEAR = {
    "unclip": ("dall-e-2",),
    "sage": ("graphsage",),
    "gat": ("graph-transformer", "mpnn", "pna", "schnet"),
    "dmpnn": ("chemprop",),
    "matrix-factorisation": ("als", "bpr", "ncf", "svd"),
    "forest": ("catboost", "lightgbm", "random-forest", "xgboost"),
}


def has_captions(domain) -> bool:
    """Whether images are given with captions."""
    return "caption" in domain.given.names


def has_descriptors(domain) -> bool:
    """Whether molecules have numbers of their own beside their graph."""
    return domain.spec.descriptors > 0


@dataclass(frozen=True)
class Row:
    label: str
    family: str
    recipe: str
    verbs: tuple
    likelihood: str
    paper: str
    baseline: bool = False
    compare: bool = True
    suits: object = lambda domain: True
    keeps: str = ""
    needs: tuple = ()

    def on(self) -> On:
        module = import_module(f"{__package__}.{MODULES.get(self.label, self.label)}")
        choose = getattr(module, "choose", None)
        chosen = (lambda presets, *rest: choose(self.family, *rest)) if choose else choose_first
        on_nodes = self.label == NODES
        figures = ("attention",) * (on_nodes and self.family in ("gat", "gatv2"))
        figures += ("layers",) * (on_nodes and self.family in LAYERS)
        return On(
            getattr(module, self.recipe),
            module.PRESETS.get(self.family, {}),
            chosen,
            self.paper,
            tuple(one.removeprefix("genwright.") for one in algorithms(self.family, {self.label})),
            DEFAULTS.get(self.label) == self.family,
            self.compare,
            self.suits,
            "no image" if self.label in (IMAGES, MATCH) else "any",
            self.needs,
            self.keeps,
            figures,
        )


ROWS = (
    Row(
        IMAGES,
        "unclip",
        "unclip",
        (),
        "",
        "Ramesh 2022 (DALL-E 2); towers of Radford 2021",
        compare=False,
        suits=has_captions,
        needs=("caption",),
    ),
    Row(MATCH, "clip", "clip", MATCH_VERBS, "", "Radford 2021; Zhai 2023; negatives of Yuksekgonul 2023"),
    Row(NODES, "mlp", "mlp", PREDICTOR_VERBS, "", "no graph: features of each node alone", True),
    Row(NODES, "label-propagation", "label_propagation", ("predict",), "", "Zhu 2003", True),
    Row(NODES, "manifold-regularisation", "manifold_regularisation", PREDICTOR_VERBS, "", "Belkin 2006"),
    Row(NODES, "semi-supervised-embedding", "semi_supervised_embedding", PREDICTOR_VERBS, "", "Weston 2012"),
    Row(NODES, "iterative-classification", "iterative_classification", ("predict",), "", "Lu & Getoor 2003"),
    Row(NODES, "deepwalk", "deepwalk", PREDICTOR_VERBS, "", "Perozzi 2014"),
    Row(NODES, "node2vec", "deepwalk", PREDICTOR_VERBS, "", "Grover & Leskovec 2016"),
    Row(NODES, "planetoid", "planetoid", PREDICTOR_VERBS, "", "Yang 2016"),
    Row(NODES, "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row(NODES, "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of edges by Hu 2020"),
    Row(NODES, "sgc", "sgc", PREDICTOR_VERBS, "", "Wu 2019"),
    Row(NODES, "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018"),
    Row(NODES, "gatv2", "gatv2", PREDICTOR_VERBS, "", "Brody 2022"),
    Row(NODES, "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017"),
    Row(NODES, "cheb", "cheb", PREDICTOR_VERBS, "", "Defferrard 2016"),
    Row(NODES, "deep-gcn", "deep_gcn", PREDICTOR_VERBS, "", "Chen 2020; remedies of Xu 2018, Zhao 2020, Zhou 2020"),
    Row(LINKS, "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row(LINKS, "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017"),
    Row(LINKS, "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018"),
    Row(LINKS, "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of edges by Hu 2020"),
    Row(LINKS, "gae", "gae", PREDICTOR_VERBS, "", "Kipf & Welling 2016"),
    Row(LINKS, "vgae", "vgae", PREDICTOR_VERBS, "", "Kipf & Welling 2016"),
    Row(LINKS, "walks", "walks", PREDICTOR_VERBS, "", "Hamilton 2017, the loss without labels"),
    Row(GRAPHS, "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of edges by Hu 2020"),
    Row(GRAPHS, "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row(GRAPHS, "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017"),
    Row(GRAPHS, "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018"),
    Row(RELATIONS, "rgcn", "rgcn", PREDICTOR_VERBS, "", "Schlichtkrull 2018"),
    Row(RELATIONS, "distmult", "distmult", PREDICTOR_VERBS, "", "no graph: Yang 2015", True),
    Row(RECOMMEND, "lightgcn", "lightgcn", PREDICTOR_VERBS, "", "He 2020; softmax of Wu 2022"),
    Row(RECOMMEND, "pinsage", "pinsage", PREDICTOR_VERBS, "", "Ying 2018"),
    Row(
        RECOMMEND, "matrix-factorisation", "matrix_factorisation", PREDICTOR_VERBS, "", "Koren 2009; Rendle 2009", True
    ),
    Row(RECOMMEND, "popularity", "popularity", ("predict",), "", "what most people take", True),
    Row(PROPERTIES, "dmpnn", "dmpnn", PREDICTOR_VERBS, "", "Yang 2019"),
    Row(PROPERTIES, "gin", "gin", PREDICTOR_VERBS, "", "Xu 2019; features of bonds by Hu 2020", compare=False),
    Row(PROPERTIES, "gcn", "gcn", PREDICTOR_VERBS, "", "Kipf & Welling 2017"),
    Row(PROPERTIES, "gat", "gat", PREDICTOR_VERBS, "", "Velickovic 2018", compare=False),
    Row(PROPERTIES, "sage", "sage", PREDICTOR_VERBS, "", "Hamilton 2017", compare=False),
    Row(PROPERTIES, "fingerprint", "fingerprint", PREDICTOR_VERBS, "", "Rogers & Hahn 2010"),
    Row(PROPERTIES, "forest", "forest", ("predict",), "", "Breiman 2001", True),
    Row(PROPERTIES, "linear", "linear", ("predict",), "", "Hoerl & Kennard 1970", True, suits=has_descriptors),
    Row(
        PROPERTIES,
        "nearest",
        "nearest",
        ("predict",),
        "",
        "Cover & Hart 1967; Tanimoto 1958",
        True,
        keeps="what was measured of training molecules",
    ),
    Row(PROPERTIES, "mean", "mean", ("predict",), "", "the mean, or how frequent classes are", True),
)
for _family in dict.fromkeys(row.family for row in ROWS):
    _rows = [row for row in ROWS if row.family == _family]
    globals()[_family] = Card(
        _family,
        ADVICE[_family],
        {row.label: row.on() for row in _rows},
        variants={preset: words for (family, preset), words in VARIANTS.items() if family == _family},
        near=NEAR.get(_family, ()),
        baseline=_rows[0].baseline,
    )
