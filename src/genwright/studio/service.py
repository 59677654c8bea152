"""`genwright serve`: one run behind HTTP, for other programs.

GET / is a page for people, GET /openapi.json describes the interface, and each verb of the run is a POST of JSON. What
may reach it is told in `guard.py`; one process holds the model (`worker.py`), and is begun again if it is lost.
"""

import asyncio
import json
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from .. import __version__
from ..core.errors import RunError
from ..run.folder import read_config
from ..run.shipped import run_folder
from .guard import Guard, Refused, body_of, read_number
from .models import SEEDS, Answer
from .server import listen, names_of, run_until_ctrl_c
from .worker import Lost, Worker

MOST_SAMPLES, MOST_ITEMS, MOST_RANDOM = 10_000, 10_000, 100_000
MOST_WAITING = 256  # requests at a time
INTEGER, ITEMS = {"type": "integer", "minimum": 0}, {"type": "array", "maxItems": MOST_ITEMS}
CONDITION = {"type": "object", "description": "The condition, {name: value}."}
SEED = INTEGER | {"maximum": SEEDS, "description": "The same seed gives the same answer."}
VERBS = {  # verb: what it does, {field of the body: schema}, required fields
    "sample": (
        "New items. With `file`, as a file in the form of the data.",
        {
            "n": {"type": "integer", "minimum": 1, "maximum": MOST_SAMPLES},
            "given": CONDITION,
            "seed": SEED,
            "file": {"type": "boolean"},
        },
        ["n"],
    ),
    "log-prob": (
        "Log-likelihood of each item, in nats. `null`: the item cannot come from the model.",
        {"items": ITEMS, "given": CONDITION, "draws": {"type": "integer", "minimum": 1, "maximum": MOST_RANDOM}},
        ["items"],
    ),
    "predict": ("A prediction for each item.", {"items": ITEMS}, ["items"]),
    "complete": (
        "Items with their missing parts filled: `null` cells of rows, `_` or a final `*` of texts, else where `known` "
        "is false.",
        {"items": ITEMS, "known": {"type": "array"}, "given": CONDITION, "seed": SEED},
        ["items"],
    ),
}


def serve_run(run: Path, port: int, host: str, token: str | None) -> None:
    """Answer requests about a run until Ctrl-C.

    Args:
        run: its folder, or the name of a shipped one.
        port: the port to listen on.
        host: the address to listen on.
        token: what a client must send, as `Authorization: Bearer TOKEN`; None for nothing.

    Raises RunError for a folder that holds no finished run, and for a port that is taken.
    """
    read_config(run)
    try:
        listening = listen(host, port)
    except OSError as error:
        raise RunError(f"port {port} of {host} is not free ({error.strerror}): name another with --port") from error
    with listening:
        service = Service(run)
        try:
            service.about = asyncio.run(service.ask("about"))
        except Refused as refused:
            service.worker.end()
            raise RunError(str(refused)) from refused
        port = listening.getsockname()[1]
        print(f"{run}: http://{host}:{port}/ answers {', '.join(service.about['verbs'])}\nCtrl-C ends it.", flush=True)
        run_until_ctrl_c(ServiceGuard(service.build(), token, port, names_of(host)), listening)


class ServiceGuard(Guard):
    """A guard for programs, which send no cookie: with a token, each request carries it in its header."""

    def admit(self, request: Request) -> bool:
        self.require_own_site(request)
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if self.token and not (scheme.lower() == "bearer" and self.is_token(sent)):
            raise Refused(401, "the token is missing: send the header `Authorization: Bearer TOKEN`")
        return False


