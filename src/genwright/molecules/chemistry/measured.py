"""Molecules with what was measured of them, before a task makes items of them; and which measured values are good:
the class that is sought, or larger or smaller numbers.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.answers import LOWER_BOUND, UNKNOWN, UPPER_BOUND, Target
from ...core.data import Data, Whole
from ...core.errors import DataError
from .standards import Standard

SHOWN_CLASSES = 12  # classes with their counts
RDKIT, NO_DESCRIPTORS = "rdkit", "none"


@dataclass(frozen=True)
class Column:
    """One measured property of n molecules.

    Args:
        classes: their names, () of a number.
        y: (n,) float64, the number of the class, or the number, of which the logarithm was taken where `log` says
            so; 0 where unknown.
        known: (n,) int8 as in `Answers`.
        positive: the class that a person seeks, which is the last.
    """

    name: str
    classes: tuple[str, ...]
    y: np.ndarray
    known: np.ndarray
    log: bool = False
    positive: str = ""

    def describe(self) -> str:
        """Describes the column in a sentence: its type, its classes with their counts or its range, empty cells and
        bounds."""
        known = self.known != UNKNOWN
        if self.classes:
            counts = np.bincount(self.y[known].astype(int), minlength=len(self.classes))
            counts_text = [f"{name} {count:,}" for name, count in zip(self.classes, counts)]
            counts_text = (
                counts_text if len(counts_text) <= SHOWN_CLASSES else [*counts_text[: SHOWN_CLASSES - 1], "..."]
            )
            subject = (
                f"{'a class' if len(self.classes) == 2 else f'{len(self.classes)} classes'}: {', '.join(counts_text)}"
            )
            subject += self._describe_sought()
        else:
            numbers = np.exp(self.y[known]) if self.log else self.y[known]
            subject = f"a number from {numbers.min():.4g} to {numbers.max():.4g}, mean {numbers.mean():.4g}"
            subject += ", learned as its logarithm" * self.log
        bounds = int((self.known == LOWER_BOUND).sum()), int((self.known == UPPER_BOUND).sum())
        subject += f"; {bounds[0]:,} lower and {bounds[1]:,} upper bounds" * any(bounds)
        return f"`{self.name}` is {subject}; {int((~known).sum()):,} without a value"

    def _describe_sought(self) -> str:
        if len(self.classes) != 2:
            return ""
        if self.positive or positive_of(self.classes):
            return f"; hits are {self.classes[-1]}"
        first, last = self.classes
        remedy = f"if not, add --positive {shlex.quote(first)}"
        return f"; no word says which is sought, so hits are {last}: {remedy}"


@dataclass
class Measured(Whole):
    """Molecules with measured values, an assay.

    Args:
        smiles: (n,) canonical, each molecule once.
        names: (n,) what the source calls them, else where they stand.
        parts: (n,) "train" | "valid" | "test".
        kind, default_task: as in the registry.
        column: Column of SMILES in the table.
        descriptors: RDKIT, NO_DESCRIPTORS, or the names of `own`, (n, D) float32 of a person's file, NaN where it
            has none.
        seed: Seed of the random numbers.
        protocol: as in `Data`.
        source: Path, name or object of the data.
        notes: Notes for the user.
        options: Options by name.
        unreadable: as in `Data`, and rows that contradict each other.
        redraw: parts by another seed; None where the source, or time, says who tests.
        account: Record of what the reader saw and used.
    """

    name: str
    smiles: Sequence[str]
    names: Sequence[str]
    columns: tuple[Column, ...]
    parts: np.ndarray
    standard: Standard
    kind: str
    default_task: str
    column: str = ""
    descriptors: str | tuple[str, ...] = RDKIT
    own: np.ndarray | None = None
    seed: int = 0
    protocol: str = ""
    source: str = ""
    licence: str = ""
    notes: list[str] = field(default_factory=list)
    options: dict[str, object] = field(default_factory=dict)
    unreadable: pd.DataFrame | None = None
    redraw: Callable[[int], np.ndarray] | None = None
    account: Account = field(default_factory=Account)

    write_unreadable = Data.write_unreadable

    def __len__(self) -> int:
        return len(self.smiles)

    @property
    def texts(self) -> Sequence[str]:
        """The SMILES (n,), as of a `Library`; all can be read."""
        return self.smiles

    @property
    def valid(self) -> np.ndarray:
        """Which molecules can be read, (n,) bool, as of a `Library`."""
        return np.ones(len(self), bool)

    def split_again(self, seed: int) -> Measured:
        """Splits the same molecules by another seed."""
        return replace(self, parts=self.redraw(seed), seed=seed)

    @property
    def hash(self) -> str:
        """Computes a digest of molecules, values, parts and a person's descriptors."""
        digest = hashlib.blake2b("\n".join([*self.smiles, *map(str, self.parts)]).encode(), digest_size=16)
        for column in self.columns:
            digest.update(f"{column.name} {column.classes} {column.log}{column.positive}".encode())
            digest.update(column.y.tobytes() + column.known.tobytes())
        if self.own is not None:
            digest.update(repr(self.descriptors).encode() + self.own.tobytes())
        return digest.hexdigest()

    def describe(self) -> list[str]:
        """Describes in sentences how the data were read."""
        return [
            f"{len(self):,} molecules; {self.standard.describe()}",
            *[column.describe() for column in self.columns],
            *self.notes,
        ]


