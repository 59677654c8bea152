"""Labels of the nodes of a graph, as studies take them."""

from typing import Any

from ...core.data import Data
from ...core.errors import DataError
from ...run.tasks import task_of
from ..package import NODES


def labelled_nodes(data: Any, study: str) -> Data:
    """Returns the labels of the nodes of one graph as a task.

    Raises DataError for data without such labels, saying how they are named.

    Args:
        data: The data set.
        study: its name, for the error.
    """
    task = task_of(data, None)
    if (task.kind, task.task) != NODES:
        raise DataError(
            f"{task.name} has no labels of nodes, which a {study} needs. Try cora, citeseer or karate-club, or pass an "
            "edge list with its table of nodes (nodes, --nodes) and the column of labels (target, --target)"
        )
    return task
