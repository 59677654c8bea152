import itertools
from math import log

import numpy as np
import pytest
import torch
from counted import draws_have_masses
from leaves import category
from scipy.stats import multivariate_normal

from genwright.core.draws import Draws
from genwright.core.spec import Category, Ordered, Real, Spec
from genwright.core.trainable import Batch
from genwright.distributions.heads import Categorical, DiscretisedLogistic, Histogram, head_for
from genwright.domains.column_margins import real_margin
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.families.conditions import draw_known, drop_given
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
    head = head or Categorical(levels)
    torch.manual_seed(0)
    network = GatedPixelCNN(spec, LABEL, head.size, 8, 2, reach=3, top=16)
    return scramble(Autoregressive(spec, LABEL, network, head), scale)


def row_family(spec, scale=0.3):
    torch.manual_seed(0)
    return scramble(Autoregressive(spec, LABEL, MADE(spec, LABEL, 8, 2, 4, 8, 3), Histogram(spec)), scale)


@pytest.mark.parametrize("head", [Categorical(3), DiscretisedLogistic(3, 2)])
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


def naive_draw(family, n, given, rng):
    """One full pass a pixel: the reference for the cached walk."""
    x = torch.zeros(n, *family.spec.shape)
    family._order(rng)
    c, h, w = family.spec.shape
    for i, j, k in itertools.product(range(h), range(w), range(c)):
        x[:, k, i, j] = family.head.sample(family.network(x, given)[:, k, i, j], rng)
    return x


@torch.no_grad()
@pytest.mark.parametrize("shape, head", [((1, 5, 5), Categorical(17)), ((3, 3, 4), DiscretisedLogistic(17, 3))])
def test_cached_and_naive_draws_are_the_same_picture(shape, head):
    family = picture_family(shape, 17, head)
    given = torch.tensor([[0.0], [1.0], [torch.nan]])
    cached = family.sample(3, given, Draws(5))
    assert torch.equal(cached, naive_draw(family, 3, given, Draws(5)))
    assert torch.equal(cached, family.sample(3, given, Draws(5)))
    with torch.autocast("cpu", torch.bfloat16):  # what is drawn does not depend on the precision around it
        assert torch.equal(cached, family.sample(3, given, Draws(5)))


@torch.no_grad()
@pytest.mark.parametrize("head", [Categorical(4), DiscretisedLogistic(4, 2)])
@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_draws_have_the_mass_that_the_likelihood_says_and_guidance_extrapolates_it(head, guidance):
    family = picture_family((1, 1, 1), 4, head, 0.2)
    n = 20_000
    drawn = family.sample(n, torch.ones(n, 1), Draws(1), guidance=guidance)
    levels = torch.arange(4).view(4, 1, 1, 1)
    with_label, _ = family.log_likelihood(levels, torch.ones(4, 1), Draws(0))
    without, _ = family.log_likelihood(levels, torch.full((4, 1), torch.nan), Draws(0))
    expected = (without + guidance * (with_label - without)).softmax(0)
    seen = torch.bincount(drawn.flatten().long(), minlength=4) / n
    assert (seen - expected).abs().max() < 0.015
    assert (with_label.exp() - without.exp()).abs().max() > 0.03  # else guidance would change nothing


@torch.no_grad()
def test_rows_are_drawn_with_the_mass_that_the_likelihood_says():
    spec = Spec((("a", category(0.3, 0.7, absent=0.2)), ("b", category(0.2, 0.3, 0.5))))
    family = row_family(spec, 0.5)
    cells = torch.tensor(list(itertools.product([torch.nan, 0.0, 1.0], [0.0, 1.0, 2.0])))
    expected = family.log_likelihood(cells, torch.zeros(9, 1), Draws(0))[0].exp()
    drawn = torch.cat([family.sample(1024, torch.zeros(1024, 1), Draws("row", i)) for i in range(60)])
    code = torch.nan_to_num(drawn[:, 0], nan=-1.0) + 1
    seen = torch.bincount((3 * code + drawn[:, 1]).long(), minlength=9) / len(drawn)
    assert (seen - expected).abs().max() < 0.05  # 60 draws of the order alone leave this much


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


