"""The studio as a person uses it: how fast it answers, whom it refuses, and what survives a kill.

    npm install axe-core
    GENWRIGHT_DATA=FOLDER python benchmarks/studio.py --folder F --part PART [--axe PATH/axe.min.js]

Parts: story, first, walk, refused, listeners, kills, wheel, axe. Each keeps its pieces in F and ends after a quarter of
an hour; the same call goes on. `first`, `walk` and `listeners` need idle cores. A call without a part, when all pieces
are there, writes the record. It needs the extras `studio` and `test`, and a Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "studio")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
os.environ.setdefault("OMP_NUM_THREADS", "1")

import httpx  # noqa: E402
import numpy as np  # noqa: E402
import psutil  # noqa: E402
from bars import Plan, kept, record  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from served import GENWRIGHT, Served, served  # noqa: E402

from genwright.studio.shelf import Shelf  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
STORIES, RUNS, VISITS, MOVES, CLIENTS, TURNS, KILLS = 20, 50, 5, 100, 100, 3, 50
LONGEST = 14 * 60  # seconds of a part, so that its last piece ends within a quarter of an hour
SLOW = 120_000  # milliseconds that a page may take
VICTIMS = ("server", "worker", "training", "browser")
GRAVE = ("serious", "critical")
WIDTHS = (400, 1280)
LISTENED, SHORT = 300_000, 25_000  # items of a training that is listened to, and of one that is killed
SHOWN = dict(system="L6", data="digits", split="none: clocks, files and sentences", seeds=(0,))
NO_TRAINING, LITTLE = "no training that counts", "25,000 items a training"
WALKED = ("digits-vae", "colour-latent-diffusion")
PLANS = {
    "story": Plan(what="a story from a file to completions, in Chromium: passed of 20", metric="stories", least=20,
                  budget="0.3 minutes of training each", **SHOWN),
    "first": Plan(what="first page with 50 runs: until all are seen", metric="median of 5 visits", most=1.0, unit="s",
                  budget=NO_TRAINING, **SHOWN),
    "torch": Plan(what="first page: torch is loaded before a model is touched", metric="processes", most=0,
                  budget=NO_TRAINING, **SHOWN),
    "digits-vae": Plan(what="a walk on digits, VAE: pointer to picture", metric="median of 100 moves", most=60.0,
                       unit="ms", budget="64,000 items", **SHOWN),
    "digits-vae 95%": Plan(what="a walk on digits, VAE: 95% of moves against the median", metric="ratio", most=2.0,
                           budget="64,000 items", **SHOWN),
    "colour-latent-diffusion": Plan(what="a walk on 32 x 32, decoder of latent-diffusion: pointer to picture",
                                    metric="median of 100 moves", most=150.0, unit="ms", budget="3,200 items", **SHOWN),
    "colour-latent-diffusion 95%": Plan(what="a walk on 32 x 32, decoder of latent-diffusion: 95% against the median",
                                        metric="ratio", most=2.0, budget="3,200 items", **SHOWN),
    "flight": Plan(what="a walk: requests in flight at once", metric="most", most=1, budget=NO_TRAINING, **SHOWN),
    "refused": Plan(what="requests of strangers refused in a sentence, nothing written: of 8", metric="requests",
                    least=8, budget=NO_TRAINING, **SHOWN),
    "heard": Plan(what="100 clients hear every line of a training once: clients that did not", metric="clients", most=0,
                  budget="300,000 items", **SHOWN),
    "memory": Plan(what="100 clients: memory of the server", metric="largest resident", most=200.0, unit="MiB",
                   budget="300,000 items", **SHOWN),
    "slower": Plan(what="100 clients: a training is slower by", metric="medians of 3 turns", most=5.0, unit="%",
                   budget="300,000 items", sides=("alone", "heard"), **SHOWN),
    "kills": Plan(what="server, worker, training or browser killed at random: kills", metric="kills", least=50,
                  budget=LITTLE, **SHOWN),
    "lost": Plan(what="kills: runs lost or changed, or unlike their replay", metric="runs", most=0, budget=LITTLE,
                 **SHOWN),
    "wheel": Plan(what="the studio's share of the wheel", metric="bytes with it less bytes without", most=2.0,
                  unit="MB", budget=NO_TRAINING, **SHOWN),
    "extra": Plan(what="packages of the studio that a plain installation needs", metric="packages", most=0,
                  budget=NO_TRAINING, **SHOWN),
    "axe": Plan(what="serious faults by axe-core on any page, light and dark, 400 and 1280 pixels", metric="places",
                most=0, budget=NO_TRAINING, **SHOWN),
}  # fmt: skip


# ---------------------------------------------------------------------- what parts share


def genwright(*words: str, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run([*GENWRIGHT, *words], cwd=cwd, capture_output=True, text=True, check=True)


def fitted(folder: Path, data: str, family: str, items: int, *more: str) -> Path:
    """A run of so many items, made once."""
    name = f"{Path(data).stem}-{family}"
    if not (folder / name / "weights.safetensors").exists():
        words = ["fit", data, "--family", family, "--items", str(items), "--out", name, "--quiet", *more]
        genwright(*words, cwd=folder)
    return folder / name


@contextmanager
def browsing(**settings) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], **settings)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def asking(studio: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=studio.base, timeout=120) as client:
        client.get(f"/?token={studio.token}")
        yield client


def ids(client: httpx.Client) -> dict[str, str]:
    return {entry["name"]: entry["id"] for entry in client.get("/api/home").json()["entries"]}


def descendants(studio: Served) -> list[psutil.Process]:
    """The server and the process of its models."""
    server = psutil.Process(studio.process.pid)
    return [server, *server.children(recursive=True)]


def wait_for(what: Callable[[], object], seconds: float = 300) -> object:
    end = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.05)
    return found


def everything(folder: Path) -> dict[str, str]:
    """A digest of each file."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# ---------------------------------------------------------------------- story


