"""A folder that holds one piece of work, such as a run or a design: the same call resumes it, any other is refused.

    .lock     an empty file, which the process that works there holds

Work begins in this order: `require_own`, `hold`, `read`, `require_same`, `write`. The names of the files of a run stand
here too.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import FolderInUse, RunError, remedy
from .files import remove_parts, write_whole
from .schemas import read_record, require

CONFIG, DOMAIN, WEIGHTS, METRICS = "config.toml", "domain.json", "weights.safetensors", "metrics.jsonl"
PREVIEWS = "previews"


LOCK = ".lock"
NAMED = 4  # differences that an error names, at most
SHOWN_VALUE_LETTERS = 24  # characters of a value that an error shows; a longer one, such as a digest, only differs


@dataclass(frozen=True)
class Folder:
    """A folder that holds one piece of work, and what the work is called. It need not exist yet.

    Args:
        path: Path of the folder.
        record: name of the file that says which work it is; its suffix is .json or .toml.
        work: name of the work, as in "design".
        does: verb of its process, as in "designs".
        remedy: what a person can do where the folder is refused.
        schema: Schema of the record, as JSON Schema.
        identity: the part of a record that has to stay the same; by default all of it.
    """

    path: Path
    record: str
    work: str
    does: str
    remedy: str = "choose another folder"
    schema: dict = field(default_factory=lambda: {"type": "object"})
    identity: Callable[[dict], dict] = dict

    def require_own(self, leftovers: Collection[str] = ()) -> None:
        """Raises RunError where the folder holds other things and no record. Hidden files do not count.

        Args:
            leftovers: names of files that a call may leave which was stopped before it wrote the record.
        """
        try:
            names = {path.name for path in self.path.iterdir() if path.name[0] != "."} if self.path.exists() else set()
        except NotADirectoryError as error:
            raise RunError(f"{self.path} is a file: choose a folder") from error
        except OSError as error:
            raise RunError(f"cannot read {self.path}: {error.strerror}; {self.remedy}") from error
        if self.record not in names and (other_records := sorted(names.difference(leftovers))):
            raise RunError(f"{self.path} holds other things ({other_records[0]}) and no {self.work}: {self.remedy}")

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Creates the folder, locks it, and removes what killed writers left, within this context.

        Raises FolderInUse where another process holds the lock, RunError where the disk refuses."""
        path = self.path / LOCK
        lock = FileLock(path, timeout=0)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size:
                raise RunError(f"{path} is not genwright's, which is empty: {self.remedy}")
            lock.acquire()
            remove_parts(self.path)
        except Timeout as error:
            raise FolderInUse(f"another process {self.does} in {self.path}: wait, or {self.remedy}") from error
        except OSError as error:
            raise RunError(f"cannot write to {self.path}: {error.strerror}; {remedy(error)}") from error
        try:
            yield
        finally:
            lock.release()

    def read(self) -> dict | None:
        """Reads the record; None where there is none. Raises RunError for one that is damaged."""
        path, mend = self.path / self.record, f"remove the folder, or {self.remedy}"
        if not path.exists():
            return None
        record = read_record(path, mend)
        require(record, self.schema, path, mend)
        return record

    def require_same(self, stored_record: dict | None, new_record: dict, also: Sequence[str] = ()) -> None:
        """Raises RunError, which names what differs, where the folder holds other work.

        Args:
            stored_record: the record in the folder, None where there is none.
            new_record: the record of the work that is to begin or to resume.
            also: sentences about what else differs.
        """
        if stored_record is None:
            return
        differing = [*name_differences(self.identity(stored_record), self.identity(new_record)), *also]
        if differing:
            remainder = [f"and {len(differing) - NAMED} more"] if len(differing) > NAMED else []
            raise RunError(
                f"{self.path} holds another {self.work} ({'; '.join(differing[:NAMED] + remainder)}): {self.remedy}"
            )

    def write(self, record: dict) -> None:
        """Writes a record of JSON, whole."""
        write_whole(self.path / self.record, (json.dumps(record, indent=1) + "\n").encode())


def name_differences(stored_record: dict, new_record: dict, path: str = "") -> list[str]:
    """Lists the differences between two records, each with its value there and here where both are short.

    Args:
        stored_record: record in the folder.
        new_record: record of this call.
        path: keys that lead to the records.
    """
    differing = []
    for key in [*stored_record, *(key for key in new_record if key not in stored_record)]:
        a, b = stored_record.get(key), new_record.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            differing += name_differences(a, b, f"{path}{key}.")
        elif a != b:
            values = [_format_value(a), _format_value(b)]
            difference = "differs" if None in values else "{} there, {} now".format(*values)
            differing.append(f"{path}{key}: {difference}")
    return differing


def _format_value(value: object) -> str | None:
    """A value as an error shows it; None for one that is too long."""
    text = "none" if value is None else str(value)
    return text if len(text) <= SHOWN_VALUE_LETTERS else None