def test_the_loss_counts_the_unknown_part_only(mixed):
    family = row_family(mixed)
    family.known_share = 0.9
    x, given = torch.tensor([[0.5, 3.0, 1.0], [-2.0, torch.nan, 2.0]] * 20), torch.zeros(40, 1)
    loss, logs = family.loss(Batch(x, given, Draws(3), 0))
    rng = Draws(3)
    left, known = drop_given(family.given, given, rng), draw_known(mixed, x, rng, 0.9)
    nats = family.head.log_prob(family.network(x, left, known, family._order(rng)), x)
    assert known.any() and not known.all()
    torch.testing.assert_close(loss, -(nats * ~known).sum(1).mean())
    free = ~known.any(1)
    assert logs["nats"] == pytest.approx(-nats[free].sum(1).mean().item(), rel=1e-5)


@torch.no_grad()
def test_fill_keeps_what_is_known_ignores_the_filler_and_leaves_no_hole(mixed):
    family = row_family(mixed)
    x = torch.tensor([[0.5, 3.0, 1.0], [-2.0, torch.nan, 2.0], [1.5, torch.nan, torch.nan]]).repeat(50, 1)
    known = (Draws(1).uniform(x.shape) < 0.5) & ~x.isnan()
    given = torch.zeros(len(x), 1)
    done = family.fill(x, known, given, Draws(2))
    assert torch.equal(done[known], x[known]) and not done.isnan().any()
    other = torch.where(known, x, torch.nan)
    assert torch.equal(family.fill(other, known, given, Draws(2)), done)

    pictures = picture_family()
    x = Draws(3).integers(5, (6, 1, 4, 4)).float()
    known = Draws(4).uniform(6, 1, 4, 4) < 0.5
    given = torch.zeros(6, 1)
    done = pictures.fill(x, known, given, Draws(5))
    assert torch.equal(done[known], x[known])
    assert torch.equal(pictures.fill(torch.where(known, x, 4.0), known, given, Draws(5)), done)
    assert not torch.equal(pictures.fill((x + 1) % 5, known, given, Draws(5))[~known], done[~known])


def fit(family, x, steps, batch, lr):
    """A minimal training loop: Adam with a linear cooldown."""
    torch.manual_seed(0)
    rng, family = Draws("fit"), family.train()
    optimizer = torch.optim.AdamW(family.parameters(), lr=lr, weight_decay=0.01, fused=True)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = lr * min(1, (step + 1) / 20, 2 * (1 - step / steps))
        part = x[rng.integers(len(x), (batch,))]
        loss, _ = family.loss(Batch(part, torch.zeros(batch, 0), rng, step * batch))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(family.parameters(), 1.0)
        optimizer.step()
    return family.eval()


A = np.array(
    [[1, 0, 0, 0, 0], [0.8, 0.6, 0, 0, 0], [-0.5, 0.4, 0.8, 0, 0], [0.3, -0.6, 0.2, 0.7, 0], [0.6, 0.2, -0.4, 0.3, 0.6]]
)
S = A @ A.T  # unit variances, nearly


LEARNED = {  # steps, batch and rate; how far off mean, sd and correlations of completions may be then
    "short": ((800, 256, 1e-2), (0.15, 0.17, 0.15)),
    "long": ((2000, 512, 5e-3), (0.1, 0.1, 0.1)),
}


@pytest.fixture(scope="module", params=["short", pytest.param("long", marks=pytest.mark.long)])
def gaussian(request):
    """A family trained on a 5-D Gaussian, its mean, and how far off completions may be."""
    trained, most = LEARNED[request.param]
    mean = np.array([1.0, -0.5, 0.0, 0.5, 2.0])
    x = mean + np.random.default_rng(0).normal(size=(100_000, 5)) @ A.T
    margins = [real_margin(*np.unique(column, return_counts=True), absent=0.0, plain=True) for column in x.T]
    spec = Spec(tuple((f"x{j}", Real(margin=margin)) for j, margin in enumerate(margins)))
    torch.manual_seed(0)
    family = Autoregressive(spec, Spec(()), MADE(spec, Spec(()), 32, 2, 16, 32, 2), Histogram(spec), known_share=0.5)
    return fit(family, torch.tensor(x).float(), *trained), mean, most


