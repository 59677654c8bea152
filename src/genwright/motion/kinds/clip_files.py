"""Clips of files and arrays: animated pictures, videos, folders of frames, arrays; and how they are written.

Clips of several numbers of frames are made equally long in one of four ways, and counted:

    (none)    to the median number: longer clips are cut, shorter ones stay at their last frame
    cut       to the fewest frames of any clip
    pad       to the most
    NUMBER    to this number, as to the median

At most MOST_FRAMES are read of any file.

Videos are read and written by PyAV. A file is opened as a stream of bytes in the form that its first bytes tell, so
that none can name another file or an address.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from ...core.account import Account
from ...core.errors import DataError
from ...core.files import npz_bytes, write_files, write_whole
from ...core.limits import MOST_PIXELS, open_plain, require_size
from ...core.packages import require_package
from ...core.patience import with_progress
from ...core.safe_text import csv_bytes, file_names
from ...kinds.formats.folders import Broken, Damaged, folder_parts, list_files, places_below, read_labels
from ...kinds.formats.forms import HEAD, say_written, suffixes_of, writer_of
from ...kinds.formats.images.caption_files import CAPTION_SUFFIXES, check_captions, read_captions
from ...kinds.formats.images.image_files import (
    SUFFIXES,
    check_size,
    count_pages,
    decode_page,
    list_images,
    opened,
    read_size,
)
from ...kinds.formats.images.picture_files import KEYS, agreed_side, pick
from ...kinds.formats.images.pictures import LARGEST, SMALLEST, find_levels, fit_size, plain_values, to_pixels
from ...kinds.formats.numpy_arrays import read_arrays
from ...kinds.formats.parsing import parsing
from ...kinds.formats.raw import Raw
from ...kinds.values.several_texts import several
from .forms import FORMS

if TYPE_CHECKING:
    from av.container import InputContainer

VIDEOS = suffixes_of("genwright.motion.kinds.clip_files")
MOVING = (".gif", ".apng", ".webp", *VIDEOS)
READ = (*SUFFIXES, *VIDEOS)
MOST_FRAMES, FEWEST_FRAMES = 32, 2
USUAL_RATE = 10.0  # frames a second, where a file says nothing
ROOM = "genwright.motion.kinds."  # of writers
CODEC, PIXELS, QUALITY = "libx264", "yuv420p", "18"  # what browsers play, nearly without visible loss
EVEN = 2.0  # milliseconds by which frames that last equally long may differ, where a file counts in whole ones
LARGEST_PART = 1001  # of a rate as a fraction
FRAME_TIME = re.compile(rb"(\d{1,6}) ms a frame")  # comment of a GIF whose frames all last so long


class Frames(NamedTuple):
    """The frames of one file or folder, and their rate.

    Args:
        pixels: (t, side, side, 3) uint8, at most MOST_FRAMES of them.
        total: how many there are.
        durations: Durations of frames, in milliseconds; 0 where the file gives none.
        see_through: whether any has transparent pixels, which lie on white.
        sizes: how many sizes the frames have.
        sound: whether there is any, which is left out.
    """

    pixels: np.ndarray
    total: int
    durations: Sequence[float] = ()
    see_through: bool = False
    sizes: int = 1
    sound: bool = False


def is_clip_shape(shape: Sequence[int] | None) -> bool:
    """Tells whether an array of that shape holds clips, (n, T, H, W, C) or (n, T, H, W), rather than images (n, H, W,
    C)."""
    if shape is None or len(shape) not in (4, 5):
        return False
    return len(shape) == 5 or (shape[1] not in (1, 3) and shape[3] > 4)


def holds_animations(root: Path) -> bool:
    """Tells whether every file of a folder has a form that moves, and the first readable one does move."""
    files = list_images(root, READ)[0]
    if not files or not all(map(_moves, files)):
        return False
    for file in files[:3]:
        if _is_video(file):
            return True
        try:
            with opened(file) as image:
                return count_pages(image) > 1 or _frame_time(image) is not None
        except DataError:
            continue
    return False


class Found(NamedTuple):
    """The clips that were found in a folder.

    Args:
        pixels: (n, T, side, side, 3) uint8.
        lengths: (n,) frames that were read of each, before it was cut or padded.
        labels: (n,) or None.
        captions: (n,) or None.
        account: how they were read.
        places: where each lies in the folder.
        rate: frames a second.
    """

    pixels: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray | None
    captions: np.ndarray | None
    account: Account
    places: list[str]
    rate: float


def read_folder(root: Path, way: str | None = None, rates: Mapping[str, float] | None = None) -> Raw:
    """Reads the clips of a folder to learn from.

    Args:
        root: as of `find_clips`.
        way: as of `find_clips`.
        rates: as of `find_clips`.
    """
    found = find_clips(root, way, rates)
    pixels = found.pixels[..., :1] if (found.pixels == found.pixels[..., :1]).all() else found.pixels
    clips, levels, width, notes = find_levels(pixels, str(root))
    found.account.remarks += notes
    parts = folder_parts(found.places)
    return Raw(
        "clips", root.resolve().name, np.ascontiguousarray(clips), found.labels, None, parts, levels, width,
        account=found.account, places=found.places, captions=found.captions, rate=found.rate,
    )  # fmt: skip


def find_clips(
    root: Path, way: str | None = None, rates: Mapping[str, float] | None = None, side: int | None = None
) -> Found:
    """Finds the clips of a folder: a GIF, APNG, WebP or video each, or a sub-folder of frames each, by their
    numbers.

    Sub-folders of clips are labels. Captions stand beside clips as beside images. Files of one frame are left out and
    counted, and up to 5% of damaged ones.

    Args:
        root: the folder.
        way: how clips become equally long (see the module).
        rates: of columns of captions.
        side: of the square that frames are brought to; by default as for images.

    Raises DataError for a folder without clips.
    """
    files, ignored = list_images(root, READ)
    sources, below = _sources(root, files)
    broken, account, frames, single = Broken(root, len(sources), "clip"), Account(len(sources)), {}, 0
    side = side or agreed_side(np.array([size for file in files if (size := _size(file))] or [(SMALLEST, SMALLEST)]))
    require_size(root, len(sources) * MOST_FRAMES * side**2 * 3)
    for source in with_progress(sources, "reading clips"):
        read = broken.unless(_read_stills if source in below else _read_animation, below.get(source, source), side)
        if read is not None and read.total < FEWEST_FRAMES:
            single += 1
        elif read is not None:
            frames[source] = read
    account.leave_out(single, "clip", "of one frame")
    broken.report(account)
    if not frames:
        raise DataError(f"{root} holds no clip of {FEWEST_FRAMES} frames or more: give longer ones, or images")
    paths, clips = list(frames), list(frames.values())
    captions = read_captions(root, paths, list_files(root, CAPTION_SUFFIXES)[0], (), rates)
    account = account + captions.account
    account.items = len(paths)
    labels, tables = read_labels(root, paths, "clip")
    account.see("other files", [name for name in ignored if name not in (*captions.files, *tables)])
    account.remarks += _notes(clips, side)
    lengths = np.array([len(clip.pixels) for clip in clips])
    pixels = _make_equal([clip.pixels for clip in clips], [clip.total for clip in clips], way, account)
    return Found(pixels, lengths, labels, captions.captions, account, places_below(root, paths), _rate(clips))


def _sources(root: Path, files: Sequence[Path]) -> tuple[list[Path], dict[Path, list[Path]]]:
    """The places of the clips of a folder, which are files or folders of frames, and the frames of each folder. Raises
    DataError where there are none."""
    moving = [file for file in files if _moves(file)]
    below: dict[Path, list[Path]] = {}
    for file in files if not moving else ():
        below.setdefault(file.parent, []).append(file)
    if root in below:  # PNG may move
        return list(files), {}
    if not moving and not below:
        raise DataError(
            f"{root} holds no clips: put GIF, APNG or MP4 files there, or a sub-folder of frames for each clip"
        )
    return moving or list(below), below


def read_file(path: Path, way: str | None = None) -> Raw:
    """Reads the clips of an .npz or .npy; `label`, `caption` and `rate` stand beside them."""
    arrays = read_arrays(path)
    x, labels, captions = (pick(arrays, array_name, path) for array_name in ("x", "y", "caption"))
    levels = arrays.get("levels")
    levels = int(levels) if levels is not None and levels.ndim == 0 and levels.dtype.kind in "iu" else None
    raw = read_array(x, str(path), way, labels, captions, levels)
    raw.name, raw.rate = path.stem, _rate_in(arrays, path)
    used_names = {name for names in KEYS.values() for name in names} | {"levels", "rate", "known"}
    raw.account.see("arrays", [name for name in arrays if name not in used_names and len(arrays) > 1])
    return raw


def _rate_in(arrays: Mapping[str, np.ndarray], path: Path) -> float:
    """Frames a second that a file of arrays says. Raises DataError where they are no one number above 0."""
    rate = arrays.get("rate", np.array(USUAL_RATE))
    if rate.ndim or rate.dtype.kind not in "iuf" or not 0 < rate < np.inf:
        raise DataError(f"rate of {path} is no number of frames a second above 0: store one number, such as rate=10")
    return float(rate)


def read_array(
    x: np.ndarray,
    array_names: str,
    way: str | None = None,
    labels: Sequence | None = None,
    captions: Sequence | None = None,
    levels: int | None = None,
) -> Raw:  # fmt: skip
    """Reads clips from an array (n, T, H, W) or (n, T, H, W, C), whose numbers are as those of images.

    Args:
        x: the clips.
        array_names: they are called in errors.
        way: how many frames they keep (see the module).
        labels: (n,), or None.
        captions: (n,) texts, or None.
        levels: of whole numbers from 0 on, where the file says so.

    Raises DataError for an array that holds no clips, or clips that are too large.
    """
    clips, account = shape_clips(x, array_names), Account()
    clips = _make_equal(list(clips[:, :MOST_FRAMES]), [clips.shape[1]] * len(clips), way, account)
    if levels is None:
        pixels, levels, width, notes = find_levels(clips, array_names)
        account.remarks += notes
    elif clips.dtype.kind in "iu" and 2 <= levels <= 256 and clips.min() >= 0 and clips.max() < levels:
        pixels, width = clips.astype(np.uint8), 1
    else:
        raise DataError(f"{array_names} says that it has {levels} levels, and holds others: store 0 to levels - 1")
    captions = check_captions(captions, len(clips), array_names)
    labels = None if labels is None else np.asarray(labels)
    if labels is not None and labels.shape != (len(clips),):
        raise DataError(f"{array_names} has labels of shape {labels.shape} for {len(clips)} clips: pass one for each")
    return Raw("clips", "array", pixels, labels, None, None, levels, width, account=account, captions=captions)


def shape_clips(x: np.ndarray, source_name: str) -> np.ndarray:
    """Reshapes (n, T, H, W) or (n, T, H, W, C) to (n, T, H, W, C). Raises DataError for what holds no clips.

    Args:
        x: (n, ...) values.
        source_name: Name of the source in messages.
    """
    if x.dtype.kind not in "biuf":
        raise DataError(f"{source_name} holds {x.dtype} values: clips are numbers, uint8 or floats in [0, 1]")
    if x.ndim == 3:
        raise DataError(
            f"{source_name} has shape {x.shape}: these are images. Leave kind=clips out, or give (n, T, H, W)"
        )
    clips = x[..., None] if x.ndim == 4 else x
    if clips.ndim != 5 or clips.shape[-1] not in (1, 3) or not clips.size:
        raise DataError(
            f"{source_name} has shape {x.shape}: clips have shape (n, T, H, W) or (n, T, H, W, C), C 1 or 3"
        )
    _, frames, height, width, _ = clips.shape
    if frames < FEWEST_FRAMES:
        raise DataError(f"{source_name} holds clips of one frame: these are images. Give them as x[:, 0]")
    if not SMALLEST <= min(height, width) <= max(height, width) <= LARGEST:
        raise DataError(
            f"{source_name} holds frames of {height} x {width} pixels, and each side has {SMALLEST} to {LARGEST}: "
            "resize them"
        )
    return clips


def _size(file: Path) -> tuple[int, int] | None:
    """Width and height; None of a damaged file, which reading it reports."""
    try:
        return video_size(file) if _is_video(file) else read_size(file)
    except Damaged:
        return None


def _moves(file: Path) -> bool:
    return file.name.lower().endswith(MOVING)


def _is_video(file: Path) -> bool:
    return file.name.lower().endswith(VIDEOS)


def _read_animation(file: Path, side: int) -> Frames:
    """Raises Damaged for a file that is cut."""
    if _is_video(file):
        return read_video(file, side)
    with opened(file) as image:
        total, time = count_pages(image), _frame_time(image)
        pages, durations = [], []
        for number in range(min(total, MOST_FRAMES)):
            image.seek(number)
            durations.append(int(image.info.get("duration", 0)))
            pages.append(decode_page(image, file, side, SMALLEST))
    see_through = not all(page.opaque.all() for page in pages)
    if time is not None:
        times = [max(1, ceil(duration / time)) for duration in durations]
        pages = [page for page, count in zip(pages, times) for _ in range(count)]
        total, durations = total - len(times) + sum(times), [time] * len(pages)
    pixels = np.stack([page.pixels for page in pages[:MOST_FRAMES]]).astype(np.uint8)
    return Frames(pixels, total, durations, see_through)


def _frame_time(image: Image.Image) -> int | None:
    """Milliseconds of every frame in a file that `animation` wrote, in which equal frames are one of a longer time."""
    time_match = FRAME_TIME.fullmatch(image.info.get("comment", b""))
    return int(time_match[1]) if time_match else None


def video_size(file: Path) -> tuple[int, int]:
    """Reads width and height from the header of a video."""
    with open_video(file) as container:
        return _stated_size(container, file)


@contextmanager
def open_video(file: Path) -> Iterator["InputContainer"]:
    """Raises Damaged, naming the file, for what goes wrong while it is open; and DataError without PyAV, or for a file
    without pictures."""
    with open_plain(file) as raw, parsing(file, "repair or remove it", Damaged):
        start = raw.peek(HEAD)[:HEAD]
        form = next((form for form in FORMS if form.begins(start)), None)
        if form is None:
            raise Damaged(f"{file} is no video, despite its name: repair or remove it")
        form.require(file)
        import av

        with av.open(raw, format=form.name) as container:
            if not container.streams.video:
                raise DataError(f'{file} holds sound alone: turn it into WAV with ffmpeg -i "{file.name}" sound.wav')
            yield container


def read_video(file: Path, side: int) -> Frames:
    """Reads the frames of a video, upright; the total is at most MOST_FRAMES + 1. Raises Damaged for a file that is
    cut, and DataError for frames that are too large or too small."""
    with open_video(file) as container:
        _stated_size(container, file)
        stream = container.streams.video[0]
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}  # a later frame may be larger
        pixels, times = [], []
        for packet in container.demux(stream):
            if packet.is_corrupt:
                raise Damaged(f"{file} is cut short: repair or remove it")
            for frame in packet.decode():
                times.append(frame.time or 0.0)
                if len(times) <= MOST_FRAMES:
                    upright = frame.to_image().rotate(frame.rotation, expand=True)
                    pixels.append(np.asarray(fit_size(upright, side, side)))
            if len(times) > MOST_FRAMES:
                break
        durations = np.diff(times[:MOST_FRAMES]) * 1000
        if len(durations) and np.ptp(durations) <= EVEN:
            durations = np.full(len(durations), durations.mean())
        sound = bool(container.streams.audio)
        return Frames(np.array(pixels, np.uint8), len(times), durations.tolist(), sound=sound)


def _stated_size(container: "InputContainer", file: Path) -> tuple[int, int]:
    context = container.streams.video[0].codec_context
    return check_size((context.width, context.height), file, SMALLEST)


def _read_stills(files: Sequence[Path], side: int) -> Frames:
    pages = []
    for file in sorted(files, key=_by_number)[:MOST_FRAMES]:
        with opened(file) as image:
            pages.append(decode_page(image, file, side, SMALLEST))
    pixels = np.stack([page.pixels for page in pages])
    if pixels.dtype != np.uint8:
        raise DataError(f"{files[0].parent} holds frames of more than 8 bits: save them as PNG of 8 bits")
    see_through = not all(page.opaque.all() for page in pages)
    return Frames(pixels, len(files), (), see_through, len({page.size for page in pages}))


def _by_number(file: Path) -> list[int | str]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", file.name)]


def _make_equal(clips: Sequence[np.ndarray], totals: Sequence[int], way: str | None, account: Account) -> np.ndarray:
    """(n, T, H, W, C) of clips (t, H, W, C), in one of the ways of the module, which the account counts."""
    lengths = np.array([len(clip) for clip in clips])
    frame_counts = {None: int(np.median(lengths)), "cut": int(lengths.min()), "pad": int(lengths.max())}
    frames = frame_counts[way] if way in frame_counts else min(int(way), MOST_FRAMES)
    cut, padded = int((np.array(totals) > frames).sum()), int((lengths < frames).sum())
    of = f"of {len(clips):,} clips"
    account.remarks += [f"{cut:,} {of} cut to their first {frames} frames"] * bool(cut)
    account.remarks += [f"{padded:,} {of} padded to {frames} frames by their last"] * bool(padded)
    return np.stack([clip[np.minimum(np.arange(frames), len(clip) - 1)] for clip in clips])


def _notes(clips: Sequence[Frames], side: int) -> list[str]:
    notes = [f"frames brought to {side} x {side}"]
    mixed = sum(clip.sizes > 1 for clip in clips)
    notes += [f"{mixed:,} clips have frames of several sizes"] * bool(mixed)
    see_through = sum(clip.see_through for clip in clips)
    notes += [f"{see_through:,} clips have transparent pixels, which lie on white"] * bool(see_through)
    sound = sum(clip.sound for clip in clips)
    notes += [f"{sound:,} clips have sound, which is left out"] * bool(sound)
    uneven = sum(len(set(clip.durations)) > 1 for clip in clips)
    return notes + [f"{uneven:,} clips have frames of several durations, which models see as one"] * bool(uneven)


def _rate(clips: Sequence[Frames]) -> float:
    durations = [duration for clip in clips for duration in clip.durations if duration > 0]
    return round(1000 / float(np.median(durations)), 3) if durations else USUAL_RATE


def write_clips(items: np.ndarray, path: Path, levels: int, width: int, rate: float, names: Sequence[str] = ()) -> Path:
    """Writes clips (n, T, H, W, C) in user levels, or floats in [0, 1].

    .npz: all, with what they are given; .gif, .apng and .mp4: one moving sheet; without a suffix: a folder of GIFs,
    with their captions and labels in metadata.csv. Draws (m, n, T, H, W, C) are written one after another.

    Args:
        items: the clips.
        path: of the file or folder.
        levels: of a pixel.
        width: of a level.
        rate: frames a second.
        names: of the files that clips are from.

    Raises DataError for another suffix.
    """
    array, given = np.asarray(items), getattr(items, "given", {})
    if not path.suffix:
        return _write_folder(array, given, path, levels, width, rate, names)
    write: Callable | None = writer_of(path, ROOM)
    if write is None:
        raise DataError(f"clips cannot be written as {path}: use {say_written(ROOM)}, or name a folder")
    return write_whole(path, write(array, given, levels, width, rate))


def write_arrays(array: np.ndarray, given: Mapping[str, np.ndarray], levels: int, width: int, rate: float) -> bytes:
    conditions = {name: plain_values(values) for name, values in given.items()}
    return npz_bytes({"x": array, "rate": rate} | ({"levels": levels} if width == 1 else {}) | conditions)


def write_gif(array: np.ndarray, given: object, levels: int, width: int, rate: float) -> bytes:
    return animation(moving_sheet(to_pixels(array, levels, width)), rate, "GIF")


def write_mp4(array: np.ndarray, given: object, levels: int, width: int, rate: float) -> bytes:
    return mp4_bytes(moving_sheet(to_pixels(array, levels, width)), rate)


def write_apng(array: np.ndarray, given: object, levels: int, width: int, rate: float) -> bytes:
    return animation(moving_sheet(to_pixels(array, levels, width)), rate, "PNG")


def moving_sheet(pixels: np.ndarray) -> np.ndarray:
    """Joins clips (n, T, H, W, C), or draws of them (m, n, T, H, W, C), side by side: (T, H', W', C)."""
    from ...kinds.formats.images.pictures import sheet

    clips = pixels.reshape(-1, *pixels.shape[-4:])
    return np.stack([sheet(frame) for frame in clips.swapaxes(0, 1)])


def animation(frames: np.ndarray, rate: float, form: str) -> bytes:
    """Writes frames (T, H, W, C) uint8 as an animated picture that begins again.

    Args:
        form: "GIF" or "PNG".
    """
    first, *other_frames = (Image.fromarray(frame.squeeze(-1) if frame.shape[-1] == 1 else frame) for frame in frames)
    file = io.BytesIO()
    time = max(10, round(1000 / rate))  # the least that GIF holds
    first.save(
        file, form, save_all=True, append_images=other_frames, duration=time, loop=0, comment=f"{time} ms a frame"
    )
    return file.getvalue()


def mp4_bytes(frames: np.ndarray, rate: float) -> bytes:
    """Writes frames (T, H, W) or (T, H, W, 3) uint8 as H.264; an odd side repeats its last pixels. Raises DataError
    without PyAV."""
    require_package("av", "video", "MP4 is written by PyAV")
    import av

    frames = frames.reshape(*frames.shape[:3], -1)
    frames = np.pad(frames, ((0, 0), (0, frames.shape[1] % 2), (0, frames.shape[2] % 2), (0, 0)), "edge")
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(CODEC, Fraction(rate).limit_denominator(LARGEST_PART), {"crf": QUALITY})
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], PIXELS
        for frame in np.broadcast_to(frames, (*frames.shape[:3], 3)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


def _write_folder(
    array: np.ndarray, given: Mapping[str, np.ndarray], path: Path, levels: int, width: int, rate: float,
    names: Sequence[str],
) -> Path:  # fmt: skip
    pixels = to_pixels(array, levels, width).reshape(-1, *array.shape[-4:])
    files = file_names([Path(name).with_suffix("").as_posix() for name in names], len(pixels), ".gif")
    labels, captions = (np.asarray(given.get(name), object).reshape(-1) for name in ("label", "caption"))
    conditions = {"label": labels} if "label" in given else {}
    conditions |= {"text": [several(text) or (None,) for text in captions]} if "caption" in given else {}

    contents = zip(files, (animation(clip, rate, "GIF") for clip in pixels))
    if not conditions:
        return write_files(path, contents)
    import pandas as pd

    table = pd.DataFrame({"file_name": files, **conditions})
    table = table.explode("text") if "text" in conditions else table
    return write_files(path, chain(contents, [("metadata.csv", csv_bytes(table))]))
