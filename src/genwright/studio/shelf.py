"""Contents of the folder of the studio: runs, comparisons, jobs and uploads, by ids that the server gives out.

A browser never names a path. An id is a digest of a real path below the folder; links to folders are not followed. A
folder is read again only when the time of its last change is another.
"""

import hashlib
import os
import re
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from ..core.addresses import is_address
from ..core.errors import DataError, GenwrightError
from ..core.files import write_whole
from ..core.folder import CONFIG, PREVIEWS
from ..core.limits import open_plain
from ..core.schemas import read_record
from ..run.process import PROCESS, RUNNING, run_state
from .guard import Refused, check_settings, map_files, read_text, require_inside
from .settings import FILE, Settings, merge_options, read_settings

DEPTH = 4  # folders below the studio's in which runs are looked for
UPLOADS, REMOVED = "uploads", ".removed"
RESULTS = "results.json"
TYPES = "types.toml"  # beside an uploaded table: what `genwright describe --out` wrote, and a person edited
LOGS = ".studio"  # the studio's own folder
NOTE = ".note.txt"  # in a run folder, in which other names belong to the run
LONGEST_NOTE = 2_000  # letters
LONGEST_NAME, MOST_NAME_BYTES = 80, 200  # letters and bytes of the name of a run, or of a file that is uploaded
MARKS_OF_NAMES, JOINERS = " .-_()+", "\u200c\u200d"  # beside letters and digits; what some scripts join letters with
ID = re.compile(r"[0-9a-f]{16}")
PREVIEW = re.compile(r"[0-9]{9,15}\.png")
COMPARE = "compare"  # study of a record whose families were trained
ADVICE = 3  # sentences of a comparison on the first page
RUN, COMPARISON, UPLOAD = "run", "comparison", "upload"
MARKS = {RESULTS: COMPARISON, CONFIG: RUN, PROCESS: RUN}  # file in a folder: what the folder is
SETTLED = 2 * 10**9  # nanoseconds after which a second change of a folder has another time than the first


@dataclass(frozen=True)
class Entry:
    """A run, a comparison, an upload, or a job: the folder of a package's command.

    Args:
        id: what a browser calls it.
        what: RUN, COMPARISON, UPLOAD, or the command of a job.
        name: its path below the studio's folder.
        changed: when, in seconds since 1970.
        within: id of the comparison that a run belongs to, or "".
    """

    id: str
    what: str
    path: Path
    name: str
    changed: float
    within: str = ""


@dataclass(frozen=True)
class Inside:
    """Contents of a folder. changed: its last change, in nanoseconds. what: its kind, "" for a plain folder. folders:
    paths of its subfolders."""

    changed: int
    what: str
    folders: list[Path]


