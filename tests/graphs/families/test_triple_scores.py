# Tests graphs/families/triple_scores.py, graphs/families/triple_embeddings.py, graphs/families/rotate.py,
#   graphs/families/triple_rules.py
"""Predictors of triples: scores by their formulas, ranks by enumeration, and what each can tell apart."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

import genwright
from genwright.core.answers import Answers
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.trainable import HeldOut
from genwright.graphs.families.rotate import RotatE
from genwright.graphs.families.triple_embeddings import DistMult
from genwright.graphs.families.triple_scores import HEAD, TAIL, hide_known, known_answers
from genwright.graphs.kinds.triples import read_triples
from genwright.graphs.measure.predictions_suite import TriplesSuite
from genwright.run.tasks import task_of

NEXT, BACK, ACROSS = 1, -1, 6
POSITIONS = 12


def ring() -> pd.DataFrame:
    """Two entities at each of twelve positions: `next` and `back` are inverse, `across` is symmetric."""
    rows = [
        (f"{position}{a}", relation, f"{(position + step) % POSITIONS}{b}")
        for position in range(POSITIONS) for a in "ab" for b in "ab"
        for relation, step in (("next", NEXT), ("back", BACK), ("across", ACROSS))
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["head", "relation", "tail"])


@pytest.fixture(scope="module")
def task():
    return task_of(read_triples(ring()), "relations")


@pytest.fixture(scope="module")
def models(task):
    rules = {name: genwright.fit(task, name, progress=False) for name in ("relation-frequency", "relation-rules")}
    return rules | {name: genwright.fit(task, name, preset="tiny", progress=False) for name in FAMILIES[:3]}


FAMILIES = ("rotate", "distmult", "rgcn", "relation-frequency", "relation-rules")


@pytest.mark.parametrize("family", FAMILIES)
def test_ranks_are_those_of_enumeration(models, task, family):
    """Among the entities of which no triple is known, with ties in the middle."""
    context, scorer = task.context, models[family].family.eval()
    known = {tuple(triple) for triple in context.known.tolist()}
    found = models[family].ranks(task)[["head_rank", "tail_rank"]].to_numpy()
    held = [triple for triple in map(tuple, context.asked.tolist()) if triple in known]
    assert len(found) == len(held)
    for triple, ranks in list(zip(held, found))[:6]:
        for column, end in enumerate((HEAD, TAIL)):
            others = [(*triple[:end], entity, *triple[end + 1 :]) for entity in range(context.graph.rows)]
            others = [other for other in others if other not in known]
            with torch.no_grad():
                own, *scores = scorer.logits(context, torch.tensor([triple, *others])).double()
            scores = torch.stack(scores)
            ties = (scores - own).abs() < 1e-5
            assert abs(ranks[column] - 1 - (scores[~ties] > own).sum() - ties.sum() / 2) <= ties.sum() / 2


def test_rotate_turns_heads_onto_tails():
    torch.manual_seed(0)
    family = RotatE(5, 3, 4, 6.0, 2, 1.0)
    vectors = torch.view_as_complex(family.vectors.mT.contiguous())
    turned = vectors[1] * torch.polar(torch.ones(4), family.angles[2])
    expected = 6.0 - (turned - vectors[3]).abs().sum()
    triple = torch.tensor([[1, 2, 3]])
    assert torch.allclose(family.logits(None, triple), expected, atol=1e-4)
    with torch.no_grad():  # from both ends alike
        tails = family.completions(None)(triple[:, 0], triple[:, 1], TAIL)[0, 3]
        heads = family.completions(None)(triple[:, 2], triple[:, 1], HEAD)[0, 1]
    assert torch.allclose(tails, expected, atol=1e-4) and torch.allclose(heads, expected, atol=1e-4)


def test_half_a_turn_is_symmetric_and_the_opposite_turn_is_the_inverse():
    family = RotatE(6, 2, 4, 6.0, 2, 1.0)
    with torch.no_grad():
        family.angles[0], family.angles[1] = math.pi, math.pi
        there, back = torch.tensor([[0, 0, 1]]), torch.tensor([[1, 0, 0]])
        assert torch.allclose(family.logits(None, there), family.logits(None, back), atol=1e-4)
        family.angles[0] = torch.rand(4)
        family.angles[1] = -family.angles[0]
        assert torch.allclose(family.logits(None, there), family.logits(None, torch.tensor([[1, 1, 0]])), atol=1e-4)
        assert not torch.allclose(family.logits(None, there), family.logits(None, back), atol=1e-2)


def test_distmult_scores_both_ways_alike():
    family, triples = DistMult(7, 3, 5, 2, 1.0), torch.tensor([[0, 1, 2], [3, 2, 6]])
    with torch.no_grad():
        assert torch.allclose(family.logits(None, triples), family.logits(None, triples.flip(1)))
        assert torch.allclose(family.completions(None)(triples[:, 0], triples[:, 1], TAIL)[[0, 1], triples[:, 2]],
                              family.logits(None, triples))  # fmt: skip


def test_known_triples_are_no_false_ones():
    triples = torch.tensor([[0, 0, 1], [0, 0, 2], [3, 1, 0]])
    answers = known_answers(triples, 2, TAIL)
    scores = hide_known(
        torch.zeros(3, 3), torch.tensor([2, 0, 4]), answers(torch.tensor([0, 3, 1]), torch.tensor([0, 1, 0])), 5
    )
    assert (scores < -1).tolist() == [[True, False, False], [False, True, False], [False, False, False]]


def test_rules_know_inverse_and_symmetric_relations(models, task):
    """Of most test triples the inverse or the reverse stands in training; frequencies tell nothing."""
    suite = TriplesSuite(task)
    found = {name: suite.measure(models[name])[0]["mrr"].value for name in ("relation-rules", "relation-frequency")}
    assert found["relation-rules"] > 0.6 > 0.3 > found["relation-frequency"]


@pytest.mark.long
def test_rotate_learns_directions_that_distmult_does_not(task):
    suite = TriplesSuite(task)
    how = dict(epochs=300, progress=False, hyperparameters={"width": 16, "batch": 64})
    found = {family: suite.measure(genwright.fit(task, family, **how))[0] for family in ("rotate", "distmult")}
    assert found["rotate"]["hits1"].value > 0.7 > found["distmult"]["hits1"].value


def test_probabilities_are_right_on_average_on_the_triples_that_settle_them(task):
    torch.manual_seed(0)
    family, items = RotatE(task.whole.graph.rows, 3, 4, 6.0, 2, 1.0), task.tensors("train")
    with torch.no_grad():
        noisy = family.score(items.x) + torch.randn(len(items))
        holds = (noisy > noisy.quantile(0.7)).float()
        items = replace(items, target=Answers.exact(holds[:, None]))
        family.weigh([HeldOut(items, items, items)], Draws(0))
        p = family.logits(None, items.x).sigmoid()
    assert p.mean().item() == pytest.approx(holds.mean().item(), abs=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_new_triples_are_the_likeliest_that_are_not_known(models, task, family):
    model, known = models[family], set(map(tuple, ring().itertuples(index=False)))
    new = model.predict(task, new=10**5)
    assert new["probability"].diff().max() < 1e-6
    found = set(map(tuple, new[["head", "relation", "tail"]].itertuples(index=False)))
    names = [f"{position}{a}" for position in range(POSITIONS) for a in "ab"]
    every = {
        (head, kind, tail) for head in names for kind in ("next", "back", "across") for tail in names if head != tail
    }
    assert found == every - known
    some = model.predict(task, new=5, where={"head": "3a", "relation": "next"})
    best = new[(new["head"] == "3a") & (new["relation"] == "next")]
    assert np.allclose(some["probability"], best["probability"][:5], atol=1e-5)
    for where in ({"head": "nobody"}, {"who": "3a"}):
        with pytest.raises(DataError):
            model.predict(task, new=5, where=where)


def test_a_person_asks_about_triples_by_name(models, task):
    asked = [("0a", "next", "1b"), ("1b", "next", "0a")]
    table = models["rgcn"].predict(task, asked)
    assert table[["head", "relation", "tail"]].to_numpy().tolist() == [list(triple) for triple in asked]
    for odd in ([("0a", "next")], [("0a", "owns", "1b")]):
        with pytest.raises(DataError):
            models["rgcn"].predict(task, odd)


def test_chance_is_the_mean_of_the_reciprocal_ranks(task):
    """Of scores at random, over many draws."""
    nodes = task.whole.graph.rows
    drawn = 1 / (1 + Draws("ranks").integers(nodes, (20_000,)).double())
    assert TriplesSuite(task).chance()["mrr"].value == pytest.approx(drawn.mean().item(), abs=0.01)
