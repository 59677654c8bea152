"""Simple predictors of the structure of proteins."""

from ...zoo.card import FLOOR, Baseline, on_predictor
from ..families.structure_baselines import MeanDistances, NearestChain, StraightHelix, Window

NEAREST = Baseline(
    "nearest",
    ("Take it to see what similar chains alone say of the fold.", "Its run keeps the structures of training chains."),
    {"structure": on_predictor(NearestChain, paper="Smith & Waterman 1981", keeps="the structures of training chains")},
)
MEAN = Baseline(
    "mean",
    ("Take it as the floor: it answers the same for every chain.", FLOOR),
    {"structure": on_predictor(MeanDistances)},
    paper="the mean, or how frequent classes are",
)
STRAIGHT_HELIX = Baseline(
    "straight-helix",
    ("Take it as the floor of structures: it folds every chain into one helix.", FLOOR),
    {"structure": on_predictor(StraightHelix)},
    paper="Pauling 1951",
)
SECONDARY_STRUCTURE = Baseline(
    "secondary-structure",
    ("Take it to see what the letters near a residue say of the fold.", "It knows nothing of residues far apart."),
    {"structure": on_predictor(Window)},
    paper="Qian & Sejnowski 1988",
)