class Shelf:
    """The folder of a studio.

    Args:
        root: the folder.
        begun: function that returns {folder that the studio has begun: what it will be}; some may not be there yet.
        jobs: {file that marks the folder of a job: its command}.
        databases: addresses of databases, which a browser calls database-1, database-2 and so on. Raises DataError for
            what is no address.
    """

    def __init__(
        self,
        root: Path,
        begun: Callable[[], dict[Path, str]],
        jobs: Mapping[str, str] | None = None,
        databases: Sequence[str] = (),
    ):
        if strange := [address for address in databases if not is_address(address)]:
            raise DataError(f"{strange[0]!r} is no address of a database: write it like postgresql://me@localhost/shop")
        self.databases = {f"database-{number}": address for number, address in enumerate(databases, 1)}
        self.root, self.begun, self.marks = root, begun, {**(jobs or {}), **MARKS}
        self.looking, self.seen, self.known = Lock(), {}, {}  # folder: Inside; id: Entry
        self.removed: dict[str, tuple[Path, Path]] = {}  # id: where it lies now, and where it lay

    def entries(self) -> list[Entry]:
        """All that lies here, the newest first."""
        with self.looking:
            before, self.seen = self.seen, {}
            entries = list(self._walk(self.root, DEPTH, "", before))
            known = {entry.path for entry in entries}
            entries += [self.entry_of(path, what) for path, what in sorted(self.begun().items()) if path not in known]
            self.known = {entry.id: entry for entry in entries}
        return sorted(entries, key=lambda entry: -entry.changed)

    def find(self, id: str, *kinds: str) -> Entry:
        """The entry of an id. Raises Refused where there is none of these kinds."""
        if (entry := self.find_entry(id, *kinds)) is None:
            raise Refused(404, f"there is no such {' or '.join(kinds)} here any more: go back to the first page")
        return entry

    def find_entry(self, id: str, *kinds: str) -> Entry | None:
        """The entry of an id; None where there is none."""
        if not ID.fullmatch(id):
            return None
        entry = self.known.get(id)
        if entry is None or not self._still_exists(entry):
            self.entries()
            entry = self.known.get(id)
        return entry if entry and entry.what in kinds else None

    # ------------------------------------------------------------------ what a person does to a run

    def note(self, entry: Entry) -> str:
        """The note that a person has written about a run, "" without one; a sentence about a note that cannot be
        read."""
        if not os.path.lexists(entry.path / NOTE):
            return ""
        try:
            with open_own(entry.path / NOTE) as file:
                return file.read(4 * LONGEST_NOTE).decode(errors="replace")[:LONGEST_NOTE]
        except GenwrightError as error:
            return str(error)

    def write_note(self, entry: Entry, text: str) -> None:
        if len(text) > LONGEST_NOTE:
            raise Refused(400, f"a note has at most {LONGEST_NOTE:,} letters")
        write_whole(entry.path / NOTE, text.encode())

    def rename(self, entry: Entry, name: str) -> Entry:
        """Raises Refused for a name that is taken or no plain name, and while the run trains."""
        self._require_still(entry)
        name = plain_name(name)
        new = entry.path.with_name(name)
        if os.path.lexists(new):
            raise Refused(409, f"{name} is there already: choose another name")
        return self.entry_of(entry.path.rename(new), entry.what)

    def remove(self, entry: Entry) -> str:
        """Put a run, a comparison or an upload aside, and return where it lies now, below the studio's folder, ""
        where it had no folder. It is there until a person deletes it."""
        self._require_still(entry)
        if not entry.path.exists():
            return ""
        aside = make_own(self.root / REMOVED)
        free = (aside / f"{entry.path.name}{f'-{number}' * (number > 1)}" for number in range(1, 10_000))
        place = next(path for path in free if not os.path.lexists(path))
        shutil.move(entry.path, place)
        self.removed[entry.id] = place, entry.path
        return self._below(place)

    def restore(self, id: str) -> None:
        """Bring back what `remove` put aside. Raises Refused where this studio did not remove it, or its name is taken
        by now."""
        aside, path = self.removed.get(id, (self.root, self.root))
        if not aside.exists() or aside == self.root:
            raise Refused(404, f"it is not among what was removed here: look into {REMOVED}")
        if os.path.lexists(path):
            raise Refused(409, f"{self._below(path)} is there by now: rename that first")
        make_own(path.parent)
        shutil.move(self.removed.pop(id)[0], path)

    def new_upload(self) -> Path:
        """A fresh folder for files that a person brings."""
        uploads = make_own(self.root / UPLOADS)
        for number in range(1, 10_000):
            try:
                (path := uploads / f"{number:04}").mkdir()
                return path
            except FileExistsError:
                continue
        raise Refused(507, f"{UPLOADS} holds 9,999 uploads: remove some")

    def source_of(self, body: dict) -> tuple[str, dict[str, object]]:
        """Data as a person types them in the folder of the studio, and options of `compare`: those that are set for
        the data, and those of a request."""
        text, options = read_text(body, "source"), body.get("options", {})
        if not isinstance(options, dict):
            raise Refused(400, "options must be an object of names and values")
        entry = self._data_of(text)
        options = merge_options([read_settings(self.settings_file(text)).options, options])
        file = str(options.pop("file", ""))
        if entry is None:
            return self.databases.get(text, text), check_settings(options, self.root)
        files = {path.name: path for path in self.files_of(entry)}
        first = next(iter(files.values()), entry.path)
        path = files.get(file, first if len(files) == 1 else first.parent if files else entry.path)
        beside = lambda name: self._below(files[name]) if name in files else name
        options = check_settings(map_files(options, beside), self.root)
        source, types = self._below(path), entry.path / TYPES
        require_inside(source, self.root)
        if types.exists():
            told = [self._below(types), *filter(None, [options.get("types")])]
            require_inside(told[0], self.root)
            options = options | {"types": told}
        return source, options

    def files_of(self, entry: Entry) -> list[Path]:
        """Files and folders that a person brought together, those inside a folder that came alone."""
        folder = entry.path
        while True:
            names = [name for name in names_in(folder) if name[0] != "." and name != TYPES]
            if len(names) != 1 or not (folder / names[0]).is_dir() or (folder / names[0]).is_symlink():
                return [folder / name for name in names]
            folder = folder / names[0]

    def settings_file(self, source: str) -> Path:
        """Where settings for data lie: beside an upload, and in the studio's own folder for named data."""
        entry = self._data_of(source)
        return self.root / LOGS / f"{source}{FILE}" if entry is None else entry.path / FILE

    def settings_of(self, source: str) -> Settings:
        return read_settings(self.settings_file(source))

    def picks_of(self, entry: Entry) -> list[dict]:
        """The picks of a run in the comparison that it belongs to."""
        above = self.find_entry(entry.within, COMPARISON) if entry.within else None
        picks = compared_in(above.path).picks if above else []
        return [pick for pick in picks if pick["family"] == entry.path.name]

    def _data_of(self, source: str) -> Entry | None:
        """The upload of an id, None for named data. Raises Refused for what is neither."""
        entry = self.find_entry(source, UPLOAD)
        if entry is None and not re.fullmatch(r"\w[\w-]{0,99}", source):
            raise Refused(400, "data are named by a word, such as digits, or dropped on the first page")
        return entry

    def _below(self, path: Path) -> str:
        return str(path.relative_to(self.root))

    # ------------------------------------------------------------------ how it is found

    def _walk(self, folder: Path, depth: int, within: str, before: dict[Path, Inside]) -> Iterator[Entry]:
        """Entries below a folder; the comparison `within` which they lie. before: what was seen the last time."""
        for path in self._look(folder, before).folders:
            if folder == self.root / UPLOADS:
                yield self.entry_of(path, UPLOAD)
                continue
            what = self._look(path, before).what
            if what:
                entry = self.entry_of(path, what, within)
                yield entry
            if depth > 1 and what != RUN:
                yield from self._walk(path, depth - 1, entry.id if what else within, before)

    def _look(self, folder: Path, before: dict[Path, Inside]) -> Inside:
        """Contents of a folder, kept unless it may change once more within the same tick of its clock."""
        if folder in self.seen:
            return self.seen[folder]
        try:
            changed = folder.stat().st_mtime_ns
            inside = before.get(folder)
            if inside is None or inside.changed != changed:
                inside = self._inside(folder, changed)
        except OSError:  # it was removed, or may not be read
            return Inside(0, "", [])
        if time.time_ns() - changed > SETTLED:
            self.seen[folder] = inside
        return inside

    def _still_exists(self, entry: Entry) -> bool:
        """Whether the folder of an entry is still what it was."""
        if entry.path in self.begun():
            return True
        marks = ["."] if entry.what == UPLOAD else [name for name, what in self.marks.items() if what == entry.what]
        return _has_no_link(entry.path) and any(os.path.exists(entry.path / mark) for mark in marks)

    def entry_of(self, path: Path, what: str = RUN, within: str = "") -> Entry:
        """The entry of a folder that lies here."""
        id = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        return Entry(id, what, path, str(path.relative_to(self.root)), self._changed(path), within)

    def _require_still(self, entry: Entry) -> None:
        if entry.within:
            raise Refused(409, f"{entry.name} belongs to a comparison: rename or remove the comparison")
        runs = [other.path for other in self.entries() if other.path.is_relative_to(entry.path) and other.what == RUN]
        if any(run_state(run).status == RUNNING for run in runs):
            raise Refused(409, f"{entry.name} trains at the moment: stop it first")

    def _inside(self, folder: Path, changed: int) -> Inside:
        """Contents of a folder now. Raises OSError."""
        with os.scandir(folder) as listing:
            entries = [entry for entry in listing if entry.name in self.marks or entry.name[0] != "."]
        files = {entry.name for entry in entries if entry.name in self.marks and os.path.isfile(entry.path)}
        folders = [
            Path(entry.path) for entry in entries if entry.name[0] != "." and entry.is_dir(follow_symlinks=False)
        ]
        return Inside(changed, next((what for name, what in self.marks.items() if name in files), ""), folders)

    def _changed(self, path: Path) -> float:
        """When a folder was changed, in seconds since 1970; now where it has no file yet."""
        times = []
        for name in (*self.marks, "metrics.jsonl", "."):
            try:
                times.append((path / name).stat().st_mtime)
            except OSError:
                continue
        return max(times, default=time.time())


