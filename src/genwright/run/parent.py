"""Runs that start from the weights of another run, their parent: to train longer or on more data, or to fine-tune on a
few items.

A child has the family and the hyperparameters of its parent. It also describes its data as the parent did (columns,
categories, levels, scales and coordinates), because the weights depend on them. Its learning rate is that of the parent
times its `pace`, by default a tenth, so that it changes the weights little.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..core.data import Data
from ..core.errors import RunError
from ..training.weights import assign, state_of
from .model import Model
from .open import load_model
from .origin import origin_of, require_origin
from .predictor import Predictor

DEFAULT_PACE, MAX_PACE = 0.1, 100.0  # of the parent's learning rate: by default, and at most


def open_parent(
    folder: str | Path, device: str, record: dict | None = None, family: str | None = None
) -> Model | Predictor:
    """The finished run to begin from. record: what a run that began from it says of it; family: which it must be, where
    that is known.

    Raises RunError where there is none, it is another, or it has no weights that gradients learned.
    """
    found = load_model(folder, device)
    if family not in (None, found.config["family"]):
        raise RunError(f"{folder} holds a run of {found.config['family']}, not {family}: leave the family out")
    if not found.parameters or not (isinstance(found, Model) or hasattr(found.family, "begin_from")):
        raise RunError(
            f"{folder} holds a run of {found.config['family']}, which cannot be begun from: name one of a model that "
            "is trained step by step"
        )
    if record:
        require_origin(record, found, folder, "the one begun from")
    return found


def record_of(parent: Model | Predictor, folder: str | Path, pace: float) -> dict:
    """Record of the parent, opened from `folder`, for the child's config.toml."""
    return origin_of(parent, folder) | {"pace": pace}


def as_described_by(parent: Model | Predictor, data: Data) -> Data:
    """The data in the parent's terms. Raises DataError for items that these cannot say, RunError for data of another
    kind."""
    if (data.kind, data.task) != (parent.config["kind"], parent.config["task"]):
        raise RunError(
            f"the run to begin from is of {parent.config['kind']}, and {data.name} is of {data.kind}: name data of "
            "its kind"
        )
    if isinstance(parent, Predictor):
        return parent.domain.describing(data)
    found = replace(data, domain=parent.domain, encoded={})
    for part in found.items:
        if len(found.items[part]):
            found.tensors(part)
    return found


def begin_from(parent: Model | Predictor, family) -> None:
    """The parent's weights and buffers, in an untrained family of the same numbers; of a predictor those that other
    targets can use."""
    if isinstance(parent, Predictor):
        return family.begin_from(parent.family)
    assign(family, state_of(parent.family), "the run to begin from")
