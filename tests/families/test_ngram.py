# Tests families/autoregressive/ngram.py
"""n-grams: smoothed counts by hand, and the entropy of a chain whose truth is known."""

from math import log

import numpy as np
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Spec
from genwright.core.trainable import Items
from genwright.families.autoregressive.ngram import NGram, discounts
from genwright.kinds.sequences.domain import Sequences


def learned(lines, order=2, *options):
    domain = Sequences.fit(lines)
    family = NGram(domain.spec, Spec(()), order, *options)
    family.finish(Items(*domain.encode(lines)), Draws("finish"))
    return domain, family


def test_it_is_the_formula():
    """Of ab, ab, ac with order 1: after a comes b twice and c once, of two kinds."""
    domain, family = learned(["ab", "ab", "ac", "acb"], order=1)
    x, given = domain.encode(["ab"])
    order_0 = lambda count: (count + 4 * (1 / 4)) / (13 + 4)  # a 4, b 3, c 2, END 4; four kinds follow nothing
    begin = (4 + 1 * order_0(4)) / (4 + 1) / (1 - (0 + 1 * order_0(4)) / (4 + 1))  # a line does not begin with END
    after_a = (2 + 2 * order_0(3)) / (4 + 2)
    after_b = (3 + 1 * order_0(4)) / (3 + 1)
    said = family.log_likelihood(x, given, None)[0].item()
    assert said == pytest.approx(log(begin * after_a * after_b), abs=1e-6)


def test_it_continues_a_beginning_by_the_same_formula():
    domain, family = learned(["ab", "ab", "ac", "acb"], order=1)
    x, given, known = domain.encode_holes(["a*"] * 4000, None, None)
    lines = domain.decode(family.fill(x, known, given, Draws("fill")), given, None)
    after_a = (2 + 2 * (3 + 1) / 17) / (4 + 2)  # b, as above
    assert all(line[0] == "a" for line in lines)
    assert np.mean([line[1:2] == "b" for line in lines]) == pytest.approx(after_a, abs=4 * 0.5 / 4000**0.5)


def test_a_context_never_seen_is_that_of_fewer_symbols():
    domain, family = learned(["ab", "ba", "cc", "abc"])
    a, b, c = (torch.tensor([domain.symbols.index(letter)]) for letter in "abc")
    seen = family._probability([a, c], b)  # c a, which nothing followed
    shorter = NGram(domain.spec, Spec(()), 1)
    shorter.finish(Items(*domain.encode(["ab", "ba", "cc", "abc"])), None)
    assert seen.item() == shorter._probability([a], b).item() > 0


def test_kneser_ney_is_the_formula():
    """With order 1, where counts of 1, 2, 3 and 4 are there: after a come b 3, c 2 and d 1 times."""
    lines = ["ab"] * 3 + ["ac"] * 2 + ["ad"] + ["ee"] + ["ff"] * 4
    domain, family = learned(lines, 1, "kneser-ney")
    code = lambda letter: torch.tensor([domain.symbols.index(letter)])
    said = lambda before, letter: family._probability([code(before)], code(letter)).item()
    pairs = {"^a": 6, "ab": 3, "ac": 2, "ad": 1, "b$": 3, "c$": 2, "d$": 1, "^e": 1, "ee": 1, "e$": 1, "^f": 4, "ff": 4}
    pairs["f$"] = 4
    n1, n2, n3, n4 = (sum(count == n for count in pairs.values()) for n in (1, 2, 3, 4))
    share = n1 / (n1 + 2 * n2)
    d1, d2, d3 = 1 - 2 * share * n2 / n1, 2 - 3 * share * n3 / n2, 3 - 4 * share * n4 / n3
    d1, d2, d3 = (min(d, n - 0.1) if d > 0 else 0.5 for d, n in ((d1, 1), (d2, 2), (d3, 3)))
    before = {symbol: len({pair[0] for pair in pairs if pair[1] == symbol}) for symbol in "abcdef$"}
    assert sorted(before.values()) == [1, 1, 1, 1, 2, 2, 5]  # none of 3 and more: discounts of half a count
    shorter = lambda symbol: (before[symbol] - 0.5 + 7 * 0.5 / 7) / 13
    assert said("a", "b") == pytest.approx((3 - d3 + (d1 + d2 + d3) * shorter("b")) / 6)
    assert said("a", "d") == pytest.approx((1 - d1 + (d1 + d2 + d3) * shorter("d")) / 6)
    assert said("a", "e") == pytest.approx((d1 + d2 + d3) * shorter("e") / 6)


def chain_of_two(rng, count, length):
    """(count, length) of three symbols, each by the two before it, and the nats a symbol of that law from the third
    on."""
    p = rng.dirichlet([0.3] * 3, (3, 3))
    x = rng.integers(3, size=(count, length))
    for t in range(2, length):
        u = rng.random(count)[:, None]
        x[:, t] = (p[x[:, t - 2], x[:, t - 1]].cumsum(1) < u).sum(1).clip(max=2)
    true = np.log(p[x[:, :-2], x[:, 1:-1], x[:, 2:]])
    return torch.from_numpy(x), -true


@pytest.mark.parametrize("smoothing", ["witten-bell", "kneser-ney"])
def test_the_order_of_a_text_is_found_and_its_law_recovered(smoothing):
    x, true = chain_of_two(np.random.default_rng(0), 600, 64)
    spec = Spec((("window", Category(3, (64,), "sequence")),))
    family = NGram(spec, Spec(()), 5, smoothing, held_out=0.1)
    family.finish(Items(x[:500], torch.zeros(500, 0)), Draws("finish"))
    known = [len(getattr(family, f"keys_{n}")) for n in range(6)]
    assert known[1] <= 9 < known[2] <= 27 and known[3:] == [0, 0, 0]
    said = -family.log_likelihood(x[500:], None, None)[0].mean().item() / 64
    truth = (2 * log(3) + true[500:].sum(1).mean()) / 64  # the first two are any
    assert -0.001 < said - truth < 0.02
    drawn = family.sample(400, torch.zeros(400, 0), Draws(1)).long()
    pairs = lambda x: torch.bincount((x[:, :-1] * 3 + x[:, 1:]).flatten(), minlength=9) / x[:, 1:].numel()
    assert torch.allclose(pairs(drawn), pairs(x), atol=0.02)


@pytest.mark.parametrize("smoothing", ["witten-bell", "kneser-ney"])
@pytest.mark.parametrize("order", [1, 3])
def test_probabilities_of_all_sequences_without_an_end_sum_to_one(smoothing, order):
    x, _ = chain_of_two(np.random.default_rng(1), 20, 5)
    family = NGram(Spec((("window", Category(3, (5,), "sequence")),)), Spec(()), order, smoothing)
    family.finish(Items(x, torch.zeros(20, 0)), None)
    every = torch.cartesian_prod(*[torch.arange(3)] * 5)
    assert family.log_likelihood(every, None, None)[0].exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_contexts_that_would_not_fit_in_a_number_are_not_looked_at():
    assert NGram(Spec((("window", Category(50_000, (8,), "sequence")),)), Spec(()), 9).order == 3


def test_what_was_not_seen_stays_possible_where_items_come_several_times():
    counts = torch.tensor([1] * 8 + [2] * 18 + [3] * 90 + [4] * 130)  # by the formula a count of 2 loses nothing
    assert (discounts(counts)[1:] > 0).all()
