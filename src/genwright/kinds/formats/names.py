"""Named data: one table of names. A row says what the set is, its licence, and which function of `kinds/named/` makes
or reads it.

The functions are named, not imported, so that listing the names costs nothing.
"""

from dataclasses import dataclass
from difflib import get_close_matches

CC_BY = "CC BY 4.0 (UCI Machine Learning Repository)"
SHCHUR = "MIT (Shchur 2018), from the Microsoft Academic Graph (ODC-BY) and Amazon (McAuley 2015)"
MOLECULENET = "CC0 1.0 (files of AttentiveFP); MoleculeNet, Wu et al. 2018"
TUDATASET = "free for research (TUDataset, Morris 2020)"
SKLEARN = "BSD 3-clause (scikit-learn); originally UCI Machine Learning Repository, CC BY 4.0"

IN_MOLECULES, IN_GRAPHS, IN_MOTION, IN_PROTEINS = (
    f"genwright.{science}.kinds.named:" for science in ("molecules", "graphs", "motion", "proteins")
)
MEASURED, NODE_GRAPH, GRAPH_SET = f"{IN_MOLECULES}measured", f"{IN_GRAPHS}node_graph", f"{IN_GRAPHS}graph_set"
TU_SET = "genwright.graphs.kinds.tu:tu_set"


@dataclass(frozen=True)
class Named:
    """A named data set. reader: "module:function" of `kinds.named`, or with its whole name. arguments: handed to it;
    "seed" stands for the caller's seed."""

    what: str
    licence: str
    reader: str
    arguments: tuple[str, ...] = ()


