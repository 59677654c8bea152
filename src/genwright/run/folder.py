"""The run folder: what a person can read, and all that is needed to open a model.

README.md            the model card (card.py), or what a person made of it
config.toml          the resolved numbers, seed, budget, what was decided, versions, health, outcome, the run's digest,
                     and the run that it came from
domain.json          columns, types, levels, sizes: how the user's items become tensors and back
weights.safetensors  parameters and buffers of the family; conditions/counts: the distribution of what was given in
                     training (see `ConditionHistograms`), never the values of an item
metrics.jsonl        one line about every second: items, seconds, stage, player, loss, unit; the validations
unreadable.csv       of data that were read in part: where each text stands that was left out, and why
previews/            pictures of samples after so many items, where they were asked for
checkpoints/         the last whole states, from which the same call goes on
"""

import json
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import tomli_w
import torch

from ..core.domain import BaseDomain
from ..core.errors import DataError, GenwrightError, RunError, briefly
from ..core.files import flush_folder, write_whole
from ..core.folder import CONFIG, DOMAIN, METRICS, PREVIEWS, WEIGHTS
from ..core.schemas import parsed, read_record, require
from ..core.type_names import AnyModel
from ..kinds.known_kinds import config_schema, domain_schema
from ..training.checkpoints import CHECKPOINTS, Store, checkpoints_in, foreign_files_in, place_of, remove_checkpoints
from ..training.identity import run_digest, stage_decisions
from ..training.progress import remove_previews
from ..training.weights import is_packed, pack, require_finite, state_of
from ..zoo import registry
from .card import CARD, is_card, write_card
from .curves import Curve
from .shipped import run_folder

FORMAT = 5  # version of files and random streams: the same seed and format give the same numbers
COUNTS = "conditions/counts"  # no parameter: a module's path has dots
REMEDY = "copy it again, or fit the model anew"
UNREADABLE = "unreadable.csv"
RUN_FILES = (WEIGHTS, METRICS, UNREADABLE, DOMAIN, CONFIG)  # files of a run in the order in which they are removed
ELSEWHERE = "choose another folder"


def save_model(model: AnyModel, folder: Path) -> Path:
    """Write the files that `load_model` needs, and a card; warns where a person's text stands in its place.

    Raises RunError when `folder` holds other things, is in use or cannot be written.
    """
    require_own_folder(folder)
    with Store(folder):  # holds the folder's lock
        _write(model, folder, (), lambda sentence: warnings.warn(sentence, stacklevel=7))
    return folder


def write_model(model: AnyModel, folder: Path, curves: Sequence[Curve], tell: Callable[[str], None]) -> None:
    """Writes a model as `Model.save` does, for a caller that holds the folder's lock.

    Args:
        model: The trained model.
        folder: Folder to read or write.
        curves: as in `write_card`.
        tell: as in `write_card`.
    """
    require_openable(model.config)
    _write(model, folder, curves, tell)


def _write(model: AnyModel, folder: Path, curves: Sequence[Curve], tell: Callable[[str], None]) -> None:
    """The weights say of which config.toml and domain.json they are, and are written first: where this was cut short
    over another model, they do not fit what lies there, and nothing is opened."""
    record = {"format": FORMAT, "run": run_digest(model.config, model.domain.to_json(), stage_decisions(model.config))}
    weights = state_of(model.family)
    require_finite(model.family, weights, f"the model for {folder}")
    write_whole(folder / WEIGHTS, pack({**weights, **_conditions_of(model)}, record))
    write_card(model, folder, curves, tell)
    write_whole(folder / DOMAIN, domain_json(model.domain).encode())
    write_whole(folder / CONFIG, tomli_w.dumps(model.config | {"format": FORMAT}).encode())


def require_openable(config: dict, domain: BaseDomain | None = None) -> None:
    """Raises DataError where `load_model` would refuse the records of a run, which nobody has written yet.

    Args:
        config: the content of its config.toml.
        domain: Domain of its data; None where it was tried when the run began.
    """
    remedy = "correct the data there"
    texts = {CONFIG: tomli_w.dumps(config)} | ({} if domain is None else {DOMAIN: domain_json(domain)})
    for name, text in texts.items():
        problem = f"a run of these data could not be opened again, since its {name}"
        try:
            record = parsed(text, Path(name).suffix)
        except ValueError as error:
            raise DataError(f"{problem} has {error}: {remedy}") from error
        if name == CONFIG:
            require(record, config_schema(), problem, remedy, DataError)
        else:
            domain_of(record, config["kind"], config["task"], problem, remedy, DataError)


