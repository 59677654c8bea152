"""Every convolution against PyTorch Geometric's: the same weights give the same numbers and the same gradients."""

import pytest
import torch
from late_peers import Peer
from small_graphs import small_graph
from torch import nn

from genwright.core.draws import Draws
from genwright.core.graph import Graph, with_self_loops
from genwright.graphs.networks.convolutions import GAT, GCN, GIN, SAGE, SGC, Cheb, GATv2
from genwright.graphs.networks.features import SparseRows, as_features

peer = Peer("torch_geometric.nn")

pytestmark = pytest.mark.filterwarnings("ignore")
IN, OUT = 5, 3
TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5}
precision = pytest.mark.parametrize("dtype", list(TOLERANCE), ids=["float64", "float32"])
block = pytest.mark.parametrize("columns", [None, 20], ids=["square", "block"])


def features(nodes: int, dtype: torch.dtype) -> torch.Tensor:
    x = Draws("x", nodes).normal(nodes, IN, dtype=torch.float64)
    return (x * (x > -0.5)).to(dtype).requires_grad_()


def weighted(graph: Graph) -> tuple[Graph, torch.Tensor]:
    """The graph with weights that gradients can be asked for."""
    weight = graph.values.clone().requires_grad_()
    return graph.with_weight(weight), weight


def both(graph: Graph, x: torch.Tensor):
    """x as PyG wants it of a block: the senders, and the receivers among them."""
    return x if graph.rows == graph.columns else (x, x[: graph.rows])


def share(pairs: list) -> None:
    """Our weights become theirs. pairs: (ours, theirs, how theirs are turned into ours)."""
    for ours, theirs, turned in pairs:
        ours.data = turned(theirs.detach()).clone()


def transposed(w: torch.Tensor) -> torch.Tensor:
    return w.T


def same(w: torch.Tensor) -> torch.Tensor:
    return w


def compare(ours: torch.Tensor, theirs: torch.Tensor, pairs: list, inputs: list, dtype: torch.dtype) -> None:
    """Results, gradients of the inputs, gradients of each pair of weights."""

    def close(what: str, a: torch.Tensor, b: torch.Tensor) -> None:
        assert a.dtype == b.dtype == dtype and a.shape == b.shape, what
        assert (a - b).abs().max() <= TOLERANCE[dtype] * max(1.0, float(b.abs().max())), what

    close("result", ours, theirs)
    direction = Draws("direction").normal(ours.shape, dtype=torch.float64).to(dtype)
    our_grads = torch.autograd.grad((ours * direction).sum(), [*inputs, *(p for p, _, _ in pairs)], retain_graph=True)
    their_grads = torch.autograd.grad((theirs * direction).sum(), [*inputs, *(p for _, p, _ in pairs)])
    assert any(g.abs().max() > 0 for g in their_grads[: len(inputs)])
    turns = [same] * len(inputs) + [turned for _, _, turned in pairs]
    for k, (a, b, turned) in enumerate(zip(our_grads, their_grads, turns)):
        close(f"gradient {k}", a, turned(b))


@precision
@pytest.mark.parametrize("both_ways", [True, False])
def test_gcn(dtype, both_ways):
    graph, weight = weighted(small_graph(1, weights=True, both_ways=both_ways, dtype=dtype))
    x = features(graph.rows, dtype)
    ours, theirs = GCN(IN, OUT).to(dtype), peer.GCNConv(IN, OUT).to(dtype)
    pairs = [(ours.linear.weight, theirs.lin.weight, transposed), (ours.bias, theirs.bias, same)]
    nn.init.normal_(theirs.bias)
    share(pairs)
    compare(ours(x, ours.prepare(graph)), theirs(x, graph.edge_index(), weight), pairs, [x, weight], dtype)


@precision
@block
def test_gcn_with_a_matrix_of_its_own(dtype, columns):
    graph = small_graph(2, columns=columns, dtype=dtype)
    x = features(graph.columns, dtype)
    ours, theirs = GCN(IN, OUT, "own").to(dtype), peer.SAGEConv(IN, OUT).to(dtype)
    pairs = [
        (ours.linear.weight, theirs.lin_l.weight, transposed), (ours.own.bias, theirs.lin_l.bias, same),
        (ours.own.weight, theirs.lin_r.weight, transposed),
    ]  # fmt: skip
    share(pairs)
    compare(ours(x, ours.prepare(graph)), theirs(both(graph, x), graph.edge_index()), pairs, [x], dtype)


