"""Another run of which a run has a part: the parent it begins from, a codec, towers. config.toml knows it by digests:
its folder may move, and no other run may take its place."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..core.errors import RunError
from ..core.limits import open_plain
from ..core.run_files import WEIGHTS
from .trained_model import TrainedModel, digest_of


def origin_of(found: TrainedModel, folder: str | Path) -> dict:
    """The record of a run, opened from `folder`, for config.toml. Raises RunError where its weights cannot be read."""
    with open_plain(Path(folder) / WEIGHTS, kind=RunError) as file:
        weights = hashlib.file_digest(file, "sha256").hexdigest()
    return {"run": str(folder), "digest": digest_of(found), "weights": weights}


def require_origin(record: dict, found: TrainedModel, folder: str | Path, called: str) -> None:
    """Raises RunError where the run in `folder` is another than the record says. called: the one that is wanted."""
    now = origin_of(found, folder)
    if any(record[key] != now[key] for key in ("digest", "weights")):
        raise RunError(f"{folder} holds another run than {called}: put that one back, or begin anew")
