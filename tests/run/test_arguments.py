"""Every public function refuses an argument of a wrong type in one sentence, with a remedy, before it does anything."""

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import genwright as gw
from genwright.core.errors import GenwrightError
from genwright.studies.measure_samples import measure

TABLE = pd.DataFrame({"a": np.arange(60) % 7, "b": list("xyz") * 20})
WHOLE = ["5", "x", True, np.True_, 2.0, 2.5, float("nan"), [1], {}, object()]
NUMBER = ["5", "x", True, [1], {}, object()]
TEXT = [0, True, 2.5, [1], object()]
VALUES = [0, True, 2.5, "x", [1], object()]
TRUTH = ["yes", 1, 0.0, [True]]
BY_TYPE = {"int": WHOLE, "float": NUMBER, "str": TEXT, "str | Path": TEXT, "bool": TRUTH, "dict": VALUES}


@pytest.fixture(scope="module")
def model():
    return gw.load_model(Path(__file__).parents[1] / "golden/format-5/tables-vae")


def refused(call, name, value):
    with pytest.raises(GenwrightError, match=name) as caught:
        call(value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 250 and ": " in str(caught.value)


def wrong_values(annotations):
    for name, annotation in annotations.items():
        if name == "return":
            continue
        text = getattr(annotation, "__forward_arg__", annotation)
        text = text if isinstance(text, str) else getattr(text, "__name__", str(text))
        for value in BY_TYPE.get(text.removesuffix(" | None"), []):
            yield name, value


def cases(*functions):
    return [(of, name, value) for of in functions for name, value in wrong_values(inspect.unwrap(of).__annotations__)]


VERBS = [getattr(gw.Model, name) for name in
         ("sample", "plot", "log_prob", "encode", "decode", "interpolate", "complete", "vary", "save", "compress",
          "progress", "edit", "_sample_blocks")]  # fmt: skip
NEEDED = {"n": 2, "seed": 0, "x": TABLE, "a": TABLE[:1], "b": TABLE[:1], "z": np.zeros((1, 2)), "folder": "x",
          "source": "a", "target": "b"}  # fmt: skip


@pytest.mark.parametrize(("verb", "name", "value"), cases(*VERBS))
def test_of_a_verb(model, verb, name, value):
    needed = [p for p in inspect.signature(verb).parameters.values() if p.default is p.empty and p.name in NEEDED]
    call = lambda value: verb(model, **{**{p.name: NEEDED[p.name] for p in needed}, name: value})
    refused((lambda value: next(call(value))) if verb.__name__ == "_sample_blocks" else call, name, value)


FUNCTIONS = [gw.load_data, gw.fit, gw.load_model, gw.compare, gw.load_comparison, gw.plot, gw.list_families, gw.task_of,
             gw.design, gw.screen, measure]  # fmt: skip
FIRST = {"load_data": [TABLE], "fit": [TABLE], "compare": [TABLE], "plot": [None, None, "codes", "x.png"],
         "task_of": [TABLE, None], "load_model": ["x"], "design": [["C"]], "screen": [["C"]],
         "measure": [TABLE, TABLE]}  # fmt: skip


@pytest.mark.parametrize(("function", "name", "value"), cases(*FUNCTIONS))
def test_of_a_function(function, name, value):
    names = list(inspect.signature(function).parameters)
    begin = dict(zip(names, FIRST.get(function.__name__, [])))
    refused(lambda value: function(**{**begin, name: value}), name, value)


CALLS = [
    (lambda: gw.fit(TABLE, "vae", minuts=1), "minutes"), (lambda: gw.fit(TABLE, epoch=1), "epochs"),
    (lambda: gw.compare(TABLE, mor_minutes=1), "more_minutes"), (lambda: gw.design(["C"], wants="qed>=1"), "want"),
    (lambda: gw.screen(["C"], active=["C"]), "actives"), (lambda: gw.load_data(TABLE, typs={}), "types"),
    (lambda: gw.fit(TABLE, "vae", 2), "minutes=2"), (lambda: gw.fit(TABLE, "vae", "tiny"), "preset='tiny'"),
    (lambda: gw.compare(TABLE, ["vae"], 5.0), "minutes=5.0"), (lambda: gw.screen(["C"], "known.smi"), "actives="),
    (lambda: gw.design(["C"], "score.py"), "score='score.py'"), (lambda: gw.load_data(TABLE, 3), "seed=3"),
    (lambda: measure(TABLE, TABLE, 3), "test=3"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "meant"), CALLS)
def test_a_call_with_an_argument_that_there_is_not_says_which_was_meant(call, meant):
    with pytest.raises(GenwrightError, match=meant):
        call()


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in ("types", "given", "drop", "target", "column", "group") for value in (5.5, True)]
    + [("types", 5), ("given", 5), ("drop", 5), ("windows", "5"), ("windows", 2.0), ("header_row", "1")],
)
def test_of_an_option_of_data(name, value):
    refused(lambda value: gw.load_data(TABLE, **{name: value}), name, value)


@pytest.mark.parametrize("count", [0, -1])
def test_counts_below_one(model, count):
    for call in (
        lambda n: model.sample(n),
        lambda n: model.complete(TABLE[:2], draws=n),
        lambda n: model.log_prob(TABLE[:2], draws=n),
        lambda n: model.interpolate(TABLE[:1], TABLE[1:2], steps=n),
    ):
        refused(call, "at least 1", count)


def test_numbers_of_numpy_and_paths_are_taken(model, tmp_path):
    assert len(model.sample(np.int32(2), seed=np.int64(1))) == 2
    data = gw.load_data(TABLE, seed=np.uint8(3), drop=("a",), missing="z", given=[])
    assert data.domain.columns[1].labels == ("x", "y")  # a word is one word, and not its letters
    assert gw.fit(data, "independent", items=np.int64(8), out=tmp_path / "run", progress=False)


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        (lambda: gw.fit(TABLE, "vae", minutes="1"), "pass minutes=1"),
        (lambda: gw.load_data(TABLE, seed="0"), "pass seed=0"),
        (lambda: gw.fit(TABLE, "vae", device=0), "pass device='cpu'"),
        (lambda: gw.fit(TABLE, "vae", out=5), "pass out='runs/mine'"),
    ],
)
def test_a_remedy_is_what_to_type(call, remedy):
    with pytest.raises(GenwrightError, match=remedy):
        call()
