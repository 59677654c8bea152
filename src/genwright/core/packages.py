"""Optional packages."""

from importlib.util import find_spec

from .errors import DataError


def require_package(package: str) -> None:
    """Raises DataError where it is not installed."""
    if find_spec(package) is None:
        raise DataError(f"this needs the package {package}, which is not installed: pip install {package}")
