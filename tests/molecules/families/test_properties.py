"""Predictors of properties: each family learns, and answers depend on the molecule alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_molecules import molecules
from rdkit import Chem

from genwright.core.answers import LOWER_BOUND, UNKNOWN, Answers, Target
from genwright.core.answers import loss as loss_of
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.spec import Spec
from genwright.core.trainable import Batch, Items
from genwright.families.task_data import TaskSizes
from genwright.molecules.chemistry.molecule_graphs import ATOM_FEATURES, BOND_FEATURES, molecule_graphs
from genwright.molecules.families import properties as module
from genwright.molecules.families.properties import Ensemble, MoleculesContext, PropertyPredictor
from genwright.molecules.package import PROPERTIES
from genwright.training.checkpoints import Store
from genwright.training.loop import Job, train
from genwright.training.progress import Report
from genwright.zoo import registry

FAMILIES = ("dmpnn", "gin", "gcn", "sage", "gat", "fingerprint")
TARGETS = (Target("chlorines", ("no", "yes")), Target("heavy", shift=15.0, scale=5.0))
DESCRIPTORS, BITS = 4, 32
SIZES = TaskSizes(ATOM_FEATURES, TARGETS, edge_features=BOND_FEATURES, descriptors=DESCRIPTORS, counts=BITS)
SMILES = ["[Na+]", "C", *molecules(60)]


def context_of(smiles) -> MoleculesContext:
    """Descriptors and counts are letters of the SMILES, which say nothing of these properties alone."""
    letters = np.array([[text.count(letter) for letter in "CNOc"] for text in smiles], dtype=np.float32)
    counts = np.array(
        [np.bincount([hash_of(text[i : i + 3]) for i in range(len(text))], minlength=BITS) for text in smiles]
    )
    return MoleculesContext(
        *molecule_graphs(smiles), torch.from_numpy(letters) / 10, torch.from_numpy(counts.astype(np.float32))
    )


def hash_of(text: str) -> int:
    return sum(ord(letter) * 7**k for k, letter in enumerate(text)) % BITS


def answers_of(smiles, context) -> Answers:
    y = torch.stack([torch.tensor([float("Cl" in text) for text in smiles]), (context.members.diff() - 15.0) / 5], 1)
    return Answers.exact(y)


@pytest.fixture(scope="module")
def molecules_context():
    return context_of(SMILES)


def recipe(family: str, spec=SIZES, **numbers):
    torch.manual_seed(0)
    on = registry.row(*PROPERTIES, family).construction
    return on.build(spec, Spec(()), replace(on.presets["tiny"], **numbers))


def attached(family: str, context, **numbers) -> PropertyPredictor:
    made = recipe(family, **numbers).family
    made.attach(context)
    return made


def batch(context, ids, answers=None) -> Batch:
    answers = answers_of(SMILES, context) if answers is None else answers
    return Batch(ids, torch.zeros(len(ids), 0), Draws("batch"), 0, answers[ids])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_learns(family, molecules_context):
    model = attached(family, molecules_context)
    everything = torch.arange(len(SMILES))
    before = model.eval().loss(batch(molecules_context, everything))[0].detach()
    optimizer = torch.optim.AdamW(model.parameters(), 0.015)
    model.train()
    for _ in range(90):
        optimizer.zero_grad()
        model.loss(batch(molecules_context, everything))[0].backward()
        optimizer.step()
    after = model.eval().loss(batch(molecules_context, everything))[0].detach()
    assert after < 0.2 * before
    found = model.member_predictions(molecules_context)[0]
    assert found.shape == (len(SMILES), 3) and torch.allclose(found[:, :2].sum(1), torch.ones(len(SMILES)))
    assert model.encode(molecules_context).shape == (len(SMILES), 8)


@pytest.mark.parametrize("family", FAMILIES)
@torch.no_grad()
def test_order_batch_and_block_change_no_answer(family, molecules_context, monkeypatch):
    model = attached(family, molecules_context).eval()
    found = model.member_predictions(molecules_context)[0]
    ids = Draws("order").permutation(len(SMILES))
    shuffled = model.member_predictions(molecules_context.select(ids))[0]
    torch.testing.assert_close(shuffled, found[ids], rtol=1e-5, atol=1e-5)
    monkeypatch.setattr(module, "BLOCK", 7)
    torch.testing.assert_close(model.member_predictions(molecules_context)[0], found, rtol=1e-5, atol=1e-5)
    alone = torch.cat([model.member_predictions(context_of([text]))[0] for text in SMILES[:5]])
    torch.testing.assert_close(alone, found[:5], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES[:-1])
@torch.no_grad()
def test_the_order_of_atoms_changes_no_answer(family, molecules_context):
    model = recipe(family, replace(SIZES, descriptors=0)).family.eval()
    written = [Chem.MolToSmiles(Chem.MolFromSmiles(text), doRandom=True) for text in SMILES]
    assert written != SMILES
    others = replace(molecules_context, x=None)
    x, graph, members = molecule_graphs(written)
    found = model.member_predictions(replace(others, x=x, graph=graph, members=members))[0]
    torch.testing.assert_close(found, model.member_predictions(molecules_context)[0], rtol=1e-5, atol=1e-5)


def test_a_view_that_nobody_asked_for_is_not_needed(molecules_context):
    plain, prints = recipe("dmpnn", descriptors=False).family, recipe("fingerprint").family
    assert plain.views == ("graph", "counts") and prints.views == ("counts",)
    assert recipe("dmpnn").family.views == ("graph", "descriptors", "counts")
    assert recipe("dmpnn", replace(SIZES, descriptors=0)).family.views == ("graph", "counts")
    graph_alone = replace(molecules_context, descriptors=None)
    counts_alone = MoleculesContext(counts=molecules_context.counts)
    assert len(plain.eval().member_predictions(graph_alone)[0]) == len(SMILES)
    assert len(prints.eval().member_predictions(counts_alone)[0]) == len(SMILES)


def gradients(model, molecules_context, answers, ids):
    loss, _ = model.loss(batch(molecules_context, ids, answers))
    return torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)


def test_an_unknown_answer_moves_no_weight(molecules_context):
    """Whatever stands in its place, and whether its molecule is there for another target."""
    model, full = attached("dmpnn", molecules_context).eval(), answers_of(SMILES, molecules_context)
    ids, known = torch.arange(20), full.known.clone()
    known[::2, 1] = UNKNOWN
    holed = replace(full, known=known)
    wild = replace(holed, y=torch.where(known == UNKNOWN, 100.0, full.y))
    for a, b in zip(*(gradients(model, molecules_context, answers, ids) for answers in (holed, wild))):
        assert torch.equal(a, b)
    known[:, 1] = UNKNOWN
    *_, head, bias = model.head.parameters()
    for gradient in gradients(model, molecules_context, holed, ids)[-2:]:
        assert (gradient[..., 2] == 0).all() and (gradient[..., :2] != 0).any()


def test_a_bound_that_is_kept_costs_nothing(molecules_context):
    model = attached("dmpnn", molecules_context, spec=replace(SIZES, targets=TARGETS[1:])).eval()
    found = model(model.context.select(torch.arange(5))).detach()
    below = Answers(found - 1, torch.full((5, 1), LOWER_BOUND, dtype=torch.int8))
    above = replace(below, y=found + 2)
    assert float(loss_of(found, below, TARGETS[1:])) == 0 and float(loss_of(found, above, TARGETS[1:])) == 4


def items(context, ids) -> Items:
    return Items(ids, torch.zeros(len(ids), 0), answers_of(SMILES, context)[ids])


def trained(made, context, valid) -> dict:
    config = {"seed": 0, "budget": {"epochs": 4}, "stages": [], "digest": "run"}
    made.family.attach(context)
    ids = torch.arange(len(SMILES))
    first = len(SMILES) - valid
    parts = items(context, ids[:first]), items(context, ids[first:])
    train(Job(config, made, *parts, None), Store(None), Report(False), 0.0)
    return config


@pytest.mark.parametrize("valid", [10, 0])
def test_members_of_an_ensemble_are_trained_in_turn_and_answer_together(molecules_context, valid):
    made = recipe("dmpnn", members=3)
    assert isinstance(made.family, Ensemble) and made.epochs == 3 * recipe("dmpnn").epochs
    config = trained(made, molecules_context, valid)
    assert [stage["name"] for stage in config["stages"]] == ["member-1", "member-2", "member-3"]
    assert all("best" in stage for stage in config["stages"])
    assert [stage.fold for stage in made.family.stages()] == [(0, 3), (1, 3), (2, 3)]
    with torch.no_grad():
        each, predicted = made.family.member_predictions(molecules_context), made.family.predict(molecules_context)
    assert each.shape == (3, len(SMILES), 3)
    calibrated = [made.family._measured.calibrated(one.double().numpy(), TARGETS) for one in each]
    torch.testing.assert_close(predicted.outputs, torch.tensor(np.mean(calibrated, 0)).float())
    torch.testing.assert_close(predicted.outputs[:, :2].sum(1), torch.ones(len(SMILES)))
    torch.testing.assert_close(predicted.spread, each.std(0)[:, 1:])  # either class of two differs alike
    assert (predicted.spread > 0).all()


def test_the_encoder_of_another_run_is_taken_if_it_reads_the_same():
    parent, child, other = (
        recipe("dmpnn", replace(SIZES, descriptors=n)).family for n in (DESCRIPTORS, DESCRIPTORS, 0)
    )
    child.begin_from(parent)
    assert all(map(torch.equal, child.encoder.state_dict().values(), parent.encoder.state_dict().values()))
    with pytest.raises(DataError):
        other.begin_from(parent)


@pytest.mark.parametrize("family", FAMILIES)
def test_bfloat16_finds_nearly_the_same_loss_and_gradient(family, molecules_context):
    model = attached(family, molecules_context).eval()
    if not model.allow_bf16:
        return
    ids = torch.arange(len(SMILES))
    losses = []
    for bf16 in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss, _ = model.loss(batch(molecules_context, ids))
        gradient = torch.autograd.grad(loss, model.parameters(), allow_unused=True)
        losses.append((loss.detach(), torch.cat([g.flatten() for g in gradient if g is not None])))
    (loss, gradient), (half, rough) = losses
    assert abs(half - loss) < 0.02 * loss
    assert (rough - gradient).norm() < 0.05 * gradient.norm()
