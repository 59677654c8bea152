# Tests measure/sample_suite.py
"""The metrics of tables on a table whose truth is known: a, b Gaussian with correlation 0.8, c a coin with P = 0.3."""

import json
from dataclasses import replace
from math import log, pi, sqrt

import numpy as np
import pandas as pd
import pytest
import torch

import genwright
from genwright.core.data import Data
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.family import Family
from genwright.core.spec import Category, Marginal, Real, Spec
from genwright.distributions.histograms import ConditionHistograms
from genwright.kinds.domain import Domain
from genwright.kinds.tables.table_rules import Dependency
from genwright.kinds.values.cells import row_keys
from genwright.measure.metrics import trees
from genwright.measure.suites.tables import Suite, TableRows
from genwright.run.model import Model

R, P = 0.8, 0.3
COLUMN, PAIR = 5.6, 6.9  # %: errors of two samples of 1,500 rows of this law are 2.6 and 3.7 +- 0.6; with five of these


class Frames(Domain):
    """DataFrames whose cells are the encoded numbers themselves; `given` is carried as a column."""

    kind = "frames"

    def __init__(self, given: bool):
        number = Real(marginal=Marginal((-6.0, -5.0, 5.0, 6.0), (0.01, 0.98, 0.01)))
        leaves = (("a", number), ("b", number), ("c", Category(2, marginal=Marginal((-0.5, 0.5, 1.5), (0.7, 0.3)))))
        self.spec, self.given = (Spec(leaves[:2]), Spec(leaves[2:])) if given else (Spec(leaves), Spec(()))

    def encode(self, items):
        tensor = lambda spec: torch.tensor(items[spec.names].to_numpy(float), dtype=torch.float32)
        return tensor(self.spec), tensor(self.given)

    def encode_given(self, given, n):
        return torch.full((n, self.given.dims), torch.nan)

    def decode(self, x, given, seed):
        return pd.DataFrame(torch.cat([x, given], 1).numpy(), columns=self.spec.names + self.given.names)

    def encode_holes(self, items, known, given):
        x, table = self.encode(items)
        return x.nan_to_num(99.0), table, ~x.isnan()

    def decode_holes(self, x, items, known, given, note):
        return self.decode(x, given, None).set_axis(items.index)

    def stack(self, completions):
        return completions

    def values(self, items, name):
        return items[name]

    def keys(self, items):
        return row_keys(items[self.spec.names + self.given.names])

    def describe(self):
        return []

    def write(self, items, path):
        return path

    def to_json(self):
        return {}

    @classmethod
    def from_json(cls, record):
        return cls(False)


class Truth(Family):
    """The law of the table with a correlation of its own."""

    def __init__(self, domain, r):
        super().__init__(domain.spec, domain.given)
        self.r = r

    def sample(self, n, given, rng):
        z = rng.normal(n, 2)
        x = torch.stack([z[:, 0], self.r * z[:, 0] + sqrt(1 - self.r**2) * z[:, 1]], 1)
        coin = (rng.uniform(n, 1) < P).float()
        return torch.cat([x, coin], 1)[:, : self.spec.dims]

    def log_likelihood(self, x, given, rng, draws):
        a, b = x[:, 0], x[:, 1]
        square = (a**2 - 2 * self.r * a * b + b**2) / (1 - self.r**2)
        coin = torch.where(x[:, 2] == 1, log(P), log(1 - P)) if self.spec.dims > 2 else 0.0
        return -square / 2 - log(2 * pi) - 0.5 * log(1 - self.r**2) + coin, None

    def fill(self, x, known, given, rng):
        new = self.sample(len(x), given, rng)
        noise = rng.normal(len(x), 2)
        for j in (0, 1):  # the other one known: N(r other, 1 - r^2)
            inferred = self.r * x[:, 1 - j] + sqrt(1 - self.r**2) * noise[:, j]
            new[:, j] = torch.where(known[:, 1 - j], inferred, new[:, j])
        return torch.where(known, x, new)


