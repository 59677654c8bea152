"""The base of the domains of models and predictors, and the questions about data that a person may answer.

A question names an option of `load_data` that answers it, in the words of the command line.
"""

import logging
import shlex
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .errors import DataError, briefly
from .spec import Spec
from .type_names import Options, UserItems

FAILURES_RAISE = False  # whether an error in a question ends the reading, as in our tests


class BaseDomain(ABC):
    """A fitted description of one person's data, which translates between the person's form and tensors. kind and task
    are names of the registry.

    Args:
        task: Name of the task.
        given: Spec of the conditions.
    """

    kind: ClassVar[str]  # name of the kind of data
    task: str
    given: Spec = Spec(())  # leaves of the variables that models are conditioned on, possibly none
    viewed: ClassVar[str] = ""  # suffix of a file of samples, which people look at; "" where there are none

    with_latents: ClassVar[str] = ""  # suffix of a file of items and their latents; "" where there are none
    begins_with = ""  # name of the shipped run with which a model of few such items may begin; "" where none fits

    @property
    def reads(self) -> "BaseDomain":
        """The domain that items are read for, where they stand alone: files of images are resized to it."""
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {briefly('; '.join(self.describe()) or self.kind, 400)}"

    def describe(self) -> list[str]:
        """Describes in sentences how the data were read, printed before training."""
        return []

    def details(self, parts: dict[str, UserItems]) -> list[str]:
        """Describes the items of all parts in more detail than `describe`, line by line."""
        return []

    def try_out(self) -> None:
        """Uses the domain as far as its record alone allows: any error says that the record is damaged."""

    def weigh_for_splits(self, sizes: Mapping[str, int], whole: Any) -> float:
        """Weighs the number of items, by which a comparison decides whether to measure one split or several.

        Args:
            sizes: items of each part.
            whole: what the items are of, None where they stand alone.
        """
        return sum(sizes.values())

    @abstractmethod
    def to_json(self) -> dict:
        """Returns everything needed to rebuild the domain: the content of `domain.json`."""

    @classmethod
    @abstractmethod
    def from_json(cls, record: dict) -> "BaseDomain":
        """Rebuilds the domain that `to_json` described. A damaged record raises any error, which the caller makes a
        RunError."""


@dataclass(frozen=True)
class Choice:
    """One possible answer to a question about data, and the options that it sets.

    Args:
        label: what a person chooses, such as "yes".
        options: Options of `load_data`, by which the data are read as the answer says.
        effect: what these options do, a sentence.
    """

    label: str
    options: Options
    effect: str


@dataclass(frozen=True)
class Question:
    """A question about data. Until a person chooses, genwright keeps its own reading.

    Args:
        text: the question.
        choices: its answers; none where the person has to change the data.
    """

    text: str
    choices: tuple[Choice, ...] = ()

    @classmethod
    def whether(cls, text: str, **options: object) -> "Question":
        """Makes a question that the user answers "yes" to by passing some options of `load_data`.

        Args:
            text: The question.
            options: Options by name.
            **options: The options, with their values.
        """
        typed_text = shlex.join(as_typed(options))
        return cls(text, (Choice("yes", options, f"genwright reads the data anew with {typed_text}."),))

    @property
    def answer(self) -> Options:
        """The options of its first choice; none where there is no choice."""
        return self.choices[0].options if self.choices else {}

    def __str__(self) -> str:
        if not self.choices:
            return self.text
        typed_text = shlex.join(as_typed(self.answer))
        answer_text = ", ".join(f"{name}={value!r}" for name, value in self.answer.items())
        return f"{self.text} If so, add {typed_text} (in Python {answer_text}); else do nothing."


class OpenQuestions(DataError):
    """Raised where data cannot be used as given, but perhaps once a question about them is answered with yes.

    Args:
        reason: what is wrong, a sentence without its end.
        questions: what to ask.
        remedy: what a person who types does about it; by default the questions, with the option that answers each.
    """

    def __init__(self, reason: str, questions: Sequence[Question], remedy: str = ""):
        super().__init__(f"{reason}: {remedy}" if remedy else ". ".join([reason, *map(str, questions)]))
        self.why, self.questions = reason, list(questions)


def ask_each(askers: Iterable[Callable[..., list[Question]]], *subject: object) -> list[Question]:
    """Collects the questions of several functions about the same subject. A function that fails is logged and asks
    nothing. An asker that fails is logged, asks nothing, and ends no reading.

    Args:
        askers: Functions of the subject that return questions.
        *subject: Arguments of the functions.
    """
    questions = []
    for ask in askers:
        try:
            questions += ask(*subject)
        except Exception:
            if FAILURES_RAISE:
                raise
            logging.getLogger("genwright").debug("a question about the data failed", exc_info=True)
    return questions


def as_typed(options: Options) -> list[str]:
    """Writes options of `load_data` as the words of a command."""
    words = []
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif isinstance(value, dict):  # {column: value}, "*" for every column
            pairs = [(column, word) for column, of in value.items() for word in (of if isinstance(of, list) else [of])]
            for column, word in pairs:
                words += [option, word if column == "*" and "=" not in str(word) else f"{column}={word}"]
        elif isinstance(value, list):
            for word in value or [""]:
                words += as_typed({name: word}) if isinstance(word, dict) else [option, word]
        elif value:
            words += [option, value]
    return list(map(str, words))
