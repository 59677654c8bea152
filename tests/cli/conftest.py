"""What tests of commands share."""

import pytest

from genwright.cli.commands import main


@pytest.fixture
def do(tmp_path, monkeypatch, capsys):
    """Runs a command in a folder of its own, and returns what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(words, code=0):
        with pytest.raises(SystemExit) as ended:
            main(words.split())
        said = capsys.readouterr()
        assert (ended.value.code or 0) == code, said.err
        return said.out if not code else said.err

    return run
