"""Questions about data, and options in the words of the command line."""

import shlex
from typing import Any, NamedTuple


class Proposal(NamedTuple):
    """A question that a person may answer with yes by giving `load_data` the option this value. Without an option, the
    user has to change the data."""

    question: str
    option: str = ""
    value: Any = None

    def __str__(self) -> str:
        if not self.option:
            return self.question
        typed = shlex.join(as_typed({self.option: self.value}))
        return f"{self.question} If so, add {typed} (in Python {self.option}={self.value!r}); else do nothing."


def as_typed(options: dict[str, Any]) -> list[str]:
    """Options of `load_data` as the words that a person types for them."""
    words = []
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif isinstance(value, dict):  # by column, "*" for every one
            each = [(column, word) for column, of in value.items() for word in (of if isinstance(of, list) else [of])]
            words += [part for column, word in each for part in (option, word if column == "*" else f"{column}={word}")]
        elif isinstance(value, list):
            for word in value or [""]:
                words += as_typed({name: word}) if isinstance(word, dict) else [option, word]
        elif value:
            words += [option, value]
    return list(map(str, words))
