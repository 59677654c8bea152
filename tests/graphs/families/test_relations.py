"""Relations on a made graph whose law is known."""

import pytest
import torch

import genwright
from genwright.core.answers import Answers
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.graph import from_edges, undirected
from genwright.core.trainable import Batch
from genwright.graphs.families.relations import corrupt, relation_data
from genwright.graphs.kinds.graph_data import GraphData
from genwright.graphs.measure.predictions_suite import LinksSuite as Suite
from genwright.run.tasks import task_of


@pytest.fixture(scope="module")
def data():
    return task_of(genwright.load_data("drug-effects"), "relations")


@pytest.mark.long
def test_messages_find_effects_by_the_proteins_that_drugs_bind(data):
    judged = Suite(data)
    measured = lambda family: judged.measure(genwright.fit(data, family, epochs=70, progress=False))[0]["auc"].value
    assert measured("rgcn") > 0.75


def test_no_triple_that_is_asked_carries_a_message(data):
    """Nor does its reverse: removing it from the data changes nothing."""
    asked = {tuple(t) for t in data.context.asked.tolist()}
    spoken = {tuple(t) for t in data.context.triples.tolist()}
    assert not asked & spoken and not {(t, r, h) for h, r, t in asked} & spoken


def test_a_triple_that_is_said_not_to_hold_holds_in_no_part(data):
    """Nor does its reverse, in validation and test alike."""
    holds, others = set(), []
    for part in ("train", "valid", "test"):
        items = data.tensors(part)
        yes = items.target.y[:, 0] == 1
        holds |= {tuple(t) for t in items.x[yes].tolist()}
        others += items.x[~yes].tolist()
    assert len(others) > 100 and not holds & {way for h, r, t in others for way in ((h, r, t), (t, r, h))}


def test_half_and_half_in_training(data):
    """A triple that is learned from in a step carries no message there: messages and questions are disjoint halves."""
    model = genwright.fit(data, "rgcn", preset="tiny", steps=1, progress=False).family
    seen = []
    model._graph = lambda triples: seen.append(triples)
    model.embed = lambda graph: model.vectors
    model.score = lambda z, triples: seen.append(triples) or z.sum() * torch.zeros(len(triples))
    model.train()
    model.loss(Batch(data.tensors("train").x, torch.zeros(1, 0), Draws(0), 0, Answers.exact(torch.ones(1, 1))))
    speaks, asked = ({tuple(t) for t in part.tolist()} for part in (seen[0], seen[1][: len(seen[1]) // 2]))
    assert speaks and asked and not speaks & asked


def test_triples_that_do_not_hold_are_in_no_part_of_the_data():
    upper = torch.triu(Draws("upper").uniform(2, 30, 30) < 0.6, 1)
    graphs = [undirected(from_edges(*one.nonzero().T, 30)) for one in upper]
    task = relation_data(GraphData("dense", graphs[0], torch.eye(30), relations=dict(zip("ab", graphs))))
    joined = upper | upper.mT
    for part in ("valid", "test"):
        items = task.tensors(part)
        head, relation, tail = items.x.T
        assert torch.equal(joined[relation, head, tail], items.target.y[:, 0] == 1)


def test_corrupted_triples_keep_relation_and_one_end():
    triples = torch.tensor([[0, 3, 1]]).repeat(500, 1)
    other = corrupt(triples, 50, Draws.from_seed(0))
    assert (other[:, 1] == 3).all() and ((other[:, 0] == 0) | (other[:, 2] == 1)).all()
    assert (other[:, 0] != 0).any() and (other[:, 2] != 1).any()


def test_a_graph_of_one_kind_of_edge_has_no_relations():
    with pytest.raises(DataError):
        genwright.fit("karate-club", task="relations", progress=False)
