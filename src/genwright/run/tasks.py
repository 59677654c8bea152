"""What data are learned for: a graph becomes the items of a task, anything else is itself."""

from __future__ import annotations

from typing import Any

from ..core.data import Data
from ..core.errors import DataError
from ..data.load import load_data
from ..graphs.graph_data import GraphData
from ..graphs.interactions import Interactions
from ..recipes import registry


def task_of(data: Any, task: str | None) -> Data:
    """What the loop trains on: `data` itself (loaded, where it is anything else that `load_data` takes), or of a graph
    the items of a task. task: by name, by default what the graph's labels are of, else relations or links.

    Raises DataError for a task that the data cannot have.
    """
    data = _loaded(data, task)
    if isinstance(data, Data):
        if task in (None, data.task):
            return data
        if data.whole is None and (data.kind, task) not in registry.TASKS:
            raise DataError(
                f"task={task!r} is for a graph, and {data.name} is none: leave it out, or, where it is an edge list, "
                "name the table of its nodes (nodes, --nodes) and their labels in it (target, --target)"
            )
        data = data if data.whole is None else data.whole
    return registry.task_data(task or data.default_task)(data)


def graph_data(data: Any, task: str | None = None) -> GraphData | Interactions:
    """The graph to predict about: `data` itself, loaded for a task where it is not. Raises DataError where it is
    none."""
    data = _loaded(data, task)
    if isinstance(data, Data):
        raise DataError(
            f"{data.name} is no graph, and the model was trained on one: name a graph, or an edge list with its nodes"
        )
    return data


def _loaded(data: Any, task: str | None) -> Data | GraphData | Interactions:
    return data if isinstance(data, (Data, GraphData, Interactions)) else load_data(data, task=task)
