"""How commands print for a person: as wide as the terminal, unwrapped where a program or a file reads along, and in
colours only where a terminal shows them and NO_COLOR is not set."""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from .safe_text import visible

if TYPE_CHECKING:
    from rich.console import Console

NARROWEST = 8  # columns of a cell
DOCSTRING, LONGEST_WORD = 120, 20  # columns at which docstrings break, and of a word that broke one
HANGING = 4  # columns by which the rest of a long line is indented


def line_width(stream: TextIO | None = None) -> int | None:
    """Returns columns of the terminal, or those that COLUMNS names; None where nothing wraps.

    Args:
        stream: stdout by default.
    """
    stream = sys.stdout if stream is None else stream
    return shutil.get_terminal_size().columns if stream.isatty() or os.environ.get("COLUMNS") else None


def fill(line: str, width: int | None, hanging: int = HANGING) -> str:
    """Returns a line broken between words, its rest indented by `hanging` more columns. One that fits stays as
    it is."""
    if width is None or len(line) <= width:
        return line
    indent = len(line) - len(line.lstrip())
    indent_text = " " * min(indent + hanging, width // 2)
    return textwrap.fill(
        line.strip(), width, initial_indent=" " * indent, subsequent_indent=indent_text, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def mark_error(text: str) -> str:
    """Returns the text with its first word in red, where a terminal shows colours and NO_COLOR is not set."""
    plain = not sys.stderr.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    first, space, remainder = text.partition(" ")
    return text if plain else f"\x1b[1;31m{first}\x1b[0m{space}{remainder}"


def join_paragraphs(lines: Iterable[str]) -> list[str]:
    """Returns lines of a docstring, those of a sentence that it broke near its own margin joined again."""
    joined_text, text_before = [], ""
    indent = lambda line: len(line) - len(line.lstrip())
    for line in lines:
        was_broken = len(text_before) > DOCSTRING - LONGEST_WORD and indent(text_before) == indent(line)
        if was_broken and line.strip() and "  " not in f"{text_before.strip()} {line.strip()}":
            joined_text[-1] += f" {line.strip()}"
        else:
            joined_text.append(line)
        text_before = line
    return joined_text


def fit_widths(widths: list[int], total: int | None, gap: int = 2) -> list[int]:
    """Narrows the widest columns of a table until all fit into the terminal.

    Args:
        widths: Width of each column, in characters.
        total: Width of the terminal. None: the widths stay.
        gap: Spaces between two columns.
    """
    fitted = list(widths)
    while total is not None and sum(fitted) + gap * (len(fitted) - 1) > total and max(fitted) > NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def tell(lines: Iterable[str], stream: TextIO | None = None, hanging: int = HANGING) -> None:
    """Print lines, each filled to the width of the terminal.

    Args:
        lines: Lines of text.
        stream: stdout by default.
        hanging: as of `fill`.
    """
    stream = sys.stdout if stream is None else stream
    width = line_width(stream)
    print("".join(f"{fill(visible(line), width, hanging)}\n" for line in lines), end="", file=stream)


def console(stderr: bool = False, quiet: bool = False) -> "Console":
    """Returns a console of rich, which wraps only at the width of `line_width`.

    Args:
        stderr: Whether it writes to stderr.
        quiet: Whether it writes nothing.
    """
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, quiet=quiet, highlight=False, soft_wrap=line_width(stream) is None)
