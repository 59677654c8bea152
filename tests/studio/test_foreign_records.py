# Tests studio/tails.py, studio/trainings.py
"""Run folders and requests that somebody forged: they reach no process, no file and no command of others, and the first
page shows the other entries."""

import json
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import tomli_w
from hostile_folders import SECRET, hostile_folders

import genwright
from genwright.core.errors import DataError
from genwright.run.process import find_trainer, gethostname, run_state
from genwright.studio.guard import Refused, check_options
from genwright.studio.server import serve
from genwright.studio.tails import read_lines
from genwright.studio.trainings import Trainings

DEEP = "[" * 200_000
CONFIG = 'family = "vae"\nkind = "images"\ntask = "generate"\n'
PROCESS = {"host": gethostname(), "process": os.getpid(), "began": 1e12}


def entries(client):
    answer = client.get("/api/home")
    assert answer.status_code == 200
    return {entry["name"]: entry for entry in answer.json()["entries"]}


def forge(folder, **files):
    """A folder with files of a run: bytes, a text, a link to a path, or a pipe."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / NAMES[name]
        path.parent.mkdir(exist_ok=True)
        if content is os.mkfifo:
            os.mkfifo(path)
        elif content.startswith("/"):
            path.symlink_to(content)
        else:
            path.write_text(content)
    return folder


NAMES = {
    "config": "config.toml", "process": ".process.json", "note": ".note.txt", "metrics": "metrics.jsonl",
    "results": "results.json", "report": "report.html", "preview": "previews/000001000.png",
}  # fmt: skip


@pytest.mark.parametrize(
    "files",
    [
        {"results": DEEP},
        {"results": '{"advice": ["\\ud800"]}'},
        {"config": f"a={DEEP}"},
        {"config": "family = [1]\nkind = [2]\ntask = {a = 1}\ndata = 3\nbudget = 4\n"},
        {"config": CONFIG, "process": DEEP},
        {"config": CONFIG, "process": json.dumps(PROCESS | {"process": -5})},
        {"config": CONFIG, "process": json.dumps(PROCESS | {"ended": 1, "error": [1]})},
        {"config": CONFIG, "process": '{"host": "a", "process": 5, "began": 1, "ended": 1, "error": "\\ud800"}'},
        {"config": CONFIG + "[budget]\nminutes = inf\n[[stages]]\n", "process": json.dumps(PROCESS),
         "metrics": '{"items": 1, "seconds": 1}\n'},
        {"config": CONFIG, "process": json.dumps(PROCESS), "metrics": DEEP + "\n"},
        {"config": CONFIG, "process": os.mkfifo},
        {"config": CONFIG, "process": "/dev/zero"},
        {"config": CONFIG, "note": "/dev/zero"},
    ],
    ids=range(13),
)  # fmt: skip
def test_the_first_page_shows_other_entries_beside_a_damaged_one(client, root, files):
    forge(root / "good", config=CONFIG)
    forge(root / "bad", **files)
    found = entries(client)
    assert found["good"]["state"] == "stopped" and "bad" in found
    if found["bad"]["what"] == "run":
        assert client.get(f"/api/runs/{found['bad']['id']}").status_code == 200


@pytest.mark.long
def test_no_hostile_folder_stops_a_page_or_shows_a_file_elsewhere(client, root, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(json.dumps({"advice": [SECRET], "secret": SECRET}))
    forge(root / "good", config=CONFIG)
    hostile = hostile_folders(root, secret)
    began = time.monotonic()
    found = entries(client)
    assert len(hostile) == 70 and found["good"]["state"] == "stopped" and time.monotonic() - began < 10
    for name, entry in found.items():
        at = f"/api/runs/{entry['id']}"
        answers = [client.get(f"{at}/previews/1000"), client.get(f"/compare/{entry['id']}")]
        answers += [client.get(at), client.get(f"/api/models/{entry['id']}/plane")] if entry["what"] == "run" else []
        answers += [client.post(f"{at}/{verb}", json={}) for verb in ("stop", "resume")]
        answers += [client.patch(at, json={"note": "mine"}), client.patch(at, json={"name": f"new {name}"[:60]})]
        assert all(answer.status_code < 500 and SECRET not in answer.text for answer in answers), name
        size, lines = read_lines(root / name / "metrics.jsonl", 0)
        assert SECRET.encode() not in lines
    assert SECRET not in json.dumps(found) and SECRET not in json.dumps(entries(client))
    assert secret.read_text().count(SECRET) == 2


def test_the_studio_writes_through_no_link(client, root, tmp_path):
    forge(root / "run", config=CONFIG)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in (".studio", ".removed", "uploads"):
        (root / name).symlink_to(elsewhere)
    id = entries(client)["run"]["id"]
    body = {"source": "digits", "family": "independent", "minutes": 0.01}
    answers = [client.post("/api/runs", json=body), client.delete(f"/api/entries/{id}")]
    answers.append(client.put("/api/uploads/people.csv", content=b"a\n1\n"))
    assert [answer.status_code for answer in answers] == [400] * 3 and not list(elsewhere.iterdir())
    with pytest.raises(DataError):
        serve(root, 0)


def test_a_damaged_record_is_a_sentence_of_its_entry(client, root):
    forge(root / "config", config=f"a={DEEP}")
    forge(root / "process", config=CONFIG, process=json.dumps(PROCESS | {"process": -5}))
    forge(root / "results", results=DEEP)
    found = entries(client)
    assert (found["config"]["state"], found["process"]["state"]) == ("failed", "stopped")
    assert "config.toml" in found["config"]["error"] and ".process.json" in found["process"]["error"]
    assert "results.json" in found["results"]["advice"][0]


def test_a_folder_whose_name_is_no_unicode_is_listed(client, root):
    forge(root / "good", config=CONFIG)
    forge(root / os.fsdecode(b"b\xffd"), config=CONFIG)
    assert len(entries(client)) == 2


def test_links_out_of_a_run_are_not_served(client, root, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text('{"secret": 1}\n')
    at = str(secret)
    run = forge(root / "run", config=CONFIG, note=at, metrics=at, preview=at)
    forge(root / "comparison", results="{}", report=at)
    os.symlink(tmp_path, root / "run" / "elsewhere")
    found = entries(client)
    id = found["run"]["id"]
    answers = [client.get(f"/api/runs/{id}/previews/1000"), client.get(f"/compare/{found['comparison']['id']}")]
    assert all(answer.status_code == 400 and "secret" not in answer.text for answer in answers)
    assert "secret" not in found["run"]["note"]
    assert read_lines(run / "metrics.jsonl", 0) == (0, b"")


def test_a_pipe_in_place_of_the_metrics_holds_nobody_up(root):
    run = forge(root / "run", metrics=os.mkfifo)
    assert read_lines(run / "metrics.jsonl", 0) == (0, b"")


def test_a_browser_may_ask_for_lines_beyond_any_file(root):
    run = forge(root / "run", metrics="1\n")
    assert read_lines(run / "metrics.jsonl", 10**19 - 1) == (2, b"")


# ---------------------------------------------------------------------- stop


@pytest.fixture
def foreign():
    """A process that genwright did not start."""
    process = subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"],
                               stdout=subprocess.PIPE)  # fmt: skip
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()


def test_stop_ends_no_process_that_a_forged_record_names(client, root, foreign):
    run = forge(root / "run", config=CONFIG, process=json.dumps(PROCESS | {"process": foreign.pid}))
    (run / ".lock").touch()
    id = entries(client)["run"]["id"]
    assert client.post(f"/api/entries/{id}/stop", json={}).status_code == 409
    time.sleep(0.1)
    assert foreign.poll() is None and find_trainer(run) is None


def test_a_process_that_holds_the_lock_and_is_no_command_of_genwright_is_left_alone(root):
    """Such as a notebook in which somebody trains."""
    run = forge(root / "run", process=json.dumps(PROCESS))
    with open(run / ".lock", "w"):
        assert find_trainer(run) is None


def test_the_command_that_trains_in_a_folder_is_found_by_its_lock(root):
    code = "import sys, time; file = open(sys.argv[2], 'w'); print(flush=True); time.sleep(60)"
    run = forge(root / "run", config=CONFIG)
    words = [sys.executable, "-c", code, "genwright", str(run / ".lock")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as command:
        command.stdout.readline()
        forge(run, process=json.dumps(PROCESS | {"process": command.pid}))
        assert find_trainer(run).pid == command.pid
        Trainings(root).stop(run)
        assert command.wait(10) < 0


# ---------------------------------------------------------------------- options


@pytest.mark.parametrize(
    "options",
    [
        {"out": "/elsewhere"},
        {"restart": True},
        {"nodes": "/etc/passwd"},
        {"nodes": "../secret.csv"},
        {"nodes": "link.csv"},
        {"symbols": "/etc/passwd"},
        {"types": ["/etc/passwd"]},
        {"types": {"*": "/elsewhere/types.toml"}},
        {"types": {"a": "category,/elsewhere/types.toml"}},
        {"types": {"/elsewhere/types.toml,a": "category"}},
        {"directed": ["--restart"]},
    ],
    ids=str,
)
def test_options_of_a_request_are_those_of_load_data_and_name_no_file_elsewhere(client, root, tmp_path, options):
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")
    body = {"source": "digits", "options": options, "family": "independent", "minutes": 0.01}
    for place in ("/api/runs", "/api/data"):
        assert client.post(place, json=body).status_code == 400
    assert entries(client) == {}


def test_options_of_load_data_pass(root):
    options = {"nodes": "uploads/0001/nodes.csv", "types": {"zip": "category"}, "missing": {"*": [-999]}}
    options |= {"drop": ["a"], "header_row": 2, "symbols": "words", "directed": True}
    assert check_options(options, root) == options


def test_a_source_that_reads_like_an_option_is_refused(client):
    assert client.post("/api/data", json={"source": "--help"}).status_code == 400


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """The record of a run that was stopped."""
    run = tmp_path_factory.mktemp("recorded") / "run"
    config = genwright.fit("digits", "vae", preset="tiny", steps=1, out=run, progress=False).config
    return {name: value for name, value in config.items() if name != "outcome"}


ELSEWHERE = [  # sources that lead out of the studio's folder, in which `link.zip` is a link
    "--evil", "../outside.csv", "/outside.db", "~/outside.csv", "inside/../../outside.csv", "sqlite:////outside.db",
    "sqlite:///inside.db", "duckdb:////outside.db", "postgresql://evil.example/db", "POSTGRESQL+psycopg://evil.example",
    "mssql+pyodbc:///?odbc_connect=x", "jdbc:sqlserver://evil.example", "file:///outside.csv", "https://evil.example/a.csv",
    "/outside.zip::a.csv", "../outside.zip::a.csv", "link.zip::a.csv", "C:\\outside.csv", "c:outside.csv",
    "\\\\evil.example\\share\\a.csv", "//evil.example/share/a.csv", "in\0side.csv",
]  # fmt: skip


@pytest.mark.parametrize(
    "forged",
    [{"options": {"out": "/elsewhere"}}, {"options": {"nodes": "/etc/passwd"}}]
    + [{"options": {"nodes": elsewhere}} for elsewhere in ELSEWHERE]
    + [{"source": elsewhere} for elsewhere in ELSEWHERE],
    ids=repr,
)
def test_resume_runs_no_words_that_a_forged_record_holds(root, config, forged):
    begun = config | {"data": config["data"] | forged}
    (root / "link.zip").symlink_to(root.parent / "outside.zip")
    run = forge(root / "run", config=tomli_w.dumps(begun))
    (root / ".studio").mkdir()
    (root / ".studio" / "run.txt").write_text("genwright fit digits --restart --workers list --out run\n")
    with pytest.raises(Refused):
        Trainings(root).resumed(run)


def test_resume_runs_the_words_of_an_honest_record(root, config):
    run = forge(root / "run", config=tomli_w.dumps(config))
    (root / ".studio").mkdir()
    (root / ".studio" / "run.txt").write_text("genwright fit digits --family vae --previews 16 --out run\n")
    words = Trainings(root).resumed(run)
    assert words[:4] == ["fit", "digits", "--family", "vae"] and words[-4:] == ["--previews", "16", "--out", "run"]
    assert "--restart" not in words


def test_the_log_of_a_training_replaces_a_link(root, tmp_path, monkeypatch):
    mine = tmp_path / "mine.txt"
    mine.write_text("kept")
    (root / ".studio").mkdir()
    (root / ".studio" / "run.txt").symlink_to(mine)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: SimpleNamespace(poll=lambda: 0))
    Trainings(root).begin(["fit", "digits", "--out", "run"])
    assert mine.read_text() == "kept"


def test_signs_of_life_replace_a_link(root, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("kept")
    run = forge(root / "run", process=str(mine))
    genwright.fit("digits", "pca", steps=1, out=run, progress=False)
    assert mine.read_text() == "kept" and run_state(run).status == "done"


def test_an_unknown_option_is_named():
    with pytest.raises(DataError, match="'out'"):
        check_options({"out": "x"}, None)


COMPARED = {
    "data": {"source": "digits", "options": {}}, "plan": {"minutes": 0.05}, "seed": 0, "finished": False, "advice": [],
    "picks": [], "models": [{"family": "vae", "metrics": {}}], "baselines": [],
}  # fmt: skip


@pytest.mark.parametrize("change, word", [
    ({}, ""),
    *(({"data": {"source": elsewhere, "options": {}}}, "outside") for elsewhere in ELSEWHERE),
    ({"data": {"source": "", "options": {}}}, "Python"),
    ({"data": {"source": "digits", "options": {"nodes": "/etc/passwd"}}}, "outside"),
    ({"plan": {}}, "does not say"),
    ({"plan": {"minutes": "x"}}, "does not say"),
    ({"seed": None}, "does not say"),
])  # fmt: skip
def test_a_comparison_goes_on_by_its_record_unless_that_leads_elsewhere(client, root, change, word):
    (root / "mine").mkdir()
    (root / "mine" / "results.json").write_text(json.dumps(COMPARED | change))
    (root / "link.zip").symlink_to(root.parent / "outside.zip")
    told = Trainings(root)
    if word:
        with pytest.raises(Refused, match=word):
            told.words_of_comparison(root / "mine")
    else:
        assert told.words_of_comparison(root / "mine") == ["compare", "digits", "--minutes", "0.05", "--out", "mine"]
    entry = client.get("/api/home").json()["entries"][0]
    assert entry["state"] == "stopped" and entry["measured"] == [] and entry["page"] is False


def test_a_comparison_goes_on_with_what_a_person_asked(root):
    (root / "mine").mkdir()
    plan = {"minutes": 2, "families": ["gae", "--out"], "target": "-x"}
    record = COMPARED | {"plan": plan, "data": COMPARED["data"] | {"domain": "links"}, "measured": {"splits": 1}}
    (root / "mine" / "results.json").write_text(json.dumps(record))
    words = Trainings(root).words_of_comparison(root / "mine")
    asked = ["--target=-x", "--task=links", "--family=gae", "--family=--out"]
    assert words == ["compare", "digits", "--minutes", "2", *asked, "--out", "mine"]


def test_a_run_is_trained_again_on_all_items_in_a_folder_of_its_own(root, config):
    """One that learned from all is not."""
    run = forge(root / "run", config=tomli_w.dumps(config))
    (root / "run-final").mkdir()
    words = Trainings(root).words_of_final(run)
    assert words[:4] == ["fit", "digits", "--family", "vae"] and words[-3:] == ["--all-rows", "--out", "run-final-2"]
    forge(root / "all", config=tomli_w.dumps(config | {"rows": "all"}))
    with pytest.raises(Refused):
        Trainings(root).words_of_final(root / "all")
