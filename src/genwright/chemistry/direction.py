"""Which values of a measured property are good: the class that is sought, or larger or smaller numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.answers import Target
from ..core.errors import DataError

SOUGHT_WORDS = {"active", "true", "yes", "positive", "toxic", "pass", "t", "y", "+"}
NEGATIONS = ("non", "not", "in", "un")  # each before a word makes its opposite
POTENCY = r"(?:(?:ac|ec|ed|gi|ic|tgi|xc)[\s-]?\d\d|k[di]|mic(?:[\s-]?\d\d)?|mbc)"  # concentrations that act
POTENCY_NAME = re.compile(rf"(?<![a-z])(?:log|log10|ln)?{POTENCY}(?:[pnuµμm]m)?(?![a-z0-9])", re.IGNORECASE)
MOLAR_UNIT = re.compile(r"(?<![A-Za-z])[pnuµμm]?M(?![A-Za-z0-9])")  # a small m is a metre
MINUS_LOG = re.compile(rf"-\s*log|neg\s*log|minus\s*log|(?<![a-z])p[\s-]?{POTENCY}", re.IGNORECASE)


@dataclass(frozen=True)
class Direction:
    """Which values of a property are good.

    Args:
        name: of the property.
        positive: the class that is sought; "" if the property is a number.
        lower: whether smaller numbers are better.
    """

    name: str
    positive: str = ""
    lower: bool = False

    @property
    def sign(self) -> int:
        """The factor that makes larger numbers better."""
        return -1 if self.lower else 1

    def describe(self) -> str:
        if self.positive:
            return f"the probability that `{self.name}` is {self.positive}, higher is better"
        return f"`{self.name}`, {'lower' if self.lower else 'higher'} is better"


def find_direction(target: Target, positive: str | None = None, lower: bool | None = None) -> Direction:
    """The direction that a person names, or that the words and the name of a target say.

    Args:
        target: the property.
        positive: the class that is sought; None if the words of the classes shall say it.
        lower: whether smaller numbers are better; None if the name of the target shall say it.

    Raises DataError if neither says it, and for an option that does not fit the target.
    """
    name = target.name
    if target.classes:
        if lower is not None:
            raise DataError(f"`{name}` holds classes, and --lower and --higher are for numbers: leave them out")
        return Direction(name, _chosen_class(target, positive))
    if positive is not None:
        raise DataError(f"`{name}` is a number, and --positive names a class: leave it out, or use --lower or --higher")
    if lower is None and seems_lower(name):
        raise DataError(
            f"smaller numbers of `{name}` seem better, by its name: add --lower if they are, else --higher (in Python "
            "lower=True or lower=False)"
        )
    return Direction(name, lower=bool(lower))


def positive_of(classes: Sequence[str]) -> str | None:
    """The class that is sought, by its word; None if no word says it.

    It is the only one of SOUGHT_WORDS, the largest of numbers, or the one of two whose negation is the other.
    """
    plain = [_letters(word) for word in classes]
    if all(map(_is_number, classes)):
        return max(classes, key=float)
    opposites = [word for word, own in zip(classes, plain) if any(_negates(other, own) for other in plain)]
    if len(classes) == 2 and opposites:
        return opposites[0]
    sought = [word for word in classes if word.strip().casefold() in SOUGHT_WORDS]
    return sought[0] if len(sought) == 1 else None


def seems_lower(name: str) -> bool:
    """Whether the name of a number is one of which less is better, such as IC50 or "Ki (nM)"; pIC50 is none."""
    spaced = re.sub(r"[_.]", " ", name)
    return not MINUS_LOG.search(spaced) and bool(POTENCY_NAME.search(spaced) or MOLAR_UNIT.search(spaced))


def _chosen_class(target: Target, positive: str | None) -> str:
    words = {word.strip().casefold(): word for word in target.classes}
    several = ", ".join(target.classes)
    if positive is not None:
        if positive.strip().casefold() not in words:
            raise DataError(f"`{target.name}` has no class {positive!r}: name one of {several} with --positive")
        return words[positive.strip().casefold()]
    if (found := positive_of(target.classes)) is None:
        raise DataError(
            f"the classes of `{target.name}` ({several}) do not say which one is sought: name it with --positive, as "
            f"in --positive {target.classes[0]!r} (in Python positive={target.classes[0]!r})"
        )
    return found


def _letters(word: str) -> str:
    """A word without case, blanks and hyphens."""
    return re.sub(r"[\s_-]+", "", word.casefold())


def _negates(negated: str, word: str) -> bool:
    return any(negated == before + word for before in NEGATIONS)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