@dataclass
class Library(Whole):
    """Molecules to predict about.

    Args:
        texts: (n,) as they were given.
        names: (n,) what they are called, "" where nothing does, and where they stand.
        places: (n,) what they are called, "" where nothing does, and where they stand.
        why: (n,) why one cannot be read, "" where it can.
        smiles: (k,) canonical of those that can.
        kind: as there.
        default_task: as there.
        own: (k, D) descriptors of a person's file, as in `Measured`.
        source: Path, name or object of the data.
        options: Options by name.
    """

    name: str
    texts: Sequence[str]
    names: Sequence[str]
    places: Sequence[str]
    why: Sequence[str]
    smiles: Sequence[str]
    kind: str
    default_task: str
    own: np.ndarray | None = None
    source: str = ""
    licence: str = ""
    options: dict[str, object] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def valid(self) -> np.ndarray:
        """Which molecules can be read, (n,) bool."""
        return np.array([not reason for reason in self.why], bool)

    @property
    def hash(self) -> str:
        return hashlib.blake2b("\n".join(self.texts).encode(), digest_size=16).hexdigest()

    def describe(self) -> list[str]:
        """Says how many there are, and how many cannot be read, the first of them with its reason."""
        unreadable = len(self) - len(self.smiles)
        first = next((f"{place}: {reason}" for place, reason in zip(self.places, self.why) if reason), "")
        return [f"{len(self):,} molecules", *[f"{unreadable:,} of them cannot be read ({first})"] * bool(unreadable)]


