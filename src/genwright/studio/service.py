"""`genwright serve`: runs behind HTTP, for other programs.

GET / is a page for people, GET /openapi.json describes the interface, and each verb of a run is a POST of JSON: at
/VERB of a single run, at /NAME/VERB of several. GET /livez and /readyz are for what watches over servers, /metrics for
Prometheus. What may reach it is told in `guard.py`; one process holds the models (`worker.py`), and is begun again if
it is lost.
"""

import asyncio
import base64
import binascii
import json
import shlex
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from .. import __version__
from ..core.errors import RunError
from ..run.folder import read_config
from ..run.shipped import run_folder
from .answers import ANSWERS
from .guard import LOCAL, TRUTH, Guard, Refused, body_of, body_schema
from .models import SEEDS, Answer
from .server import listen, names_of, run_until_ctrl_c
from .worker import Lost, Worker

MOST_SAMPLES, MOST_ITEMS, MOST_RANDOM = 10_000, 10_000, 100_000
MOST_WAITING = 256  # requests at a time
ITEMS = {"type": "array", "minItems": 1, "maxItems": MOST_ITEMS}
VALUES = {"type": "object", "description": "The condition, {name: value}."}
RANGES = {"type": "string", "description": 'Ranges: "age>60 & city=Bern|Basel".'}
SEED = {
    "type": ["integer", "null"],
    "minimum": 0,
    "maximum": SEEDS,
    "description": "The same seed gives the same answer.",
}
VERBS = {  # verb: what it does, {field of the body: schema}, required fields
    "sample": (
        "New items. With `file`, as a file in the form of the data.",
        {
            "n": {"type": "integer", "minimum": 1, "maximum": MOST_SAMPLES},
            "given": {"anyOf": [VALUES, RANGES]},
            "seed": SEED,
            "file": TRUTH,
        },
        ["n"],
    ),
    "log-prob": (
        "Log-likelihood of each item, in nats. `null`: the item cannot come from the model.",
        {
            "items": ITEMS,
            "given": VALUES,
            "draws": {"type": ["integer", "null"], "minimum": 1, "maximum": MOST_RANDOM},
        },
        ["items"],
    ),
    "predict": ("A prediction for each item.", {"items": ITEMS}, ["items"]),
    "complete": (
        "Items with their missing parts filled: `null` cells of rows, `_` or a final `*` of texts, else where `known` "
        "is false.",
        {"items": ITEMS, "known": {"type": "array"}, "given": {"anyOf": [VALUES, RANGES]}, "seed": SEED},
        ["items"],
    ),
}


ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
ERRORS = {
    400: "The request is wrong; `error` says how.",
    401: "The token is missing.",
    403: "A page of another web site asked.",
    404: "There is no such path.",
    405: "The path takes another method.",
    413: "The body is too long.",
    415: "The body is no JSON.",
    421: "The server does not answer to this name.",
    500: "A bug in genwright.",
    503: "Too many requests wait, or the model took too long.",
}
OPEN = "/livez", "/readyz"  # paths that need no token: they tell nothing of a model


def serve_runs(runs: Sequence[Path], port: int, host: str, token: str | None, names: Sequence[str] = ()) -> None:
    """Answer requests about runs until Ctrl-C.

    Args:
        runs: their folders, or names of shipped ones.
        port: the port to listen on.
        host: the address to listen on.
        token: what a client must send, as `Authorization: Bearer TOKEN` or as a password; None for nothing.
        names: other names of this server, such as that of a proxy before it.

    Raises RunError for a folder that holds no finished run, for two of one name, and for a port that is taken.
    """
    for run in runs:
        read_config(run)
    try:
        listening = listen(host, port)
    except OSError as error:
        raise RunError(f"port {port} of {host} is not free ({error.strerror}): name another with --port") from error
    with listening:
        service = Service(runs)
        try:
            asyncio.run(service.begin())
        except Refused as refused:
            service.worker.end()
            raise RunError(str(refused)) from refused
        port = listening.getsockname()[1]
        for run, served in zip(runs, service.served):
            print(f"{run}: http://{host}:{port}{served.prefix}/ answers {', '.join(served.verbs)}", flush=True)
        print("Ctrl-C ends it.", flush=True)
        run_until_ctrl_c(ServiceGuard(service.build(), token, port, names_of(host, names)), listening)


class ServiceGuard(Guard):
    """A guard for programs, which send no cookie. With a token, each request carries it in its header, by whatever name
    it calls the server: programs as a bearer token, browsers as the password of any user."""

    challenge = {"www-authenticate": 'Basic realm="genwright", charset="UTF-8"'}

    def __init__(self, app: ASGIApp, token: str | None, port: int, hosts: Iterable[str] | None = LOCAL):
        super().__init__(app, token, port, None if token else hosts)

    def admit(self, request: Request) -> bool:
        if request.url.path in OPEN and request.method in ("GET", "HEAD"):
            return False
        self.require_own_site(request)
        if self.token and not self.is_token(_sent_token(request.headers.get("authorization", ""))):
            raise Refused(401, "the token is missing: send the header `Authorization: Bearer TOKEN`")
        return False


