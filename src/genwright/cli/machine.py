"""This machine: `genwright doctor`."""

from ..core.safe_text import visible


def doctor() -> None:
    """Print versions, devices, the cache and optional packages.

    Example: genwright doctor
    """
    from .doctor import findings

    print("\n".join(visible(f"{name:14} {what}") for name, what in findings()))