class Service:
    """A run, and the process that holds it."""

    def __init__(self, run: Path):
        folder = run_folder(run).resolve()
        self.run, self.worker = str(folder), Worker(folder.parent, "answers")
        self.about: dict = {}
        self.waiting = 0

    def build(self) -> Starlette:
        @asynccontextmanager
        async def life(app: Starlette) -> AsyncIterator[None]:
            yield
            self.worker.end()

        own = [Route(f"/{verb}", getattr(self, verb.replace("-", "_")), methods=["POST"]) for verb in self.verbs]
        routes = [Route("/", self.page), Route("/openapi.json", self.openapi), *own]
        return Starlette(
            routes=routes, exception_handlers=dict.fromkeys((Refused, HTTPException), self._say), lifespan=life
        )

    @property
    def verbs(self) -> list[str]:
        return self.about["verbs"]

    async def ask(self, verb: str, *values: object) -> object:
        """The answer of a verb of `answers.py`. A process that was lost is begun again, once."""
        if self.waiting >= MOST_WAITING:
            raise Refused(503, f"{MOST_WAITING} requests wait already: send it again later")
        self.waiting += 1
        try:
            try:
                return await self.worker.ask("", verb, self.run, *values)
            except Lost:
                return await self.worker.ask("", verb, self.run, *values)
        finally:
            self.waiting -= 1

    async def sample(self, request: Request) -> Response:
        body = await body_of(request)
        n = int(read_number(body, "n", 1, MOST_SAMPLES))
        asked = n, _read_given(body), _read_integer(body, "seed", SEEDS)
        if body.get("file") is not True:
            return Answer(await self.ask("sample", *asked))
        name, data = await self.ask("sample_file", *asked)
        head = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(data, headers=head, media_type="application/octet-stream")

    async def log_prob(self, request: Request) -> Response:
        body = await body_of(request)
        draws = _read_integer(body, "draws", MOST_RANDOM, least=1)
        return Answer(await self.ask("log_prob", _items_of(body), _read_given(body), draws))

    async def predict(self, request: Request) -> Response:
        return Answer(await self.ask("predict", _items_of(await body_of(request))))

    async def complete(self, request: Request) -> Response:
        body = await body_of(request)
        known = body.get("known")
        if known is not None and not isinstance(known, list):
            raise Refused(400, "known must be nested lists of booleans")
        return Answer(
            await self.ask("complete", _items_of(body), known, _read_given(body), _read_integer(body, "seed", SEEDS))
        )

    async def openapi(self, request: Request) -> Response:
        """A description of the interface, as OpenAPI 3.1 has it."""
        answers = {
            "200": {"description": "The answer."},
            "400": {"description": "The request is wrong; `error` says how."},
            "503": {"description": "Too many requests wait, or the model took too long."},
        }
        paths = {}
        for verb in self.verbs:
            what, fields, required = VERBS[verb]
            schema = {"type": "object", "properties": fields, "required": required}
            body = {"required": True, "content": {"application/json": {"schema": schema}}}
            paths[f"/{verb}"] = {
                "post": {"summary": what, "operationId": verb, "requestBody": body, "responses": answers}
            }
        title = f"{self.about['family']} on {self.about['data']}"
        return Answer({"openapi": "3.1.0", "info": {"title": title, "version": __version__}, "paths": paths})

    async def page(self, request: Request) -> Response:
        """The interface for people: a command for each verb."""
        rows = []
        for verb in self.verbs:
            what, fields, required = VERBS[verb]
            body = json.dumps({name: 3 if name == "n" else self.about["items"] for name in required})
            typed = f"curl -H 'content-type: application/json' -d {shlex.quote(body)} {request.base_url}{verb}"
            rows.append(
                f"<h2>POST /{verb}</h2><p>{escape(what)}</p><p>Fields: {escape(', '.join(fields))}</p>"
                f"<pre>{escape(typed)}</pre>"
            )
        title = escape(f"{self.about['family']} on {self.about['data']}")
        conditions = escape(", ".join(self.about["given"]) or "none")
        return HTMLResponse(
            f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1>"
            f"<p>Conditions: {conditions}. Described for programs in <a href=/openapi.json>openapi.json</a>.</p>"
            + "".join(rows)
        )

    async def _say(self, request: Request, error: Exception) -> Response:
        if isinstance(error, Refused):
            return Answer({"error": str(error)}, error.status)
        paths = ", ".join(f"POST /{verb}" for verb in self.verbs)
        return Answer({"error": f"this server answers {paths}; its first page says how"}, error.status_code)


def _items_of(body: dict) -> list:
    items = body.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        raise Refused(400, f"items must be a list of 1 to {MOST_ITEMS:,} items")
    return items


def _read_given(body: dict) -> dict:
    given = body.get("given", {})
    if not isinstance(given, dict):
        raise Refused(400, "given must be an object {name: value}")
    return given


def _read_integer(body: dict, name: str, most: int, least: int = 0) -> int | None:
    """A whole number of a body, None where it is left out."""
    return None if body.get(name) is None else int(read_number(body, name, least, most))
