# Tests studies/compare/measuring.py
"""Numbers over several splits: an error that covers the split, and items that are split anew without a leak."""

import numpy as np
import pandas as pd
import pytest

import genwright as gw
from genwright.measure.metric import Measured, Metric
from genwright.run.tasks import can_resplit, resplit, task_of
from genwright.studies.compare.measuring import count_of, over_splits

SIZES = {"train": 140, "valid": 20, "test": 40}


def measured(value: float, **more: float) -> Measured:
    metrics = {
        name: Metric(v, 0.1, "exact", "mass", "nats", 40, "higher") for name, v in {"nats": value, **more}.items()
    }
    return Measured(metrics, {"sample": 1.0, "evaluate": 2.0}, {"nats": (np.arange(40), np.full(40, value))})


def test_one_split_is_left_as_it_is():
    one = measured(1.0)
    assert over_splits([one], SIZES) is one


def test_means_sums_and_all_items():
    found = over_splits([measured(1.0, rare=1.0), measured(2.0), measured(6.0, rare=3.0)], SIZES)
    assert set(found.metrics) == {"nats"}  # what one split lacks has no mean
    nats = found.metrics["nats"]
    assert (nats.value, nats.n, nats.splits) == (3.0, 120, (1.0, 2.0, 6.0)) and "3 splits" in nats.detail
    assert found.seconds == {"sample": 3.0, "evaluate": 6.0}
    assert found.per_item["nats"][1].mean() == 3.0 and len(found.per_item["nats"][0]) == 120


def test_the_interval_covers_the_truth_over_splits():
    """A mean learned from training rows and scored on test rows of 150: its mean squared error over 400 worlds. The
    interval that takes splits for independent covers it less than 90 times of 100."""
    rng, hits, naive, truth = np.random.default_rng(0), [], [], 1 + 1 / 120
    for _ in range(400):
        x, scores = rng.normal(size=150), []
        for _ in range(5):
            order = rng.permutation(150)
            train, test = x[order[30:]], x[order[:30]]
            scores.append(((test - train.mean()) ** 2).mean())
        sizes = {"train": 120, "valid": 0, "test": 30}
        metric = over_splits([measured(score) for score in scores], sizes).metrics["nats"]
        hits.append(abs(metric.value - truth) < 1.96 * metric.se)
        naive.append(abs(metric.value - truth) < 2.776 * np.std(scores, ddof=1) / 5**0.5)
    assert 0.91 < np.mean(hits) < 0.995 and np.mean(naive) < 0.9


@pytest.mark.parametrize("time, parts, splits", [(25.0, 200, 5), (17.0, 200, 3), (14.0, 200, 1), (25.0, 1200, 1)])
def test_few_items_are_split_several_times_where_there_is_time(time, parts, splits):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(parts, 3)), columns=list("abc"))
    assert count_of(gw.load_data(frame), time) == splits


def test_a_split_that_time_or_the_source_settled_stays():
    frame = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=60), "a": np.arange(60.0) ** 2})
    assert can_resplit(gw.load_data(frame)) and not can_resplit(gw.load_data(frame, time="day"))


def test_rows_are_split_anew_with_what_was_said_of_them():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"id": np.arange(90), "who": np.arange(90) // 3, "a": rng.normal(size=90), "b": rng.normal(size=90)}
    )
    frame["class"] = rng.choice(["x", "y"], 90)
    data = gw.load_data(frame, given="class", group="who", drop=["b"])
    again = resplit(data, 7)
    assert again.hash != data.hash and again.options == data.options
    assert (again.domain.spec.names, again.domain.given.names) == (data.domain.spec.names, data.domain.given.names)
    parts = {part: set(items["who"]) for part, items in again.items.items()}
    assert sum(map(len, parts.values())) == len(set.union(*parts.values())) == 30  # each group on one side
    rows = lambda data: sorted(pd.concat(data.items.values())["id"])
    assert rows(again) == rows(data) == list(range(90))


def test_pictures_are_split_anew_with_their_labels():
    data = gw.load_data("digits")
    again = resplit(data, 1)
    assert again.sizes == data.sizes and again.hash != data.hash and again.domain.spec == data.domain.spec
    ink = lambda data, part: (np.asarray(data.items[part]).sum((1, 2, 3)), data.items[part].given["label"])
    both = [pd.DataFrame(np.concatenate([np.stack(ink(d, part)) for part in d.items], 1).T) for d in (data, again)]
    assert both[0].sort_values([0, 1]).to_numpy().tolist() == both[1].sort_values([0, 1]).to_numpy().tolist()


def test_labels_of_nodes_are_split_anew_class_by_class():
    data = task_of(gw.load_data("karate-club"), "nodes")
    again = resplit(data, 3)
    assert again.sizes == data.sizes and again.hash != data.hash
    counts = lambda d: np.bincount(d.tensors("train").target.y[:, 0].long()).tolist()
    assert counts(again) == counts(data)
    assert not can_resplit(task_of(gw.load_data("karate-club"), "links"))


def test_a_published_split_keeps_how_many_of_each_class_are_in_each_part():
    whole = gw.load_data("karate-club")
    whole.parts = np.repeat(["train", "valid", "test", ""], [8, 8, 14, 4])[np.random.default_rng(0).permutation(34)]
    again = whole.split_again(5)
    table = lambda g: pd.crosstab(g.y.numpy(), g.parts).to_numpy().tolist()
    assert table(again) == table(whole) and not (again.parts == whole.parts).all()
