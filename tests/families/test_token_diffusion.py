# Tests families/diffusion/token_diffusion.py
"""Discrete diffusion of sequences: its bound against the mass of sequences of a law that is known, its draws against
that law, and what is known stays."""

from itertools import product

import numpy as np
import pytest
import torch
from short_training import train
from torch import nn

from genwright.core.draws import Draws
from genwright.core.spec import Category, Spec
from genwright.core.trainable import Items
from genwright.families.diffusion.token_diffusion import TokenDiffusion
from genwright.kinds.sequences.domain import Sequences
from genwright.networks.lines import SymbolTransformer

NONE = Spec(())
LENGTH, K = 5, 3
FIRST = torch.tensor([0.6, 0.3, 0.1], dtype=torch.double)
NEXT = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.45, 0.5, 0.05]], dtype=torch.double)
EVERY = torch.tensor([*product(range(K), repeat=LENGTH)])
MASS = FIRST[EVERY[:, 0]] * NEXT[EVERY[:, :-1], EVERY[:, 1:]].prod(1)
WINDOW = Spec((("window", Category(K, (LENGTH,), "sequence")),))
NOISES = ["mask", "uniform"]


class Knowing(nn.Module):
    """What the symbols of the chain are, by messages from both sides: of each place, without what is seen of it
    itself."""

    def __init__(self, noise):
        super().__init__()
        self.noise = noise

    def forward(self, z, clock, given, known):
        t, same = clock.double()[:, None, None], nn.functional.one_hot(z.long(), K + 1)[..., :K].double()
        if self.noise == "mask":
            seen = torch.where((z == K)[..., None], t, (1 - t) * same)
        else:
            seen = (1 - t) * same + t / K
        seen = torch.where(known[..., None], same, seen)
        before, after = [FIRST.expand(len(z), K)], [torch.ones(len(z), K, dtype=torch.double)]
        for i in range(LENGTH - 1):
            before.append((before[-1] * seen[:, i]) @ NEXT)
            after.insert(0, (after[0] * seen[:, -1 - i]) @ NEXT.T)
        return (torch.stack(before, 1) * torch.stack(after, 1)).log()


def knowing(noise, steps=100):
    return TokenDiffusion(WINDOW, NONE, Knowing(noise), noise, steps, 16).eval()


@torch.no_grad()
@pytest.mark.parametrize("noise", NOISES)
def test_of_a_known_chain_the_bound_is_the_entropy(noise):
    """The denoiser is exact, so that nothing is lost: within .01 nats a symbol."""
    some = Draws("some").categories(MASS, 1500, replacement=True)
    nats, se = knowing(noise).log_likelihood(EVERY[some], torch.zeros(len(some), 0), Draws("bound"), 48)
    off = nats - MASS[some].log()
    assert abs(float(off.mean())) / LENGTH < 0.01
    assert ((off / se) ** 2).mean() == pytest.approx(1, abs=0.3)  # and its error is as large as it says


@torch.no_grad()
def test_masks_that_are_counted_say_what_the_integral_over_time_says():
    """Of a denoiser that is wrong, too."""
    torch.manual_seed(0)
    rng, network = Draws("wrong"), SymbolTransformer(WINDOW, NONE, K, 8, 2, 1)
    family = TokenDiffusion(WINDOW, NONE, network, "mask", 10, 16).eval()
    n = 20_000
    x, given = EVERY[7:8].expand(n, -1), torch.zeros(n, 0)
    free, u = torch.ones_like(x, dtype=torch.bool), rng.uniform(n, dtype=torch.double).clamp(1e-4, 1 - 1e-9)
    free[:, 1] = False
    by_time, by_count = family._sampled_integrand(x, free, u, given, rng), family._hidden(x, free, u, given, rng)
    error = float((by_time.var() / n + by_count.var() / n).sqrt())
    assert abs(by_time.mean() - by_count.mean()) < 4 * error < 0.25
    assert by_count.var() < by_time.var() / 2


@torch.no_grad()
@pytest.mark.parametrize("noise", NOISES)
def test_of_the_rest_given_a_known_part_too(noise):
    some = Draws("some").categories(MASS, 300, replacement=True)
    x, known = EVERY[some], torch.tensor([False, True, False, False, True])
    alike = (x[:, None, known] == EVERY[None][:, :, known]).all(2).double()
    truth = (MASS[some] / (alike @ MASS)).log()
    mask = known.expand(len(x), -1)
    nats, _ = knowing(noise).log_likelihood(x, torch.zeros(len(x), 0), Draws("part"), 48, mask)
    assert abs(float((nats - truth).mean())) / 3 < 0.02


@torch.no_grad()
@pytest.mark.parametrize("noise", NOISES)
def test_draws_are_of_the_chain_and_completions_of_its_conditionals(noise):
    family, n = knowing(noise, 50), 1000
    code = lambda x: (x.long() * K ** torch.arange(LENGTH - 1, -1, -1)).sum(1)
    pairs = lambda x, p: torch.zeros(K, K, dtype=torch.double).index_put((x[:, 1], x[:, 2]), p, accumulate=True)
    drawn = family.sample(n, torch.zeros(n, 0), Draws("draw")).long()
    same = torch.full((n,), 1 / n, dtype=torch.double)
    assert (pairs(drawn, same) - pairs(EVERY, MASS)).abs().max() < 0.05
    x, known = EVERY[100].expand(n, -1), torch.tensor([True, False, False, True, False]).expand(n, -1)
    drawn = family.fill(x.float().masked_fill(~known, torch.nan), known, torch.zeros(n, 0), Draws("fill"))
    assert (drawn[known] == x[known]).all()
    like = (EVERY[:, known[0]] == EVERY[100][known[0]]).all(1)
    truth = torch.where(like, MASS, 0.0) / MASS[like].sum()
    share = torch.bincount(code(drawn), minlength=len(EVERY)) / n
    assert float((share - truth).abs().sum()) / 2 < 0.06


