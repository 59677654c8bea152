"""What is seen of a model where its name is typed."""

import numpy as np
import pytest

import genwright
from genwright.contract.small_data import small_data
from genwright.core.likelihood import Likelihood
from genwright.kinds.domain import Drawn


def test_a_model_says_what_it_is_and_can_do():
    model = genwright.fit(genwright.load_data("digits"), "pca", progress=False)
    assert repr(model).startswith("Model: pca of digits, sample/log-prob/encode") and len(repr(model)) < 160
    assert "no gradient steps in" in repr(model) and "<b>pca</b> of digits" in model._repr_html_()
    assert "parameters" not in repr(model) and " 0 items" not in repr(model)


def test_a_predictor_does_so_too_and_names_in_data_are_escaped():
    predictor = genwright.fit("karate-club", "gcn", preset="tiny", items=34, progress=False)
    assert repr(predictor).startswith("Predictor: gcn of karate-club, predict/encode")
    predictor.config["data"]["name"], predictor.config["health"] = "<i>", ["the loss & more"]
    assert "&lt;i&gt;" in predictor._repr_html_() and "the loss &amp; more" in predictor._repr_html_()


def test_a_likelihood_and_data_are_short_to_read():
    lp = Likelihood(np.array([-1.0, -3.0]), "lower bound", "mass", 4, given=("label",))
    assert repr(lp) == "Likelihood: 2 items given label, mean -2.0000 ± 1.0000 nats (lower bound of the mass)"
    data = genwright.load_data({"a<b>": list(range(40)), "c": ["x", "y"] * 20})
    shown = data._repr_html_()
    assert shown.startswith("<b>") and "a&lt;b&gt;" in shown and "to train" in shown


@pytest.mark.parametrize(
    "kind", ["images", "sequences", "molecules", "points", "graph-sets", "audio", "music", "graphs", "tables"]
)
def test_nothing_is_long_to_read(kind):
    if kind in ("molecules", "points"):
        pytest.importorskip("rdkit")
    table = {f"column {k}": np.random.default_rng(k).normal(size=60) for k in range(60)}
    data = genwright.load_data(table) if kind == "tables" else small_data(kind)
    items = [] if kind == "graphs" else [data.domain, data.domain.spec, data.whole]
    for shown in [data, *items, *([data.train] if kind not in ("graphs", "tables") else [])]:
        assert 4 <= len(repr(shown)) <= 500 and " object at 0x" not in repr(shown).split("[")[0]


def test_options_show_what_was_chosen():
    options = genwright.SampleOptions(temperature=0.5, start=np.zeros((9, 8, 8)), strength=0.3)
    assert repr(options) == "SampleOptions(start=array (9, 8, 8), strength=0.3, temperature=0.5)"


def test_many_items_are_counted():
    assert repr(Drawn(["ab", "c"])) == "['ab', 'c']"
    many = repr(Drawn(["abcdefgh"] * 1000))
    assert many.startswith("['abcdefgh', ") and many.endswith(", ...] (1,000 items)") and len(many) < 500
