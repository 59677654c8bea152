"""What may reach the studio: only the browser that was given the token, on this machine, from a page of the studio;
and only options of data.

Every web page that a browser here shows can reach a server on this machine. So a request must come from no other
origin than the host that it names, and carry the token. The token stands in the address of the first page, then in a
cookie that scripts cannot read and other sites do not send. On this machine a request must also name a host that the
server knows, against names that are bound anew to 127.0.0.1.

Options of data come from a browser or from the record of a run. Neither may name other words of `genwright fit`, nor
files outside the studio's folder.
"""

import asyncio
import hmac
import html
import math
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from pathlib import Path, PureWindowsPath
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..core.addresses import is_address
from ..core.errors import DataError
from ..core.limits import lies_inside
from ..core.safe_text import parse_json
from ..core.schemas import find_fault, require
from ..kinds.formats.source import MEMBER
from ..kinds.known_kinds import options as table
from ..kinds.options import order_options, schema_of

LARGEST_JSON = 4 * 2**20  # bytes of a body
MOST_BYTES = 16 * LARGEST_JSON  # bytes of the bodies of all requests that are not answered yet
LONGEST = 10_000  # letters of a text that a browser sends
LOCAL = ("127.0.0.1", "localhost")
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob: data:; style-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>This address opens nothing</title></head>
<body><main><h1>This address opens nothing</h1><p>The server refused it: {}.</p></main></body></html>
"""


class Refused(Exception):
    """A request that is not answered, with the status and the sentence that it gets."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status


class Guard:
    """ASGI middleware in front of the application.

    Args:
        token: what the browser must know.
        port: of the server.
        hosts: names of this machine that the browser may use; None for any.
    """

    challenge: dict[str, str] = {}  # headers beside status 401

    def __init__(self, app: ASGIApp, token: str | None, port: int, hosts: Iterable[str] | None = LOCAL):
        self.app, self.token = app, token
        self.hosts = None if hosts is None else set(map(str.lower, hosts))
        self.cookie = f"genwright-{port}"  # cookies are shared by all ports of a host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # the studio opens no web sockets
        request = Request(scope)
        try:
            first = self.admit(request)
        except Refused as refused:
            headers = self.challenge if refused.status == 401 else None
            await _refusal_for(request, refused, headers)(scope, receive, self._with_headers(send))
            return
        with suppress(ClientDisconnect):  # nobody is left to be answered
            await self.app(scope, receive, self._with_headers(send, first))

    def admit(self, request: Request) -> bool:
        """Whether the request carries the token in its address. Raises Refused."""
        self.require_own_site(request)
        known = parse_qs(request.url.query).get("token", [])
        if request.url.path == "/" and any(map(self.is_token, known)):
            return True
        if not self.is_token(self._of_cookie(request.headers.get("cookie", ""))):
            raise Refused(401, "the token is missing: open the address that the terminal shows, with its token")
        return False

    def require_own_site(self, request: Request) -> None:
        """Raises Refused for a request that names another host, or comes from a page of another site. A proxy may bring
        another port and https."""
        headers = request.headers
        hosts = headers.getlist("host")
        name = hosts[0].partition(":")[0].lower() if len(hosts) == 1 else ""
        if not name or (self.hosts is not None and name not in self.hosts):
            raise Refused(
                421, f"this server does not answer to the name {name!r}: begin it with --allow-host and that name"
            )
        if any(origin not in (f"http://{hosts[0]}", f"https://{hosts[0]}") for origin in headers.getlist("origin")):
            raise Refused(403, "another web site asked for this: use a page of this server")
        if request.method not in ("GET", "HEAD") and headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise Refused(403, "another web site asked for this: use a page of this server")

    def is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self.token.encode())

    def _of_cookie(self, text: str) -> str:
        try:
            cookie = SimpleCookie(text).get(self.cookie)
        except CookieError:
            return ""
        return cookie.value if cookie else ""

    def _with_headers(self, send: Send, first: bool = False) -> Send:
        """first: whether the answer brings the cookie."""
        cookie = f"{self.cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict"
        more = HEADERS | ({"set-cookie": cookie} if first else {})

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                has = {name for name, _ in message["headers"]}
                own = [(name.encode(), value.encode()) for name, value in more.items() if name.encode() not in has]
                message = message | {"headers": [*message["headers"], *own]}
            await send(message)

        return answer


