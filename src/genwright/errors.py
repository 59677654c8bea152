"""Errors a person can act on: each message says what was wrong, with which input, and what to do."""

from __future__ import annotations

import errno

REMEDIES = {  # what a person can do when the system refuses
    errno.ENOSPC: "free some space, or choose another place",
    errno.EDQUOT: "free some space, or choose another place",
    errno.EACCES: "change the rights, or choose another place",
    errno.EPERM: "change the rights, or choose another place",
    errno.EISDIR: "name a file",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def remedy(error: OSError) -> str:
    """What to do about a file that the system refused to write."""
    return REMEDIES.get(error.errno, "choose another place")


class GenwrightError(Exception):
    """Something outside the program's control went wrong; the command line prints it as one sentence and exits with `exit_code`."""

    exit_code = 2


class DataError(GenwrightError, ValueError):
    """The data cannot be used as given."""


class GivenError(GenwrightError, ValueError):
    """A `given` names a variable or a value that the model was not trained with."""


class BudgetError(GenwrightError, ValueError):
    """The budget, or another number that steers a run, makes no sense."""


class RunError(GenwrightError):
    """A run folder is missing, damaged, in use, or holds another run."""


class TrainingFailed(GenwrightError):
    """Training met a loss that is not finite; the last good checkpoint is untouched."""

    exit_code = 3


class Unsupported(GenwrightError, TypeError):
    """The model lacks this verb; the message says why and which families have it."""
