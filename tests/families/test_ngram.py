"""n-grams: smoothed counts by hand, and the entropy of a chain whose truth is known."""

from math import log

import numpy as np
import pytest
import torch

from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.domains.sequences import Sequences
from genwright.families.ngram import NGram


def learned(lines, order=2):
    domain = Sequences.fit(lines)
    family = NGram(domain.spec, Spec(()), order)
    family.finish(Items(*domain.encode(lines)), None)
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


def test_a_context_never_seen_is_that_of_fewer_symbols():
    domain, family = learned(["ab", "ba", "cc", "abc"])
    a, b, c = (torch.tensor([domain.symbols.index(letter)]) for letter in "abc")
    seen = family._probability([a, c], b)  # c a, which nothing followed
    shorter = NGram(domain.spec, Spec(()), 1)
    shorter.finish(Items(*domain.encode(["ab", "ba", "cc", "abc"])), None)
    assert seen.item() == shorter._probability([a], b).item() > 0


def test_it_comes_near_the_entropy_of_a_chain():
    rng, chain = np.random.default_rng(0), np.array([[0.1, 0.7, 0.1, 0.1], [0.6, 0.1, 0.1, 0.2], [0.2, 0.2, 0.5, 0.1]])

    def line():
        state, letters = rng.integers(3), []
        while state < 3 and len(letters) < 40:
            letters.append("abc"[state])
            state = rng.choice(4, p=chain[state])
        return "".join(letters)

    train, test = ([line() for _ in range(n)] for n in (4000, 1000))
    test = [row for row in test if len(row) < 40]  # the others were cut
    domain = Sequences.fit(train + test)
    family = NGram(domain.spec, Spec(()))
    family.finish(Items(*domain.encode(train)), None)
    said = family.log_likelihood(*domain.encode(test), None)[0].sum().item()
    truth = sum(
        -log(3) + sum(log(chain["abc".index(s), "abc\n".index(t)]) for s, t in zip(row, row[1:] + "\n")) for row in test
    )
    symbols = sum(len(row) + 1 for row in test)
    assert 0 < (truth - said) / symbols < 0.01  # nats
