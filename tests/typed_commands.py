"""A command as a person types it, run in this process."""

import io
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from genwright.cli.commands import run
from genwright.core.errors import GenwrightError


@dataclass(frozen=True)
class Ended:
    """exit_code: as the shell gets it. output: of stdout and stderr. error: the refusal, None if there was none."""

    exit_code: int
    output: str
    error: GenwrightError | None = None


def type_command(*words: object) -> Ended:
    """Run `genwright` with these words."""
    text = io.StringIO()
    try:
        with redirect_stdout(text), redirect_stderr(text):
            return Ended(run([str(word) for word in words]) or 0, text.getvalue())
    except GenwrightError as error:
        return Ended(error.exit_code, text.getvalue(), error)


def every_word(command: Iterable[object]) -> set[str]:
    """Spellings of all options of a command."""
    return {spelled for one in command for flag in one.flags for spelled in flag.split("/")}
