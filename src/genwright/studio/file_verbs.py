"""Verbs of a run that take a file and bring one: what it predicts of rows, writes about images, or makes of them."""

import csv
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .guard import Refused, read_number, read_text
from .models import MOST_SAMPLES, text_of
from .shelf import LOGS, make_own
from .trainings import Trainings

READ_AGAIN = ("nodes", "directed", "sheet", "header_row")  # options of data that these verbs take too
LONGEST = 1_000  # letters of an instruction
CALLED = {"question": "the question", "ask": "the instruction", "before": "what the images show"} | {
    "after": "what they should show"
}  # texts of a body, as its page calls them


@dataclass(frozen=True)
class FileVerb:
    """A command that a page of a run offers.

    Args:
        out: name of the file that it brings, whose suffix tells a table from a picture.
        fields: of a body, beside "source".
        words: a body -> further words of the command.
        reads: options of data that it takes.
    """

    out: str
    fields: str
    words: Callable[[dict], list[str]]
    reads: tuple[str, ...] = ()


def _links(body: dict) -> list[str]:
    new = int(read_number({"n": 0, **body}, "n", 0, MOST_SAMPLES))
    return ["--new", str(new)] if new else []


def _question(body: dict) -> list[str]:
    return [_plain_text(body, "question")]


def _change(body: dict) -> list[str]:
    """An instruction, or what images show and what they should show."""
    names = ["ask"] if "ask" in body else ["source", "target"]
    texts = [_plain_text(body, {"source": "before", "target": "after"}.get(name, name)) for name in names]
    return [f"--{name}={text}" for name, text in zip(names, texts)]


def _plain_text(body: dict, name: str) -> str:
    if not body.get(name):
        raise Refused(400, f"{CALLED[name]} is missing: type it")
    text = read_text(body, name, LONGEST)
    if text.startswith("-"):
        raise Refused(400, f"{text!r:.60} begins with a minus sign, as options do: begin it with a word")
    return text


FILE_VERBS = {
    "predict": FileVerb("predictions.csv", "n", _links, READ_AGAIN),
    "caption": FileVerb("captions.csv", "", lambda body: []),
    "answer": FileVerb("answers.csv", "question", _question),
    "edit": FileVerb("edited.png", "ask before after", _change),
}


def apply_to_file(
    trainings: Trainings, name: str, run: Path, source: str, options: dict[str, object], body: dict
) -> dict:
    """What a verb of this name brings of data: {"name", "columns", "rows", "file"} of a table, whose text is the file,
    or {"name", "png"}. Raises Refused with the sentence of the command where it brings nothing."""
    verb = FILE_VERBS[name]
    read = {option: value for option, value in options.items() if option in verb.reads}
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=make_own(trainings.root / LOGS)) as folder:
        out = Path(folder, verb.out)
        trainings.run_file_verb(name, run, source, read, verb.words(body), out)
        if out.suffix == ".png":
            return {"name": out.name, "png": text_of(out.read_bytes())}
        text = out.read_text(encoding="utf-8")
    columns, *rows = [row for row in csv.reader(io.StringIO(text)) if row] or [[]]
    return {"name": verb.out, "columns": columns, "rows": rows[:MOST_SAMPLES], "file": text}
