"""Scores as text or XML, read by music21: ABC, MusicXML (also packed, .mxl), Kern, MEI and others.

music21 reads all of them with one call; partitura has no ABC, and readers of our own would be as long as the rest of
this kind. It is large (114 MB), so it is an extra of its own. Its cache of pickles is not used: texts are parsed.
"""

import io
import re
import warnings
import zipfile
from pathlib import Path

from ....core.errors import DataError, require_inside
from ....core.limits import most_bytes, read_plain, read_plain_head, require_size
from ....core.packages import require_package
from ....kinds.formats.folders import Damaged
from ....kinds.formats.forms import HEAD, forms_of
from ....kinds.formats.parsing import parsing
from .piano_rolls import PITCHES

XML = ".xml"  # a suffix that says little
UNPACKED = 64  # times as large as its text a score is in memory
TICKS = 48  # ticks of a beat: triplets and quintuplets of a sixteenth are whole
ENTITY = re.compile(r"<!ENTITY|<!DOCTYPE[^>]*\[", re.IGNORECASE)
KERN_END = re.compile(r"^\*-", re.MULTILINE)
Notes = list[tuple[int, int, int]]  # first tick, last, pitch


def is_score(file: Path) -> bool:
    """Tells whether a file has the suffix of a score, and, of a plain .xml, begins as one."""
    suffix = file.suffix.lower()
    return bool(forms_of(file.name, "genwright.sound.kinds.music.score_files")) and (
        suffix != XML or b"<score-" in read_plain_head(file, HEAD)
    )


def read_score(file: Path) -> tuple[list[list[Notes]], bool, set[str]]:
    """Reads the notes of each part of each tune of a file, whether there are drums, and which marks are not used.
    Raises Damaged for what is no whole score, DataError without music21."""
    require_package("music21", "scores", f"{file} holds a score")
    form = forms_of(file.name, "genwright.sound.kinds.music.score_files")[0].name
    with parsing(file, "repair or remove it", Damaged), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = _text(file)
        if form == "musicxml" and ENTITY.search(text):
            raise DataError(f"{file} declares entities (<!ENTITY ..>), which scores need none of: remove them")
        if form == "humdrum" and not KERN_END.search(text):
            raise Damaged(f"{file} ends before its line *-: it is cut short; repair or remove it")
        from music21 import converter, stream

        read = converter.parseData(text, format=form)
        tunes = list(read.scores) if isinstance(read, stream.Opus) else [read]
        songs, drums, marks = [], False, set()
        for tune in tunes:
            parts = [_notes(part) for part in tune.parts] or [_notes(tune)]
            drums |= any(kept_out for _, kept_out, _ in parts)
            marks |= set().union(*(own_notes for *_, own_notes in parts))
            songs.append([notes for notes, *_ in parts if notes])
    return [song for song in songs if song], drums, marks


def _text(file: Path) -> str:
    content = bytes(read_plain(file, maximum=most_bytes() // UNPACKED))
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if name.endswith((".xml", ".musicxml"))]
            names = [name for name in names if not name.startswith("META-INF/")]
            if not names:
                raise DataError("it is an archive without a score")
            require_inside(names[0], file)
            require_size(file, archive.getinfo(names[0]).file_size, len(content), maximum=most_bytes() // UNPACKED)
            content = archive.read(names[0])
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if wide else "utf-8-sig", "replace")


def _notes(part: object) -> tuple[Notes, bool, set[str]]:
    """Notes of a part, tied ones as one, whether it holds sounds without a pitch, and which marks it has beside notes.
    Grace notes last no time, and are left out."""
    notes, drums, marks = [], False, set()
    for one in part.stripTies().flatten().notes:
        first = round(TICKS * float(one.offset))
        last = round(TICKS * float(one.offset + one.quarterLength))
        drums |= not one.pitches and "Unpitched" in one.classes
        pitches = [int(round(pitch.ps)) for pitch in one.pitches]
        if not all(0 <= pitch < PITCHES for pitch in pitches):
            raise ValueError(f"pitch {max(pitches, key=abs)}, where notes have 0 to {PITCHES - 1}")
        notes += [(first, last, pitch) for pitch in pitches if last > first]
        marks |= {"lyrics"} if one.lyrics else set()
        marks |= {"grace notes"} if last <= first else set()
    return notes, drums, marks
