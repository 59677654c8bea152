"""What the tests of models and the tests of predictors share."""

from functools import cache

import pytest

from ..zoo import registry
from .small_data import small_data


def repeated_rows() -> set[str]:
    """Names the rows whose family and whose kind of data earlier rows have: `make test` leaves them out."""
    labels_seen, repeated = set(), set()
    for row in registry.rows():
        if {row.label, row.family} <= labels_seen:
            repeated.add(f"{row.label}-{row.family}")
        labels_seen |= {row.label, row.family}
    return repeated


def twins() -> set[str]:
    """Names the rows of models that the function of an earlier row builds, from hyperparameters of the same class, as
    lines, molecules and music share theirs."""
    built, found = set(), set()
    for row in registry.rows():
        if not registry.predicts(row.task):
            construction = row.construction.build, *map(type, list(registry.presets(row).values())[:1])
            found |= {f"{row.label}-{row.family}"} if construction in built else set()
            built.add(construction)
    return found


@pytest.fixture(scope="session", name="data_of")
def made_data_of():
    """Returns the small data of a kind or a task, made once."""
    return cache(small_data)
