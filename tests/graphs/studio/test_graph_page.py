# Tests core/graph.py, graphs/studio/page.py, graphs/studio/verbs.py
"""A node of a graph: probabilities of its label, and which neighbours said so."""

from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

import genwright
from genwright.core.graph import keep
from genwright.studio.app import build
from genwright.studio.guard import Guard


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(scope="module")
def client(root):
    """A browser in whose studio lies a predictor of the labels of nodes."""
    genwright.fit("karate-club", "gcn", items=1_200, progress=False, out=root / "club")
    with TestClient(Guard(build(root), TOKEN, PORT), base_url=HERE) as client:
        client.get(f"/?token={TOKEN}")
        yield client


def test_effects_are_what_the_log_odds_lose_without_an_edge(client, root):
    (club,) = client.get("/api/home").json()["entries"]
    assert [page["name"] for page in client.get(f"/api/runs/{club['id']}").json()["pages"]] == ["graph"]
    seen = client.post(f"/api/models/{club['id']}/node", json={"name": "11"}).json()
    model = genwright.load_model(root / "club")
    whole = genwright.load_data("karate-club")
    row = model.predict(whole).iloc[11]
    assert seen["shares"] == pytest.approx([row[f"p({name})"] for name in seen["classes"]], abs=1e-4)
    assert seen["degree"] == len(seen["neighbours"]) == 1
    edges = whole.graph.edge_index()
    alone = replace(whole, graph=keep(whole.graph, ~(edges == 11).any(0)))  # node 11 knows the leader alone
    odds = lambda told: np.log(told[f"p({row['label']})"] / (1 - told[f"p({row['label']})"]))
    lost = odds(row) - odds(model.predict(alone).iloc[11])
    (leader,) = seen["neighbours"]
    assert leader["name"] == "0" and leader["effect"] == pytest.approx(lost, abs=1e-3) and abs(lost) > 0.01
    busy = client.post(f"/api/models/{club['id']}/node", json={"name": ""}).json()
    assert busy["name"] == "0" and busy["degree"] == 16 and len(busy["neighbours"]) == 12


def test_a_node_that_is_not_there_gets_a_sentence(client):
    (club,) = client.get("/api/home").json()["entries"]
    answer = client.post(f"/api/models/{club['id']}/node", json={"name": "nobody"})
    assert answer.status_code == 400 and "nobody" in answer.json()["error"]
