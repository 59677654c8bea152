"""The page of a node of a graph."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ...studio.guard import body_of, body_schema, read_text
from ...studio.models import LONGEST_TEXT, Answer, Models
from ...studio.page import Page


async def node(models: Models, request: Request) -> Response:
    """{"name": of a node, or "" for the first}."""
    entry, body = models.run_of(request), await body_of(request, body_schema("name"))
    told = await models.worker.ask(f"node {entry.id}", "node", str(entry.path), read_text(body, "name", LONGEST_TEXT))
    return Answer(told)


PAGE = Page(
    "graph",
    Path(__file__).parent / "static" / "graph.js",
    "look at nodes",
    of_run=lambda run: run["task"] == "nodes",
    asks={"node": node},
    verbs="genwright.graphs.studio.verbs",
)
