"""What a design begins with, looks for, how, within which limits and where: its start molecules, each once and as
their canonical SMILES, and the options of `design` as a value.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ...core.errors import BudgetError, DataError
from ...core.packages import Chem
from ...kinds.formats.source import Source
from ...kinds.known_kinds import read
from ..chemistry.alerts import read_alerts
from ..chemistry.standards import Standard, Unreadable, parent_of, quiet_rdkit
from ..kinds.kind import MOLECULES
from .families import require_family
from .limits import Limits, capped, elements_of, molecule_of, scaffold_to_keep
from .wants import SIMILARITY, Want, parse_want


@dataclass(frozen=True)
class Start:
    """The start molecules of a design.

    Args:
        smiles: canonical, each once, in the person's order.
        unreadable: how many were left out, and why the first of them was.
    """

    name: str
    smiles: list[str]
    unreadable: int = 0
    why: str = ""

    def begin(self, limits: Limits, lead: list[str]) -> tuple[list[str], list[str]]:
        """Chooses the molecules that a search starts from, with notes: those within the limits, and the ones to be
        similar to."""
        notes = [f"{self.unreadable:,} start molecules cannot be read: {self.why}"] * bool(self.unreadable)
        own_smiles = [*lead, *self.smiles] if limits.similar else self.smiles
        allowed_start, reasons = replace(self, smiles=list(dict.fromkeys(own_smiles))).split_by_limits(limits)
        if limits.keep and not allowed_start:
            plain_atoms = capped(limits.keep)
            unfiltered = Limits(limits.elements, limits.rings, limits.atoms, False)
            allowed_start, _ = Start("the scaffold", [plain_atoms]).split_by_limits(unfiltered)
            reasons = [f"no start molecule holds the scaffold within the limits: the search begins with {plain_atoms}"]
        return allowed_start, [*limits.describe(), *notes, *reasons]

    def split_by_limits(self, limits: Limits) -> tuple[list[str], list[str]]:
        """Selects the start molecules within the limits, with notes about the others. Raises DataError where none is
        within."""
        with quiet_rdkit():
            breaches = [limits.broken(molecule_of(smiles)) for smiles in self.smiles]
        allowed_smiles = [smiles for smiles, reason in zip(self.smiles, breaches) if not reason]
        reasons = Counter(reason for reason in breaches if reason)
        common_reasons = ", ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common(3))
        if not allowed_smiles and not limits.keep:
            raise DataError(
                f"none of {len(self.smiles):,} start molecules is within the limits (most often: "
                f"{common_reasons}): switch a limit off, such as with --filters off, or give other molecules"
            )
        broken_count = len(self.smiles) - len(allowed_smiles)
        return allowed_smiles, [
            f"{broken_count:,} of {len(self.smiles):,} start molecules break a limit: {common_reasons}"
        ] * bool(broken_count)


def read_start(source: object) -> Start:
    """Reads start molecules from a name, a path, or objects in memory, as `load_data` takes them. Raises DataError
    where none can be read."""
    if isinstance(source, (list, tuple)) and not source:
        raise DataError("the list holds no molecules: give SMILES")
    source_read = Source.take([source] if _is_smiles(source) else source, {"kind": MOLECULES})
    raw, text = read(source_read)
    if raw.kind != MOLECULES:
        raise DataError(f"{text} holds no molecules: give SMILES, a line each or in a column called smiles")
    standard, molecules, unreadable = Standard(), {}, len(raw.unreadable)
    first_reason = next((f"{place}: {reason}" for place, _, reason in raw.unreadable), "")
    with quiet_rdkit():
        for place, smiles in zip(raw.item_places, raw.items):
            try:
                molecules[standard.smiles(smiles)] = None
            except Unreadable as reason:
                unreadable, first_reason = unreadable + 1, first_reason or f"{place}: {reason}"
    if not molecules:
        contents = f"no molecule that can be read ({first_reason})" if first_reason else "no molecules"
        raise DataError(f"{text} holds {contents}: give SMILES, a line each or in a column called smiles")
    return Start(raw.name, list(molecules), unreadable, first_reason)


def _is_smiles(source: object) -> bool:
    """Whether a text names neither data nor a path, and is a molecule."""
    if not isinstance(source, str) or Source(source).name or Source(source).path.exists():
        return False
    with quiet_rdkit():
        return Chem.MolFromSmiles(source) is not None


CALLS = 10_000
MOST_ASKED = 100_000  # molecules that a laboratory measures at once
BATCH = 64  # molecules that are scored at once where nobody says
MOST_BATCH = 500  # molecules whose SMILES fit into a pipe
PRIOR_MINUTES = 10.0


@dataclass(frozen=True)
class DesignPlan:
    """The options of `design` as a value.

    A laboratory (ask, tell) takes the place of a score and of wishes, for one family and one seed; a least similarity
    and molecules to be similar to need each other.

    Raises DataError for an unknown family, GivenError for a wish that cannot be read, BudgetError for a number that
    makes no sense and for options that do not go together.
    """

    score: str | Path | Callable[[list[str]], Sequence[float]] | None
    lower: bool | None
    want: str | Sequence[str]
    family: str | Sequence[str]
    calls: int | None
    minutes: float | None
    out: str | Path | None
    seed: int
    seeds: int
    batch: int | None
    score_seconds: float
    like: object
    similar: float
    keep: str
    elements: str | Sequence[str]
    rings: tuple[int, int] | None
    atoms: int | None
    filters: bool
    smarts: str | Path | None
    diverse: bool
    prior: str | Path | None
    prior_minutes: float
    ask: int | None
    tell: object
    progress: bool

    def __post_init__(self):
        for name in self.families:
            require_family(name)
        for name, minimum in (("calls", 1), ("seeds", 1), ("ask", 1), ("batch", 1), ("atoms", 1)):
            if (value := getattr(self, name)) is not None and value < minimum:
                raise BudgetError(f"{name} must be at least {minimum}, not {value}")
        for name, largest in (("batch", MOST_BATCH), ("ask", MOST_ASKED)):
            if (getattr(self, name) or 0) > largest:
                raise BudgetError(f"{name} must be at most {largest:,}, not {getattr(self, name):,}")
        for name in ("minutes", "score_seconds"):
            if (value := getattr(self, name)) is not None and not value > 0:
                raise BudgetError(f"{name} must be above 0, not {value:g}")
        if not 0 <= self.similar <= 1:
            raise BudgetError(f"similar must lie between 0 and 1, not {self.similar:g}")
        if self.rings is not None and not 3 <= self.rings[0] <= self.rings[1]:
            sizes = "rings of {} to {} atoms".format(*self.rings)
            raise BudgetError(f"{sizes} do not exist: write the smaller end first, from 3")
        if self.similar and self.like is None:
            raise BudgetError("a least similarity needs molecules to compare with: name them with --like")
        if self.like is not None and not self.similar and all(want.name != SIMILARITY for want in self.wants):
            raise BudgetError("nothing says how much alike molecules must be to those of --like: add --similar 0.4")
        if self.in_laboratory and (self.score is not None or self.wants):
            raise BudgetError("a laboratory takes the place of a score: leave score and want out")
        if self.in_laboratory and len(self.families) * self.seeds > 1:
            raise BudgetError("a laboratory serves one family and one seed: name one of each")

    @property
    def families(self) -> list[str]:
        """The names of the families, each once."""
        return [self.family] if isinstance(self.family, str) else list(dict.fromkeys(self.family))

    @cached_property
    def wants(self) -> list[Want]:
        """The wishes."""
        return [parse_want(text) for text in ([self.want] if isinstance(self.want, str) else self.want)]

    def is_own(self, start: Start) -> Callable[[str], bool]:
        """Returns a function that tells whether a canonical SMILES is a molecule that the person gave, or a salt or
        stereoisomer of one."""
        with quiet_rdkit():
            given = frozenset(map(parent_of, [*start.smiles, *self.lead]))
        return lambda smiles: parent_of(smiles) in given

    @property
    def in_laboratory(self) -> bool:
        """Whether a laboratory scores."""
        return self.ask is not None or self.tell is not None

    @property
    def most_calls(self) -> int | None:
        """The most calls of a search, None where time alone ends it."""
        return CALLS if self.calls is None and self.minutes is None else self.calls

    @cached_property
    def lead(self) -> list[str]:
        """The SMILES to be similar to."""
        return [] if self.like is None else read_start(self.like).smiles

    def folder(self, name: str) -> Path:
        """Returns the folder of a design that starts from data of this name."""
        return Path(self.out if self.out is not None else Path("runs") / f"design-{Path(name).stem}")

    def limits(self, start: Start) -> Limits:
        """Returns the limits of a design that starts from these molecules."""
        if self.keep:
            size = scaffold_to_keep(self.keep).pattern.GetNumHeavyAtoms()
            if self.atoms is not None and size > self.atoms:
                raise DataError(f"the scaffold has {size} heavy atoms, and {self.atoms} are allowed: raise --atoms")
        lead_molecules = tuple(self.lead) if self.similar else ()
        alerts = () if self.smarts is None else read_alerts(self.smarts)
        elements = self._elements(start)
        return Limits(elements, self.rings, self.atoms, self.filters, self.keep, lead_molecules, self.similar, alerts)

    def _elements(self, start: Start) -> frozenset[str] | None:
        """Symbols of the elements that molecules may have, None for all."""
        element_names = [self.elements] if isinstance(self.elements, str) else list(self.elements)
        element_names = [symbol for text in element_names for symbol in text.replace(",", " ").split()]
        if "any" in element_names:
            return None
        table = Chem.GetPeriodicTable()
        for symbol in element_names:
            try:
                table.GetAtomicNumber(symbol)
            except RuntimeError:
                raise DataError(f"{symbol!r} is no element: write symbols, such as --elements B,Si") from None
        return elements_of([*start.smiles, *([capped(self.keep)] if self.keep else [])]) | frozenset(element_names)
