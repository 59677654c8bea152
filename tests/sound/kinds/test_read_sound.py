# Tests sound/kinds/audio/load.py, sound/kinds/audio/sound_files.py, sound/kinds/named.py
"""Files of sound: what they hold is what was recorded, whatever their bits, channels and rates; bad ones are told in a
sentence, or skipped and counted."""

import struct
import wave
import zipfile

import numpy as np
import pytest

from genwright.core.errors import DataError
from genwright.kinds.load import load_data, read_items
from genwright.sound.kinds.audio import sound_files
from genwright.sound.kinds.audio.clips import Clips
from genwright.sound.kinds.audio.domain import LONGEST
from genwright.sound.kinds.audio.sound_files import read_sound, wav_bytes

RATE = 8_000


def tone(samples=200, pitch=440.0, rate=RATE):
    return (0.5 * np.sin(2 * np.pi * pitch * np.arange(samples) / rate)).astype(np.float32)


def write(path, clip, width=2, channels=1, rate=RATE):
    """PCM of so many bytes a sample, the same in every channel."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = np.rint(clip.astype(float) * (2 ** (8 * width - 1) - 1)).astype(np.int64) + (128 if width == 1 else 0)
    raw = b"".join(int(n).to_bytes(width, "little", signed=width > 1) * channels for n in whole)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(raw)
    return path


@pytest.fixture
def folder(tmp_path):
    """Thirty tones, three of them of one name."""
    for k in range(30):
        write(tmp_path / "sound" / f"{k % 3}_ann_{k}.wav", tone(150 + k, 300 + 10 * k))
    return tmp_path / "sound"


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_width_and_channel_is_the_sound(tmp_path, width, channels):
    found = read_sound(write(tmp_path / "a.wav", tone(), width, channels))
    assert np.allclose(found.clips[0], tone(), atol=2.0 ** (2 - 8 * width) if width < 3 else 1e-6)
    assert found.clips.rate == RATE and ("channels" in " ".join(found.account.sentences())) == (channels > 1)


def test_labels_are_folders_or_else_begin_names(folder, tmp_path):
    data = load_data(folder)
    assert data.domain.names == {"label": ["0", "1", "2"]} and data.kind == "audio" and data.domain.rate == RATE
    for k in range(12):
        write(tmp_path / "words" / ("yes" if k % 2 else "no") / f"{k}_x_0.wav", tone(100 + k))
    data = load_data(tmp_path / "words")
    assert data.domain.names == {"label": ["no", "yes"]} and set(data.train.given["label"]) <= {"no", "yes"}
    assert load_data(folder, given=[]).domain.names == {}
    with pytest.raises(DataError):
        load_data(folder, given=["speaker"])


def test_an_archive_is_the_folder_that_it_holds(folder, tmp_path):
    path = tmp_path / "sound.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"recordings/{file.name}")
        archive.writestr("__MACOSX/recordings/._x.wav", b"no sound")
        archive.writestr("readme.txt", "words")
    one, other = load_data(folder), load_data(path)
    assert one.hash == other.hash


def test_rates_are_brought_to_the_commonest(folder):
    write(folder / "0_ann_99.wav", tone(400, 440, 16_000), rate=16_000)
    data = load_data(folder)
    found = next(clip for part in data.items.values() for clip in part if len(clip) == 200)
    assert data.domain.rate == RATE and np.allclose(found[20:-20], tone()[20:-20], atol=0.02)
    assert any("1 of 31 files resampled from 16,000 to 8,000" in line for line in data.describe())


def test_a_high_rate_is_brought_down(tmp_path):
    for k in range(10):
        write(tmp_path / f"{k}.wav", tone(4_410 + k, 440, 44_100), rate=44_100)
    data = load_data(tmp_path)
    assert data.domain.rate == 16_000 and abs(len(data.train[0]) - 1_600) < 5


def test_a_long_recording_is_cut_and_stays_on_one_side(tmp_path):
    rng = np.random.default_rng(0)
    for k in range(6):
        write(tmp_path / f"{k}.wav", 0.5 * rng.uniform(-1, 1, 2 * LONGEST + 100) + 0.0)
    data = load_data(tmp_path)
    sizes = [len(part) for part in data.items.values()]
    assert sum(sizes) == 18 and all(size % 3 == 0 for size in sizes) and data.domain.spec.shape == (LONGEST + 1,)
    assert any("6 recordings longer than 4.10 seconds cut" in line for line in data.describe())


def test_one_long_recording_is_data(tmp_path):
    data = load_data(write(tmp_path / "a.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 11 * LONGEST)))
    assert sum(data.sizes.values()) == 11


def test_damaged_files_are_skipped_while_they_are_few(folder):
    (folder / "0_ann_77.wav").write_bytes((folder / "0_ann_0.wav").read_bytes()[:-50])
    with pytest.warns(UserWarning, match="1 damaged file of 31 .*0_ann_77.wav is cut short: it holds 125 of the 150"):
        data = load_data(folder)
    assert sum(data.sizes.values()) == 30
    for k in range(2):
        (folder / f"1_ann_{80 + k}.wav").write_text("these are words")
    with pytest.raises(DataError):
        load_data(folder)


def chunk_beyond_its_end():
    """A WAV file whose first chunk says that it is longer than all."""
    content = bytearray(wav_bytes(tone(), RATE))
    return bytes(content[:12] + b"LIST\xff\xff\xff\x7f" + content[12:])


@pytest.mark.parametrize(
    "content, words",
    [
        (chunk_beyond_its_end(), "x_ann_1.wav is damaged or cut short"),
        (wav_bytes(tone(), RATE)[:24] + b"\xff" * 4 + wav_bytes(tone(), RATE)[28:], "says that it has 4,294,967,295"),
        (wav_bytes(tone(), RATE)[:24] + bytes(4) + wav_bytes(tone(), RATE)[28:], "says that it has 0 samples a second"),
    ],
)
def test_a_damaged_header_among_thirty_is_skipped(content, words, folder):
    (folder / "x_ann_1.wav").write_bytes(content)
    with pytest.warns(UserWarning, match=f"1 damaged file of 31 .*x_ann_1.wav.*{words.removeprefix('x_ann_1.wav ')}"):
        assert sum(load_data(folder).sizes.values()) == 30


def test_silence_is_left_out_and_counted(folder):
    write(folder / "0_ann_88.wav", np.zeros(100))
    assert "1 of 31 clips left out (silent)" in load_data(folder).describe()


def floats(path, clip=tone()):
    """A WAV of format 3, which the standard library does not read."""
    raw = clip.astype("<f4").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(raw), b"WAVE", b"fmt ", 16, 3, 1, RATE, 4 * RATE, 4, 32,
                       b"data", len(raw))  # fmt: skip
    path.write_bytes(head + raw)


def test_clips_in_memory(tmp_path):
    clips = [tone(100 + k, 300 + 20 * k) for k in range(20)]
    data = load_data((clips, RATE))
    assert data.domain.rate == RATE and sum(data.sizes.values()) == 20
    whole = load_data(([np.rint(clip * 2**15).astype(np.int16) for clip in clips], RATE))
    every = lambda data: sorted((clip for part in data.items.values() for clip in part), key=len)
    assert all(np.allclose(a, b, atol=1e-4) for a, b in zip(every(whole), every(data)))
    labelled = load_data(Clips(clips, {"label": ["a", "b"] * 10}, rate=RATE))
    assert labelled.domain.names == {"label": ["a", "b"]}


def streamed(clip):
    """As libsndfile is read."""
    return sound_files.Stream(len(clip), 1, RATE, iter([clip[:, None]]))


def test_files_and_arrays_beyond_one_have_one_rule(tmp_path, monkeypatch):
    decoded = lambda file, content: streamed(np.frombuffer(content[44:], "<f4"))
    monkeypatch.setattr(sound_files, "open_by_soundfile", decoded)  # libsndfile need not be there
    clips = [tone(200 + k, 300 + 10 * k) * (1 + k / 4) for k in range(12)]
    for scale, loudest in ((1, "1.87"), (2**15, "614")):
        for number, clip in enumerate(clips):
            floats(tmp_path / f"{number:02d}.wav", clip * scale)
        with pytest.raises(
            DataError, match=rf"11.wav reaches {loudest}\d*\S*, and samples are from -1 to 1: divide all"
        ):
            load_data(tmp_path)
        with pytest.raises(DataError, match=rf"clip 11 reaches {loudest}\d*\S*, and samples are from -1 to 1: divide"):
            load_data(([clip * scale for clip in clips], RATE))
    most = max(np.abs(clip).max() for clip in clips)
    for number, clip in enumerate(clips):
        floats(tmp_path / f"{number:02d}.wav", clip / float(f"{most:.7g}"))  # as the sentence says
    clips = load_data(tmp_path).train
    assert max(np.abs(clip).max() for clip in clips) <= 1 and np.mean(np.abs(np.concatenate(clips)) > 0.999) < 0.01


def test_lossy_sound_beyond_one_is_cut_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("genwright.kinds.formats.form.require_package", lambda *about: None)
    monkeypatch.setattr(sound_files, "open_by_soundfile", lambda file, content: streamed(1.5 * tone() / 0.5))
    for number in range(3):
        (tmp_path / f"{number}.mp3").write_bytes(b"sound")
    found = read_sound(tmp_path)
    assert found.account.sentences() == ["3 OGG or MP3 files with samples beyond -1 to 1, which are cut there"]
    assert np.abs(found.clips[0]).max() == 1


def test_items_for_a_model_are_at_its_rate(folder, tmp_path):
    domain = load_data(folder).domain
    clips, known, *_ = read_items(write(tmp_path / "new.wav", tone(300, 440, 16_000), rate=16_000), domain)
    assert known is None and clips.rate == RATE and len(clips[0]) == 150


def test_flac_is_read_by_soundfile(tmp_path):
    soundfile = pytest.importorskip("soundfile")
    for k in range(12):
        soundfile.write(tmp_path / f"{k}.flac", tone(200 + k, 300 + 10 * k), RATE)
    floats(tmp_path / "f.wav")
    data = load_data(tmp_path)
    assert sum(data.sizes.values()) == 13 and data.domain.rate == RATE
    (tmp_path / "0.flac").write_bytes(b"fLaC")
    (tmp_path / "1.flac").write_bytes(b"fLaC")
    with pytest.raises(DataError):
        load_data(tmp_path)