SOUGHT_WORDS = frozenset("active true yes positive pos toxic pass passed + aktiv wahr ja positiv".split())
OTHER_WORDS = frozenset(
    "inactive false no negative neg safe fail failed - \u2212 \u2013 inaktiv falsch nein negativ".split()
)
LETTERS = {"t": "f", "y": "n", "p": "n", "j": "n"}  # that say yes, and no: T beside N may be toxic
WELCOME_STEM = re.compile(  # of a class whose opposite stands beside it; whether people seek any other one is asked
    r"a[ck]ti[vf]|inhib|bind|bound|block|agonist|hit|substrat|ligand|modulat|potent|effective|wirksam|respon|"
    r"solub|l\u00f6slich|loeslich|permeab|stab|pass|pure|select|viab|drug.?like|orall?y? avail|bioavail",
    re.IGNORECASE,
)
UNDECIDED = frozenset("inconclusive unspecified equivocal ambiguous undetermined unknown invalid".split())
NEGATIONS = ("non", "not", "nota", "no", "in", "im", "un", "nicht")  # each before a word makes its opposite
TRUTHS = {0.0, 1.0}, {-1.0, 1.0}  # numbers that say no and yes
POTENCY = (  # concentrations that act
    r"(?:(?:ac|ec|ed|gi|ic|tgi|xc)[\s-]?\d\d|k[di]|mic(?:[\s-]?\d\d)?|mbc)(?:[pnu\u00b5\u03bcm]m)?(?![a-z0-9])"
)
POTENCY_NAME = re.compile(
    rf"(?<![a-z])(?:log|log10|ln)?{POTENCY}|inhibit\w*\s(?:constant|conc)|half.?maxim", re.IGNORECASE
)
MOLAR_UNIT = re.compile(r"(?<![A-Za-z])[pnu\u00b5\u03bcm]?M(?![A-Za-z0-9])")  # a small m is a metre
POTENT_MORE = re.compile(rf"(?<![a-z])p[\s-]?{POTENCY}|pchembl|pactivity", re.IGNORECASE)
MINUS_LOG = re.compile(rf"[-\u2212]\s*log|neg\s*log|minus\s*log|log\d*\W*1\s*/|{POTENT_MORE.pattern}", re.IGNORECASE)
GOOD_MORE = re.compile(r"inhibition|solubility|log\W?s(?![a-z])|half.?li[fv]e|bioavailab|permeab|yield", re.IGNORECASE)
PERCENT = re.compile(r"%|percent", re.IGNORECASE)
ADVERSE = re.compile(  # what most people want to avoid
    r"tox|mutagen|carcino|clastogen|teratogen|ha?emoly|lethal|dead|death|fail|adverse|harm|hazard|irrita|sensiti|corros|"
    r"injur|damag|impair|reactiv|(?<![a-z])(?:risk|alert|bad|ames|dili)(?![a-z])|unsafe|reject|defect|"
    r"contamin|promiscu|aggregat|interfer|art[ei]fact|liabil|herg|side.?effect|withdrawn|inactiv|negativ|resist|unstable|"
    r"insolub|cyp\s?\d|p-?gp|bsep|efflux|lipidosis|degrad|poison|giftig|sch\u00e4dlich|gef\u00e4hrlich",
    re.IGNORECASE,
)
NEGATED = re.compile(r"(?<![a-z])no[nt](?![ei])", re.IGNORECASE)  # so that yes is no
WELCOME = re.compile(r"pass|safe|stable|solub|permeab|good|clean|viab|alive|approved|(?<![a-z])ok", re.IGNORECASE)


