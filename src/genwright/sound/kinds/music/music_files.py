"""Files of music, read and written: MIDI by `mido`, the pitch of each voice at each sixteenth; arrays; and sound,
in which each note is a sum of sines that fades, so that anybody can hear a piece without an instrument.
"""

import io
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ....core.account import Account
from ....core.errors import DataError
from ....core.files import npz_bytes, write_files, write_whole
from ....core.limits import most_bytes, read_plain
from ....core.packages import require_package
from ....core.patience import with_progress
from ....core.safe_text import file_names
from ....kinds.formats.folders import Broken, Damaged, list_files, places_below
from ....kinds.formats.forms import forms_of, say_written, suffixes_of, writer_of
from ....kinds.formats.parsing import parsing
from ..audio.sound_files import in_turn, wav_bytes
from .piano_rolls import MOST_VOICES, PITCHES, REST, stacked
from .score_files import TICKS as TICKS_OF_SCORE
from .score_files import XML, is_score, read_score

SCORES = "genwright.sound.kinds.music.score_files"  # their reader
SUFFIXES = suffixes_of("genwright.sound.kinds.music.music_files", SCORES)
DRUMS = 9  # the channel whose notes are no pitches
PEDAL, DOWN = 64, 64  # controller that holds notes, and its least value at which it does
FORM_EVENTS = frozenset(  # that say nothing of how notes sound
    "track_name end_of_track set_tempo time_signature key_signature program_change midi_port channel_prefix "
    "sequencer_specific text copyright instrument_name device_name smpte_offset unknown_meta".split()
)
A_BEAT = 4  # steps
INDEPENDENT = 2  # the type of a file whose tracks are songs that are played one after another
UNPACKED = 256  # times as large as its file a list of messages is in memory
MOST_STEPS = 100_000  # steps of a piece: nearly two hours at a hundred beats a minute
MAX_DIVISION = 16  # ticks a step in a piece of that length, more in a shorter one
Notes = list[tuple[int, int, int]]  # first tick, last, pitch


def holds_notes(path: Path) -> bool:
    """Tells whether any file of a folder is MIDI or a score."""
    return bool(_list_notes(path)[0])


def _list_notes(path: Path) -> tuple[list[Path], list[str]]:
    """Files of MIDI and scores in a folder, and where others lie. Files .xml are others if the first is no score."""
    files, ignored = list_files(path, SUFFIXES)
    documents = [file for file in files if file.suffix.lower() == XML]
    if documents and not is_score(documents[0]):
        files = [file for file in files if file not in documents]
        ignored = sorted([*ignored, *places_below(path, documents)])
    return files, ignored


def read_midi(path: Path) -> tuple[list[np.ndarray], list[str], Account]:
    """Reads the pieces (steps, voices) of a file or of a folder, their places below it, and an account of them.

    A track of a channel that never sounds two pitches at once is a voice, in the order of the file; where one does,
    voices are what sounds together, the highest first. In a file of type 2 each track is a piece of its own. Notes
    begin and end at the nearest sixteenth; drums are left out. Up to 5% of damaged files are skipped, with a warning
    that names the first. Raises DataError, naming the file, for more of them."""
    files, ignored = ([path], []) if path.is_file() else _list_notes(path)
    broken = Broken(path, len(files), "file")
    read = [broken.unless(_read_pieces, file) for file in with_progress(files, "reading music")]
    songs_read = list(filter(None, read))
    pieces = [piece for songs, *_ in songs_read for piece in songs]
    counts = [(place, len(one[0])) for place, one in zip(places_below(path, files), read) if one is not None]
    places = [place if n == 1 else f"{place}, track {k}" for place, n in counts for k in range(1, n + 1)]
    account = Account(len(files) + len(pieces) - len(songs_read), len(pieces))
    account.see("events", dict.fromkeys(name for *_, events in songs_read for name in sorted(events)))
    if moved := sum(moved for _, _, moved, _ in songs_read):
        account.remarks.append(f"{moved:,} file{'s' * (moved > 1)} whose notes begin and end at the nearest sixteenth")
    if joined_count := sum(len(songs) > 1 for songs, *_ in songs_read):
        account.remarks.append(
            f"{joined_count:,} file{'s' * (joined_count > 1)} of several tunes or independent tracks (type 2): "
            "each is a piece"
        )
    if drums := sum(drums for _, drums, *_ in songs_read):
        account.remarks.append(f"{drums:,} file{'s' * (drums > 1)} with drums, which are left out")
    broken.report(account)
    account.see("other files", ignored)
    return pieces, places, account


