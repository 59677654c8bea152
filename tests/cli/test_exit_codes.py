# Tests __main__.py, cli/exits.py
"""Who has to act: the person (2), or who looks after the machine (4)."""

import errno
import os
import signal
import sys
import time
from types import SimpleNamespace

import pytest

import genwright.__main__ as entry
from genwright.cli.exits import exit_code_of
from genwright.core.cpu import in_order
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_ends_any_command_with_a_sentence(number, capsys):
    def command():
        os.kill(os.getpid(), number)
        time.sleep(10)

    before = signal.getsignal(signal.SIGTERM)
    assert exit_code_of(command, ["screen"]) == 130
    assert "stopped" in capsys.readouterr().err and signal.getsignal(signal.SIGTERM) is before


def test_a_closed_pipe_is_no_bug_where_rich_leaves_in_its_place(capsys):
    """As `genwright compare ... | head -1` ends."""

    def command():
        try:
            raise BrokenPipeError
        except BrokenPipeError:
            raise SystemExit(1)

    assert exit_code_of(command, ["compare"]) == 4 and capsys.readouterr().err == ""


def test_ctrl_c_while_the_commands_are_loaded_is_a_sentence(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "genwright.cli.commands", SimpleNamespace(main=interrupted))
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 130 and "Traceback" not in capsys.readouterr().err


@pytest.mark.long
def test_a_worker_that_was_killed_is_no_bug(capsys):
    assert exit_code_of(lambda: list(in_order(os._exit, [1, 1], 2)), ["predict"]) == 4
    assert "killed" in capsys.readouterr().err