def _refusal_for(request: Request, refused: Refused, headers: Mapping[str, str] | None) -> Response:
    """A page for a person who opened an address, and JSON for all else."""
    if request.method == "GET" and request.url.path == "/" and "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(PAGE.format(html.escape(str(refused))), refused.status, headers)
    return JSONResponse({"error": str(refused)}, refused.status, headers)


TEXT, OBJECT, LIST = ({"type": kind} for kind in ("string", "object", "array"))
WHOLE, NUMBER, TRUTH = ({"type": kind} for kind in ("integer", "number", "boolean"))
FIELDS = {  # of requests of the studio; handlers check ranges
    **dict.fromkeys(("source", "family", "name", "note", "text", "question", "scaffold", "known"), TEXT),
    **dict.fromkeys(("about", "answer", "samples", "ask", "before", "after"), TEXT),
    **dict.fromkeys(("n", "seed", "draws", "number", "keep", "a", "b", "previews"), WHOLE),
    **dict.fromkeys(("minutes", "t", "guidance"), NUMBER),
    **dict.fromkeys(("options", "against", "locked"), OBJECT),
    "points": LIST,
    "mend": TRUTH,
    "given": {"type": ["array", "object"]},
}


def body_schema(fields: Mapping[str, dict] | str, required: Iterable[str] = ()) -> dict:
    """The schema of a body that has no other fields.

    Args:
        fields: {name: schema}, or names of `FIELDS` with spaces between them.
        required: those that may not be left out.
    """
    fields = {name: FIELDS[name] for name in fields.split()} if isinstance(fields, str) else dict(fields)
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


async def body_of(request: Request, schema: dict) -> dict[str, object]:
    """The JSON object of a request, the one way in which this server reads one. Raises Refused for another body, for a
    key that comes twice, and for one that is not as its schema says.

    Args:
        request: the request.
        schema: as `body_schema` writes it.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(415, "the body must be application/json")
    require_length(request, LARGEST_JSON)
    data = await BODIES.read(request)
    try:
        body = parse_json(data, "the body", strict=True)
    except DataError as error:
        raise Refused(400, str(error)) from error
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body is no JSON, or it is nested too deeply") from error
    if not isinstance(body, dict):
        raise Refused(400, "the body must be an object")
    known = schema["properties"]
    if unknown := sorted(set(body) - set(known)):
        raise Refused(400, f"there is no field {unknown[0]!r:.50}: use {', '.join(known)}")
    for name, value in body.items():  # to JSON Schema, 3.0 is whole
        if isinstance(value, float) and value.is_integer() and "integer" in known[name].get("type", ()):
            body[name] = int(value)
    if fault := find_fault(body, schema):
        raise Refused(400, f"the body is not as it must be ({fault}): correct it")
    return body


class Bodies:
    """Bodies in memory, MOST_BYTES together at most. Where one more exceeds that, the unfinished one that began first
    is refused. A body counts until its request is answered."""

    def __init__(self):
        self.sizes: dict[asyncio.Task, int] = {}  # bytes of a request's body
        self.unfinished: dict[asyncio.Task, asyncio.Timeout] = {}  # ends the reading, the first first

    async def read(self, request: Request) -> bytearray:
        """The body of a request. Raises Refused for one that is too long, and where too many are in memory."""
        task, data = asyncio.current_task(), bytearray()
        task.add_done_callback(lambda ended: self.sizes.pop(ended, None))
        try:
            async with asyncio.timeout(None) as reading:
                self.unfinished[task] = reading
                async for part in request.stream():
                    data += part
                    if len(data) > LARGEST_JSON:
                        raise Refused(413, f"the body has more than {LARGEST_JSON:,} bytes")
                    self.sizes[task] = len(data)
                    self._make_room()
        except TimeoutError:
            raise Refused(503, "too many large requests are under way: send it again later") from None
        finally:
            self.unfinished.pop(task, None)
        return data

    def _make_room(self) -> None:
        while self.unfinished and sum(self.sizes.values()) > MOST_BYTES:
            first = next(iter(self.unfinished))
            self.sizes.pop(first, None)
            self.unfinished.pop(first).reschedule(0.0)  # the past: it ends at once


BODIES = Bodies()


def require_length(request: Request, most: int) -> None:
    """Raises Refused where a request says that its body has more bytes, before one of them is read."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > most:
        raise Refused(413, f"the body has more than {most:,} bytes")


