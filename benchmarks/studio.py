"""The studio as a person uses it, and the report in a browser (rows L1, L6)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from itertools import product
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import psutil
from bars import ROOT, Run, benchmark, details_of, judge, plans
from common import GENWRIGHT, Result, genwright_in, killed_after, medians, send
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from genwright import compare
from genwright.studio.shelf import Shelf

AXE = Path("node_modules/axe-core/axe.min.js")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
RUNS, MOVES, CLIENTS, TURNS = 50, 100, 100, 3
SLOW = 120_000  # milliseconds that a page may take
VICTIMS, GRAVE = ("server", "worker", "training", "browser"), ("serious", "critical")
LISTENED, SHORT = 300_000, 25_000  # items of a training that is listened to, and of one that is killed
WALKED = {
    "digits-vae": "a walk on digits, VAE:",
    "colour-latent-diffusion": "a walk on 32 x 32, decoder of latent-diffusion:",
}
HEARD, LITTLE = {"budget": "300,000 items"}, {"budget": "25,000 items a training"}
OF_WALK = {"digits-vae": {"budget": "64,000 items"}, "colour-latent-diffusion": {"budget": "3,200 items"}}
WORKBOOK = {"data": "a made workbook", "budget": "1 minute of training, all families together"}
STUDIO = plans(
    {
        "story": ("a story from a file to completions, in Chromium: passed of 20", "stories", ">= 20",
                  {"budget": "0.3 minutes of training each"}),
        "workbook": ("a workbook with a cover sheet, from drop to report to 100 rows as .xlsx: passed of 20", "stories",
                     ">= 20", WORKBOOK),
        "workbook time": ("the same: minutes from drop to download", "slowest of 20", "<= 4 minutes", WORKBOOK),
        "first": ("first page with 50 runs: until all are seen", "median of 5 visits", "<= 1 s"),
        "torch": ("first page: torch is loaded before a model is touched", "processes", "<= 0"),
        **{key: (f"{words} pointer to picture", "median of 100 moves", f"<= {most} ms", OF_WALK[key])
           for (key, words), most in zip(WALKED.items(), (60, 150))},
        **{f"{key} 95%": (f"{words} 95% of moves against the median", "ratio", "<= 2", OF_WALK[key])
           for key, words in WALKED.items()},
        "row": ("a row of 10 columns, autoregressive: a lock moved to the other cells filled in",
                "median of 100 moves", "<= 100 ms", {"data": "a made table", "budget": "64,000 items"}),
        "flight": ("a walk: requests in flight at once", "most", "<= 1"),
        "refused": ("requests of strangers refused in a sentence, nothing written: of 8", "requests", ">= 8"),
        "heard": ("100 clients hear every line of a training once: clients that did not", "clients", "<= 0", HEARD),
        "memory": ("100 clients: memory of the server", "largest resident", "<= 200 MiB", HEARD),
        "slower": ("100 clients: a training is slower by", "medians of 3 turns", "<= 5 %",
                   HEARD | {"sides": ("alone", "heard")}),
        "wrong": ("`serve`, 100 clients for a minute, its worker killed once: wrong answers", "answers", "<= 0",
                  {"data": "iris", "budget": "25,000 items"}),
        "flat": ("the same: memory at the end against that after ten seconds", "ratio", "<= 1.1",
                 {"data": "iris", "budget": "25,000 items"}),
        "kills": ("server, worker, training or browser killed at random: kills", "kills", ">= 50", LITTLE),
        "lost": ("kills: runs lost or changed, or unlike their replay", "runs", "<= 0", LITTLE),
        "wheel": ("the studio's share of the wheel", "bytes with it less bytes without", "<= 2 MB"),
        "extra": ("packages of the studio that a plain installation needs", "packages", "<= 0"),
        "own": ("the wheel of genwright", "bytes", "<= 6 MB"),
        "both": ("the wheels of genwright and of genwright-models", "bytes", "<= 25 MB"),
        "answer": ("both wheels in a fresh environment: `genwright sample shipped:digits`, the first call", "seconds",
                   "<= 5 s"),
        "axe": ("serious faults by axe-core on any page, light and dark, 400 and 1280 pixels", "places", "<= 0"),
    },
    system="L6", data="digits", split="none: clocks, files and sentences", seeds=(0,),
    budget="no training that counts",
)  # fmt: skip
PARTS = (
    "story",
    "workbook",
    "first",
    "walk",
    "row",
    "refused",
    "listeners",
    "serve",
    "kills",
    "wheel",
    "installed",
    "axe",
)


@benchmark(plans=("STUDIO",), tiny={"part": ("first", "refused")})
def studio(run: Run, part: tuple[str, ...] = PARTS, axe: Path = AXE) -> Result:
    """The studio as a person uses it: how fast it answers, whom it refuses, and what survives a kill.

        npm install axe-core

    `first`, `walk`, `row`, `serve`, `listeners` and `installed` need idle cores. Parts that are not measured stay as
    they are recorded. It needs the extras `studio` and `test`, and a Chromium.
    """
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    folder, turns = run.folder, [(turn, count) for turn in range(TURNS) for count in (0, CLIENTS)]
    pieces = {
        "story": {f"story-{k}": story for k in range(run.small(20, 1))},
        "workbook": {f"workbook-{k}": partial(workbook, folder, k) for k in range(run.small(20, 1))},
        "first": {"first": partial(first, folder)},
        "walk": {name: partial(walk, folder, name) for name in WALKED},
        "row": {"row": partial(row, folder)},
        "refused": {"refused": partial(refused, folder)},
        "listeners": {f"heard-{turn}-{n}-clients": partial(listeners, folder, turn, n) for turn, n in turns},
        "serve": {"serve": partial(serve, folder, run.small(60, 12))},
        "kills": {f"kill-{k}": partial(kill, folder, k) for k in range(run.small(50, 4))},
        "wheel": {"wheel": partial(wheel, folder)},
        "installed": {"installed": partial(installed, folder)},
        "axe": {"axe": partial(look_at_pages, folder, axe.resolve())},
    }
    run.pieces(pieces, part)
    here = {
        name: {piece: run.part(piece) for piece in each} for name, each in pieces.items() if all(map(run.has, each))
    }
    found = details_of(run.name) | here  # parts of which this folder lacks a piece stay as they are recorded
    return [row for name in PARTS if name in found for row in rows_of_part(name, list(found[name].values()))], found


def rows_of_part(part: str, pieces: list[dict]) -> Iterator[dict]:
    for name, value in FIGURES[part](pieces).items():
        yield STUDIO[name].row(value, **(alone_and_heard(pieces) if name == "slower" else {}))


def walk_figures(walks: list[dict]) -> dict[str, float]:
    found = {"flight": max(walked["in flight"] for walked in walks)}
    for name, walked in zip(WALKED, walks):
        took = np.array(walked["milliseconds"])
        found |= {name: float(np.median(took)), f"{name} 95%": float(np.quantile(took, 0.95) / np.median(took))}
    return found


def alone_and_heard(turns: list[dict]) -> dict[str, float]:
    """Median seconds of a training alone, and heard by clients."""
    seconds = [turn["seconds"] for turn in turns]
    return medians({"alone": seconds[::2], "heard": seconds[1::2]})


def listener_figures(turns: list[dict]) -> dict[str, float]:
    heard, took = turns[1::2], alone_and_heard(turns)
    return {
        "heard": sum(turn["wrong"] for turn in heard),
        "memory": max(turn["MiB"] for turn in heard),
        "slower": 100 * (took["heard"] / took["alone"] - 1),
    }


def faults_of(pages: dict[str, dict]) -> int:
    faults = [fault for page in pages.values() for fault in page["faults"]]
    return sum(places for impact, _, places, _ in faults if impact in GRAVE)


FIGURES: dict[str, Callable[[list[dict]], dict[str, float]]] = {  # of each part, from its pieces
    "story": lambda stories: {"story": sum(story["passed"] for story in stories)},
    "workbook": lambda stories: {
        "workbook": sum(story["passed"] for story in stories),
        "workbook time": max(story["seconds"] for story in stories) / 60,
    },
    "first": lambda one: {"first": statistics.median(one[0]["seconds"]), "torch": one[0]["torch"]},
    "walk": walk_figures,
    "row": lambda one: {"row": statistics.median(one[0]["milliseconds"])},
    "refused": lambda one: {"refused": one[0]["refused"]},
    "listeners": listener_figures,
    "serve": lambda one: {"wrong": one[0]["wrong"], "flat": one[0]["MiB at the end"] / one[0]["MiB"]},
    "kills": lambda kills: {"kills": sum(k["killed"] for k in kills), "lost": sum(bool(k["wrong"]) for k in kills)},
    "wheel": lambda one: {"wheel": (one[0]["bytes"] - one[0]["without"]) / 1e6, "extra": len(one[0]["plain"])},
    "installed": lambda one: {
        "own": one[0]["own"] / 1e6,
        "both": (one[0]["own"] + one[0]["models"]) / 1e6,
        "answer": one[0]["seconds"],
    },
    "axe": lambda one: {"axe": faults_of(one[0])},
}


# ---------------------------------------------------------------------- what parts share


def fit_words(data: str, family: str, items: int, out: str) -> list[str]:
    return ["fit", data, "--family", family, "--items", str(items), "--out", out, "--quiet"]


def fitted(folder: Path, data: str, family: str, items: int, *more: str) -> Path:
    """A run of so many items, made once."""
    name = f"{Path(data).stem}-{family}"
    if not (folder / name / "weights.safetensors").exists():
        genwright_in(folder, *fit_words(data, family, items, name), *more, check=True)
    return folder / name


@dataclass
class Served:
    process: subprocess.Popen
    address: str

    @property
    def base(self) -> str:
        return self.address.partition("/?")[0]

    @property
    def token(self) -> str:
        return self.address.partition("token=")[2]


def served(root: Path, port: int = 18_400) -> AbstractContextManager[Served]:
    """A studio in a process of its own, which nothing but its command has loaded."""
    return begun(["studio", str(root), "--no-browser", "--port", str(port)], r"http://\S+token=\S+(?=\s)")


@contextmanager
def begun(words: list[str], address: str) -> Iterator[Served]:
    """A server in a process of its own, which prints its address."""
    with tempfile.NamedTemporaryFile("w+") as said:
        process = subprocess.Popen([*GENWRIGHT, *words], stdout=said, stderr=said)
        read = lambda: re.search(address, Path(said.name).read_text())
        try:
            found = wait_for(lambda: read() or (process.poll() is not None and sys.exit("no server began")))
            yield Served(process, found[0])
        finally:
            process.send_signal(signal.SIGINT)
            killed_after(process, 10)


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


# ---------------------------------------------------------------------- pieces


def story() -> dict:
    test = "tests/studio/test_browser.py::test_a_story_from_a_file_to_completions"
    began, words = time.monotonic(), [sys.executable, "-m", "pytest", "-q", "-n", "0", test]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    said = "" if done.returncode == 0 else done.stdout[-2_000:]
    return {"passed": done.returncode == 0, "seconds": round(time.monotonic() - began, 1), "said": said}


def workbook(folder: Path, number: int) -> dict:
    """A workbook whose first sheet is a cover: dropped, its sheet chosen, compared, 100 rows downloaded."""
    root = folder / f"workbook-{number}"
    shutil.rmtree(root, ignore_errors=True)
    (root / "runs").mkdir(parents=True)
    rng = np.random.default_rng(number)
    units, price = rng.integers(1, 9, 400), rng.uniform(1, 50, 400).round(2)
    orders = pd.DataFrame({"units": units, "price": price, "total": units * price, "paid": rng.random(400) < 0.8})
    with pd.ExcelWriter(root / "orders.xlsx") as writer:
        pd.DataFrame({"Report": ["made by the shop", "for internal use"]}).to_excel(
            writer, sheet_name="Cover", index=False
        )
        orders.to_excel(writer, sheet_name="Orders", index=False)
    with served(root / "runs", 18_700 + number) as studio, browsing() as browser:
        page = browser.new_page()
        page.goto(studio.address)
        began = time.monotonic()
        try:
            drawn = rows_of_workbook(page, root / "orders.xlsx")
        except (PlaywrightError, AssertionError) as error:
            return {"passed": False, "seconds": round(time.monotonic() - began, 1), "said": str(error)[:2_000]}
        seconds = round(time.monotonic() - began, 1)
    passed = len(drawn) == 100 and list(drawn.columns) == list(orders.columns)
    return {"passed": passed, "seconds": seconds, "said": ""}


def rows_of_workbook(page: Page, file: Path) -> pd.DataFrame:
    """The rows that a person downloads after a comparison of one minute."""
    page.locator("#files").set_input_files(file)
    chosen = page.locator(".question", has_text="is `Orders` the table?")
    chosen.get_by_role("button", name="yes").click(timeout=SLOW)
    page.get_by_label("minutes of training").fill("1", timeout=SLOW)
    page.get_by_role("button", name="compare", exact=True).click()
    page.get_by_role("heading", name="Take the pick").wait_for(timeout=5 * SLOW)
    page.frame_locator("iframe").get_by_text("which model to pick").first.wait_for(timeout=SLOW)
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("button", name="download").first.click()
    assert download.value.suggested_filename.endswith(".xlsx"), download.value.suggested_filename
    return pd.read_excel(download.value.path())


def first(folder: Path) -> dict:
    root = folder / "fifty"
    root.mkdir(exist_ok=True)
    one, seconds = fitted(root, "digits", "pca", 1), []
    for number in range(1, RUNS):
        if not (root / f"run-{number:02}").exists():
            shutil.copytree(one, root / f"run-{number:02}")
    with served(root) as studio, browsing() as browser:
        for _ in range(5):
            page = browser.new_context().new_page()
            began = time.perf_counter()
            page.goto(studio.address)
            page.locator(".shelf a").nth(RUNS - 1).wait_for(timeout=SLOW)
            seconds.append(round(time.perf_counter() - began, 3))
            page.close()
        loaded = sum("libtorch" in Path(f"/proc/{one.pid}/maps").read_text() for one in descendants(studio))
    return {"seconds": seconds, "torch": loaded}


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


WATCH_ROW = """() => {
  window.took = [];
  const row = document.querySelector("studio-row");
  row.addEventListener("input", () => { window.began = performance.now(); }, true);
  const seen = new MutationObserver(() => window.took.push(performance.now() - window.began));
  seen.observe(row, { attributes: true, attributeFilter: ["data-moves"] });
}"""
SLIDE = "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })); }"


def row_of_ten(root: Path) -> str:
    """The name of a run of a table of ten columns."""
    if not (root / "ten.csv").exists():
        rng = np.random.default_rng(0)
        x = rng.normal(size=(2_000, 8)) @ rng.normal(size=(8, 8))
        labels = {"j": np.where(x[:, 0] > 0, "up", "down"), "k": rng.integers(0, 5, 2_000)}
        table = pd.DataFrame({name: x[:, i].round(2) for i, name in enumerate("abcdefgh")} | labels)
        table.to_csv(root / "ten.csv", index=False)
    return fitted(root, "ten.csv", "autoregressive", 64_000).name


def row(folder: Path) -> dict:
    """A slider of one column is moved; the other nine are filled in anew."""
    root = folder / "rows"
    root.mkdir(exist_ok=True)
    name = row_of_ten(root)
    with served(root) as studio, browsing() as browser, asking(studio) as client:
        page = browser.new_context(bypass_csp=True).new_page()
        page.goto(studio.address)
        page.goto(f"{studio.base}/#/row/{ids(client)[name]}")
        page.locator("studio-row[data-moves]").wait_for(timeout=SLOW)
        page.evaluate(WATCH_ROW)
        slider = page.locator("input[type=range]").first
        low, high = (float(slider.get_attribute(name)) for name in ("min", "max"))
        for move, value in enumerate(np.linspace(low, high, MOVES)):
            slider.evaluate(SLIDE, float(value))
            page.wait_for_function("count => window.took.length > count", arg=move, timeout=SLOW, polling=5)
        return {"milliseconds": [round(one, 1) for one in page.evaluate("window.took")]}


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
        found["a body of 1 GiB"] = large(client)
        wrote = everything(folder / "guarded") != before
    good = [name for name, (status, said) in found.items() if 400 <= status < 500 and 10 < len(said) < 300]
    return {"answers": found, "wrote": wrote, "refused": 0 if wrote else len(good)}


def sentence(answer: httpx.Response) -> str:
    return answer.json()["error"] if "json" in answer.headers.get("content-type", "") else answer.text


def large(client: httpx.Client) -> list:
    """A body of 1 GiB that is announced, of which as much is sent as the server takes."""
    raw = HTTPConnection(client.base_url.host, client.base_url.port, timeout=30)
    raw.putrequest("PUT", "/api/uploads/large.csv")
    raw.putheader("Cookie", "; ".join(f"{name}={value}" for name, value in client.cookies.items()))
    raw.putheader("Content-Length", str(2**30))
    raw.endheaders()
    with suppress(OSError):  # the server has answered and closed
        for _ in range(64):
            raw.send(b"0" * 2**16)
    with closing(raw), suppress(OSError, HTTPException):
        answer = raw.getresponse()
        return [answer.status, json.loads(answer.read())["error"]]
    return [0, ""]


def listeners(folder: Path, turn: int, count: int) -> dict:
    """One training whose events so many clients hear, from before it begins to its end."""
    root, name = folder / f"heard-{turn}-{count}", "digits-vae"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    with served(root) as studio, asking(studio) as client:
        training = subprocess.Popen([*GENWRIGHT, *fit_words("digits", "vae", LISTENED, name)], cwd=root)
        wait_for(lambda: name in ids(client))
        address, cookies = f"{studio.base}/events/runs/{ids(client)[name]}", dict(client.cookies)
        heard, memory = asyncio.run(hear(address, cookies, count, training, studio))
        training.wait()
    lines = (root / name / "metrics.jsonl").read_text().splitlines()
    seconds = json.loads(lines[-1])["seconds"]
    return {"seconds": seconds, "lines": len(lines), "wrong": sum(one != lines for one in heard), "MiB": memory}


async def hear(address: str, cookies: dict, count: int, training: subprocess.Popen, studio: Served) -> tuple:
    """What each client heard, until two seconds after the training has ended; and the largest memory of the server."""
    heard, most = [[] for _ in range(count)], 0.0

    async def listen(client: httpx.AsyncClient, lines: list[str]) -> None:
        async with client.stream("GET", address) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    lines.append(json.loads(line.removeprefix("data: ")))

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(cookies=cookies, timeout=None, limits=limits) as client:
        tasks = [asyncio.create_task(listen(client, lines)) for lines in heard]
        while training.poll() is None:
            most = max(most, psutil.Process(studio.process.pid).memory_info().rss / 2**20)
            await asyncio.sleep(0.5)
        await asyncio.sleep(2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return heard, round(most, 1)


def serve(folder: Path, seconds: float) -> dict:
    """A run behind HTTP. Its clients compare each answer with the first one of the same seed, and its worker is killed
    once, halfway."""
    run = fitted(folder, "iris", "autoregressive", SHORT)
    with begun(["serve", str(run), "--port", "18500"], r"http://\S+(?=/ )") as service:
        asked = [{"n": 3, "seed": seed} for seed in range(10)]
        right = [httpx.post(f"{service.base}/sample", json=one, timeout=120).json() for one in asked]
        return asyncio.run(ask_all(service, asked, right, seconds))


async def ask_all(service: Served, asked: list[dict], right: list[dict], seconds: float) -> dict:
    end, count, wrong = time.monotonic() + seconds, 0, 0

    async def go_on(client: httpx.AsyncClient, rng: random.Random) -> None:
        nonlocal count, wrong
        while time.monotonic() < end:
            at = rng.randrange(len(asked))
            answer = await client.post(f"{service.base}/sample", json=asked[at])
            count, wrong = count + 1, wrong + (answer.status_code != 200 or answer.json() != right[at])

    async with httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=None)) as client:
        tasks = [asyncio.create_task(go_on(client, random.Random(k))) for k in range(CLIENTS)]
        await asyncio.sleep(10)
        memory = [resident(service)]
        await asyncio.sleep(max(0.0, seconds / 2 - 10))
        killed = send(signal.SIGKILL, workers_of(service))
        await asyncio.gather(*tasks)
        memory.append(resident(service))
    return {"answers": count, "wrong": wrong, "killed": bool(killed), "MiB": memory[0], "MiB at the end": memory[1]}


def resident(service: Served) -> float:
    """MiB of a server and its worker."""
    return sum(one.memory_info().rss for one in descendants(service)) / 2**20


def workers_of(server: Served) -> list[psutil.Process]:
    return [one for one in descendants(server)[1:] if "spawn_main" in " ".join(one.cmdline())]


def kill(folder: Path, number: int) -> dict:
    """One kill while a training runs, its page is open and a model is walked through; then what is left."""
    root, rng, victim = folder / f"killed-{number}", random.Random(number), VICTIMS[number % len(VICTIMS)]
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    shutil.copytree(fitted(folder, "digits", "vae", SHORT), root / "done")
    before, port, answers = everything(root / "done"), 18_600 + number, []
    with served(root, port) as studio, asking(studio) as client, browsing() as browser:
        page = browser.new_page()
        page.goto(studio.address)
        words = [*GENWRIGHT, *fit_words("digits", "vae", SHORT, "mine"), "--seed", str(number)]
        training = subprocess.Popen(words, cwd=root, start_new_session=True)
        wait_for(lambda: "mine" in ids(client))
        known = ids(client)
        page.goto(f"{studio.base}/#/run/{known['mine']}")
        decode = lambda: client.post(f"/api/models/{known['done']}/decode", json={"points": [[0, 0]]}).status_code
        decode()
        time.sleep(rng.uniform(0, 4))
        killed = strike(victim, studio, training, browser)
        if victim == "worker":
            answers = [decode(), decode()]
    training.wait()
    with served(root, port) as studio, asking(studio) as client:
        listed = sorted(ids(client))
        if training.returncode:
            client.post(f"/api/runs/{ids(client)['mine']}/resume", json={}).raise_for_status()
        wait_for(lambda: client.get(f"/api/runs/{ids(client)['mine']}").json()["state"] == "done")
    genwright_in(root, "fit", "digits", "--replay", "mine", "--out", "again", "--quiet", check=True)
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
        targets = workers_of(studio)
    else:
        targets = [psutil.Process({"server": studio.process.pid, "training": training.pid}[victim])]
    return bool(send(signal.SIGKILL, targets))


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


def axe_faults(page: Page, script: Path) -> list[list]:
    """[[impact, rule, places, the first place]] of what axe-core finds wrong on a page."""
    page.add_script_tag(path=script)
    found = page.evaluate("async () => (await axe.run(document)).violations")
    return [[one["impact"], one["id"], len(one["nodes"]), one["nodes"][0]["html"][:200]] for one in found]


def installed(folder: Path) -> dict:
    """Both wheels, built and installed in an environment of their own, and seconds of the first samples there."""
    root = folder / "installed"
    shutil.rmtree(root, ignore_errors=True)
    models = shutil.copytree(ROOT / "models", root / "models")  # setuptools leaves files beside what it builds
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "wheel", "--quiet", "--no-deps", "-w", root / "wheels", ROOT, models], check=True)
    own, other = (next((root / "wheels").glob(f"{name}-*.whl")) for name in ("genwright", "genwright_models"))
    subprocess.run([sys.executable, "-m", "venv", root / "fresh"], check=True)
    python = root / "fresh" / "bin" / "python"
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # where genwright lies already
    words = [python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", own, other]
    subprocess.run(words, check=True, env=alone)
    began = time.perf_counter()
    words = [python.with_name("genwright"), "sample", "shipped:digits", "--out", "digits.png"]
    subprocess.run(words, check=True, cwd=root, env=alone)
    seconds = round(time.perf_counter() - began, 2)
    found = {"own": own.stat().st_size, "models": other.stat().st_size, "seconds": seconds}
    shutil.rmtree(root)
    return found


def look_at_pages(folder: Path, script: Path) -> dict:
    root, found = folder / "pages", {}
    root.mkdir(exist_ok=True)
    fitted(root, "digits", "vae", 64_000, "--previews", "16")
    of_row, of_graph = row_of_ten(root), fitted(root, "karate-club", "gcn", 600).name
    (root / "chains.smi").write_text("".join(f"{'C' * k}c1ccccc1{end}\n" for k in range(1, 13) for end in "ONF"))
    of_molecules = fitted(root, "chains.smi", "decorator", 600, "--notation", "scaffold-first").name
    if not (root / "compared" / "report.html").exists():
        genwright_in(root, "compare", "wine", "--minutes", "0.1", "--out", "compared", check=True)
    if not (root / "designed" / "report.html").exists():
        wishes = "--want", "weight<=300", "--calls", "30", "--filters", "off"
        genwright_in(root, "design", "chains.smi", *wishes, "--out", "designed", check=True)
    with served(root) as studio, asking(studio) as client, browsing() as browser:
        if not any(name.startswith("uploads") for name in ids(client)):
            client.put("/api/uploads/pairs.csv", content="a,b\n" + "".join(f"{k % 7},{k % 5}\n" for k in range(400)))
        known = ids(client)
        upload, run = next(known[name] for name in known if name.startswith("uploads")), known["digits-vae"]
        pages = {"home": "", "data": f"data/{upload}", "images": "data/digits"}
        pages |= {"compare": f"compare/{known['compared']}"}
        pages |= {page: f"{page}/{run}" for page in ("run", "walk", "complete")}
        pages |= {"row": f"row/{known[of_row]}", "graph": f"graph/{known[of_graph]}", "words": f"words/{run}"}
        pages |= {"molecule": f"molecule/{known[of_molecules]}", "wishes": "design/zinc-jtvae"}
        pages |= {"design": f"design/{known['designed']}"}
        for scheme, width in product(("light", "dark"), (400, 1280)):
            view = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
            context = browser.new_context(bypass_csp=True, **view)
            page = context.new_page()
            page.goto(studio.address)
            for name, where in pages.items():
                page.goto(f"{studio.base}/#/{where}")
                page.wait_for_timeout(4_000)
                found[f"{name}, {width} pixels, {scheme}"] = {"faults": axe_faults(page, script)}
            context.close()
    return found


# ---------------------------------------------------------------------- reports


@benchmark()
def report_axe(run: Run, axe: Path = AXE, pages: tuple[str, ...] = ()) -> Result:
    """The report as assistive technology finds it: axe-core's rules and the page's width, light and dark, at three
    widths.

        npm install axe-core

    Without --pages, one comparison of pictures and one of a table are made first (about two minutes).
    """
    made, seen = [run.folder / data / "report.html" for data in ("digits", "wine")], {}
    for page in () if pages else made:
        compare(page.parent.name, minutes=run.small(0.3, 0.1), out=run.begin(page.parent.name))
    with browsing() as browser:
        for file, width, scheme in product(map(Path, pages or made), (400, 800, 1280), ("light", "dark")):
            view, asked = {"color_scheme": scheme, "viewport": {"width": width, "height": 2_000}}, []
            page = browser.new_page(bypass_csp=True, **view)  # the report forbids scripts but its own
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto(file.resolve().as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
            root = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            name = f"{file.parent.name}, {width} pixels, {scheme}"
            seen[name] = {"faults": axe_faults(page, axe), "beyond": root[0] - root[1]}
            seen[name]["requests"] = [url for url in asked[1:] if not url.startswith("data:")]
            page.close()
    every = [(impact in GRAVE, places) for found in seen.values() for impact, _, places, _ in found["faults"]]
    count = lambda grave: sum(places for is_grave, places in every if is_grave == grave)
    requests, beyond = sum(len(f["requests"]) for f in seen.values()), max(f["beyond"] for f in seen.values())
    return [
        judge("L1", "report, serious faults by axe-core, light and dark, 400 to 1280 pixels", "0", count(True)),
        judge("L1", "report, other faults by axe-core", "shown", count(False)),
        judge("L1", "report, requests that leave the page", "0", requests),
        judge("L1", "report, pixels wider than the screen", "0", beyond, unit="pixels"),
    ], seen


@benchmark()
def site_axe(run: Run, axe: Path = AXE) -> Result:
    """Every page of the site as assistive technology finds it: axe-core's rules, light and dark. Ten minutes.

    It reads --axe, which `npm install axe-core` brings.
    """
    seen = {}
    with run.fresh() as site, browsing() as browser:
        words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", site]
        subprocess.run(words, cwd=ROOT, check=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"})
        pages = sorted(site.rglob("*.html"))[: run.small(1_000, 1)]
        file = lambda address: site / httpx.URL(address).path.lstrip("/")
        for place, scheme in product((str(page.relative_to(site)) for page in pages), ("light", "dark")):
            page = browser.new_page(bypass_csp=True, color_scheme=scheme)
            page.route("http://site/**", lambda route: route.fulfill(path=file(route.request.url)))
            page.goto(f"http://site/{place}")
            seen[f"{place}, {scheme}"] = {"faults": axe_faults(page, axe)}
            page.close()
    what = f"site, serious faults by axe-core, light and dark, {len(pages)} pages"
    return [judge("L6", what, "0", faults_of(seen))], seen