class Copies(Family):
    """Rows, drawn again."""

    def __init__(self, domain, rows):
        super().__init__(domain.spec, domain.given)
        self.rows = rows

    def sample(self, n, given, rng):
        return self.rows[rng.integers(len(self.rows), (n,))]


def frame_data(**frames) -> Data:
    """frames: of each part, with the columns a, b, c."""
    return Data("coins", Frames(False), frames, "0" * 8)


def table_data(given=False, n=1500, density=False, tests=None, seed=0) -> Data:
    domain = Frames(given)
    rng = Draws.from_seed(seed)
    law = Truth(Frames(False), R)
    frames = {
        part: pd.DataFrame(law.sample(m, None, rng).numpy(), columns=["a", "b", "c"])
        for part, m in (("train", n), ("valid", n // 3), ("test", tests or n))
    }
    score = lambda items: law.log_likelihood(torch.tensor(items.to_numpy()), None, None, None)[0].double().numpy()
    return Data("coins", domain, frames, "0" * 8, log_density=score if density else None)


def model_of(data, r=R, copies=False) -> Model:
    family = Copies(data.domain, data.tensors("train").x) if copies else Truth(data.domain, r)
    return Model(
        family, data.domain, {"family": "toy"}, ConditionHistograms.fit(data.domain.given, data.tensors("train").given)
    )


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Fewer trees: these tests are about what is seen, not about decimals."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trees, "ROUNDS", 15)
        yield


@pytest.fixture(scope="module")
def data():
    return table_data()


@pytest.fixture(scope="module")
def few():
    return table_data(n=300)


@pytest.fixture(scope="module")
def suite(data):
    return Suite(data, seed=3)


@pytest.fixture(scope="module")
def true(data, suite):
    return suite.measure(model_of(data))[0]


@pytest.fixture(scope="module")
def apart(data, suite):
    """A model with every column right and the link of a and b lost."""
    return suite.measure(model_of(data, 0.0))[0]


@pytest.fixture(scope="module")
def reference(suite):
    return suite.reference()


@pytest.fixture(scope="module")
def again(data):
    """The true model, measured by another suite."""
    return Suite(data, seed=3).measure(model_of(data))


def test_every_metric_has_a_title_and_can_be_written(true, reference):
    everything = true | reference
    assert set(true) | set(reference) <= set(Suite.TITLES)
    assert set(Suite.HEADLINE) == {"density", "samples", "codes"}
    assert set(Suite.HEADLINE.values()) <= set(Suite.TITLES)
    json.dumps([m.to_json() for m in everything.values()], allow_nan=False)
    assert all(m.se is None or m.se >= 0 for m in everything.values())


def test_the_true_model_reaches_what_theory_says(true):
    entropy = log(2 * pi) + 1 + 0.5 * log(1 - R**2) - P * log(P) - (1 - P) * log(1 - P)
    assert abs(true["nats"].value + entropy) < 4 * true["nats"].se
    assert (true["nats"].kind, true["nats"].of) == ("exact", "mass x density")
    assert abs(true["two_sample_auc"].value - 0.5) < 5 * true["two_sample_auc"].se < 0.15
    assert abs(true["memorisation"].value - 1) < 4 * true["memorisation"].se
    assert abs(true["coverage"].value - 0.9) < 4 * true["coverage"].se < 0.1
    # of a hidden number: sqrt(1 - r^2) where the other is known (0.7), else 1; 50 draws add 1/50 of the variance
    number = sqrt(0.7 * (1 - R**2) + 0.3) * sqrt(1.02)
    assert abs(true["imputation_error"].value - (2 * number + P) / 3) < 5 * true["imputation_error"].se < 0.15
    assert true["column_error"].value < COLUMN and true["pair_error"].value < PAIR


@pytest.mark.long
def test_a_lost_link_is_seen_by_pairs_and_trees_and_not_by_columns(true, apart):
    assert apart["column_error"].value < COLUMN
    assert apart["pair_error"].differs_from(true["pair_error"])
    assert apart["pair_error"].value > 10
    assert apart["two_sample_auc"].value > 0.65
    assert apart["imputation_error"].value > true["imputation_error"].value + 0.05  # 0.17 on average
    assert apart["nats"].value < true["nats"].value - 0.3


def test_an_attack_tells_nothing_of_a_model_that_saw_nobody(true, reference):
    for metrics in (true, reference):
        assert all(abs(metrics[name].value - 0.5) < 3 * metrics[name].se for name in ("membership_auc", "dcr_share"))
    assert true["membership_auc"].n == 3 * 1500


def test_sides_that_differ_anyway_are_not_attacked(few):
    of_groups = Suite(replace(few, options={"group": "household"}), seed=3)
    assert not {"membership_auc", "dcr_share"} & of_groups.measure(model_of(few, copies=True))[0].keys()


@pytest.mark.long
def test_copies_look_perfect_and_are_caught_by_the_memorisation_row(data, suite):
    metrics, seconds, _ = suite.measure(model_of(data, copies=True))
    assert metrics["memorisation"].value < 0.01 and metrics["copies"].value == 1
    assert metrics["membership_auc"].value >= 0.95 and metrics["dcr_share"].above(0.5)
    assert metrics["column_error"].value < COLUMN * 1.5**0.5  # rows drawn twice, once into the training set
    assert not {"nats", "imputation_error", "coverage"} & set(metrics)
    assert set(seconds) == {"sample", "evaluate"} and min(seconds.values()) > 0


def test_the_floor_is_a_floor(reference, true, apart):
    assert set(reference) == set(true) - {"nats", "imputation_error", "coverage"}
    assert reference["pair_error"].value < PAIR < apart["pair_error"].value / 1.5
    assert abs(reference["two_sample_auc"].value - 0.5) < 5 * reference["two_sample_auc"].se < 0.15
    assert reference["memorisation"].value == pytest.approx(1, abs=0.25)
    assert reference["tstr_share"].value == 1
    assert reference["copies"].value == true["copies"].value == 0
    assert reference["column_error"].comparable(true["column_error"])


@pytest.mark.long
def test_measuring_twice_gives_the_same_numbers(again, true):
    assert again.metrics == true


def test_numbers_of_single_rows_have_their_metric_as_mean(again, true):
    assert set(again.per_item) == {"nats", "two_sample_auc", "imputation_error"} | ({"kl"} & set(true))
    for name, (keys, values) in again.per_item.items():
        assert values.mean() == pytest.approx(true[name].value) and len(keys) == len(values), name


def test_numbers_of_single_rows_go_with_the_row_whatever_the_seed_of_the_order(few):
    found = {}
    for seed in (3, 4):
        item, nats = Suite(few, seed=seed).measure(model_of(few), only=["nats"]).per_item["nats"]
        found[seed] = dict(zip(item, nats.round(4)))
        assert len(item) == len(few.test)
    assert found[3] == found[4] and list(found[3]) != list(found[4])


@pytest.mark.long
def test_kl_from_a_known_density():
    data = table_data(density=True, n=500)
    suite = Suite(data)
    right, wrong = (suite.measure(model_of(data, r))[0] for r in (R, 0.0))
    assert "tstr" not in right
    right, wrong = right["kl"], wrong["kl"]
    assert right.value == pytest.approx(0, abs=1e-5)
    assert abs(wrong.value + 0.5 * log(1 - R**2)) < 4 * wrong.se


def test_what_is_learned_for_the_score_is_learned_from_samples():
    """Samples that say the opposite of the real rows teach the opposite, as well as real rows teach the truth."""
    rng = np.random.default_rng(0)

    def rows(n):
        a, b = rng.normal(size=(2, n))
        return pd.DataFrame({"a": a, "b": b, "c": (a > 0).astype(float)})

    data = frame_data(train=rows(300), valid=rows(60), test=rows(200))
    opposite = data.tensors("train").x.clone()
    opposite[:, 2] = 1 - opposite[:, 2]
    none = ConditionHistograms.fit(data.domain.given, data.tensors("train").given)
    score = lambda x: Suite(data).measure(Model(Copies(data.domain, x), data.domain, {}, none))[0]
    true, turned = score(data.tensors("train").x), score(opposite)
    assert true["tstr"].value > 0.95 and true["tstr_share"].value > 0.95
    assert turned["tstr"].value < 0.05 and turned["tstr_share"].value < 0.05


@pytest.mark.long
def test_the_target_is_picked_and_said_or_named(data, few, reference):
    said = reference["tstr"]
    assert "target c" in said.reference and "'c'" in said.detail and "--target" in said.detail
    named = Suite(few, target="a").reference()["tstr"]
    assert "target a, R^2" in named.reference and named.detail == ""
    with pytest.raises(DataError):
        Suite(data, target="d")


def test_an_imputation_error_is_in_standard_deviations_of_the_training_rows():
    """Test rows are a fifth as wide: the error of their mean is a fifth, and would be 1 if they measured themselves."""
    rng = np.random.default_rng(0)
    rows = lambda n, width: pd.DataFrame({"a": width * rng.normal(size=n), "b": width * rng.normal(size=n), "c": 1.0})
    data = frame_data(train=rows(2000, 1), valid=rows(60, 1), test=rows(400, 0.2))
    suite = Suite(data)
    means = np.where(np.isnan(suite.holes.x), suite.train.mean(0), suite.holes.x)
    found = suite.holes.error(means, suite.train, 0).value  # of a, b and c, which is always right
    assert found == pytest.approx(2 / 3 * 0.2, rel=0.2)


@pytest.mark.long
def test_a_given_variable_is_measured_with_the_rest_and_never_hidden():
    data = table_data(given=True, n=500)
    suite = Suite(data)
    assert suite.spec.names == ["a", "b", "c"]
    metrics, *_ = suite.measure(model_of(data))
    assert "target c" in metrics["tstr"].reference and metrics["tstr"].unit == "ROC-AUC"
    number = sqrt(0.7 * (1 - R**2) + 0.3) * sqrt(1.02)
    assert abs(metrics["imputation_error"].value - number) < 5 * metrics["imputation_error"].se < 0.4


def test_the_hidden_cells_are_gone_from_what_a_model_gets(data, suite):
    holes = suite.holes
    assert holes.items.isna().to_numpy()[:, :3].mean() == pytest.approx(0.3, abs=0.03)
    np.testing.assert_array_equal(holes.items.isna().to_numpy(), holes.hidden)


@pytest.mark.long
def test_drawings(data, suite, tmp_path):
    first = suite.plot(model_of(data), tmp_path / "one")
    assert len(first) == 4
    again = suite.plot(model_of(data), tmp_path / "two")
    for caption, path in first.items():
        content = open(path, "rb").read()
        assert path.endswith(".csv") or content[:8] == b"\x89PNG\r\n\x1a\n" or content.startswith(b"<svg")
        assert content == open(again[caption], "rb").read()


def test_pairs_are_samples_beside_their_nearest_training_rows(data, suite, tmp_path):
    for copies in (True, False):
        model = model_of(data, copies=copies)
        path = suite.plot(model, tmp_path / str(copies))["Samples nearest to training rows"]
        pairs = pd.read_csv(path)
        assert list(pairs["row"]) == ["sample", "training row"] * 6
        assert (pairs["distance"] == 0).all() == copies and pairs["distance"].is_monotonic_increasing
        sample, train = (
            pairs[pairs["row"] == which][["a", "b", "c"]].to_numpy() for which in ("sample", "training row")
        )
        assert all(np.abs(data.train.to_numpy() - row).sum(1).min() < 1e-5 for row in train)
        assert np.abs(sample - train).max() < (1e-5 if copies else 0.2)


def test_two_columns_of_numbers_are_drawn_as_points(tmp_path):
    numbers = table_data(given=True, n=300)
    numbers.domain.given = Spec(())
    drawings = Suite(numbers).plot(model_of(numbers), tmp_path)
    assert "scatter.png" in {path.rsplit("/")[-1] for path in drawings.values()}


@pytest.mark.long
def test_the_error_of_train_on_synthetic_is_that_of_replicate_worlds():
    """Few rows teach b from a, many test: the spread over fresh rows and samples is that of what the classifiers
    learned."""

    def world(k):
        data = table_data(given=True, n=160, tests=2000, seed=k)
        data.domain.given = Spec(())
        suite = Suite(data)
        return suite._train_on_synthetic(suite._read(model_of(data, 0.3).sample(160, seed=k)))

    worlds = [world(k) for k in range(7)]
    for name in ("tstr", "tstr_share"):
        values, errors = np.transpose([(found[name].value, found[name].se) for found in worlds])
        assert 0.45 < errors.mean() / values.std(ddof=1) < 2.2, name


@pytest.mark.long
def test_broken_rules_are_counted_beside_those_of_real_rows_and_listed(tmp_path):
    """Independent draws of two ordered columns: a share of them crosses, no real row does."""
    rng = np.random.default_rng(0)
    low = rng.normal(0, 1, 1000)
    data = genwright.load_data(pd.DataFrame({"low": low, "high": low + rng.exponential(1, 1000)}))
    model = genwright.fit(data, "independent", items=1, out=tmp_path / "run", progress=False)
    suite = Suite(data, sizes={"completed": 50, "scored": 50})
    real, found = suite.reference()["broken_rules"], suite.measure(model).metrics["broken_rules"]
    a, b = rng.normal(0, 1, 10**5), rng.normal(0, 1, 10**5) + rng.exponential(1, 10**5)
    assert real.value == 0 and 0 < real.se < 0.03
    assert found.value == pytest.approx((a > b).mean(), abs=4 * found.se) and found.better == "lower"
    assert found.detail == f"most often `low` <= `high` ({found.value:.1%})"
    paths = suite.plot(model, tmp_path / "plots")
    table = pd.read_csv(paths["Rules of the table, and how many rows break them"])
    assert table["rule"].tolist() == ["`low` <= `high`"] and table["held"].tolist() == ["800 of 800"]
    assert table["test rows that break it"].tolist() == ["0.0%"]
    assert table["samples that break it"].tolist() == [f"{found.value:.1%}"]
    shown = pd.read_csv(suite.preview(model, tmp_path))
    marked = json.loads((tmp_path / "preview.marks.json").read_text())["cells"]
    breaks = np.flatnonzero(shown["low"] > shown["high"])
    assert marked == [[row, column] for row in breaks for column in (0, 1)]
    assert not len(breaks) or list(shown.columns[:2]) == ["low", "high"]


def test_rows_of_one_group_share_a_fold():
    """Real rows are told from other real rows by no more than chance, though trees could know each person again."""
    rng, who = np.random.default_rng(0), np.repeat(np.arange(60), 5)
    frame = pd.DataFrame({"who": who, "mood": rng.normal(size=300)})
    frame = frame.assign(**{name: rng.normal(size=60)[who] for name in ("height", "born")})
    suite = Suite(genwright.load_data(frame, group="who"), 0)
    assert suite._two_sample(suite._real).value < 0.75


def test_rare_pairs_of_a_look_up_are_counted_beside_those_of_fresh_rows():
    """Codes of persons with a birth year each, of which two rows know, or one."""
    rng = np.random.default_rng(0)
    code = rng.permutation(np.r_[np.arange(200), np.arange(100)])
    frame = pd.DataFrame({"code": code + 5000, "year": 1930 + code * 37 % 80, "sex": rng.choice(["f", "m"], 300)})
    data = genwright.load_data(frame, types={"code": "whole"})
    data.domain.rules = [Dependency("code", "year", tuple(zip(frame["code"], frame["year"])), False, 0.0)]
    suite = Suite(data)
    shuffled = data.train.assign(year=rng.permutation(data.train["year"]))
    copied, apart = (suite._copied_pairs(TableRows(rows, None)).value for rows in (data.train, shuffled))
    assert copied == 1 and apart < 0.1
    held = data.train["code"].value_counts()
    assert suite.reference()["copied_pairs"].value == pytest.approx((held[data.train["code"]] > 1).mean())
    assert data.domain.look_ups[0].holds.startswith("`year` for each of 300 values of `code`")
