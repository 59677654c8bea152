"""Runs for other programs and people: `genwright serve` and `export`."""

from pathlib import Path
from typing import Annotated

from ..core.errors import GivenError
from ..core.packages import require_package
from ..core.safe_text import visible
from .arguments import say
from .options import Host, Names, Port, Run
from .parser import Shown

HUB = "hf"  # what --to may be


def serve(
    runs: Annotated[list[str], Shown("RUN...")],
    *,
    port: Port = 8318,
    host: Host = "127.0.0.1",
    allow_host: Names = None,
    token_file: Annotated[Path | None, Shown("FILE")] = None,
) -> None:
    """Answer HTTP requests with trained models.

    Programs ask it for samples, log-likelihoods, predictions and completions. The first page shows each
    request, and /openapi.json describes all to programs.

    Example: genwright serve runs/mine

    Args:
        runs: Folder of a trained model, or several: each then answers under its name.
        port: Port to listen on.
        token_file: File with a token, which every request must carry.
    """
    for package in ("starlette", "uvicorn"):
        require_package(package, "studio")
    from ..studio.server import token_of
    from ..studio.service import serve_runs

    serve_runs([*map(Path, runs)], port, host, token_of(token_file, host), allow_host or ())


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
