import pytest
import torch
from leaves import category

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.networks.masked_conv import GatedPixelCNN, PixelsLeft, RowsAbove

LABEL = Spec((("label", category(0.3, 0.3, 0.4)),))


def scrambled(shape, depth=3):
    """A network away from its start, its last layers included, and inputs for it; the last item has no label."""
    rng = Draws("pixelcnn", *shape)
    spec = Spec((("x", Ordered(17, shape=shape)),))
    net = GatedPixelCNN(spec, LABEL, outputs=5, width=8, depth=depth, reach=5, top=8).eval()
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(0.3 * rng.normal(p.shape))
    x = rng.integers(17, (3, *shape)).float()
    known = rng.uniform(3, 1, *shape[1:]).expand(x.shape) < 0.4
    known = known & torch.tensor([True, False, True])[:, None, None, None]  # nothing is known of the second
    return net, x, torch.tensor([[0.0], [2.0], [torch.nan]]), known


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("conv", [RowsAbove, PixelsLeft])
def test_a_masked_convolution_sees_only_what_it_may(conv, strict):
    x = torch.zeros(1, 1, 7, 7, requires_grad=True)
    conv(1, 1, 5, strict)(x)[0, 0, 3, 3].backward()
    seen = (x.grad[0, 0] != 0).nonzero()
    last = 3 - strict
    if conv is RowsAbove:
        assert seen[:, 0].min() == last - 2 and seen[:, 0].max() == last and len(seen) == 15
    else:
        assert (seen[:, 0] == 3).all() and seen[:, 1].min() == last - 2 and seen[:, 1].max() == last


@pytest.mark.parametrize("shape", [(1, 6, 7), (3, 5, 4)])
@pytest.mark.parametrize("partly", [False, True])
def test_no_pixel_sees_itself_or_a_later_one_and_all_see_every_earlier_one(shape, partly):
    net, x, given, known = scrambled(shape, depth=6)
    c, h, w = shape
    order = torch.arange(h * w).view(1, h, w) * c + torch.arange(c).view(c, 1, 1)  # raster, channels innermost
    for place in [(0, 2, 3), (c - 1, 3, 2)]:
        changed, mask = x.clone(), known.clone()
        mask[:, :, place[1], place[2]] = False  # a known pixel is allowed to reach every other
        changed[(slice(None), *place)] = (changed[(slice(None), *place)] + 5) % 17
        mask = mask if partly else None
        moved = (net(changed, given, mask) - net(x, given, mask)).abs().amax((0, -1))
        assert (moved[order <= order[place]] == 0).all()
        below = (order > order[place]) & ((torch.arange(h)[None, :, None] > place[1]) | (torch.arange(w) > place[2]))
        assert (moved[below] > 0).all()  # six layers reach everywhere: no blind spot


@pytest.mark.parametrize("shape", [(1, 6, 7), (3, 5, 4)])
@pytest.mark.parametrize("partly", [False, True])
def test_the_cached_walk_gives_the_numbers_of_the_full_pass(shape, partly):
    net, x, given, known = scrambled(shape)
    mask = known if partly else None
    start = torch.where(known, x, 0.0) if partly else torch.zeros_like(x)
    full, written, places = net(x, given, mask), start.clone(), []
    for place, params in net.walk(written, given, mask):
        at = (slice(None), *place)
        torch.testing.assert_close(params, full[at], rtol=0, atol=1e-5)
        written[at] = x[at]  # the walk reads what is written, and nothing before it is
        places.append(place)
    c, h, w = shape
    assert places == [(k, i, j) for i in range(h) for j in range(w) for k in range(c)]
