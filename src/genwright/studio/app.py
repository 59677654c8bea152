"""The routes of the studio."""

import asyncio
import base64
import json
import math
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..core.domain import as_typed
from ..core.errors import GenwrightError
from ..core.folder import CONFIG, METRICS, PREVIEWS, WEIGHTS
from ..core.schemas import read_record
from ..kinds.kind import GIVEN_OPTION, MISSING, TYPES
from ..run.process import PROCESS, RUNNING
from ..zoo import registry
from . import tails
from .guard import Refused, body_of, check_options, map_files, require_inside, require_length
from .shelf import COMPARISON, NOTE, RESULTS, RUN, UPLOAD, Entry, Shelf, open_own, require_name
from .trainings import Trainings, command
from .worker import Worker

STATIC = Path(__file__).parent / "static"
STYLE = Path(__file__).parents[1] / "studies" / "report" / "report.css"
LARGEST_UPLOAD = 512 * 2**20  # bytes of a file
SPARE = 2**30  # bytes that an upload leaves free on the disk
REPORT_POLICY = (  # of a page that a comparison wrote: its own script and style, no address, no cookie of ours
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; sandbox allow-scripts "
    "allow-downloads; frame-ancestors 'self'"
)
PICTURE = {"media_type": "image/png"}
LARGEST_MASK = 2**21  # letters of a mask in base64
LONGEST = 10_000  # letters of a text that a browser sends
PREVIEW = re.compile(r"[0-9]{9,15}\.png")
ADVICE = 3  # sentences of a comparison on the first page
MOST_SAMPLES, MOST_DRAWS, MOST_POINTS, MOST_MINUTES = 1_000, 12, 9, 7 * 24 * 60
SEEDS = 2**31
# while these files of a run folder stay as they are, so does what the page says of it
RUN_FILES = (CONFIG, WEIGHTS, PROCESS, NOTE, PREVIEWS)
ANSWERS = "types.toml"  # beside an uploaded table: what a person answered about its columns


