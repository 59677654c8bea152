"""Entry points of packages that are not there."""

from types import SimpleNamespace


def entry_points_of(*entries):
    """What stands in the place of `entry_points`: these alone, of families."""
    return lambda: SimpleNamespace(select=lambda group: entries if group == "genwright.families" else ())
