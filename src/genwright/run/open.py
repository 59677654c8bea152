"""Opens a run folder. Nothing in it is run as code, and every size is checked before memory is allocated."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from ..core.arguments import checked
from ..core.device import device_of
from ..core.draws import seeded
from ..core.errors import GenwrightError, RunError, briefly
from ..core.folder import CONFIG, DOMAIN, METRICS, WEIGHTS
from ..core.limits import open_plain
from ..core.recipe import Recipe
from ..core.schemas import read_record
from ..core.seeds import seed_of
from ..core.spec import Spec
from ..distributions.histograms import ConditionHistograms
from ..training.identity import run_digest, stage_decisions
from ..training.weights import assign, require_finite, require_sound, unpack
from ..zoo import registry
from .folder import COUNTS, REMEDY, domain_of, read_config
from .members import count_of
from .model import Model
from .predictor import Predictor
from .shipped import run_folder

SLACK = 2**26  # bytes


@checked
def load_model(folder: str | Path, device: str = "auto") -> Model | Predictor:
    """Open the model or predictor of a finished run. It needs config.toml, domain.json and weights.safetensors.

    Args:
        folder: The run folder, or the name of a shipped model, such as shipped:digits.
        device: "cpu", "cuda" (an NVIDIA GPU) or "auto" (default: a GPU if there is one), whichever the run was trained
            on.

    Raises RunError if the folder holds no finished run, or if a file is missing, unreadable, damaged, of another format
    or of another run. Raises DeviceError for a device that is not available.
    """
    device_used = device_of(device)
    folder = run_folder(folder)
    config = read_config(folder)
    if not (folder / WEIGHTS).exists():
        if "outcome" in config:
            raise RunError(
                f"{folder} holds a run that has ended, and no {WEIGHTS}: copy them again, or let the same fit make "
                "them again"
            )
        raise RunError(f"{folder} holds a run that has not ended: run the same fit again to resume it")
    if not os.path.lexists(folder / DOMAIN):
        raise RunError(f"{folder} holds no {DOMAIN}: copy the whole run again")
    record = read_record(folder / DOMAIN, "copy the whole run again", allowed_folder=folder)
    open_plain(folder / WEIGHTS, kind=RunError).close()
    if (row := registry.find(config["kind"], config["task"], config["family"])) is None:
        of = registry.label(config["kind"], config["task"])
        raise RunError(
            f"{folder} holds a run of {config['family'][:40]!r} on {of[:40]!r}, which is unknown here: "
            "register the family first, or install the package that brings it"
        )
    domain = domain_of(record, config["kind"], config["task"], folder / DOMAIN, REMEDY)
    try:
        with no_larger_than((folder / WEIGHTS).stat().st_size * (count_of(config) if "member" in config else 1)):
            recipe = build_recipe(config, domain, row)
    except MemoryError:
        raise
    except Exception as error:  # a damaged record can fail in any way
        raise RunError(
            f"{folder} cannot be opened, since {CONFIG} or {DOMAIN} is damaged ({briefly(error)}): copy them again, or "
            "fit anew"
        ) from error
    tensors, stored_arrays = unpack(folder / WEIGHTS)
    if stored_arrays.get("run") != run_digest(config, record, stage_decisions(config)):
        raise RunError(
            f"{folder} holds files of two runs, since {WEIGHTS} is not of this {CONFIG} and {DOMAIN}: copy one run "
            "again, or fit anew"
        )
    conditions = _conditions(domain.given, tensors, folder / WEIGHTS)
    assign(recipe.family, tensors, folder / WEIGHTS)
    require_finite(recipe.family, tensors, folder / WEIGHTS)
    require_sound(recipe.family, folder / WEIGHTS)
    recipe.family.to(device_used)
    return model_of(recipe, domain, config, conditions, folder / METRICS)


def untrained_model(folder: Path, device: str = "auto") -> Model | Predictor:
    """Returns the model of a finished run with the weights that it had before its first step. Raises as
    `load_model`."""
    trained = load_model(folder, device)
    config = trained.config
    row = registry.row(config["kind"], config["task"], config["family"])
    recipe = build_recipe(config, trained.domain, row)
    recipe.family.to(device_of(device))
    conditions = getattr(trained, "conditions", None)
    return model_of(recipe, trained.domain, config, conditions, trained.log)


@contextmanager
def no_larger_than(weights: int) -> Iterator[None]:
    """Stops building a network that is far larger than its weights, within this context.

    Not exactly as large: modules share parameters, or are put in place of others.

    Args:
        weights: bytes of their file.
    """
    built, most_bytes = 0, SLACK + 4 * weights

    def count(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        nonlocal built
        built += 0 if parameter is None else parameter.numel() * parameter.element_size()
        if built > most_bytes:
            raise ValueError(f"they describe a network larger than {WEIGHTS}")

    hook = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        hook.remove()


def build_recipe(config: dict, domain, row: registry.Row) -> Recipe:
    """Returns the untrained recipe of a row that `config` names, with its first weights from the run's seed: of a
    member of an ensemble, those that it has there. Raises RunError where its hyperparameters build none.

    Args:
        domain: Domain, which translates between user values and tensors.
    """
    if (config["kind"], config["task"]) != (domain.kind, domain.task):
        data_label = registry.label(config["kind"], config["task"])
        current_label = registry.label(domain.kind, domain.task)
        raise RunError(
            f"the record of {config['family']} is of {data_label}, and these data are {current_label}: name the "
            "data it was made of"
        )
    with seeded(seed_of("init", config["seed"])):
        try:
            recipe = registry.build(row, domain.spec, domain.given, config["recipe"], config.get("codec"))
        except (GenwrightError, MemoryError):
            raise
        except Exception as error:
            raise RunError(
                f"{config['family']} cannot be built of its hyperparameters ({briefly(error)}): correct them, or "
                f"copy {CONFIG} again"
            ) from error
    recipe.family.attach_domain(domain)
    if "member" in config:
        recipe = replace(recipe, family=recipe.family.members[config["member"] - 1])
    return recipe


def _conditions(spec: Spec, tensors: dict[str, Tensor], path: Path) -> ConditionHistograms:
    """The distribution of the given variables of `spec`, taken out of `tensors`. Raises RunError for that of others."""
    counts = tensors.pop(COUNTS, torch.zeros(0, 4, dtype=torch.int32))
    try:
        return ConditionHistograms(spec, counts)
    except (IndexError, RuntimeError, ValueError) as error:
        raise RunError(f"{path} holds other given values than {DOMAIN} describes: {REMEDY}") from error


def model_of(
    recipe: Recipe, domain, config: dict, conditions: ConditionHistograms, log: Path | list[dict]
) -> Model | Predictor:
    """Builds the model or predictor of a run from its recipe.

    Args:
        recipe: Builder of the family.
        domain: Domain, which translates between user values and tensors.
        config: Record of the run.
        conditions: Distribution of the given variables in training.
        log: as `TrainedModel` has it.
    """
    peers = partial(registry.families, config["kind"], config["task"])
    if registry.predicts(config["task"]):
        return Predictor(recipe.family, domain, config, _peers=peers, log=log)
    bf16 = bool(config["stages"]) and all(stage["bf16"] for stage in config["stages"])
    return Model(recipe.family, domain, config, conditions, bf16, _peers=peers, log=log)
