"""Clips: short moving pictures without sound, each of the same number of frames."""

from pathlib import Path

from ...core.errors import DataError
from ...kinds.formats.raw import Raw
from ...kinds.formats.source import Source
from ...kinds.kind import Format, Kind, Widgets
from ...kinds.options import take_options

CLIPS = "clips"
WAYS = ("cut", "pad")  # to the shortest clip, or to the longest


def _is_named(source: Source) -> bool:
    return source.get("kind") == CLIPS


def _is_folder(source: Source) -> bool:
    """A folder of animated pictures; with kind=clips also one of still frames, a sub-folder a clip."""
    from .clip_files import holds_animations

    return (
        source.is_folder
        and source.get("kind") in (None, CLIPS)
        and (_is_named(source) or holds_animations(source.path))
    )


def _folder(source: Source) -> Raw:
    from .clip_files import read_folder

    return read_folder(source.path, source.get("frames"), source.get("captions"))


def _is_file(source: Source) -> bool:
    from ...kinds.formats.numpy_arrays import shape_of_x
    from .clip_files import is_clip_shape

    if not source.ends(".npz", ".npy") or source.is_folder or source.get("kind") not in (None, CLIPS):
        return False
    return _is_named(source) or is_clip_shape(shape_of_x(source.path))


def _file(source: Source) -> Raw:
    from .clip_files import read_file

    return read_file(source.path, source.get("frames"))


def _is_array(source: Source) -> bool:
    from .clip_files import is_clip_shape

    given = source.given[0] if source.is_pair else source.given
    shape = getattr(given, "shape", None)
    return (
        type(given).__module__ != "pandas"
        and isinstance(shape, tuple)
        and (is_clip_shape(shape) or (_is_named(source) and len(shape) > 2))
    )


def _array(source: Source) -> Raw:
    import numpy as np

    from .clip_files import read_array

    x, given = source.given if source.is_pair else (source.given, {})
    given = given if isinstance(given, dict) else {"label": given}
    if unfit_names := [name for name in given if name not in ("label", "caption")]:
        raise DataError(f"the clips come with {unfit_names[0]!r}: give them 'label' and 'caption' alone")
    return read_array(np.asarray(x), "the array", source.get("frames"), given.get("label"), given.get("caption"))


def _check(source: Source) -> None:
    """Raises DataError for a way to fit frames that there is not."""
    frames = source.get("frames")
    if frames is not None and frames not in WAYS and not (str(frames).isdecimal() and int(frames) > 1):
        raise DataError(f"frames={frames!r} is no way to make clips equally long: use cut, pad or a number above 1")


KIND = Kind(
    CLIPS, "clips", "genwright.motion.kinds.load", options=take_options("given captions frames"),
    formats=(
        Format(_is_folder, _folder), Format(_is_file, _file), Format(_is_array, _array, "an array of clips"),
    ),
    schema=Path(__file__).with_suffix(".schema.json"), small_data="genwright.motion.contract:Clips", check=_check,
    widgets=Widgets(samples=4),
)  # fmt: skip
