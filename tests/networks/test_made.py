import copy

import pytest
import torch
from leaves import category

from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.distributions.heads import Histogram
from genwright.networks.made import MADE

LABEL = Spec((("label", category(0.5, 0.5)),))


@pytest.fixture(params=[24, 8, 4], ids=["own", "shared", "one-each"])
def scrambled(mixed, request):
    """Three columns with eight hidden units each, then with eight and with four for all."""
    torch.manual_seed(0)
    net = MADE(mixed, LABEL, units=8, depth=2, features=4, context=8, orders=4, hidden=request.param).eval()
    rng = Draws("made")
    with torch.no_grad():
        for p in net.parameters():
            p.add_(0.3 * rng.normal(p.shape))
    x = torch.tensor([[0.5, 3.0, 1.0], [-2.0, torch.nan, 2.0], [1.5, 0.0, torch.nan]])
    return net, x, torch.tensor([[0.0], [1.0], [torch.nan]]), torch.tensor([[1, 0, 0], [0, 0, 1], [0, 0, 0]]).bool()


@pytest.mark.parametrize("partly", [False, True])
def test_a_column_sees_the_columns_before_it_in_each_order_and_no_other(scrambled, partly):
    net, x, given, known = scrambled
    for order in range(net.orders):
        rank = net.perms[order].argsort()
        for i, value in enumerate((2.2, 7.0, 0.0)):
            changed, mask = x.clone(), known.clone()
            changed[:, i] = value
            mask[:, i] = False  # a known column is allowed to reach every other
            mask = mask if partly else None
            moved = (net(changed, given, mask, order) - net(x, given, mask, order)).abs().amax((0, 2))
            assert ((moved > 0) == (rank > rank[i])).all()


@pytest.mark.parametrize("partly", [False, True])
def test_the_cached_walk_gives_the_numbers_of_the_full_pass(scrambled, partly):
    net, x, given, known = scrambled
    mask = known if partly else None
    for order in range(net.orders):
        full, places = net(x, given, mask, order), []
        written = torch.where(known, x, 0.0) if partly else torch.zeros_like(x)
        for place, logits in net.walk(written, given, mask, order):
            torch.testing.assert_close(logits, full[:, place[0]], rtol=0, atol=1e-5)
            written[:, place[0]] = x[:, place[0]]
            places.append(place[0])
        assert places == net.perms[order].tolist()


@pytest.mark.parametrize("changed", ["in place", "another tensor"])
def test_a_walk_sees_weights_that_have_changed_since_the_last(scrambled, changed):
    net, x, given, _ = copy.deepcopy(scrambled)
    walked = lambda: torch.stack([logits for _, logits in net.walk(x.clone(), given)])
    before = walked()
    with torch.no_grad():
        for weight in net.blocks.parameters():
            if changed == "in place":
                weight.mul_(2.0)
            else:
                weight.data = weight * 2.0
    assert not torch.equal(walked(), before)
    torch.testing.assert_close(walked(), net(x, given)[:, net.perms[0]].transpose(0, 1), rtol=0, atol=1e-4)


def test_an_untrained_network_says_the_margins(mixed):
    net = MADE(mixed, LABEL, units=8, depth=1)
    x = torch.tensor([[-0.5, 1.0, 0.0], [0.5, torch.nan, 2.0]])
    mass = Histogram(mixed).log_prob(net(x, torch.zeros(2, 1)), x).exp()
    # real: probability / (width x scale); count: 0.3 of the present rows over three levels; class: of the present rows
    expected = [[0.4 / (1 * 2), 0.8 * 0.3 / 3, 0.9 * 0.2], [0.4 / (1 * 2), 0.2, 0.9 * 0.5]]
    torch.testing.assert_close(mass, torch.tensor(expected), rtol=1e-4, atol=0)
