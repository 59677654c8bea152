"""The files of a run under way: a lock, the last two checkpoints, config.toml, metrics.jsonl; or nothing, in memory."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import tomli_w
from torch import Tensor

from ..core.errors import RunError, remedy
from ..core.files import flush_folder, remove_parts, write_whole
from ..core.folder import CONFIG, METRICS, Folder
from .identity import resumable_identity
from .weights import pack, unpack

KEEP = 2
COOLDOWN_SUFFIX = "-held"  # suffix of the checkpoint before the cooldown, from which a run can be given more time
CHECKPOINTS = "checkpoints"  # folder within a run folder
CHECKPOINT_NAME = re.compile(rf"\d{{6,}}({COOLDOWN_SUFFIX})?\.safetensors")


def place_of(folder: Path) -> Folder:
    """Returns a run's `Folder`, which says how the run begins, resumes and is refused."""
    return Folder(folder, CONFIG, "run", "trains", identity=resumable_identity)


def checkpoints_in(folder: Path) -> list[Path]:
    """Lists the checkpoints of a run folder, the newest first."""
    return sorted((path for path in _inside(folder) if _is_checkpoint(path)), reverse=True)


def foreign_files_in(folder: Path) -> list[Path]:
    """Lists entries of the checkpoint folder that are no checkpoints; hidden files do not count."""
    return sorted(path for path in _inside(folder) if not _is_checkpoint(path) and path.name[0] != ".")


def remove_checkpoints(folder: Path) -> None:
    """Removes the checkpoints of a run folder, and their folder where nothing else is in it."""
    for path in checkpoints_in(folder):
        path.unlink()
    with suppress(OSError):  # something else is there, or it is a link to another place
        (folder / CHECKPOINTS).rmdir()


def _is_checkpoint(path: Path) -> bool:
    return bool(CHECKPOINT_NAME.fullmatch(path.name)) and path.is_file()


def _inside(folder: Path) -> Iterator[Path]:
    place = folder / CHECKPOINTS
    return place.iterdir() if place.is_dir() else iter(())


class Store:
    """The files of a run under way. Use as a context, which holds the lock. Raises RunError when another process holds
    it or the disk refuses.

    Args:
        folder: Folder of the run; None to keep its metrics in memory and nothing else.
        reads_only: whether another process of its world writes there and holds the lock.
    """

    def __init__(self, folder: Path | None, reads_only: bool = False):
        self.folder = folder
        self.writes = folder is not None and not reads_only
        self.metrics = None
        self.rows: list[dict] = []  # metrics, if there is no folder

    def __enter__(self) -> "Store":
        if self.writes:
            self.lock = place_of(self.folder).hold()
            self.lock.__enter__()
            with suppress(OSError):
                remove_parts(self.folder / CHECKPOINTS)
        return self

    def __exit__(self, *exc) -> None:
        if self.metrics is not None:
            self.metrics.close()
        if self.writes:
            self.lock.__exit__(None, None, None)

    # ------------------------------------------------------------------ small files

    def write_config(self, config: dict) -> None:
        """Writes the run's decisions to config.toml; on disk when this returns."""
        if self.writes:
            write_whole(self.folder / CONFIG, tomli_w.dumps(config).encode())

    def write_metric(self, row: dict) -> None:
        """Appends one line to metrics.jsonl. Raises RunError when the disk refuses."""
        if self.folder is None:
            self.rows.append(row)
        if not self.writes:
            return
        path = self.folder / METRICS
        try:
            self.metrics = self.metrics or open(path, "a", encoding="utf-8")
            self.metrics.write(json.dumps(row) + "\n")
            self.metrics.flush()
        except OSError as error:
            raise RunError(f"cannot write {path}: {error.strerror}; {remedy(error)}") from error

    def rewind_metrics(self, length: int) -> None:
        """Cuts metrics.jsonl to `length` bytes: drops the lines after the checkpoint from which the run resumes."""
        path = self.folder / METRICS
        if self.writes and path.exists():
            with open(path, "r+b") as file:
                file.truncate(min(length, self.metrics_length))

    @property
    def metrics_length(self) -> int:
        """Returns the bytes of metrics.jsonl so far."""
        path = self.folder / METRICS
        return path.stat().st_size if path.exists() else 0

    @property
    def log(self) -> Path | list[dict]:
        """Returns the metrics: the path of their file, or the rows themselves if there is no folder."""
        return self.rows if self.folder is None else self.folder / METRICS

    # ------------------------------------------------------------------ checkpoints

    def checkpoints(self) -> list[Path]:
        """Lists the checkpoints, the newest first."""
        return checkpoints_in(self.folder) if self.folder else []

    def save(self, state: Callable[[], tuple[dict[str, Tensor], dict]], before_cooldown: bool = False) -> None:
        """Writes the newest checkpoint and drops all but the last two.

        Args:
            state: state() -> (tensors, record).
            before_cooldown: Whether to keep it as the `cooldown_checkpoint`. Default: False.
        """
        if not self.writes:
            return
        tensors, record = state()
        files = self.checkpoints()
        number = int(files[0].stem.removesuffix(COOLDOWN_SUFFIX)) + 1 if files else 1
        record = {**record, "metrics": self.metrics_length}
        name = f"{number:06}{COOLDOWN_SUFFIX if before_cooldown else ''}.safetensors"
        write_whole(self.folder / CHECKPOINTS / name, pack(tensors, record))
        for old in files[KEEP - 1 :]:
            if before_cooldown or old != self.cooldown_checkpoint:
                old.unlink()

    @property
    def cooldown_checkpoint(self) -> Path | None:
        """Returns the checkpoint before the cooldown of the learning rate; None if there is none."""
        return next((path for path in self.checkpoints() if path.stem.endswith(COOLDOWN_SUFFIX)), None)

    def rewind_to_cooldown(self) -> None:
        """Drops the checkpoints after the one before the cooldown, so that the run resumes there."""
        files = self.checkpoints()
        for path in files[: files.index(self.cooldown_checkpoint)]:
            path.unlink()

    def load_newest(self, ours: Callable[[dict], bool]) -> tuple[dict[str, Tensor], dict] | None:
        """Loads tensors and record of the newest whole checkpoint, None where there is none; later lines of metrics are
        dropped.

        Args:
            ours: Whether a record is of the run that goes on; it may raise RunError.

        Raises RunError, and changes nothing, where it is not, or where the disk refuses to read.
        """
        if self.folder is None:
            return None
        newest, damaged = None, []
        for path in self.checkpoints():
            try:
                newest = unpack(path)
                break
            except RunError as error:
                if isinstance(error.__cause__, OSError):
                    raise
                damaged.append(path)
        if newest is not None and not ours(newest[1]):
            raise RunError(
                f"{path} is a checkpoint of another run than config.toml tells of: choose another folder, or begin "
                "anew with restart"
            )
        for path in damaged:
            path.unlink()  # a crash of the disk, not of the program: the one before it is whole
        self.rewind_metrics(0 if newest is None else newest[1].pop("metrics"))
        return newest

    def keep_newest(self) -> None:
        """Drops all checkpoints but the last and the one before the cooldown, when the run has ended."""
        if not self.writes:
            return
        files, protected = self.checkpoints(), self.cooldown_checkpoint
        for old in files[1:]:
            if old != protected:
                old.unlink()
        if files:
            flush_folder(files[0].parent)
