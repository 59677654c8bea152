"""Simple families that are given a label: a model of each label's items; what they cannot be given is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import Unsupported
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.sound.kinds.audio.clips import Clips
from genwright.zoo import registry

COLUMNS = ("copula", "mixture", "pca", "independent")


def signs(count: int = 400) -> pd.DataFrame:
    """A number, and whether it is above 0, as a label."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=count).round(3), "b": rng.integers(0, 4, count)})
    return frame.assign(label=np.where(frame.a > 0, "pos", "neg"))


def fitted(data, family: str, **how):
    return genwright.fit(data, family, steps=1, progress=False, **how)


@pytest.mark.parametrize("family", COLUMNS)
def test_rows_are_those_of_the_label_that_is_asked_for(family, tmp_path):
    data = genwright.load_data(signs(), given=["label"])
    model = fitted(data, family, out=tmp_path / "run")
    for label, sign in (("pos", 1), ("neg", -1)):
        rows = model.sample(300, {"label": label}, seed=0)
        assert set(rows.label) == {label} and (rows.a * sign > 0).mean() > 0.8
    free = model.sample(300, seed=0)
    assert ((free.a > 0) == (free.label == "pos")).mean() > 0.8
    test = data.test
    own, other, none = (
        model.log_prob(test, given) for given in (None, {"label": np.where(test.a > 0, "neg", "pos")}, {})
    )
    assert own.given == ("label",) and none.given == () and own.nats.mean() > other.nats.mean() + 1
    assert own.nats.mean() > none.nats.mean() + 0.2
    filled = model.complete(test.assign(a=np.nan), seed=0) if model.has("complete") else test
    assert ((filled.a > 0) == (test.a > 0)).mean() > 0.8
    assert model.sample(9, seed=1).equals(genwright.load_model(tmp_path / "run").sample(9, seed=1))


def test_the_estimator_gives_labels_that_fit_their_rows():
    frame = signs()
    rows, labels = (
        genwright.Generator("copula", steps=1, random_state=0).fit(frame[["a", "b"]], frame.label).sample(400)
    )
    assert np.mean((rows.a > 0) == (labels == "pos")) > 0.8
    numbers = genwright.Generator("copula", steps=1, random_state=0).fit(frame[["a", "b"]], np.where(frame.a > 0, 7, 3))
    rows = numbers.sample(200, y=7)[0]
    assert (rows.a > 0).mean() > 0.8 and set(numbers.sample(50)[1]) == {3, 7}
    with pytest.raises(Unsupported):
        numbers.fit(frame[["b"]], frame.a)


def test_each_label_has_the_model_of_its_own_items_whatever_labels_stand_beside_it():
    data = genwright.load_data(signs(), given=["label"])
    model, items = fitted(data, "copula"), data.tensors("train")
    own = items[(items.given[:, 0] == 1).nonzero()[:, 0]]
    alone = registry.build(registry.row("tables", "generate", "copula"), data.domain.spec, Spec(()), {}).family
    alone.finish(Items(own.x, torch.zeros(len(own), 0)), Draws("finish"))
    x, mixed = items.x[:20], items.given[:20].clone()
    mixed[0] = 1
    nats = lambda family, given: family.log_likelihood(x, given, Draws("score"))[0]
    found, wanted = nats(model.family, mixed), nats(alone, torch.zeros(20, 0))
    ones = mixed[:, 0] == 1
    assert 1 < ones.sum() < 20 and torch.allclose(found[ones], wanted[ones], atol=0.05)
    assert torch.equal(found[ones], nats(model.family, torch.ones(20, 1))[ones])


@pytest.mark.parametrize("asked, label", [(1.23456, "pos"), (-0.98765, "neg")])
def test_training_rows_are_those_nearest_to_a_number_that_none_has(asked, label):
    data = genwright.load_data(signs(), given=["a"])
    assert not np.isclose(data.train.a, asked).any()
    rows = fitted(data, "bootstrap").sample(20, {"a": asked}, seed=0)
    nearest = data.train.iloc[(data.train.a - asked).abs().argmin()]
    assert set(rows.label) == {label} and set(rows.b) == {nearest.b}


def test_lines_and_clips_are_those_of_their_label():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"label": ["x", "y"] * 60})
    frame["line"] = ["".join(rng.choice(list("ab" if label == "x" else "cd"), 6)) for label in frame.label]
    model = fitted(genwright.load_data(frame, column="line", given=["label"]), "n-gram")
    assert all(set(line) <= set("ab") for line in model.sample(40, {"label": "x"}, seed=0))
    loud = [(rng.normal(0, 0.01 if k % 2 else 0.3, 40)).clip(-1, 1).astype(np.float32) for k in range(120)]
    clips = Clips(loud, {"label": ["soft" if k % 2 else "loud" for k in range(120)]}, rate=8000)
    for family in ("linear-prediction", "n-gram"):
        model = fitted(genwright.load_data(clips), family)
        soft, strong = (model.sample(20, {"label": label}, seed=0) for label in ("soft", "loud"))
        assert np.mean([abs(clip).mean() for clip in soft]) < 0.3 * np.mean([abs(clip).mean() for clip in strong])


def test_what_is_no_label_is_refused_and_left_out_of_comparisons():
    rows = signs().assign(c=np.random.default_rng(1).normal(size=400))
    for given in (["a"], ["label", "b"]):
        data = genwright.load_data(rows, given=given)
        with pytest.raises(Unsupported):
            fitted(data, "copula")
        assert all(registry.row("tables", "generate", family).refuses(data.domain.given) for family in COLUMNS)
    assert not registry.row("tables", "generate", "trees").refuses(data.domain.given)


def test_models_that_take_no_notice_of_what_is_given_say_so():
    model = fitted(genwright.load_data(signs(), given=["label"]), "copula")
    model, rows = replace(model, family=model.family.models[0]), signs()[:5]
    assert model.log_prob(rows).given == () and len(model.sample(5, seed=0)) == 5
    for asked in (lambda: model.sample(5, {"label": "pos"}), lambda: model.log_prob(rows, {"label": "pos"})):
        with pytest.raises(Unsupported):
            asked()
