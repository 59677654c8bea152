"""One conditional a model: draws of `complete` have the masses of `log_prob(known=)`.

Every row of the registry that has both verbs is asked, on data so small that all completions of an item are
enumerated. Weights are hardly trained and then shaken, since a model has one conditional whatever its weights are.

    exact completions        chi-square of the draws by the masses
    approximate completions  total variation between draws and masses, which allows for the error of an estimate
    exact likelihood         the masses sum to 1
    a bound or an estimate   they sum to 1 at most, within their errors
"""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import chi2

import genwright
from genwright.contract.fixtures import twins
from genwright.core.draws import Draws
from genwright.core.ragged import keep_known
from genwright.sound.kinds.audio.clips import Clips
from genwright.zoo import registry

ITEMS, DRAWS, BLOCK = 64, 2000, 500
TERMS, ERROR = (64, 512), 0.1  # random draws of a bound, until its masses err by no more total variation
SHAKE, OF_A_BOUND = (
    1.0,
    0.25,
)  # size of what is added to weights, over that by which layers begin. A bound is tight only
# where an encoder fits its decoder, so that its networks are shaken less.
FALSE_ALARM = 1e-5  # p of the chi-square below which a model has two conditionals
SLACK = 0.06  # total variation that an approximate completion may lack, beside chance and the errors of its masses


def images():
    x = np.random.default_rng(0).random((200, 8, 8)) < 0.4
    x[:, 1] |= x[:, 0]
    return genwright.load_data((255 * x.astype(np.uint8), x[:, 4, 4].astype(int)))


def tables():
    rng = np.random.default_rng(0)
    a, d = rng.choice(list("xyz"), (2, 300))
    b = np.where(rng.random(300) < 0.6, a, "x")
    return genwright.load_data(pd.DataFrame({"a": a, "b": b, "c": rng.random(300) < 0.3, "d": d}))


def lines(symbols: str, kind: str):
    rng = np.random.default_rng(0)
    made = ["".join(rng.choice(list(symbols), rng.integers(1, 5))) for _ in range(1500)]
    return genwright.load_data(made, kind=kind)


def audio():
    rng = np.random.default_rng(0)
    levels = np.float32([-0.5, -0.1, 0.0, 0.1, 0.5])
    return genwright.load_data(Clips([rng.choice(levels, rng.integers(1, 4)) for _ in range(400)], rate=8_000))


def music():
    rng = np.random.default_rng(0)
    return genwright.load_data([60 + rng.integers(0, 3, (32, 2)) for _ in range(60)], windows=4)


LINE = {"a beginning": [1, 2, 3, 4], "an end": [0, 1], "a hole": [1, 2]}
SMALL = {  # {label: (data, {what is known, in words: places of an item that are free})}
    "images": (images, {"the upper rows": [(0, 7, 6), (0, 7, 7)], "all around": [(0, 3, 3), (0, 4, 2)]}),
    "tables": (tables, {"b and d": [0, 2], "a and c": [1, 3], "a, b and c": [3]}),
    "sequences": (lambda: lines("ab", "sequences"), LINE),
    "molecules": (lambda: lines("CO", "molecules"), LINE),
    "audio": (audio, {"a beginning": [2, 3]}),
    "music": (music, {"all before": [7], "all around": [5]}),
}
OTHER = {
    "points",
    "graph-sets",
    "clips",
    "series",  # tests/series/families enumerates three rows
}  # no list of their completions: too many, or of different sizes or real numbers
ROWS = {
    f"{row.label}-{row.family}": row
    for row in registry.rows()
    if {"complete", "log_prob"} <= set(row.verbs) and not row.needs
}
TWINS = twins()  # of an algorithm that `make test` tries on the data of an earlier row
CASES = [
    pytest.param(name, known, marks=pytest.mark.long if name in TWINS else ())
    for name, row in ROWS.items()
    if row.label in SMALL
    for known in SMALL[row.label][1]
]


@pytest.fixture(scope="module")
def fitted():
    """(name of a row) -> its family, hardly trained and shaken, and one test item."""
    made = {}

    def get(name: str):
        row = ROWS[name]
        if row.label not in made:
            made[row.label] = SMALL[row.label][0]()
        if name not in made:
            data, preset = made[row.label], "tiny" if registry.presets(row) else None
            model = genwright.fit(data, row.family, items=ITEMS, preset=preset, progress=False)
            made[name] = shaken(model.family), longest(data.tensors("test").x, model.spec)
        return made[name]

    return get


def shaken(family):
    """With other weights, so that every input of its networks counts, also one whose weights are zero at first."""
    rng = Draws("shake")
    with torch.no_grad():
        for weights in family.parameters():
            spread = weights[0].numel() ** -0.5 if weights.ndim > 1 else 0.1
            weights += (SHAKE if family.kind == "exact" else OF_A_BOUND) * spread * rng.normal(weights.shape)
    return family.eval()