@dataclass(frozen=True)
class Direction:
    """The values of a property that are good: a class, or larger or smaller numbers.

    Args:
        name: Name of the property.
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


def find_direction(target: Target, positive: str | None = None, lower_is_better: bool | None = None) -> Direction:
    """Finds the direction that a person names, or that the words and the name of a target say.

    Args:
        target: the property.
        positive: the class that is sought; None if the words of the classes shall say it.
        lower_is_better: whether smaller numbers are better; None if the name of the target shall say it.

    Raises DataError if neither says it, and for an option that does not fit the target.
    """
    name = target.name
    if target.classes:
        if lower_is_better is not None:
            raise DataError(f"`{name}` holds classes, and --lower and --higher are for numbers: leave them out")
        return Direction(name, _chosen_class(target, positive))
    if positive is not None:
        raise DataError(f"`{name}` is a number, and --positive names a class: leave it out, or use --lower or --higher")
    if lower_is_better is None and (better := better_by_name(name)) < 1:
        reason = f"smaller numbers of `{name}` seem better, by its name"
        reason = reason if better else f"the name of `{name}` does not say whether smaller numbers are better"
        raise DataError(f"{reason}: add --lower if they are, else --higher (in Python lower=True or lower=False)")
    return Direction(name, lower=bool(lower_is_better))


def find_warning(target: Target, named_class: str = "") -> str:
    """Finds the class that a flag warns of: the one that the user names, or the class whose name says it is unwelcome.

    Raises DataError if neither says it.
    """
    adverse = [word for word in target.classes if ADVERSE.search(word) and not _is_negation(word, target.classes)]
    positive = target.positive or positive_of(target.classes)
    if named_class:
        return class_named(target.name, target.classes, named_class, "--flag NAME=RUN:CLASS")
    if positive and not NEGATED.search(target.name) and not WELCOME.search(f"{target.name} {positive}"):
        return positive
    if len(target.classes) == 2 and len(adverse) == 1:
        return adverse[0]
    if positive and len(target.classes) == 2 and not NEGATED.search(target.name) and WELCOME.search(positive):
        return next(word for word in target.classes if word != positive)
    raise DataError(
        f"the classes of `{target.name}` ({', '.join(target.classes)}) do not say which one to warn of: name it behind "
        f"the run, as in --flag warning=RUN:{target.classes[-1]}"
    )


def positive_of(classes: Sequence[str]) -> str | None:
    """Finds the class that is sought from the names of the classes, such as "active"; None if no name says it.

    It is the largest of numbers, the one of two whose negation is the other, the letter of LETTERS, or the only one of
    SOUGHT_WORDS if all others are negations of it, OTHER_WORDS or UNDECIDED."""
    if all(map(_is_number, classes)):
        return max(classes, key=float)
    letters = {word.strip().casefold(): word for word in classes}
    for letter, other_letters in LETTERS.items():
        if letters.keys() == {letter, other_letters}:
            return letters[letter]
    opposites = [word for word in classes if any(_is_negation(other_class, [word]) for other_class in classes)]
    if len(classes) == 2 and opposites:
        return opposites[0]
    sought = [word for word in classes if word.strip().casefold() in SOUGHT_WORDS]
    clear = lambda word: (
        word.strip().casefold() in OTHER_WORDS | UNDECIDED or _is_negation(word, sought) or word in sought
    )
    return sought[0] if len(sought) == 1 and all(map(clear, classes)) else None


def better_by_name(name: str) -> int:
    """Returns 1 if the name of a number says that more is better, such as pIC50 or "% inhibition"; -1 if it says that
    less is, such as IC50, "Ki (nM)" or -logS; else 0. A negative logarithm turns round what its number says."""
    spaced = re.sub(r"[_.]", " ", name)
    good, unit = GOOD_MORE.search(spaced), MOLAR_UNIT.search(spaced)
    if MINUS_LOG.search(spaced):
        better = 1 if POTENT_MORE.search(spaced) or POTENCY_NAME.search(spaced) else -bool(good)
    elif POTENCY_NAME.search(spaced):
        better = -1
    elif good and (not unit or good[0].casefold() != "inhibition" or PERCENT.search(spaced)):
        better = 1
    else:
        better = -bool(unit)
    return 0 if ADVERSE.search(spaced) else better


def class_named(name: str, classes: Sequence[str], word: str, option: str) -> str:
    """Finds the class that the user means by a word, in any case. Raises DataError if there is none.

    Args:
        name: Name of the target.
        classes: Classes of the target.
        word: typed.
        option: that holds the word.
    """
    if (
        match := {name_of_class.strip().casefold(): name_of_class for name_of_class in classes}.get(
            word.strip().casefold()
        )
    ) is None:
        remedy = f"name one of {', '.join(classes)} with {option}" if classes else f"it is a number: leave {option} out"
        raise DataError(f"`{name}` has no class {word!r}: {remedy}")
    return match


def _chosen_class(target: Target, positive: str | None) -> str:
    name, classes, class_words = target.name, target.classes, ", ".join(target.classes)
    if positive is not None or target.positive:
        return class_named(name, classes, target.positive if positive is None else positive, "--positive")
    chosen_class, reason = positive_of(classes), "do not say which one is sought"
    if chosen_class and all(map(_is_number, classes)) and set(map(float, classes)) not in TRUTHS:
        chosen_class = None
    unwelcome = ADVERSE.search(f"{name} {chosen_class}") or NEGATED.search(name)
    if chosen_class and (unwelcome or not _is_welcome(chosen_class)):
        word = unwelcome[0] if unwelcome else chosen_class
        chosen_class, reason = None, f"do not say whether you seek or avoid what is called {word!r}"
    if chosen_class is None:
        raise DataError(
            f"the classes of `{name}` ({class_words}) {reason}: name the one that is sought with --positive, as "
            f"in --positive {classes[0]!r} (in Python positive={classes[0]!r})"
        )
    return chosen_class


def _is_welcome(word: str) -> bool:
    plain = word.strip().casefold()
    return _is_number(word) or plain in SOUGHT_WORDS or plain in LETTERS or WELCOME_STEM.search(word) is not None


def _is_negation(word: str, other_words: Sequence[str]) -> bool:
    """Whether a word is one of the others behind one of NEGATIONS."""
    return any(
        _letters(word) == negation + _letters(other_word) for other_word in other_words for negation in NEGATIONS
    )


def _letters(word: str) -> str:
    """A word without case, blanks and hyphens."""
    return re.sub(r"[\s_-]+", "", word.casefold())


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
