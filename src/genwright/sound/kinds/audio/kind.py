"""Sound."""

from pathlib import Path

from ....core.account import Account
from ....kinds.formats.raw import Raw
from ....kinds.formats.source import Source
from ....kinds.kind import Format, Kind, Widgets
from ....kinds.options import take_options


def _is_sound(source: Source) -> bool:
    """Files of sound, or (clips, rate)."""
    if source.path is None:
        import numpy as np

        from .clips import Clips

        given = source.given
        return isinstance(given, Clips) or (isinstance(given, tuple) and len(given) == 2 and np.isscalar(given[1]))
    from .sound_files import holds_sound

    return (
        holds_sound(source.path) if source.is_folder else source.is_file_for("genwright.sound.kinds.audio.sound_files")
    )


def _sound(source: Source) -> Raw:
    if source.path is None:
        from .clips import clips_of

        return Raw("audio", "clips", clips_of(source.given), account=Account())
    from ....kinds.formats.folders import folder_parts
    from .sound_files import read_sound

    sound, name = read_sound(source.path), source.path.resolve().name
    name = name if source.is_folder else source.path.stem
    parts = folder_parts(sound.places)
    return Raw("audio", name, sound.clips, parts=parts, account=sound.account, places=sound.places)


KIND = Kind(
    "audio", "sound", "genwright.sound.kinds.audio.load", options=take_options("given"),
    formats=(Format(_is_sound, _sound, "clips"),), schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.sound.contract:Sounds", widgets=Widgets(completes=True, sounds=True),
)  # fmt: skip
