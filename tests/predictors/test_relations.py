"""Relations on a made graph whose law is known."""

from statistics import mean

import pytest
import torch

import genwright
from genwright.core.answers import Answers
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.evaluation.suites.links import Suite
from genwright.predictors.relations import corrupted
from genwright.run.tasks import task_of


@pytest.fixture(scope="module")
def data():
    return task_of(genwright.load_data("drug-effects"), "relations")


def test_messages_find_what_vectors_alone_do_not():
    """Over two worlds, since in one of them the two are 0.04 +- 0.02 apart."""
    auc = {"rgcn": [], "distmult": []}
    for seed in range(2):
        data = task_of(genwright.load_data("drug-effects", seed=seed), "relations")
        for family, found in auc.items():
            found.append(Suite(data).measure(genwright.fit(data, family, epochs=100, progress=False))[0]["auc"].value)
    assert mean(auc["rgcn"]) > max(0.78, mean(auc["distmult"]) + 0.012), auc


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
    from genwright.core.trainable import Batch

    model.loss(Batch(data.tensors("train").x, torch.zeros(1, 0), Draws(0), 0, Answers.exact(torch.ones(1, 1))))
    speaks, asked = ({tuple(t) for t in part.tolist()} for part in (seen[0], seen[1][: len(seen[1]) // 2]))
    assert speaks and asked and not speaks & asked


def test_corrupted_triples_keep_relation_and_one_end():
    triples = torch.tensor([[0, 3, 1]]).repeat(500, 1)
    other = corrupted(triples, 50, Draws.from_seed(0))
    assert (other[:, 1] == 3).all() and ((other[:, 0] == 0) | (other[:, 2] == 1)).all()
    assert (other[:, 0] != 0).any() and (other[:, 2] != 1).any()


def test_answers_name_drugs_and_effects_and_open_again(data, tmp_path):
    model = genwright.fit(data, "rgcn", preset="tiny", progress=False)
    table = model.predict(data)
    assert set(table.relation) <= set(data.whole.relations) and table["head"].str.contains("drug|protein").all()
    assert genwright.load_model(model.save(tmp_path / "run")).predict(data).equals(table)


def test_a_graph_of_one_kind_of_edge_has_no_relations():
    with pytest.raises(DataError, match="of one kind"):
        genwright.fit("karate-club", task="relations", progress=False)
