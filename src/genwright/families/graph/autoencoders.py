"""Embeddings without labels, trained to reconstruct the edges of the graph, or the pairs that meet on random walks.

GAE    z = f(x, A);  min CE(sigmoid(z z^T), A), edges and others half each
VGAE   z_i ~ N(mu_i, sigma_i^2);  the same, + 1/N mean_i KL(N(mu_i, sigma_i^2) || N(0, I))
walks  u, v on one short walk:  min - log sigmoid(z_u z_v) - sum_{q=1}^Q log sigmoid(- z_u z_q)
       q ~ degree^(3/4),  |z| = 1

GAE and VGAE: Kipf & Welling 2016. Walks: Hamilton 2017.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.draws import Draws
from ...core.graph import Graph
from ...core.trainable import Batch
from ...distributions.normal import kl_to_standard
from ...networks.graph.features import Features
from ...networks.graph.negatives import step
from ...networks.graph.network import GraphNetwork
from .links import InnerProduct, LinkContext, LinkPredictor

TIMES = 5  # pairs without an edge for each edge; Kipf 2016 sums over all of them
LENGTH, NEGATIVES, POWER = 5, 20, 0.75  # steps of a walk, negatives a pair, power of the degree (Hamilton 2017)


class GraphAutoencoder(LinkPredictor):
    """Links by inner products of embeddings (Kipf & Welling 2016). network: f, (N, D) out."""

    def __init__(self, network: GraphNetwork):
        super().__init__(network, InnerProduct(), times=TIMES)


class VariationalGraphAutoencoder(GraphAutoencoder):
    """The same with a Gaussian for each embedding. network: (N, 2 D) out, mu and log sigma."""

    def code(self, x: Features, graph: Graph) -> tuple[Tensor, Tensor]:
        """z, at random in training, else mu, and its divergence from the prior."""
        mean, log_deviation = self.network(x, graph).chunk(2, 1)
        z = mean + torch.randn_like(mean) * log_deviation.exp() if self.training else mean
        return z, kl_to_standard(mean, 2 * log_deviation).sum(1).mean() / len(mean)


class WalkEmbedding(GraphAutoencoder):
    """Embeddings by random walks, without labels (Hamilton 2017, equation 1). Every node of a step's edges begins one
    walk."""

    def attach(self, context: LinkContext) -> None:
        super().attach(context)
        self.commonness = self.graph.degree.double() ** POWER

    def code(self, x: Features, graph: Graph) -> tuple[Tensor, float]:
        return F.normalize(self.network(x, graph), dim=1), 0.0

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        if not self.training:
            return super().loss(batch)
        start, met = walks(self.graph, batch.x.unique(), LENGTH, batch.rng)
        others = batch.rng.categories(self.commonness, NEGATIVES * len(start), replacement=True)
        z, _ = self.code(self.x, self.prepared)
        near = F.logsigmoid(self.score(z, torch.stack([start, met], 1)))
        far = F.logsigmoid(-self.score(z, torch.stack([start.repeat_interleave(NEGATIVES), others], 1)))
        return -near.mean() - NEGATIVES * far.mean(), {}


def walks(graph: Graph, start: Tensor, length: int, rng: Draws) -> tuple[Tensor, Tensor]:
    """start (n,) and a node met on a walk from each, at a step drawn from 1 .. length; those that end where they began
    are left out."""
    stops = rng.integers(length + 1, start.shape, low=1)
    at = met = start
    for k in range(1, length + 1):
        at = step(graph, at, rng)
        met = torch.where(stops == k, at, met)
    return start[met != start], met[met != start]
