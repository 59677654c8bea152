"""Runs for other programs and people: `genwright serve` and `export`."""

from pathlib import Path

from ..core.errors import GivenError
from ..core.packages import require_package
from ..core.safe_text import visible
from .arguments import say

HUB = "hf"  # what --to may be


def serve(
    runs: list[Path],
    *,
    port: int = 8318,
    host: str = "127.0.0.1",
    allow_host: list[str] = [],
    token_file: Path | None = None,
) -> None:
    """Answer HTTP requests with trained models.

    Programs ask it for samples, log-likelihoods, predictions and completions. The first page shows each
    request, and /openapi.json describes all to programs.

    Example: genwright serve runs/mine

    Args:
        runs (RUN): Folder of a run, or several: then each answers under its name.
        port (1..65535): Port to listen on.
        host (ADDRESS, rare): Answer to other machines too; needs --token-file.
        allow_host (NAME, rare): Another name of this server, such as that of a proxy before it (repeatable).
        token_file (FILE): File with a token, which every request must carry.
    """
    for package in ("starlette", "uvicorn"):
        require_package(package, "studio")
    from ..studio.server import token_of
    from ..studio.service import serve_runs

    serve_runs(runs, port, host, token_of(token_file, host), allow_host)


def export(run: Path, folder: Path, *, to: str = HUB) -> None:
    """Write a run as a folder to upload to a model hub.

    The folder holds a card with metadata, the weights in safetensors, and the configuration.

    Example: genwright export runs/mine --to hf mine-hf

    Args:
        folder (DIR): Folder to write; new, empty, or an earlier export of the run.
        to (hf): Form of the folder: hf is that of the Hugging Face Hub.
    """
    from ..run.export import export_to_hub

    if to != HUB:
        raise GivenError(f"--to {to} is unknown: use --to {HUB}")
    export_to_hub(run, folder, lambda sentence: say([sentence]))
    print(visible(f"exported to {folder}; upload it with: hf upload NAME {folder}"))