def read_text(body: dict, name: str, most: int = LONGEST) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > most:
        raise Refused(400, f"{name} must be a text of at most {most:,} letters")
    return value


def read_word(body: dict, name: str) -> str:
    value = read_text(body, name, 60)
    if not value.replace("-", "").isalnum():
        raise Refused(400, f"{name} must be one word: letters, digits and hyphens")
    return value


def read_number(body: dict, name: str, least: float, most: float) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Refused(400, f"{name} must be a number")
    if not least <= value <= most:
        raise Refused(400, f"{name} must be between {least} and {most:,}")
    return float(value)


def read_conditions(body: dict) -> dict[str, str]:
    return read_texts({"given": {}, **body}, "given")


def read_texts(body: dict, name: str) -> dict[str, str]:
    texts = body.get(name)
    if not isinstance(texts, dict):
        raise Refused(400, f"{name} must be an object of names and texts")
    return {key: read_text(texts, key) for key in texts}


TYPES_FILE = re.compile(r"\.toml\s*(,|$)")  # in a column or its type: `--types` would take it for a file


def check_options(options: dict[str, object], root: Path) -> dict[str, object]:
    """Options as `load_data` takes them. Raises DataError for an option that it does not have, a value of another type,
    and a file outside the studio's folder.

    Args:
        options: by name.
        root: the studio's folder, without links.
    """
    options = order_options(options, table())
    require(options, schema_of(table()), "the request", "correct this option, or leave it out", DataError)
    for column, kind in options.get("types", {}).items():
        if column == "*" or TYPES_FILE.search(column) or TYPES_FILE.search(kind):
            raise DataError(f"types has {column!r}={kind!r}: give one type for each column")
    map_files(options, lambda text: require_inside(text, root))
    return options


BESIDE_DATA = {  # what `fit` and `compare` take beside options of data: what is learned, and by which families
    "task": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,59}$"},
    "family": {"type": "array", "items": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9-]{0,59}$"}},
}


def check_settings(options: dict[str, object], root: Path) -> dict[str, object]:
    """Options as `compare` takes them, those of data first. Raises DataError as `check_options` does."""
    beside = {name: options[name] for name in BESIDE_DATA if options.get(name)}
    require(beside, {"properties": BESIDE_DATA}, "the request", "correct this option, or leave it out", DataError)
    return check_options({name: value for name, value in options.items() if name not in BESIDE_DATA}, root) | beside


def map_files(options: dict[str, object], change: Callable[[str], object]) -> dict[str, object]:
    """Options with `change` applied to each text that may be the path of a file."""
    each = lambda value: [each(part) for part in value] if isinstance(value, list) else change(value)
    names = [option.name for option in table() if option.names_file and option.name in options]
    return options | {name: options[name] if isinstance(options[name], dict) else each(options[name]) for name in names}


def require_inside(text: str, root: Path) -> None:
    """Raises DataError for a path that leads out of the studio's folder, from which it is taken, and for an address. It
    may be a path of Windows, or name a member of an archive."""
    archive = text.partition(MEMBER)[0]
    elsewhere = is_address(text) or "\0" in text or text[:1] in ("~", "-") or PureWindowsPath(text).drive
    if elsewhere or not all(lies_inside(root / path, root) for path in (text, archive)):
        raise DataError(f"{text!r} lies outside the studio's folder: put the file there, or use a terminal")
