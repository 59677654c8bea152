"""Runs for other people: `genwright export`."""

from pathlib import Path
from typing import Annotated

from ..core.errors import GivenError
from ..core.safe_text import visible
from .arguments import say
from .options import Run
from .parser import Shown

HUB = "hf"  # what --to may be


def export(run: Run, folder: Annotated[Path, Shown("DIR")], *, to: Annotated[str, Shown(HUB)] = HUB) -> None:
    """Write a run as a folder to upload to a model hub.

    The folder holds a card with metadata, the weights in safetensors, and the configuration. The card
    of a run of a comparison has its metrics. There is no export to ONNX.

    Example: genwright export runs/mine --to hf mine-hf

    Args:
        folder: Folder to write; new, empty, or an earlier export of the run.
        to: Form of the folder: hf is that of the Hugging Face Hub.
    """
    from ..run.export import export_to_hub
    from ..run.shipped import run_folder
    from ..studies.report.results import metrics_of_run

    if to != HUB:
        raise GivenError(f"--to {to} is unknown: use --to {HUB}")
    export_to_hub(run, folder, lambda sentence: say([sentence]), metrics_of_run(run_folder(run)))
    print(visible(f"exported to {folder}; upload it with: hf upload NAME {folder}"))