def _read_pieces(file: Path) -> tuple[list[np.ndarray], bool, bool, Collection[str]]:
    """The pieces of a file, whether it has drums, whether a note begins or ends between sixteenths, and events that are
    not used. Raises Damaged for what is no whole file, or holds no note."""
    if forms_of(file.name, SCORES):
        read, drums, marks = read_score(file)
        songs, drums, ticks, last, events = Songs(read, drums, TICKS_OF_SCORE, 0, marks)
    else:
        songs, drums, ticks, last, events = _songs(file, read_plain(file, maximum=most_bytes() // UNPACKED))
    if not songs:
        raise Damaged(f"{file} holds {'drums alone, and models learn pitches' if drums else 'no note'}: remove it")
    steps = lambda tick: round(A_BEAT * tick / ticks)
    lengths = [max(map(steps, [last, *(end for part in parts for _, end, _ in part)])) for parts in songs]
    if max(lengths) > MOST_STEPS:
        raise Damaged(f"{file} lasts {max(lengths):,} sixteenths, and the limit is {MOST_STEPS:,}: cut it")
    if sum(len(parts) * length for parts, length in zip(songs, lengths)) > MAX_DIVISION * MOST_STEPS:
        raise Damaged(
            f"{file} has {sum(map(len, songs)):,} parts of up to {max(lengths):,} sixteenths, and at most "
            f"{MAX_DIVISION} of {MOST_STEPS:,} are taken: cut it, or leave parts out"
        )
    moved = any(A_BEAT * tick % ticks for parts in songs for part in parts for note in part for tick in note[:2])
    return [_sounding_piece(parts, length, steps, file) for parts, length in zip(songs, lengths)], drums, moved, events


def _sounding_piece(parts: list[Notes], length: int, steps: Callable[[int], int], file: Path) -> np.ndarray:
    """(steps, voices) of what sounds at once in `length` steps. Raises Damaged where it is of too many voices."""
    sounding, voices = np.zeros((max(length, 1), PITCHES), bool), []
    for part in parts:
        roll = np.zeros_like(sounding)
        for start, end, pitch in part:
            first = min(steps(start), len(roll) - 1)
            roll[first : max(steps(end), first + 1), pitch] = True
        sounding |= roll
        if len(voices) < MOST_VOICES and roll.sum(1).max() <= 1:
            voices.append(np.where(roll.any(1), roll.argmax(1), REST).astype(np.int16))
    if len(voices) == len(parts):
        return np.stack(voices, 1)
    try:
        return stacked(sounding, str(file))
    except DataError as error:
        raise Damaged(str(error)) from None


class Songs(NamedTuple):
    """The notes of each track and channel that has any, or is a voice of ours, apart for each song that sounds alone;
    whether there are drums; the ticks of a beat; the tick at which voices of ours end; and events that say how to play,
    which are not used."""

    songs: list[list[Notes]]
    drums: bool
    ticks: int
    last: int = 0
    events: Collection[str] = ()


def _songs(file: Path, content: bytes) -> Songs:
    """The notes of a file of MIDI. A note lasts as long as the pedal is down."""
    require_package("mido", "music", f"{file} is MIDI, unlike pitches as .npz,")
    import mido

    with parsing(file, "repair or remove it", Damaged):
        read = mido.MidiFile(file=io.BytesIO(content))
        if not 0 < read.ticks_per_beat < 2**15:
            raise Damaged(f"{file} counts time in frames of film, not in beats: save it in beats")
        parts: dict[tuple[int, int], Notes] = {}
        drums, last, other_channels = False, 0, Counter()
        for number, track in enumerate(read.tracks):
            now, sounding, ours = 0, {}, track.name.startswith(VOICE)
            pedals, held_notes = set(), set()  # channels whose pedal is down, and notes that it alone holds

            def end(at: tuple[int, int], number: int = number) -> None:
                held_notes.discard(at)
                parts.setdefault((number, at[0]), []).append((sounding.pop(at), now, at[1]))

            for message in track:
                now += message.time
                if ours and message.type == "program_change":
                    parts.setdefault((number, message.channel), [])
                last = max(last, now * ours)
                if message.type == "control_change" and message.control == PEDAL:
                    pedals = pedals | {message.channel} if message.value >= DOWN else pedals - {message.channel}
                    for at in [at for at in held_notes if at[0] not in pedals]:
                        end(at)
                    continue
                if message.type not in ("note_on", "note_off"):
                    other_channels[_event(message)] += message.type not in FORM_EVENTS
                    continue
                if message.channel == DRUMS:
                    drums = True
                    continue
                at = message.channel, message.note
                strikes = message.type == "note_on" and message.velocity > 0
                if at in sounding and message.channel in pedals and not strikes:
                    held_notes.add(at)
                elif at in sounding:  # struck again, it ends as well
                    end(at)
                if strikes:
                    sounding[at] = now
            for at in [*sounding]:
                end(at)
    events = {name for name, count in other_channels.items() if count}
    if read.type != INDEPENDENT:
        return Songs([list(parts.values())] if parts else [], drums, read.ticks_per_beat, last, events)
    songs: dict[int, list[Notes]] = {}
    for (number, _), notes in parts.items():
        songs.setdefault(number, []).append(notes)
    return Songs(list(songs.values()), drums, read.ticks_per_beat, last, events)


def _event(message: object) -> str:
    """What an event of MIDI is called."""
    return f"controller {message.control}" if message.type == "control_change" else message.type.replace("_", " ")


RATE = 8_000  # samples a second
STEP = 0.15  # seconds of a sixteenth: a hundred quarters a minute
PARTIALS = (1.0, 0.4, 0.2, 0.1)  # loudness of a tone and its overtones
FADE, ATTACK = 1.2, 0.01  # seconds in which it fades to 1 / e, and in which it starts and stops


def notes_of(piece: np.ndarray) -> list[tuple[int, int, int]]:
    """Lists the notes of a piece (steps, voices), pitches, negative for rests: (first step, steps, pitch) of each, in
    order. A voice that stays at a pitch holds one note."""
    notes = []
    for voice in piece.T:
        starts = np.flatnonzero(np.r_[True, voice[1:] != voice[:-1]])
        for start, end in zip(starts, np.r_[starts[1:], len(voice)]):
            if voice[start] >= 0:
                notes.append((int(start), int(end - start), int(voice[start])))
    return sorted(notes)


def played(piece: np.ndarray) -> np.ndarray:
    """Plays a piece (steps, voices) of MIDI pitches: samples (m,) float32 in [-1, 1], RATE a second."""
    step = int(STEP * RATE)
    sound = np.zeros(len(piece) * step + 1, np.float32)
    for start, steps, pitch in notes_of(piece):
        time = np.arange(steps * step) / RATE
        pace = 440.0 * 2 ** ((pitch - 69) / 12)
        tone = sum(
            loud * np.sin(2 * np.pi * pace * k * time) for k, loud in enumerate(PARTIALS, 1) if k * pace < RATE / 2
        )
        ends = np.minimum(1, np.minimum(time, time[-1] - time) / ATTACK)
        sound[start * step : start * step + len(time)] += tone * ends * np.exp(-time / FADE)
    return sound / max(1.0, float(np.abs(sound).max()))


ROOM = "genwright.sound.kinds.music."  # of writers
TICKS = 24  # ticks of MIDI in a step, a quarter of a beat
PAUSE = 16  # steps between the pieces of one file
VOICE = "genwright voice "  # begins the names of tracks whose rests are read too, to the end of the track


def write_music(pieces: Sequence[np.ndarray], path: Path, names: Sequence[str] = ()) -> Path:
    """Writes pieces as .npz: `pitches` (n, steps, voices), or (all steps, voices) and `ptr` where lengths differ; .mid
    and .wav: one file, the pieces one after another; without a suffix: a folder, a MIDI file a piece, called as
    `names`, else by number.

    Raises DataError for another suffix, for a folder that is not empty, and where MIDI is asked for without `mido`.

    Args:
        path: Path of the file.
    """
    if write := writer_of(path, ROOM):
        return write_whole(path, write(pieces))
    if path.suffix:
        raise DataError(f"music cannot be written as {path}: let its name end in {say_written(ROOM)}, or name a folder")
    return write_files(path, zip(file_names(names, len(pieces), ".mid"), map(midi_bytes, pieces)))


def join_sound(pieces: Sequence[np.ndarray]) -> bytes:
    return wav_bytes(in_turn([played(piece) for piece in pieces], RATE), RATE)


def join_midi(pieces: Sequence[np.ndarray]) -> bytes:
    pause = np.full((PAUSE, pieces[0].shape[1]), REST, pieces[0].dtype)
    return midi_bytes(np.concatenate([part for piece in pieces for part in (piece, pause)][:-1]))


def join_arrays(pieces: Sequence[np.ndarray]) -> bytes:
    lengths = [len(piece) for piece in pieces]
    if len(set(lengths)) == 1:
        return npz_bytes({"pitches": np.stack(pieces)})
    return npz_bytes({"pitches": np.concatenate(pieces), "ptr": np.cumsum([0, *lengths])})


def midi_bytes(piece: np.ndarray) -> bytes:
    """Writes a piece (steps, voices) as a MIDI file, a track a voice. Raises DataError without `mido`."""
    require_package("mido", "music", "MIDI is written by mido, unlike .npz and .wav,")
    import mido

    midi_file = mido.MidiFile(ticks_per_beat=4 * TICKS)
    for voice, column in enumerate(piece.T):
        channel = voice + (voice >= 9)  # the tenth is for drums
        events = []
        for start, steps, pitch in notes_of(column[:, None]):
            events += [(start, 1, pitch), (start + steps, 0, pitch)]
        track, now = mido.MidiTrack(), 0
        track.append(mido.MetaMessage("track_name", name=f"{VOICE}{voice + 1}"))
        track.append(mido.Message("program_change", channel=channel))
        for step, on, pitch in sorted(events):
            kind, wait = "note_on" if on else "note_off", TICKS * (step - now)
            track.append(mido.Message(kind, channel=channel, note=pitch, velocity=80 * on, time=wait))
            now = step
        track.append(mido.MetaMessage("end_of_track", time=TICKS * (len(piece) - now)))
        midi_file.tracks.append(track)
    file = io.BytesIO()
    midi_file.save(file=file)
    return file.getvalue()
