# Tests private/families/tables.py
"""What one row can move: by enumeration over all tables of a small domain; and what is learned without noise."""

from itertools import product
from math import exp, inf

import numpy as np
import pytest

from genwright.private.families import tables
from genwright.private.families.tables import Codes, Margin, count, learn
from genwright.private.privacy.accountant import Budget, rho_of

SIZES = (2, 2, 2)
ROWS = list(product(*map(range, SIZES)))


def margin_of(masses: list[float]) -> Margin:
    return Margin(np.arange(len(masses) + 1), np.array(masses), np.arange(len(masses)))


@pytest.fixture(scope="module")
def neighbours():
    """Every two tables of three rows that differ in one row, whatever the order of rows."""
    found = []
    for first in ROWS:
        for second, third, other in product(ROWS, ROWS, ROWS):
            if second <= third and first < other:
                found.append((np.array([first, second, third]), np.array([other, second, third])))
    return found


def test_no_row_moves_counts_by_more_than_the_noise_is_for(neighbours):
    margins = [margin_of([0.5, 0.5])] * 3
    moves = [((count(a, (0, 1, 2), margins) - count(b, (0, 1, 2), margins)) ** 2).sum() for a, b in neighbours]
    assert max(moves) == tables.MOVED


@pytest.mark.parametrize("masses", [[0.5, 0.5], [0.9, 0.1], [0.001, 0.999]])
@pytest.mark.parametrize("above", [(1,), (1, 2)])
def test_no_row_moves_a_score_by_more_than_its_sensitivity(neighbours, masses, above):
    """And some rows move it by more than half of that."""
    margins = [margin_of(masses), margin_of([0.3, 0.7]), margin_of([0.5, 0.5])]
    score = lambda rows: tables._score(rows, margins, 4.0, 0, above)
    moves = [abs(score(a) - score(b)) for a, b in neighbours]
    most = 4 * int(margins[0].units.sum())
    assert most / 2 <= max(moves) <= most


def test_pieces_of_a_long_column_hold_each_row_once():
    rng = np.random.default_rng(0)
    codes = np.where(rng.random(5_000) < 0.5, 0, rng.integers(0, 1_000, 5_000))
    edges, counts = tables.cut_long(codes, Codes(999, True, True), 1e9, np.random.default_rng(1).bytes)
    true = [((codes >= a) & (codes < b)).sum() for a, b in zip(edges, edges[1:])]
    assert edges[0] == 0 and edges[-1] == 1_000 and edges[1] == 1 and edges[-2] == 999  # what is absent is a piece
    assert counts == pytest.approx(true, abs=1)


def test_without_noise_a_chain_is_learned_as_it_is():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 3, 30_000)
    b = np.where(rng.random(30_000) < 0.9, a, 2)
    codes = np.stack([a, b, rng.integers(0, 2, 30_000)], 1)
    margins, network = learn(codes, [Codes(3, False), Codes(3, False), Codes(2, False)], inf, 1, 8)
    for j in range(3):
        assert margins[j].masses == pytest.approx(np.bincount(codes[:, j]) / 30_000, abs=1e-6)
    (pair,) = [table for table in network if {table.column, *table.parents} == {0, 1}]
    joint = count(codes, (*pair.parents, pair.column), margins)
    rows = margins[pair.parents[0]].groups, margins[pair.column].groups  # groups are in the order of masses
    assert pair.probs.shape == joint[np.ix_(*map(np.unique, rows))].shape
    grouped = np.stack([margin.grouped(column) for margin, column in zip(margins, codes.T)], 1)
    joint = count(grouped, (*pair.parents, pair.column), margins)
    assert pair.probs == pytest.approx(joint / joint.sum(1, keepdims=True), abs=1e-3)


def test_a_planted_row_shows_no_more_than_epsilon_allows():
    """An event about a label that one row alone has, over trainings with that row and without it."""
    epsilon, runs = 1.0, 400
    rho, column = rho_of(Budget(epsilon, 1e-5)), Codes(3, False)
    without = np.zeros((60, 1), np.int64)
    planted = without.copy()
    planted[0] = 2
    event = lambda codes: [learn(codes, [column], rho, 1, 8)[0][0].masses[2] > 0.05 for _ in range(runs)]
    seen, unseen = np.mean(event(planted)), np.mean(event(without))
    error = 4 * np.sqrt(0.25 / runs)
    assert seen <= exp(epsilon) * (unseen + error) + 1e-5 + error and unseen <= exp(epsilon) * (seen + error) + error
    assert seen > 0.1  # else the event says nothing
