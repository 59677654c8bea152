# Tests kinds/sequences/load.py, measure/suites/sequences.py
"""The metrics of lines on lines whose law is known: a letter of three, then as many copies of it as a coin says."""

import json
from dataclasses import replace
from math import log

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import genwright
from genwright.core.account import Account
from genwright.core.family import Family
from genwright.core.likelihood import Likelihood
from genwright.distributions.histograms import ConditionHistograms
from genwright.kinds.formats.raw import Raw
from genwright.kinds.sequences.load import load
from genwright.measure.metrics.symbol_runs import pair_distance, run_counts
from genwright.measure.suites.sequences import Suite, bits_per_symbol
from genwright.run.model import Model

STOP, LONGEST = 0.4, 12


def lines(seed: int, n: int = 1500) -> list[str]:
    rng = np.random.default_rng(seed)
    sizes = rng.geometric(STOP, n).clip(max=LONGEST)
    return [str(a) * size for a, size in zip(rng.choice(list("abc"), n, p=[0.5, 0.3, 0.2]), sizes.tolist())]


class Law(Family):
    """The law itself, or one whose letters are of another frequency."""

    def __init__(self, domain, p=(0.5, 0.3, 0.2)):
        super().__init__(domain.spec, domain.given)
        self.domain, self.p = domain, np.array(p)

    def sample(self, n, given, rng):
        numbers = np.random.default_rng(rng.seed)
        sizes = numbers.geometric(STOP, n).clip(max=LONGEST)
        letters = numbers.choice(list("abc"), n, p=self.p).tolist()
        return self.domain.encode([a * size for a, size in zip(letters, sizes.tolist())])[0]

    def log_likelihood(self, x, given, rng, draws=None):
        sizes = self.spec.numbers(x) - 1
        ended = torch.where(sizes < LONGEST, log(STOP), 0.0)
        return torch.tensor(self.p).log()[x[:, 0].long()] + (sizes - 1) * log(1 - STOP) + ended, None


@pytest.fixture(scope="module")
def data():
    parts = np.random.default_rng(1).choice(["train", "valid", "test"], 1500, p=[0.72, 0.08, 0.2])
    return load(
        Raw("sequences", "lines", lines(0), parts=parts, account=Account()), "lines", {}, 0
    )  # else copies are in one part


@pytest.fixture(scope="module")
def suite(data):
    return Suite(data)


@pytest.fixture(scope="module")
def model(data):
    return Model(
        Law(data.domain), data.domain, {}, ConditionHistograms.fit(data.domain.given, data.tensors("train").given)
    )


def test_every_metric_has_a_title_and_can_be_written(suite, model):
    found = suite.reference() | suite.measure(model).metrics
    assert set(found) <= set(suite.TITLES) and {"bits_per_symbol", "two_sample_auc", "pair_error"} <= set(found)
    assert not {n: m for n, m in found.items() if not (np.isfinite(m.value) and m.se >= 0)}
    json.dumps({name: m.to_json() for name, m in found.items()})


def test_the_true_law_reaches_what_theory_says(suite, model):
    metrics = suite.measure(model).metrics
    letter = -sum(p * log(p, 2) for p in (0.5, 0.3, 0.2))
    size = -(log(STOP, 2) + (1 / STOP - 1) * log(1 - STOP, 2))  # of a geometric number, cut or not
    bits = metrics["bits_per_symbol"]
    assert abs(bits.value - (letter + size) / (1 + 1 / STOP)) < 4 * bits.se + 0.005
    auc, copies = metrics["two_sample_auc"], metrics["copies"]
    assert abs(auc.value - 0.5) < 3 * auc.se and copies.value > 0.95


def test_wrong_letters_are_seen_and_cost_bits(data, suite, model):
    wrong = replace(model, family=Law(data.domain, (0.2, 0.3, 0.5)))
    a, b = (suite.measure(m).metrics for m in (model, wrong))
    for name in ("bits_per_symbol", "two_sample_auc", "pair_error"):
        assert a[name].value < b[name].value and a[name].differs_from(b[name]), name
    assert not a["length_error"].differs_from(b["length_error"])


@pytest.mark.long
def test_copies_are_caught_where_lines_hardly_repeat():
    rng = np.random.default_rng(0)
    data = genwright.load_data(["".join(rng.choice(list("abcdefgh"), rng.integers(9, 16))) for _ in range(600)])
    suite = Suite(data)
    found = {name: suite.measure(genwright.fit(data, name, progress=False)).metrics for name in ("bootstrap", "n-gram")}
    assert found["bootstrap"]["memorisation"].value == 0 and found["bootstrap"]["copies"].value == 1
    assert found["n-gram"]["memorisation"].value > 0.85 and found["n-gram"]["copies"].value < 0.02
    shorter = suite._memorisation([line[:6] for line in suite.test])
    assert shorter.value > 0.85  # short lines are near to nothing by being short
    reference = suite.reference()
    assert abs(reference["memorisation"].value - 1) < 0.1 and reference["copies"].value == 0


def test_bits_are_a_ratio_of_sums_whose_error_is_that_of_replicates():
    worlds, rng = [], np.random.default_rng(0)
    for _ in range(300):
        sizes = rng.geometric(0.2, 200) + 1
        nats = -rng.normal(1.5 * sizes, sizes**0.5)
        metric = bits_per_symbol(Likelihood(nats, "exact", "mass", sizes))
        assert metric.value == pytest.approx(-nats.sum() / sizes.sum() / log(2)) == pytest.approx(metric.items.mean())
        assert metric.se == pytest.approx(metric.items.std(ddof=1) / len(sizes) ** 0.5)
        worlds.append((metric.value, metric.se))
    values, errors = np.transpose(worlds)
    assert 0.9 < errors.mean() / values.std(ddof=1) < 1.1


