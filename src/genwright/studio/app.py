"""The routes of the studio."""

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..core.domain import as_typed
from ..core.errors import GenwrightError
from ..core.files import write_whole
from ..core.folder import CONFIG, METRICS, PREVIEWS, WEIGHTS
from ..core.manifest import load_place, packages
from ..core.packages import load_plugins
from ..core.safe_text import parse_json
from ..kinds.kind import Widgets
from ..kinds.known_kinds import kinds
from ..run.final_model import used_share
from ..run.process import COMPLETED, FAILED, PROCESS, RUNNING, STOPPED
from ..run.run_record import RunRecord
from ..zoo import registry
from . import tails
from .file_verbs import FILE_VERBS, apply_to_file
from .guard import BESIDE_DATA, Refused, body_of, body_schema, read_number, read_text, read_word, require_length
from .models import MOST_SAMPLES, PICTURE, Answer, Models
from .page import Page
from .plan_file import SCHEMA as PLAN
from .plan_file import SUFFIX, plan_of, take_plan
from .settings import Setting, change_setting, note_seen
from .shelf import (
    COMPARISON,
    NOTE,
    RUN,
    UPLOAD,
    Entry,
    Shelf,
    change_time,
    compared_in,
    make_own,
    open_own,
    plain_name,
    previews,
)  # fmt: skip
from .trainings import MORE, Training, Trainings, command
from .wording import for_pages
from .worker import Worker

STATIC = Path(__file__).parent / "static"
STYLE = Path(__file__).parents[1] / "studies" / "report" / "report.css"
LARGEST_UPLOAD = 512 * 2**20  # bytes of a file
SPARE = 2**30  # bytes that an upload leaves free on the disk
REPORT_POLICY = (  # of a page that a comparison wrote: its own script and style, no address, no cookie of ours
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; sandbox allow-scripts "
    "allow-downloads; frame-ancestors 'self'"
)
PAGE = "report.html"
FIRST = ".first.png"  # beside an upload of pictures
CURVE_POINTS = 40  # of a small curve
MOST_FOLDERS = 8  # that a file of a folder lies below
MOST_MINUTES = 7 * 24 * 60
SOURCE = body_schema("source options")
# while these files of a run folder stay as they are, so does what the page says of it
RUN_FILES = (CONFIG, WEIGHTS, PROCESS, NOTE, PREVIEWS)


