"""Plans as files: they come back to the same files under any name, with all that was set."""

import pytest
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

from genwright.studio.app import build
from genwright.studio.guard import Guard

ROWS = "a,b,colour\n" + "".join(f"{k % 17},{k * 0.5},{'red' if k % 3 else 'blue'}\n" for k in range(60))
SETTINGS = {"type of a": {"types": {"a": "category"}}, "families": {"family": ["vae", "trees"]}}


@pytest.fixture
def studio_of(tmp_path):
    """A function that opens a studio in a folder of its own."""

    def open_studio(name: str) -> TestClient:
        (tmp_path / name).mkdir()
        client = TestClient(Guard(build(tmp_path / name), TOKEN, PORT), base_url=HERE)
        client.get(f"/?token={TOKEN}")
        return client

    return open_studio


def bring(studio: TestClient, name: str, text: str) -> str:
    return studio.put(f"/api/uploads/{name}", content=text.encode()).json()["id"]


def set_all(studio: TestClient, source: str) -> None:
    for about, options in SETTINGS.items():
        assert studio.post("/api/settings", json={"source": source, "about": about, "options": options}).is_success


def plan_of(studio: TestClient, source: str) -> dict:
    return studio.post("/api/plan/file", json={"source": source, "minutes": 3}).json()["plan"]


def test_a_plan_finds_its_data_elsewhere_and_sets_them_as_they_were(studio_of):
    here, there = studio_of("here"), studio_of("there")
    source = bring(here, "measured.csv", ROWS)
    set_all(here, source)
    plan = plan_of(here, source)
    bring(there, "others.csv", ROWS.replace("red", "pink"))
    assert there.post("/api/plan/taken", json=plan).status_code == 404
    again = bring(there, "renamed.csv", ROWS)
    there.post("/api/settings", json={"source": again, "about": "target", "options": {"target": "b"}})
    assert there.post("/api/plan/taken", json=plan).json() == {"id": again, "minutes": 3}
    assert plan_of(there, again)["settings"] == plan["settings"]


def test_a_plan_of_named_data_comes_back(studio_of):
    here = studio_of("here")
    set_all(here, "wine")
    assert here.post("/api/plan/taken", json=plan_of(here, "wine")).json() == {"id": "wine", "minutes": 3}


@pytest.mark.parametrize(
    "change",
    [
        {"format": "genwright plan 0"},
        {"minutes": 0},
        {"data": {"name": "../../etc", "digest": ""}},
        {"settings": [{"about": "x", "options": {"out": "/tmp"}}]},
        {"settings": [{"about": "x", "options": {"types": {"a": "../../types.toml"}}}]},
        {"settings": [{"about": "x"}]},
        {"more": 1},
    ],
)
def test_a_plan_that_is_none_is_refused_and_changes_nothing(studio_of, change):
    here = studio_of("here")
    source = bring(here, "measured.csv", ROWS)
    set_all(here, source)
    plan = plan_of(here, source)
    answer = here.post("/api/plan/taken", json=plan | change)
    assert 400 <= answer.status_code < 500 and answer.json()["error"]
    assert plan_of(here, source) == plan
