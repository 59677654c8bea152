"""What a file is by its first bytes, where its name does not say it; and forms that are known and not read."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.limits import open_plain
from .kind import Source

HEAD = 4096  # bytes looked at
SIGNATURES = (  # first bytes, and the suffix under which such a file is read
    (rb"PAR1", ".parquet"),
    (rb"ARROW1\0\0", ".arrow"),
    (rb"ORC", ".orc"),
    (rb"SQLite format 3\0", ".db"),
    (rb"\x89HDF\r\n\x1a\n", ".h5"),
    (rb"CDF[\x01\x02]", ".nc"),
    (rb"MATLAB 5.0 MAT-file", ".mat"),
    (rb"<stata_dta>|[\x71-\x76][\x01\x02]\x01\0", ".dta"),
    (rb"\$FL[23]", ".sav"),
    (rb"PK\x03\x04(?s:.){0,4000}xl/", ".xlsx"),
    (rb"\xd0\xcf\x11\xe0", ".xls"),
    (rb"\x93NUMPY", ".npy"),
    (rb"RIFF....WAVE", ".wav"),
    (rb"MThd", ".mid"),
)
TEXTS = (  # the same of texts, whatever stands before
    (r"@relation\b", ".arff"),
    (r"<(!doctype html|html|table)\b", ".html"),
    (r"[\[{]", ".json"),
    (r">[^\n]*\n[A-Za-z*-]+\s", ".fasta"),
)


@dataclass(frozen=True)
class Refused:
    """A form that is known and not read.

    Args:
        called: what such a file is.
        remedy: what to do.
        suffixes: of its name.
        begin: a pattern of its first bytes.
    """

    called: str
    remedy: str
    suffixes: tuple[str, ...]
    begin: bytes = b"(?!)"


PICKLE = "which could run any program when it is opened, so no pickle is read"
REFUSED = (
    Refused(
        "an R data file",
        'in R, write it with arrow::write_parquet(x, "x.parquet") or write.csv(x, "x.csv")',
        (".rds", ".rdata", ".rda"),
        rb"RD[XA][23]\n",
    ),
    Refused(
        f"a Python pickle, {PICKLE}",
        "save the data as .parquet, .csv or .npz",
        (".pkl", ".pickle", ".joblib", ".p"),
        rb"\x80[\x02-\x05]",
    ),
    Refused(
        f"a file of torch.save, {PICKLE}",
        "save its tensors as .npz or .safetensors, a graph as .graphml",
        (".pt", ".pth"),
    ),
    Refused("a Word document", "in Word, save it as plain text (.txt)", (".docx", ".doc", ".odt", ".rtf")),
    Refused("an e-book", "convert it to plain text (.txt), as Calibre does", (".epub", ".mobi")),
    Refused("a PDF document", "copy its text or table into .txt or .csv, as pdftotext does", (".pdf",), rb"%PDF"),
    Refused("sound in AAC", "convert it with ffmpeg: ffmpeg -i sound.m4a sound.wav", (".m4a", ".aac", ".wma", ".opus")),
    Refused(
        "a volume of NIfTI",
        "cut slices: nibabel.load(path).get_fdata()[:, :, k], saved as .npy or PNG",
        (".nii", ".nii.gz"),
    ),
    Refused("a file of 7-Zip or RAR", "unpack it, and give what it holds", (".7z", ".rar"), rb"7z\xbc\xaf|Rar!"),
    Refused("a video", "take images of it: ffmpeg -i video.mp4 frames/%05d.png", (".mp4", ".mov", ".avi", ".mkv")),
    Refused("a workbook of Numbers", "in Numbers, export it as CSV", (".numbers",)),
    Refused("a database of Access", "export the table as CSV", (".mdb", ".accdb")),
)


def refused(path: Path) -> str:
    """What a file is that is known and not read, and what to do; "" of others."""
    start = _head(path)
    for form in REFUSED:
        if path.name.lower().endswith(form.suffixes) or re.match(form.begin, start):
            return f"{path} is {form.called}: {form.remedy}"
    return ""


@contextmanager
def named_by_content(source: Source) -> Iterator[Source | None]:
    """The same file under a name that says what its first bytes are; None where they say nothing."""
    path = source.path
    suffix = None if path is None or not os.path.isfile(path) else _suffix_of(_head(path))
    if suffix is None or path.name.lower().endswith(suffix):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="genwright-") as folder:
        link = Path(folder) / f"{path.name}{suffix}"
        link.symlink_to(path.resolve())
        yield replace(source, given=str(link))


def _head(path: Path) -> bytes:
    with open_plain(path) as file:
        return file.read(HEAD)


def _suffix_of(start: bytes) -> str | None:
    for begin, suffix in SIGNATURES:
        if re.match(begin, start, re.DOTALL):
            return suffix
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 4:
            return None
        text = start[: error.start].decode("utf-8-sig")
    if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text) or "\n" not in text:
        return None
    lines = "\n".join(line for line in text.splitlines() if line.strip() and not line.startswith("%"))
    for begin, suffix in TEXTS:
        if re.match(begin, lines, re.IGNORECASE):
            return suffix
    first = lines.split("\n", 1)[0]
    return ".csv" if any(mark in first for mark in ",;\t|") else None
