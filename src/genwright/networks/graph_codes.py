"""From a graph to one vector, whatever its nodes' numbers, and from one vector to all of a graph (Simonovsky &
Komodakis 2018)."""

import torch
from torch import Tensor, nn

from ..core.ragged import Ragged
from ..core.spec import Spec
from .conditioning import GivenVector
from .graph_transformer import GraphBody


class GraphEncoder(nn.Module):
    """encoder(x, given) -> mean and log variance of z, (B, latents) each: a transformer over nodes and pairs, of
    which nodes are averaged and summed, by a gate, and pairs averaged."""

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        latents: int,
        width: int,
        pair_width: int,
        depth: int,
        heads: int,
        walks: int,
    ):
        super().__init__()
        self.latents, self.width = latents, width
        self.body = GraphBody(spec, given, width, pair_width, depth, heads, walks, 0.0, resistance=False)
        self.value, self.gate = nn.Linear(width, 2 * width), nn.Linear(width, 2 * width)
        self.of_pairs = nn.Sequential(nn.Linear(pair_width, width), nn.SiLU())
        self.out = nn.Sequential(nn.LayerNorm(3 * width), nn.Linear(3 * width, 2 * latents))

    def forward(self, x: Ragged, given: Tensor) -> tuple[Tensor, Tensor]:
        found = x.x.new_zeros(len(x), 3 * self.width)
        for ids, rows, mask, kinds in x.padded():
            nodes = rows[..., 0].long() if self.body.of_nodes else None
            still = torch.zeros(len(ids), device=rows.device)
            h, e, couples = self.body(kinds, mask, still, given[ids], torch.zeros_like(mask), nodes)
            summed = (self.value(h) * self.gate(h).sigmoid() * mask[..., None]).sum(1)
            mean, total = summed.chunk(2, 1)
            sizes, ways = mask.sum(1, keepdim=True), 2 - (couples.one == couples.other).long()
            told = self.of_pairs(e) * ways[:, None]
            pairs = told.new_zeros(len(ids), self.width).index_add(0, couples.item, told) / sizes**2
            found = found.index_add(0, ids, torch.cat([mean / sizes, total, pairs], 1).to(found.dtype))
        mean, log_var = self.out(found).chunk(2, 1)
        return mean, log_var.clamp(-10, 4)


class GraphDecoder(nn.Module):
    """decoder(z, given) -> (B, outputs): a perceptron. It begins with what is usual of sizes and kinds.

    parts(outputs) -> logits of the size (B, M), of nodes (B, M, k) and of pairs (B, M, M, K), the same both ways, of as
    many places M as a graph may have nodes.
    """

    def __init__(self, spec: Spec, given: Spec, latents: int, width: int, depth: int):
        super().__init__()
        leaf = spec.leaf
        (node,) = leaf.each.columns
        self.most, self.of_nodes, self.k = len(leaf.sizes.probs), node.k, leaf.pairs.k
        self.given = GivenVector(given, width)
        self.begin = nn.Linear(latents, width)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 1))
        upper = torch.ones(self.most, self.most).triu(1).nonzero().T
        self.register_buffer("upper", upper, False)
        usual = [leaf.sizes.probs, (node.margin.probs if node.k > 1 else (1.0,)) * self.most]
        usual = torch.tensor([p for part in [*usual, leaf.pairs.margin.probs * upper.shape[1]] for p in part])
        self.register_buffer("usual", usual.clamp(min=1e-6).log(), False)
        self.out = nn.Linear(width, len(usual))

    def forward(self, z: Tensor, given: Tensor) -> Tensor:
        h = nn.functional.silu(self.begin(z) + self.given(given))
        for layer in self.layers:
            h = h + nn.functional.silu(layer(h))
        return self.usual + self.out(h)

    def parts(self, outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        cuts = [self.most, self.most * self.of_nodes, self.upper.shape[1] * self.k]
        sizes, nodes, pairs = outputs.split(cuts, 1)
        dense = outputs.new_zeros(len(outputs), self.most, self.most, self.k)
        i, j = self.upper
        dense[:, i, j] = dense[:, j, i] = pairs.unflatten(1, (-1, self.k))
        return sizes, nodes.unflatten(1, (self.most, self.of_nodes)), dense