LINES = ["abba", "b", "aab", "ba", "bab", "cab"]


def lines():
    domain = Sequences.fit(LINES)
    return domain, *domain.encode(LINES * 10)


@pytest.mark.long
@pytest.mark.parametrize("noise", NOISES)
def test_it_learns_lines_and_draws_them(noise):
    domain, x, given = lines()
    torch.manual_seed(0)
    network = SymbolTransformer(domain.spec, NONE, len(domain.symbols), 32, 2, 1, taps=3, timed=noise == "uniform")
    steps = {"mask": 180, "uniform": 180}[noise]
    family = train(TokenDiffusion(domain.spec, NONE, network, noise, 60, 16), x, steps, batch=48, lr=2e-2)
    family.finish(Items(x, given), Draws("finish"))
    with torch.no_grad():
        nats, se = family.log_likelihood(x[:6], given[:6], Draws("score"), 64)
        junk, _ = family.log_likelihood(domain.encode(["cccc", "accc"])[0], given[:2], Draws("score"), 64)
        drawn = family.sample(60, torch.zeros(60, 0), Draws("draw"))
    assert abs(float(nats.mean()) - np.log(1 / 6)) < 0.6 and nats.min() > junk.max() + 2
    said = domain.decode(drawn, given, None)
    assert torch.equal(domain.encode(said)[0].float(), drawn)  # each has one END, then PAD
    assert np.mean([line in LINES for line in said]) > 0.65  # of any letters it is 0.13


class Uniform(nn.Module):
    """Any symbol is as likely as another, whatever is seen."""

    def forward(self, z, clock, given, known):
        return torch.zeros(*z.shape, 3, dtype=torch.double)


@torch.no_grad()
@pytest.mark.parametrize("places", [[], [0], [1], [3], [4], [0, 2], [0, 1, 4]], ids=str)
def test_where_the_bound_is_tight_it_is_the_conditional(places):
    """Of symbols that are drawn apart nothing is lost, so that sums over all lines say what it should be: of the end,
    too, which is one of those that fit the known part."""
    domain, x, given = lines()
    family = TokenDiffusion(domain.spec, NONE, Uniform(), "mask", 4, 4).eval()
    family.finish(Items(x, given), Draws("finish"))
    every = domain.encode(["".join(letters) for n in range(1, 5) for letters in product("abc", repeat=n)])[0]
    nothing, known = torch.zeros(len(every), 0), torch.zeros(every.shape, dtype=torch.bool)
    whole, _ = family.log_likelihood(every, nothing, Draws("whole"))
    assert float(whole.exp().sum()) == pytest.approx(1, abs=1e-5)
    known[:, places] = True
    alike = (every[:, None, places] == every[:, places]).all(2)
    truth = whole - torch.where(alike, whole, -torch.inf).logsumexp(1)
    nats, _ = family.log_likelihood(every, nothing, Draws("part"), None, known)
    assert torch.allclose(nats, truth, atol=1e-5)


@torch.no_grad()
def test_completions_keep_what_is_known_and_end_where_they_may():
    domain, x, given = lines()
    network = SymbolTransformer(domain.spec, NONE, len(domain.symbols), 16, 2, 1)
    family = TokenDiffusion(domain.spec, NONE, network, "mask", 6, 4).eval()
    family.finish(Items(x, given), Draws("finish"))
    known = torch.tensor([[True, True, False, False, False], [False, False, False, True, True]]).repeat(30, 1)
    items = domain.encode(["aab", "aab"] * 30)[0]
    filled = family.fill(items, known, given[:1].expand(60, 0), Draws("fill"))
    said = domain.decode(filled, given, None)
    assert (filled[known] == items[known]).all() and torch.equal(domain.encode(said)[0].float(), filled)
    assert {len(line) for line in said[1::2]} == {3} and len({len(line) for line in said[::2]}) > 1


@torch.no_grad()
def test_what_is_said_of_a_symbol_that_is_seen_is_that_symbol():
    """And a mask says what the network does, of symbols alone."""
    domain, x, _ = lines()
    network = SymbolTransformer(domain.spec, NONE, len(domain.symbols), 16, 2, 1)
    family, x = TokenDiffusion(domain.spec, NONE, network, "mask", 4, 4).eval(), x[:6].long()
    free = x < domain.leaf.end
    z = torch.where(Draws(0).uniform(x.shape) < 0.5, x.clamp(max=family.symbols - 1), family.symbols)
    log_p = family.clean(z, x, free, torch.full((6,), 0.5), torch.zeros(6, 0))
    seen = free & (z < family.symbols)
    assert log_p.shape[-1] == len(domain.symbols)
    assert (log_p.exp().gather(-1, z.clamp(max=family.symbols - 1)[..., None])[..., 0][seen] == 1).all()
    assert (log_p.exp()[free & ~seen] > 0).all()
