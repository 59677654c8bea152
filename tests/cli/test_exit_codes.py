"""Who has to act: the person (2), or who looks after the machine (4)."""

import errno

import pytest

from genwright.cli.exits import exit_code_of
from genwright.core.errors import RunError


@pytest.mark.parametrize("number, code", [(errno.ENOSPC, 4), (errno.EACCES, 4), (errno.ENOENT, 2), (errno.EISDIR, 2)])
def test_a_refusal_of_the_system_is_told_from_a_wrong_name(number, code, capsys):
    def command():
        raise RunError("cannot write the run") from OSError(number, "refused")

    assert exit_code_of(command, ["fit"]) == code
    assert "cannot write the run" in capsys.readouterr().err


def test_what_the_system_did_not_cause_is_for_the_person(capsys):
    def command():
        raise RunError("no such run")

    assert exit_code_of(command, ["fit"]) == 2
