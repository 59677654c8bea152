"""The codec of another run, with which a run begins: it stays as it is, and the run learns its codes alone."""

from __future__ import annotations

from pathlib import Path

from ..core.data import Data
from ..core.errors import DataError, RunError
from ..recipes import registry
from ..training.weights import assign, state_of
from .model import Model
from .open import load_model
from .origin import origin_of, require_origin


def codec_record(folder: str | Path, data: Data, family: str, hyperparameters: dict | None) -> dict:
    """The codec of the run `folder`, as config.toml of a run of `family` on `data` records it.

    Raises RunError if the run has no such codec, or a codec for other images. Raises DataError if the family takes no
    codec, or if hyperparameters of the codec are given as well.
    """
    takes = registry.codec_hyperparameters(data.kind, data.task, family)
    if not takes:
        families = " or ".join(_takers(data.kind, data.task))
        remedy = f"choose {families}, or leave codec out" if families else "leave codec out"
        raise DataError(f"{family} on {data.name} takes no codec of another run: {remedy}")
    if named := sorted(takes & set(hyperparameters or {})):
        raise DataError(f"{named[0]} is a number of the codec, which {folder} brings: leave {named[0]} out")
    found = _opened(folder)
    kind, there, here = found.config["kind"], found.domain.spec, data.domain.spec
    if kind != data.kind:
        raise RunError(f"the codec of {folder} is of {kind}, and {data.name} is of {data.kind}: name a run of its kind")
    if there != here:
        sizes = [_size(spec) for spec in (there, here)]
        raise RunError(
            f"the codec of {folder} is of images {sizes[0]}, and those of {data.name} are {sizes[1]}: name a run on "
            "images of their size and levels"
        )
    made = found.config.get("codec", found.config)  # a codec that was taken over is lent as well
    return origin_of(found, folder) | {"family": made["family"], "recipe": made["recipe"]}


def take_codec(record: dict, family) -> None:
    """The weights of the codec of a record, in an untrained family that was built with it. Raises RunError where its
    run is not there any more, or is another."""
    found, folder = _opened(record["run"]), record["run"]
    require_origin(record, found, folder, "the one whose codec was taken")
    assign(family.codec, state_of(found.family.codec), folder)


def _opened(folder: str | Path) -> Model:
    found = load_model(folder, "cpu")
    made = found.config.get("codec", found.config)
    kind, task = found.config["kind"], found.config["task"]
    if not registry.codec_hyperparameters(kind, task, made["family"]):
        others = " or ".join(_takers(kind, task)) or "another family that has one"
        raise RunError(
            f"{folder} holds a run of {found.config['family']} on {kind}, which has no codec to take: name a run of "
            f"{others}"
        )
    return found


def _takers(kind: str, task: str) -> list[str]:
    """Families that take codecs of each other."""
    return [name for name in registry.families(kind, task) if registry.codec_hyperparameters(kind, task, name)]


def _size(spec) -> str:
    channels, high, wide = spec.shape
    return f"{high} x {wide} x {channels} of {spec.leaf.levels} levels"
