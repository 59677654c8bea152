# Tests studies/compare/compare_families.py
"""Numbers of whole graphs are compared, as labels are."""

import json

import networkx as nx
import numpy as np
import pytest
import torch
from jsonschema import Draft202012Validator

from genwright.core.errors import DataError
from genwright.core.graph import from_edges, undirected
from genwright.graphs.kinds.graph_data import GraphData
from genwright.studies.compare.compare_families import compare, plan_comparison
from genwright.studies.compare.compare_plan import forecast
from genwright.studies.report.records import Results
from genwright.studies.report.results import difference, schema


@pytest.fixture(scope="module")
def graphs() -> GraphData:
    """How many edges random graphs have, 1000 more for each."""
    rng = np.random.default_rng(1)
    drawn = [nx.gnp_random_graph(int(rng.integers(5, 12)), rng.uniform(0.2, 0.7), seed=i) for i in range(300)]
    union, members = nx.disjoint_union_all(drawn), torch.tensor([0, *np.cumsum([len(graph) for graph in drawn])])
    graph = undirected(from_edges(*torch.tensor(list(union.edges)).T, len(union)))
    y = torch.tensor([1000.0 + graph.number_of_edges() for graph in drawn])
    return GraphData("counted", graph, torch.ones(len(union), 1, dtype=torch.float64), y, (), members)


@pytest.mark.long
def test_numbers_of_whole_graphs_are_compared_graph_by_graph(graphs, tmp_path, trained_on):
    trained_on(10_000)
    found = compare(graphs, ["gin", "gcn"], minutes=1, out=tmp_path / "c", progress=False)
    results = found.results
    assert results["metrics"]["headline"] == {"labels": "rmse"}
    assert not list(
        Draft202012Validator(schema()).iter_errors(json.loads((tmp_path / "c" / "results.json").read_text()))
    )
    rmse = {row["family"]: row["metrics"]["rmse"]["value"] for row in results["models"]}
    assert rmse["gin"] < graphs.y.std() and set(rmse) == {"gin", "gcn"}  # sums count edges
    assert difference(Results.from_json(results), "rmse", "gin", "gcn").how in ("by item", "by split")
    assert "Predicted against measured" in results["models"][0]["drawings"]
    assert "RMSE" in (tmp_path / "c" / "report.html").read_text()


def test_a_forecast_of_numbers_is_given(graphs):
    assert any("gin" in sentence for sentence in forecast(graphs, plan_comparison(families=["gin"], minutes=0.1)))


def test_a_target_of_samples_is_still_for_tables(graphs, tmp_path):
    with pytest.raises(DataError, match="leave target out"):
        compare(graphs, ["gin"], minutes=0.1, out=tmp_path / "c", progress=False, target="y")
