"""Whatever a parser of others does with a damaged file becomes one sentence; Ctrl-C does not."""

import errno

import pytest

from genwright.core.errors import DataError, RunError, damage, require_inside


class Panic(BaseException):
    """What a library in another language raises, which is no Exception."""


@pytest.mark.parametrize("raised", [ValueError, RuntimeError, RecursionError, MemoryError, SystemExit, OSError, Panic])
def test_whatever_a_parser_raises_names_the_file_and_a_remedy(raised):
    with (
        pytest.raises(RunError, match="x.bin .*: fetch it again") as found,
        damage("x.bin", "fetch it again", RunError),
    ):
        raise raised("")
    assert isinstance(found.value.__cause__, raised)


def test_a_place_before_the_beginning_is_damage_and_a_refusal_is_none():
    for number, words in ((errno.EINVAL, "is damaged or cut short"), (errno.EACCES, "cannot be read")):
        with pytest.raises(DataError, match=f"x.bin {words}"), damage("x.bin"):
            raise OSError(number, "what the system says")


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), DataError("it is empty: fill it")])
def test_ctrl_c_and_sentences_stay_as_they_are(raised):
    with pytest.raises(type(raised)) as found, damage("x.bin"):
        raise raised
    assert found.value is raised


def test_names_in_archives_stay_inside():
    require_inside("a/b..wav", "x.zip")
    for name in ("/etc/x.wav", "../x.wav", "a/../../x.wav"):
        with pytest.raises(DataError, match="x.zip holds .* which points out of its folder"):
            require_inside(name, "x.zip")