class Studio:
    """The folder, and what trains there. pages: of packages. databases: addresses of those that may be read."""

    def __init__(self, root: Path, pages: Sequence[Page] = (), warm: bool = False, databases: Sequence[str] = ()):
        self.warm = warm
        self.pages, self.jobs = pages, {page.name: page.job for page in pages if page.job}
        self.trainings = Trainings(root.resolve(), databases)
        marks = {job.record: command for command, job in self.jobs.items()}
        self.shelf = Shelf(root.resolve(), self.trainings.kinds, marks, databases)
        self.worker = Worker(root.resolve())
        self.facts: dict[Path, tuple[list, dict]] = {}  # of each run, with the times of its files
        self.now = tails.Shared(self._home)

    # ------------------------------------------------------------------ what lies here

    async def home(self, request: Request) -> Response:
        return Answer(await asyncio.to_thread(self._home))

    async def home_events(self, request: Request) -> Response:
        return tails.stream(tails.changes(self.now))

    def _home(self) -> dict:
        entries = [self._about(entry) for entry in self.shelf.entries()]
        training = {entry["within"] for entry in entries if entry.get("within") and entry["state"] == RUNNING}
        for entry in entries:
            if entry["id"] in training and entry["state"] == STOPPED:  # a terminal began it, which says so by its runs
                entry["state"] = RUNNING
        named = [{"name": name, "address": address} for name, address in self.shelf.databases.items()]
        return {"folder": self.shelf.root.name, "entries": entries, "databases": named}

    def _about(self, entry: Entry) -> dict:
        about = {"id": entry.id, "what": entry.what, "name": entry.name, "changed": entry.changed}
        if entry.what == COMPARISON:
            return about | self._comparison(entry)
        if entry.what in self.jobs:
            return about | {"within": entry.within, **self._job(entry)}
        if entry.what == UPLOAD:
            files = [path.name for path in self.shelf.files_of(entry)[:20]]
            seen, shown = self.shelf.settings_of(entry.id).seen, os.path.lexists(entry.path / FIRST)
            return about | {"files": files, "seen": seen, "shown": shown}
        return about | {"within": entry.within, **self._run(entry)}

    def _comparison(self, entry: Entry) -> dict:
        """Facts about a comparison for a page: its state, what it says, and how far each family has come."""
        there, mine = compared_in(entry.path), self.trainings.begun.get(entry.path)
        lives = mine is not None and mine.lives
        error = mine.error if mine and not lives and not there.finished else ""
        state = RUNNING if lives else FAILED if error else COMPLETED if there.finished else STOPPED
        return {
            "advice": list(map(for_pages, there.advice)), "state": state, "error": for_pages(error),
            "measured": there.measured, "trains": there.trains, "source": there.source, "families": there.families,
            "picks": [pick | {"sentence": for_pages(pick["sentence"])} for pick in there.picks],
            **_begun_of(mine if lives else None),
            "said": for_pages(mine.said) if lives else "", "page": os.path.lexists(entry.path / PAGE),
        }  # fmt: skip

    def _job(self, entry: Entry) -> dict:
        """Facts about a job of a package for a page: its state, and what its command said last."""
        mine = self.trainings.begun.get(entry.path)
        lives, done = mine is not None and mine.lives, os.path.lexists(entry.path / self.jobs[entry.what].result)
        error = mine.error if mine and not lives else ""
        state = RUNNING if lives else FAILED if error else COMPLETED if done else STOPPED
        return {"state": state, "error": error, "said": for_pages(mine.said) if lives else ""}

    async def job_events(self, request: Request) -> Response:
        """How a job stands and what its folder shows, whenever that changes."""
        entry = self._find(request, *self.jobs)
        return tails.stream(tails.changes(tails.Shared(partial(self._shown_job, entry))))

    def _shown_job(self, entry: Entry) -> dict:
        mine = self.trainings.begun.get(entry.path)
        about = self._job(entry) | {"name": entry.name, "command": command(mine.words) if mine else ""}
        return about | self.jobs[entry.what].show(entry)

    def _run(self, entry: Entry) -> dict:
        """Facts about a run for a page. A run that rests is read again only if one of its files has changed."""
        path = entry.path
        times = [change_time(path / name) for name in RUN_FILES]
        before, facts = self.facts.get(path, (None, {}))
        if before == times and facts["state"] != RUNNING and path not in self.trainings.begun:
            return facts
        state = self.trainings.state(path)
        data = state.config.get("data")
        facts = {name: str(state.config.get(name, "")) for name in ("family", "kind", "task")}
        facts |= {
            "data": str(data.get("name", "")) if isinstance(data, dict) else "", "note": self.shelf.note(entry),
            "preview": max(previews(path), default=None), "state": state.status, "host": state.host,
            "error": for_pages(state.error), "minutes left": state.minutes_left, "widgets": _widgets(facts["kind"]),
        }  # fmt: skip
        if state.status == RUNNING:
            facts["curve"] = _curve_of(path / METRICS)
        self.facts[path] = times, facts
        return facts

    async def preview(self, request: Request) -> Response:
        """The picture of a run's samples after so many items."""
        entry, items = self._find(request, RUN), request.path_params["items"]
        if items not in previews(entry.path):
            raise Refused(404, f"there is no preview after {items:,} items")
        return _file(entry.path / PREVIEWS / f"{items:09}.png", **PICTURE)

    async def run(self, request: Request) -> Response:
        entry = self._find(request, RUN)
        config = self.trainings.state(entry.path).config
        row = registry.find(config.get("kind"), config.get("task"), config.get("family"))
        more = {
            "verbs": list(row.verbs) if row else [], "command": _typed(self.trainings.resumed, entry),
            "previews": sorted(previews(entry.path)),
        }  # fmt: skip
        about = self._about(entry)
        facts = {name: about[name] for name in ("kind", "task", "widgets")} | {"verbs": more["verbs"]}
        more["pages"] = [{"name": page.name, "link": page.link} for page in self.pages if page.of_run(facts)]
        if about["state"] == COMPLETED and _typed(self.trainings.words_of_final, entry):
            more["used"] = used_share(RunRecord(config))
        return Answer(about | more)

    async def train_final(self, request: Request) -> Response:
        """The model of a run, trained again on all items, in a folder of its own."""
        words = self.trainings.words_of_final(self._find(request, RUN).path)
        training = self.trainings.begin(words)
        return Answer({"id": self.shelf.entry_of(training.folder).id, "command": command(words)})

    async def change_run(self, request: Request) -> Response:
        """{"name": a new one} or {"note": a text}."""
        entry, body = self._find(request, RUN, COMPARISON, *self.jobs), await body_of(request, body_schema("name note"))
        if "note" in body:
            self.shelf.write_note(entry, read_text(body, "note"))
        if "name" in body:
            self._require_rest(entry)
            old, entry = entry, self.shelf.rename(entry, read_text(body, "name"))
            self.trainings.begun.pop(old.path, None)
        return Answer({"id": entry.id, "name": entry.name})

    async def remove(self, request: Request) -> Response:
        entry = self._find(request, RUN, COMPARISON, *self.jobs, UPLOAD)
        self._require_rest(entry)
        place = self.shelf.remove(entry)
        self.trainings.begun.pop(entry.path, None)
        return Answer({"moved to": place})

    async def restore(self, request: Request) -> Response:
        """Undo `remove`."""
        self.shelf.restore(request.path_params["id"])
        return Answer({})

    async def run_events(self, request: Request) -> Response:
        """Lines of metrics.jsonl."""
        entry, last = self._find(request, RUN), request.headers.get("last-event-id", "0")
        return tails.stream(tails.lines(entry.path / METRICS, int(last) if last.isdecimal() and len(last) < 20 else 0))

    async def report(self, request: Request) -> Response:
        entry = self._find(request, COMPARISON)
        if not os.path.lexists(entry.path / PAGE):
            raise Refused(404, "this comparison has no page yet: it is written when the first family is measured")
        return _file(entry.path / PAGE, headers={"content-security-policy": REPORT_POLICY})

    # ------------------------------------------------------------------ data

    async def upload(self, request: Request) -> Response:
        """A file, as it is, in the body; its name in the address, below folders that come with it. ?to=ID: into the
        folder of an upload."""
        require_length(request, LARGEST_UPLOAD)
        parts, to = request.path_params["name"].split("/"), request.query_params.get("to")
        if len(parts) > MOST_FOLDERS:
            raise Refused(400, f"the file lies below more than {MOST_FOLDERS} folders: bring an inner one")
        name = "/".join(map(plain_name, parts))
        size = int(request.headers.get("content-length", "0"))
        if shutil.disk_usage(self.shelf.root).free < size + SPARE:
            raise Refused(507, "the disk is nearly full: free some space")
        folder = self.shelf.find(to, UPLOAD).path if to else self.shelf.new_upload()
        part, file = folder / f".{secrets.token_hex(8)}.part", folder / name
        if file.exists():
            raise Refused(409, f"{name} was sent already: give the file another name")
        for above in reversed(file.relative_to(folder).parents[:-1]):
            make_own(folder / above)
        try:
            await self._receive(request, part)
            part.rename(file)
        finally:
            part.unlink(missing_ok=True)
            if not to and not any(path.is_file() for path in folder.rglob("*")):
                shutil.rmtree(folder)
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
        """{"source": a name, or the id of an upload, "options": beside those that are set}."""
        body = await body_of(request, SOURCE)
        facts, typed = await self._describe(body)
        name = read_text(body, "source")
        said = [asdict(setting) for setting in self.shelf.settings_of(name).settings]
        seen = {"refused": facts["why not"]} if "why not" in facts else {"read": facts["facts"][:1]}
        if (entry := self.shelf.find_entry(name, UPLOAD)) and not body.get("options"):
            await asyncio.to_thread(note_seen, self.shelf.settings_file(name), seen)
            facts["files"] = [path.name for path in self.shelf.files_of(entry)]
        pages = [page for page in self.pages if "why not" not in facts and page.of_data(facts)]
        facts["pages"] = [{"name": page.name, "link": page.link} for page in pages]
        return Answer(facts | {"set": said, "command": typed}, 400 if facts.get("error") else 200)

    async def _describe(self, body: dict) -> tuple[dict, str]:
        """What a page of data shows, and the command that prints it."""
        source, options = self.shelf.source_of(body)
        entry = self.shelf.find_entry(read_text(body, "source"), UPLOAD)
        files = [str(path.relative_to(self.shelf.root)) for path in self.shelf.files_of(entry)] if entry else []
        facts = await self.worker.ask("data", "describe", source, options, files)
        return facts, command(["describe", source, *as_typed({k: v for k, v in options.items() if k != "family"})])

    async def change_setting(self, request: Request) -> Response:
        """{"source", "about": a question, "answer": the label of one of its answers}, or {"source", "about": a name,
        "options": what is set so, {} to remove it}."""
        body = await body_of(request, body_schema("source about answer options", ["source", "about"]))
        source, about = read_text(body, "source"), read_text(body, "about")
        if "answer" in body:
            setting = await self._answered(source, about, read_text(body, "answer"))
        else:
            setting = Setting(about, body.get("options", {}))
            self.shelf.source_of({"source": source, "options": setting.options})  # which refuses what is no option
        await asyncio.to_thread(change_setting, self.shelf.settings_file(source), setting)
        return Answer({})

    async def _answered(self, source: str, about: str, label: str) -> Setting:
        """The setting that an answer to a question makes. The question may be open, or answered by now, also in another
        window. Raises Refused where it is neither, or has no such answer."""
        settings = self.shelf.settings_of(source).settings
        answers = next((one.answers for one in settings if one.about == about and one.answers), None)
        if answers is None:
            facts, _ = await self._describe({"source": source})
            asked = [*facts["questions"], *facts["roles"]]
            answers = next((one["answers"] for one in asked if one["about"] == about), None)
        if answers is None:
            raise Refused(409, "this question does not arise any more: the page shows the data as they are read now")
        chosen = next((one for one in answers if one["label"] == label), None)
        if chosen is None:
            raise Refused(400, f"the question has no answer {label!r:.60}: choose one that the page shows")
        return Setting(about, chosen["options"], label, answers)

    async def first_items(self, request: Request) -> Response:
        body = await body_of(request, SOURCE)
        source, options = self.shelf.source_of(body)
        note = command(["describe", source, *as_typed(options)])
        items = await self.worker.ask("", "first_items", source, options, note)
        if entry := self.shelf.find_entry(read_text(body, "source"), UPLOAD):
            await asyncio.to_thread(write_whole, entry.path / FIRST, items)
        return Response(items, **PICTURE)

    async def picture_of_upload(self, request: Request) -> Response:
        """The first pictures of an upload, as its page showed them last."""
        return _file(self._find(request, UPLOAD).path / FIRST, **PICTURE)

    # ------------------------------------------------------------------ trainings

    async def train(self, request: Request) -> Response:
        """{"source", "options", "family", "minutes", "given": names, "previews": samples of each, 0 for none}."""
        body = await body_of(request, body_schema("source options family minutes given previews"))
        source, options = self.shelf.source_of(body)
        minutes, given = _minutes_of(body), body.get("given", [])
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            raise Refused(400, "given must be a list of names")
        options = {name: value for name, value in options.items() if name != "family"} | (
            {"given": given} if given else {}
        )
        if "target" in options:
            options = await self.worker.ask("", "options_of_fit", source, options)
        words = self.trainings.words(source, options, read_word(body, "family"), minutes, _previews_of(body))
        training = self.trainings.begin(words)
        return Answer({"id": self.shelf.entry_of(training.folder).id, "command": command(words)})

    async def plan(self, request: Request) -> Response:
        """{"source", "options", "minutes", "previews"}: sentences about what a comparison would do, and {family:
        seconds}."""
        sentences, shares = await asyncio.to_thread(self.trainings.forecast, await self._comparing(request))
        return Answer({"sentences": list(map(for_pages, sentences)), "shares": shares})

    async def plan_file(self, request: Request) -> Response:
        """{"source", "minutes"}: {"name" of a file, "plan": its content}."""
        body = await body_of(request, body_schema("source minutes", ["source", "minutes"]))
        source = read_text(body, "source")
        stem = Path(self.shelf.source_of({"source": source})[0]).stem
        plan = await asyncio.to_thread(plan_of, self.shelf, source, _minutes_of(body))
        return Answer({"name": f"{stem}{SUFFIX}", "plan": plan})

    async def take_plan(self, request: Request) -> Response:
        """A plan, as its file holds it: its data are set so. {"id": of its data, "minutes"}."""
        plan = await body_of(request, PLAN)
        minutes = _minutes_of(plan)
        return Answer({"id": await asyncio.to_thread(take_plan, self.shelf, plan), "minutes": minutes})

    async def compare(self, request: Request) -> Response:
        """{"source", "options", "minutes", "previews": samples of each family while it trains, 0 for none}"""
        words = await self._comparing(request)
        training = self.trainings.compare(words)
        return Answer({"id": self.shelf.entry_of(training.folder, COMPARISON).id, "command": command(words)})

    async def _comparing(self, request: Request) -> list[str]:
        body = await body_of(request, body_schema("source options minutes previews"))
        return self.trainings.words_to_compare(*self.shelf.source_of(body), _minutes_of(body), _previews_of(body))

    async def measure(self, request: Request) -> Response:
        """{"source": real data, "samples": the id of an upload}: how near samples of another tool are to them."""
        body = await body_of(request, body_schema("source samples", ["source", "samples"]))
        source, options = self.shelf.source_of(body)
        samples, _ = self.shelf.source_of({"source": read_text(body, "samples")})
        own = {name: value for name, value in options.items() if name not in BESIDE_DATA}
        training = self.trainings.begin(self.trainings.words_to_measure(source, own, samples))
        return Answer({"id": self.shelf.entry_of(training.folder, COMPARISON).id, "command": command(training.words)})

    async def apply_to_file(self, verb: str, request: Request) -> Response:
        """{"source": the id of an upload, left out for the data of training, and what the verb asks beside}: what a run
        makes of a file."""
        fields = f"source {FILE_VERBS[verb].fields}"
        entry, body = self._find(request, RUN), await body_of(request, body_schema(fields.strip()))
        if "source" in body:
            source, options = self.shelf.source_of(body)
        else:
            source, options = self.trainings.data_of(entry.path)
        asked = self.trainings, verb, entry.path, source, options, body
        return Answer(await asyncio.to_thread(apply_to_file, *asked))

    async def train_longer(self, request: Request) -> Response:
        """{"minutes"}: families of a comparison train so much further."""
        entry, minutes = self._find(request, COMPARISON), _minutes_of(await body_of(request, body_schema("minutes")))
        words = self.trainings.words_to_train_longer(entry.path, minutes)
        self.trainings.begin(words)
        return Answer({"command": command(words)})

    async def sections(self, request: Request) -> Response:
        """The sections of the report of a comparison, as another page shows them."""
        entry = self._find(request, COMPARISON)
        return Answer(await self.worker.ask(f"report {entry.id}", "report_parts", str(entry.path)))

    async def newest_samples(self, request: Request) -> Response:
        """A few samples of each family of a comparison."""
        entry = self._find(request, COMPARISON)
        return Answer(await self.worker.ask(f"newest {entry.id}", "newest_samples", str(entry.path)))

    async def stop(self, request: Request) -> Response:
        self.trainings.stop(self._find(request, RUN, COMPARISON, *self.jobs).path)
        return Answer({})

    async def resume(self, request: Request) -> Response:
        begun = self.trainings
        again = dict.fromkeys(self.jobs, begun.words_of_job)
        again |= {RUN: begun.resumed, COMPARISON: begun.words_of_comparison}
        entry = self._find(request, *again)
        words = again[entry.what](entry.path)
        begun.begin(words)
        return Answer({"command": command(words)})

    # ------------------------------------------------------------------ helpers

    def _find(self, request: Request, *kinds: str) -> Entry:
        return self.shelf.find(request.path_params["id"], *kinds)

    def _require_rest(self, entry: Entry) -> None:
        if self.trainings.is_busy(entry.path):
            raise Refused(409, f"a command works on {entry.name}: stop it first")

    @asynccontextmanager
    async def life(self, app: Starlette) -> AsyncIterator[None]:
        warming = asyncio.create_task(self.worker.warm()) if self.warm else None
        yield
        self.worker.end()
        if warming:
            warming.cancel()


