"""Music: pieces in steps of a sixteenth, a column a voice."""

from pathlib import Path

from ....core.account import Account
from ....kinds.formats.raw import Raw
from ....kinds.formats.source import Source
from ....kinds.kind import Format, Kind, Widgets, take_options

LISTS = "genwright.sound.kinds.music.piano_rolls"  # the reader of pieces as lists
UNPACKED = 16  # times as large as its text a list is in memory


def _is_music(source: Source) -> bool:
    """Files of notes, or a list of arrays with a row a step."""
    if source.path is None:
        import numpy as np

        given = source.given
        return isinstance(given, list) and len(given) > 0 and isinstance(given[0], np.ndarray) and given[0].ndim == 2
    from ....kinds.formats.tables.json_records import holds_records
    from .music_files import holds_notes
    from .piano_rolls import is_music_arrays, is_music_folder
    from .score_files import is_score

    if source.is_folder:
        return holds_notes(source.path) or is_music_folder(source.path)
    if source.is_file_for(LISTS):
        return not holds_records(source.path)
    return (
        source.is_file_for("genwright.sound.kinds.music.music_files")
        or is_score(source.path)
        or is_music_arrays(source.path)
    )


def _music(source: Source) -> Raw:
    from ....core.limits import most_bytes, read_plain
    from .music_files import SUFFIXES, holds_notes, read_midi
    from .piano_rolls import pieces_of, read_music_arrays, read_music_folder, voices_of

    if source.path is None:
        return Raw(
            "music",
            "pieces",
            [voices_of(piece, f"piece {n}") for n, piece in enumerate(source.given)],
            account=Account(),
        )
    if source.ends(*SUFFIXES) or (source.is_folder and holds_notes(source.path)):
        pieces, places, account = read_midi(source.path)
        return Raw("music", source.stem, pieces, account=account, places=places)
    if source.is_file_for(LISTS):
        pieces, parts = pieces_of(bytes(read_plain(source.path, most=most_bytes() // UNPACKED)), source.path)
        return Raw("music", source.stem, pieces, parts=parts, account=Account())
    if source.is_folder:
        pieces, places = read_music_folder(source.path)
        return Raw("music", source.stem, pieces, places=places, account=Account())
    return Raw("music", source.stem, read_music_arrays(source.path), account=Account())


KIND = Kind(
    "music", "music", "genwright.sound.kinds.music.load", options=take_options("windows"),
    formats=(Format(_is_music, _music, "pieces of music"),), schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.contract.kinds:Music", widgets=Widgets(completes=True),
)  # fmt: skip
