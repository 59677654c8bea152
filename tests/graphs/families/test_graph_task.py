"""Tasks on graphs: how labels are split, and what is seen of them where others train."""

import numpy as np
import pytest
import torch

import genwright
from genwright.graphs.families.graph_task import UNKNOWN, parts_of_labels, replace_training
from genwright.run.tasks import task_of


@pytest.mark.parametrize(
    "train, valid, wanted", [(0.5, 0.2, {0: (5, 2, 3), 1: (10, 4, 6)}), (3, 4, {0: (3, 4, 3), 1: (3, 4, 13)})]
)
def test_each_class_is_split_by_shares_or_by_numbers(train, valid, wanted):
    y = np.array([0] * 10 + [1] * 20 + [-1] * 5)
    parts = parts_of_labels(y, 0, train, valid)
    for label, counts in wanted.items():
        assert tuple((parts[y == label] == part).sum() for part in ("train", "valid", "test")) == counts
    assert (parts[y < 0] == "").all() and not np.array_equal(parts, parts_of_labels(y, 1, train, valid))


def test_other_labels_are_not_seen_where_few_nodes_train():
    task = task_of(genwright.load_data("karate-club"), "nodes")
    whole = task.tensors("train")
    few = replace_training(task, whole[torch.tensor([0, 2])])
    known = few.context.y != UNKNOWN
    assert known.nonzero()[:, 0].tolist() == sorted(whole.x[[0, 2]].tolist())
    assert torch.equal(few.context.y[whole.x[[0, 2]]].float(), whole.target.y[[0, 2], 0].float())
    assert torch.equal(few.tensors("train").x, whole.x[[0, 2]]) and len(few.items["train"]) == 2
    assert torch.equal(few.tensors("test").x, task.tensors("test").x)
