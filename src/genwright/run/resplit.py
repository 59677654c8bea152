"""Splits the same items again. A metric over several splits has an error that includes the choice of the split."""

from ..core.data import Data
from ..core.errors import DataError
from ..kinds import load
from ..zoo import registry


def can_resplit(data: Data) -> bool:
    """Whether `resplit` supports the task of the data, and neither their source nor time fixes the test set."""
    return data.domain.resplits and not data.settled if registry.predicts(data.task) else load.can_resplit(data)


def resplit(data: Data, seed: int) -> Data:
    """The same task on items of which `can_resplit` holds, split by another seed."""
    if not registry.predicts(data.task):
        return load.resplit(data, seed)
    return registry.task_data(data.kind, data.task)(data.whole.split_again(seed))


def further_split(data: Data, seed: int, number: int) -> Data:
    """The data of a comparison's further split of this number, from 1. Raises DataError where there is only one."""
    if not can_resplit(data):
        raise DataError(f"{data.name} are split in one way only, by their source or by time: leave --split-number out")
    return resplit(data, seed + number)
