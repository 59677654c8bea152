"""A text beside an image of a sheet, in a few lines."""

from collections.abc import Callable

SIZE, LINE = 11, 14  # pixels of the letters, and from one line to the next
LINES = 3  # that are shown


def wrap(text: str, fits: Callable[[str], bool]) -> list[str]:
    """A text in at most LINES lines that fit, the last of which says where more is left out; long words are cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if not lines[-1] or fits(longer) else [*lines, word]
    shown = [line if fits(line) else _cut(line, fits) for line in lines[:LINES]]
    return [*shown[:-1], _cut(shown[-1], fits)] if len(lines) > LINES else shown


def _cut(line: str, fits: Callable[[str], bool]) -> str:
    while line and not fits(f"{line}..."):
        line = line[:-1]
    return f"{line}..."
