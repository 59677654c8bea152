"""What lies in the folder of a studio, and what a person does to it."""

import shutil
import unicodedata
from urllib.parse import quote

import pytest
from PIL import Image

import genwright
from genwright.run.process import training_in
from genwright.studio import shelf
from genwright.studio.guard import Refused


@pytest.fixture
def run(root):
    genwright.fit("digits", "pca", steps=1, out=root / "mine", progress=False)
    return root / "mine"


def entries(client):
    return client.get("/api/home").json()["entries"]


def test_a_run_that_a_terminal_wrote_is_listed(client, run):
    (entry,) = entries(client)
    assert (entry["name"], entry["family"], entry["data"], entry["state"]) == ("mine", "pca", "digits", "done")


def test_a_note_is_kept_beside_the_run_and_the_run_opens(client, run):
    (entry,) = entries(client)
    assert client.patch(f"/api/runs/{entry['id']}", json={"note": "good sevens"}).status_code == 200
    assert entries(client)[0]["note"] == "good sevens"
    genwright.load_model(run)


def test_a_run_is_renamed_and_keeps_its_weights(client, run):
    (entry,) = entries(client)
    answer = client.patch(f"/api/runs/{entry['id']}", json={"name": "better"}).json()
    assert entries(client)[0]["id"] == answer["id"] and not run.exists()
    genwright.load_model(run.with_name("better"))


@pytest.mark.parametrize(
    "name", ["Mu\u0308ller", "डेटा", "ข้อมูล", "ქართული", "數據 2", "می\u200cخواهم", "עברית", "Đà Nẵng"]
)
def test_a_name_is_letters_of_any_script(client, run, name):
    (entry,) = entries(client)
    composed = unicodedata.normalize("NFC", name)
    assert client.patch(f"/api/runs/{entry['id']}", json={"name": name}).json()["name"] == composed
    assert run.with_name(composed).is_dir()
    sent = client.put(f"/api/uploads/{quote(name)}.csv", content=b"a,b\n" + b"1,2\n3,4\n" * 20)
    assert sent.status_code == 200


REFUSED = ["", ".", "..", "\u0308a", "\u200ca", "a\u202eb", "ข" * 70, "a/b", "../b", ".hidden", "a" * 81, "a\nb", " a"]


@pytest.mark.parametrize("name", [*REFUSED, "mine"])
def test_a_name_that_leads_elsewhere_or_is_taken_is_refused(client, run, name):
    (entry,) = entries(client)
    assert client.patch(f"/api/runs/{entry['id']}", json={"name": name}).status_code in (400, 409)
    assert run.exists()


def test_a_run_that_is_removed_lies_aside(client, run, root):
    for number in ("", "-2"):
        (entry,) = entries(client)
        moved = client.delete(f"/api/entries/{entry['id']}").json()["moved to"]
        assert moved == f".removed/mine{number}" and entries(client) == []
        genwright.load_model(root / moved)
        if not number:
            genwright.fit("digits", "pca", steps=1, out=run, progress=False)


def test_a_comparison_stays_while_one_of_its_runs_trains(root):
    run, here = root / "comparison" / "pca", shelf.Shelf(root, dict)
    run.mkdir(parents=True)
    (run.parent / shelf.RESULTS).touch()
    with training_in(run):
        (comparison,) = (entry for entry in here.entries() if entry.what == shelf.COMPARISON)
        with pytest.raises(Refused, match="trains at the moment"):
            here.remove(comparison)
    assert here.remove(comparison) == ".removed/comparison"


def test_a_file_is_uploaded_whole(client, root):
    answer = client.put("/api/uploads/people.csv", content=b"age\n1\n2\n")
    (entry,) = entries(client)
    assert entry["id"] == answer.json()["id"] and entry["files"] == ["people.csv"]
    assert (root / "uploads" / "0001" / "people.csv").read_bytes() == b"age\n1\n2\n"
    second = client.put(f"/api/uploads/more.csv?to={entry['id']}", content=b"age\n3\n")
    assert second.json()["id"] == entry["id"] and entries(client)[0]["files"] == ["more.csv", "people.csv"]
    assert client.put(f"/api/uploads/more.csv?to={entry['id']}", content=b"other").status_code == 409


def test_an_upload_that_is_cut_short_leaves_nothing(client, root):
    answer = client.put("/api/uploads/a.csv", content=iter([b"age\n1\n"]), headers={"content-length": "600"})
    assert answer.status_code == 400 and "cut short" in answer.json()["error"]
    assert not list(root.glob("uploads/*"))


def test_a_folder_is_read_again_only_where_it_has_changed(client, run, root, monkeypatch):
    inside, read = shelf.Shelf._inside, []
    look = lambda self, folder, changed: read.append(folder) or inside(self, folder, changed)
    monkeypatch.setattr(shelf.Shelf, "_inside", look)
    monkeypatch.setattr(shelf, "SETTLED", 0)
    ids = [entry["id"] for entry in entries(client)]
    assert read
    for _ in range(3):
        assert client.get(f"/api/runs/{ids[0]}").status_code == 200
        entries(client)
    read.clear()
    entries(client)
    assert read == []
    shutil.copytree(run, root / "other")
    assert {entry["name"] for entry in entries(client)} == {"other", "mine"}
    assert root in read


def test_a_run_that_is_deleted_under_its_page_is_said(client, run):
    (entry,) = entries(client)
    shutil.rmtree(run)
    for path in (f"/api/runs/{entry['id']}", f"/events/runs/{entry['id']}"):
        answer = client.get(path)
        assert answer.status_code == 404 and "first page" in answer.json()["error"]


def test_previews_are_shown_by_the_items_after_which_they_were_made(client, run):
    (run / "previews").mkdir()
    for items in (1_000, 10_000):
        Image.new("L", (4, 4)).save(run / "previews" / f"{items:09}.png")
    (run / "previews" / "notes.txt").write_text("mine")
    (entry,) = entries(client)
    assert entry["preview"] == 10_000
    place = f"/api/runs/{entry['id']}"
    assert client.get(place).json()["previews"] == [1_000, 10_000]
    assert client.get(f"{place}/previews/1000").content[:4] == b"\x89PNG"
    assert client.get(f"{place}/previews/2000").status_code == 404


def test_data_of_no_name_are_refused(client):
    answer = client.post("/api/data", json={"source": "/etc/passwd"})
    assert answer.status_code == 400 and "/etc" not in answer.json()["error"]
