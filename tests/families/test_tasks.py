"""Which task of the data is learned."""

from dataclasses import replace

import pytest
import torch

import genwright
from genwright.core.answers import Answers
from genwright.core.errors import DataError
from genwright.core.trainable import Items
from genwright.graphs.families.links import link_data
from genwright.graphs.package import NODES
from genwright.run.tasks import task_of
from genwright.zoo import registry


def test_a_graph_has_the_task_that_is_named_whatever_it_was_for_before():
    club = genwright.load_data("karate-club")
    labels = task_of(club, None)
    assert (labels.kind, labels.task) == ("graph", "nodes") and task_of(labels, "nodes") is labels
    links = task_of(labels, "links")
    assert links.task == "links" and links.hash == link_data(club).hash != labels.hash
    with pytest.raises(DataError, match="songs"):
        task_of(labels, "songs")


def test_a_kind_of_data_may_have_a_second_task(monkeypatch):
    rows = genwright.load_data("iris")
    of = replace(registry.TASKS[registry.TABLES], items=f"{__name__}:doubled")
    with pytest.raises(DataError, match="iris"):
        task_of(rows, "nodes")
    monkeypatch.setitem(registry.TASKS, ("tables", "double"), of)
    assert task_of(rows, None) is rows and task_of(rows, "double").name == "iris, twice"


def doubled(data):
    return replace(data, name=f"{data.name}, twice")


def test_a_task_is_of_its_kind_of_data(monkeypatch):
    """Another kind's task of the same name makes no items of a graph."""
    monkeypatch.setitem(registry.TASKS, ("tables", "nodes"), replace(registry.TASKS[NODES], items="none:none"))
    assert task_of(genwright.load_data("karate-club"), "nodes").kind == "graph"


def test_what_predictors_answer_is_no_condition():
    for name, task in (("karate-club", "nodes"), ("karate-club", "links")):
        items = task_of(genwright.load_data(name), task).tensors("train")
        assert items.given.shape == (len(items), 0) and items.target.y.shape == (len(items), 1)
    assert genwright.load_data("digits").tensors("train").target is None


def test_items_are_chosen_together():
    items = Items(torch.arange(6), torch.arange(6)[:, None] + 10, Answers.exact(torch.arange(6)[:, None] + 20))
    for which in (torch.tensor([4, 1]), slice(2, 5)):
        some = items[which]
        assert torch.equal(some.given[:, 0], some.x + 10) and torch.equal(some.target.y[:, 0], some.x + 20)
        assert torch.equal(some.x, torch.arange(6)[which]) and len(some) == len(some.x)
