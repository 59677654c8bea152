"""Parameters that prove one mechanism in several cells."""

from collections.abc import Sequence

import pytest


def first_in_short(cells: Sequence) -> list:
    """Parameters, of which `make test` takes the first alone: the others are marked long."""
    return [cells[0], *(pytest.param(cell, marks=pytest.mark.long) for cell in cells[1:])]
