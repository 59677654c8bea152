"""Questions whether lines of text are other than they were read as."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...core.domain import Question, ask_each
from ..formats.raw import Numbered, Raw
from ..kind import LINES
from ..splits import FEWEST
from ..tables.questions import ENOUGH, GLANCE, STEADY, ask_given
from .windows import WINDOW

WIDE, CLOSE = 40, 0.9  # letters of a wrapped line, at least; share of its width that it takes with the next word
WRAPPED, INSIDE = 0.6, 0.25  # shares of the lines of a wrapped text that are so long, and that end within a sentence
PARTED, IRREGULAR = 0.1, 4  # share of empty lines in a text of paragraphs; different lengths of these, at least


def about_lines(raw: Raw, options: Mapping) -> list[Question]:
    """Asks questions about text in which each line is a sample."""
    columns = pd.DataFrame({LINES: raw.items[:GLANCE]})
    askers = [lambda: ask_windows(raw), lambda: ask_given(raw, options)]
    return raw.recognise(columns, options) or ask_each(askers)


def ask_windows(raw: Raw) -> list[Question]:
    """Returns lines that break where a text of one width breaks, also within sentences, or that empty lines part now
    and then, as paragraphs are."""
    lines = [line.strip() for line in raw.items[:GLANCE]]
    if len(lines) < ENOUGH or sum(map(len, lines)) < FEWEST * WINDOW:
        return []
    steps = _steps(raw)
    pairs = [
        (line, next_line) for line, next_line, step in zip(lines, lines[1:], steps) if step == 1 and " " in next_line
    ]
    if pairs:
        width = np.quantile([len(line) for line in lines], STEADY)
        full_share = np.mean(
            [len(line) + 1 + len(next_line.split(maxsplit=1)[0]) > CLOSE * width for line, next_line in pairs]
        )
        inner_share = np.mean([line[-1] not in ".!?:" and next_line[0].islower() for line, next_line in pairs])
        if width >= WIDE and full_share >= WRAPPED and inner_share >= INSIDE:
            question = (
                f"{full_share:.0%} of the lines are as long as {width:.0f} letters allow: are they one text, wrapped?"
            )
            return [Question.whether(question, windows=WINDOW)]
    empty = 1 - len(steps) / steps.sum()
    if empty < PARTED or len(set(np.diff(np.flatnonzero(steps > 1)))) < IRREGULAR:
        return []
    question = f"{empty:.0%} of the lines are empty, as those between paragraphs: are the others one text?"
    return [Question.whether(question, windows=WINDOW)]


def _steps(raw: Raw) -> np.ndarray:
    """Lines (n - 1,) from each item to the next in its source: more than one over empty lines."""
    if isinstance(raw.places, Numbered) and any(lost.why == "empty" for lost in raw.account.left_out):
        return np.diff(raw.places.numbers[:GLANCE])
    return np.ones(min(len(raw.items), GLANCE) - 1, int)
