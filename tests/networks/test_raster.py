"""Priors over grids of codes: no code sees itself or a later one, coarse codes reach every place, and the cached walk
says what the full pass says."""

import pytest
import torch
from leaves import category

from genwright.core.draws import Draws
from genwright.core.spec import Category, Spec
from genwright.networks.masked_conv import GatedPixelCNN
from genwright.networks.raster_transformer import RasterTransformer

K = 6
GIVEN = Spec((("label", category(0.3, 0.3, 0.4)), ("top", Category(5, (1, 2, 2), "grid"))))
NETWORKS = {
    "convolutions": lambda spec: GatedPixelCNN(spec, GIVEN, K, 8, 2, reach=3, top=8, embedding=4),
    "with attention": lambda spec: GatedPixelCNN(spec, GIVEN, K, 16, 4, reach=3, top=8, embedding=4, attention=2),
    "transformer": lambda spec: RasterTransformer(spec, GIVEN, 16, 2, 2),
}


@pytest.fixture(params=NETWORKS)
def network(request):
    """Makes one away from its start, whose last layers say nothing."""

    def make(books: int) -> torch.nn.Module:
        net = NETWORKS[request.param](Spec((("code", Category(K, (books, 4, 3), "grid")),))).eval()
        with torch.no_grad():
            for k, p in enumerate(net.parameters()):
                p.copy_(0.2 * Draws("raster", k).normal(p.shape))
        return net

    return make


def inputs(books: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = Draws("codes", books)
    x, top = rng.integers(K, (3, books, 4, 3)).float(), rng.integers(5, (3, 4)).float()
    given = torch.cat([torch.tensor([[0.0], [2.0], [torch.nan]]), top], 1)
    given[1, 1:] = torch.nan  # without coarse codes
    known = (rng.uniform(3, 1, 4, 3) < 0.4).expand(x.shape) & torch.tensor([True, False, True])[:, None, None, None]
    return x, given, known


@pytest.mark.parametrize("books", [1, 2])
@pytest.mark.parametrize("partly", [False, True])
def test_the_cached_walk_gives_the_numbers_of_the_full_pass(network, books, partly):
    net, (x, given, known) = network(books), inputs(books)
    mask = known if partly else None
    with torch.no_grad():
        full, written, places = net(x, given, mask), torch.where(known, x, 0.0) if partly else torch.zeros_like(x), []
        for place, params in net.walk(written, given, mask):
            at = (slice(None), *place)
            assert torch.allclose(params, full[at], rtol=1e-4, atol=1e-4), place
            written[at] = x[at]
            places.append(place)
    assert places == [(c, i, j) for i in range(4) for j in range(3) for c in range(books)]


@torch.no_grad()
def test_a_code_reaches_those_after_it_alone_and_coarse_ones_reach_all(network):
    net, (x, given, _) = network(2), inputs(2)
    order = torch.arange(12).view(1, 4, 3) * 2 + torch.arange(2).view(2, 1, 1)
    before = net(x, given)
    changed = x.clone()
    changed[:, 0, 1, 1] = (changed[:, 0, 1, 1] + 1) % K
    moved = (net(changed, given) - before).abs().amax((0, -1))
    assert (moved[order <= order[0, 1, 1]] == 0).all() and (moved[order == order[1, 1, 1]] > 0).all()
    assert (moved[:, 2:, 1] > 0).all()
    other = given.clone()
    other[:, 1:] = (other[:, 1:] + 1) % 5
    assert ((net(x, other) - before)[[0, 2]].abs().amax((0, -1)) > 0).all()


@torch.no_grad()
def test_codes_are_names_not_numbers_on_a_scale(network):
    """Any two codes may be told apart by any amount: renaming them is a change of the tables alone."""
    net, (x, given, _) = network(1), inputs(1)
    swap = torch.arange(K)
    swap[[1, 4]] = swap[[4, 1]]
    before = net(x, given)
    table = net.read.table if isinstance(net, GatedPixelCNN) else net.symbols
    table.weight[:K] = table.weight[:K][swap]
    assert torch.allclose(net(swap[x.long()].float(), given), before, atol=1e-5)