def story(folder: Path) -> dict:
    test = "tests/studio/test_browser.py::test_a_story_from_a_file_to_completions"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", test], cwd=ROOT, capture_output=True, text=True
    )
    said = "" if done.returncode == 0 else done.stdout[-2_000:]
    return {"passed": done.returncode == 0, "seconds": round(time.monotonic() - began, 1), "said": said}


# ---------------------------------------------------------------------- first page


def first(folder: Path) -> dict:
    root = folder / "fifty"
    root.mkdir(exist_ok=True)
    one = fitted(root, "digits", "pca", 1)
    for number in range(1, RUNS):
        if not (root / f"run-{number:02}").exists():
            shutil.copytree(one, root / f"run-{number:02}")
    seconds = []
    with served(root) as studio, browsing() as browser:
        for _ in range(VISITS):
            page = browser.new_context().new_page()
            began = time.perf_counter()
            page.goto(studio.address)
            page.locator(".shelf a").nth(RUNS - 1).wait_for(timeout=SLOW)
            seconds.append(round(time.perf_counter() - began, 3))
            page.close()
        loaded = sum("libtorch" in Path(f"/proc/{one.pid}/maps").read_text() for one in descendants(studio))
    return {"seconds": seconds, "torch": loaded}


# ---------------------------------------------------------------------- walk

WATCH = """() => {
  window.took = [];
  const image = document.querySelector("img.large");
  document.querySelector("canvas").addEventListener("pointermove", () => { window.began = performance.now(); }, true);
  image.addEventListener("load", () => { window.took.push(performance.now() - window.began); });
}"""


