"""What the tests of models and those of predictors both begin with."""

from functools import cache

import pytest

from .small_data import small_data


@pytest.fixture(scope="session", name="data_of")
def made_data_of():
    """The small data of a kind or a task, made once."""
    return cache(small_data)
