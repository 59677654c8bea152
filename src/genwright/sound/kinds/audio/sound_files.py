"""Files of sound, read and written. Reading takes single files and folders: WAV by the standard
library, other formats by `soundfile`. Clips are written as WAV files of 16 bits and one channel.
"""

import io
import wave
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ....core.account import Account
from ....core.errors import DataError
from ....core.files import write_files, write_whole
from ....core.limits import read_plain, require_size
from ....core.packages import require_package
from ....core.patience import with_progress
from ....core.safe_text import file_names, folder_name
from ....kinds.formats.folders import Broken, Damaged, list_files, places_below, read_labels
from ....kinds.formats.forms import forms_of, say_written, suffixes_of, writer_of
from ....kinds.formats.parsing import parsing
from .clips import HIGHEST, SAMPLE, Clips, is_beyond, require_rate, require_within, resampled

if TYPE_CHECKING:
    from soundfile import SoundFile

SUFFIXES = suffixes_of("genwright.sound.kinds.audio.sound_files")
LOSSY = "lossy"  # forms whose decoded samples may be louder than the recording
MOST_RATE = 16_000  # samples a second
MOST_LABELS = 100  # labels that are read from names of files
RIFF_HEADER, CHUNK_HEADER = 12, 8  # bytes of a WAV file before its chunks, and of a chunk before its content
NO_LENGTH = (0, 2**31 - 1, 2**32 - 1, *(2**32 - 1 - header for header in (8, 36, 44)))  # sizes of data that say nothing
BLOCK = 2**18  # samples that are decoded at a time
SOUND_CHUNKS = (b"fmt ", b"data", b"fact", b"PEAK", b"JUNK", b"PAD ", b"FLLR")
REPAIR = "repair or remove it"
CANCELLED = 0.01  # share of the power of channels below which that of their mean says that they cancel each other
PCM = {1: ("u1", 128, 128), 2: ("<i2", 0, 2**15), 4: ("<i4", 0, 2**31)}  # bytes a sample -> dtype, silence, largest


@dataclass(frozen=True)
class Recordings:
    """Recordings of a file or folder.

    Args:
        clips: one a file, at one rate, with the label of each where there are any.
        account: Account of all files.
        names: Names of the files, without suffix.
        places: Places of the files below the folder.
    """

    clips: Clips
    account: Account
    names: list[str]
    places: list[str]


def holds_sound(path: Path) -> bool:
    """Tells whether any file of a folder is of sound."""
    return bool(list_files(path, SUFFIXES)[0])