def walk(folder: Path, name: str) -> dict:
    root = folder / "walked"
    root.mkdir(exist_ok=True)
    if name == "digits-vae":
        fitted(root, "digits", "vae", 64_000)
    else:
        if not (root / "colour.npz").exists():
            np.savez_compressed(root / "colour.npz", x=colours(600))
        fitted(root, "colour.npz", "latent-diffusion", 3_200)
    with served(root) as studio, browsing() as browser, asking(studio) as client:
        page = browser.new_context(bypass_csp=True, viewport={"width": 1100, "height": 900}).new_page()
        page.goto(studio.address)
        page.goto(f"{studio.base}/#/walk/{ids(client)[name]}")
        page.locator("img.large").wait_for(timeout=SLOW)
        page.evaluate(WATCH)
        box, rng = page.locator("canvas").bounding_box(), random.Random(0)
        for move in range(MOVES):
            page.mouse.move(*place(box, rng))
            page.wait_for_function("count => window.took.length >= count", arg=move + 1, timeout=SLOW, polling=5)
        took = page.evaluate("window.took")[:MOVES]
        most = flight(page, box, rng)
    return {"milliseconds": [round(one, 1) for one in took], "in flight": most}


def place(box: dict, rng: random.Random) -> tuple[float, float]:
    return box["x"] + rng.uniform(0.2, 0.8) * box["width"], box["y"] + rng.uniform(0.2, 0.8) * box["height"]


def flight(page: Page, box: dict, rng: random.Random) -> int:
    """Requests for pictures that were under way at once while the pointer raced."""
    under_way, most = set(), [0]
    asks = lambda request: request.url.endswith("/decode")

    def begun(request) -> None:
        if asks(request):
            under_way.add(request)
            most[0] = max(most[0], len(under_way))

    page.on("request", begun)
    page.on("requestfinished", lambda request: under_way.discard(request))
    page.on("requestfailed", lambda request: under_way.discard(request))
    for _ in range(MOVES):
        page.mouse.move(*place(box, rng), steps=4)
    page.wait_for_timeout(1_000)
    return most[0]


def colours(n: int) -> np.ndarray:
    """(n, 32, 32, 3) uint8: a disc on a ground."""
    rng = np.random.default_rng(0)
    across, down = np.meshgrid(np.arange(32), np.arange(32))
    centre, radius = rng.uniform(8, 24, (2, n, 1, 1)), rng.uniform(4, 9, (n, 1, 1))
    inside = (across - centre[0]) ** 2 + (down - centre[1]) ** 2 < radius**2
    ground, disc = rng.integers(0, 256, (2, n, 1, 1, 3))
    return np.where(inside[..., None], disc, ground).astype(np.uint8)


# ---------------------------------------------------------------------- refused


def refused(folder: Path) -> dict:
    root, outside = folder / "guarded" / "runs", folder / "guarded" / "outside"
    outside.mkdir(parents=True, exist_ok=True)
    (outside / "config.toml").write_text("format = 3\n")
    root.mkdir(exist_ok=True)
    if not (root / "link").is_symlink():
        (root / "link").symlink_to(outside)
    deep, told = b"[" * 10**6, {"content-type": "application/json"}
    with served(root) as studio, asking(studio) as client:
        linked = Shelf(root.resolve(), ()).entry_of(root.resolve() / "link").id
        before = everything(folder / "guarded")
        asked = {
            "no token": httpx.get(f"{studio.base}/api/home"),
            "another host": client.get("/api/home", headers={"host": "evil.example"}),
            "another origin": client.post("/api/runs", json={}, headers={"origin": "http://evil.example"}),
            "origin null": client.post("/api/runs", json={}, headers={"origin": "null"}),
            "a path for an id": client.delete("/api/entries/..%2f..%2foutside"),
            "a link that leads out": client.delete(f"/api/entries/{linked}"),
            "JSON 10^6 deep": client.post("/api/data", content=deep, headers=told),
        }
        found = {name: [answer.status_code, sentence(answer)] for name, answer in asked.items()}
        found["a body of 1 GiB"] = large(studio, client)
        wrote = everything(folder / "guarded") != before
    good = [name for name, (status, said) in found.items() if 400 <= status < 500 and 10 < len(said) < 300]
    return {"answers": found, "wrote": wrote, "refused": 0 if wrote else len(good)}


def sentence(answer: httpx.Response) -> str:
    return answer.json()["error"] if "json" in answer.headers.get("content-type", "") else answer.text


