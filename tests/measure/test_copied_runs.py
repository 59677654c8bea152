# Tests measure/metrics/symbol_runs.py
"""Runs that stand in other lines, against Python's own `in`; and Jensen-Shannon divergences that are known."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from genwright.measure.metrics.distances import jensen_shannon
from genwright.measure.metrics.symbol_runs import Runs, copied_spans, run_counts, run_divergence, shared_runs


def made(seed: int, n: int, letters: str = "abc") -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list(letters), rng.integers(1, 25))) for _ in range(n)]


def longest_in(line: str, among: list[str]) -> int:
    cuts = [line[i:j] for i in range(len(line)) for j in range(i + 1, len(line) + 1)]
    return max((len(cut) for cut in cuts if any(cut in other for other in among)), default=0)


@pytest.mark.parametrize("letters", ["abc", "ab", "日本\n語é"])
def test_the_longest_copied_run_is_what_a_search_finds(letters):
    train, lines = made(0, 30, letters), [*made(1, 40, letters), "zzz", made(0, 30, letters)[7]]
    found = copied_spans(Runs(lines), Runs(train))
    assert found.tolist() == [longest_in(line, train) for line in lines]
    assert found[-2] == 0 and found[-1] == len(lines[-1])


def test_a_run_does_not_reach_into_the_next_line():
    assert copied_spans(Runs(["abcd"]), Runs(["xab", "cdx"])).tolist() == [2]
    keys, line = Runs(["abcd", "", "bcd"]).runs_of_length(3)
    assert line.tolist() == [0, 0, 2] and keys[1] == keys[2] != keys[0]
    assert not len(Runs(["ab"]).runs_of_length(3)[0])


def test_shared_runs_are_counted_with_the_ends_of_lines():
    known, runs = shared_runs(Runs(["abx", "ab"], ends=True), Runs(["ab", "bx"], ends=True), 2)
    assert runs.tolist() == [4, 3] and known.tolist() == [4, 3]  # \na ab bx x\n, and \na ab b\n
    known, _ = shared_runs(Runs(["ba"], ends=True), Runs(["ab"], ends=True), 2)
    assert known.tolist() == [0]


def test_jensen_shannon_is_that_of_scipy_between_0_and_1():
    rng = np.random.default_rng(0)
    p, q = rng.random(20), rng.random(20)
    assert jensen_shannon(3 * p, q) == pytest.approx(jensenshannon(p, q, 2) ** 2)
    assert jensen_shannon(p, 2 * p) == pytest.approx(0, abs=1e-12)
    assert jensen_shannon([1, 0], [0, 5]) == pytest.approx(1)
    counts = run_counts(["aaa", "bbb"], 3, 3)  # each with two runs of an end, and one without
    assert run_divergence(counts, counts)([0], [1]) == pytest.approx(1)
