"""What a person does to a model or to data: each answer is a picture that says how it was made, or a sentence."""

import base64
import io
import re
import sqlite3
import zipfile
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from starlette.testclient import TestClient
from studio_fixtures import HERE, PORT, TOKEN

import genwright
from genwright.cli.commands import main
from genwright.studio.app import build
from genwright.studio.guard import Guard
from genwright.studio.touch import conditions, sampled_rows

VAE = {"preset": "tiny", "items": 128, "progress": False}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("touched")


@pytest.fixture(scope="module")
def client(root):
    """A browser in whose studio lie a model of pictures with labels and one of music."""
    genwright.fit("digits", "vae", out=root / "digits-vae", **VAE)
    pitches = 60 + np.random.default_rng(0).integers(0, 12, (60, 64, 2))
    np.savez(root.parent / "music.npz", pitches=pitches)
    genwright.fit(root.parent / "music.npz", "autoregressive", out=root / "music", **VAE)
    with TestClient(Guard(build(root), TOKEN, PORT), base_url=HERE) as client:
        client.get(f"/?token={TOKEN}")
        yield client


@pytest.fixture(scope="module")
def ids(client):
    return {entry["name"]: entry["id"] for entry in client.get("/api/home").json()["entries"]}


def note_of(png):
    image = Image.open(io.BytesIO(png))
    return image.text["genwright"]


def bits(mask):
    return base64.b64encode(np.packbits(mask)).decode()


def test_samples_say_their_command_from_the_folder_of_the_studio(client, ids, root, monkeypatch, capsys):
    body = {"n": 4, "seed": 3, "given": {"label": "7"}}
    drawn = client.post(f"/api/models/{ids['digits-vae']}/samples", json=body)
    told = note_of(drawn.content)
    assert told == "genwright sample digits-vae -n 4 --seed 3 --given label=7"
    assert str(root) not in told and drawn.headers["x-command"].startswith("genwright%20sample")
    monkeypatch.chdir(root)
    with pytest.raises(SystemExit) as ended:
        main([*told.split()[1:], "--out", "again.png"])
    assert ended.value.code == 0
    pixels = [np.asarray(Image.open(file)) for file in (io.BytesIO(drawn.content), root / "again.png")]
    assert np.array_equal(*pixels)


def test_what_a_model_is_given_is_offered(client, ids):
    asked = client.get(f"/api/models/{ids['digits-vae']}/conditions").json()
    assert asked == [{"name": "label", "values": [str(k) for k in range(10)]}]
    assert client.get(f"/api/models/{ids['music']}/conditions").json() == []


def test_a_walk_answers_points_and_ways(client, ids):
    place, size = f"/api/models/{ids['digits-vae']}/decode", lambda png: Image.open(io.BytesIO(png)).size
    plane = client.get(f"/api/models/{ids['digits-vae']}/plane").json()
    assert len(plane["dots"]) == len(plane["labels"])
    one = client.post(place, json={"points": [[0, 0]], "given": {"label": "3"}})
    assert size(one.content) == (8, 8) and note_of(one.content).startswith(
        "digits-vae: --given label=3 at [[0.0, 0.0]]"
    )
    assert size(client.post(place, json={"points": [[0, 0]] * 9}).content)[0] > 8
    assert size(client.post(place, json={"a": 0, "b": 1, "t": 0.5}).content) == (8, 8)
    for body in ({"points": []}, {"points": [[0, 0]] * 10}, {"points": [[0]]}, {"a": 0, "b": 10**6, "t": 1}):
        assert client.post(place, json=body).status_code == 400


