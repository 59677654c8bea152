"""Settings of a screen. Their record in the folder lets the same call resume it, and refuses another call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..chemistry.direction import Direction
from ..chemistry.standards import Standard
from ..core.errors import RunError
from ..core.files import write_whole
from ..core.folder_lock import LOCK
from ..core.limits import read_plain

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

    @classmethod
    def read(cls, folder: Path) -> Settings:
        """Raises RunError for a folder without such a record."""
        try:
            record = json.loads(bytes(read_plain(folder / RECORD)))
            return cls(**record | {"without": tuple(record["without"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RunError(f"{folder} holds no screen that can be resumed: name another folder with --out") from error

    def begin(self, folder: Path) -> None:
        """Write the record, or find the same one. Raises RunError where the folder holds another screen."""
        if (folder / RECORD).is_file():
            found = Settings.read(folder)
            if found != self:
                differs = self._differs(found)
                raise RunError(f"{folder} holds another screen ({differs}): name another folder with --out")
        else:
            write_whole(folder / RECORD, (json.dumps(asdict(self), indent=1) + "\n").encode())

    def _differs(self, other: Settings) -> str:
        mine, theirs = asdict(self), asdict(other)
        both = [(mine, theirs), (mine.pop("contents"), theirs.pop("contents"))]
        names = [name for one, two in both for name in one | two if one.get(name) != two.get(name)]
        return "other " + ", ".join(dict.fromkeys(names))


def require_own(folder: Path) -> None:
    """Raises RunError for a folder that holds other things than a screen."""
    if folder.exists() and not (folder / RECORD).is_file():
        if not folder.is_dir() or any(path.name != LOCK for path in folder.iterdir()):
            raise RunError(f"{folder} is there already and holds no screen: name another folder with --out")


def digest(texts: Iterable[str]) -> str:
    """Digest of texts, in their order."""
    found = hashlib.blake2b(digest_size=16)
    for text in texts:
        found.update(text.encode() + b"\n")
    return found.hexdigest()
