"""What a screen keeps in its folder, by which the same call resumes it and another call is refused: its settings,
the molecules that were measured before it, and which of them are active.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TypedDict

import numpy as np

from ...core.answers import LOWER_BOUND, UNKNOWN, UPPER_BOUND
from ...core.errors import RunError
from ...core.files import require_inside_folder, write_whole
from ...core.folder import Folder
from ...core.limits import read_plain
from ...core.schemas import read_record, require
from ...kinds.known_kinds import source_like
from ..chemistry.alerts import Alerts
from ..chemistry.fingerprints import morgan_counts, packed
from ..chemistry.measured import Direction, Measured
from ..chemistry.standards import Standard, parent_of, quiet_rdkit
from ..kinds.library import libraries
from ..package import PROPERTIES

RECORD, WORK, MODEL, JUDGED = "screen.json", "work", "model", "judged-model"
SIMILARITY, ONE_CLASS, DECOYS = "similarity", "one-class", "decoys"
WAYS = (SIMILARITY, ONE_CLASS, DECOYS)  # ways to rank by known actives alone

Summary = TypedDict(
    "Summary",
    {
        "total": int,  # molecules of the library,
        "kept": int,  # those that are ranked,
        "removed": dict[str, int],  # why how many others are not,
        "unreadable": list[str],  # and the first that cannot be read
        "ranked by": str,
        "how": str,  # actives were held out
        "ranks": list[float],  # theirs,
        "among": int,  # so many molecules of the library
        "figures": dict[str, tuple[float, float | None]],  # scores on test molecules, with standard errors
        "tied": int,
        "repeated": int,
        "known": int,  # molecules that were measured before,
        "actives": int,  # and the active ones among them
        "flags": dict[str, str],  # a sentence about the model of each flag
    },
)

COUNT, NUMBER, TEXT = {"type": "integer", "minimum": 0}, {"type": "number"}, {"type": "string"}
FIGURE = {"type": "array", "prefixItems": [NUMBER, {"type": ["number", "null"]}], "minItems": 2, "maxItems": 2}
SUMMARY_PROPERTIES = {
    **dict.fromkeys(("total", "kept", "among", "tied", "repeated", "known", "actives"), COUNT),
    **dict.fromkeys(("ranked by", "how"), TEXT),
    "removed": {"type": "object", "additionalProperties": COUNT},
    "unreadable": {"type": "array", "items": TEXT},
    "ranks": {"type": "array", "items": {"type": "number", "minimum": 1}},
    "figures": {"type": "object", "additionalProperties": FIGURE},
    "flags": {"type": "object", "additionalProperties": TEXT},
}
SUMMARY_SCHEMA = {"type": "object", "properties": SUMMARY_PROPERTIES, "required": sorted(SUMMARY_PROPERTIES)}
REPEAT = "remove it, and run the same command again"  # remedy for a result that was changed


def read_summary(path: Path) -> Summary:
    """Reads the summary of a screen. Raises RunError for a file that is damaged, or no summary."""
    require_inside_folder(path)
    summary = read_record(path, REPEAT)
    require(summary, SUMMARY_SCHEMA, path, REPEAT)
    if summary["ranks"] and not max(summary["ranks"]) - 1 <= summary["among"] > 0:
        raise RunError(f"{path} is damaged (an active stands behind the last molecule): {REPEAT}")
    return summary


@dataclass(frozen=True)
class Settings:
    """The settings of a screen that its record holds.

    Args:
        library: what it is called.
        by: one of WAYS; "" where a run or an assay ranks.
        run: Run of the model, MODEL where the screen trains it.
        target: what the model is asked for.
        positive, lower: as in `Direction`.
        flags: {name: run}.
        without: filters and flags that remove a molecule.
        new: the greatest similarity to a measured molecule that is kept.
        alerts: Alerts of the person; no record has them where there are none.
        standard, column: how molecules are read.
        contents: digests of what was read.
    """

    library: str
    by: str = ""
    run: str = ""
    target: str = ""
    positive: str = ""
    lower: bool = False
    flags: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    new: float | None = None
    standard: dict[str, str] = field(default_factory=lambda: Standard().to_json())
    column: str = ""
    contents: dict[str, str] = field(default_factory=dict)
    alerts: Alerts = ()
    genwright: str = "screen"

    @property
    def direction(self) -> Direction:
        return Direction(self.target, self.positive, self.lower)

    @property
    def ranking(self) -> str:
        """Says by what molecules rank, and which end of it is better."""
        if not self.by:
            return self.direction.describe()
        method_words = {
            SIMILARITY: "similarity to the nearest known active",
            ONE_CLASS: "density of the known actives",
            DECOYS: "the probability of being active rather than a decoy",
        }
        return f"{method_words[self.by]}, higher is better"

    def to_json(self) -> dict:
        record = asdict(self) | {"without": list(self.without), "alerts": [list(pair) for pair in self.alerts]}
        return record if self.alerts else {name: value for name, value in record.items() if name != "alerts"}

    @classmethod
    def read(cls, folder: Path) -> "Settings":
        """Reads the settings on record in the folder of a screen."""
        record = place_of(folder).read()
        alerts = tuple((name, smarts) for name, smarts in record.get("alerts", ()))
        return cls(**record | {"without": tuple(record["without"]), "alerts": alerts})


def place_of(folder: Path) -> Folder:
    """Returns the folder of a screen. Raises RunError where its record lies elsewhere."""
    require_inside_folder(folder / RECORD)
    names = [one.name for one in fields(Settings)]
    schema = {
        "type": "object",
        "required": [name for name in names if name != "alerts"],
        "properties": dict.fromkeys(names, {}),
        "additionalProperties": False,
    }
    return Folder(folder, RECORD, "screen", "screens", "name another folder with --out", schema)


def digest(texts: Iterable[str]) -> str:
    """Computes a digest of texts, in their order."""
    hashed = hashlib.blake2b(digest_size=16)
    for text in texts:
        hashed.update(text.encode() + b"\n")
    return hashed.hexdigest()


KNOWN_FILE = "known.csv"
BLOCK = 1_000
BEST = 0.9  # quantile of measured numbers, the best last, from which on a molecule counts as active


@dataclass(frozen=True)
class Reading:
    """How molecules are read where no model says so.

    Args:
        standard: what is done to each.
        column: that of SMILES, where a table has it.
    """

    standard: Standard = Standard()
    column: str = ""
    kind, task = PROPERTIES


@dataclass(frozen=True)
class Known:
    """The molecules that were measured before a screen.

    Args:
        smiles: (m,) canonical.
        active: (m,) bool.
        decoy: (m,) bool: taken from the library, and not measured.
    """

    smiles: Sequence[str]
    active: np.ndarray
    decoy: np.ndarray

    @cached_property
    def parents(self) -> set[str]:
        """The SMILES of the measured molecules without salts, charges and stereo."""
        with quiet_rdkit():
            return {parent_of(smiles) for smiles, decoy in zip(self.smiles, self.decoy) if not decoy}

    @cached_property
    def actives(self) -> list[str]:
        return [smiles for smiles, active in zip(self.smiles, self.active) if active]

    @cached_property
    def decoys(self) -> set[str]:
        return {smiles for smiles, decoy in zip(self.smiles, self.decoy) if decoy}

    @cached_property
    def fingerprints(self) -> np.ndarray:
        """The fingerprints (a, bytes) of the actives."""
        return packed_of(self.actives)

    @cached_property
    def measured(self) -> np.ndarray:
        """The fingerprints (m, bytes) of all but the decoys."""
        return packed_of([smiles for smiles, decoy in zip(self.smiles, self.decoy) if not decoy])

    @cached_property
    def digest(self) -> str:
        return digest(
            f"{smiles} {active} {decoy}" for smiles, active, decoy in zip(self.smiles, self.active, self.decoy)
        )

    def write(self, folder: Path) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            zip(self.smiles, self.active.astype(int), self.decoy.astype(int))
        )
        write_whole(folder / KNOWN_FILE, text.getvalue().encode())

    @classmethod
    def read(cls, folder: Path) -> "Known":
        rows = list(csv.reader(bytes(read_plain(folder / KNOWN_FILE)).decode().splitlines()))
        active, decoy = (np.array([row[k] == "1" for row in rows], bool) for k in (1, 2))
        return cls([row[0] for row in rows], active, decoy)


def packed_of(smiles: Sequence[str]) -> np.ndarray:
    """Computes packed fingerprints (n, bytes), whose counts are made of BLOCK molecules at a time, to save memory."""
    blocks = [packed(morgan_counts(smiles[k : k + BLOCK])) for k in range(0, len(smiles), BLOCK)]
    return np.concatenate(blocks) if blocks else packed(morgan_counts(smiles))


def actives_of(source: object) -> tuple[Known, list[str]]:
    """Reads the molecules of a file or a list, each once, all of them active; and sentences about it. Raises DataError
    where none can be read."""
    source_place, notes = source_like(source, {}, {})
    parts = list(libraries(source_place, Reading()))
    smiles = [text for part in parts for text in part.smiles]
    lost = [f"{place}: {reason}" for part in parts for place, reason in zip(part.places, part.why) if reason]
    different = list(dict.fromkeys(smiles))
    if lost:
        notes.append(f"{len(lost):,} of {len(lost) + len(smiles):,} actives cannot be read ({lost[0]})")
    return Known(different, np.ones(len(different), bool), np.zeros(len(different), bool)), notes


def measured_of(data: Measured, direction: Direction) -> Known:
    """Returns the molecules of an assay, and which of them are active (see `find_actives`)."""
    (column,) = (column for column in data.columns if column.name == direction.name)
    active = find_actives(column.y, column.known, column.classes, direction)
    return Known(data.smiles, active, np.zeros(len(data.smiles), bool))


def find_actives(y: np.ndarray, known: np.ndarray, classes: Sequence[str], direction: Direction) -> np.ndarray:
    """Finds which molecules are active: those of the positive class, or the tenth with the best numbers.

    Args:
        y: (n,) numbers of classes, or numbers.
        known: (n,) what is known of y, as in `Answers`.
        classes: their names, () of a number.
        direction: of the property.

    Returns:
        (n,) bool.
    """
    is_known = known != UNKNOWN
    if classes:
        return is_known & (y == classes.index(direction.positive))
    is_known &= known != (LOWER_BOUND if direction.lower else UPPER_BOUND)
    better = direction.sign * y
    return is_known & (better >= np.quantile(better[is_known], BEST)) if is_known.any() else is_known
