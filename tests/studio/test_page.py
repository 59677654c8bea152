# Tests core/manifest.py, studio/models.py, studio/page.py
"""A page that somebody else's package brings to the studio."""

import sys
from types import ModuleType

import pytest
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

from genwright.core import manifest
from genwright.studio.app import build
from genwright.studio.guard import TEXT, Guard, body_of, body_schema
from genwright.studio.models import Answer
from genwright.studio.page import Job, Page


async def begin(models, request):
    words = ["assay", (await body_of(request, body_schema({"plate": TEXT})))["plate"]]
    return Answer({"folder": models.trainings.new_folder("-".join(words))})


@pytest.fixture
def page(tmp_path, monkeypatch):
    """The page of the command `assay`, as its package brings it."""
    (tmp_path / "assay.js").write_text("export const plates = 96;\n")
    show = lambda entry: {"wells": len((entry.path / "wells.txt").read_text().split())}
    module = ModuleType("assay_page")
    module.PAGE = Page(
        "assay", tmp_path / "assay.js", answers={"begin": begin}, job=Job("assay.json", "wells.html", show)
    )
    monkeypatch.setitem(sys.modules, "assay_page", module)
    monkeypatch.setattr(manifest, "_outside_packages", [manifest.Package("assay", pages=("assay_page:PAGE",))])


@pytest.fixture
def client(page, root):
    with TestClient(Guard(build(root), TOKEN, PORT), base_url=HERE) as client:
        client.get(f"/?token={TOKEN}")
        yield client


def test_a_page_has_its_script_and_its_doors(client):
    assert {"name": "assay", "script": "/pages/assay/assay.js"} in client.get("/api/pages").json()["pages"]
    assert "plates" in client.get("/pages/assay/assay.js").text
    assert client.post("/api/pages/assay/begin", json={"plate": "A1"}).json() == {"folder": "assay-A1"}
    assert client.post("/api/pages/assay/begin", json={"dish": "A1"}).status_code == 400


def test_the_folder_of_a_job_is_listed_renamed_and_removed(client, root):
    (root / "mine").mkdir()
    (root / "mine" / "assay.json").write_text("{}")
    (root / "mine" / "wells.txt").write_text("a b c")
    (entry,) = client.get("/api/home").json()["entries"]
    assert (entry["what"], entry["name"], entry["state"]) == ("assay", "mine", "stopped")
    (root / "mine" / "wells.html").write_text("")
    (entry,) = client.get("/api/home").json()["entries"]
    assert entry["state"] == "done"
    assert client.post(f"/api/entries/{entry['id']}/resume", json={}).status_code == 409  # a terminal began it
    renamed = client.patch(f"/api/runs/{entry['id']}", json={"name": "yours"}).json()
    assert renamed["name"] == "yours"
    assert client.request("DELETE", f"/api/entries/{renamed['id']}").json() == {"moved to": ".removed/yours"}