NAMES: dict[str, Named] = {
    # pictures
    "digits": Named("1,797 handwritten digits, 8 x 8, 17 grey levels", SKLEARN, "tables:digits"),
    "mnist": Named("70,000 handwritten digits, 28 x 28", "CC BY-SA 3.0 (LeCun, Cortes)", "images:mnist"),
    "fashion-mnist": Named("70,000 articles of clothing, 28 x 28", "MIT (Zalando SE)", "images:fashion_mnist"),
    "mnist-100-labels": Named(
        "MNIST with labels of 100 training digits, ten of each drawn by seed, and of the test digits",
        "CC BY-SA 3.0 (LeCun, Cortes)", "images:few_labels", ("seed",)),
    "binarised-mnist": Named("MNIST in black and white, each pixel drawn by its grey value, without labels",
        "CC BY-SA 3.0 (LeCun, Cortes)", "images:binarised_mnist"),
    "cifar10-jpeg": Named(
        "6,000 colour images of CIFAR-10, 32 x 32, once JPEG", "none stated (Krizhevsky 2009)", "images:cifar10_jpeg"
    ),
    "openmoji": Named("4,147 emoji in colour with their names, 64 x 64, all skin tones of one in one part",
        "CC BY-SA 4.0 (OpenMoji, HfG Schwaebisch Gmuend)", "images:openmoji", ("seed",)),
    "openmoji-tones": Named(
        "1,525 emoji, 305 in five skin tones each, 64 x 64, one tone of each emoji in the test part",
        "CC BY-SA 4.0 (OpenMoji, HfG Schwaebisch Gmuend)", "images:openmoji_tones", ("seed",)),
    "shapes": Named(
        "20,000 shapes in colour with captions, 32 x 32, eight (shape, colour) pairs in the test part alone",
        "none needed", "shapes:shapes"),
    "shapes-two": Named(
        "20,000 images of two shapes with captions that say how they lie, 32 x 32", "none needed", "shapes:shapes_two"
    ),
    "moving-digits": Named("made: clips of two handwritten digits that bounce, 20 frames of 32 x 32, with captions",
        SKLEARN, f"{IN_MOTION}moving_digits", ("seed",)),
    "moving-digit": Named("made: the same with one digit", SKLEARN, f"{IN_MOTION}moving_digit", ("seed",)),
    "moving-mnist": Named(
        "made: the same with two digits of MNIST", "CC BY-SA 3.0 (LeCun, Cortes)", f"{IN_MOTION}moving_mnist", ("seed",)
    ),
    "moving-shapes": Named("made: clips of one shape in colour that bounces, 20 frames of 32 x 32, with captions",
        "none needed", f"{IN_MOTION}moving_shapes", ("seed",)),
    "shapes-edits": Named("20,000 images of shapes, each with the image before and what was changed in words, 32 x 32",
        "none needed", "shapes:shapes_edits"),
    # two numbers with a known density
    "eight-gaussians": Named("eight Gaussians on a circle", "none needed", "toys:toy", ("eight-gaussians", "seed")),
    "pinwheel": Named("five twisted arms", "none needed", "toys:toy", ("pinwheel", "seed")),
    "checkerboard": Named("uniform on eight squares", "none needed", "toys:toy", ("checkerboard", "seed")),
    "grid-gaussians": Named("25 narrow Gaussians on a grid", "none needed", "toys:toy", ("grid-gaussians", "seed")),
    # tables
    "iris": Named("150 flowers", SKLEARN, "tables:iris"),
    "wine": Named("178 wines", SKLEARN, "tables:wine"),
    "breast-cancer": Named("569 tumours", SKLEARN, "tables:breast_cancer"),
    "diabetes": Named("442 patients", "BSD 3-clause (scikit-learn); Efron et al. 2004", "tables:diabetes"),
    "abalone": Named("4,177 shells", CC_BY, "tables:table", ("abalone",)),
    "adult": Named("48,842 people of the 1994 census, official split", CC_BY, "tables:adult"),
    "california-housing": Named("20,640 districts", "public domain", "tables:table", ("california-housing",)),
    "diamonds": Named("53,940 diamonds", "MIT (ggplot2)", "tables:table", ("diamonds",)),
    "horse-colic": Named("300 horses, many cells empty", CC_BY, "tables:horse_colic"),
    "mpg": Named("398 cars", CC_BY, "tables:table", ("mpg",)),
    "penguins": Named("344 penguins", "CC0 1.0 (Horst, Hill, Gorman)", "tables:table", ("penguins",)),
    "titanic": Named("891 passengers, many cells empty", "public domain", "tables:titanic"),
    "wine-quality-red": Named("1,599 red wines", CC_BY, "tables:table", ("wine-quality-red",)),
    "wine-quality-white": Named("4,898 white wines", CC_BY, "tables:table", ("wine-quality-white",)),
    # text
    "tiny-shakespeare": Named("1,115,394 characters of plays, read in windows, the last tenth to test",
        "public domain (Shakespeare; Karpathy 2015)", "sequences:tiny_shakespeare"),
    # molecules
    "moses": Named("1,760,737 drug-like molecules, published split", "MIT (Insilico Medicine)", f"{IN_MOLECULES}moses"),
    "zinc-jtvae": Named("29,445 drug-like molecules: validation (to train) and test of ZINC250k as JT-VAE split it",
        "MIT (Jin et al. 2018); ZINC, Irwin et al. 2012", f"{IN_MOLECULES}zinc_jtvae"),
    "qm9-smiles": Named(
        "133,247 small molecules, neutralised", "CC BY 4.0 (Ramakrishnan et al. 2014)", f"{IN_MOLECULES}qm9_smiles"
    ),
    "qm9-graphs": Named("132,307 small molecules, neutralised, as graphs of atoms and bonds",
        "CC BY 4.0 (Ramakrishnan et al. 2014)", f"{IN_MOLECULES}qm9_graphs"),
    "bbbp": Named("2,050 molecules that pass into the brain or do not", MOLECULENET, MEASURED, ("bbbp",)),
    "bace": Named("1,513 molecules that bind beta-secretase 1 or do not", MOLECULENET, MEASURED, ("bace",)),
    "esol": Named("1,128 molecules, solubility in water", MOLECULENET, MEASURED, ("esol",)),
    "freesolv": Named("642 molecules, energy of hydration", MOLECULENET, MEASURED, ("freesolv",)),
    "lipophilicity": Named("4,200 molecules, logD", MOLECULENET, MEASURED, ("lipophilicity",)),
    "antibiotics": Named("2,335 molecules that stop E. coli or do not", "none stated (Stokes et al. 2020, table S1)",
        MEASURED, ("antibiotics",)),
    # points in space
    "qm7": Named("7,101 small molecules in space, of up to seven heavy atoms, and their heats of atomisation",
        "MIT (qmlcode/qml); QM7 free for research (Blum & Reymond 2009; Rupp et al. 2012)", f"{IN_MOLECULES}qm7"),
    # sound
    "fsdd": Named("3,000 spoken digits of six speakers, 8,000 samples a second, official split",
        "CC BY-SA 4.0 (Jackson et al.)", "sequences:spoken_digits"),
    # music
    "jsb-chorales": Named("382 chorales of Bach in four voices, on a grid of sixteenths, official split",
        "public domain (J. S. Bach; Boulanger-Lewandowski 2012)", "sequences:chorales"),
    # graphs with labels of nodes
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
    "karate-club": Named("34 members of a karate club", "public domain (Zachary 1977)", f"{IN_GRAPHS}karate"),
    # many graphs with labels
    "mutag": Named("188 molecules that mutate bacteria or do not", TUDATASET, TU_SET, ("mutag",)),
    "proteins": Named("1,113 proteins, enzymes or not", TUDATASET, TU_SET, ("proteins",)),
    "nci1": Named("4,110 compounds against lung cancer", TUDATASET, TU_SET, ("nci1",)),
    "imdb-binary": Named("1,000 casts of action or romantic films", TUDATASET, TU_SET, ("imdb-binary",)),
    "enzymes": Named("600 enzymes of six classes", TUDATASET, TU_SET, ("enzymes",)),
    "dd": Named("1,178 proteins, enzymes or not, by residue", TUDATASET, TU_SET, ("dd",)),
    # graphs to model whole
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
    # edges of several kinds
    "drug-effects": Named(
        "made: 240 drugs and proteins, 7 kinds of edges", "none needed", f"{IN_GRAPHS}drug_effects", ("seed",)
    ),
    # protein chains
    "foldable-chains": Named(
        "made: chains of five helices that fold by the letters of their loops, other folds in the test part",
        "none needed", f"{IN_PROTEINS}foldable_chains", ("seed",)),
    "foldable-chains-hidden": Named("the same, with alignments that alone show a third of the turns", "none needed",
        f"{IN_PROTEINS}hidden_turns", ("seed",)),
    "foldable-chains-local": Named("the same, with turns as one sees them who looks along the helix before",
        "none needed", f"{IN_PROTEINS}local_turns", ("seed",)),
    "foldable-chains-two-faced": Named("made: chains of four helices, some of whose letters mean two folds",
        "none needed", f"{IN_PROTEINS}two_faced_turns", ("seed",)),
    # who took what
    "gowalla": Named(
        "29,858 people at 40,981 places, published split", "none stated (Cho 2011)", f"{IN_GRAPHS}gowalla"
    ),
}  # fmt: skip


def suggest(name: str) -> str:
    """A clause for an error about an unknown name or a path that leads nowhere."""
    close = get_close_matches(name, NAMES, 1)
    if close:
        return f"did you mean {close[0]!r}?"
    return "check the path" if set(name) & set("./\\") else f"the names are {', '.join(NAMES)}"