def conditional(mean, known, values):
    """Mean, sd and correlation of the unknown part of the Gaussian."""
    u, gain = ~known, S[np.ix_(~known, known)] @ np.linalg.inv(S[np.ix_(known, known)])
    cov = S[np.ix_(u, u)] - gain @ S[np.ix_(known, u)]
    sd = np.sqrt(np.diag(cov))
    return mean[u] + gain @ (values[known] - mean[known]), sd, cov / np.outer(sd, sd)


def errors(drawn, mean, sd, corr):
    """Of the mean in sd, of the sd as a share, of the correlations."""
    return abs(drawn.mean(0) - mean) / sd, abs(drawn.std(0) / sd - 1), abs(np.corrcoef(drawn.T) - corr)


@pytest.mark.parametrize("known", [[1, 0, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 1, 1, 0]])
def test_completions_of_a_gaussian_have_its_conditional_moments(gaussian, known):
    family, mean, most = gaussian
    known = np.array(known, bool)
    values = mean + A @ np.array([1.5, -1.2, 0.8, -1.0, 1.2])
    truth = conditional(mean, known, values)

    def complete(mask):
        x, mask = torch.tensor(values).float().expand(1000, 5), torch.tensor(mask).expand(1000, 5)
        drawn = torch.cat([family.fill(x, mask, torch.zeros(1000, 0), Draws("fill", k)) for k in range(6)])
        return drawn[:, ~torch.tensor(known)].double().numpy()

    with torch.no_grad():
        found = [error.max() for error in errors(complete(known), *truth)]
        assert np.less(found, most).all(), found
        off, _, _ = errors(complete(np.zeros(5, bool)), *truth)  # the same model, not told what is known
        assert off.max() > 0.4


@pytest.mark.parametrize("known", [[1, 0, 1, 0, 0], [0, 1, 0, 0, 1]])
def test_the_unknown_part_of_a_gaussian_is_as_likely_as_its_conditional_says(gaussian, known):
    (family, mean, _), known = gaussian, np.array(known, bool)
    x = mean + np.random.default_rng(2).normal(size=(5000, 5)) @ A.T
    density = lambda which: multivariate_normal(mean[which], S[np.ix_(which, which)]).logpdf(x[:, which])
    truth = density(np.full(5, True)) - density(known)
    mask = torch.tensor(known).expand(len(x), 5)
    with torch.no_grad():
        nats, _ = family.log_likelihood(torch.tensor(x).float(), torch.zeros(len(x), 0), Draws(0), None, mask)
    # a mask of many has few training items: 0.073 nats after 800 steps
    assert -0.01 < (truth - nats.double().numpy()).mean() < 0.1
    assert (truth - density(~known)).mean() > 1  # what one who is not told of the known part can reach


def test_the_density_of_a_gaussian_is_learned(gaussian):
    family, mean, _ = gaussian
    z = np.random.default_rng(1).normal(size=(5000, 5))
    truth = -0.5 * (z**2).sum(1) - 2.5 * log(2 * np.pi) - np.log(np.diag(A)).sum()
    with torch.no_grad():
        nats, _ = family.log_likelihood(torch.tensor(mean + z @ A.T).float(), torch.zeros(5000, 0), Draws(0))
        untrained = Autoregressive(family.spec, Spec(()), MADE(family.spec, Spec(()), 32, 2), family.head)
        before, _ = untrained.log_likelihood(torch.tensor(mean + z @ A.T).float(), torch.zeros(5000, 0), Draws(0))
    assert -0.01 < (truth - nats.numpy()).mean() < 0.06
    assert (truth - before.numpy()).mean() > 0.5
