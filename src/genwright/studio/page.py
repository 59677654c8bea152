"""A page that a package brings to the studio: a script, what the page may ask a model, and the verbs that answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from .models import Models


@dataclass(frozen=True)
class Page:
    """A page for one model.

    Args:
        name: in the address, as in #/NAME/RUN; the script defines the element studio-NAME.
        script: a module of JavaScript, which may import what lies below /static.
        asks: {last part of an address below /api/models/RUN: handler of a POST}.
        verbs: dotted name of the module with the verbs that its handlers ask (see `studio.touch.verb`).
    """

    name: str
    script: Path
    asks: Mapping[str, Callable[[Models, Request], Awaitable[Response]]] = field(default_factory=dict)
    verbs: str = ""
