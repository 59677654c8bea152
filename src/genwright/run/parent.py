"""A run that begins with the weights of another, its parent: to go on with more or other data, or for longer.

The child has the parent's family and numbers, and describes its data as the parent did: the same columns, categories,
levels, scales and coordinates, which the weights know.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..core.data import Data
from ..core.errors import RunError
from ..training.identity import decided, run_digest
from ..training.weights import assign, state_of
from .model import Model
from .open import load_model


def open_parent(folder: str | Path, device: str, digest: str = "", family: str | None = None) -> Model:
    """The finished run to begin from. digest, family: which it must be, where that is known.

    Raises RunError where there is none, it is another, or it has no weights that gradients learned.
    """
    found = load_model(folder, device)
    if family not in (None, found.config["family"]):
        raise RunError(f"{folder} holds a run of {found.config['family']}, not {family}: leave the family out")
    if not isinstance(found, Model) or not found.parameters:
        raise RunError(
            f"{folder} holds a run of {found.config['family']}, which cannot be begun from: name one of a model that "
            "is trained step by step"
        )
    if digest and digest != digest_of(found):
        raise RunError(f"{folder} holds another run than the one begun from: put that one back, or begin anew")
    return found


def digest_of(model: Model) -> str:
    """Of all that its weights depend on, as they say it themselves."""
    return run_digest(model.config, model.domain.to_json(), decided(model.config))


def as_described_by(parent: Model, data: Data) -> Data:
    """The data in the parent's terms. Raises DataError for items that these cannot say, RunError for data of another
    kind."""
    if (data.kind, data.task) != (parent.config["kind"], parent.config["task"]):
        raise RunError(
            f"the run to begin from is of {parent.config['kind']}, and {data.name} is of {data.kind}: name data of "
            "its kind"
        )
    found = replace(data, domain=parent.domain, encoded={})
    for part in found.items:
        if len(found.items[part]):
            found.tensors(part)
    return found


def begin_from(parent: Model, family) -> None:
    """The parent's weights and buffers, in an untrained family of the same numbers."""
    assign(family, state_of(parent.family), "the run to begin from")