def _sent_token(header: str) -> str:
    """The token in a header of HTTP: that of a bearer, or the password of Basic (RFC 7617)."""
    scheme, _, sent = header.partition(" ")
    if scheme.lower() == "bearer":
        return sent.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(sent, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


@dataclass
class Served:
    """A run that is answered for.

    Args:
        prefix: of its paths, as addresses write it.
        run: its folder.
        about: what `answers.about` tells of it.
    """

    prefix: str
    run: str
    about: dict

    @property
    def verbs(self) -> list[str]:
        return self.about["verbs"]

    def body_schema(self, verb: str) -> dict:
        """The schema of the body of a verb. Requests are checked by it, and `openapi` publishes it, with the schemas of
        items and conditions, which the worker's readers check."""
        _, fields, required = VERBS[verb]
        if "array" not in self.about.get("item", {}).get("type", ()):  # holes stand in rows and texts themselves
            return body_schema({field: one for field, one in fields.items() if field != "known"}, required)
        return body_schema(fields, [*required, "known"] if "known" in fields else required)

    @property
    def title(self) -> str:
        return f"{self.about['family']} on {self.about['data']}"


class Service:
    """Runs, and the process that holds them."""

    def __init__(self, runs: Sequence[Path]):
        folders = [run_folder(run).resolve() for run in runs]
        names = [folder.name for folder in folders]
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise RunError(f"two runs are called {twice[0]}, and a path names one: rename one of their folders")
        prefixes = [f"/{quote(name)}" for name in names] if len(folders) > 1 else [""]
        self.served = [Served(prefix, str(folder), {}) for prefix, folder in zip(prefixes, folders)]
        self.worker = Worker(folders[0].parent, "answers")
        self.waiting, self.answered, self.seconds = 0, Counter(), Counter()

    async def begin(self) -> None:
        """Ask what each run can do. Raises Refused for one that cannot be opened."""
        for served in self.served:
            served.about = await self.ask("about", served.run)

    def build(self) -> Starlette:
        @asynccontextmanager
        async def life(app: Starlette) -> AsyncIterator[None]:
            yield
            self.worker.end()

        verbs = {"sample": self.sample, "log-prob": self.log_prob, "predict": self.predict, "complete": self.complete}
        routes = [
            Route(f"{unquote(served.prefix)}/{verb}", self._counted(served, verb, verbs[verb]), methods=["POST"])
            for served in self.served
            for verb in served.verbs
        ]
        pages = {"/": self.page, "/openapi.json": self.openapi, "/metrics": self.metrics}
        pages |= {f"{unquote(served.prefix)}/": self.page for served in self.served} | dict.fromkeys(OPEN, self.is_well)
        routes += [Route(path, page) for path, page in pages.items()]
        return Starlette(
            routes=routes, exception_handlers=dict.fromkeys((Refused, HTTPException), self._say), lifespan=life
        )

    def _counted(self, served: Served, verb: str, answer: Callable) -> Callable[[Request], Awaitable[Response]]:
        """A handler of a verb of a run, whose answers are counted."""

        async def handle(request: Request) -> Response:
            began, status = time.monotonic(), 500
            try:
                body = await body_of(request, served.body_schema(verb))
                response = await answer(body, served.run)
                status = response.status_code
                return response
            except Refused as refused:
                status = refused.status
                raise
            finally:
                self.answered[Path(served.run).name, verb, status] += 1
                self.seconds[Path(served.run).name, verb] += time.monotonic() - began

        return handle

    async def ask(self, verb: str, run: str, *values: object) -> object:
        """The answer of a verb of `answers.py` about a run. A process that was lost is begun again, once."""
        if self.waiting >= MOST_WAITING:
            raise Refused(503, f"{MOST_WAITING} requests wait already: send it again later")
        self.waiting += 1
        try:
            try:
                return await self.worker.ask("", verb, run, *values)
            except Lost:
                return await self.worker.ask("", verb, run, *values)
        finally:
            self.waiting -= 1

    async def sample(self, body: dict, run: str) -> Response:
        asked = body["n"], body.get("given", {}), body.get("seed")
        if not body.get("file"):
            return Answer(await self.ask("sample", run, *asked))
        name, data = await self.ask("sample_file", run, *asked)
        head = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(data, headers=head, media_type="application/octet-stream")

    async def log_prob(self, body: dict, run: str) -> Response:
        return Answer(await self.ask("log_prob", run, body["items"], body.get("given", {}), body.get("draws")))

    async def predict(self, body: dict, run: str) -> Response:
        return Answer(await self.ask("predict", run, body["items"]))

    async def complete(self, body: dict, run: str) -> Response:
        asked = body["items"], body.get("known"), body.get("given", {}), body.get("seed")
        return Answer(await self.ask("complete", run, *asked))

    async def openapi(self, request: Request) -> Response:
        """A description of the interface, as OpenAPI 3.1 has it."""
        error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        errors = {str(status): {"description": what, "content": error} for status, what in ERRORS.items()}
        paths, schemas = {}, {"Error": ERROR}
        for served in self.served:
            name = served.prefix.strip("/")
            item, given = f"Item {name}".strip().replace(" ", "-"), f"Condition {name}".strip().replace(" ", "-")
            schemas |= {item: served.about["item"], given: served.about["condition"]}
            items = {"type": "array", "items": {"$ref": f"#/components/schemas/{item}"}}
            holed = {"type": "array", "items": served.about["holed"]}
            of_values = {"$ref": f"#/components/schemas/{given}"}
            for verb in served.verbs:
                what, schema = VERBS[verb][0], served.body_schema(verb)
                known_as = of_values if verb == "log-prob" else {"anyOf": [of_values, RANGES]}
                own = {"items": ITEMS | items, "given": known_as}
                fields = {field: own.get(field, one) for field, one in schema["properties"].items()}
                if verb == "complete":
                    fields["items"] = ITEMS | holed
                schema = schema | {"properties": fields}
                answer = ANSWERS[verb]
                if "items" in answer["properties"]:
                    answer = answer | {"properties": answer["properties"] | {"items": items}}
                content = {"application/json": {"schema": answer}}
                if verb == "sample":
                    content |= {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
                paths[f"{served.prefix}/{verb}"] = {
                    "post": {
                        "summary": what,
                        "operationId": "-".join(filter(None, (name, verb))),
                        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
                        "responses": {"200": {"description": "The answer.", "content": content}, **errors},
                    }
                }
        title = "; ".join(served.title for served in self.served)
        schemes = {"token": {"type": "http", "scheme": "bearer"}}
        return Answer(
            {
                "openapi": "3.1.0",
                "info": {"title": title, "version": __version__},
                "paths": paths,
                "security": [{}, {"token": []}],
                "components": {"schemas": schemas, "securitySchemes": schemes},
            }
        )

    async def is_well(self, request: Request) -> Response:
        """Whether this server runs, and whether it can answer at once."""
        if request.url.path == "/readyz" and self.waiting >= MOST_WAITING:
            raise Refused(503, f"{MOST_WAITING} requests wait already")
        return Answer({"status": "ok"})

    async def metrics(self, request: Request) -> Response:
        """Counts of answers and their seconds, in the text form of Prometheus."""
        lines = ["# TYPE genwright_requests_total counter"]
        for (run, verb, status), count in sorted(self.answered.items()):
            lines.append(f'genwright_requests_total{{run={json.dumps(run)},verb="{verb}",status="{status}"}} {count}')
        lines.append("# TYPE genwright_request_seconds_total counter")
        for (run, verb), seconds in sorted(self.seconds.items()):
            lines.append(f'genwright_request_seconds_total{{run={json.dumps(run)},verb="{verb}"}} {seconds:.6f}')
        lines += ["# TYPE genwright_requests_waiting gauge", f"genwright_requests_waiting {self.waiting}", ""]
        return PlainTextResponse("\n".join(lines), media_type="text/plain; version=0.0.4")

    async def page(self, request: Request) -> Response:
        """The interface for people: a command for each verb of each run."""
        token = '-H "authorization: Bearer $TOKEN" ' if "authorization" in request.headers else ""
        parts = []
        for served in self.served:
            conditions = escape(", ".join(served.about["given"]) or "none")
            parts.append(f"<h1>{escape(served.title)}</h1><p>Conditions: {conditions}.</p>")
            for verb in served.verbs:
                what, fields, required = VERBS[verb]
                body = json.dumps({name: 3 if name == "n" else served.about["items"] for name in required})
                address = f"{str(request.base_url).rstrip('/')}{served.prefix}/{verb}"
                typed = f"curl {token}-H 'content-type: application/json' -d {shlex.quote(body)} {address}"
                parts.append(
                    f"<h2>POST {escape(served.prefix)}/{verb}</h2><p>{escape(what)}</p>"
                    f"<p>Fields: {escape(', '.join(fields))}</p><pre>{escape(typed)}</pre>"
                )
        title = escape("; ".join(served.title for served in self.served))
        return HTMLResponse(
            f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
            "<p>Described for programs in <a href=/openapi.json>openapi.json</a>.</p>" + "".join(parts)
        )

    async def _say(self, request: Request, error: Exception) -> Response:
        if isinstance(error, Refused):
            return Answer({"error": str(error)}, error.status)
        paths = ", ".join(f"POST {served.prefix}/{verb}" for served in self.served for verb in served.verbs)
        sentence = f"this server answers {paths}; its first page says how"
        return Answer({"error": sentence}, error.status_code, getattr(error, "headers", None))
