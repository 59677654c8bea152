"""A run as a folder for a model hub: the run's own files, config.json, and a card that begins with metadata.

The folder stays a run, so `load_model` opens it.
"""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from ..core.errors import GenwrightError, Unsupported
from ..core.files import write_whole
from ..core.folder import CONFIG, DOMAIN, WEIGHTS, Folder
from ..core.limits import read_plain
from ..core.type_names import AnyModel
from ..zoo import registry
from .card import write_card
from .curves import read_curves
from .open import load_model
from .previews import png_of
from .shipped import run_folder

PICTURE, SAMPLES = "samples.png", 16
HUB_CONFIG = "config.json"  # which the hub looks for, to count downloads
LICENCES = {  # how the text about a data set names a licence: the hub's name of it
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "CC BY-SA 3.0": "cc-by-sa-3.0",
    "CC BY 4.0": "cc-by-4.0",
    "CC0": "cc0-1.0",
    "MIT": "mit",
    "BSD 3-clause": "bsd-3-clause",
}


def export_to_hub(
    run: Path, folder: Path, tell: Callable[[str], None], measured: Sequence[dict[str, object]] = ()
) -> Path:
    """Write a run as a folder to upload: weights in safetensors, config.toml, config.json, domain.json, a card, and a
    picture of samples where the model can draw one without conditions.

    Args:
        run: The folder of a finished run.
        folder: The folder to write. It must be new, empty, or written by this function.
        tell: Called with a sentence where a card that a person changed stays.
        measured: Metrics for the card's `model-index`, as {"type", "name", "value"}.

    Raises Unsupported for a family that keeps training items, RunError for a folder that is no finished run, or one
    that holds other things.
    """
    model, run = load_model(run, "cpu"), run_folder(run)
    row = registry.row(model.config["kind"], model.config["task"], model.config["family"])
    _require_publishable(row, run)
    place = Folder(folder, HUB_CONFIG, "export", "exports", schema={"type": "object", "required": ["genwright"]})
    place.require_own()
    with place.hold():
        place.require_same(place.read(), _record(model))
        for name in (WEIGHTS, DOMAIN, CONFIG):
            write_whole(folder / name, bytes(read_plain(run / name)))
        picture = _picture(model)
        if picture:
            write_whole(folder / PICTURE, picture)
        picture_name = PICTURE if picture else ""
        write_card(model, folder, read_curves({"loss": run}), tell, _metadata(model, measured), picture_name)
        place.write(_record(model))
    return folder


def _picture(model: AnyModel) -> bytes:
    """A picture of samples, nothing where the model draws none, or none without conditions."""
    if "sample" not in model.verbs:
        return b""
    try:
        return png_of(model, model.sample(SAMPLES, seed=0))
    except GenwrightError:
        return b""


def _require_publishable(row: registry.Row, run: Path) -> None:
    if row.copies or row.keeps:
        reason = row.keeps or "training items, and its samples repeat them"
        raise Unsupported(
            f"{run} holds {row.family}, which keeps {reason}: to publish it is to publish the data, so export another "
            "family"
        )
    if not row.module:
        raise Unsupported(
            f"{run} holds {row.family}, a family from outside genwright, which nobody could open: publish its package, "
            "and copy the run folder"
        )


def licences_of(text: str) -> list[str]:
    """Returns the hub's names of all licences that a text about data names, as in "BSD 3-clause (X); originally CC BY
    4.0"."""
    return [
        name
        for licence_name, name in LICENCES.items()
        if re.search(rf"(?<![\w-]){re.escape(licence_name)}(?![\w-])", text)
    ]


def _record(model: AnyModel) -> dict:
    config = model.config
    run_facts = {name: config[name] for name in ("family", "kind", "task", "format")}
    return {"genwright": run_facts | {"verbs": model.verbs, "recipe": config["recipe"]}}


def _metadata(model: AnyModel, measured: Sequence[dict[str, object]]) -> str:
    """The metadata that the hub reads, as YAML. JSON texts are YAML."""
    config, data = model.config, model.config.get("data", {})
    licences = licences_of(data.get("licence", ""))
    facts = {
        "library_name": "genwright",
        "license": licences[0] if len(licences) == 1 else "other",
        "tags": ["genwright", config["family"], config["kind"], config["task"]],
    }
    if len(licences) != 1:
        facts["license_name"] = "-and-".join(licences) or "licence-of-the-data"
    if measured:
        name = data.get("name", "data")
        found = {"task": {"type": config["task"]}, "dataset": {"type": name, "name": name}, "metrics": [*measured]}
        facts["model-index"] = [{"name": f"{config['family']}-{name}", "results": [found]}]
    lines = [f"{name}: {json.dumps(value)}" for name, value in facts.items()]
    return "\n".join(["---", *lines, "---", "", ""])