def _conditions_of(model: AnyModel) -> dict[str, torch.Tensor]:
    """Tensors of a model's distribution of conditions, for the weights file; {} for a model without one."""
    conditions = getattr(model, "conditions", None)
    if conditions is None or not len(conditions.counts):
        return {}
    return {COUNTS: conditions.counts}


def read_config(folder: Path) -> dict:
    """Returns the contents of `config.toml`. Raises RunError when it is missing, damaged or of another format."""
    folder = run_folder(folder)
    path = folder / CONFIG
    if not os.path.lexists(path):
        problem = f"holds no {CONFIG}" if folder.is_dir() else "is no folder"
        raise RunError(f"{folder} is not a run, since it {problem}: name the folder that a fit has written")
    config = read_record(path, REMEDY, allowed_folder=folder)
    require_format(config, folder)
    require(config, config_schema(), path, REMEDY)
    return config


def require_format(config: dict, run: Path | str) -> None:
    """Raises RunError for the record of a run of another format.

    Args:
        config: Record of the run.
        run: the folder, or another name of the run.
    """
    if config.get("format") != FORMAT:
        raise RunError(
            f"{run} has format {config.get('format')}, not {FORMAT}: fit the model again with `genwright fit`, into "
            "another folder"
        )


def domain_json(domain) -> str:
    return json.dumps(domain.to_json(), indent=1)


def domain_of(
    record: dict, kind: str, task: str, record_name: object, remedy: str, error_class: type[GenwrightError] = RunError
) -> BaseDomain:
    """Returns the domain of a record.

    Args:
        record: the content of a domain.json.
        kind: Kind of the data.
        task: Task of the run.
        record_name: the record, in an error.
        remedy: for a record that is damaged.
        error_class: Error class of the error that is raised for it.
    """
    require(record, domain_schema(kind, registry.TASKS[kind, task].schema), record_name, remedy, error_class)
    try:
        domain = registry.domain_class(kind, task).from_json(record)
        domain.try_out()
    except MemoryError:
        raise
    except Exception as error:  # a damaged record can fail in any way
        raise error_class(f"{record_name} is damaged ({briefly(error)}): {remedy}") from error
    return domain


def require_own_folder(folder: Path) -> None:
    """Raises RunError when `folder` holds files but no run of ours, so that nothing of a person's is overwritten.

    It is ours when its config.toml is of a format and a family that we know. Without one, as a stopped save leaves it,
    it may hold what we learned, by its header, and nothing else.
    """
    foreign_files = foreign_files_in(folder)
    if foreign_files:
        raise RunError(f"{foreign_files[0]} is no checkpoint of a run: move it to another place, or {ELSEWHERE}")
    learned = [path for path in (folder / WEIGHTS, *checkpoints_in(folder)) if path.exists()]
    leftovers = {CHECKPOINTS} if (folder / CHECKPOINTS).is_dir() and not learned else set()
    if learned and all(map(is_packed, learned)):
        leftovers = {CHECKPOINTS, PREVIEWS, CARD, *RUN_FILES}
    place_of(folder).require_own(leftovers)
    if (folder / CONFIG).exists():
        _require_known(folder)


def _require_known(folder: Path) -> None:
    """Raises RunError where config.toml is not the record of a run, or is of one that this version cannot know."""
    path = folder / CONFIG
    config = read_record(path, f"copy it again, or {ELSEWHERE}", allowed_folder=folder)
    if not (isinstance(config.get("format"), int) and isinstance(config.get("family"), str)):
        raise RunError(f"{path} is not the record of a run: {ELSEWHERE}")
    require_format(config, folder)
    if registry.find(config.get("kind"), config.get("task"), config["family"]) is None:
        raise RunError(
            f"{folder} may hold a run of {config['family'][:40]!r}, which is unknown here: install the package that "
            f"brings it, or {ELSEWHERE}"
        )


def remove_run_files(folder: Path) -> None:
    """Remove a run's own files, and nothing else: a card only as genwright wrote it, and what it has learned before the
    record of whose it is, so that where this is cut short no checkpoint and no weights lie about without it.
    """
    require_own_folder(folder)
    remove_checkpoints(folder)
    remove_previews(folder)
    for name in (CARD, *RUN_FILES) if is_card(folder / CARD) else RUN_FILES:
        (folder / name).unlink(missing_ok=True)
        flush_folder(folder)
