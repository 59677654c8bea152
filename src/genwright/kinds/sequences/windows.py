"""One long text, cut in windows: when it is one, and who trains, validates and tests, by place.

Training comes first, then validation, then test, so that what is learned lies far from what is measured, but for the
neighbours of two seams. Windows of a part follow each other and do not overlap; what is left at its end, less than a
window, is left out.
"""

from collections.abc import Sequence
from math import ceil

import numpy as np

from ...core.errors import DataError
from ..splits import FEWEST, MOST_VALID, TEST_SHARE, VALID_SHARE
from .domain import MOST_WINDOW

WINDOW = 128  # symbols, where nobody says how many
SHORTEST = 8


def why_one_text(lines: Sequence[str]) -> str:
    """Explains in a sentence why lines look like one long text: too few lines, and enough symbols; "" otherwise."""
    if len(lines) >= FEWEST or sum(map(len, lines)) < 2 * FEWEST * WINDOW:
        return ""
    return f"read as one text, since it has {len(lines)} line{'s' * (len(lines) != 1)}"


def require_window(size: int, text: str) -> None:
    """Raises DataError for windows that are no whole number, too short or too long."""
    if not isinstance(size, int) or not SHORTEST <= size <= MOST_WINDOW:
        raise DataError(f"windows of {text} must be of {SHORTEST} to {MOST_WINDOW:,} symbols, not {size}")


def parted(texts: Sequence[str], parts: np.ndarray | None, size: int, source_name: str) -> dict[str, str]:
    """Returns the text of each part, by place. Raises DataError for less than ten windows.

    Args:
        texts: one, or those of `parts`, "" and "test".
        source_name: Name of the source in messages.
    """
    count = sum(map(len, texts)) // size
    if count < FEWEST:
        raise DataError(
            f"{source_name} holds {sum(map(len, texts)):,} symbols, and at least {FEWEST} windows of {size} are "
            "needed to train, validate and test: name smaller windows, or give more text"
        )
    if parts is None:
        (text,) = texts
        at = len(text) - size * ceil(TEST_SHARE * count)
        learned_text, test = text[:at], text[at:]
    else:
        learned_text, test = ("".join(t for t, part in zip(texts, parts) if part == name) for name in ("", "test"))
    at = len(learned_text) - size * min(MOST_VALID, ceil(VALID_SHARE * (len(learned_text) // size)))
    return {"train": learned_text[:at], "valid": learned_text[at:], "test": test}


def cut(text: str, size: int) -> list[str]:
    """Windows that do not overlap; what is less than one at the end is left out."""
    return [text[i : i + size] for i in range(0, len(text) - size + 1, size)]