@precision
def test_gcn_that_takes_the_mean_over_a_node_and_its_neighbours(dtype):
    graph = small_graph(3, dtype=dtype)
    x = features(graph.rows, dtype)
    ours, theirs = GCN(IN, OUT, "mean").to(dtype), peer.SAGEConv(IN, OUT, root_weight=False).to(dtype)
    pairs = [(ours.linear.weight, theirs.lin_l.weight, transposed), (ours.bias, theirs.lin_l.bias, same)]
    share(pairs)
    compare(ours(x, ours.prepare(graph)), theirs(x, with_self_loops(graph).edge_index()), pairs, [x], dtype)


@precision
@pytest.mark.parametrize("precomputed", [True, False])
def test_sgc(dtype, precomputed):
    graph, weight = weighted(small_graph(4, weights=True, dtype=dtype))
    x = features(graph.rows, dtype)
    ours, theirs = SGC(IN, OUT, 3).to(dtype), peer.SGConv(IN, OUT, 3).to(dtype)
    pairs = [(ours.linear.weight, theirs.lin.weight, transposed), (ours.bias, theirs.lin.bias, same)]
    share(pairs)
    prepared = ours.prepare(graph)
    y = ours(ours.precompute(x, prepared), None) if precomputed else ours(x, prepared)
    compare(y, theirs(x, graph.edge_index(), weight), pairs, [x, weight], dtype)


@precision
@pytest.mark.parametrize("terms", [1, 2, 3, 5])
def test_cheb(dtype, terms):
    graph, theta = weighted(small_graph(5, weights=True, both_ways=True, dtype=dtype))
    weight = (theta + theta[graph.transposed[2]]) / 2  # alike in both directions, whichever of them moves
    graph = graph.with_weight(weight)
    x = features(graph.rows, dtype)
    ours, theirs = Cheb(IN, OUT, terms).to(dtype), peer.ChebConv(IN, OUT, terms).to(dtype)
    ours.linear.weight.data = torch.cat([lin.weight.detach().T for lin in theirs.lins], 1)
    pairs = [(ours.bias, theirs.bias, same)]
    nn.init.normal_(theirs.bias)
    share(pairs)
    y, z = ours(x, ours.prepare(graph)), theirs(x, graph.edge_index(), weight)
    by_term = [lin.weight for lin in theirs.lins]
    mine = torch.autograd.grad(y.square().sum(), ours.linear.weight, retain_graph=True)[0]
    others = torch.cat([w.T for w in torch.autograd.grad(z.square().sum(), by_term, retain_graph=True)], 1)
    assert (mine - others).abs().max() <= 10 * TOLERANCE[dtype] * max(1.0, float(others.abs().max()))
    compare(y, z, pairs, [x, theta] if terms > 1 else [x], dtype)


def gin_pair(dtype, learn_eps: bool, edge_features: int):
    """Our layer, PyG's MLP, and the pairs of their weights."""
    ours = GIN(IN, OUT, 7, learn_eps, edge_features).to(dtype)
    mlp = nn.Sequential(nn.Linear(IN, 7, bias=False), nn.BatchNorm1d(7), nn.ReLU(), nn.Linear(7, OUT)).to(dtype)
    for p in (mlp[1].weight, mlp[1].bias):
        nn.init.normal_(p)
    pairs = [
        (ours.first.weight, mlp[0].weight, transposed),
        (ours.rest[0].weight, mlp[1].weight, same), (ours.rest[0].bias, mlp[1].bias, same),
        (ours.rest[2].weight, mlp[3].weight, transposed), (ours.rest[2].bias, mlp[3].bias, same),
    ]  # fmt: skip
    return ours, mlp, pairs


@precision
@block
@pytest.mark.parametrize("learn_eps", [True, False])
def test_gin(dtype, columns, learn_eps):
    graph = small_graph(6, columns=columns, dtype=dtype)
    x = features(graph.columns, dtype)
    ours, mlp, pairs = gin_pair(dtype, learn_eps, 0)
    theirs = peer.GINConv(mlp, eps=0.3 if learn_eps else 0.0, train_eps=learn_eps).to(dtype)
    if learn_eps:
        pairs.append((ours.eps, theirs.eps, lambda eps: eps.view(())))
    share(pairs)
    compare(ours(x, ours.prepare(graph)), theirs(both(graph, x), graph.edge_index()), pairs, [x], dtype)
    for layer in (ours, theirs):
        layer.eval()
    compare(ours(x, ours.prepare(graph)), theirs(both(graph, x), graph.edge_index()), pairs, [x], dtype)


