import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import toys  # noqa: E402

toys.install()


@pytest.fixture
def data():
    return toys.toy_data()
