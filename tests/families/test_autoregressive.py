# Tests families/autoregressive/autoregressive.py
import itertools

import pytest
import torch
from counted import draws_have_masses
from leaves import category
from scipy.stats import chi2_contingency

from genwright.core.draws import Draws
from genwright.core.spec import Category, Ordered, Spec
from genwright.distributions.heads import CategoricalHead, DiscretisedLogistic, Histogram, head_for
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.networks.made import MADE
from genwright.networks.masked_conv import GatedPixelCNN

LABEL = Spec((("label", category(0.5, 0.5)),))


def scramble(family, scale):
    """Away from its start, where much is zero."""
    rng = Draws("scramble")
    with torch.no_grad():
        for p in family.parameters():
            p.add_(scale * rng.normal(p.shape))
    return family.eval()


def picture_family(shape=(1, 4, 4), levels=5, head=None, scale=0.3):
    spec = Spec((("x", Ordered(levels, shape=shape)),))
    head = head or CategoricalHead(levels)
    torch.manual_seed(0)
    network = GatedPixelCNN(spec, LABEL, head.size, 8, 2, reach=3, top=16)
    return scramble(Autoregressive(spec, LABEL, network, head), scale)


def row_family(spec, scale=0.3):
    torch.manual_seed(0)
    return scramble(Autoregressive(spec, LABEL, MADE(spec, LABEL, 8, 2, 4, 8, 3), Histogram(spec)), scale)


@pytest.mark.parametrize("head", [CategoricalHead(3), DiscretisedLogistic(3, 2)])
def test_the_mass_of_all_pictures_is_one(head):
    family = picture_family((2, 1, 3), 3, head)
    x = torch.tensor(list(itertools.product(range(3), repeat=6))).view(-1, 2, 1, 3)
    for label in (0.0, 1.0, torch.nan):
        nats, se = family.log_likelihood(x, torch.full((len(x), 1), label), Draws(0))
        assert se is None and nats.exp().sum().item() == pytest.approx(1, abs=1e-4)


def test_the_mass_of_all_rows_is_one_with_absent_values_and_as_a_mixture_of_orders():
    a, b, c = category(0.3, 0.7, absent=0.2), category(0.2, 0.3, 0.5), category(0.5, 0.5, absent=0.1)
    family = row_family(Spec((("a", a), ("b", b), ("c", c))))
    x = torch.tensor(list(itertools.product([torch.nan, 0.0, 1.0], [0.0, 1.0, 2.0], [torch.nan, 0.0, 1.0])))
    given = torch.zeros(len(x), 1)
    nats, _ = family.log_likelihood(x, given, Draws(0))
    assert nats.exp().sum().item() == pytest.approx(1, abs=1e-5)
    one = family.head.log_prob(family.network(x, given, None, 1), x).sum(1)
    assert one.exp().sum().item() == pytest.approx(1, abs=1e-5) and (one - nats).abs().max() > 0.01


END, PAD = 2, 3


class Bigrams(torch.nn.Module):
    """Each symbol from the one before it; after END only PAD, which a walk writes and does not come to."""

    orders = 1

    def __init__(self):
        super().__init__()
        self.table = Draws("bigrams").normal(5, 4)  # the last row: at the start
        self.table[:, PAD] = -1e9
        self.table[END : PAD + 1] = torch.where(torch.arange(4) == PAD, 0.0, -1e9)
        self.walked = 0

    def forward(self, x, given, known=None, order=0):
        before = torch.cat([torch.full_like(x[:, :1], -1), x[:, :-1]], 1)
        return self.table[before.long()]

    def walk(self, x, given, known=None, order=0):
        before = torch.full_like(x[:, 0], -1)
        for self.walked in range(x.shape[1]):
            yield (self.walked,), self.table[before.long()]
            before = x[:, self.walked]
            if (before >= END).all():
                x[:, self.walked + 1 :] = PAD
                return


@torch.no_grad()
def test_sequences_are_drawn_with_the_mass_that_the_likelihood_says_though_walks_end_early():
    spec = Spec((("text", Category(4, (3,), "sequence", ends=True)),))
    family = Autoregressive(spec, Spec(()), Bigrams(), head_for(spec))
    every = torch.tensor(list(itertools.product(range(4), repeat=3))).float()
    mass = family.log_likelihood(every, torch.zeros(64, 0), Draws(0))[0].exp()
    assert mass.sum().item() == pytest.approx(1, abs=1e-5)
    n = 20_000
    drawn = family.sample(n, torch.zeros(n, 0), Draws("tokens"))
    seen = torch.bincount((drawn @ torch.tensor([16.0, 4.0, 1.0])).long(), minlength=64) / n
    assert (seen - mass).abs().max() < 0.015

    known = torch.tensor([[False, True, False]]).expand(n, 3)
    filled = family.fill(torch.tensor([[0.0, 1.0, 0.0]]).expand(n, 3), known, torch.zeros(n, 0), Draws("tokens"))
    assert (filled[:, 1] == 1).all() and len(filled.unique(dim=0)) > 3
    ended = torch.tensor([[END, PAD, PAD]]).float()
    one = family.fill(ended, ended == END, torch.zeros(1, 0), Draws(0))
    assert torch.equal(one, ended) and family.network.walked == 0


