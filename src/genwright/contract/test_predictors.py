"""The contract of predictors: every row of the table, in its tiny preset, through every verb that it claims. No skips.

A new row gets all of it for nothing, and so does a new task that names its small data in the registry.
"""

import copy

import numpy as np
import pandas as pd
import pytest
import torch

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError, Unsupported
from genwright.core.recipe import Recipe
from genwright.core.trainable import Batch, Trainable
from genwright.run.predictor import VERBS, Predictor
from genwright.run.tasks import task_of
from genwright.training.machine import step_flops
from genwright.zoo import registry

from .fixtures import made_data_of  # noqa: F401 -- the fixture `data_of`, also of tests that import these
from .small_data import ask, look_at, replay_interrupted

ROWS = {f"{row.label}-{row.family}": row for row in registry.rows() if registry.predicts(row.task)}


def fit(row, data, **options) -> Predictor:
    preset = "tiny" if registry.presets(row) else None
    return genwright.fit(data, row.family, task=row.task, preset=preset, progress=False, **options)


@pytest.fixture(scope="module", params=sorted(ROWS))
def fitted(request, data_of, tmp_path_factory):
    """Fits a predictor of one row once for all its tests: returns row, predictor, folder and data."""
    row, folder = ROWS[request.param], tmp_path_factory.mktemp("predictors") / request.param
    data = data_of(row.label)
    return row, fit(row, data, out=folder), folder, data


@pytest.fixture(scope="module")
def short(fitted, tmp_path_factory):
    """Fits the predictor with half of the training: returns options, predictor and folder."""
    row, model, _, data = fitted
    folder = tmp_path_factory.mktemp("short")
    options = {"items": sum(stage["items"] for stage in model.config["stages"]) // 2} if model.config["stages"] else {}
    return options, fit(row, data, out=folder, **options), folder


def answers(model: Predictor, data) -> list:
    """Returns the predictor's answers by all its verbs, in their order."""
    return [ask(model, verb, data) for verb in model.verbs]


def answers_equal(a, b) -> bool:
    return a.equals(b) if isinstance(a, pd.DataFrame) else np.array_equal(a, b)


def assert_same_weights(model: Predictor, other: Predictor) -> None:
    """Asserts that two predictors give the same answers to the bit. NaN equals NaN."""
    for (name, a), b in zip(model.family.state_dict().items(), other.family.state_dict().values()):
        assert np.array_equal(a.numpy(), b.numpy(), equal_nan=True), name


def test_it_has_the_verbs_it_claims_and_says_why_not_the_others(fitted):
    row, model, _, data = fitted
    assert isinstance(model, Predictor) and set(model.verbs) == set(row.verbs)
    for verb in set(VERBS) - set(row.verbs):
        with pytest.raises(Unsupported, match=f"{row.family} cannot {verb}: .+; families that can: .+"):
            getattr(model, verb)(data)


def test_answers_have_the_form_of_their_items(fitted):
    row, model, _, data = fitted
    look = look_at(row.label)
    count = look.count(data)
    if "predict" in row.verbs:
        table, empty = model.predict(data), look.empty()
        numbers = table.drop(columns=[*empty]).select_dtypes("number").to_numpy()
        assert isinstance(table, pd.DataFrame) and len(table) > 0 and np.isfinite(numbers).all()
        assert all(table[name].isna().all() or np.isfinite(table[name]).all() for name in empty)
        if "probability" in table:
            assert table["probability"].between(0, 1).all()
        for label, columns in look.chances(model.domain).items():
            shares = table[[*columns.values()]].to_numpy()
            assert (shares >= 0).all() and np.allclose(shares.sum(1), 1, atol=1e-5)
            assert (table[label] == np.array([*columns], dtype=object)[shares.argmax(1)]).all()
        assert count is None or len(table) == count
    if "encode" in row.verbs:
        codes = model.encode(data)
        assert codes.ndim == 2 and codes.shape[1] > 0 and np.isfinite(codes).all()
        assert count is None or len(codes) == count


def test_it_has_the_figures_it_claims(fitted):
    row, model, _, data = fitted
    figures = {"attention": lambda: model.attention(data), "layers": lambda: model.layers(data, np.arange(3))}
    for name, show in figures.items():
        if name in row.figures:
            assert len(show())
            continue
        with pytest.raises(Unsupported, match=f"no {name} to show"):
            show()
    assert ("codes" in row.figures) == model.has("encode")


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(fitted, short):
    """A replay shows the same of what is trained in steps, below."""
    row, model, _, data = fitted
    options, rerun, _ = short
    if not model.config["stages"]:
        assert_same_weights(model, rerun)
    if list(model.family.parameters()):
        other_model = fit(row, data, seed=1, **options)
        assert not all(answers_equal(a, b) for a, b in zip(answers(rerun, data), answers(other_model, data)))


def test_saved_and_opened_it_says_the_same(fitted, tmp_path):
    _, model, folder, data = fitted
    reopened = genwright.load_model(genwright.load_model(folder).save(tmp_path / "copy"))
    assert isinstance(reopened, Predictor) and reopened.verbs == model.verbs
    assert all(answers_equal(a, b) for a, b in zip(answers(model, data), answers(reopened, data)))


def test_data_of_another_form_are_refused(fitted):
    row, model, _, data = fitted
    unlike = look_at(row.label).unfitting_data(data)
    for verb in row.verbs:
        with pytest.raises(DataError, match=f"{data.name} .+[,;] and training .+: "):
            ask(model, verb, unlike)


def test_gradients_reach_every_parameter_of_each_player(fitted):
    row, model, _, data = fitted
    family, task = copy.deepcopy(model.family).train(), task_of(data, row.task)
    family.attach(task.domain.context_for(task, family.views))
    items = task.tensors("train")
    for index, stage in enumerate(family.stages()):
        # a fit in one thread counts none
        assert not family.probed or step_flops(Recipe(family), index, items) >= 0
        for player in stage.players:
            assert player.parameters
            family.zero_grad()
            for k in range(3):
                torch.manual_seed(k)
                loss, _ = player.loss(Batch(items.x, items.given, Draws(k), 10**9, items.target))
                loss.backward()
                assert loss.isfinite()
            names = {id(p): name for name, p in family.named_parameters()}
            cold = [
                names[id(p)]
                for p in player.parameters
                if p.grad is None or not p.grad.isfinite().all() or not p.grad.any()
            ]
            assert not cold, f"no gradient reaches {cold}"


def test_resume_is_exact(fitted, short, tmp_path):
    """A replay that is stopped at a checkpoint and gone on with ends with the weights of the whole run."""
    row, model, _, data = fitted
    if not model.config["stages"]:
        return
    _, whole, folder = short
    assert_same_weights(whole, replay_interrupted(data, folder, tmp_path / "run", task=row.task))


def test_a_verb_that_is_lacking_names_those_who_have_it():
    silent = Predictor(Trainable(), None, {"family": "silent"}, _peers=lambda verb: ["gcn", "gat"])
    assert silent.verbs == []
    with pytest.raises(Unsupported, match="silent cannot encode: it defines no encode; families that can: gcn, gat"):
        silent.encode(None)
