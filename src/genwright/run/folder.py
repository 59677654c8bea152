"""The run folder: what a person can read, and all that is needed to open a model.

config.toml          the resolved numbers, seed, budget, what was decided, versions, health, outcome; from format 2 on
                     also the run's digest, the version of its random streams, and the run that it came from
domain.json          columns, types, levels, sizes: how the user's items become tensors and back
weights.safetensors  parameters and buffers of the family, and training/given (n, G): what was given in training
metrics.jsonl        one line about every second: items, seconds, stage, player, loss, unit; the validations
unreadable.csv       of data that were read in part: where each text stands that was left out, and why
checkpoints/         the last whole states, from which the same call goes on
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import tomli_w

from ..core import schemas
from ..core.errors import RunError
from ..core.files import flush_folder, write_whole
from ..core.schemas import read_record, require
from ..training.checkpoints import Store
from ..training.files import pack
from ..training.identity import decided, run_digest, weighed
from ..training.weights import state_of
from . import format_1

FORMAT = 2
GIVEN = "training/given"  # no parameter can have this name: a module's path has dots
CONFIG, DOMAIN, WEIGHTS = "config.toml", "domain.json", "weights.safetensors"
REMEDY = "copy it again, or fit the model anew"
UNREADABLE = "unreadable.csv"
OWN = ("checkpoints", WEIGHTS, "metrics.jsonl", UNREADABLE, DOMAIN, CONFIG)  # in the order in which they are removed


def save_model(model: Any, folder: Path) -> Path:
    """Write the files that `load_model` needs.

    Raises RunError when `folder` holds other things, is in use or cannot be written.
    """
    check_ours(folder)
    with Store(folder):  # holds the folder's lock
        write_model(model, folder)
    return folder


def write_model(model: Any, folder: Path) -> None:
    """The same for who holds the folder's lock. The weights say of which config.toml and domain.json they are, and are
    written first: where this was cut short over another model, they do not fit what lies there, and nothing is opened.
    """
    given = {GIVEN: model.frequencies} if hasattr(model, "frequencies") else {}
    record = {"format": FORMAT, "run": run_digest(model.config, model.domain.to_json(), decided(model.config))}
    write_whole(folder / WEIGHTS, pack({**state_of(model.family), **given}, record))
    write_whole(folder / DOMAIN, domain_text(model.domain).encode())
    write_whole(folder / CONFIG, tomli_w.dumps(model.config | {"format": FORMAT}).encode())


def read_config(folder: Path) -> dict:
    """What `config.toml` says, in today's words; `format` is that of the file.

    Raises RunError when it is missing, damaged or of a format unknown to this version.
    """
    path = folder / CONFIG
    if not os.path.lexists(path):
        why = f"holds no {CONFIG}" if folder.is_dir() else "is no folder"
        raise RunError(f"{folder} is not a run, since it {why}: name the folder that a fit has written")
    config = read_record(path, REMEDY)
    if config.get("format") not in (format_1.NUMBER, FORMAT):
        raise RunError(f"{path} has format {config.get('format')}, not {FORMAT}: use the version that wrote it")
    config = format_1.current(config)
    require(config, schemas.CONFIG, path, REMEDY)
    return config


def domain_text(domain) -> str:
    return json.dumps(domain.to_json(), indent=1)


def same_domain(path: Path, domain) -> bool:
    """Whether a `domain.json` says of the data what this domain does, as far as weights depend on it."""
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return False
    return weighed(there) == weighed(json.loads(domain_text(domain)))


def check_ours(folder: Path) -> None:
    """Raises RunError when `folder` holds files but no run, so that nothing of a person's is overwritten."""
    try:
        names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    except NotADirectoryError as error:
        raise RunError(f"{folder} is a file: choose a folder") from error
    except OSError as error:
        raise RunError(f"cannot read {folder}: {error.strerror}; choose another folder") from error
    others = sorted(name for name in names.difference(OWN) if not name.startswith("."))
    if others and CONFIG not in names:
        raise RunError(f"{folder} holds other things ({others[0]}) and no run: choose an empty folder")


def clear(folder: Path) -> None:
    """Remove a run's own files, and nothing else: what it has learned before the record of whose it is, so that where
    this is cut short no checkpoint and no weights lie about without it.
    """
    check_ours(folder)
    for name in OWN:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        flush_folder(folder)