def open_own(path: Path) -> BinaryIO:
    """A file of a run, opened to be read. Raises DataError for a link, which may lead out of the studio's folder, and
    as `open_plain` does."""
    if not _has_no_link(path):
        raise DataError(f"{path.name} is a link, which the studio does not follow: put the file itself there")
    return open_plain(path, path.name)


def make_own(folder: Path) -> Path:
    """A folder of the studio's own, made where it is missing. Raises DataError for a link."""
    require_no_link(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def require_no_link(folder: Path) -> None:
    """Raises DataError for a link, which may lead elsewhere."""
    if folder.is_symlink():
        raise DataError(f"{folder} is a link, which the studio does not follow: remove it, or put the folder there")


def _has_no_link(path: Path) -> bool:
    """Whether no part of a path is a link."""
    return os.path.realpath(path) == str(path)


def plain_name(name: str) -> str:
    """The name of a file with its letters composed, as most systems write them. Raises Refused for a name that is no
    plain one: letters and digits of any script, with their marks."""
    name = unicodedata.normalize("NFC", name)
    if not re.match(r"[\w()+-]", name) or name != name.strip() or not all(map(is_plain_letter, name)):
        raise Refused(400, f"a name holds letters, digits, spaces and {' '.join(MARKS_OF_NAMES[1:])}: choose another")
    if len(name) > LONGEST_NAME or len(name.encode()) > MOST_NAME_BYTES:
        raise Refused(400, f"a name has at most {LONGEST_NAME} letters, in {MOST_NAME_BYTES} bytes: shorten it")
    return name


def is_plain_letter(letter: str) -> bool:
    """Whether a letter may stand in the name of a file: also a mark that combines with the letter before it."""
    return unicodedata.category(letter)[0] in "LMN" or letter in MARKS_OF_NAMES or letter in JOINERS


def change_time(path: Path) -> int:
    """When a file or folder was changed, 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def previews(run: Path) -> list[int]:
    """The items after which a run has a preview."""
    return [int(name.removesuffix(".png")) for name in names_in(run / PREVIEWS) if PREVIEW.fullmatch(name)]


def names_in(folder: Path) -> list[str]:
    """Names of the files in a folder, in their order; none where it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


@dataclass(frozen=True)
class Compared:
    """What a comparison has on record.

    Args:
        advice: the sentences of its picks and the first of what it advises; one about results that cannot be read.
        families: that it trains or fits.
        measured: those of which something is measured.
        finished: whether nothing is left to do.
        picks: {"family", "sentence", "cures": options of `genwright sample` that mend its samples, "samples": whether
            it is for sampling} of each, the first purpose first.
        source: data that it compares on.
        trains: whether it trained its families, and did not only measure samples of another tool.
    """

    advice: list[str]
    families: list[str] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)
    finished: bool = True
    picks: list[dict] = field(default_factory=list)
    source: str = ""
    trains: bool = True


def compared_in(folder: Path) -> Compared:
    """What the results of a folder say, whoever wrote them."""
    try:
        record = read_record(folder / RESULTS, "copy it again, or compare anew", allowed_folder=folder)
        picks = record.get("picks", [])
        every = [row for side in ("models", "baselines") for row in record[side]]
        return Compared(
            list(dict.fromkeys(map(str, [*(pick["sentence"] for pick in picks), *record["advice"]])))[:ADVICE],
            [str(row["family"]) for row in every],
            [str(row["family"]) for row in every if row["metrics"]],
            record["finished"] is True,
            [_pick_of(pick) for pick in picks if pick["family"]],
            str(record["data"]["source"]),
            record.get("study") == COMPARE,
        )
    except GenwrightError as error:
        return Compared([str(error)])
    except (LookupError, TypeError, AttributeError):
        return Compared([])


def _pick_of(pick: dict) -> dict:
    cures = list(map(str, pick.get("cures", ())))
    told = {"family": str(pick["family"]), "sentence": str(pick["sentence"]), "cures": cures}
    return told | {"samples": pick["criterion"] in ("samples", "words")}
