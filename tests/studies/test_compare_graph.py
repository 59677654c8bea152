# Tests graphs/studies/label_curve.py
"""A comparison of predictors on a graph: the same folder, results and report as of models."""

import json

import jsonschema
import numpy as np
import pytest
import torch

import genwright
from genwright.graphs.studies import depth, label_curve
from genwright.graphs.studies.label_curve import fewer_labels
from genwright.run.tasks import task_of
from genwright.studies.report.results import schema


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph") / "compare"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depth, "FEW_LAYERS", (1, 2))
        for module in (depth, label_curve):
            patch.setattr(module, "LEAST_SECONDS", 0.05)
            patch.setattr(module, "MOST_SECONDS", 0.05)
        return genwright.compare("karate-club", ["gcn"], minutes=0.01, out=folder, progress=False)


@pytest.mark.long
def test_results_hold_to_their_schema(comparison):
    results = json.loads((comparison.folder / "results.json").read_text())
    jsonschema.validate(results, schema())
    assert results["finished"] and results["data"]["domain"] == "nodes"
    assert comparison.table.loc["gcn", "accuracy"] > 0.6  # half of the club by chance


def test_the_report_speaks_of_predictions(comparison):
    page = (comparison.folder / "report.html").read_text()
    assert "Predicting" in page and "whose answers no model saw" in page and "Confusion of test labels" in page
    assert "Sampling" not in page and 'id="privacy"' not in page


def test_the_best_predictor_opens(comparison):
    labels = comparison.best("labels").predict("karate-club").label
    assert len(labels) == 34 and set(labels) == {"Mr. Hi", "Officer"}


def test_fewer_labels_are_nested_and_hide_the_rest():
    data = task_of("karate-club", "nodes")
    one, two = (set(fewer_labels(data, k, 0).tensors("train").x.tolist()) for k in (1, 2))
    assert len(one) == 2 and len(two) == 4 and one < two
    seen = fewer_labels(data, 1, 0).context.y
    assert set(torch.nonzero(seen >= 0).flatten().tolist()) == one
    assert np.array_equal(data.tensors("test").x, fewer_labels(data, 1, 0).tensors("test").x)


def test_pictures_of_all_families_together(comparison):
    results = json.loads((comparison.folder / "results.json").read_text())
    assert set(results["drawings"].values()) == {"labels-per-class.png", "depth.png"}
    page = (comparison.folder / "report.html").read_text()
    assert all(caption in page for caption in results["drawings"])
