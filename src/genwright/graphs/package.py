"""What graphs bring: one graph whose nodes, links or relations a predictor learns, many graphs with labels, and sets of
graphs that a model generates.
"""

from pathlib import Path

from ..core.manifest import Figure, Named, Package, Task

GENERATE = "generate"
SHCHUR = "MIT (Shchur 2018), from the Microsoft Academic Graph (ODC-BY) and Amazon (McAuley 2015)"
TUDATASET = "free for research (TUDataset, Morris 2020)"
NODE_GRAPH, GRAPH_SET = "genwright.graphs.kinds.named:node_graph", "genwright.graphs.kinds.named:graph_set"
TU_SET = "genwright.graphs.kinds.tu:tu_set"
NODES = ("graph", "nodes")
LINKS = ("graph", "links")
RELATIONS = ("graph", "relations")
GRAPHS = ("graphs", "graphs")
RECOMMEND = ("interactions", "recommend")
GRAPH_SETS = ("graph-sets", GENERATE)
CURVE = {"Accuracy against labels per class": "genwright.graphs.studies.label_curve:label_curve"}
TASKS = {
    NODES: Task(
        "genwright.graphs.families.graph_task:GraphDomain",
        "genwright.graphs.measure.predictions_suite:LabelsSuite",
        "genwright.graphs.families.nodes:node_data",
        small_data="genwright.graphs.contract:OneGraph",
        figures=CURVE
        | {
            "Depth: graph convolutions of more and more layers": "genwright.graphs.studies.depth:depth_curve",
        },
    ),
    LINKS: Task(
        "genwright.graphs.families.links:LinkDomain",
        "genwright.graphs.measure.predictions_suite:links_suite",
        "genwright.graphs.families.links:link_data",
        small_data="genwright.graphs.contract:Pairs",
        typed=("--new", "20"),  # pairs of nodes that no edge joins
    ),
    RELATIONS: Task(
        "genwright.graphs.families.relations:RelationDomain",
        "genwright.graphs.measure.predictions_suite:TriplesSuite",
        "genwright.graphs.families.relations:relation_data",
        small_data="genwright.graphs.contract:Relations",
        typed=("--new", "20"),  # triples that are not known
    ),
    GRAPHS: Task(
        "genwright.graphs.families.graphs:GraphsDomain",
        "genwright.graphs.measure.predictions_suite:labels_suite",
        "genwright.graphs.families.graphs:graph_data",
        small_data="genwright.graphs.contract:ManyGraphs",
        figures=CURVE,
    ),
    RECOMMEND: Task(
        "genwright.graphs.families.recommend:RecommendDomain",
        "genwright.graphs.measure.predictions_suite:RecommendationsSuite",
        "genwright.graphs.families.recommend:recommend_data",
        small_data="genwright.graphs.contract:Recommendations",
    ),
    GRAPH_SETS: Task("genwright.graphs.kinds.domain:GraphSets", "genwright.graphs.measure.graph_sets_suite:Suite"),
}
READERS = "genwright.graphs.kinds.named"
NAMED = {
    "cora": Named("2,708 papers that cite each other, public split", "none stated (Sen 2008; Yang 2016)",
        NODE_GRAPH, ("cora",)),
    "citeseer": Named("3,327 papers that cite each other, public split", "none stated (Sen 2008; Yang 2016)",
        NODE_GRAPH, ("citeseer",)),
    "pubmed": Named("19,717 papers that cite each other, public split", "none stated (Sen 2008; Yang 2016)",
        "genwright.graphs.kinds.planetoid:planetoid_set", ("pubmed",)),
    "coauthor-cs": Named("18,333 authors of computer science", SHCHUR, NODE_GRAPH, ("coauthor-cs",)),
    "coauthor-physics": Named("34,493 authors of physics", SHCHUR, NODE_GRAPH, ("coauthor-physics",)),
    "amazon-computers": Named("13,752 goods bought together", SHCHUR, NODE_GRAPH, ("amazon-computers",)),
    "facebook-pages": Named(
        "22,470 pages that like each other", "GPL-3.0 (Rozemberczki 2021)", NODE_GRAPH, ("facebook-pages",)
    ),
    "karate-club": Named("34 members of a karate club", "public domain (Zachary 1977)", f"{READERS}:karate"),
    "mutag": Named("188 molecules that mutate bacteria or do not", TUDATASET, TU_SET, ("mutag",)),
    "proteins": Named("1,113 proteins, enzymes or not", TUDATASET, TU_SET, ("proteins",)),
    "nci1": Named("4,110 compounds against lung cancer", TUDATASET, TU_SET, ("nci1",)),
    "imdb-binary": Named("1,000 casts of action or romantic films", TUDATASET, TU_SET, ("imdb-binary",)),
    "enzymes": Named("600 enzymes of six classes", TUDATASET, TU_SET, ("enzymes",)),
    "dd": Named("1,178 proteins, enzymes or not, by residue", TUDATASET, TU_SET, ("dd",)),
    "planar": Named(
        "200 planar graphs of 64 nodes, split of Martinkus 2022", "MIT (SPECTRE)", GRAPH_SET, ("planar",)
    ),
    "sbm": Named("200 stochastic block models of 44 to 187 nodes, split of Martinkus 2022", "MIT (SPECTRE)",
        GRAPH_SET, ("sbm",)),
    "tree": Named("200 trees of 64 nodes", "MIT (Bergmeister 2024)", GRAPH_SET, ("tree",)),
    "community-small": Named("100 graphs of two communities, 12 to 20 nodes, many of them alike", "MIT (GDSS)",
        GRAPH_SET, ("community-small",)),
    "ego-small": Named("200 neighbourhoods in Citeseer, 4 to 17 nodes, many of them alike", "MIT (GDSS)",
        GRAPH_SET, ("ego-small",)),
    "grid": Named("100 grids of 110 to 361 nodes, many of them alike", "MIT (GDSS)", GRAPH_SET, ("grid",)),
    "protein": Named(
        "918 proteins as graphs of 100 to 500 residues, split of Liao 2019", TUDATASET, GRAPH_SET, ("protein",)
    ),
    "drug-effects": Named(
        "made: 240 drugs and proteins, 7 kinds of edges", "none needed", f"{READERS}:drug_effects", ("seed",)
    ),
    "gowalla": Named(
        "29,858 people at 40,981 places, published split", "none stated (Cho 2011)", f"{READERS}:gowalla"
    ),
}  # fmt: skip
PACKAGE = Package(
    "genwright.graphs",
    "one graph, many graphs, and sets of graphs",
    extra="graphs",
    needs=("networkx",),
    kinds=tuple(
        f"genwright.graphs.kinds.{name}:KIND" for name in ("one_graph", "many_graphs", "interactions", "graph_sets")
    ),
    forms="genwright.graphs.kinds.forms",
    options="genwright.graphs.kinds.options",
    named=NAMED,
    tasks=TASKS,
    index=Path(__file__).with_name("zoo") / "index.json",
    figures={
        "attention": Figure(
            "genwright.graphs.studies.attention:draw_attention", "attention of nodes to their neighbours", ("node",)
        )
    },
    targets="genwright.graphs.zoo.targets:TARGETS",
    commands={name: f"genwright.graphs.cli:{name}" for name in ("depth", "expressiveness", "ladder")},
    pages=("genwright.graphs.studio.page:PAGE",),
    extends={
        "classes of answers": (
            "genwright.graphs.kinds.graph_data:GraphData",
            "genwright.graphs.kinds.node_columns:NodeColumn",
            "genwright.graphs.kinds.node_columns:NodeColumns",
            "genwright.graphs.networks.features:SparseRows",
            "networkx.classes.graph:Graph",
            "networkx.classes.digraph:DiGraph",
            "networkx.classes.multigraph:MultiGraph",
            "networkx.classes.multidigraph:MultiDiGraph",
            "networkx.classes.coreviews:AdjacencyView",
            "networkx.classes.coreviews:MultiAdjacencyView",
            "networkx.classes.reportviews:NodeView",
        )
    },
)