def test_a_picture_keeps_what_was_not_painted_and_a_terminal_completes_it_alike(client, ids, root, monkeypatch):
    mask = np.ones((8, 8), bool)
    mask[4:] = False
    body = {"number": 0, "known": bits(mask), "draws": 3, "seed": 5, "given": {}}
    found = client.post(f"/api/models/{ids['digits-vae']}/complete", json=body).json()
    (root / "completions.npz").write_bytes(base64.b64decode(found["file"]))
    saved = np.load(root / "completions.npz")
    assert (saved["completions"][:, mask] == saved["x"][0][mask]).all()
    assert found["command"] == note_of(base64.b64decode(found["png"]))
    monkeypatch.chdir(root)
    with pytest.raises(SystemExit) as ended:
        main([*found["command"].split()[1:], "--out", "filled.npz"])
    assert ended.value.code == 0
    again = [np.load(root / f"filled-{k}.npz")["x"][0] for k in (1, 2, 3)]
    assert (np.stack(again) == saved["completions"]).all()


@pytest.mark.parametrize("shape", [(7, 8), (28, 28)])
def test_a_mask_of_another_size_is_refused(client, ids, shape):
    body = {"number": 0, "known": bits(np.ones(shape, bool)), "draws": 1, "seed": 0}
    answer = client.post(f"/api/models/{ids['digits-vae']}/complete", json=body)
    assert answer.status_code == 400 and "paint it again" in answer.json()["error"]


def test_a_clip_goes_on_after_its_first_steps(client, ids):
    item = client.get(f"/api/models/{ids['music']}/items/1").json()
    assert item["steps"] == "steps" and item["length"] > 8
    body = {"number": 1, "keep": 8, "draws": 2, "seed": 0}
    found = client.post(f"/api/models/{ids['music']}/complete", json=body).json()
    assert base64.b64decode(found["file"])[:4] == b"RIFF"
    assert note_of(base64.b64decode(found["png"])) == "music: item 1 after its first 8, seed 0"
    for keep in (0, item["length"]):
        assert client.post(f"/api/models/{ids['music']}/complete", json=body | {"keep": keep}).status_code == 400


@pytest.mark.parametrize("caption", ["x" * 10_240])
def test_a_long_caption_gets_a_sentence(client, ids, caption):
    body = {"n": 1, "seed": 0, "given": {"caption": caption}}
    answer = client.post(f"/api/models/{ids['digits-vae']}/samples", json=body)
    assert answer.status_code == 400 and "letters" in answer.json()["error"]


def test_a_condition_that_the_model_lacks_gets_a_sentence(client, ids):
    for given in ({"caption": "a heart"}, {"label": "eleven"}):
        answer = client.post(f"/api/models/{ids['digits-vae']}/samples", json={"n": 1, "seed": 0, "given": given})
        assert answer.status_code == 400 and len(answer.json()["error"]) < 300


def test_a_run_of_another_version_is_listed_and_says_what_to_do(client, root):
    (root / "old").mkdir()
    (root / "old" / "config.toml").write_text('format = 1\nfamily = "vae"\nkind = "images"\n')
    (old,) = [entry for entry in client.get("/api/home").json()["entries"] if entry["name"] == "old"]
    assert client.get(f"/api/runs/{old['id']}").status_code == 200
    answer = client.post(f"/api/models/{old['id']}/samples", json={"n": 1, "seed": 0, "given": {}})
    assert answer.status_code == 400 and re.search("format 1, not 5: fit the model again", answer.json()["error"])


def test_lines_that_are_no_molecules_are_said(client):
    def described(lines):
        sent = client.put("/api/uploads/few.smi", content="\n".join(lines))
        return client.post("/api/data", json={"source": sent.json()["id"]})

    some = described([*(f"{'C' * k}O" for k in range(1, 30)), "no molecule"])
    assert some.status_code == 200 and any("1 of 30 molecules left out" in fact for fact in some.json()["facts"])
    none = described(["no", "molecule", "here at all"])
    assert none.status_code == 400 and len(none.json()["error"]) > 10


