"""The data of a task: made from whole data such as a graph, read again as a model was trained on them, or split anew.

The record of a trained model says where its data lie. A metric over several splits has an error that includes the
choice of the split.
"""

from typing import TYPE_CHECKING

from ..core.addresses import is_address, require_typed
from ..core.arguments import checked
from ..core.data import Data, Whole
from ..core.domain import BaseDomain
from ..core.errors import DataError, GenwrightError, ItemError
from ..core.type_names import DataSource, Options, UserItems
from ..kinds import resplit as items_of_kind
from ..kinds.known_kinds import kinds
from ..kinds.load import load_data, read_items, stands_alone
from ..kinds.options import as_recorded
from ..zoo import registry
from .trained_model import TrainedModel

if TYPE_CHECKING:
    from ..families.task_data import TaskDomain

EDGE_LIST = "where it is an edge list, name the table of its nodes (nodes, --nodes)"


@checked
def task_of(data: DataSource, task: str | None) -> Data:
    """The `Data` of a task. If `data` is no Data, it is loaded first, or its items are made for the task.

    Args:
        data: A Data, a graph, interactions, or anything that `load_data` takes.
        task: Name of the task. Default: None, the task of `Data`, or the first that suits a graph or interactions.

    Raises DataError for a task that the data cannot have.
    """
    data = data if isinstance(data, (Data, Whole)) else load_data(data, task=task)
    if isinstance(data, Data):
        if task in (None, data.task):
            return data
        data = data.whole or data
    task = data.default_task if task is None else task
    if (data.kind, task) not in registry.TASKS:
        raise DataError(_no_such_task(data, task))
    return registry.task_data(data.kind, task)(data)


def task_data(data: DataSource, domain: "TaskDomain", trained: Options | None = None) -> Data:
    """The task of a predictor on data to predict about.

    Args:
        data: Its `Data`, a whole, or what `load_data` takes, which is items in a person's form where items stand alone.
        domain: Of the predictor.
        trained: As in `read_items`.

    Raises DataError for data of another kind than those of training, or that cannot be asked about.
    """
    if isinstance(data, Data) and (data.kind, data.task) == (domain.kind, domain.task):
        return data
    if domain.takes(data):
        return domain.without_labels(data)
    if not isinstance(data, (Data, Whole)):
        data = (
            read_items(data, domain, trained).items if stands_alone(domain.kind) else load_data(data, task=domain.task)
        )
    if isinstance(data, Data) and data.whole is not None:
        data = data.whole
    if isinstance(data, (Data, Whole)) and data.kind != domain.kind:
        data_kind, run_kind = (kinds()[kind].called for kind in (data.kind, domain.kind))
        instead = "" if isinstance(data, Whole) or stands_alone(domain.kind) else f", or, {EDGE_LIST}"
        raise DataError(
            f"{data.name} holds {data_kind}, and the model was trained on {run_kind}: name {run_kind}{instead}"
        )
    if isinstance(data, Data):
        raise DataError(f"{data.name} was loaded for another task: name its source, or its items, as `test`")
    unlabelled = domain.without_labels(data)
    return registry.task_data(domain.kind, domain.task)(data) if unlabelled is None else unlabelled


def _no_such_task(data: Data | Whole, task: str) -> str:
    kind_names = [kinds()[kind].called for kind, name in registry.TASKS if name == task]
    if not kind_names:
        return f"no task is called {task!r}: choose one of {', '.join(registry.tasks(data.kind))}"
    instead = f"choose one of {', '.join(registry.tasks(data.kind))} for these data"
    if isinstance(data, Data):
        instead = f"leave it out, or, {EDGE_LIST} and their labels in it (target, --target)"
    return (
        f"task={task!r} is for {' or '.join(kind_names)}, and {data.name} holds {kinds()[data.kind].called}: {instead}"
    )


def training_data(model: TrainedModel) -> Data:
    """Returns the data of a trained model. Raises DataError where they cannot be read, or are others than it was
    trained on."""
    config, record = model.config, model.config["data"]
    source, options = record["source"], as_recorded(record["options"])
    try:
        if is_address(source):
            require_typed(source)
        data = task_of(load_data(source, seed=config["seed"], task=config["task"], **options), config["task"])
    except (GenwrightError, TypeError) as error:
        raise DataError(f"{source}, which the run was trained on, cannot be read again ({error})") from error
    if data.hash != record["hash"]:
        raise DataError(f"{source} is not what the run was trained on any more")
    return data


def training_data_if_there(model: TrainedModel) -> Data | None:
    """Returns the data of a trained model; None where they cannot be read, and from a database, to which nobody asked
    to connect."""
    if is_address(model.config["data"]["source"]):
        return None
    try:
        return training_data(model)
    except DataError:
        return None


def can_resplit(data: Data) -> bool:
    """Tells whether `resplit` supports the task of the data, and neither their source nor time fixes the test set."""
    return (
        data.domain.resplits and not data.settled if registry.predicts(data.task) else items_of_kind.can_resplit(data)
    )


def resplit(data: Data, seed: int) -> Data:
    """Returns the same task on items of which `can_resplit` holds, split by another seed."""
    if not registry.predicts(data.task):
        return items_of_kind.resplit(data, seed)
    return registry.task_data(data.kind, data.task)(data.whole.split_again(seed))


def further_split(data: Data, seed: int, number: int) -> Data:
    """Returns the data of a comparison's further split of this number, from 1. Raises DataError where there is only
    one.

    Args:
        data: The data set, in its parts.
        seed: Seed of the random numbers.
    """
    if not can_resplit(data):
        raise DataError(f"{data.name} are split in one way only, by their source or by time: leave --split-number out")
    return resplit(data, seed + number)


def misfits(domain: BaseDomain, items: UserItems, first: int = 0) -> dict[int, ItemError]:
    """Returns {number: error} of each item that a model of `domain` cannot take.

    Found by halves: where few of many are wrong, most are encoded together.

    Args:
        items: Items in the user's form.
        first: the number of the first.
    """
    try:
        domain.encode(items)
        return {}
    except ItemError as error:
        if len(items) == 1:
            return {first: error}
    half = len(items) // 2
    return misfits(domain, items[:half], first) | misfits(domain, items[half:], first + half)