@precision
@block
def test_gin_with_features_of_edges(dtype, columns):
    graph = small_graph(7, columns=columns, features=4, dtype=dtype)
    x = features(graph.columns, dtype)
    ours, mlp, pairs = gin_pair(dtype, True, 4)
    theirs = peer.GINEConv(mlp, train_eps=True, edge_dim=4).to(dtype)
    pairs += [(ours.edge.weight, theirs.lin.weight, transposed), (ours.edge.bias, theirs.lin.bias, same)]
    pairs.append((ours.eps, theirs.eps, lambda eps: eps.view(())))
    share(pairs)
    z = theirs(both(graph, x), graph.edge_index(), graph.features)
    compare(ours(x, ours.prepare(graph)), z, pairs, [x], dtype)


def test_weights_of_gin_and_the_mean_of_sage_and_attention_count_edges():
    """An edge of weight 3 is three edges, which is all that these layers of the peer's can do of weights."""
    graph = small_graph(8)
    times = torch.where(
        graph.source == graph.target, 1, 1 + torch.arange(graph.edges) % 3
    )  # PyG's attention keeps one loop of a node
    graph, many = graph.with_weight(times.double()), graph.edge_index().repeat_interleave(times, 1)
    x = features(graph.rows, torch.float64)
    ours, mlp, pairs = gin_pair(torch.float64, False, 0)
    theirs = peer.GINConv(mlp)
    share(pairs)
    compare(ours(x, ours.prepare(graph)), theirs(x, many), pairs, [x], torch.float64)
    for layer, module in ((GAT, peer.GATConv), (GATv2, peer.GATv2Conv)):
        ours, theirs, pairs = attention_pair(layer, module, torch.float64, 2, True, 0)
        compare(ours(x, ours.prepare(graph)), theirs(x, many), pairs, [x], torch.float64)
    ours, theirs, pairs = sage_pair("mean", torch.float64)
    compare(ours(x, ours.prepare(graph)), theirs(x, many), pairs, [x], torch.float64)


def attention_pair(layer, module, dtype, heads: int, join: bool, edge_features: int):
    ours = layer(IN, OUT, heads, join, 0.0, edge_features).to(dtype)
    theirs = module(IN, OUT, heads, concat=join, edge_dim=edge_features or None).to(dtype)
    nn.init.normal_(theirs.bias)
    pairs = [(ours.bias, theirs.bias, same)]
    if layer is GAT:
        pairs += [
            (ours.linear.weight, theirs.lin.weight, transposed),
            (ours.sender, theirs.att_src, lambda a: a[0]), (ours.receiver, theirs.att_dst, lambda a: a[0]),
        ]  # fmt: skip
    else:
        for p in (theirs.lin_l.bias, theirs.lin_r.bias):
            nn.init.zeros_(p)
        pairs += [
            (ours.linear.weight, theirs.lin_l.weight, transposed),
            (ours.receiver.weight, theirs.lin_r.weight, transposed),
            (ours.sender, theirs.att, lambda a: a[0]),
        ]
        if edge_features:
            pairs.append((ours.edge.weight, theirs.lin_edge.weight, transposed))
    share(pairs)
    return ours, theirs, pairs


attentions = pytest.mark.parametrize("layer, module", [(GAT, "GATConv"), (GATv2, "GATv2Conv")], ids=["gat", "gatv2"])


@precision
@block
@attentions
@pytest.mark.parametrize("join", [True, False])
def test_attention(dtype, columns, layer, module, join):
    graph = small_graph(9, columns=columns, dtype=dtype).with_weight(None)
    x = features(graph.columns, dtype)
    ours, theirs, pairs = attention_pair(layer, getattr(peer, module), dtype, 4, join, 0)
    prepared = ours.prepare(graph)
    z, (edges, shares) = theirs(both(graph, x), graph.edge_index(), return_attention_weights=True)
    compare(ours(x, prepared), z, pairs, [x], dtype)
    order = torch.argsort(edges[1] * graph.columns + edges[0])
    assert torch.equal(edges[:, order], prepared.edge_index())
    assert (ours.attention(x, prepared) - shares[order]).abs().max() <= TOLERANCE[dtype]