def build(root: Path, warm: bool = False, databases: Sequence[str] = ()) -> Starlette:
    """The application, without its guard. warm: begin the process of the models at once, not with the first file.
    databases: addresses of those that a page may read."""
    load_plugins()
    pages = [load_place(place) for package in packages() for place in package.pages]
    scripts = [{"name": page.name, "script": f"/pages/{page.name}/{page.script.name}"} for page in pages]
    studio = Studio(root, pages, warm, databases)
    models = Models(studio.shelf, studio.worker, studio.trainings)
    of = lambda path, function, *methods: Route(path, function, methods=methods or ["GET"])
    post = lambda path, function: of(path, function, "POST")
    send = lambda file, **more: lambda request: FileResponse(file, **more)
    routes = [
        of("/", send(STATIC / "index.html")),
        of("/favicon.ico", send(STATIC / "icon.svg", media_type="image/svg+xml")),
        of("/report.css", send(STYLE)),
        of("/api/home", studio.home),
        of("/events", studio.home_events),
        post("/api/data", studio.data),
        post("/api/data/first", studio.first_items),
        of("/api/uploads/{id}/first", studio.picture_of_upload),
        post("/api/settings", studio.change_setting),
        of("/api/uploads/{name:path}", studio.upload, "PUT"),
        post("/api/runs", studio.train),
        of("/api/runs/{id}", studio.run),
        of("/api/runs/{id}", studio.change_run, "PATCH"),
        of("/api/entries/{id}", studio.remove, "DELETE"),
        post("/api/entries/{id}/restore", studio.restore),
        post("/api/runs/{id}/final", studio.train_final),
        of("/events/runs/{id}", studio.run_events),
        of("/api/runs/{id}/previews/{items:int}", studio.preview),
        post("/api/plan", studio.plan),
        post("/api/plan/file", studio.plan_file),
        post("/api/plan/taken", studio.take_plan),
        post("/api/comparisons", studio.compare),
        post("/api/entries/{id}/stop", studio.stop),
        post("/api/entries/{id}/resume", studio.resume),
        of("/compare/{id}", studio.report),
        post("/api/comparisons/{id}/longer", studio.train_longer),
        post("/api/measurements", studio.measure),
        *(post(f"/api/models/{{id}}/{verb}", partial(studio.apply_to_file, verb)) for verb in FILE_VERBS),
        of("/api/comparisons/{id}/report", studio.sections),
        of("/api/comparisons/{id}/samples", studio.newest_samples),
        of("/report.js", send_report_script),
        of("/events/jobs/{id}", studio.job_events),
        post("/api/models/{id}/samples", models.samples),
        post("/api/models/{id}/rows", models.sampled_rows),
        post("/api/models/{id}/file", models.sampled_file),
        of("/api/models/{id}/conditions", models.telling("conditions")),
        of("/api/models/{id}/plane", models.telling("plane")),
        post("/api/models/{id}/decode", models.decode),
        of("/api/models/{id}/items/{number:int}", models.item),
        post("/api/models/{id}/complete", models.complete),
        of("/api/models/{id}/row", models.telling("columns_of_row")),
        post("/api/models/{id}/row", models.complete_row),
        of("/api/models/{id}/options", models.telling("sampling_options_of")),
        post("/api/models/{id}/guided", models.guided_samples),
        post("/api/models/{id}/search", models.search_images),
        post("/api/models/{id}/read", models.read_images),
        *(route for page in pages for route in _routes_of(page, models)),
        of("/api/pages", lambda request: Answer({"pages": scripts})),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    handlers = dict.fromkeys((Refused, GenwrightError, OSError, HTTPException), _say_error)
    return Starlette(routes=routes, exception_handlers=handlers, lifespan=studio.life)


def send_report_script(request: Request) -> Response:
    """What makes the sections of a report sort and turn, as a module."""
    text = (STYLE.parent / "report.js").read_text(encoding="utf-8")
    return Response(f"{text}\nexport {{ enliven }};\n", media_type="text/javascript")


def _routes_of(page: Page, models: Models) -> list[Route | Mount]:
    """The scripts of a page of a package, and what the page may ask."""
    doors = {f"/api/models/{{id}}/{name}": handle for name, handle in page.asks.items()}
    doors |= {f"/api/pages/{page.name}/{name}": handle for name, handle in page.answers.items()}
    posts = [Route(path, partial(handle, models), methods=["POST"]) for path, handle in doors.items()]
    return [Mount(f"/pages/{page.name}", StaticFiles(directory=page.script.parent)), *posts]


async def _say_error(request: Request, error: Exception) -> Response:
    sentence, status = str(error), 400
    if isinstance(error, Refused):
        status = error.status
    elif isinstance(error, HTTPException):
        sentence, status = "the studio has no such page: go back to the first page", error.status_code
    elif isinstance(error, OSError):
        sentence, status = f"the system refused ({error.strerror}): look at the disk and its rights", 507
    return Answer({"error": for_pages(sentence)}, status)


def _begun_of(training: Training | None) -> dict:
    """What is known of a comparison before it has a record: its data, when it began, and its minutes, if it trains."""
    if training is None:
        return {}
    told = {"source": training.words[1], "began": training.began}
    minutes = [float(after) for word, after in pairwise(training.words) if word in ("--minutes", MORE)]
    return told | ({"minutes": minutes[0]} if minutes else {})


def _curve_of(path: Path) -> list[float]:
    """The losses of a run that trains, a few of them in their order."""
    _, text = tails.read_lines(path, max(0, (path.stat().st_size if path.exists() else 0) - tails.CHUNK_BYTES))
    losses = []
    for line in text.splitlines():
        with suppress(GenwrightError, ValueError, LookupError, TypeError, RecursionError):  # of a damaged line
            losses.append(float(parse_json(line, "a line")["loss"]))
    return losses[:: max(1, len(losses) // CURVE_POINTS)]


def _minutes_of(body: dict) -> float:
    minutes = read_number(body, "minutes", 0, MOST_MINUTES)
    if minutes == 0:
        raise Refused(400, "minutes must be above 0")
    return minutes


def _previews_of(body: dict) -> int:
    return int(read_number({"previews": 0, **body}, "previews", 0, MOST_SAMPLES))


def _typed(words_of: Callable[[Path], list[str]], entry: Entry) -> str:
    """The command of an entry; "" where there is none."""
    try:
        return command(words_of(entry.path))
    except Refused:
        return ""


def _widgets(kind: str) -> dict[str, object]:
    """The widgets of a kind, also of one that is not registered here."""
    return asdict(known.widgets if (known := kinds().get(kind)) else Widgets())


def _file(path: Path, **more: object) -> Response:
    """A file of a run. Raises DataError for a link and for what is no plain file."""
    open_own(path).close()
    return FileResponse(path, **more)
