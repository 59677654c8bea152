"""What the studio brings: the page in the browser, and models that answer over HTTP."""

from ..core.manifest import Package

PACKAGE = Package(
    "genwright.studio",
    "the page in the browser, and answers over HTTP",
    extra="studio",
    needs=("starlette", "uvicorn"),
    commands={name: f"genwright.studio.cli:{name}" for name in ("studio", "serve")},
)
