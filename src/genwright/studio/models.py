"""What a person does with a model from a page: samples, rows, files, walks and completions."""

import base64
import json
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .guard import Refused, body_of, body_schema, read_conditions, read_number, read_text, read_texts
from .shelf import RUN, Entry, Shelf
from .trainings import Trainings, command, condition_words
from .worker import Worker

PICTURE = {"media_type": "image/png"}
LARGEST_MASK = 2**21  # letters of a mask in base64
MOST_SAMPLES, MOST_DRAWS, MOST_POINTS = 1_000, 12, 9
MOST_ROWS, MOST_FILE = 50, 10_000  # items of a table that a page shows, and of a file that it brings
CURES = {"--keep-rules": "keep_rules", "--unique": "unique"}  # options of `sample`, and their names in Python
SEEDS = 2**31
LONGEST_TEXT = 1_000  # letters
MOST_GUIDANCE = 30
COMPLETING = body_schema("number known keep draws seed given")


class Answer(JSONResponse):
    """JSON in ASCII: names of files, and texts in records, need not be Unicode."""

    def render(self, content: object) -> bytes:
        return json.dumps(content, allow_nan=False).encode()


class Models:
    """The models of a folder, which the worker holds, and the commands that the studio begins there."""

    def __init__(self, shelf: Shelf, worker: Worker, trainings: Trainings):
        self.shelf, self.worker, self.trainings = shelf, worker, trainings

    def telling(self, verb: str) -> Callable[[Request], Awaitable[Response]]:
        """A handler that tells what a verb of the worker says of a run."""

        async def answer(request: Request) -> Response:
            return Answer(await self.worker.ask("", verb, str(self.run_of(request).path)))

        return answer

    async def samples(self, request: Request) -> Response:
        """{"n", "seed", "given": {name: value}, "mend"}."""
        entry, body, n, seed = await self.sampling_of(request, MOST_SAMPLES, "given mend")
        given, cures = read_conditions(body), await self._cures(entry, body)
        typed = command([*_sample_words(entry, n, seed, given), *cures])
        asked = str(entry.path), n, seed, given, [CURES[cure] for cure in cures], typed
        drawn = await self.worker.ask(f"samples {entry.id}", "samples", *asked)
        return Response(drawn, headers={"x-command": quote(typed)}, **PICTURE)

    async def sampled_rows(self, request: Request) -> Response:
        """{"n", "seed", "given", "mend"}: samples beside real items as rows of text, or as sounds."""
        entry, body, n, seed = await self.sampling_of(request, MOST_ROWS, "given mend")
        cures = [CURES[cure] for cure in await self._cures(entry, body)]
        asked = str(entry.path), n, seed, read_conditions(body), cures
        return Answer(await self.worker.ask(f"rows {entry.id}", "sampled_rows", *asked))

    async def sampled_file(self, request: Request) -> Response:
        """{"n", "seed", "given", "mend": whether what breaks rules is mended, as by default}: a file of samples, in
        the form of the data."""
        entry, body, n, seed = await self.sampling_of(request, MOST_FILE, "given mend")
        given, cures = read_conditions(body), await self._cures(entry, body)
        asked = str(entry.path), n, seed, given, [CURES[cure] for cure in cures]
        name, data = await self.worker.ask(f"file {entry.id}", "sampled_file", *asked)
        typed = command([*_sample_words(entry, n, seed, given), *cures, "--out", name])
        return Response(
            data, headers={"x-command": quote(typed), "x-name": name}, media_type="application/octet-stream"
        )

    async def _cures(self, entry: Entry, body: dict) -> list[str]:
        """Options that mend the samples of a run, the same for every page and button: rows keep the rules of their
        table, and what its comparison advises. None where the body says "mend": false."""
        if not body.get("mend", True):
            return []
        advised = [pick["cures"] for pick in self.shelf.picks_of(entry)]
        rules = ["--keep-rules"] if await self.worker.ask("", "knows_rules", str(entry.path)) else []
        return [cure for cure in CURES if cure in {*rules, *(one for cures in advised for one in cures)}]

    async def decode(self, request: Request) -> Response:
        """{"points": [[x, y], ...]}, or {"a", "b", "t"}: on the way between two items. "given" as for samples."""
        entry, body = self.run_of(request), await body_of(request, body_schema("points a b t given"))
        about, run, given = f"walk {entry.id}", str(entry.path), read_conditions(body)
        note = " ".join([f"{entry.name}:", *condition_words(given)])
        if "points" in body:
            points = body["points"]
            if not isinstance(points, list) or not 1 <= len(points) <= MOST_POINTS:
                raise Refused(400, f"points must be a list of at most {MOST_POINTS}")
            if any(not isinstance(point, list) or len(point) != 2 for point in points):
                raise Refused(400, "a point has two numbers")
            places = [[read_number({"x": x}, "x", -100, 100) for x in point] for point in points]
            asked = run, places, given, f"{note} at {places} in the plane of its codes"
            return Response(await self.worker.ask(about, "decode", *asked), **PICTURE)
        a, b = (int(read_number(body, name, 0, SEEDS)) for name in "ab")
        t = read_number(body, "t", 0, 1)
        asked = run, a, b, t, given, f"{note} {t:.3f} of the way from item {a} to item {b}"
        return Response(await self.worker.ask(about, "item_between", *asked), **PICTURE)

    async def item(self, request: Request) -> Response:
        entry, number = self.run_of(request), request.path_params["number"]
        item = await self.worker.ask(f"item {entry.id}", "item", str(entry.path), number)
        return Answer(item | {"png": text_of(item["png"])})

    async def complete(self, request: Request) -> Response:
        """{"number": of the item, "known": bits of a picture in base64, or "keep": steps at the beginning of a clip,
        "draws", "seed"}. "given" as for samples."""
        entry, body = self.run_of(request), await body_of(request, COMPLETING)
        number, seed = (int(read_number(body, name, 0, SEEDS)) for name in ("number", "seed"))
        draws = int(read_number(body, "draws", 1, MOST_DRAWS))
        given = read_conditions(body)
        if "keep" in body:
            verb, known = "go_on", int(read_number(body, "keep", 1, SEEDS))
            place = f"item {number} after its first {known}, seed {seed}"
            note = " ".join([f"{entry.name}:", *condition_words(given), place])
        else:
            typed = ["complete", entry.name, "completions.npz", "--samples", str(draws), "--seed", str(seed)]
            note = command([*typed, *condition_words(given)])
            try:
                verb, known = "complete", base64.b64decode(read_text(body, "known", most=LARGEST_MASK), validate=True)
            except ValueError as error:
                raise Refused(400, "known must be base64") from error
        asked = str(entry.path), number, known, draws, seed, given, note
        completed = await self.worker.ask(f"complete {entry.id}", verb, *asked)
        return Answer({name: text_of(part) for name, part in completed.items()} | {"command": note})

    async def complete_row(self, request: Request) -> Response:
        """{"locked": {column: cell}, "n", "seed"}: rows of a table with the locked cells."""
        entry, body, n, seed = await self.sampling_of(request, MOST_ROWS, "locked")
        asked = str(entry.path), read_texts(body, "locked"), n, seed
        completed = await self.worker.ask(f"row {entry.id}", "complete_row", *asked)
        typed = ["complete", entry.name, "rows.csv", "--seed", str(seed), "--out", "filled.csv"]
        return Answer(completed | {"command": command(typed)})

    async def guided_samples(self, request: Request) -> Response:
        """{"n", "seed", "given", "guidance": a number, left out for that of training, "against": as "given"}."""
        entry, body, n, seed = await self.sampling_of(request, MOST_SAMPLES, "given guidance against")
        given, against = read_conditions(body), read_texts({"against": {}, **body}, "against")
        guidance = read_number(body, "guidance", 0, MOST_GUIDANCE) if "guidance" in body else None
        words = _sample_words(entry, n, seed, given)
        words += [] if guidance is None else ["--guidance", f"{guidance:g}"]
        words += condition_words(against, "--against")
        asked = str(entry.path), n, seed, given, guidance, against, command(words)
        drawn = await self.worker.ask(f"samples {entry.id}", "guided_samples", *asked)
        return Response(drawn, headers={"x-command": quote(command(words))}, **PICTURE)

    async def search_images(self, request: Request) -> Response:
        """{"text", "n"}: the images that a text describes best, of those that the run did not learn from."""
        entry, body = self.run_of(request), await body_of(request, body_schema("text n"))
        text, n = read_text(body, "text", LONGEST_TEXT), int(read_number(body, "n", 1, MOST_ROWS))
        note = f"{entry.name}: test images nearest to {text!r}"
        matched = await self.worker.ask(f"search {entry.id}", "search_images", str(entry.path), text, n, note)
        return Answer({name: text_of(part) for name, part in matched.items()})

    async def read_images(self, request: Request) -> Response:
        """{"question": or "", "n", "seed"}: test images by chance, with what the run writes about each."""
        entry, body, n, seed = await self.sampling_of(request, MOST_ROWS, "question")
        question = read_text(body, "question", LONGEST_TEXT) if body.get("question") else ""
        asked = str(entry.path), question, n, seed, f"{entry.name}: test images by chance, seed {seed}"
        told = await self.worker.ask(f"read {entry.id}", "read_images", *asked)
        typed = ["answer", entry.name, "IMAGES", question] if question else ["caption", entry.name, "IMAGES"]
        return Answer({name: text_of(part) for name, part in told.items()} | {"command": command(typed)})

    def run_of(self, request: Request) -> Entry:
        """The run that a request names. Raises Refused where there is none."""
        return self.shelf.find(request.path_params["id"], RUN)

    async def sampling_of(self, request: Request, most: int, more: str = "given") -> tuple[Entry, dict, int, int]:
        """The run, the body, and of the latter "n", at most so many, and "seed". more: its other fields."""
        entry, body = self.run_of(request), await body_of(request, body_schema(f"n seed {more}"))
        return entry, body, int(read_number(body, "n", 1, most)), int(read_number(body, "seed", 0, SEEDS))


def _sample_words(entry: Entry, n: int, seed: int, given: dict[str, str]) -> list[str]:
    return ["sample", entry.name, "-n", str(n), "--seed", str(seed), *condition_words(given)]


def text_of(data: object) -> object:
    """Bytes as a text that JSON holds; all else as it is."""
    return base64.b64encode(data).decode() if isinstance(data, bytes) else data
