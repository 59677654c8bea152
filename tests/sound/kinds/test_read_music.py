# Tests sound/kinds/music/load.py, sound/kinds/music/piano_rolls.py
"""Files of music: what they hold is what was written, whatever their form; bad ones are told in a sentence, or skipped
and counted."""

import gzip
import json

import numpy as np
import pytest

from genwright.core.errors import DataError
from genwright.kinds.load import load_data, read_items
from genwright.sound.kinds.music.load import KEYS, cut, transposed
from genwright.sound.kinds.music.music_files import midi_bytes, read_midi
from genwright.sound.kinds.music.piano_rolls import pieces_of, stacked, voices_of


def tune(number=0, steps=24, voices=2):
    rng = np.random.default_rng(number)
    return np.repeat(rng.integers(55, 75, (-(-steps // 2), voices)), 2, axis=0)[:steps].astype(np.int16)


def roll(piece):
    found = np.zeros((len(piece), 128), bool)
    for row, pitches in zip(found, piece):
        row[pitches[pitches >= 0]] = True
    return found


def every(data):
    return sorted(window.tobytes() for part in ("valid", "test") for window in data.items[part])


PIECES = [tune(k, 24 + 4 * k) for k in range(12)]


def test_every_form_is_the_music(tmp_path):
    data = load_data(PIECES, windows=8)
    assert data.kind == "music" and (data.domain.steps, data.domain.voices) == (8, 2)
    ptr = np.cumsum([0, *map(len, PIECES)])
    np.savez(tmp_path / "p.npz", pitches=np.concatenate(PIECES), ptr=ptr)
    (tmp_path / "rolls").mkdir()
    for number, piece in enumerate(PIECES):
        np.save(tmp_path / "rolls" / f"{number:02d}.npy", piece)
    (tmp_path / "p.json.gz").write_bytes(gzip.compress(json.dumps([piece.tolist() for piece in PIECES]).encode()))
    for path in (tmp_path / "p.npz", tmp_path / "rolls", tmp_path / "p.json.gz"):
        assert load_data(path, windows=8).hash == data.hash, path
    high_first = [np.sort(piece, 1)[:, ::-1] for piece in PIECES]
    rolled = load_data([roll(piece) for piece in high_first], windows=8)
    assert every(rolled) == every(load_data([stacked(roll(piece), "") for piece in high_first], windows=8))


def test_windows_of_a_piece_stand_on_one_side_and_those_to_train_in_all_keys():
    data = load_data(PIECES, windows=8)
    held = {part: {_in_no_key(window) for window in windows} for part, windows in data.items.items()}
    own = [{_in_no_key(piece[start : start + 8]) for start in range(len(piece) - 7)} for piece in PIECES]
    sides = [{part for part in held if held[part] & windows} for windows in own]
    assert all(len(side) == 1 for side in sides) and set().union(*sides) == {"train", "valid", "test"}
    own = [piece for piece, side in zip(PIECES, sides) if side == {"train"}]
    assert len(data.train) == sum(len(cut(piece, 8, 2)) for piece in own) * len(KEYS)
    assert len(data.test) == sum(len(piece) // 8 for piece, side in zip(PIECES, sides) if side == {"test"})
    assert any("come in all twelve keys, -5 to 6 semitones away" in line for line in data.describe())


def _in_no_key(window):
    return (window - window[0, 0]).tobytes()


def test_what_a_file_splits_stays_split(tmp_path):
    parts = {"train": PIECES[:8], "valid": PIECES[8:10], "test": PIECES[10:]}
    held = {part: [piece.tolist() for piece in pieces] for part, pieces in parts.items()}
    (tmp_path / "p.json").write_text(json.dumps(held))
    data = load_data(tmp_path / "p.json", windows=8)
    assert np.array_equal(data.test[0], PIECES[10][:8]) and len(data.valid) == sum(len(p) // 8 for p in PIECES[8:10])


def test_more_pieces_than_memory_is_taken_for_are_refused_however_short(tmp_path, monkeypatch):
    monkeypatch.setenv("GENWRIGHT_MAX_SIZE", "1M")
    (tmp_path / "p.json").write_text(json.dumps([[[60]]] * 1000))
    np.savez(tmp_path / "p.npz", pitches=np.full((1000, 1, 1), 60))
    np.savez(tmp_path / "ptr.npz", pitches=np.full((1000, 1), 60), ptr=np.arange(1001))
    for name in ("p.json", "p.npz", "ptr.npz"):
        with pytest.raises(DataError, match="1,000 pieces|GENWRIGHT_MAX_SIZE"):
            load_data(tmp_path / name)


def test_steps_of_lists_of_what_sounds_are_voices_from_the_highest(tmp_path):
    (piece,), parts = pieces_of(json.dumps([[[60, 64], [], [64, 72, 60]]]).encode(), "p")
    assert piece.tolist() == [[64, 60, -1], [-1, -1, -1], [72, 64, 60]] and parts is None


def test_transposing_stays_within_midi():
    low, rest = np.array([[2, -1]]), np.array([[60, -1]])
    assert [window[0, 0] for window in transposed([low])] == list(range(9))
    assert [window[0].tolist() for window in transposed([rest])] == [[60 + shift, -1] for shift in KEYS]


def test_pieces_without_a_window_and_of_fewer_voices_are_told():
    data = load_data([*PIECES, tune(20, 6), tune(21, 24, 1)], windows=8)
    told = " ".join(data.describe())
    assert "1 piece left out (shorter than a window)" in told and "1 piece of fewer voices: the others rest" in told


def test_items_for_a_model_are_cut_or_left_to_be_completed(tmp_path):
    domain = load_data(PIECES, windows=8).domain
    np.savez(tmp_path / "new.npz", pitches=np.stack([tune(30, 20), tune(31, 20)]))
    windows, known, places, *_ = read_items(tmp_path / "new.npz", domain)
    assert known is None and [window.shape for window in windows] == [(8, 2), (8, 2), (4, 2)] * 2
    assert places[1:4] == [f"item {piece}, window at step {step}" for piece, step in ((0, 8), (0, 16), (1, 0))]
    np.savez(tmp_path / "hole.npz", pitches=np.where(np.arange(5) < 3, tune(32, 5).T, np.nan).T[None])
    (start,), *_ = read_items(tmp_path / "hole.npz", domain)
    assert start.shape == (5, 2) and np.isnan(start).sum() == 4
    with pytest.raises(DataError):
        read_items(["a line"] * 12, domain)


def test_an_array_is_no_music_and_a_list_of_arrays_is():
    assert voices_of(np.full((3, 2), 60), "x").dtype == np.int16
    assert load_data(np.arange(12 * 64).reshape(12, 8, 8) % 17).kind == "images"


# ---------------------------------------------------------------------- MIDI


@pytest.fixture
def mido():
    return pytest.importorskip("mido")


def saved(mido, path, *tracks, beat=480, **header):
    """tracks: of messages (kind, ticks after the one before, channel, pitch)."""
    file = mido.MidiFile(ticks_per_beat=beat, **header)
    for track in tracks:
        file.tracks.append(mido.MidiTrack(
            mido.Message(kind, time=wait, channel=channel, note=pitch) for kind, wait, channel, pitch in track
        ))  # fmt: skip
    file.save(path)


def test_what_is_written_is_read(mido, tmp_path):
    (tmp_path / "tunes").mkdir()
    for number, piece in enumerate(PIECES):
        (tmp_path / "tunes" / f"{number:02d}.mid").write_bytes(midi_bytes(piece))
    assert load_data(tmp_path / "tunes", windows=8).hash == load_data(PIECES, windows=8).hash


def test_notes_begin_and_end_at_the_nearest_sixteenth(mido, tmp_path):
    saved(mido, tmp_path / "a.mid", [("note_on", 10, 0, 60), ("note_off", 220, 0, 60), ("note_on", 0, 0, 62),
                                     ("note_off", 130, 0, 62)])  # fmt: skip
    (piece,), *_ = read_items(tmp_path / "a.mid", load_data(PIECES, windows=8).domain)
    assert piece[:, 0].tolist() == [60, 60, 62]


def test_a_note_struck_with_no_force_ends(mido, tmp_path):
    """As most files write the end of a note; a rest follows here, not the note again."""
    file, (first, pause, last) = mido.MidiFile(ticks_per_beat=480), (240, 480, 240)
    loud = lambda pitch, wait, force: mido.Message("note_on", time=wait, note=pitch, velocity=force)
    file.tracks.append(mido.MidiTrack([loud(60, 0, 64), loud(60, first, 0), loud(62, pause, 64), loud(62, last, 0)]))
    file.save(tmp_path / "a.mid")
    (piece,), *_ = read_items(tmp_path / "a.mid", load_data(PIECES, windows=8).domain)
    assert piece[:, 0].tolist() == [60, 60, -1, -1, -1, -1, 62, 62]


def test_chords_are_voices_from_the_highest_and_drums_are_left_out(mido, tmp_path):
    chord = [("note_on", 0, 0, 60), ("note_on", 0, 0, 64), ("note_off", 240, 0, 60), ("note_off", 0, 0, 64)]
    saved(mido, tmp_path / "a.mid", chord, [("note_on", 0, 9, 35), ("note_off", 480, 9, 35)])
    (piece,), *_ = read_items(tmp_path / "a.mid", load_data(PIECES, windows=8).domain)
    assert piece.tolist() == [[64, 60], [64, 60]]
    for number in range(12):
        ticks = 120 + (number == 3)  # a sixteenth has 120
        notes = [(kind, ticks, 0, 60 + number + step) for step in range(12) for kind in ("note_on", "note_off")]
        saved(mido, tmp_path / f"{number}.mid", notes)
    told = " ".join(load_data(tmp_path, windows=8).describe())
    assert "1 file with drums, which are left out" in told and "1 file whose notes begin and end at the nearest" in told


def test_tracks_of_a_file_of_type_2_are_pieces(mido, tmp_path):
    song = lambda base: [(kind, 120, 0, base + step) for step in range(12) for kind in ("note_on", "note_off")]
    for number in range(6):
        saved(mido, tmp_path / f"{number}.mid", song(40 + number), [], song(60), song(80 - number), type=2)
    pieces, _, notes = read_midi(tmp_path)
    assert [piece.shape for piece in pieces] == [(24, 1)] * 18 and pieces[1][1, 0] == 60
    assert "6 files of several tunes or independent tracks (type 2): each is a piece" in notes.remarks


def test_damaged_midi_is_skipped_while_it_is_rare(mido, tmp_path):
    for number in range(24):
        (tmp_path / f"{number:02d}.mid").write_bytes(midi_bytes(tune(number)))
    (tmp_path / "x.mid").write_bytes(b"words")
    with pytest.warns(UserWarning, match="1 damaged file of 25 .* x.mid is damaged|x.mid"):
        assert load_data(tmp_path, windows=8).domain.pieces == 24