@precision
@attentions
def test_attention_with_features_of_edges(dtype, layer, module):
    graph = small_graph(10, features=4, loops=False, dtype=dtype)
    x = features(graph.rows, dtype)
    ours, theirs, pairs = attention_pair(layer, getattr(peer, module), dtype, 2, True, 4)
    if layer is GAT:  # theirs multiplies two maps, ours holds the product
        product = lambda: torch.einsum("hof,ho->fh", theirs.lin_edge.weight.view(2, OUT, 4), theirs.att_edge[0])
        ours.edge.weight.data = product().detach()
    y, z = ours(x, ours.prepare(graph)), theirs(x, graph.edge_index(), graph.features)
    compare(y, z, pairs, [x], dtype)
    if layer is GAT:
        mine = torch.autograd.grad(ours(x, ours.prepare(graph)).square().sum(), ours.edge.weight)[0]
        maps = [theirs.lin_edge.weight, theirs.att_edge]
        of_product = torch.autograd.grad((product() * mine).sum(), maps)
        direct = torch.autograd.grad(theirs(x, graph.edge_index(), graph.features).square().sum(), maps)
        for a, b in zip(of_product, direct):
            assert b.abs().max() > 0 and (a - b).abs().max() <= 10 * TOLERANCE[dtype] * max(1.0, float(b.abs().max()))


def sage_pair(aggregator: str, dtype, unit: bool = False):
    ours = SAGE(IN, OUT, aggregator, unit=unit).to(dtype).eval()
    their_name = {"mean": "mean", "pool": "max", "lstm": "lstm"}[aggregator]
    theirs = peer.SAGEConv(IN, OUT, their_name, normalize=unit, project=aggregator == "pool").to(dtype)
    pairs = [
        (ours.neighbours.weight, theirs.lin_l.weight, transposed), (ours.own.bias, theirs.lin_l.bias, same),
        (ours.own.weight, theirs.lin_r.weight, transposed),
    ]  # fmt: skip
    if aggregator == "pool":
        pairs += [(ours.pool.weight, theirs.lin.weight, transposed), (ours.pool.bias, theirs.lin.bias, same)]
    if aggregator == "lstm":
        pairs += [(a, b, same) for a, b in zip(ours.lstm.parameters(), theirs.aggr_module.lstm.parameters())]
    share(pairs)
    return ours, theirs, pairs


@precision
@block
@pytest.mark.parametrize("aggregator", ["mean", "pool"])
@pytest.mark.parametrize("unit", [True, False])
def test_sage(dtype, columns, aggregator, unit):
    graph = small_graph(11, columns=columns, dtype=dtype)
    x = features(graph.columns, dtype)
    ours, theirs, pairs = sage_pair(aggregator, dtype, unit)
    compare(ours(x, ours.prepare(graph)), theirs(both(graph, x), graph.edge_index()), pairs, [x], dtype)


@precision
@pytest.mark.parametrize("degree", [1, 4])
def test_sage_with_an_lstm(dtype, degree):
    """On graphs where all have as many neighbours, since PyG's reads zeros after the neighbours of those that have
    fewer."""
    order = torch.stack([Draws("lstm", k).permutation(12)[:degree].sort().values for k in range(12)])
    graph = Graph(torch.arange(13) * degree, order.flatten(), 12)
    x = features(12, dtype)
    ours, theirs, pairs = sage_pair("lstm", dtype)
    compare(ours(x, ours.prepare(graph)), theirs(x, graph.edge_index()), pairs, [x], dtype)


@precision
def test_sparse_features_are_the_same_features(dtype):
    graph = small_graph(12, both_ways=True, dtype=dtype)
    x = features(graph.rows, dtype).detach()
    x = x * (Draws("thin").uniform(x.shape) < 0.08)
    sparse = as_features(x)
    assert isinstance(sparse, SparseRows)
    layers = [GCN(IN, OUT), GCN(IN, OUT, "own"), GIN(IN, OUT, 7), SGC(IN, OUT, 2), GAT(IN, OUT, 2), GATv2(IN, OUT, 2)]
    for layer in [*layers, Cheb(IN, OUT, 3), SAGE(IN, OUT), SAGE(IN, OUT, "pool"), SAGE(IN, OUT, "lstm")]:
        layer = layer.to(dtype).eval()
        a, b = (layer(rows, layer.prepare(graph)) for rows in (x, sparse))
        assert a.dtype == dtype and (a - b).abs().max() <= TOLERANCE[dtype]
