"""A row of a table: locked cells stay, the model fills in the others, and a terminal does alike."""

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

import genwright
from genwright.cli.commands import main
from genwright.studio.app import build
from genwright.studio.guard import Guard


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("rows")


@pytest.fixture(scope="module")
def client(root):
    """A browser in whose studio lies a model of a table in which `b` is ten times `a`."""
    rng = np.random.default_rng(0)
    a = rng.integers(0, 5, 400)
    table = pd.DataFrame({"a": a, "b": a * 10.0, "kind": np.where(a > 2, "high", "low"), "size": rng.normal(size=400)})
    fit = {"preset": "tiny", "items": 30_000, "progress": False}
    genwright.fit(table, "autoregressive", out=root / "pairs", **fit)
    given = genwright.load_data(table, given=["kind"])
    genwright.fit(given, "vae", preset="tiny", items=128, progress=False, out=root / "given")
    with TestClient(Guard(build(root), TOKEN, PORT), base_url=HERE) as client:
        client.get(f"/?token={TOKEN}")
        yield client


@pytest.fixture(scope="module")
def places(client):
    return {entry["name"]: f"/api/models/{entry['id']}/row" for entry in client.get("/api/home").json()["entries"]}


def test_columns_say_what_may_be_locked(client, places):
    told = {column["name"]: column for column in client.get(places["pairs"]).json()}
    assert list(told) == ["a", "b", "kind", "size"]
    assert (told["b"]["low"], told["b"]["high"]) == (0, 40) and sorted(told["kind"]["labels"]) == ["high", "low"]
    assert [column["name"] for column in client.get(places["given"]).json() if column["given"]] == ["kind"]


def test_locked_cells_stay_and_the_others_follow_them(client, places):
    locked = {"a": "4", "kind": "high"}
    told = client.post(places["pairs"], json={"locked": locked, "n": 8, "seed": 0}).json()
    rows = pd.DataFrame(told["rows"], columns=told["columns"])
    assert set(rows["a"]) == {"4"} and set(rows["kind"]) == {"high"}
    assert (rows["b"].astype(float) == 40).mean() >= 0.75
    again = client.post(places["pairs"], json={"locked": locked, "n": 8, "seed": 0}).json()
    assert again["rows"] == told["rows"]
    free = client.post(places["pairs"], json={"locked": {}, "n": 8, "seed": 0}).json()
    assert len({row[0] for row in free["rows"]}) > 1


def test_a_terminal_fills_in_the_same_rows(client, places, root, monkeypatch):
    told = client.post(places["pairs"], json={"locked": {"b": "20"}, "n": 3, "seed": 7}).json()
    monkeypatch.chdir(root)
    (root / "rows.csv").write_text("a,b,kind,size\n" + ",20,,\n" * 3)
    with pytest.raises(SystemExit) as ended:
        main(told["command"].split()[1:])
    assert ended.value.code == 0
    filled = pd.read_csv(root / "filled.csv")
    assert filled["kind"].tolist() == [row[2] for row in told["rows"]] and set(filled["b"]) == {20}


@pytest.mark.parametrize(
    "locked", [{"a": "900"}, {"kind": "huge"}, {"c": "1"}, {"a": "1", "b": "10", "kind": "low", "size": "0"}, ["a"]]
)
def test_cells_that_cannot_be_get_a_sentence(client, places, locked):
    answer = client.post(places["pairs"], json={"locked": locked, "n": 2, "seed": 0})
    assert answer.status_code == 400 and len(answer.json()["error"]) > 20
