"""The page in the browser, and this machine: `genwright studio` and `doctor`."""

from pathlib import Path
from typing import Annotated

from ..cli.options import Host, Names, Port
from ..cli.parser import Shown
from ..core.packages import require_package
from ..core.safe_text import visible


def studio(
    folder: Annotated[Path, Shown("DIR")] = Path("runs"),
    *,
    port: Port = 8317,
    host: Host = "127.0.0.1",
    allow_host: Names = None,
    token_file: Annotated[Path | None, Shown("FILE", rare=True)] = None,
    no_browser: bool = False,
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
    """
    for package in ("starlette", "uvicorn"):
        require_package(package)
    from ..run.shipped import STUDIO_FOLDER, copy_shipped
    from ..studio.server import serve, token_of

    if str(folder) == STUDIO_FOLDER and not folder.exists():
        copy_shipped(folder)
    serve(folder, port, host, token_of(token_file, host), not no_browser, allow_host or ())


def doctor() -> None:
    """Print versions, devices, the cache and optional packages.

    Example: genwright doctor
    """
    from ..cli.doctor import findings

    print("\n".join(visible(f"{name:14} {what}") for name, what in findings()))
