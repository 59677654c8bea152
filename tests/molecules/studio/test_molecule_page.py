# Tests molecules/studio/verbs.py
"""A molecule that a person draws: a decorating model grows it, and a model of properties judges it."""

import pytest
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

import genwright
from genwright.studio.app import build
from genwright.studio.guard import Guard

pytest.importorskip("rdkit")
CHAINS = [f"{'C' * k}c1ccc({end})cc1" for k in range(1, 9) for end in ("O", "N", "F", "Cl", "CO")]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """A browser in whose studio lie a decorator and a predictor of molecules."""
    root = tmp_path_factory.mktemp("molecules")
    smiles = genwright.load_data(CHAINS, kind="molecules", notation="scaffold-first")
    genwright.fit(smiles, "decorator", preset="tiny", items=200, progress=False, out=root / "grower")
    (root.parent / "length.csv").write_text("smiles,length\n" + "".join(f"{one},{len(one)}\n" for one in CHAINS))
    measured = genwright.load_data(root.parent / "length.csv", kind="molecules", target="length")
    genwright.fit(measured, "fingerprint", preset="tiny", items=64, progress=False, out=root / "judge")
    with TestClient(Guard(build(root), TOKEN, PORT), base_url=HERE) as client:
        client.get(f"/?token={TOKEN}")
        yield client


@pytest.fixture(scope="module")
def ids(client):
    return {entry["name"]: entry["id"] for entry in client.get("/api/home").json()["entries"]}


@pytest.mark.long
def test_a_scaffold_grows_at_its_open_atom(client, ids):
    asked = {"scaffold": "[*:1]c1ccccc1", "given": {}, "n": 6, "seed": 0}
    grown = client.post(f"/api/models/{ids['grower']}/grow", json=asked).json()
    at = {name: place for place, name in enumerate(grown["columns"])}
    assert len(grown["rows"]) + grown["invalid"] == 6 and grown["rows"]
    assert {row[at["kept"]] for row in grown["rows"]} == {"True"}
    assert all(row[at["smiles"]] != "c1ccccc1" and float(row[at["weight"]]) > 78 for row in grown["rows"])
    assert grown["command"].startswith("genwright complete grower scaffold.smi")


def test_a_predictor_judges_molecules(client, ids):
    told = client.post(f"/api/models/{ids['judge']}/molecules", json={"molecules": ["CCO", "Cc1ccccc1"]}).json()
    assert len(told["rows"]) == 2 and float(told["rows"][0][told["columns"].index("length")]) < 1_000


def test_both_runs_link_to_the_page(client, ids):
    for run in ids.values():
        assert client.get(f"/api/runs/{run}").json()["pages"] == [{"name": "molecule", "link": "draw a molecule"}]


@pytest.mark.parametrize(
    ("run", "verb", "body"),
    [
        ("grower", "grow", {"scaffold": "no molecule", "n": 2, "seed": 0}),
        ("judge", "grow", {"scaffold": "[*:1]C", "n": 2, "seed": 0}),
        ("grower", "molecules", {"molecules": ["CCO"]}),
        ("judge", "molecules", {"molecules": []}),
        ("judge", "molecules", {"molecules": ["C" * 10_000]}),
    ],
)
def test_what_cannot_be_gets_a_sentence(client, ids, run, verb, body):
    answer = client.post(f"/api/models/{ids[run]}/{verb}", json=body)
    assert answer.status_code == 400 and len(answer.json()["error"]) > 20
