"""Pieces of music into files: arrays, MIDI by `mido`, or sound; there whole or not at all."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.errors import DataError
from ...core.files import write_whole, write_whole_folder
from ...core.folder_names import file_names
from ..audio.tones import RATE, notes_of, played
from ..audio.wav import in_turn, wav_bytes
from .piano_rolls import REST

TICKS = 24  # of MIDI in a step, a quarter of a beat
PAUSE = 16  # steps between the pieces of one file
VOICE = "genwright voice "  # what tracks are called, whose rests are read too, to the end of the track


def write_music(pieces: Sequence[np.ndarray], path: Path, names: Sequence[str] = ()) -> Path:
    """.npz: `pitches` (n, steps, voices), or (all steps, voices) and `ptr` where lengths differ; .mid and .wav:
    one file, the pieces one after another; without a suffix: a folder, a MIDI file a piece, called as `names`, else by
    number.

    Raises DataError for another suffix, for a folder that is not empty, and where MIDI is asked for without `mido`.
    """
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return write_whole(path, _arrays(pieces))
    if suffix == ".wav":
        return write_whole(path, wav_bytes(in_turn([played(piece) for piece in pieces], RATE), RATE))
    if suffix in (".mid", ".midi"):
        rest = np.full((PAUSE, pieces[0].shape[1]), REST, pieces[0].dtype)
        return write_whole(path, midi_bytes(np.concatenate([part for piece in pieces for part in (piece, rest)][:-1])))
    if suffix:
        raise DataError(f"music cannot be written as {path}: let its name end in .npz, .mid or .wav, or name a folder")
    files = [midi_bytes(piece) for piece in pieces]

    def fill(place: Path) -> None:
        for name, content in zip(file_names(names, len(files), ".mid"), files):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)

    return write_whole_folder(path, fill)


def _arrays(pieces: Sequence[np.ndarray]) -> bytes:
    file, lengths = io.BytesIO(), [len(piece) for piece in pieces]
    if len(set(lengths)) == 1:
        np.savez_compressed(file, pitches=np.stack(pieces))
    else:
        np.savez_compressed(file, pitches=np.concatenate(pieces), ptr=np.cumsum([0, *lengths]))
    return file.getvalue()


def midi_bytes(piece: np.ndarray) -> bytes:
    """(steps, voices) as a MIDI file, a track a voice. Raises DataError without `mido`."""
    try:
        import mido
    except ImportError:
        raise DataError(
            "MIDI needs the package mido to be written: pip install 'genwright[music]', or write .npz or .wav"
        ) from None
    made = mido.MidiFile(ticks_per_beat=4 * TICKS)
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
        made.tracks.append(track)
    file = io.BytesIO()
    made.save(file=file)
    return file.getvalue()
