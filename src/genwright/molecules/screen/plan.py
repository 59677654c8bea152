"""What a screen ranks by, what it leaves out and where: the keywords of `screen` as a value."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...chemistry.alerts import GROUPS, PAINS
from ...core.errors import BudgetError, DataError
from ...run.open import open_predictor
from ...run.predictor import Predictor
from .evidence import Actives, Assay, Evidence, Run, Training
from .rows import ALIKE, COLUMNS, MEASURED, OF_TABLES, UNREADABLE
from .settings import DECOYS, WAYS

FILTERS = PAINS, *GROUPS


@dataclass(frozen=True)
class ScreenPlan:
    """The keywords of `screen` with their defaults.

    Actives, an assay or a run say what is known, and only one of them. Each takes options of its own: actives take
    `by`; an assay takes target, positive and lower, and so does a run; a family is trained on an assay, or on actives
    and decoys.

    Raises DataError for options that do not go together and for an unknown filter, BudgetError for a number that makes
    no sense.
    """

    actives: Any = None
    by: str = WAYS[0]
    assay: Any = None
    target: str | None = None
    positive: str | None = None
    lower: bool | None = None
    run: str | Path | None = None
    family: str | None = None
    minutes: float = 2.0
    top: int = 100
    without: Sequence[str] = ()
    new: float | None = None
    flags: Mapping[str, str | Path] | None = None
    out: str | Path = "hits"
    seed: int = 0
    progress: bool = True

    def __post_init__(self):
        known = {name: getattr(self, name) for name in ("actives", "assay", "run")}
        named = [name for name, value in known.items() if value is not None]
        if len(named) != 1:
            said = f"{' and '.join(named)} are named" if named else "nothing is known"
            raise DataError(f"{said}: name one of --actives FILE, --assay FILE with --target COLUMN, or --run RUN")
        if self.by not in WAYS:
            raise DataError(f"by={self.by!r} is unknown: choose one of {', '.join(WAYS)}")
        if self.actives is None and self.by != WAYS[0]:
            raise DataError("--by ranks by known actives: leave --by out")
        if self.actives is not None and self.target is not None:
            raise DataError("known actives have no target: leave --target out")
        if self.actives is not None and not (self.positive is None and self.lower is None):
            raise DataError("known actives are all sought: leave --positive, --lower and --higher out")
        if self.assay is not None and self.target is None:
            raise DataError("an assay needs the column that counts: name it with --target")
        if self.family is not None and self.assay is None and self.by != DECOYS:
            raise DataError("--family is for an assay, on which a model is trained: leave --family out")
        if self.top < 1:
            raise BudgetError(f"top must be at least 1, not {self.top}")
        if self.new is not None and not 0 < self.new <= 1:
            raise BudgetError(f"new is a similarity above 0 and at most 1, not {self.new}")
        self._require_names()

    def _require_names(self) -> None:
        """Raises DataError for a flag that cannot be called so, and for a filter or flag that is unknown."""
        flags = self.runs_of_flags
        taken = {*COLUMNS, *OF_TABLES, *FILTERS, UNREADABLE, MEASURED, ALIKE, *(f"{name}_of" for name in flags)}
        for name, where in flags.items():
            other = _writable(name)
            if name in taken or name != other:
                other += "-flag" * (other in {*taken, *flags})
                raise DataError(
                    f"a flag cannot be called {name!r}, which the screen uses or cannot write: use --flag "
                    f"{shlex.quote(f'{other}={where}')}"
                )
        if strange := [name for name in self.without if name not in (*FILTERS, *flags)]:
            raise DataError(
                f"no filter or flag is called {strange[0]!r}: choose one of {', '.join((*FILTERS, *flags))}"
            )

    @property
    def runs_of_flags(self) -> dict[str, str]:
        """{flag: its run}."""
        return {name: str(where) for name, where in (self.flags or {}).items()}

    @cached_property
    def warning(self) -> dict[str, Predictor]:
        """{flag: its model}. Raises DataError where a flag is to leave molecules out, and its model gives no
        probability."""
        models = {name: open_predictor(where) for name, where in self.runs_of_flags.items()}
        for name, model in models.items():
            if name in self.without and not any(target.classes for target in model.domain.targets):
                raise DataError(
                    f"flag {name!r} predicts numbers alone, which remove nothing: leave it out of --without"
                )
        return models

    @property
    def evidence(self) -> Evidence:
        """What is known."""
        training = Training(self.family, self.minutes, self.seed)
        if self.actives is not None:
            return Actives(training, self.actives, self.by)
        if self.assay is not None:
            return Assay(training, self.assay, self.target, self.positive, self.lower)
        return Run(training, str(self.run), self.target or "", self.positive, self.lower)


def _writable(name: str) -> str:
    """A name that a reason of ranked.csv and --without can hold: without colon, comma, and characters that no one
    sees."""
    plain = re.sub(r"[:,]+", "-", "".join(letter if letter.isprintable() else " " for letter in name))
    return " ".join(plain.split()).strip("-") or "flag"
