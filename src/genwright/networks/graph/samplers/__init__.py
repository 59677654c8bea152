"""Samplers of the neighbours that a batch of nodes listens to, where all would cost the whole graph; one a file.

    sampler.block(frontier, budget, rng) -> Block        edges of one layer, weights divided by their probability

so that sum_j w_ij x_j over a block has the mean (A x)_i, whatever the sampler: a convolution cannot tell a block from a
graph.
"""

from .as_gcn import ASGCN
from .bandit import Bandit
from .block import Block, Sampler
from .clusters import Clusters
from .fastgcn import FastGCN
from .ladies import LADIES
from .pass_sampling import PASS
from .random_walk_batches import RandomWalks
from .uniform import Uniform

__all__ = ["ASGCN", "PASS", "Bandit", "Block", "Clusters", "FastGCN", "LADIES", "RandomWalks", "Sampler", "Uniform"]