def longest(x, spec):
    """(1, *shape): the item with the latest end."""
    return x[:1] if not spec.ends else x[(x == spec.leaf.end).float().argmax(1).argmax()][None]


def completions(spec, x, free):
    """Known part (1, *shape) of an item, and every item that has it (n, *shape), by the levels of the free places."""
    known = torch.ones_like(x, dtype=torch.bool)
    for place in free:
        known[(0, *np.atleast_1d(place))] = False
    leaves = [spec.leaf if spec.is_array else spec.columns[place] for place in free]
    values = torch.tensor(list(product(*(range(leaf.k if leaf.ends else leaf.levels) for leaf in leaves)))).to(x)
    every = x.repeat(len(values), *[1] * (x.ndim - 1))
    for place, column in zip(free, values.T):
        every[(slice(None), *np.atleast_1d(place))] = column
    return known, every[is_line(spec.leaf, every)] if spec.ends else every


def is_line(leaf, x):
    """Whether each is one symbol or more, an END, and PAD alone."""
    ended = (x == leaf.end).cumsum(1)
    return (x[:, 0] < leaf.end) & (ended[:, -1] == 1) & ((x == leaf.pad) == ((ended == 1) & (x != leaf.end))).all(1)


def in_blocks(function, n, *args):
    """function(some of n rows of each, rng of the block), joined: a model draws its blocks by random numbers of their
    own."""
    parts = [function(*(a[i : i + BLOCK] for a in args), Draws("block", i)) for i in range(0, n, BLOCK)]
    return [torch.cat(part) if part[0] is not None else None for part in zip(*parts)]


def counts_of(family, x, known, every):
    """How often each completion is drawn. All draws are among them."""
    given, repeat = torch.full((DRAWS, len(family.given.columns)), torch.nan), lambda t: t.expand(DRAWS, *t.shape[1:])
    fill = lambda x, known, given, rng: [keep_known(x, known, family.fill(x, known, given, rng))]
    (drawn,) = in_blocks(fill, DRAWS, repeat(x).clone(), repeat(known), given)
    rows, codes = torch.cat([every, drawn.to(every)]).flatten(1).unique(dim=0, return_inverse=True)
    assert len(rows) == len(every)
    return torch.bincount(codes[len(every) :], minlength=len(rows))[codes[: len(every)]].numpy()


def masses_of(family, every, known, draws):
    """p of each completion given the known part, and its standard error. Where the family scores whole items alone, the
    first follows from their masses."""
    given = torch.full((len(every), len(family.given.columns)), torch.nan)
    told = [known.expand_as(every)] if family.scores_known else []
    score = lambda x, given, *rest: family.log_likelihood(x, given, rest[-1], draws, *rest[:-1])
    nats, se = in_blocks(score, len(every), every, given, *told)
    nats = nats.double().numpy()
    mass = np.exp(nats if family.scores_known else nats - np.logaddexp.reduce(nats))
    return mass, np.zeros(len(nats)) if se is None else mass * se.double().numpy()


@pytest.mark.parametrize("name, known_part", CASES)
def test_draws_have_the_masses_of_the_likelihood(name, known_part, fitted):
    family, item = fitted(name)
    known, every = completions(family.spec, item, SMALL[ROWS[name].label][1][known_part])
    with torch.inference_mode():
        quality = family.completes_given(known)
        if not family.scores_known and quality != "exact":
            return  # it promises no conditional
        counts = counts_of(family, item, known, every)
        for terms in TERMS:
            mass, error = masses_of(family, every, known, None if family.kind == "exact" else terms)
            if error.sum() / mass.sum() / 2 < ERROR:
                break
    kind = family.kind_given(known) if family.scores_known else family.kind
    summed, chance = mass.sum(), np.sqrt(mass / mass.sum() / DRAWS).sum() * 0.4
    apart = abs(counts / DRAWS - mass / summed).sum() / 2
    assert summed < 1 + 1e-3 + 4 * np.linalg.norm(error)
    assert kind != "exact" or summed == pytest.approx(1, abs=1e-3)
    if quality == "exact":
        assert p_value(counts, mass / summed) > FALSE_ALARM
    else:
        assert apart < 1.5 * chance + error.sum() / summed / 2 + SLACK


def p_value(counts, mass):
    """Of Pearson's chi-square; completions of which fewer than five are expected count together."""
    order = np.argsort(mass)
    expected, seen = DRAWS * mass[order], counts[order]
    few = expected.cumsum() < 5
    expected, seen = (np.r_[values[few].sum(), values[~few]] for values in (expected, seen))
    seen, expected = seen[expected > 0], expected[expected > 0]
    return chi2.sf(((seen - expected) ** 2 / expected).sum(), max(1, len(seen) - 1))


def test_every_kind_of_data_is_enumerated_or_said_not_to_be():
    assert {row.label for row in ROWS.values()} == set(SMALL) | OTHER
