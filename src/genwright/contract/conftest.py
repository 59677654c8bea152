from functools import cache

import pytest
import torch

from genwright.training import loop

from .small_data import small_data

torch.set_num_threads(1)  # the fits are small, and several run side by side
loop.PROBE_SECONDS = 0.0  # longer than such a fit itself


@pytest.fixture(scope="session")
def data_of():
    """The small data of a kind or a task, made once."""
    return cache(small_data)
