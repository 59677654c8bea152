"""The data that a model was trained on, read again from where its record says they lie."""

from typing import Any

from ..core.data import Data
from ..core.errors import DataError, GenwrightError
from ..kinds.load import load_data
from ..kinds.option import as_recorded
from .tasks import task_of


def training_data(model: Any) -> Data:
    """The data of a trained model. Raises DataError where they cannot be read, or are others than it was trained on."""
    config, record = model.config, model.config["data"]
    source, options = record["source"], as_recorded(record["options"])
    try:
        data = task_of(load_data(source, seed=config["seed"], task=config["task"], **options), config["task"])
    except (GenwrightError, TypeError) as error:
        raise DataError(f"{source}, which the run was trained on, cannot be read again ({error})") from error
    if data.hash != record["hash"]:
        raise DataError(f"{source} is not what the run was trained on any more")
    return data


def training_data_if_there(model: Any) -> Data | None:
    try:
        return training_data(model)
    except DataError:
        return None
