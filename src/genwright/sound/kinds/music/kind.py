"""Music: pieces in steps of a sixteenth, a column a voice."""

from pathlib import Path

from ....core.account import Account
from ....core.domain import OpenQuestions, Question
from ....core.errors import DataError
from ....kinds.formats.raw import Raw
from ....kinds.formats.source import Source
from ....kinds.kind import Format, Kind, Widgets
from ....kinds.options import take_options

LISTS = "genwright.sound.kinds.music.piano_rolls"  # the reader of pieces as lists
UNPACKED = 16  # times as large as its text a list is in memory


def _is_music(source: Source) -> bool:
    """Files of notes, or a list of arrays with a row a step."""
    if source.path is None:
        import numpy as np

        given = source.given
        are_matrices = isinstance(given, list) and all(isinstance(one, np.ndarray) and one.ndim == 2 for one in given)
        return are_matrices and len(given) > 0 and _are_pieces(given, source.get("kind"))
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


def _are_pieces(matrices: list, kind: str | None) -> bool:
    """Whether matrices are pieces of music, and not images. Raises OpenQuestions where they may be either, DataError
    where they can be neither. kind: the one that a person named."""
    from ....kinds.formats.images.pictures import SMALLEST
    from ....kinds.formats.objects import are_alike
    from .piano_rolls import MOST_VOICES, PITCHES, REST

    if kind is not None:
        return kind == "music"
    filled_matrices = [one for one in matrices if one.size]
    if all(one.shape[1] == PITCHES for one in filled_matrices) and any(len(one) != PITCHES for one in filled_matrices):
        return True  # a column a pitch
    music = all(
        one.dtype.kind in "iu" and one.shape[1] <= MOST_VOICES and REST <= one.min() <= one.max() < PITCHES
        for one in filled_matrices
    )
    is_consistent = are_alike(matrices)
    images = is_consistent and min(matrices[0].shape) >= SMALLEST and all(one.min() >= 0 for one in filled_matrices)
    if music and images:
        shape = " x ".join(map(str, matrices[0].shape))
        questions = [
            Question.whether("Are they images?", kind="images"),
            Question.whether("Is it music?", kind="music"),
        ]
        raise OpenQuestions(f"the list holds matrices of {shape}, which may be images, or pieces of music", questions)
    if not music and not is_consistent:
        shapes_text = " and ".join(sorted({" x ".join(map(str, one.shape)) for one in matrices})[:2])
        raise DataError(
            f"the list holds matrices of several sizes, such as {shapes_text}: music has whole pitches of at most "
            f"{MOST_VOICES} voices, and images need one size, so resize all"
        )
    return not images


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
        pieces, parts = pieces_of(bytes(read_plain(source.path, maximum=most_bytes() // UNPACKED)), source.path)
        return Raw("music", source.stem, pieces, parts=parts, account=Account())
    if source.is_folder:
        pieces, places = read_music_folder(source.path)
        return Raw("music", source.stem, pieces, places=places, account=Account())
    pieces, account = read_music_arrays(source.path)
    return Raw("music", source.stem, pieces, account=account)


KIND = Kind(
    "music", "music", "genwright.sound.kinds.music.load", options=take_options("windows"),
    formats=(Format(_is_music, _music, "pieces of music"),), schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.sound.contract:Music", widgets=Widgets(completes=True, sounds=True),
)  # fmt: skip
