"""What tests of commands share."""

import shlex

import pytest

from genwright.cli.commands import main


class Said(str):
    """What a command printed; of one that failed, what it said on stderr. err: all of stderr."""

    err = ""


@pytest.fixture
def home(tmp_path):
    """The folder in which commands run. A module that trains models has a fixture of that name for itself."""
    return tmp_path


@pytest.fixture
def do(home, monkeypatch, capsys):
    """Runs a command, a text or a list of words, and returns what it said. code: with which it is to end."""
    monkeypatch.chdir(home)

    def run(words, code=0):
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(words) if isinstance(words, str) else words)
        printed = capsys.readouterr()
        assert (ended.value.code or 0) == code, printed.err
        said = Said(printed.err if code else printed.out)
        said.err = printed.err
        return said

    return run
