"""Errors a person can act on: each message says what was wrong, with which input, and what to do."""

import errno
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

REMEDIES = {  # {error of the system: advice to the person}
    errno.ENOSPC: "free some space, or choose another place",
    errno.EDQUOT: "free some space, or choose another place",
    errno.EACCES: "change the rights, or choose another place",
    errno.EPERM: "change the rights, or choose another place",
    errno.EISDIR: "name a file",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def remedy(error: OSError) -> str:
    """Returns the remedy for a file that the system refused to write."""
    return REMEDIES.get(error.errno, "choose another place")


class GenwrightError(Exception):
    """An error that a person can act on; the command line prints it as one sentence and exits with `exit_code`."""

    exit_code = 2


class Waiting(Exception):
    """Raised where the work stops and waits for somebody, which is no error."""


class DataError(GenwrightError, ValueError):
    """Raised where the data cannot be used as given."""


class CallError(GenwrightError, TypeError):
    """Raised where a call passes an argument that the function does not have."""


class ItemError(DataError):
    """Raised where one item cannot be used, while other items may be right.

    Args:
        number: Number of the item, from 0.
        item_name: Noun for the item, with a colon if `reason` is a sentence.
        reason: What is wrong, as the rest of the sentence.
    """

    def __init__(self, number: int, item_name: str, reason: str):
        super().__init__(f"{item_name} {reason}")
        self.number, self.why, self.mark = number, reason, ":" * item_name.endswith(":")

    def message_at(self, place: str) -> str:
        """Returns the message with the place of the item in its source."""
        return f"{place}{self.mark} {self.why}"


class GivenError(GenwrightError, ValueError):
    """Raised where a `given` names a variable or a value that the model was not trained with."""


class BudgetError(GenwrightError, ValueError):
    """Raised where the budget, or another number that steers a run, makes no sense."""


class RunError(GenwrightError):
    """Raised where a run folder is missing, damaged, in use, or holds another run."""


class FolderInUse(RunError):
    """Raised where another process works in the folder."""


class ProcessLost(RunError):
    """Raised where another process that trains the model ended, cannot be reached or does not answer."""

    exit_code = 5


class WorkerKilled(RunError):
    """Raised where the system, or a person, ended a process that works for this one."""

    exit_code = 4


class DeviceError(GenwrightError):
    """Raised where the requested device is not available."""


def not_finite(subject: str) -> RunError:
    """Makes the error for numbers of a model that are not finite, although its weights are."""
    return RunError(
        f"{subject} not finite, since its weights, or a sampling option, are beyond what the arithmetic bears: "
        "leave the option out, or fit the model again"
    )


class TrainingFailed(GenwrightError):
    """Raised where training met a loss that is not finite; the last good checkpoint is untouched."""

    exit_code = 3


class Unsupported(GenwrightError, TypeError):
    """Raised where the model lacks a verb; the message says why and which families have it."""


class UnseenLabels(UserWarning):
    """Items hold labels that training never saw."""


@contextmanager
def expect_unseen() -> Iterator[None]:
    """Silences warnings about labels not seen in training, within this context: the items are the data's own validation
    and test items."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnseenLabels)
        yield


@contextmanager
def damage(subject: object, remedy: str = "write it again", kind: type[GenwrightError] = DataError) -> Iterator[None]:
    """Turns any exception that a library raises on a damaged file into one error with a plain sentence, within this
    context.

    genwright's own errors and Ctrl-C pass unchanged.

    Args:
        subject: The file.
        remedy: What the person can do.
        kind: Class of the error.
    """
    try:
        yield
    except (GenwrightError, KeyboardInterrupt, GeneratorExit):
        raise
    except MemoryError as error:
        raise kind(f"{subject} asks for more memory than there is: {remedy}, or give a part of it") from error
    except OSError as error:
        if error.strerror and error.errno != errno.EINVAL:  # EINVAL: a place before the beginning of the file
            raise kind(f"{subject} cannot be read ({error.strerror}): allow reading it, or {remedy}") from error
        raise kind(f"{subject} is damaged or cut short ({briefly(error)}): {remedy}") from error
    except BaseException as error:  # a library may also end the program, or panic in another language
        raise kind(f"{subject} is damaged or cut short ({briefly(error)}): {remedy}") from error


def briefly(error: BaseException, maximum: int = 120) -> str:
    """Returns the first line of an error's message, or its class where it has none.

    Args:
        maximum: Upper limit.
    """
    text = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return text if len(text) <= maximum else f"{text[:maximum]}..."


def list_some(words: Sequence[str], maximum: int, separator: str = ", ") -> str:
    """Lists the first words, at most so many, and how many more there are.

    Args:
        words: to list.
        maximum: Maximum of them.
        separator: separator.
    """
    remainder = f" and {len(words) - maximum:,} more" if len(words) > maximum else ""
    return separator.join(words[:maximum]) + remainder


def list_briefly(items: Iterable[object], maximum: int = 400) -> str:
    """Lists the first of many items as `repr` writes them, and how many there are, in few letters.

    Args:
        items: Items in the user's form.
        maximum: Upper limit.
    """
    items, texts = list(items), []
    for item in items:
        texts.append(briefly_written(item))
        if sum(len(text) + 2 for text in texts) > maximum:
            break
    ellipsis = ", ..." if len(texts) < len(items) else ""
    return f"[{', '.join(texts)}{ellipsis}]" + f" ({len(items):,} items)" * bool(ellipsis)


def briefly_written(value: object, maximum: int = 80) -> str:
    """Writes a value as `repr` does, an array by its size alone, in one short line.

    Args:
        maximum: Upper limit.
    """
    shape = getattr(value, "shape", ())
    text = f"array {shape}" if len(shape) else " ".join(repr(value).split())
    return text if len(text) <= maximum else f"{text[:maximum]}..."


def require_text(name: str, subject: str) -> None:
    """Raises DataError for a file name that is no UTF-8: it would stand in records, which are."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"the name of {subject}, {name!r}, is no UTF-8 text: rename it") from error


def require_inside(name: str, archive: object) -> None:
    """Raises DataError for a name in an archive that leads out of the folder it would be unpacked into."""
    if name.startswith("/") or ".." in name.split("/"):
        raise DataError(f"{archive} holds {name!r}, which points out of its folder: write it again with plain names")