@torch.no_grad()
def test_rows_are_drawn_with_the_mass_that_the_likelihood_says():
    spec = Spec((("a", category(0.3, 0.7, absent=0.2)), ("b", category(0.2, 0.3, 0.5))))
    family = row_family(spec, 0.5)
    cells = torch.tensor(list(itertools.product([torch.nan, 0.0, 1.0], [0.0, 1.0, 2.0])))
    expected = family.log_likelihood(cells, torch.zeros(9, 1), Draws(0))[0].exp()
    drawn = torch.cat([family.sample(1024, torch.zeros(1024, 1), Draws("row", i)) for i in range(60)])
    code = torch.nan_to_num(drawn[:, 0], nan=-1.0) + 1
    seen = torch.bincount((3 * code + drawn[:, 1]).long(), minlength=9) / len(drawn)
    assert (seen - expected).abs().max() < 0.01


THREE = Spec((("a", category(0.3, 0.7)), ("b", category(0.2, 0.3, 0.5)), ("c", category(0.5, 0.5))))


@torch.no_grad()
@pytest.mark.parametrize("places", [[], [2], [0, 1]])
def test_samples_and_completions_of_every_seed_have_the_masses_of_the_likelihood(places):
    """Of 16 blocks of 200 rows: all together against the masses, and each against the others. Rows of a block that
    share an order are no independent draws, so that blocks differ beyond chance."""
    family, blocks, n = row_family(THREE, 1.0), 16, 200
    every = torch.tensor(list(itertools.product(range(2), range(3), range(2)))).float()
    known = torch.zeros(3, dtype=torch.bool)
    known[places] = True
    alike = every[(every == every[7])[:, known].all(1)]
    mask = lambda rows: known.expand(rows, 3)
    masses = family.log_likelihood(alike, torch.zeros(len(alike), 1), Draws(0), known=mask(len(alike)))[0].exp()
    drawn = []
    for seed in range(blocks):
        given, rng = torch.zeros(n, 1), Draws("alike", seed)
        start = every[7:8].expand(n, 3)
        drawn.append(family.fill(start, mask(n), given, rng) if places else family.sample(n, given, rng))
    assert draws_have_masses(torch.cat(drawn), alike, masses)
    often = alike[masses * n > 5]
    counts = torch.stack([(block[:, None] == often).all(2).sum(0) for block in drawn])
    assert chi2_contingency(counts).pvalue > 0.01


FOUR = torch.tensor(list(itertools.product(range(3), repeat=4)))  # of three levels, four pixels


@torch.no_grad()
@pytest.mark.parametrize("shape", [(1, 2, 2), (2, 1, 2)])
@pytest.mark.parametrize(
    "places, kind", [([0, 1], "exact"), ([], "exact"), ([1, 2], "approximate"), ([0, 2, 3], "approximate")]
)
def test_pictures_are_completed_with_the_masses_that_the_likelihood_of_the_unknown_part_says(shape, places, kind):
    """places: of the pixels in raster order, channels innermost. Where they come first, the masses are those of whole
    pictures, as far as these agree with what is known."""
    c, h, w = shape
    family, n = picture_family(shape, 3, scale=0.5), 4000
    grid = lambda flat: flat.view(-1, h, w, c).movedim(3, 1).contiguous()
    every, mask = grid(FOUR), torch.zeros(4, dtype=torch.bool)
    mask[places] = True
    known = grid(mask[None])
    alike = every[(every == every[40])[:, known[0]].all(1)]
    expanded = lambda part, count: part.expand(count, *shape)
    assert family.completes_given(expanded(known, n)) == kind
    assert family.kind_given(expanded(known, n)) == ("exact" if kind == "exact" else "estimate")
    given = torch.ones(len(alike), 1)
    rest, _ = family.log_likelihood(alike, given, Draws(0), known=expanded(known, len(alike)))
    joint = family.log_likelihood(alike, given, Draws(0))[0].log_softmax(0)
    assert torch.allclose(rest, joint, atol=1e-5) == (kind == "exact")
    x = expanded(every[40:41], n).float()
    drawn = family.fill(x, expanded(known, n), torch.ones(n, 1), Draws("completed"))
    assert draws_have_masses(drawn, alike, rest.exp())


@torch.no_grad()
@pytest.mark.parametrize("perms", [[[0, 1, 2]], [[0, 1, 2], [1, 0, 2]]])
def test_rows_are_completed_with_the_masses_of_whole_rows_where_what_is_known_comes_first_in_every_order(perms):
    """The known part says which order it is likely to come of."""
    spec = Spec((("a", category(0.3, 0.7)), ("b", category(0.2, 0.3, 0.5)), ("c", category(0.5, 0.5))))
    family, n = row_family(spec, 1.0), 4000
    family.network.perms, family.network.orders = torch.tensor(perms), len(perms)
    cells = torch.tensor(list(itertools.product([0.0, 1.0], [0.0, 1.0, 2.0], [0.0, 1.0])))
    for row in cells[::2]:
        known = torch.tensor([[True, True, False]])
        alike = cells[(cells[:, :2] == row[:2]).all(1)]
        joint = family.log_likelihood(alike, torch.ones(2, 1), Draws(0))[0].softmax(0)
        rest, _ = family.log_likelihood(alike, torch.ones(2, 1), Draws(0), known=known.expand(2, 3))
        assert torch.allclose(rest.exp(), joint, atol=1e-5)
        assert family.completes_given(known) == family.kind_given(known) == "exact"
        drawn = family.fill(row.expand(n, 3), known.expand(n, 3), torch.ones(n, 1), Draws("completed"))
        assert draws_have_masses(drawn, alike, joint)
    behind = torch.tensor([[False, True, False]])
    assert (family.completes_given(behind), family.kind_given(behind)) == ("approximate", "estimate")


def test_cells_that_might_be_absent_are_not_called_exactly_completed(mixed):
    family, nothing = row_family(mixed), torch.zeros(1, 3, dtype=torch.bool)
    assert any(leaf.optional for leaf in mixed.columns) and family.completes_given(nothing) == "approximate"
