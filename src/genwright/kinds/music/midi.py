"""MIDI files, and folders of them, by `mido`: the pitch of each voice at each sixteenth."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...core.errors import DataError, damage
from ...core.limits import most_bytes, read_plain
from ...core.patience import with_progress
from ..images.picture_files import Broken, Damaged, list_files, places_below
from .piano_rolls import MOST_VOICES, PITCHES, REST, stacked
from .write_music import VOICE

SUFFIXES = (".mid", ".midi")
DRUMS = 9  # the channel whose notes are no pitches
A_BEAT = 4  # steps
INDEPENDENT = 2  # the type of a file whose tracks are songs that are played one after another
UNPACKED = 256  # times as large as its file a list of messages is in memory
MOST_STEPS = 100_000  # of a piece: nearly two hours at a hundred beats a minute
MAX_DIVISION = 16  # of that length, more of a shorter piece
Notes = list[tuple[int, int, int]]  # first tick, last, pitch


def holds_midi(path: Path) -> bool:
    """Whether any file of a folder is MIDI."""
    return bool(list_files(path, SUFFIXES)[0])


def read_midi(path: Path) -> tuple[list[np.ndarray], list[str], list[str]]:
    """Pieces (steps, voices) of a file or of a folder, their places below it, and what to say of them.

    A track of a channel that never sounds two pitches at once is a voice, in the order of the file; where one does,
    voices are what sounds together, the highest first. In a file of type 2 each track is a piece of its own. Notes
    begin and end at the nearest sixteenth; drums are left out. Up to 5% of damaged files are skipped, with a warning
    that names the first. Raises DataError, naming the file, for more of them.
    """
    files, ignored = ([path], 0) if path.is_file() else list_files(path, SUFFIXES)
    broken = Broken(path, len(files), "file")
    read = [broken.unless(_pieces, file) for file in with_progress(files, "reading MIDI")]
    songs_read = list(filter(None, read))
    pieces = [piece for songs, _ in songs_read for piece in songs]
    counts = [(place, len(one[0])) for place, one in zip(places_below(path, files), read) if one is not None]
    places = [place if n == 1 else f"{place}, track {k}" for place, n in counts for k in range(1, n + 1)]
    notes = ["notes begin and end at the nearest sixteenth"]
    if several := sum(len(songs) > 1 for songs, _ in songs_read):
        notes.append(f"{several:,} file{'s' * (several > 1)} of independent tracks (type 2): each track is a piece")
    if drums := sum(drums for _, drums in songs_read):
        notes.append(f"{drums:,} file{'s' * (drums > 1)} with drums, which are left out")
    if broken.found:
        notes.append(broken.note)
        broken.warn()
    if ignored:
        notes.append(f"{ignored:,} other file{'s' * (ignored > 1)} ignored")
    return pieces, places, notes


def _pieces(file: Path) -> tuple[list[np.ndarray], bool]:
    """The pieces of a file, and whether it has drums. Raises Damaged for what is no whole MIDI file, or holds no
    note."""
    songs, drums, ticks, last = _songs(file, read_plain(file, most=most_bytes() // UNPACKED))
    if not songs:
        raise Damaged(f"{file} holds no note: remove it")
    steps = lambda tick: round(A_BEAT * tick / ticks)
    lengths = [max(map(steps, [last, *(end for part in parts for _, end, _ in part)])) for parts in songs]
    if max(lengths) > MOST_STEPS:
        raise Damaged(f"{file} lasts {max(lengths):,} sixteenths, and the limit is {MOST_STEPS:,}: cut it")
    if sum(len(parts) * length for parts, length in zip(songs, lengths)) > MAX_DIVISION * MOST_STEPS:
        raise Damaged(
            f"{file} has {sum(map(len, songs)):,} parts of up to {max(lengths):,} sixteenths, and at most "
            f"{MAX_DIVISION} of {MOST_STEPS:,} are taken: cut it, or leave parts out"
        )
    return [_piece(parts, length, steps, file) for parts, length in zip(songs, lengths)], drums


def _piece(parts: list[Notes], length: int, steps: Callable[[int], int], file: Path) -> np.ndarray:
    """(steps, voices) of what sounds at once in `length` steps. Raises Damaged where it is of too many voices."""
    together, voices = np.zeros((max(length, 1), PITCHES), bool), []
    for part in parts:
        roll = np.zeros_like(together)
        for start, end, pitch in part:
            first = min(steps(start), len(roll) - 1)
            roll[first : max(steps(end), first + 1), pitch] = True
        together |= roll
        if len(voices) < MOST_VOICES and roll.sum(1).max() <= 1:
            voices.append(np.where(roll.any(1), roll.argmax(1), REST).astype(np.int16))
    if len(voices) == len(parts):
        return np.stack(voices, 1)
    try:
        return stacked(together, str(file))
    except DataError as error:
        raise Damaged(str(error)) from None


def _songs(file: Path, content: bytes) -> tuple[list[list[Notes]], bool, int, int]:
    """The notes of each track and channel that has any, or is a voice of ours, apart for each song that sounds alone;
    whether there are drums; the ticks of a beat; and the tick at which voices of ours end."""
    try:
        import mido
    except ImportError:
        raise DataError(
            f"{file} needs the package mido to be read: pip install 'genwright[music]', or give pitches as .npz"
        ) from None
    with damage(file, "repair or remove it", Damaged):
        read = mido.MidiFile(file=io.BytesIO(content))
        if not 0 < read.ticks_per_beat < 2**15:
            raise Damaged(f"{file} counts time in frames of film, not in beats: save it in beats")
        parts: dict[tuple[int, int], Notes] = {}
        drums, last = False, 0
        for number, track in enumerate(read.tracks):
            now, sounding, ours = 0, {}, track.name.startswith(VOICE)
            for message in track:
                now += message.time
                if ours and message.type == "program_change":
                    parts.setdefault((number, message.channel), [])
                last = max(last, now * ours)
                if message.type not in ("note_on", "note_off"):
                    continue
                if message.channel == DRUMS:
                    drums = True
                    continue
                at = message.channel, message.note
                if at in sounding:  # struck again, it ends as well
                    start = sounding.pop(at)
                    parts.setdefault((number, message.channel), []).append((start, now, message.note))
                if message.type == "note_on" and message.velocity:
                    sounding[at] = now
            for (channel, pitch), start in sounding.items():
                parts.setdefault((number, channel), []).append((start, now, pitch))
    if read.type != INDEPENDENT:
        return [list(parts.values())] if parts else [], drums, read.ticks_per_beat, last
    songs: dict[int, list[Notes]] = {}
    for (number, _), notes in parts.items():
        songs.setdefault(number, []).append(notes)
    return list(songs.values()), drums, read.ticks_per_beat, last