def test_samples_of_a_table_are_rows_beside_real_rows_and_a_file_of_its_form(root, client):
    rows = pd.DataFrame({"a": np.arange(60) % 7, "b": [float("nan"), 1.5, 2.5] * 20})
    rows.to_csv(root / "pairs.tsv", sep="\t", index=False)
    genwright.fit(root / "pairs.tsv", "bootstrap", out=root / "pairs", progress=False)
    id = {entry["name"]: entry["id"] for entry in client.get("/api/home").json()["entries"]}["pairs"]
    told = client.post(f"/api/models/{id}/rows", json={"n": 5, "seed": 0}).json()
    assert told["columns"] == ["a", "b"] and len(told["sampled"]) == len(told["real"]) == 5
    assert {cell for _, cell in told["sampled"]} <= {"", "1.5", "2.5"}
    drawn = client.post(f"/api/models/{id}/file", json={"n": 30, "seed": 0})
    assert drawn.headers["x-name"] == "samples.tsv"
    assert list(pd.read_csv(io.BytesIO(drawn.content), sep="\t").columns) == ["a", "b"]


def test_rows_are_sampled_where_the_real_ones_are_not_found(tmp_path):
    table = pd.DataFrame({"a": np.arange(60) % 7, "b": np.arange(60) * 0.5})
    genwright.fit(table, "pca", steps=1, out=tmp_path / "mine", progress=False)
    found = sampled_rows(str(tmp_path / "mine"), 3, 0, {}, [])
    assert found["columns"] == ["a", "b"] and len(found["sampled"]) == 3 and found["real"] == []


def test_texts_and_series_are_rows_too(tmp_path):
    """Beside real rows; `genwright sample` writes the same ones."""
    lines = [a + b + c for a in ("an", "be", "ca") for b in ("na", "lo", "mi", "ro") for c in ("s", "n", "a")]
    genwright.fit(lines, "autoregressive", out=tmp_path / "texts", **VAE)
    rng = np.random.default_rng(0)
    visits = {"who": np.repeat(np.arange(20), 3), "day": np.tile(np.arange(3), 20), "x": rng.normal(size=60)}
    data = genwright.load_data(pd.DataFrame(visits), kind="series", group="who", time="day")
    genwright.fit(data, "bootstrap", out=tmp_path / "series", progress=False)
    texts, series = (sampled_rows(str(tmp_path / name), 4, 0, {}, []) for name in ("texts", "series"))
    assert texts["columns"] == ["text"] and len(texts["sampled"]) == 4
    assert {letter for row in texts["sampled"] for letter in row[0]} <= set("".join(lines))
    assert series["columns"] == ["who", "day", "x"] and len(series["sampled"]) == 12
    assert conditions(str(tmp_path / "series")) == []


def test_sounds_are_files_of_wav(client, ids):
    sounds = client.post(f"/api/models/{ids['music']}/rows", json={"n": 8, "seed": 0}).json()["sounds"]
    assert len(sounds) == 4 and all(base64.b64decode(sound)[:4] == b"RIFF" for sound in sounds)


def test_rows_of_pictures_are_refused(client, ids):
    assert client.post(f"/api/models/{ids['digits-vae']}/rows", json={"n": 5, "seed": 0}).status_code == 400


@pytest.mark.long
@pytest.mark.parametrize("name", ["two.zip", "two.db"])
def test_a_source_of_several_tables_offers_each(root, client, name):
    """Sheets of a workbook are offered too, in the browser's story."""
    for table in ("people", "visits"):
        frame = pd.DataFrame({"a": np.random.default_rng(0).normal(size=40), table: np.arange(40) % 3})
        if name.endswith(".db"):
            with closing(sqlite3.connect(root.parent / name)) as base:
                frame.to_sql(table, base, index=False)
        else:
            with zipfile.ZipFile(root.parent / name, "a") as packed:
                packed.writestr(f"{table}.csv", frame.to_csv(index=False))
    upload = client.put(f"/api/uploads/{name}", content=(root.parent / name).read_bytes()).json()["id"]
    found = client.post("/api/data", json={"source": upload}).json()
    (question,) = found["questions"]
    assert "2 tables" in found["why not"] and len(question["answers"]) == 2
    answer = {"source": upload, "about": question["about"], "answer": question["answers"][1]["label"]}
    assert client.post("/api/settings", json=answer).status_code == 200
    found = client.post("/api/data", json={"source": upload}).json()
    assert found["first"]["columns"] == ["a", "visits"]
