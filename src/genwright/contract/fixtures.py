"""Fixtures that the tests of models and the tests of predictors share."""

from functools import cache

import pytest

from .small_data import small_data


@pytest.fixture(scope="session", name="data_of")
def made_data_of():
    """The small data of a kind or a task, made once."""
    return cache(small_data)
