# Tests measure/plots/prediction_plots.py, measure/suites/answers.py
"""Suite of predicted properties: of test molecules alone, target by target."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from made_molecules import molecules
from sklearn.metrics import average_precision_score, roc_auc_score

from genwright.core.answers import EXACT, UNKNOWN, UPPER_BOUND, Answers, Target
from genwright.core.trainable import Items
from genwright.measure.differences import by_item, real
from genwright.measure.metrics.predictions import predicted_of
from genwright.measure.plots import prediction_plots
from genwright.measure.suites import answers
from genwright.molecules.chemistry.matched_pairs import exchanged_groups
from genwright.molecules.measure.properties_suite import PAIRS_CAPTION, WORST_CAPTION, NumbersSuite, Suite, suite
from genwright.studies.report.numbers import direction
from genwright.studies.report.results import metric_json

NUMBER, LOG = Target("y", (), 3.0, 2.0), Target("dose", (), 1.0, 0.5, log=True)
PAIR, THREE = Target("active", ("no", "yes")), Target("kind", ("a", "b", "c"))
N, TRAIN = 400, 100


@dataclass
class Whole:
    smiles: list[str]


class Assay:
    """400 molecules, of which the last 300 test; answers of each target, scaled."""

    def __init__(self, *targets, seed=0, smiles=True):
        rng = np.random.default_rng(seed)
        self.domain = SimpleNamespace(spec=SimpleNamespace(targets=targets))
        y = np.stack([rng.integers(len(t.classes), size=N) if t.classes else rng.normal(size=N) for t in targets], 1)
        self.answers = Answers(torch.from_numpy(y), torch.full(y.shape, EXACT, dtype=torch.int8))
        self.whole = Whole(molecules(N)) if smiles else SimpleNamespace()

    def tensors(self, part):
        x = torch.arange(TRAIN) if part == "train" else torch.arange(TRAIN, N)
        return Items(x, torch.zeros(len(x), 0), self.answers[x])

    @property
    def test(self):
        return self.answers[torch.arange(TRAIN, N)]


class Told:
    """A predictor that errs by so much, and is sure of nothing on training molecules."""

    verbs = ["predict"]

    def __init__(self, error, seed=1, intervals=True, inside=True):
        self.error, self.seed, self.intervals, self.inside = error, seed, intervals, inside

    def predict(self, data):
        rng, table = np.random.default_rng(self.seed), {"smiles": molecules(N)}
        for t, target in enumerate(data.domain.spec.targets):
            y = data.answers.y[:, t].numpy()
            if target.classes:
                scores = np.eye(len(target.classes))[y.astype(int)] * 2 + self.error * rng.normal(
                    size=(N, len(target.classes))
                )
                p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
                several = len(data.domain.spec.targets) > 1
                table[target.name] = np.array(target.classes)[p.argmax(1)]
                called = [f"{target.name}={name}" if several else name for name in target.classes]
                table |= {f"p({name})": column for name, column in zip(called, p.T)}
            else:
                said = y + self.error * rng.normal(size=N)
                half = 1.645 * self.error
                ends = {"": said, "_low": said - half, "_high": said + half} if self.intervals else {"": said}
                for end, values in ends.items():
                    values = values * target.scale + target.shift
                    table[(target.name or "value") + end] = np.exp(values) if target.log else values
        if self.inside:
            table["inside"] = np.arange(N) % 2 == 0
        return pd.DataFrame(table)


def test_numbers_of_test_molecules_are_those_of_scikit_learn():
    data = Assay(PAIR)
    metrics, seconds, per_item = Suite(data).measure(told := Told(3.0))
    p, y = told.predict(data)["p(yes)"][TRAIN:], data.test.y[:, 0].numpy()
    assert metrics["roc_auc"].value == pytest.approx(roc_auc_score(y, p))
    sided = {"brier_inside", "brier_outside"}
    assert set(metrics) == {"roc_auc", "average_precision", "brier", "calibration", "enrichment"} | sided
    for name, (items, values) in per_item.items():
        assert items.tolist() == [k for k in range(TRAIN, N) if name not in sided or (k % 2 == 0) == ("inside" in name)]
        assert values.mean() == pytest.approx(metrics[name].value), name
    assert all(metric.n == (N - TRAIN) // (1 + (name in sided)) for name, metric in metrics.items())
    assert all(metric.se > 0 for metric in metrics.values())
    assert set(seconds) == {"sample", "evaluate"}
    json.dumps([metric_json(metric) for metric in metrics.values()], allow_nan=False)


def test_a_number_is_measured_in_its_own_unit_and_several_in_deviations():
    metrics, *_ = NumbersSuite(Assay(NUMBER)).measure(Told(0.5))
    assert metrics["rmse"].value == pytest.approx(1.0, rel=0.1) and metrics["rmse"].unit == "y"
    assert metrics["coverage"].value == pytest.approx(0.9, abs=0.05)
    assert metrics["coverage_inside"].n == 150 and metrics["coverage_inside"].value != metrics["coverage"].value
    both, *_ = NumbersSuite(Assay(NUMBER, LOG)).measure(Told(0.5))
    assert both["rmse"].value == pytest.approx(0.5, rel=0.1) and both["rmse"].unit == "deviations"
    assert "y 0." in both["rmse"].detail and "dose 0." in both["rmse"].detail


def test_a_logarithm_is_measured_as_such():
    metrics, *_ = NumbersSuite(Assay(LOG)).measure(Told(0.5))
    assert metrics["rmse"].value == pytest.approx(0.25, rel=0.1) and metrics["rmse"].unit == "log of dose"
    assert metrics["coverage"].value == pytest.approx(0.9, abs=0.05)


def test_no_interval_no_coverage():
    metrics, *_ = NumbersSuite(Assay(NUMBER)).measure(Told(0.5, intervals=False, inside=False))
    assert set(metrics) == {"rmse", "mae", "r2", "spearman"}


def test_a_target_of_one_class_is_left_out_of_what_ranks_and_said():
    data = Assay(PAIR, Target("none", ("no", "yes")))
    data.answers.y[:, 1] = 0
    metrics, *_ = Suite(data).measure(Told(1.0))
    alone, *_ = Suite(Assay(PAIR)).measure(Told(1.0))
    for name in ("roc_auc", "average_precision", "enrichment"):
        assert metrics[name].value == pytest.approx(alone[name].value) and "none" in metrics[name].detail
    assert "none" in metrics["brier"].detail and metrics["brier"].value != alone["brier"].value
    data = Assay(PAIR)
    data.answers.y[:] = 0
    assert "roc_auc" not in Suite(data).measure(Told(1.0)).metrics


def test_bounds_are_left_out_and_counted():
    data = Assay(NUMBER)
    data.answers.known[TRAIN : TRAIN + 7] = UPPER_BOUND
    data.answers.known[TRAIN + 7 : TRAIN + 10] = UNKNOWN
    metrics, _, per_item = NumbersSuite(data).measure(Told(0.5))
    assert metrics["rmse"].n == 290 and "7 bounds" in metrics["rmse"].detail
    assert per_item["rmse"][0].tolist() == list(range(TRAIN + 10, N))


def test_models_are_told_apart_by_test_molecules():
    """Of models with nearly the same errors, where separate errors tell nothing."""
    data = Assay(NUMBER, PAIR)
    good, bad = (Suite(data).measure(Told(error)) for error in (1.0, 1.15))
    for name in ("rmse", "roc_auc", "brier"):
        found = by_item(good.metrics[name], bad.metrics[name], good.per_item[name], bad.per_item[name])
        assert found.n == 300 and real([found]) == [True], name
        assert found.se < 0.7 * np.hypot(good.metrics[name].se, bad.metrics[name].se)


def test_ranks_say_by_the_probability_of_which_class():
    metrics = Suite(Assay(PAIR)).measure(Told(1.0)).metrics
    assert all(
        "probability of `yes`" in metrics[name].detail for name in ("roc_auc", "average_precision", "enrichment")
    )


def test_the_headline_is_that_of_the_answers():
    assert suite(Assay(NUMBER, LOG)) is NumbersSuite and NumbersSuite.HEADLINE == {"labels": "rmse"}
    assert suite(Assay(NUMBER, PAIR)) is Suite and Suite.HEADLINE == {"labels": "roc_auc"}


@pytest.mark.parametrize("targets", [(NUMBER,), (NUMBER, LOG, PAIR, THREE)])
def test_what_is_drawn(targets, tmp_path):
    data, caption = Assay(*targets), WORST_CAPTION
    drawn = suite(data)(data).plot(Told(2.0), tmp_path)
    wanted = ["Error against similarity to training"]  # what chemists ask for first
    wanted += ["Predicted against measured"] if NUMBER in targets else []
    wanted += ["Each target"] if len(targets) > 1 else []
    wanted += ["ROC and precision-recall curves", "Calibration"] if {PAIR, THREE} & set(targets) else []
    pairs = [PAIRS_CAPTION] if len(targets) == 1 else []
    assert list(drawn) == [*wanted, caption, *pairs]
    for name, file in drawn.items():
        assert (tmp_path / file).stat().st_size > 100, name
    if len(targets) > 1:
        table = pd.read_csv(drawn["Each target"])
        assert table["target"].tolist() == ["mean", *(target.name for target in targets)]


@pytest.mark.long
def test_matched_pairs_come_with_the_largest_difference_of_measured_values_first():
    data = Assay(NUMBER)
    pairs = NumbersSuite(data)._matched_pairs
    similarity, near = NumbersSuite(data)._nearest
    y, smiles = data.answers.y.numpy()[:, 0], np.array(data.whole.smiles, object)
    own, other = [TRAIN + i for i, _ in pairs], [near[i] for i, _ in pairs]
    assert (np.diff(np.abs(y[own] - y[other])) <= 0).all()
    for i, j, (_, words) in zip(own, other, pairs):
        assert words == "{} for {}".format(*exchanged_groups(smiles[i], smiles[j]))
    data.answers.known[:TRAIN] = UPPER_BOUND
    assert not NumbersSuite(data)._matched_pairs


def test_graphs_that_are_no_molecules_have_no_similarity(tmp_path):
    data = Assay(Target(), smiles=False)
    found = answers.NumbersSuite(data)
    assert set(found.plot(Told(0.5), tmp_path)) == {"Predicted against measured"}
    assert "predicted" in pd.read_csv(found.preview(Told(0.5), tmp_path))


def words_below(preview: str) -> list[tuple[str, str, str]]:
    """(target, predicted, measured) below each molecule of a drawing."""
    pair = r"<tspan[^>]*>(.*?)predicted (.*?)</tspan><tspan[^>]*>measured (.*?)</tspan>"
    found = re.findall(pair, Path(preview).read_text())
    return [(target.removesuffix(": "), predicted, measured) for target, predicted, measured in found]


def test_a_preview_holds_what_was_predicted_and_what_was_measured(tmp_path):
    data = Assay(PAIR, NUMBER)
    data.answers.known[: N - 2, 1] = UNKNOWN
    words = words_below(Suite(data).preview(Told(0.1), tmp_path))
    assert [target for target, *_ in words] == ["active", "y", "active", "active"]  # two numbers are known
    assert all(predicted.startswith(measured) for target, predicted, measured in words if target == "active")
    alone = words_below(Suite(Assay(PAIR)).preview(Told(0.1), tmp_path))
    assert [target for target, *_ in alone] == [""] * 4
    assert Suite(data).preview(None, tmp_path) == ""


def test_a_preview_shows_targets_in_turn(tmp_path):
    targets = [Target(f"y{t}", (), t, 1.0) for t in range(12)]
    words = words_below(NumbersSuite(Assay(*targets)).preview(Told(0.0), tmp_path))
    assert [target for target, *_ in words] == ["y0", "y1", "y2", "y3"]
    assert all(predicted == measured for _, predicted, measured in words)


@pytest.mark.long
def test_each_target_is_shown_in_its_own_unit(tmp_path):
    data = Assay(NUMBER, LOG)
    found = NumbersSuite(data)
    table = pd.read_csv(found.plot(Told(0.0), tmp_path)["Each target"], index_col="target")
    assert table["Interval width"]["y"] == "0" and table["RMSE"]["mean"].endswith(" deviations")
    shown = np.array([numbers for _, *numbers in words_below(found.preview(Told(0.0), tmp_path))], float)
    assert abs(shown).max() > 3 and shown[:, 0] == pytest.approx(shown[:, 1])
    wide = pd.read_csv(NumbersSuite(data).plot(Told(0.5), tmp_path)["Each target"], index_col="target")
    assert float(wide["RMSE"]["y"]) == pytest.approx(1.0, rel=0.1)
    assert float(wide["RMSE"]["dose"]) == pytest.approx(0.25, rel=0.1)
    assert wide["RMSE"]["mean"].split()[0] == f"{NumbersSuite(data).measure(Told(0.5)).metrics['rmse'].value:.3g}"


@pytest.mark.long
def test_targets_without_intervals_or_test_values_have_no_such_cells(tmp_path):
    data = Assay(NUMBER, LOG)
    drawn = NumbersSuite(data).plot(Told(0.5, intervals=False), tmp_path)
    assert pd.read_csv(drawn["Each target"])["Interval width"].isna().all()
    data.answers.known[:] = UNKNOWN
    found = NumbersSuite(data)
    assert found.plot(Told(0.5), tmp_path) == {} and found.measure(Told(0.5)).metrics == {}
    assert found.preview(Told(0.5), tmp_path) == ""


def test_the_card_says_for_which_molecules_predictions_can_be_believed():
    """What is inside, and how often intervals hold, as they were made: half of the molecules, nine of ten."""
    data = Assay(NUMBER)
    found, told = NumbersSuite(data), Told(0.5)
    metrics = found.measure(told).metrics
    error = told.predict(data)["y"][TRAIN:] - (data.test.y[:, 0].numpy() * NUMBER.scale + NUMBER.shift)
    near = np.arange(TRAIN, N) % 2 == 0
    for side, some in (("inside", near), ("outside", ~near)):
        assert metrics[f"rmse_{side}"].value == pytest.approx(np.sqrt((error[some] ** 2).mean()))
        assert metrics[f"rmse_{side}"].unit == metrics["rmse"].unit == "y"
    unsure = NumbersSuite(data)
    assert found.believed(metrics) and not unsure.believed(
        unsure.measure(Told(0.5, intervals=False, inside=False)).metrics
    )


def test_the_curve_of_precision_has_the_area_of_average_precision(monkeypatch, tmp_path):
    """Also of equal scores, between which there is no curve."""
    drawn = []
    monkeypatch.setattr(prediction_plots, "save", lambda figure, path: drawn.append(figure))
    y = np.arange(40) % 4 == 0
    for score in (np.zeros(40), np.round(y + np.random.default_rng(0).normal(size=40))):
        prediction_plots.curves([("y", y, score)], tmp_path / "curves.png")
        curve = drawn[-1].axes[1].lines[0]
        recall, precision = curve.get_data()
        assert curve.get_drawstyle() == "steps-post"  # from one recall to the next, as precise as at the first
        assert -np.diff(recall) @ precision[:-1] == pytest.approx(average_precision_score(y, score))


@pytest.mark.long
def test_a_model_is_asked_once(tmp_path):
    class Counting(Told):
        asked = 0

        def predict(self, data):
            self.asked += 1
            return super().predict(data)

    found, told = Suite(Assay(PAIR)), Counting(1.0)
    found.measure(told), found.plot(told, tmp_path), found.preview(told, tmp_path)
    assert told.asked == 1
    assert found.measure(Counting(2.0)).metrics["roc_auc"].value < found.measure(told).metrics["roc_auc"].value


def test_a_table_becomes_arrays_and_back():
    data = Assay(NUMBER, PAIR, LOG, THREE)
    said = predicted_of(Told(0.0).predict(data), data.domain.spec.targets)
    assert said.outputs[:, 0] == pytest.approx(data.answers.y[:, 0].numpy())
    assert said.outputs[:, 3] == pytest.approx(data.answers.y[:, 2].numpy())
    assert said.outputs[:, 1:3].sum(1) == pytest.approx(np.ones(N)) == said.outputs[:, 4:].sum(1)
    assert np.isnan(said.low[:, 1]).all() and np.isfinite(said.low[:, [0, 2]]).all()


def test_coverage_is_right_at_nine_tenths():
    metrics, *_ = NumbersSuite(Assay(NUMBER)).measure(Told(0.5))
    assert direction(metric_json(metrics["coverage"]))[1] == "0.9 is right"