class Answer(JSONResponse):
    """JSON in ASCII: names of files, and texts in records, need not be Unicode."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False).encode()


class Studio:
    """The folder, what trains there, and the models at hand."""

    def __init__(self, root: Path):
        self.trainings = Trainings(root.resolve())
        self.shelf = Shelf(root.resolve(), self.trainings.begun)
        self.worker = Worker()
        self.told: dict[Path, tuple[list, dict]] = {}  # of each run, with the times of its files
        self.now = tails.Shared(self._home)

    # ------------------------------------------------------------------ pages

    async def page(self, request: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def favicon(self, request: Request) -> Response:
        return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")

    async def style(self, request: Request) -> Response:
        return FileResponse(STYLE)

    # ------------------------------------------------------------------ what lies here

    async def home(self, request: Request) -> Response:
        return Answer(await asyncio.to_thread(self._home))

    async def home_events(self, request: Request) -> Response:
        return events(tails.changes(self.now))

    def _home(self) -> dict:
        entries = self.shelf.entries()
        return {"folder": self.shelf.root.name, "entries": [self._about(entry) for entry in entries]}

    def _about(self, entry: Entry) -> dict:
        about = {"id": entry.id, "what": entry.what, "name": entry.name, "changed": entry.changed}
        if entry.what == COMPARISON:
            return about | {"advice": _advice(entry.path)}
        if entry.what == UPLOAD:
            return about | {"files": _names_in(entry.path)[:20]}
        return about | {"within": entry.within, **self._run(entry)}

    def _run(self, entry: Entry) -> dict:
        """Facts about a run for a page. A run that rests is read again only if one of its files has changed."""
        path = entry.path
        times = [_time(path / name) for name in RUN_FILES]
        before, told = self.told.get(path, (None, {}))
        if before == times and told["state"] != RUNNING and path not in self.trainings.begun:
            return told
        state = self.trainings.state(path)
        data = state.config.get("data")
        told = {name: str(state.config.get(name, "")) for name in ("family", "kind", "task")}
        told |= {
            "data": str(data.get("name", "")) if isinstance(data, dict) else "", "note": self.shelf.note(entry),
            "preview": max(_previews(path), default=None), "state": state.status, "host": state.host,
            "error": state.error, "minutes left": state.minutes_left,
        }  # fmt: skip
        self.told[path] = times, told
        return told

    async def preview(self, request: Request) -> Response:
        """The picture of a run's samples after so many items."""
        entry, items = self._find(request, RUN), request.path_params["items"]
        if items not in _previews(entry.path):
            raise Refused(404, f"there is no preview after {items:,} items")
        return _file(entry.path / PREVIEWS / f"{items:09}.png", **PICTURE)

    async def run(self, request: Request) -> Response:
        entry = self._find(request, RUN)
        more = {
            "verbs": self._verbs(entry), "command": self._resuming(entry), "previews": sorted(_previews(entry.path)),
        }  # fmt: skip
        return Answer(self._about(entry) | more)

    def _resuming(self, entry: Entry) -> str:
        try:
            return command(self.trainings.resumed(entry.path))
        except Refused:
            return ""

    def _verbs(self, entry: Entry) -> list[str]:
        config = self.trainings.state(entry.path).config
        row = registry.find(config.get("kind"), config.get("task"), config.get("family"))
        return list(row.verbs) if row else []

    async def change_run(self, request: Request) -> Response:
        """{"name": a new one} or {"note": a text}."""
        entry, body = self._find(request, RUN, COMPARISON), await body_of(request)
        if "note" in body:
            self.shelf.write_note(entry, _text(body, "note"))
        if "name" in body:
            old, entry = entry, self.shelf.rename(entry, _text(body, "name"))
            self.trainings.forget(old.path)
        return Answer({"id": entry.id, "name": entry.name})

    async def remove(self, request: Request) -> Response:
        entry = self._find(request, RUN, COMPARISON, UPLOAD)
        place = self.shelf.remove(entry)
        self.trainings.forget(entry.path)
        return Answer({"moved to": place})

    async def run_events(self, request: Request) -> Response:
        """Lines of metrics.jsonl."""
        entry, last = self._find(request, RUN), request.headers.get("last-event-id", "0")
        return events(tails.lines(entry.path / METRICS, int(last) if last.isdecimal() and len(last) < 20 else 0))

    async def report(self, request: Request) -> Response:
        entry = self._find(request, COMPARISON)
        if not os.path.lexists(entry.path / "report.html"):
            raise Refused(404, "this comparison has no page yet: it is written when the first family is measured")
        return _file(entry.path / "report.html", headers={"content-security-policy": REPORT_POLICY})

    # ------------------------------------------------------------------ data

    async def upload(self, request: Request) -> Response:
        """A file, as it is, in the body; its name in the address. ?to=ID: into the folder of an upload."""
        require_length(request, LARGEST_UPLOAD)
        name, to = request.path_params["name"], request.query_params.get("to")
        require_name(name)
        size = int(request.headers.get("content-length", "0"))
        if shutil.disk_usage(self.shelf.root).free < size + SPARE:
            raise Refused(507, "the disk is nearly full: free some space")
        folder = self.shelf.find(to, UPLOAD).path if to else self.shelf.new_upload()
        part, file = folder / f".{secrets.token_hex(8)}.part", folder / name
        if file.exists():
            raise Refused(409, f"{name} was sent already: give the file another name")
        try:
            await self._receive(request, part)
            part.rename(file)
        finally:
            part.unlink(missing_ok=True)
            if not to and not any(folder.iterdir()):
                folder.rmdir()
        return Answer({"id": self.shelf.entry_of(folder, UPLOAD).id})

    async def _receive(self, request: Request, part: Path) -> None:
        size, told = 0, request.headers.get("content-length")
        with open(part, "xb") as file:
            async for piece in request.stream():
                size += len(piece)
                if size > LARGEST_UPLOAD:
                    raise Refused(413, f"the file has more than {LARGEST_UPLOAD:,} bytes: use the command line")
                await asyncio.to_thread(file.write, piece)
        if told is not None and size != int(told):
            raise Refused(400, "the file was cut short on its way: send it again")

    async def data(self, request: Request) -> Response:
        """{"source": a name, or the id of an upload, "options": of `load_data`}."""
        source, options = self._source(await body_of(request))
        found = await self.worker.ask("data", "describe", *self._absolute_source(source, options))
        return Answer(found | {"command": command(["describe", source, *as_typed(options)])})

    async def answer(self, request: Request) -> Response:
        """{"source": the id of an upload, "options": types or missing words of its columns}: into its types file."""
        body = await body_of(request)
        source, options = self._source(body)
        entry = self.shelf.find(_text(body, "source"), UPLOAD)
        if not options or not set(options) <= {TYPES.name, MISSING.name}:
            raise Refused(400, "a types file answers what a column is, and which of its cells are missing")
        folder, (source, options) = entry.path, self._absolute_source(source, options)
        await self.worker.ask("", "write_types", source, options, str(folder / ANSWERS))
        return Answer({})

    async def first_items(self, request: Request) -> Response:
        source, options = self._source(await body_of(request))
        note = command(["describe", source, *as_typed(options)])
        items = await self.worker.ask("", "first_items", *self._absolute_source(source, options), note)
        return Response(items, **PICTURE)

    def _source(self, body: dict) -> tuple[str, dict[str, Any]]:
        """Data as a person types them in the folder of the studio, and options."""
        text, options = _text(body, "source"), body.get("options", {})
        if not isinstance(options, dict):
            raise Refused(400, "options must be an object of names and values")
        options = check_options(options, self.shelf.root)
        if entry := self.shelf.find_entry(text, UPLOAD):
            files = [path for path in entry.path.iterdir() if path.name[0] != "." and path.name != ANSWERS]
            path, answers = files[0] if len(files) == 1 else entry.path, entry.path / ANSWERS
            source = str(path.relative_to(self.shelf.root))
            require_inside(source, self.shelf.root)
            if answers.exists():
                told = [str(answers.relative_to(self.shelf.root)), *filter(None, [options.get(TYPES.name)])]
                require_inside(told[0], self.shelf.root)
                options = options | {TYPES.name: told}
            return source, options
        if not re.fullmatch(r"\w[\w-]*", text):
            raise Refused(400, "data are named by a word, such as digits, or dropped on the first page")
        return text, options

    def _absolute_source(self, source: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The same for the worker, which does not stand in the folder of the studio."""
        here = lambda text: str(self.shelf.root / text) if os.path.exists(self.shelf.root / text) else text
        return here(source), map_files(options, here)

    # ------------------------------------------------------------------ trainings

    async def train(self, request: Request) -> Response:
        """{"source", "options", "family", "minutes", "given": names, "previews": samples of each, 0 for none}."""
        body = await body_of(request)
        source, options = self._source(body)
        minutes, given = _number(body, "minutes", 0, MOST_MINUTES), body.get("given", [])
        if minutes == 0 or not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            raise Refused(400, "minutes must be above 0, and given a list of names")
        options = options | ({GIVEN_OPTION.name: given} if given else {})
        previews = int(_number({"previews": 0, **body}, "previews", 0, MOST_SAMPLES))
        words = self.trainings.words(source, options, _word(body, "family"), minutes, previews)
        training = self.trainings.begin(words)
        return Answer({"id": self.shelf.entry_of(training.folder).id, "command": command(words)})

    async def stop(self, request: Request) -> Response:
        self.trainings.stop(self._find(request, RUN).path)
        return Answer({})

    async def resume(self, request: Request) -> Response:
        words = self.trainings.resumed(self._find(request, RUN).path)
        self.trainings.begin(words)
        return Answer({"command": command(words)})

    # ------------------------------------------------------------------ models

    async def samples(self, request: Request) -> Response:
        """{"n", "seed", "given": {name: value}}."""
        entry, body = self._find(request, RUN), await body_of(request)
        n, seed = int(_number(body, "n", 1, MOST_SAMPLES)), int(_number(body, "seed", 0, SEEDS))
        given = _read_conditions(body)
        typed = command(["sample", entry.name, "-n", str(n), "--seed", str(seed), *_condition_words(given)])
        drawn = await self.worker.ask(f"samples {entry.id}", "samples", str(entry.path), n, seed, given, typed)
        return Response(drawn, headers={"x-command": quote(typed)}, **PICTURE)

    async def conditions(self, request: Request) -> Response:
        entry = self._find(request, RUN)
        return Answer(await self.worker.ask("", "conditions", str(entry.path)))

    async def plane(self, request: Request) -> Response:
        entry = self._find(request, RUN)
        return Answer(await self.worker.ask("", "plane", str(entry.path)))

    async def decode(self, request: Request) -> Response:
        """{"points": [[x, y], ...]}, or {"a", "b", "t"}: on the way between two items. "given" as for samples."""
        entry, body = self._find(request, RUN), await body_of(request)
        about, run, given = f"walk {entry.id}", str(entry.path), _read_conditions(body)
        note = " ".join([f"{entry.name}:", *_condition_words(given)])
        if "points" in body:
            points = body["points"]
            if not isinstance(points, list) or not 1 <= len(points) <= MOST_POINTS:
                raise Refused(400, f"points must be a list of at most {MOST_POINTS}")
            if any(not isinstance(point, list) or len(point) != 2 for point in points):
                raise Refused(400, "a point has two numbers")
            places = [[_number({"x": x}, "x", -100, 100) for x in point] for point in points]
            asked = run, places, given, f"{note} at {places} in the plane of its codes"
            return Response(await self.worker.ask(about, "decode", *asked), **PICTURE)
        a, b = (int(_number(body, name, 0, SEEDS)) for name in "ab")
        t = _number(body, "t", 0, 1)
        asked = run, a, b, t, given, f"{note} {t:.3f} of the way from item {a} to item {b}"
        return Response(await self.worker.ask(about, "item_between", *asked), **PICTURE)

    async def item(self, request: Request) -> Response:
        entry, number = self._find(request, RUN), request.path_params["number"]
        found = await self.worker.ask(f"item {entry.id}", "item", str(entry.path), number)
        return Answer(found | {"png": _text_of(found["png"])})

    async def complete(self, request: Request) -> Response:
        """{"number": of the item, "known": bits of a picture in base64, or "keep": steps at the beginning of a clip,
        "draws", "seed"}. "given" as for samples."""
        entry, body = self._find(request, RUN), await body_of(request)
        number, seed = (int(_number(body, name, 0, SEEDS)) for name in ("number", "seed"))
        draws = int(_number(body, "draws", 1, MOST_DRAWS))
        given = _read_conditions(body)
        if "keep" in body:
            verb, known = "go_on", int(_number(body, "keep", 1, SEEDS))
            place = f"item {number} after its first {known}, seed {seed}"
            note = " ".join([f"{entry.name}:", *_condition_words(given), place])
        else:
            typed = ["complete", entry.name, "completions.npz", "--samples", str(draws), "--seed", str(seed)]
            note = command([*typed, *_condition_words(given)])
            try:
                verb, known = "complete", base64.b64decode(_text(body, "known", most=LARGEST_MASK), validate=True)
            except ValueError as error:
                raise Refused(400, "known must be base64") from error
        asked = str(entry.path), number, known, draws, seed, given, note
        found = await self.worker.ask(f"complete {entry.id}", verb, *asked)
        return Answer({name: _text_of(part) for name, part in found.items()} | {"command": note})

    # ------------------------------------------------------------------ helpers

    def _find(self, request: Request, *kinds: str) -> Entry:
        return self.shelf.find(request.path_params["id"], *kinds)

    @asynccontextmanager
    async def life(self, app: Starlette) -> AsyncIterator[None]:
        yield
        self.worker.end()


def build(root: Path) -> Starlette:
    """The application, without its guard."""
    studio = Studio(root)
    of = lambda path, function, *methods: Route(path, function, methods=methods or ["GET"])
    post = lambda path, function: of(path, function, "POST")
    routes = [
        of("/", studio.page),
        of("/favicon.ico", studio.favicon),
        of("/report.css", studio.style),
        of("/api/home", studio.home),
        of("/events", studio.home_events),
        post("/api/data", studio.data),
        post("/api/data/first", studio.first_items),
        post("/api/data/types", studio.answer),
        of("/api/uploads/{name}", studio.upload, "PUT"),
        post("/api/runs", studio.train),
        of("/api/runs/{id}", studio.run),
        of("/api/runs/{id}", studio.change_run, "PATCH"),
        of("/api/entries/{id}", studio.remove, "DELETE"),
        of("/events/runs/{id}", studio.run_events),
        of("/api/runs/{id}/previews/{items:int}", studio.preview),
        post("/api/runs/{id}/stop", studio.stop),
        post("/api/runs/{id}/resume", studio.resume),
        of("/compare/{id}", studio.report),
        post("/api/models/{id}/samples", studio.samples),
        of("/api/models/{id}/conditions", studio.conditions),
        of("/api/models/{id}/plane", studio.plane),
        post("/api/models/{id}/decode", studio.decode),
        of("/api/models/{id}/items/{number:int}", studio.item),
        post("/api/models/{id}/complete", studio.complete),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    said: dict[Any, Callable] = {
        Refused: _refusal, GenwrightError: _mistake, OSError: _system, HTTPException: _nowhere
    }  # fmt: skip
    return Starlette(routes=routes, exception_handlers=said, lifespan=studio.life)


def events(parts: AsyncIterator[str]) -> Response:
    return StreamingResponse(parts, media_type="text/event-stream")


async def _refusal(request: Request, error: Refused) -> Response:
    return Answer({"error": str(error)}, error.status)


async def _nowhere(request: Request, error: HTTPException) -> Response:
    return Answer({"error": "the studio has no such page: go back to the first page"}, error.status_code)


async def _mistake(request: Request, error: GenwrightError) -> Response:
    return Answer({"error": str(error)}, 400)


async def _system(request: Request, error: OSError) -> Response:
    return Answer({"error": f"the system refused ({error.strerror}): look at the disk and its rights"}, 507)


def _advice(folder: Path) -> list[str]:
    """The first sentences of what a comparison advises; a sentence about results that cannot be read."""
    try:
        found = read_record(folder / RESULTS, "copy it again, or compare anew")["advice"]
        return [str(sentence) for sentence in found][:ADVICE]
    except GenwrightError as error:
        return [str(error)]
    except (LookupError, TypeError):
        return []


def _text(body: dict, name: str, most: int = LONGEST) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > most:
        raise Refused(400, f"{name} must be a text of at most {most:,} letters")
    return value


def _read_conditions(body: dict) -> dict[str, str]:
    given = body.get("given", {})
    if not isinstance(given, dict):
        raise Refused(400, "given must be an object of names and texts")
    return {name: _text(given, name) for name in given}


def _condition_words(given: dict[str, str]) -> list[str]:
    """The conditions as words of a command: --given NAME=VALUE."""
    return [part for name, value in given.items() for part in ("--given", f"{name}={value}")]


def _word(body: dict, name: str) -> str:
    value = _text(body, name, 60)
    if not value.replace("-", "").isalnum():
        raise Refused(400, f"{name} must be one word: letters, digits and hyphens")
    return value


def _number(body: dict, name: str, least: float, most: float) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Refused(400, f"{name} must be a number")
    if not least <= value <= most:
        raise Refused(400, f"{name} must be between {least} and {most:,}")
    return float(value)


def _time(path: Path) -> int:
    """When a file or folder was changed, 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _previews(run: Path) -> list[int]:
    """The items after which a run has a preview."""
    return [int(name.removesuffix(".png")) for name in _names_in(run / PREVIEWS) if PREVIEW.fullmatch(name)]


def _names_in(folder: Path) -> list[str]:
    """Names of the files in a folder, in their order; none where it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _file(path: Path, **more: Any) -> Response:
    """A file of a run. Raises DataError for a link and for what is no plain file."""
    open_own(path).close()
    return FileResponse(path, **more)


def _text_of(data: Any) -> Any:
    return base64.b64encode(data).decode() if isinstance(data, bytes) else data
