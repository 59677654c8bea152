"""The run folder: what a person can read, and all that is needed to open a model.

    config.toml          the resolved numbers, seed, budget, what was decided, versions, health, outcome; format = 1
    domain.json          columns, types, levels, sizes: how the user's items become tensors and back
    weights.safetensors  parameters and buffers of the family, and training/given (n, G): what was given in training
    metrics.jsonl        one line about every second: items, seconds, stage, player, loss, unit; the validations
    checkpoints/         the last whole states, from which the same call goes on
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import tomli_w
import torch
from torch import nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from . import schemas
from .errors import GenwrightError, RunError, briefly
from .files import flush_folder, write_whole
from .limits import open_plain
from .model import Model
from .predictor import Predictor
from .randomness import seed_of, seeded
from .recipes import registry
from .schemas import read_record, require
from .trainable import Recipe
from .training.checkpoints import Store
from .training.files import pack, unpack
from .training.identity import decided, run_digest
from .training.weights import assign, state_of

FORMAT = 1
GIVEN = "training/given"  # no parameter can have this name: a module's path has dots
CONFIG, DOMAIN, WEIGHTS = "config.toml", "domain.json", "weights.safetensors"
REMEDY = "copy it again, or fit the model anew"
SLACK = 2**26  # bytes
OWN = ("checkpoints", WEIGHTS, "metrics.jsonl", DOMAIN, CONFIG)  # in the order in which they are removed


def save_model(model: Model | Predictor, folder: Path) -> Path:
    """Write the files that `open_run` needs.

    Raises RunError when `folder` holds other things, is in use or cannot be written.
    """
    check_ours(folder)
    with Store(folder):  # the lock
        write_model(model, folder)
    return folder


def write_model(model: Model | Predictor, folder: Path) -> None:
    """The same for who holds the folder's lock. The weights say of which config.toml and domain.json they are, and are
    written first: where this was cut short over another model, they do not fit what lies there, and nothing is opened.
    """
    given = {} if isinstance(model, Predictor) else {GIVEN: model.frequencies}
    record = {"format": FORMAT, "run": run_digest(model.config, model.domain.to_json(), decided(model.config))}
    write_whole(folder / WEIGHTS, pack({**state_of(model.family), **given}, record))
    write_whole(folder / DOMAIN, domain_text(model.domain).encode())
    write_whole(folder / CONFIG, tomli_w.dumps({"format": FORMAT, **model.config}).encode())


def open_run(folder: Path) -> Model | Predictor:
    """The model or predictor of a finished run. Nothing in the folder is ever run as code, or believed to be of a sensible size.

    Raises RunError in one sentence when a file is missing, unreadable, damaged, from a newer version or of another run.
    """
    config = read_config(folder)
    if not (folder / WEIGHTS).exists():
        if "outcome" in config:
            raise RunError(
                f"{folder} holds a run that has ended, and no {WEIGHTS}: copy them again, or let the same fit make them again"
            )
        raise RunError(f"{folder} holds a run that has not ended: the same fit again goes on with it")
    if not os.path.lexists(folder / DOMAIN):
        raise RunError(f"{folder} holds no {DOMAIN}: copy the whole run again")
    record = read_record(folder / DOMAIN, "copy the whole run again")
    open_plain(folder / WEIGHTS, kind=RunError).close()
    require(record, schemas.DOMAIN, folder / DOMAIN, REMEDY)
    try:
        domain = registry.domain_class(config["domain"]).from_json(record)
        _try_out(domain)
        with no_larger_than((folder / WEIGHTS).stat().st_size):
            recipe = build(config, domain)
    except MemoryError:
        raise
    except Exception as error:  # what the schemas cannot say: a damaged record can fail in any way
        raise RunError(
            f"{folder} cannot be opened, since {CONFIG} or {DOMAIN} is damaged ({briefly(error)}): copy them again, or fit anew"
        ) from error
    tensors, kept = unpack(folder / WEIGHTS)
    if "run" not in kept and "outcome" not in config:  # an older version, which did not tie the files together
        raise RunError(
            f"{folder} holds a run that has not ended, and weights that may be of another: fit anew with restart"
        )
    if "run" in kept and kept["run"] != run_digest(config, record, decided(config)):
        raise RunError(
            f"{folder} holds files of two runs, since {WEIGHTS} is not of this {CONFIG} and {DOMAIN}: copy one run again, "
            "or fit anew"
        )
    given = tensors.pop(GIVEN, torch.zeros(0, 0))
    assign(recipe.family, tensors, folder / WEIGHTS)
    return model_of(recipe, domain, config, given)


@contextmanager
def no_larger_than(weights: int) -> Iterator[None]:
    """Within, a network far larger than its weights is given up while it is built. weights: bytes of their file.

    Not exactly as large: modules share parameters, or are put in place of others.
    """
    built, most = 0, SLACK + 4 * weights

    def count(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        nonlocal built
        built += 0 if parameter is None else parameter.numel() * parameter.element_size()
        if built > most:
            raise ValueError(f"they describe a network larger than {WEIGHTS}")

    hook = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        hook.remove()


def build(config: dict, domain) -> Recipe:
    """The untrained recipe that `config` names, with its first weights from the run's seed. Raises RunError where its numbers build none."""
    if config["domain"] != domain.name:
        raise RunError(f"the record of {config['family']} is of {config['domain']}, and these data are {domain.name}: name the data it was made of")
    with seeded(seed_of("init", config["seed"])):
        try:
            return registry.build(config["domain"], config["family"], domain.spec, domain.given, config["recipe"])
        except (GenwrightError, MemoryError):
            raise
        except Exception as error:
            raise RunError(f"{config['family']} cannot be built of its numbers ({briefly(error)}): correct them, or copy {CONFIG} again") from error


def _try_out(domain) -> None:
    """Let a domain write an item of the lowest and one of the highest values: any error says that its record is damaged."""
    if hasattr(domain, "decode"):
        ends = [torch.tensor([[0.0] * len(spec.columns), [leaf.levels - 1.0 if leaf.discrete else 1.0 for leaf in spec.columns]])
                for spec in (domain.spec, domain.given)]  # fmt: skip
        x = ends[0].reshape(2, 1, 1, 1).expand(2, *domain.spec.shape) if domain.spec.is_array else ends[0]
        domain.decode(x, ends[1], 0)


def model_of(recipe: Recipe, domain, config: dict, given: torch.Tensor) -> Model | Predictor:
    """given: (n, G), the training values of the given variables."""
    if registry.predicts(config["domain"]):
        return Predictor(recipe.family, domain, config, partial(registry.families, config["domain"]))
    half = bool(config["stages"]) and all(stage["half"] for stage in config["stages"])
    return Model(recipe.family, domain, config, given, half, partial(registry.families, config["domain"]))


def read_config(folder: Path) -> dict:
    """What `config.toml` says. Raises RunError when it is missing, damaged or of a format unknown to this version."""
    path = folder / CONFIG
    if not os.path.lexists(path):
        why = f"holds no {CONFIG}" if folder.is_dir() else "is no folder"
        raise RunError(f"{folder} is not a run, since it {why}: name the folder that a fit has written")
    config = read_record(path, REMEDY)
    if config.get("format") != FORMAT:
        raise RunError(f"{path} has format {config.get('format')}, not {FORMAT}: use the version that wrote it")
    require(config, schemas.CONFIG, path, REMEDY)
    return config


def domain_text(domain) -> str:
    return json.dumps(domain.to_json(), indent=1)


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
