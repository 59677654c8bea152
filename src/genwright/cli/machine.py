"""This machine: `genwright doctor`."""

from ..core.terminal import tell

NAMES = 15  # columns of what was looked at, before what was found


def doctor() -> None:
    """Print versions, devices, the cache and optional packages.

    Example: genwright doctor
    """
    from .doctor import findings

    tell((f"{name:14} {what}" for name, what in findings()), hanging=NAMES)
