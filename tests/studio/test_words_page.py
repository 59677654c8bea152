# Tests studio/words.py
"""Images and words: guided draws are those of a terminal, and a run of the task match finds images by a text."""

import io

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

import genwright
from genwright.cli.commands import main
from genwright.studio.app import build
from genwright.studio.guard import Guard


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("words")


@pytest.fixture(scope="module")
def client(root):
    """A browser in whose studio lie a diffusion of captioned images, and a run that matches them."""
    shades = np.random.default_rng(0).integers(0, 2, 60)
    x = np.where(shades[:, None, None, None] > 0, 220, 30).astype(np.uint8) * np.ones((1, 8, 8, 1), np.uint8)
    captions = np.array(["a dark square", "a bright square"])[shades]
    np.savez(root / "squares.npz", x=x, caption=captions)
    fit = {"preset": "tiny", "items": 256, "progress": False}
    drawn = genwright.load_data(root / "squares.npz", given=["caption"])
    genwright.fit(drawn, "flow-matching", out=root / "draws", **fit)
    genwright.fit(root / "squares.npz", "clip", task="match", out=root / "finds", **fit)
    genwright.fit(drawn, "words-and-images", out=root / "reads", **fit)
    with TestClient(Guard(build(root), TOKEN, PORT), base_url=HERE) as client:
        client.get(f"/?token={TOKEN}")
        yield client


@pytest.fixture(scope="module")
def ids(client):
    return {entry["name"]: entry["id"] for entry in client.get("/api/home").json()["entries"]}


@pytest.mark.long
def test_guided_draws_are_those_of_a_terminal(client, ids, root, monkeypatch):
    assert {"guidance", "against"} <= set(client.get(f"/api/models/{ids['draws']}/options").json())
    words = {"given": {"caption": "a bright square"}, "against": {"caption": "a dark square"}, "guidance": 3}
    drawn = client.post(f"/api/models/{ids['draws']}/guided", json={"n": 4, "seed": 1, **words})
    assert drawn.status_code == 200, drawn.json()
    typed = Image.open(io.BytesIO(drawn.content)).text["genwright"]
    assert "--guidance 3 --against 'caption=a dark square'" in typed
    monkeypatch.chdir(root)
    asked = ["sample", "draws", "-n", "4", "--seed", "1", "--given", "caption=a bright square", "--guidance", "3"]
    with pytest.raises(SystemExit) as ended:
        main([*asked, "--against", "caption=a dark square", "--out", "again.png"])
    assert ended.value.code == 0
    pixels = [np.asarray(Image.open(file)) for file in (io.BytesIO(drawn.content), root / "again.png")]
    assert np.array_equal(*pixels)
    plain = {"n": 4, "seed": 1, "given": words["given"], "guidance": 1}
    assert client.post(f"/api/models/{ids['draws']}/guided", json=plain).status_code == 200


def test_a_text_finds_images_the_best_first(client, ids):
    told = client.post(f"/api/models/{ids['finds']}/search", json={"text": "a bright square", "n": 3}).json()
    assert len(told["scores"]) == 3 and told["scores"] == sorted(told["scores"], reverse=True)


def test_captions_are_those_of_the_model(client, ids, root):
    told = client.post(f"/api/models/{ids['reads']}/read", json={"question": "", "n": 3, "seed": 0}).json()
    model, images = genwright.load_model(root / "reads"), genwright.load_data(root / "squares.npz", given=["caption"])
    test = np.asarray(images.test)
    picked = test[np.random.default_rng(0).permutation(len(test))[:3]]
    assert told["captions"] == list(model.caption(picked)["caption"]) and told["answers"] == []
    assert told["command"] == "genwright caption reads IMAGES"


@pytest.mark.parametrize(
    ("run", "verb", "body"),
    [
        ("draws", "search", {"text": "a square", "n": 3}),
        ("finds", "search", {"text": "", "n": 3}),
        ("draws", "read", {"question": "", "n": 3, "seed": 0}),
        ("reads", "read", {"question": "which shape?", "n": 3, "seed": 0}),  # it learned from no questions
        ("finds", "guided", {"n": 1, "seed": 0}),
        ("draws", "guided", {"n": 1, "seed": 0, "against": {"caption": "a dark square"}}),
        ("draws", "guided", {"n": 1, "seed": 0, "guidance": -1}),
    ],
)
def test_what_cannot_be_gets_a_sentence(client, ids, run, verb, body):
    answer = client.post(f"/api/models/{ids[run]}/{verb}", json=body)
    assert answer.status_code == 400 and len(answer.json()["error"]) > 10
