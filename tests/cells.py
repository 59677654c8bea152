"""Parameters that prove one mechanism in several cells."""

from collections.abc import Callable, Sequence

import pytest

from genwright.contract.fixtures import repeated_rows


def first_in_short(cells: Sequence) -> list:
    """Parameters, of which `make test` takes the first alone: the others are marked long."""
    return [cells[0], *(pytest.param(cell, marks=pytest.mark.long) for cell in cells[1:])]


def repeated_long(cells: Sequence, name: Callable[[object], str]) -> list:
    """Parameters, of which those that stand for a repeated row of the registry are marked long.

    Args:
        name: the row of a cell, such as "tables-vae".
    """
    repeated = repeated_rows()
    return [pytest.param(cell, marks=pytest.mark.long) if name(cell) in repeated else cell for cell in cells]
