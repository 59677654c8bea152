"""A studio in a process of its own, with what it begins, and what is left when it ends."""

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from forked import Forked
from served import GENWRIGHT, served

import genwright
from genwright.cli.commands import main
from genwright.core.errors import DataError
from genwright.run.process import run_state
from genwright.studio import trainings
from genwright.studio.server import _free_port, token_of

TINY = {"source": "digits", "options": {}, "family": "vae"}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """With one run, whose training loads what forked processes need."""
    root = tmp_path_factory.mktemp("served") / "runs"
    genwright.fit("digits", "vae", preset="tiny", items=1_280, out=root / "heard", progress=False)
    return root


class Command(Forked):
    """A command of genwright that a studio begins, in a forked process; used like a Popen."""

    def __init__(self, words, cwd, stdout, **others):
        def work():
            signal.set_wakeup_fd(-1)  # which the loop of the studio listens to
            os.chdir(cwd)
            main(words[len(trainings.GENWRIGHT) :])

        super().__init__(work, stdout.name, stdout.name)


@pytest.fixture(scope="module")
def studio(root):
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:  # of the studio alone, which is forked now
            patch.setattr(trainings, "subprocess", SimpleNamespace(Popen=Command, DEVNULL=None))
            studio = stack.enter_context(served(root))
        yield studio


@pytest.fixture(scope="module")
def browser(studio):
    with httpx.Client(base_url=studio.base, timeout=120) as browser:
        browser.get(f"/?token={studio.token}")
        yield browser


def wait_for(what, seconds=120):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def events(browser, path, count, **headers):
    """The first `count` events as (name, data, id)."""
    found = []
    with browser.stream("GET", path, headers=headers) as answer:
        name = data = None
        for line in answer.iter_lines():
            key, _, value = line.partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                data = json.loads(value)
            elif key == "id":
                found.append((name, data, int(value)))
                if len(found) == count:
                    return found


