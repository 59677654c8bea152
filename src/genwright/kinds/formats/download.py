"""Files of named data: from $GENWRIGHT_DATA, from the cache, or downloaded once, verified, and kept."""

import gzip
import hashlib
import os
import re
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import platformdirs

from ...core.errors import DataError
from ...core.patience import bar

PATIENCE = 2.0  # seconds before a progress bar shows
TIMEOUT = 30.0  # seconds without an answer


@dataclass(frozen=True)
class File:
    """One file of a named set.

    path: below the data folder. sha256: of the content, unpacked where the name ends in .gz, since equal bytes can be
    packed in many ways. urls: tried in order. header: where the download is a bare table, the line of column names
    put in front of it by `tidy`, "" where only its cells need it, None where the download is kept as it is.
    """

    path: str
    sha256: str
    urls: tuple[str, ...]
    header: str | None = None


def content(file: File) -> bytes:
    """The verified, unpacked content of a file. Raises DataError, naming its place, when damaged or not to be had."""
    places = _places(file.path)
    for place in places:
        if place.exists():
            data = _unpacked(place)
            if data is None or digest(data) != file.sha256:
                raise DataError(f"{place} is damaged or another version (its sha256 differs): remove or replace it")
            return data
    return _download(file, places)


def cached(path: str) -> Path:
    """Path of a file that cannot be downloaded and has no checksum. Raises DataError that names its place if the file
    is absent."""
    places = _places(path)
    copy = next((place for place in places if place.exists()), None)
    if copy is None:
        where = " or ".join(str(place) for place in places)
        raise DataError(
            f"{Path(path).name} is not to be had by download: put it, and the files that belong to it, at {where}"
        )
    return copy


def cache() -> Path:
    return Path(platformdirs.user_cache_dir("genwright")) / "data"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _places(path: str) -> list[Path]:
    folder = os.environ.get("GENWRIGHT_DATA")
    return [*([Path(folder) / path] if folder else []), cache() / path]


def tidy(raw: bytes, header: str) -> bytes:
    """A published table in our form: a header line, no quotes or padding, an empty cell where a value is missing.

    Cells of ? and NA are empty; lines that are empty or comments ("|") go, and so does a full stop at the end of a
    line. No cell holds a comma in the tables this is used for; the checksum of the result proves it.
    """
    lines = [line.strip().rstrip(".") for line in raw.decode().replace('"', "").splitlines()]
    lines = [re.sub(r"\s*,\s*", ",", line) for line in lines if line and not line.startswith("|")]
    lines = [",".join("" if cell in ("?", "NA") else cell for cell in line.split(",")) for line in lines]
    return "\n".join(([header] if header else []) + lines + [""]).encode()


def _unpacked(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            return None
        raise DataError(f"{path} cannot be read ({error.strerror}): allow reading it") from error
    except (EOFError, zlib.error):
        return None


def _download(file: File, places: list[Path]) -> bytes:
    """Download to a temporary file beside its place in the cache, verify, then rename, so every file there is whole."""
    target, reasons = places[-1], []
    for url in file.urls:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as folder:
                beside = Path(folder) / target.name
                beside.write_bytes(_get(url))
                if file.header is not None:
                    # packed without a time stamp, so that equal content gives an equal file
                    beside.write_bytes(gzip.compress(tidy(beside.read_bytes(), file.header), mtime=0))
                data = _unpacked(beside)
                if data is not None and digest(data) == file.sha256:
                    beside.replace(target)
                    return data
                reasons.append(f"{url} sent other content than expected")
        except (URLError, OSError, UnicodeDecodeError) as error:
            reasons.append(f"{url}: {getattr(error, 'reason', None) or error}")
    where = " or ".join(str(place) for place in places)
    why = f"could not be downloaded ({'; '.join(reasons)})" if file.urls else "is not to be had by download"
    raise DataError(f"{Path(file.path).name} {why}: put it at {where}")


def _get(url: str) -> bytes:
    """The body of an address, with a progress bar when it takes longer than two seconds."""
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn

    start, parts, done = time.monotonic(), [], 0
    columns = TextColumn("downloading {task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    progress = bar(*columns)
    with urlopen(Request(url, headers={"User-Agent": "genwright"}), timeout=TIMEOUT) as answer:
        total = answer.headers.get("Content-Length")
        task = progress.add_task(url.rsplit("/", 1)[-1], total=int(total) if total else None)
        try:
            while part := answer.read(1 << 16):
                parts.append(part)
                done += len(part)
                if time.monotonic() - start > PATIENCE:
                    progress.start()
                    progress.update(task, completed=done)
        finally:
            if progress.live.is_started:
                progress.stop()
    return b"".join(parts)
