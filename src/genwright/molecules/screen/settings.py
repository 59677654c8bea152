"""Settings of a screen. Their record in the folder lets the same call resume it, and refuses another call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from ...chemistry.direction import Direction
from ...chemistry.standards import Standard
from ...core.folder import Folder

RECORD, WORK, MODEL = "screen.json", "work", "model"
SIMILARITY, ONE_CLASS, DECOYS = "similarity", "one-class", "decoys"
WAYS = (SIMILARITY, ONE_CLASS, DECOYS)  # to rank by known actives alone


@dataclass(frozen=True)
class Settings:
    """library: what it is called. by: one of WAYS; "" where a run or an assay ranks. run: of the model, MODEL where the
    screen trains it. target: what it is asked for. positive, lower: as in `Direction`. flags: {name: run}. without:
    filters and flags that remove a molecule. new: the greatest similarity to a measured molecule that is kept.
    standard, column: how molecules are read. contents: digests of what was read."""

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
    genwright: str = "screen"

    @property
    def direction(self) -> Direction:
        return Direction(self.target, self.positive, self.lower)

    @property
    def ranking(self) -> str:
        """Text that says by what molecules rank, and which end of it is better."""
        if not self.by:
            return self.direction.describe()
        what = {
            SIMILARITY: "similarity to the nearest known active",
            ONE_CLASS: "density of the known actives",
            DECOYS: "the probability of being active rather than a decoy",
        }
        return f"{what[self.by]}, higher is better"

    def to_json(self) -> dict:
        return asdict(self) | {"without": list(self.without)}

    @classmethod
    def read(cls, folder: Path) -> Settings:
        """The settings on record in the folder of a screen."""
        record = place_of(folder).read()
        return cls(**record | {"without": tuple(record["without"])})


def place_of(folder: Path) -> Folder:
    """The folder of a screen."""
    names = [one.name for one in fields(Settings)]
    schema = {
        "type": "object",
        "required": names,
        "properties": dict.fromkeys(names, {}),
        "additionalProperties": False,
    }
    return Folder(folder, RECORD, "screen", "screens", "name another folder with --out", schema)


def digest(texts: Iterable[str]) -> str:
    """Digest of texts, in their order."""
    found = hashlib.blake2b(digest_size=16)
    for text in texts:
        found.update(text.encode() + b"\n")
    return found.hexdigest()