def changes(browser, path):
    """The data of events, as they come."""
    with browser.stream("GET", path) as answer:
        yield from (json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: "))


def test_a_file_is_dropped_trained_stopped_and_resumed(browser, root):
    """The file is a table, whose model is not finished when it is stopped."""
    rows = "".join(f"{k % 7},{k % 5}\n" for k in range(120))
    upload = browser.put("/api/uploads/pairs.csv", content=f"a,b\n{rows}".encode()).json()["id"]
    found = browser.post("/api/data", json={"source": upload}).json()
    assert found["kind"] == "tables" and sum(found["sizes"].values()) == 120
    assert found["first"]["columns"] == ["a", "b"]
    begun = browser.post("/api/runs", json={"source": upload, "family": "vae", "minutes": 0.03}).json()
    assert begun["command"] == "genwright fit uploads/0001/pairs.csv --family vae --minutes 0.03 --out pairs-vae"
    run, place, entry = root / "pairs-vae", f"/api/runs/{begun['id']}", f"/api/entries/{begun['id']}"
    assert browser.get(place).json()["state"] == "running"
    wait_for(lambda: (run / "metrics.jsonl").exists())
    assert browser.post(f"{entry}/resume", json={}).status_code == 409
    assert browser.request("DELETE", entry).status_code == 409
    browser.post(f"{entry}/stop", json={})
    wait_for(lambda: browser.get(place).json()["state"] == "stopped")
    assert browser.post(f"{entry}/resume", json={}).json()["command"] == begun["command"]
    wait_for(lambda: browser.get(place).json()["state"] == "done")
    genwright.load_model(run)
    drawn = browser.post(f"/api/models/{begun['id']}/samples", json={"n": 9, "seed": 1, "given": {}})
    assert drawn.headers["content-type"] == "image/png" and drawn.content[:4] == b"\x89PNG"


def test_every_line_of_a_training_is_heard_once_also_after_the_connection_was_lost(browser, root):
    (entry,) = [entry for entry in browser.get("/api/home").json()["entries"] if entry["name"] == "heard"]
    lines = (root / "heard" / "metrics.jsonl").read_text().splitlines()
    path, half = f"/events/runs/{entry['id']}", len(lines) // 2
    first = events(browser, path, half)
    rest = events(browser, path, len(lines) - half, **{"last-event-id": str(first[-1][2])})
    assert [data for _, data, _ in first + rest] == lines


def test_a_training_that_fails_says_why(browser):
    begun = browser.post("/api/runs", json={"source": "digit", "family": "vae", "minutes": 1}).json()
    failed = wait_for(lambda: [run for run in [browser.get(f"/api/runs/{begun['id']}").json()] if run["error"]])
    assert failed[0]["state"] == "failed" and "digits" in failed[0]["error"]
    assert browser.request("DELETE", f"/api/entries/{begun['id']}").json() == {"moved to": ""}


def test_wishes_begin_a_design_whose_best_molecules_are_seen(browser, root):
    pytest.importorskip("rdkit")
    chains = "".join(f"{'C' * k}c1ccc({end})cc1\n" for k in range(1, 7) for end in ("O", "N", "CO"))
    upload = browser.put("/api/uploads/chains.smi", content=chains.encode()).json()["id"]
    links = browser.post("/api/data", json={"source": upload}).json()["pages"]
    assert [page["name"] for page in links] == ["design", "screen"]
    asked = {"source": upload, "wishes": {"weight": [140, None], "logp": [1, 3]}, "calls": 30}
    begun = browser.post("/api/pages/design/begin", json=asked).json()
    assert "'--want=weight>=140' --want=logp=1..3 --calls 30 --out design-chains" in begun["command"]
    path = f"/events/jobs/{begun['id']}"
    shown = next(told for told in changes(browser, path) if told["state"] != "running")
    assert shown["state"] == "done", shown
    best = [dict(zip(shown["columns"], row)) for row in shown["rows"]]
    scores = [float(row["score"]) for row in best]
    assert shown["calls"] == 30 and scores == sorted(scores, reverse=True) and scores[0] == 1
    assert float(best[0]["weight"]) >= 140 and 1 <= float(best[0]["logp"]) <= 3
    (entry,) = [one for one in browser.get("/api/home").json()["entries"] if one["name"] == "design-chains"]
    assert (entry["what"], entry["state"]) == ("design", "done")
    assert browser.request("DELETE", f"/api/entries/{begun['id']}").json() == {"moved to": ".removed/design-chains"}


def test_a_request_that_is_no_http_gets_no_answer_of_ours(studio):
    host, port = studio.base.removeprefix("http://").split(":")
    for text in (b"\x16\x03\x01\x02\x00", b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", b"A" * 200_000):
        with socket.create_connection((host, int(port)), 10) as raw:
            with suppress(OSError):  # it may hang up before all is sent
                raw.sendall(text)
                raw.shutdown(socket.SHUT_WR)
            try:
                answer = raw.recv(4_096)
            except OSError:
                answer = b""
            assert b"root:" not in answer


def test_a_second_studio_of_the_folder_says_where_the_first_is(studio, root):
    again = subprocess.run([*GENWRIGHT, "studio", str(root), "--no-browser"], capture_output=True, text=True)
    assert again.returncode == 2 and studio.address in again.stderr


def test_a_port_that_is_taken_is_passed_over(studio, tmp_path):
    port = int(studio.base.rpartition(":")[2])
    with served(tmp_path, port) as other:
        assert other.base != studio.base


def test_a_small_answer_does_not_wait_for_an_acknowledgement():
    """asyncio switches Nagle's algorithm off for sockets that say that they are TCP, and for no others."""
    with _free_port("127.0.0.1", 18_500) as listening:
        assert listening.proto == socket.IPPROTO_TCP


def test_a_host_that_others_reach_needs_a_token_of_ones_own(tmp_path):
    said = subprocess.run([*GENWRIGHT, "studio", str(tmp_path), "--host", "0.0.0.0"], capture_output=True, text=True)
    assert said.returncode == 2 and "--token-file" in said.stderr
    (tmp_path / "token.txt").write_text("t" * 22)
    assert token_of(tmp_path / "token.txt", "0.0.0.0") == "t" * 22
    (tmp_path / "token.txt").write_text("secret")
    with pytest.raises(DataError):
        token_of(tmp_path / "token.txt", "0.0.0.0")
    for place in (Path("/dev/zero"), tmp_path):
        with pytest.raises(DataError):
            token_of(place, "0.0.0.0")


def test_a_training_lives_on_when_the_server_is_killed(tmp_path):
    with served(tmp_path) as studio, httpx.Client(base_url=studio.base, timeout=60) as browser:
        browser.get(f"/?token={studio.token}")
        browser.post("/api/runs", json={**TINY, "minutes": 0.02})
        run = tmp_path / "digits-vae"
        wait_for(lambda: run_state(run).status == "running")
        os.kill(studio.process.pid, signal.SIGKILL)
        wait_for(lambda: run_state(run).status == "done")
    with served(tmp_path) as studio, httpx.Client(base_url=studio.base) as browser:
        browser.get(f"/?token={studio.token}")
        (entry,) = browser.get("/api/home").json()["entries"]
        assert entry["state"] == "done"


def test_the_first_page_loads_nothing_heavy(root):
    code = "import genwright.studio.server, sys; print([m for m in ('torch', 'pandas', 'sklearn') if m in sys.modules])"
    said = subprocess.run([GENWRIGHT[0], "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
