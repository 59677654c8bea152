"""What is seen of a model where its name is typed."""

import numpy as np

import genwright
from genwright.core.likelihood import Likelihood


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
