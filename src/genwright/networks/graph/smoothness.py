"""How alike the embeddings of nodes are: over-smoothing drives the spread to 0.

    spread     mean over pairs (i, j) of 1 - cos(h_i, h_j)            = 1 - ||mean_i h_i / |h_i| ||^2
    energy     tr(H^T (I - D^-1/2 (A + I) D^-1/2) H) / tr(H^T H)       Dirichlet's, as a share of the size of H

Repeated averaging leaves every row a multiple of one vector (Li 2018; Oono & Suzuki 2020). Both numbers are 0 there,
although the rows still differ in length by sqrt(degree), and neither changes when H is multiplied by a number. Biases
make rows equal instead: then the spread is 0 and the energy that of a constant, which is what degrees differ by.
"""

import torch.nn.functional as F
from torch import Tensor

from ...core.graph import Graph
from .normalise import symmetric
from .propagate import propagate

ZERO_NORM = 1e-12  # shorter embeddings count as the zero vector


def spread(h: Tensor) -> float:
    """Mean cosine distance over all pairs of rows. h: (N, D). Rows of zeros lie 0 from each other and 1 from the
    rest."""
    h = h.double()
    mean = F.normalize(h, dim=1, eps=ZERO_NORM).mean(0)
    empty = (h.norm(dim=1) <= ZERO_NORM).double().mean()
    return float((1 - mean.square().sum() - empty**2).clamp(min=0))


def dirichlet_energy(h: Tensor, graph: Graph) -> float:
    """Between 0 and 2. h: (N, D); graph: as it is, without loops or weights added. Cai & Wang 2020."""
    h = h.double()
    size = float(h.square().sum())
    return 0.0 if size <= ZERO_NORM**2 else max(0.0, 1 - float((h * propagate(symmetric(graph), h)).sum()) / size)
