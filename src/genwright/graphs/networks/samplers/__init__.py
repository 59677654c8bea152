"""Samplers of the neighbours that a batch of nodes listens to, where all would cost the whole graph; one a file.

    sampler.block(frontier, budget, rng) -> Block        edges of one layer, weights divided by their probability

so that sum_j w_ij x_j over a block has the mean (A x)_i, whatever the sampler: a convolution cannot tell a block from a
graph.
"""

from .block import Block, Sampler
from .layers import ASGCN, LADIES, FastGCN
from .neighbours import PASS, Bandit, UniformSampler
from .subgraphs import Clusters, RandomWalks

__all__ = [
    "ASGCN",
    "PASS",
    "Bandit",
    "Block",
    "Clusters",
    "FastGCN",
    "LADIES",
    "RandomWalks",
    "Sampler",
    "UniformSampler",
]
