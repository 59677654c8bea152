# Tests core/errors.py
"""Whatever a parser of others does with a damaged file becomes one sentence; Ctrl-C does not."""

import pytest

from genwright.core.errors import DataError, RunError, damage


class Panic(BaseException):
    """What a library in another language raises, which is no Exception."""


@pytest.mark.parametrize("raised", [ValueError, RuntimeError, RecursionError, MemoryError, SystemExit, OSError, Panic])
def test_whatever_a_parser_raises_names_the_file_and_a_remedy(raised):
    with pytest.raises(RunError) as found, damage("x.bin", "fetch it again", RunError):
        raise raised("")
    assert isinstance(found.value.__cause__, raised)


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), DataError("it is empty: fill it")])
def test_ctrl_c_and_sentences_stay_as_they_are(raised):
    with pytest.raises(type(raised)) as found, damage("x.bin"):
        raise raised
    assert found.value is raised