def test_no_metric_depends_on_the_order_of_the_lines(data, model):
    def everything(data):
        suite = Suite(data)
        return {k: m.to_json() for k, m in (suite.reference() | suite.measure(model).metrics).items()}

    order = np.random.default_rng(1)
    other = {part: items[order.permutation(len(items))] for part, items in data.items.items()}
    assert everything(data) == everything(replace(data, items=other, encoded={}))


def test_numbers_of_single_lines_go_with_the_line(data, model):
    keys, bits = Suite(data, seed=3).measure(model).per_item["bits_per_symbol"]
    again, others = Suite(data, seed=4).measure(model).per_item["bits_per_symbol"]
    assert dict(zip(keys, bits.round(9))) == dict(zip(again, others.round(9)))


def test_pair_distance_is_total_variation():
    counts = run_counts(["ab", "ab", "b"], 2, 2)  # \na ab b\n, and \nb b\n
    all_of = pair_distance(counts, counts)
    assert all_of([0], [1]) == 0 and all_of([0], [2]) == pytest.approx((1 / 3 + 1 / 3 + 1 / 2 + (1 / 2 - 1 / 3)) / 2)


def test_drawings_are_tables_of_lines_and_a_figure(data, suite, tmp_path):
    model = genwright.fit(data, "autoregressive", preset="tiny", items=640, progress=False)
    drawn = suite.plot(model, tmp_path)
    with Image.open(drawn.pop("Lengths and characters")) as figure:
        assert figure.size[0] > 50
    found = {caption: pd.read_csv(path, dtype=str) for caption, path in drawn.items()}
    assert list(found["Samples beside real test lines"]) == ["sample", "real test line"]
    halves = found["Second halves, drawn"].fillna("")
    for name in ("one draw", "another", "truth"):
        assert all(line.startswith(known) for known, line in zip(halves["known"], halves[name])), name
    near = found["Samples nearest to training lines"]
    assert set(near["nearest training line"]) <= set(data.train)


def test_bits_per_byte_are_those_of_all_bytes():
    texts = ["".join(pair) for pair in zip(lines(0, 400), lines(1, 400))]
    data = genwright.load_data([text.replace("c", "é") for text in texts])
    model = genwright.fit(data, "n-gram", progress=False)
    found, suite = model.log_prob(data.test), Suite(data)
    metric = suite.measure(model).metrics["bits_per_byte"]
    count = sum(len(line.encode()) + 1 for line in data.test)
    assert metric.value == pytest.approx(-found.nats.sum() / log(2) / count) and metric.kind == "exact"


def test_a_text_of_words_is_as_likely_as_its_spelling_at_least():
    data = genwright.load_data([" ".join(pair) for pair in zip(lines(0, 300), lines(1, 300))], symbols="words")
    found = Suite(data).measure(genwright.fit(data, "n-gram", progress=False)).metrics
    assert (found["bits_per_symbol"].kind, found["bits_per_byte"].kind) == ("exact", "lower bound")


def test_runs_say_copies_from_fresh_lines():
    rng = np.random.default_rng(0)
    made = lambda n: ["".join(rng.choice(list("abcd"), rng.integers(12, 20))) for _ in range(n)]
    suite = Suite(genwright.load_data(made(900)))
    fresh, copies = map(suite.measure_items, (made(300), suite.train[:300]))
    for name in ("copied_span", "new_runs"):
        assert abs(fresh[name].value - 1) < 3 * fresh[name].se + 0.02, name
    assert copies["copied_span"].above(1.5) and copies["new_runs"].value == 0
    assert not fresh["run_overlap"].differs_from(copies["run_overlap"])
    other = suite.measure_items(["xyz" * 5] * 300)
    assert other["run_overlap"].value == 0 and other["run_divergence"].value == pytest.approx(1)
    assert other["length_divergence"].value > fresh["length_divergence"].value


def test_lines_of_lengths_that_no_training_line_has_are_counted_and_real_ones_are_not(data, suite):
    fresh = suite.measure_items(lines(7, 300))
    assert fresh["odd_lengths"].value == 0
    odd = suite.measure_items(["a" * size for size in (LONGEST + 1, LONGEST + 9, 1, LONGEST)] * 75)
    assert odd["odd_lengths"].value == 0.5 and odd["odd_lengths"].differs_from(fresh["odd_lengths"])


def test_windows_are_judged_by_the_whole_lines_in_them():
    data = genwright.load_data(["abc\nabcd\nabcde\n" * 400], windows=20)
    suite = Suite(data)
    windows = ["bc\nabcd\nabcdefghijk\n", "d\nab\nabcd\nabcde\nabcd", "e\nabc\nabcd\nabcde\nabc"]
    found = suite.measure_items(windows * 100)
    assert found["odd_lengths"].value == pytest.approx(2 / 3)


def test_windows_of_one_text_are_measured_but_by_their_lengths():
    rng = np.random.default_rng(0)
    data = genwright.load_data(["".join(rng.choice(list("ab cd\n"), 6000))], windows=20)
    suite, model = Suite(data), genwright.fit(data, "autoregressive", preset="tiny", items=640, progress=False)
    found = suite.measure(model).metrics
    assert {"bits_per_symbol", "copied_span", "run_overlap"} <= set(found) and "length_error" not in found
    assert found["bits_per_byte"].value == pytest.approx(found["bits_per_symbol"].value)