def large(studio: Served, client: httpx.Client) -> list:
    """A body of 1 GiB that is announced, of which as much is sent as the server takes."""
    host, port = studio.base.removeprefix("http://").split(":")
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    head = (
        f"PUT /api/uploads/large.csv HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n"
        f"Content-Length: {2**30}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), 30) as raw:
        raw.sendall(head.encode())
        try:
            for _ in range(64):
                raw.sendall(b"0" * 2**16)
        except OSError:  # the server has answered and closed
            pass
        text = b""
        try:
            while part := raw.recv(2**16):
                text += part
                if b"}" in text:
                    break
        except OSError:
            pass
    status, said = re.search(rb"HTTP/1.1 (\d+)", text), re.search(rb'"error":"(.*)"', text)
    return [int(status[1]) if status else 0, said[1].decode() if said else ""]


# ---------------------------------------------------------------------- listeners


def listeners(folder: Path, turn: int, count: int) -> dict:
    """One training whose events so many clients hear, from before it begins to its end."""
    root, name = folder / f"heard-{turn}-{count}", "digits-vae"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    words = ["fit", "digits", "--family", "vae", "--items", str(LISTENED), "--out", name, "--quiet"]
    with served(root) as studio, asking(studio) as client:
        training = subprocess.Popen([*GENWRIGHT, *words], cwd=root)
        wait_for(lambda: name in ids(client))
        address, cookies = f"{studio.base}/events/runs/{ids(client)[name]}", dict(client.cookies)
        heard, memory = asyncio.run(hear(address, cookies, count, training, studio))
        training.wait()
    lines = (root / name / "metrics.jsonl").read_text().splitlines()
    seconds = json.loads(lines[-1])["seconds"]
    return {"seconds": seconds, "lines": len(lines), "wrong": sum(one != lines for one in heard), "MiB": memory}


async def hear(address: str, cookies: dict, count: int, training: subprocess.Popen, studio: Served) -> tuple:
    """What each client heard, until a second after the training has ended; and the largest memory of the server."""
    heard, ended, most = [[] for _ in range(count)], asyncio.Event(), 0.0
    limits = httpx.Limits(max_connections=None)

    async def listen(client: httpx.AsyncClient, lines: list[str]) -> None:
        async with client.stream("GET", address) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    lines.append(json.loads(line.removeprefix("data: ")))

    async with httpx.AsyncClient(cookies=cookies, timeout=None, limits=limits) as client:
        tasks = [asyncio.create_task(listen(client, lines)) for lines in heard]
        while training.poll() is None:
            most = max(most, psutil.Process(studio.process.pid).memory_info().rss / 2**20)
            await asyncio.sleep(0.5)
        await asyncio.sleep(2)
        ended.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return heard, round(most, 1)


# ---------------------------------------------------------------------- kills


def kill(folder: Path, number: int) -> dict:
    """One kill while a training runs, its page is open and a model is walked through; then what is left."""
    root, rng, victim = folder / f"killed-{number}", random.Random(number), VICTIMS[number % len(VICTIMS)]
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    shutil.copytree(fitted(folder, "digits", "vae", SHORT), root / "done")
    before, port = everything(root / "done"), 18_600 + number
    words = ["fit", "digits", "--family", "vae", "--items", str(SHORT), "--out", "mine", "--quiet"]
    with served(root, port) as studio, asking(studio) as client, browsing() as browser:
        page = browser.new_page()
        page.goto(studio.address)
        training = subprocess.Popen([*GENWRIGHT, *words, "--seed", str(number)], cwd=root, start_new_session=True)
        wait_for(lambda: "mine" in ids(client))
        known = ids(client)
        page.goto(f"{studio.base}/#/run/{known['mine']}")
        walked = f"/api/models/{known['done']}/decode"
        client.post(walked, json={"points": [[0, 0]]})
        time.sleep(rng.uniform(0, 4))
        killed = strike(victim, studio, training, browser)
        if victim == "worker":
            answers = [client.post(walked, json={"points": [[0, 0]]}).status_code for _ in range(2)]
        else:
            answers = []
    training.wait()
    with served(root, port) as studio, asking(studio) as client:
        listed = sorted(ids(client))
        if training.returncode:
            client.post(f"/api/runs/{ids(client)['mine']}/resume", json={}).raise_for_status()
        state = lambda: client.get(f"/api/runs/{ids(client)['mine']}").json()["state"]
        wait_for(lambda: state() == "done")
    genwright("fit", "digits", "--replay", "mine", "--out", "again", "--quiet", cwd=root)
    weights = [(root / run / "weights.safetensors").read_bytes() for run in ("mine", "again")]
    wrong = ["lost"] * (listed != ["done", "mine"]) + ["changed"] * (everything(root / "done") != before)
    wrong += ["unlike its replay"] * (weights[0] != weights[1]) + ["no answer"] * (answers[1:] not in ([], [200]))
    shutil.rmtree(root)
    return {"victim": victim, "killed": killed, "wrong": wrong}


def strike(victim: str, studio: Served, training: subprocess.Popen, browser: Browser) -> bool:
    """Kill it, where it still lives."""
    if victim == "browser":
        mine = [one for one in psutil.Process().children(recursive=True) if "chrom" in one.name()]
        targets = mine[:1]
    elif victim == "worker":
        targets = [one for one in descendants(studio)[1:] if "spawn_main" in " ".join(one.cmdline())]
    else:
        targets = [psutil.Process({"server": studio.process.pid, "training": training.pid}[victim])]
    alive = [one for one in targets if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    for one in alive:
        one.send_signal(signal.SIGKILL)
    return bool(alive)


# ---------------------------------------------------------------------- wheel


def wheel(folder: Path) -> dict:
    built = folder / "built"
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", built, ROOT], check=True)
    (whole,) = built.glob("*.whl")
    without = folder / "without.whl"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(without, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            if not info.filename.startswith("genwright/studio/"):
                target.writestr(info.filename, source.read(info), zipfile.ZIP_DEFLATED)
        (metadata,) = [info for info in source.infolist() if info.filename.endswith(".dist-info/METADATA")]
        needs = re.findall(r"^Requires-Dist: (.*)$", source.read(metadata).decode(), re.MULTILINE)
    plain = [need for need in needs if "extra ==" not in need and re.match("starlette|uvicorn", need)]
    return {"bytes": whole.stat().st_size, "without": without.stat().st_size, "plain": plain}


# ---------------------------------------------------------------------- axe


def axe(folder: Path, script: Path) -> dict:
    root = folder / "pages"
    root.mkdir(exist_ok=True)
    fitted(root, "digits", "vae", 64_000, "--previews", "16")
    if not (root / "compared" / "report.html").exists():
        genwright("compare", "wine", "--minutes", "0.1", "--out", "compared", cwd=root)
    with served(root) as studio, asking(studio) as client, browsing() as browser:
        if not any(name.startswith("uploads") for name in ids(client)):
            client.put("/api/uploads/pairs.csv", content="a,b\n" + "".join(f"{k % 7},{k % 5}\n" for k in range(400)))
        known = ids(client)
        upload = next(known[name] for name in known if name.startswith("uploads"))
        run = known["digits-vae"]
        pages = {
            "home": "",
            "data": f"data/{upload}",
            "images": "data/digits",
            "compare": f"compare/{known['compared']}",
        }
        pages |= {page: f"{page}/{run}" for page in ("run", "walk", "complete")}
        found = {}
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                context = browser.new_context(
                    bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900}
                )
                page = context.new_page()
                page.goto(studio.address)
                for name, where in pages.items():
                    page.goto(f"{studio.base}/#/{where}")
                    page.wait_for_timeout(4_000)
                    page.add_script_tag(path=script)
                    faults = page.evaluate("async () => (await axe.run(document)).violations")
                    found[f"{name}, {width} pixels, {scheme}"] = {"faults": list(map(fault, faults))}
                context.close()
    return found


def fault(one: dict) -> list:
    """[impact, rule, places, the first place]"""
    return [one["impact"], one["id"], len(one["nodes"]), one["nodes"][0]["html"][:200]]


# ---------------------------------------------------------------------- parts


def pieces(folder: Path, script: Path) -> dict[str, dict[str, Callable[[], dict]]]:
    """{part: {name of a piece: what measures it}}."""
    turns = [(turn, count) for turn in range(TURNS) for count in (0, CLIENTS)]
    return {
        "story": {f"story-{k}": lambda: story(folder) for k in range(STORIES)},
        "first": {"first": lambda: first(folder)},
        "walk": {name: lambda name=name: walk(folder, name) for name in WALKED},
        "refused": {"refused": lambda: refused(folder)},
        "listeners": {
            f"heard-{turn}-{count}-clients": lambda turn=turn, count=count: listeners(folder, turn, count)
            for turn, count in turns
        },
        "kills": {f"kill-{k}": lambda k=k: kill(folder, k) for k in range(KILLS)},
        "wheel": {"wheel": lambda: wheel(folder)},
        "axe": {"axe": lambda: axe(folder, script)},
    }


def measure(folder: Path, part: dict[str, Callable[[], dict]]) -> bool:
    """Measure the pieces of a part, as far as time allows; whether all are there."""
    began = time.monotonic()
    for name, piece in part.items():
        if time.monotonic() - began > LONGEST and not (folder / f"{name}.json").exists():
            print(f"{name} is still to come: the same call goes on")
            return False
        kept(folder, name, piece)
    return True


def rows(found: dict[str, dict[str, dict]]) -> list[dict]:
    """The rows of what each piece of each part found."""
    values = {part: list(pieces.values()) for part, pieces in found.items()}
    (one,), (guarded,), (built,), (pages,) = (values[part] for part in ("first", "refused", "wheel", "axe"))
    heard = {count: [values["listeners"][k] for k in range(i, 2 * TURNS, 2)] for i, count in enumerate((0, CLIENTS))}
    alone, listened = (statistics.median(turn["seconds"] for turn in heard[count]) for count in (0, CLIENTS))
    measured = {
        "story": sum(story["passed"] for story in values["story"]),
        "first": statistics.median(one["seconds"]),
        "torch": one["torch"],
        "flight": max(walked["in flight"] for walked in values["walk"]),
        "refused": guarded["refused"],
        "heard": sum(turn["wrong"] for turn in heard[CLIENTS]),
        "memory": max(turn["MiB"] for turn in heard[CLIENTS]),
        "kills": sum(kill["killed"] for kill in values["kills"]),
        "lost": sum(bool(kill["wrong"]) for kill in values["kills"]),
        "wheel": (built["bytes"] - built["without"]) / 1e6,
        "extra": len(built["plain"]),
        "axe": sum(n for page in pages.values() for impact, _, n, _ in page["faults"] if impact in GRAVE),
    }
    for name, walked in zip(WALKED, values["walk"]):
        took = np.array(walked["milliseconds"])
        measured |= {name: float(np.median(took)), f"{name} 95%": float(np.quantile(took, 0.95) / np.median(took))}
    made = [plan.row(measured[name]) for name, plan in PLANS.items() if name != "slower"]
    return [*made, PLANS["slower"].row(100 * (listened / alone - 1), alone=alone, heard=listened)]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--folder", type=Path, required=True, help="where what was measured is kept")
    options.add_argument("--part", help="measure this part alone")
    options.add_argument("--axe", type=Path, default=Path("node_modules/axe-core/axe.min.js"))
    asked = options.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    folder = asked.folder.resolve()
    parts = pieces(folder, asked.axe.resolve())
    if asked.part is not None:
        measure(folder, parts[asked.part])
        return
    if not all(measure(folder, part) for part in parts.values()):
        return
    found = {
        name: {piece: json.loads((folder / f"{piece}.json").read_text()) for piece in part}
        for name, part in parts.items()
    }
    record("studio", rows(found), found)


if __name__ == "__main__":
    main()
