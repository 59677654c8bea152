"""Questions about images with their answers: one text an image, "which shape? star; which colour? red".

Each question ends with the only "?" of its pair, and a ";" stands between pairs, so that a token says where an answer
begins and ends.
"""

from collections.abc import Iterable

from ....core.errors import GivenError

COLUMNS = "question", "answer"  # of a table of images
NAME = "answers"  # of the variable


def plain_question(question: object) -> str:
    """A question in lower case that ends with its only "?". Raises GivenError for what asks nothing."""
    words = " ".join(_without_marks(question).split())
    if not words:
        raise GivenError(f"the question {question!r} asks nothing: write one such as 'which colour?'")
    return f"{words}?"


def join_answers(pairs: Iterable[tuple[object, object]]) -> str | None:
    """Questions and their answers as one text, None for no pair. A pair without an answer is left out."""
    told = [(plain_question(question), " ".join(_without_marks(answer).split())) for question, answer in pairs]
    return "; ".join(f"{question} {answer}" for question, answer in told if answer) or None


def _without_marks(text: object) -> str:
    return str(text).lower().replace("?", " ").replace(";", " ")
