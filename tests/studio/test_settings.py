# Tests studio/reading.py, studio/wording.py
"""What a person sets for data: every option through one door, beside the data on disk, the same for every page."""

import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

import genwright
from genwright.core.errors import DataError
from genwright.studio.app import _begun_of, build
from genwright.studio.guard import Guard
from genwright.studio.trainings import Trainings
from genwright.studio.wording import for_pages, html_for_pages

ENDS = [(k % 30, (k * 7 + 1 + k // 30) % 30) for k in range(120)]
EDGES = "source,target\n" + "".join(f"n{a},n{b}\n" for a, b in ENDS if a != b)
NODES = "id,club,size\n" + "".join(f"n{k},{'red' if k % 3 else 'blue'},{k * 1.5}\n" for k in range(30))
PEOPLE = "age,zip,town\n" + "".join(f"{k % 60 + k % 7},{10_000 + k % 50},{'abc'[k % 3]}\n" for k in range(200))


def bring(client: TestClient, **files: str) -> str:
    """The id of an upload of files, whose names have _ for the dot."""
    id = ""
    for name, text in files.items():
        to = f"?to={id}" if id else ""
        id = client.put(f"/api/uploads/{name.replace('_', '.')}{to}", content=text.encode()).json()["id"]
    return id


def look(client: TestClient, source: str) -> dict:
    return client.post("/api/data", json={"source": source}).json()


def put(client: TestClient, source: str, about: str, **how: object) -> int:
    return client.post("/api/settings", json={"source": source, "about": about, **how}).status_code


def labels(found: dict, about: str) -> list[str]:
    return next(
        [one["label"] for one in q["answers"]] for q in found["questions"] + found["roles"] if q["about"] == about
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("set") / "runs"


@pytest.fixture(scope="module")
def client(root):
    """One studio for all tests of this file, whose models' process knows data by then."""
    root.mkdir()
    with closing(sqlite3.connect(root.parent / "shop.sqlite")) as shop, shop:
        shop.execute("create table orders (units int, price real)")
        shop.executemany("insert into orders values (?, ?)", [(k % 7, k * 1.5) for k in range(60)])
    address = f"sqlite:///{root.parent / 'shop.sqlite'}"
    with TestClient(Guard(build(root, databases=[address]), TOKEN, PORT), base_url=HERE) as client:
        client.get(f"/?token={TOKEN}")
        yield client


@pytest.fixture
def begun(monkeypatch):
    """The commands that the studio begins, none of which runs."""
    words = []

    def note(self, command):
        words.append(command)
        raise DataError("noted")

    monkeypatch.setattr(Trainings, "begin", note)
    return words


def test_edges_alone_become_a_graph_and_can_stay_a_table(client, begun):
    source = bring(client, friends_csv=EDGES)
    (question,) = look(client, source)["questions"]
    assert len(question["answers"]) == 2
    assert put(client, source, question["about"], answer=question["answers"][0]["label"]) == 200
    assert look(client, source)["task"] == "links"
    client.post("/api/comparisons", json={"source": source, "minutes": 1})
    client.post("/api/runs", json={"source": source, "minutes": 1, "family": "gcn"})
    assert all(" --task links" in " ".join(words) for words in begun) and len(begun) == 2
    assert put(client, source, question["about"], answer=question["answers"][1]["label"]) == 200
    assert look(client, source)["kind"] == "tables"


def test_edges_and_nodes_are_two_files_of_one_graph(client, begun):
    source = bring(client, edges_csv=EDGES, nodes_csv=NODES)
    found = look(client, source)
    assert found["error"] and "--" not in found["error"]
    (role,) = found["roles"]
    assert put(client, source, role["about"], answer=role["answers"][0]["label"]) == 200
    found = look(client, source)
    assert found["kind"] == "graph" and found["first"]["graph"]["edges"]
    target = next(one["about"] for one in found["roles"] if "club" in labels(found, one["about"]))
    assert put(client, source, target, answer="club") == 200
    assert look(client, source)["task"] == "nodes"
    client.post("/api/comparisons", json={"source": source, "minutes": 1})
    (words,) = begun
    assert words[1].endswith("edges.csv")
    assert f"--nodes {words[1].replace('edges', 'nodes')}" in " ".join(words) and "--target club" in " ".join(words)


def test_a_database_is_read_where_it_was_allowed_and_nowhere_else(client, root, begun):
    (allowed,) = client.get("/api/home").json()["databases"]
    assert look(client, allowed["name"])["kind"] == "tables"
    client.post("/api/comparisons", json={"source": allowed["name"], "minutes": 1})
    assert begun[0][1] == allowed["address"]
    for other in ("database-2", allowed["address"], "postgresql://me@localhost/shop"):
        assert client.post("/api/data", json={"source": other}).status_code == 400
    with pytest.raises(DataError, match="no_address"):
        build(root, databases=["no_address"])


def test_every_option_of_a_comparison_passes_one_door(client, begun):
    source = bring(client, people_csv=PEOPLE)
    told = {"types": {"zip": "category"}, "group": "zip", "given": ["age"], "missing": {"age": ["3"]}, "target": "town",
            "family": ["flow", "vae"], "seed": 0}  # fmt: skip
    assert put(client, source, "seed", options={"seed": told.pop("seed")}) == 400  # no option of data
    for name, value in told.items():
        assert put(client, source, name, options={name: value}) == 200
    assert put(client, source, "task", options={"task": "--restart"}) == 400
    assert put(client, source, "nodes", options={"nodes": "../../etc/passwd"}) == 400
    client.post("/api/comparisons", json={"source": source, "minutes": 1})
    client.post("/api/runs", json={"source": source, "minutes": 1, "family": "flow"})
    compared, fitted = map(" ".join, begun)
    for word in ("--types zip=category", "--group zip", "--given age", "--missing age=3", "--target town"):
        assert word in compared
    assert "--family flow --family vae" in compared
    assert "--target" not in fitted and fitted.count("--family") == 1  # trees learn a column of samples, no model does


def test_settings_outlive_the_server_and_the_last_of_two_tabs_counts(client, root):
    source = bring(client, people_csv=PEOPLE)
    (role,) = [one for one in look(client, source)["roles"] if "group" in str(one["answers"][-1]["options"])]
    for label in ("zip", "town"):
        assert put(client, source, role["about"], answer=label) == 200
    assert put(client, source, role["about"], answer="nobody") == 400
    assert put(client, source, "a question that was never asked?", answer="Yes") == 409
    with TestClient(Guard(build(root), TOKEN, PORT), base_url=HERE) as again:
        again.get(f"/?token={TOKEN}")
        found = look(again, source)
        assert [one["label"] for one in found["set"]] == ["town"] and "--group town" in found["command"]
        assert put(again, source, role["about"], answer=labels(found, role["about"])[0]) == 200
        assert "--group" not in look(again, source)["command"]


def test_a_settings_file_of_somebody_else_names_no_file_outside(client, root):
    source = bring(client, people_csv=PEOPLE)
    folder = max((root / "uploads").iterdir())
    forged = '{"settings": [{"about": "x", "options": {"nodes": "/etc/passwd"}}]}'
    for text in (forged, '{"settings": 3}', "no record", '{"settings": [{"about": "x", "options": {"file": "../x"}}]}'):
        (folder / ".settings.json").write_text(text)
        answer = client.post("/api/data", json={"source": source})
        assert answer.status_code == (400 if text is forged else 200)
        assert "passwd" not in answer.json().get("command", "")


def test_a_folder_keeps_its_shape_and_names_lead_nowhere_else(client, root):
    id = client.put("/api/uploads/pets/cats/one.png", content=b"x").json()["id"]
    assert client.put(f"/api/uploads/pets/dogs/two.png?to={id}", content=b"x").json()["id"] == id
    folder = max((root / "uploads").iterdir())
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.png")} == {
        "pets/cats/one.png",
        "pets/dogs/two.png",
    }
    before = len(list((root / "uploads").iterdir()))
    for path in ("a/../../b.csv", "a//b.csv", "/".join("abcdefghi"), "a/.b", "%2e%2e/b"):
        assert client.put(f"/api/uploads/{path}", content=b"x").status_code in (400, 404, 405), path
    assert len(list((root / "uploads").iterdir())) == before


def test_what_was_removed_comes_back(client, root):
    source = bring(client, people_csv=PEOPLE)
    name = max((root / "uploads").iterdir()).name
    assert client.request("DELETE", f"/api/entries/{source}").json()["moved to"] == f".removed/{name}"
    assert look(client, source)["error"]
    assert client.post(f"/api/entries/{source}/restore", json={}).status_code == 200
    assert look(client, source)["kind"] == "tables" and (root / "uploads" / name / "people.csv").exists()
    assert client.post(f"/api/entries/{source}/restore", json={}).status_code == 404


def test_rows_of_every_download_keep_the_rules(client, root):
    rng = np.random.default_rng(0)
    ordered = rng.integers(0, 40, 400)
    rows = pd.DataFrame({"ordered": ordered, "shipped": ordered + rng.integers(0, 40, 400), "x": rng.normal(size=400)})
    rows.to_csv(root / "orders.csv", index=False)
    genwright.fit(root / "orders.csv", "independent", out=root / "mine", progress=False)
    (entry,) = [one for one in client.get("/api/home").json()["entries"] if one["name"] == "mine"]
    place = f"/api/models/{entry['id']}"
    drawn = client.post(f"{place}/file", json={"n": 60, "seed": 0})
    assert "--keep-rules" in drawn.headers["x-command"]
    kept = pd.read_csv(io.BytesIO(drawn.content))
    shown = client.post(f"{place}/rows", json={"n": 40, "seed": 1}).json()
    cells = pd.DataFrame(shown["sampled"], columns=shown["columns"])
    for one in (kept, cells):
        assert (one["ordered"].astype(float) <= one["shipped"].astype(float)).all()
    free = client.post(f"{place}/file", json={"n": 60, "seed": 0, "mend": False})
    raw = pd.read_csv(io.BytesIO(free.content))
    assert (raw["ordered"] > raw["shipped"]).any() and "--keep-rules" not in free.headers["x-command"]


def test_a_command_without_minutes_is_shown_while_it_runs():
    words = ["measure", "real.csv", "ours.csv", "--out", "measure-ours"]
    assert _begun_of(SimpleNamespace(words=words, began=5.0)) == {"source": "real.csv", "began": 5.0}
    words = ["compare", "real.csv", "--more-minutes", "0.5", "--out", "compare-real"]
    assert _begun_of(SimpleNamespace(words=words, began=5.0))["minutes"] == 0.5


OPTION = re.compile(r"(^|\s)--[a-z]")


def test_no_sentence_of_a_page_has_an_option_of_a_terminal():
    source = Path(genwright.__file__).parent / "kinds"
    lines = [line for path in source.rglob("*.py") for line in path.read_text().splitlines() if "--" in line]
    texts = [text for line in lines for text in re.findall(r'"([^"]*--[a-z][^"]*)"', line) if not text.startswith("--")]
    assert len(texts) > 10
    assert [text for text in texts if OPTION.search(for_pages(text))] == []
    html = '<p>add --seed</p><p class="command"><code>x --seed</code></p>'
    assert html_for_pages(html) == "<p>add the option 'seed'</p><p class=\"command\"><code>x --seed</code></p>"
