"""The page in the browser, and answers over HTTP: `genwright studio` and `serve`."""

from pathlib import Path
from typing import Annotated

from ..cli.options import Host, Names, Port
from ..cli.parser import Shown
from ..core.packages import require_package


def studio(
    folder: Annotated[Path, Shown("DIR")] = Path("runs"),
    *,
    port: Port = 8317,
    host: Host = "127.0.0.1",
    allow_host: Names = None,
    token_file: Annotated[Path | None, Shown("FILE", rare=True)] = None,
    no_browser: bool = False,
    database: Annotated[list[str] | None, Shown("ADDRESS", rare=True)] = None,
) -> None:
    """Show runs, train and use models in the browser.

    The page shows all runs of a folder, also those that you start there from a terminal.

    Example: genwright studio runs

    Shipped models: genwright studio shipped

    Args:
        folder: Folder of runs. It is made if it is missing; one called shipped gets the shipped models.
        port: Port to listen on; if it is taken, the next free one.
        token_file: File with the token that a browser must know.
        no_browser: Print the address, and open no browser.
        database: Let the page read this database, such as postgresql://me@localhost/shop (repeatable).
    """
    for package in ("starlette", "uvicorn"):
        require_package(package)
    from ..run.shipped import STUDIO_FOLDER, copy_shipped
    from .server import serve, token_of

    if str(folder) == STUDIO_FOLDER and not folder.exists():
        copy_shipped(folder)
    serve(folder, port, host, token_of(token_file, host), not no_browser, allow_host or (), database or ())


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
    from .server import token_of
    from .service import serve_runs

    serve_runs([*map(Path, runs)], port, host, token_of(token_file, host), allow_host or ())
