"""A page that a package brings to the studio: a script, what links lead to it, what it may ask, and what answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from .models import Models
from .shelf import Entry

Handlers = Mapping[str, Callable[[Models, Request], Awaitable[Response]]]


@dataclass(frozen=True)
class Job:
    """A command of a package, which its page begins. The first page lists the folder that it writes.

    Args:
        record: the file that marks such a folder.
        result: the file that is there when the command has ended.
        show: facts of a folder for the page, which asks again while the command runs.
    """

    record: str
    result: str
    show: Callable[[Entry], dict]


def never(facts: dict) -> bool:
    return False


@dataclass(frozen=True)
class Page:
    """A page for one run, for one source of data, or for one job.

    Args:
        name: in the address, as in #/NAME/ID; the script defines the element studio-NAME. A page with a job has the
            name of its command.
        script: a module of JavaScript. It may import what lies below /static, and files beside it.
        link: words of the link to the page.
        of_run: whether a trained run links to the page, by "kind", "task", "verbs" and "widgets" of the run.
        of_data: whether data link to the page, by the facts that `touch.py` tells of them.
        asks: {last part of an address below /api/models/RUN: handler of a POST}.
        answers: {last part of an address below /api/pages/NAME: handler of a POST}.
        verbs: dotted name of the module with the verbs that its handlers ask (see `studio.touch.verb`).
        job: the command that the page begins.
    """

    name: str
    script: Path
    link: str = ""
    of_run: Callable[[dict], bool] = never
    of_data: Callable[[dict], bool] = never
    asks: Handlers = field(default_factory=dict)
    answers: Handlers = field(default_factory=dict)
    verbs: str = ""
    job: Job | None = None
