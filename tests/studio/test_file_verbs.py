"""One file in, one file out: what a run makes of an upload, by the command of its verb."""

import base64

import pytest
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

from genwright.core.folder import CONFIG
from genwright.studio.app import build
from genwright.studio.file_verbs import FILE_VERBS
from genwright.studio.guard import Guard
from genwright.studio.trainings import Trainings

PNG = b"\x89PNG picture"
ASKED = {  # verb: a body, and the words of it
    "predict": ({"n": 3}, ["--new", "3"]),
    "caption": ({}, []),
    "answer": ({"question": "which colour?"}, ["which colour?"]),
    "edit": ({"before": "a red star", "after": "a --blue star"}, ["--source=a red star", "--target=a --blue star"]),
}


@pytest.fixture
def client(tmp_path, monkeypatch):
    """A studio with a run, whose commands write a file and keep their words in `client.words`."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / CONFIG).write_text("")
    with TestClient(Guard(build(tmp_path), TOKEN, PORT), base_url=HERE) as client:

        def run_once(self, words, called):
            client.words = words
            out = tmp_path / words[-1]
            out.write_bytes(PNG if out.suffix == ".png" else b"file_name,text\nstar.png,a star\n")

        monkeypatch.setattr(Trainings, "run_once", run_once)
        client.get(f"/?token={TOKEN}")
        yield client


def ids(client: TestClient) -> tuple[str, str]:
    """The ids of the run and of an upload."""
    source = client.put("/api/uploads/star.png", content=PNG).json()["id"]
    return next(one["id"] for one in client.get("/api/home").json()["entries"] if one["what"] == "run"), source


@pytest.mark.parametrize("verb", FILE_VERBS)
def test_a_verb_reads_an_upload_and_brings_a_file(client, tmp_path, verb):
    run, source = ids(client)
    body, more = ASKED[verb]
    found = client.post(f"/api/models/{run}/{verb}", json={"source": source, **body}).json()
    assert client.words[:3] == [verb, "mine", "uploads/0001/star.png"] and client.words[3:-2] == more
    assert base64.b64decode(found["png"]) == PNG if verb == "edit" else found["rows"] == [["star.png", "a star"]]
    assert not [path for path in (tmp_path / ".studio").iterdir() if path.is_dir() and path.name.startswith(verb)]


@pytest.mark.parametrize(
    "verb, body", [("answer", {"question": "--out=/etc/x"}), ("answer", {}), ("edit", {"before": "a"}), ("edit", {})]
)
def test_a_text_that_is_missing_or_looks_like_an_option_begins_nothing(client, verb, body):
    run, source = ids(client)
    assert client.post(f"/api/models/{run}/{verb}", json={"source": source, **body}).status_code == 400
    assert not hasattr(client, "words")
