"""A transformer over the nodes of graphs that also carries a vector for every pair of them (Dwivedi & Bresson 2021;
Vignac 2023).

    network(kinds, mask, clock, given, known, nodes) -> (b, m, m, K), (b, m, k)       zeros before it is trained

kinds: (b, m, m) int64, the same both ways, as is what comes out. mask: (b, m) bool, which nodes there are. clock: (b,)
in [0, 1]. given: (b, G). known: (b, m) bool, nodes whose kinds, and whose pairs with one another, are known, and stand
there. nodes: (b, m) int64 kinds of nodes; None, as is what comes out of them, where these are all alike.

Sums over neighbours tell few graphs apart, so nodes and pairs begin with where random walks of some steps lead (Ma
2023): what a node knows of its cycles, and a pair of how far apart it is. Nodes also count their cycles of 3, 4 and 5
(Vignac 2023), and pairs know the resistance between them, which says of the whole graph whether they are joined and
whether an edge is on a cycle. (Vignac 2023 gives nodes eigenvectors of the Laplacian, whose signs mean nothing; this is
the same knowledge without them.) All of it moves with the nodes' numbers.

Over the same body, `GraphEncoder` gives one vector of a graph, whatever its nodes' numbers, and `GraphDecoder` all of a
graph from one vector (Simonovsky & Komodakis 2018).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.ragged import Ragged
from ...core.spec import Spec
from ...networks.conditioning import GivenVector
from ...networks.dropout import Dropout
from ...networks.mlp import FourierFeatures, init_at_zero

GROUND = 1e-3  # what a node conducts to the ground, by which graphs in pieces have resistances too


class PackedPairs:
    """Indices of P unordered pairs of nodes, loops included, packed graph after graph.

    One entry serves both directions, since features of pairs are symmetric.

    Args:
        mask: (b, m) bool, True at nodes. item: (P,) graph of each pair. one, other: (P,) its two nodes among all b
            m.
    """

    def __init__(self, mask: Tensor):
        b, m = mask.shape
        self.shape = b, m, m
        self.at = (mask[:, :, None] & mask[:, None]).triu().flatten().nonzero()[:, 0]
        self.item, self.one = self.at // (m * m), self.at // m
        self.other = self.item * m + self.at % m
        turned = self.other * m + self.one % m
        self.place = torch.zeros(b * m * m, dtype=torch.long, device=mask.device)
        self.place[self.at] = self.place[turned] = torch.arange(len(self.at), device=mask.device)

    def packed(self, dense: Tensor) -> Tensor:
        """Packs symmetric numbers of pairs: (b, m, m, k) -> (P, k)."""
        return dense.flatten(0, 2).index_select(0, self.at)

    def dense(self, pair_values: Tensor) -> Tensor:
        """Unpacks numbers of pairs: (P, k) -> (b, m, m, k), undefined at the padding of smaller graphs."""
        return pair_values.index_select(0, self.place).unflatten(0, self.shape)

    def ends(self, nodes: Tensor) -> Tensor:
        """Sums the features of both nodes of each pair: (b, m, k) -> (P, k)."""
        nodes = nodes.flatten(0, 1)
        return nodes.index_select(0, self.one) + nodes.index_select(0, self.other)


class GraphBody(nn.Module):
    """A graph transformer without outputs: body(kinds, mask, clock, given, known, nodes) -> features of nodes (b, m,
    width) and pairs (P, pair_width), and the `PackedPairs` that index these pairs.

    Args:
        spec: Spec of a set of nodes with pairs.
        given: of the conditioning variables.
        width: features of a node.
        pair_width: features of a pair.
        depth: blocks.
        heads: Heads of attention.
        walks: steps of the longest random walk among the features.
        dropout: share of each block's output that is left out.
        resistance: whether resistance distances are among the features of pairs.
    """

    def __init__(
        self, spec: Spec, given: Spec, width: int, pair_width: int, depth: int, heads: int, walks: int, dropout: float,
        resistance: bool,
    ):  # fmt: skip
        super().__init__()
        self.resistance = resistance
        self.k, self.walks, self.most = spec.leaf.pairs.k, walks, len(spec.leaf.sizes.probs)
        self.of_nodes = spec.leaf.each.columns[0].k if spec.leaf.each.columns[0].k > 1 else 0
        self.given, self.waves = GivenVector(given, width), FourierFeatures(width)
        self.told = nn.Sequential(nn.Linear(width + 2, width), nn.SiLU(), nn.Linear(width, width))
        self.nodes = nn.Linear(walks + 2 + 3 + self.of_nodes, width)
        self.pairs = nn.Linear(self.k + walks + 2 + 2 * resistance, pair_width)
        self.blocks = nn.ModuleList(GraphTransformerBlock(width, pair_width, heads, dropout) for _ in range(depth))

    def forward(
        self, kinds: Tensor, mask: Tensor, clock: Tensor, given: Tensor, known: Tensor, nodes: Tensor | None = None
    ) -> tuple[Tensor, Tensor, PackedPairs]:
        sizes, pairs = mask.sum(1, keepdim=True).float(), PackedPairs(mask)
        context = torch.cat([self.waves(clock), sizes / self.most, sizes.log()], 1)
        condition = F.silu(self.told(context) + self.given(given))
        has_edge = (kinds > 0).float()
        walks, degree = random_walks(has_edge, self.walks)
        returns = torch.diagonal(walks, dim1=1, dim2=2).transpose(1, 2)
        features = [returns, (degree / sizes)[..., None], known[..., None].float(), cycle_counts(has_edge).log1p()]
        features += [F.one_hot(nodes, self.of_nodes).float()] if self.of_nodes else []
        h = self.nodes(torch.cat(features, 2))
        of_both = [walks + walks.transpose(1, 2), (known[:, :, None] & known[:, None])[..., None].float()]
        is_same_node = (pairs.one == pairs.other)[:, None].float()
        kind = F.one_hot(pairs.packed(kinds[..., None])[:, 0], self.k).float()
        pair_features = [kind, pairs.packed(torch.cat(of_both, 3)), is_same_node]
        if self.resistance:
            ohms = pairs.packed(resistances(has_edge)[..., None])
            pair_features += [1 / (1 + ohms), ohms.log1p()]
        e = self.pairs(torch.cat(pair_features, 1))
        for block in self.blocks:
            h, e = block(h, e, pairs, mask, condition)
        return h, e, pairs


class GraphTransformer(GraphBody):
    """A graph transformer that predicts logits of the kinds of each pair and each node.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        width: Features of a layer.
    """

    def __init__(self, spec: Spec, given: Spec, width: int, pair_width: int, *numbers):
        super().__init__(spec, given, width, pair_width, *numbers, resistance=True)
        self.norm, self.out = nn.LayerNorm(pair_width), init_at_zero(nn.Linear(pair_width, self.k))
        if self.of_nodes:
            self.norm_node = nn.LayerNorm(width)
            self.out_node = init_at_zero(nn.Linear(width, self.of_nodes))

    def forward(
        self, kinds: Tensor, mask: Tensor, clock: Tensor, given: Tensor, known: Tensor, nodes: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        h, e, pairs = super().forward(kinds, mask, clock, given, known, nodes)
        return pairs.dense(self.out(self.norm(e))), self.out_node(self.norm_node(h)) if self.of_nodes else None


class GraphTransformerBlock(nn.Module):
    """A layer of a graph transformer: attention among nodes, biased by their pairs, then an update of each pair by its
    nodes and their attention.

    Args:
        width: Features of a layer.
        heads: Attention heads.
        dropout: Share of units that training drops.
    """

    def __init__(self, width: int, pair_width: int, heads: int, dropout: float):
        super().__init__()
        self.heads = heads
        self.norm, self.norm_mlp, self.norm_pair = (
            nn.LayerNorm(size, elementwise_affine=affine)
            for size, affine in ((width, False), (width, False), (pair_width, True))
        )
        self.film = nn.Linear(width, 4 * width)
        self.qkv, self.back = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
        self.bias, self.gate = nn.Linear(pair_width, heads), nn.Linear(pair_width, heads)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.ends, self.scores = nn.Linear(width, 2 * pair_width, bias=False), nn.Linear(heads, 2 * pair_width)
        self.own, self.pair_out = nn.Linear(pair_width, 2 * pair_width), nn.Linear(2 * pair_width, pair_width)
        self.dropout = Dropout(dropout)

    def forward(
        self, h: Tensor, e: Tensor, pairs: PackedPairs, mask: Tensor, condition: Tensor
    ) -> tuple[Tensor, Tensor]:
        scale, shift, scale_mlp, shift_mlp = self.film(condition)[:, None].chunk(4, 2)
        normed_features = self.norm(h) * (1 + scale) + shift
        q, k, v = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.qkv(normed_features).chunk(3, 2)
        )
        pair = self.norm_pair(e)
        bias_and_gate = pairs.dense(torch.cat([self.bias(pair), self.gate(pair).sigmoid()], 1)).permute(0, 3, 1, 2)
        bias, gate = bias_and_gate.chunk(2, 1)
        scores = q @ k.transpose(2, 3) / q.shape[3] ** 0.5 + bias
        weight = scores.masked_fill(~mask[:, None, None], -torch.inf).softmax(3) * gate
        h = h + self.dropout(self.back((weight @ v).transpose(1, 2).flatten(2)))
        h = h + self.dropout(self.mlp(self.norm_mlp(h) * (1 + scale_mlp) + shift_mlp))
        pair_scores = pairs.packed((scores + scores.transpose(2, 3)).permute(0, 2, 3, 1))
        inner = F.gelu(self.own(pair) + pairs.ends(self.ends(h)) + self.scores(pair_scores))
        return h, e + self.dropout(self.pair_out(inner))


def random_walks(is_joined: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """Computes probabilities of random walks of up to `steps` steps: (b, m, m, steps), [.., i, j, k] from i to j in k +
    1 steps, 0 for nodes without neighbours. Returns also the degrees (b, m).

    Args:
        is_joined: (b, m, m) of 0 and 1.
    """
    degree = is_joined.sum(2)
    step = is_joined / degree.clamp(min=1)[..., None]
    powers = [step]
    for _ in range(steps - 1):
        powers.append(powers[-1] @ step)
    return torch.stack(powers, 3), degree


def resistances(is_joined: Tensor) -> Tensor:
    """Computes the resistance distances between nodes.

    (b, m, m): of electricity between two nodes where each edge has one of 1 (Klein & Randic 1993), in graphs whose
    nodes all lose a little to the ground. It is 1 from one end of an edge to the other where no cycle holds both, below
    1 where one does, and of hundreds where nothing joins two nodes.

    Args:
        is_joined: (b, m, m) of 0 and 1.
    """
    conducts = torch.diag_embed(is_joined.sum(2) + GROUND) - is_joined
    potential = torch.linalg.inv(conducts.double())  # in float32 the order of nodes would be seen
    diagonal = torch.diagonal(potential, dim1=1, dim2=2)
    return (diagonal[:, :, None] + diagonal[:, None] - potential - potential.mT).clamp(min=0).to(is_joined.dtype)


def cycle_counts(is_joined: Tensor) -> Tensor:
    """Counts the cycles of 3, 4 and 5 nodes through each node: (b, m, 3).

    They are closed walks of that length, each cycle two ways, less those that step to and fro. Harary & Manvel 1971
    count them in all of a graph.

    Args:
        is_joined: (b, m, m) of 0 and 1.
    """
    degree, two = is_joined.sum(2), is_joined @ is_joined
    three = two @ is_joined
    closed = lambda power: torch.diagonal(power, dim1=1, dim2=2)
    neighbour_sum = lambda weight, numbers: (weight @ numbers[..., None])[..., 0]  # sums over neighbours
    round_three = closed(three)
    round_four = closed(two @ two) - degree * (degree - 1) - neighbour_sum(is_joined, degree)
    # once round a triangle, and a step to and fro at this node, at another of its triangle, or on the way to it; steps
    # along the triangle itself are counted twice
    detours = (
        2 * degree * round_three + 2 * neighbour_sum(is_joined * two, degree) + neighbour_sum(is_joined, round_three)
    )
    round_five = closed(three @ two) - detours + 5 * round_three
    return torch.stack([round_three, round_four, round_five], 2).clamp(min=0) / 2  # large sums of floats are rounded


class GraphEncoder(nn.Module):
    """The encoder of a VAE of graphs.

    encoder(x, given) -> mean and log variance of z, (B, latents) each: a transformer over nodes and pairs, of which
    nodes are averaged and summed, by a gate, and pairs averaged.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        latents: Numbers of the latent.
        width: Features of a layer.
        depth: Number of layers.
        heads: Attention heads.
    """

    def __init__(
        self, spec: Spec, given: Spec, latents: int, width: int, pair_width: int, depth: int, heads: int, walks: int
    ):
        super().__init__()
        self.latents, self.width = latents, width
        self.body = GraphBody(spec, given, width, pair_width, depth, heads, walks, 0.0, resistance=False)
        self.value, self.gate = nn.Linear(width, 2 * width), nn.Linear(width, 2 * width)
        self.of_pairs = nn.Sequential(nn.Linear(pair_width, width), nn.SiLU())
        self.out = nn.Sequential(nn.LayerNorm(3 * width), nn.Linear(3 * width, 2 * latents))

    def forward(self, x: Ragged, given: Tensor) -> tuple[Tensor, Tensor]:
        pooled = x.x.new_zeros(len(x), 3 * self.width)
        for ids, rows, mask, kinds in x.padded():
            nodes = rows[..., 0].long() if self.body.of_nodes else None
            still = torch.zeros(len(ids), device=rows.device)
            h, e, couples = self.body(kinds, mask, still, given[ids], torch.zeros_like(mask), nodes)
            summed = (self.value(h) * self.gate(h).sigmoid() * mask[..., None]).sum(1)
            mean, total = summed.chunk(2, 1)
            sizes, ways = mask.sum(1, keepdim=True), 2 - (couples.one == couples.other).long()
            messages = self.of_pairs(e) * ways[:, None]
            pairs = messages.new_zeros(len(ids), self.width).index_add(0, couples.item, messages) / sizes**2
            pooled = pooled.index_add(0, ids, torch.cat([mean / sizes, total, pairs], 1).to(pooled.dtype))
        mean, log_var = self.out(pooled).chunk(2, 1)
        return mean, log_var.clamp(-10, 4)


class GraphDecoder(nn.Module):
    """The decoder of a VAE of graphs.

    decoder(z, given) -> (B, outputs): a perceptron. It begins with what is usual of sizes and kinds.

    split_outputs(outputs) -> logits of the size (B, M), of nodes (B, M, k) and of pairs (B, M, M, K), the same both
    ways, of as many places M as a graph may have nodes.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        latents: Numbers of the latent.
        width: Features of a layer.
        depth: Number of layers.
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
        usual_shares = [leaf.sizes.probs, (node.marginal.probs if node.k > 1 else (1.0,)) * self.most]
        usual_shares = torch.tensor(
            [p for part in [*usual_shares, leaf.pairs.marginal.probs * upper.shape[1]] for p in part]
        )
        self.register_buffer("usual", usual_shares.clamp(min=1e-6).log(), False)
        self.out = nn.Linear(width, len(usual_shares))

    def forward(self, z: Tensor, given: Tensor) -> Tensor:
        h = nn.functional.silu(self.begin(z) + self.given(given))
        for layer in self.layers:
            h = h + nn.functional.silu(layer(h))
        return self.usual + self.out(h)

    def split_outputs(self, outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        cuts = [self.most, self.most * self.of_nodes, self.upper.shape[1] * self.k]
        sizes, nodes, pairs = outputs.split(cuts, 1)
        dense = outputs.new_zeros(len(outputs), self.most, self.most, self.k)
        i, j = self.upper
        dense[:, i, j] = dense[:, j, i] = pairs.unflatten(1, (-1, self.k))
        return sizes, nodes.unflatten(1, (self.most, self.of_nodes)), dense
