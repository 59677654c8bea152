"""A run that matches images with texts as a part of another run, which learns from the embeddings of its towers.

The other run copies the weights of the towers and keeps them as they are. Its config.toml says which run they come
from; it opens without that run.
"""

from __future__ import annotations

from pathlib import Path

from ..core.data import Data
from ..core.errors import DataError
from ..core.hyper import Hyper
from ..core.trainable import Trainable
from ..predictors.towers import OF_TOWERS
from ..training.weights import assign, state_of
from .matching import require_matching
from .open import load_model
from .origin import require_origin
from .predictor import Predictor

SHARE = "match_share"  # of the budget that trains towers
NONE = SHARE, 0


def open_towers(folder: str | Path, device: str, data: Data, record: dict | None = None) -> Predictor:
    """The finished run with the towers. record: what a run says of it that learned from it.

    Raises DataError where it matches no images with texts, images of another form, or captions of other words; RunError
    where it is another than the record says.
    """
    found = require_matching(load_model(folder, device), data.domain, str(folder))
    here, there = (domain.captions.words.words for domain in (data.domain, found.domain))
    if here != there:
        others = sorted(set(here) ^ set(there)) or here
        raise DataError(
            f"{folder} knows other words than the captions of {data.name}, such as {others[0].strip()!r}: fit one on "
            "the same images, with the same seed, with --task match"
        )
    if record:
        require_origin(record, found, folder, "the one with the towers")
    return found


def require_place(presets: dict[str, Hyper], family: str) -> None:
    """Raises DataError for a family that has no towers."""
    if not any(SHARE in hyper.fields() for hyper in presets.values()):
        raise DataError(f"{family} learns from no embeddings of a run that matches images with texts: leave match out")


def with_towers(own: dict | None, towers: Predictor, presets: dict[str, Hyper]) -> dict:
    """The hyperparameters that a person chose, and those of the towers. Raises DataError for one of theirs that was
    chosen."""
    if chosen := [name for name, value in (own or {}).items() if name.startswith(OF_TOWERS) and (name, value) != NONE]:
        raise DataError(f"the towers are trained already: leave the hyperparameter {chosen[0]} out, or match")
    fields = {name for hyper in presets.values() for name in hyper.fields()}
    theirs = {OF_TOWERS + name: value for name, value in towers.config["recipe"].items()}
    return {**(own or {}), **{name: value for name, value in theirs.items() if name in fields}, SHARE: 0.0}


def put_in(towers: Predictor, family: Trainable) -> None:
    """Give a family the weights of the towers."""
    assign(family.towers.family, state_of(towers.family), "the run with the towers")