def read_sound(path: Path) -> Recordings:
    """Reads the clips of a file or of a folder: sub-folders are labels, or where there are none, what stands before the
    first of the names' underscores (7_jackson_32.wav), where all end in a number.

    All are brought to one rate, the commonest but no more than MOST_RATE; several channels become their mean. Clips
    without any sound are left out, and so are up to 5% of damaged files, with a warning that names the first. Raises
    DataError, naming the file, for more of them, for samples beyond [-1, 1], and for what is too large."""
    files, ignored = list_files(path, SUFFIXES) if path.is_dir() else ([path], [])
    if not files:
        raise DataError(
            f"{path} holds no sound: put WAV files there, one sub-folder for each label if there are labels"
        )
    broken, read, frames_read = Broken(path, len(files), "file"), {}, 0
    for file in with_progress(files, "reading sound"):
        if (decoded := broken.unless(_decoded, file)) is not None:
            read[file] = decoded
            frames_read += SAMPLE * len(decoded[0])
            require_size(path, frames_read)
    account = Account(len(files))
    cancelled = sum(one.cancel for one in read.values())
    if mixed_count := sum(one.channels > 1 for one in read.values()) - cancelled:
        account.remarks.append(f"{mixed_count:,} file{'s' * (mixed_count > 1)} of several channels: their mean is used")
    if cancelled:
        account.remarks.append(
            f"{cancelled:,} file{'s' * (cancelled > 1)} whose channels cancel each other: the first channel is used"
        )
    if endless := sum(one.endless for one in read.values()):
        account.remarks.append(
            f"{endless:,} WAV file{'s' * (endless > 1)} without a length, read to the end of the file"
        )
    account.see("chunks", dict.fromkeys(name for one in read.values() for name in one.chunks))
    broken.report(account)
    require_within({file: clip for file, (clip, *_) in read.items() if not _is_lossy(file)})
    if cut := sum(_is_lossy(file) and is_beyond(clip) for file, (clip, *_) in read.items()):
        account.remarks.append(
            f"{cut:,} OGG or MP3 file{'s' * (cut > 1)} with samples beyond -1 to 1, which are cut there"
        )
    sounding = [file for file, (clip, *_) in read.items() if clip.min() < clip.max()]
    if not sounding:
        raise DataError(f"{path} holds silence alone: give recordings of something")
    account.leave_out(len(read) - len(sounding), "clip", "silent")
    rate = min(MOST_RATE, Counter(read[file][1] for file in sounding).most_common(1)[0][0])
    if other_rates := [read[file][1] for file in sounding if read[file][1] != rate]:
        rates = ", ".join(f"{other_rate:,}" for other_rate in sorted(set(other_rates)))
        sentence = (
            f"{len(other_rates):,} of {len(sounding):,} files resampled from {rates} to {rate:,} samples a second"
        )
        account.remarks.append(sentence)
    for file in sounding:
        require_rate(file, read[file][1], rate)
    require_size(path, SAMPLE * sum(len(clip) * rate // own_rate for clip, own_rate, *_ in map(read.get, sounding)))
    clips = [resampled(clip.clip(-1, 1, out=clip), own_rate, rate) for clip, own_rate, *_ in map(read.get, sounding)]
    labels, tables = _labels(path, sounding)
    account.see("other files", [name for name in ignored if name not in tables])
    names = [file.stem for file in sounding]
    clips = Clips(clips, {} if labels is None else {"label": labels}, rate=rate)
    return Recordings(clips, account, names, places_below(path, sounding))


def _labels(path: Path, files: list[Path]) -> tuple[np.ndarray | None, list[str]]:
    """(n,) by sub-folder, a table, or else by name; and the names of tables."""
    if path in files:
        return None, []
    labels, tables = read_labels(path, files, "file")
    fields = [file.stem.split("_") for file in files]
    first = [parts[0] for parts in fields]
    is_consistent = len({len(parts) for parts in fields}) == 1 and len(fields[0]) > 1
    if labels is not None or not is_consistent or not all(parts[-1].isdecimal() for parts in fields):
        return labels, tables
    return np.array(first) if 1 < len(set(first)) <= min(MOST_LABELS, len(first) / 2) else None, []


# ---------------------------------------------------------------------- one file


@dataclass(frozen=True)
class Stream:
    """Sound that is decoded as it is asked for.

    Args:
        frames: how many its header announces.
        blocks: (m, channels) float32 each.
        endless: whether its header announces none, since it was written as it was heard.
        chunks: parts of a WAV file beside its sound.
    """

    frames: int
    channels: int
    rate: int
    blocks: Iterator[np.ndarray]
    endless: bool = False
    chunks: tuple[str, ...] = ()


class Decoded(NamedTuple):
    """A file of sound: samples (m,) float32, their rate, how many channels there were, whether these cancel each other
    so that the first is taken, whether its header lacks a length, and parts that are not read."""

    samples: np.ndarray
    rate: int
    channels: int
    cancel: bool
    endless: bool
    chunks: tuple[str, ...]


def _decoded(file: Path) -> Decoded:
    """The samples of a file: the mean of its channels, or the first where they cancel each other.

    Raises Damaged for no whole file of sound,
    DataError for more than is taken."""
    content, form = read_plain(file), forms_of(file.name, "genwright.sound.kinds.audio.sound_files")[0]
    with parsing(file, REPAIR, Damaged):
        form.require(file)
        sound = form.function()(file, content)
        if not 0 < sound.rate <= HIGHEST:
            raise Damaged(f"{file} says that it has {sound.rate:,} samples a second: {REPAIR}")
        require_size(file, SAMPLE * sound.frames, len(content))
        samples, first, at, power = np.empty(sound.frames, np.float32), [], 0, 0.0
        for block in sound.blocks:
            samples[at : at + len(block)] = block.mean(1, dtype=np.float32)
            if sound.channels > 1:
                first.append(block[:, 0].copy())
                power += float(np.square(block, dtype=np.float64).sum()) / sound.channels
            at += len(block)
    samples = samples[:at]
    cancel = sound.channels > 1 and float(np.square(samples, dtype=np.float64).sum()) < CANCELLED * power
    samples = np.concatenate(first) if cancel else samples
    if not len(samples):
        raise Damaged(f"{file} holds no samples: remove it")
    if not np.isfinite(samples).all():
        raise Damaged(f"{file} holds NaN or infinite samples: {REPAIR}")
    return Decoded(samples, sound.rate, sound.channels, cancel, sound.endless, sound.chunks)


def _is_lossy(file: Path) -> bool:
    return any(form.name == LOSSY for form in forms_of(file.name, "genwright.sound.kinds.audio.sound_files"))


def open_wav(file: Path, content: bytes) -> Stream:
    """Opens a WAV file of 8, 16, 24 or 32 bits; one of other samples goes to `soundfile`. A file that was streamed
    announces no length, 0 or the largest, and holds samples up to its end."""
    content, endless = _with_length(content)
    try:
        sound = wave.open(io.BytesIO(content))
    except (wave.Error, EOFError) as error:
        if "unknown format" in str(error):
            return open_by_soundfile(file, content)
        raise Damaged(f"{file} is no WAV file, or is cut short: {REPAIR}") from error
    frames, channels, width = sound.getnframes(), sound.getnchannels(), sound.getsampwidth()
    if width > 4:
        raise Damaged(f"{file} has {8 * width} bits a sample: save it with 16 bits")
    frame_count = min(frames, len(content) // (channels * width))
    blocks = _blocks(file, sound, frames, channels, width)
    return Stream(frame_count, channels, sound.getframerate(), blocks, endless, tuple(_other_chunks(content)))


def _other_chunks(content: bytes) -> Iterator[str]:
    """Names of the chunks of a WAV file that say more than its sound."""
    at = RIFF_HEADER
    while len(content) >= at + CHUNK_HEADER:
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + CHUNK_HEADER], "little")
        if name not in SOUND_CHUNKS:
            yield name.decode("latin-1").strip()
        at += CHUNK_HEADER + size + size % 2


def _with_length(content: bytes) -> tuple[bytes, bool]:
    """A WAV file whose header has a length, and whether it was missing: a streamed file says 0, or the largest there
    is, of its data, which then go up to its end."""
    at = RIFF_HEADER
    while content[:4] == b"RIFF" and len(content) >= at + CHUNK_HEADER:
        size = int.from_bytes(content[at + 4 : at + CHUNK_HEADER], "little")
        if content[at : at + 4] == b"data":
            bytes_left = len(content) - at - CHUNK_HEADER
            if size not in NO_LENGTH or not bytes_left or size <= bytes_left and size:
                break
            whole, own_size = (len(content) - CHUNK_HEADER).to_bytes(4, "little"), bytes_left.to_bytes(4, "little")
            return content[:4] + whole + content[8 : at + 4] + own_size + content[at + CHUNK_HEADER :], True
        at += CHUNK_HEADER + size + size % 2
    return content, False


def _blocks(file: Path, sound: wave.Wave_read, frames: int, channels: int, width: int) -> Iterator[np.ndarray]:
    """Raises Damaged where there are fewer frames."""
    step, at = channels * width, 0
    while at < frames:
        raw = sound.readframes(max(1, BLOCK // channels))
        if len(raw) < step:
            raise Damaged(f"{file} is cut short: it holds {at:,} of the {frames:,} samples that it says; {REPAIR}")
        block = _pcm(raw[: len(raw) // step * step], width).reshape(-1, channels)
        at += len(block)
        yield block


def _pcm(raw: bytes, width: int) -> np.ndarray:
    """Samples of so many bytes each, as float32 in [-1, 1]."""
    if width == 3:
        raw, width = np.pad(np.frombuffer(raw, "u1").reshape(-1, 3), ((0, 0), (1, 0))).tobytes(), 4
    dtype, silence, largest = PCM[width]
    return (np.frombuffer(raw, dtype).astype(np.float32) - silence) / largest


def open_by_soundfile(file: Path, content: bytes) -> Stream:
    """Opens a file that libsndfile reads."""
    require_package("soundfile", "audio", f"{file} is no plain WAV")
    import soundfile

    sound = soundfile.SoundFile(io.BytesIO(content))
    return Stream(sound.frames, sound.channels, sound.samplerate, _decoded_blocks(sound))


def _decoded_blocks(sound: "SoundFile") -> Iterator[np.ndarray]:
    while len(block := sound.read(max(1, BLOCK // sound.channels), dtype="float32", always_2d=True)):
        yield block


ROOM = "genwright.sound.kinds.audio."  # of writers
PAUSE = 0.2  # seconds between the clips of one file


def wav_bytes(clip: np.ndarray, rate: int) -> bytes:
    """Writes a clip (m,) in [-1, 1] of `rate` samples a second as WAV."""
    samples = np.rint(clip.astype(np.float64) * 2**15).clip(-(2**15), 2**15 - 1).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.tobytes())
    return file.getvalue()


def flac_bytes(clip: np.ndarray, rate: int) -> bytes:
    """Writes a clip as FLAC, packed without loss. Raises DataError without `soundfile`."""
    require_package("soundfile", "audio", "FLAC is written by soundfile")
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, clip, rate, "PCM_16", format="FLAC")
    return file.getvalue()


def in_turn(clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """Joins all clips one after another, with a pause between them."""
    pause = np.zeros(int(PAUSE * rate), np.float32)
    return np.concatenate([part for clip in clips for part in (clip, pause)][:-1])


def write_sound(
    clips: Sequence[np.ndarray], labels: Sequence, rate: int, path: Path, names: Sequence[str] = ()
) -> Path:
    """Writes clips as .wav or .flac: one file, the clips one after another; without a suffix: a folder, a file a clip,
    called as `names`, else by number, with labels (n,) as sub-folders where there are any. Raises DataError for another
    suffix, and for a folder that is not empty.

    Args:
        path: Path of the file.
    """
    if write := writer_of(path, ROOM):
        return write_whole(path, write(in_turn(clips, rate), rate))
    if path.suffix:
        raise DataError(f"clips cannot be written as {path}: let its name end in {say_written(ROOM)}, or name a folder")
    labelled = len(names) != len(clips) and any(label is not None for label in labels)

    files = file_names(names, len(clips), ".wav")
    files = [f"{folder_name(label)}/{name}" for label, name in zip(labels, files)] if labelled else files
    return write_files(path, zip(files, (wav_bytes(clip, rate) for clip in clips)))
