"""Sound: long recordings cut, split by content or by recording, and understood by the domain of audio."""

import numpy as np

from ....core.data import Data
from ....core.errors import DataError
from ....core.limits import require_size
from ....kinds.assemble import Prepared, assemble
from ....kinds.formats.raw import Raw, Read
from ....kinds.formats.source import Source
from ....kinds.splits import require_enough, split_groups
from .clips import Clips
from .domain import LONGEST, Audio, clip_keys

SAMPLE_BYTES = 2  # bytes of a sample, encoded


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few clips, or a variable that clips do not carry.

    Args:
        raw: Items as they were read from the source.
        text: Name of the source in messages.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    clips, recording, notes = cut(raw.items)
    require_enough(len(clips), text, raw.account)
    have, given = list(clips.given), options.get("given")
    if unfit_names := [variable for variable in given or () if variable not in have]:
        carried = f"its clips carry {', '.join(have) or 'none'}"
        raise DataError(f"{raw.name} has no variable {unfit_names[0]!r} to condition on: {carried}")
    clips.given = {name: clips.given[name] for name in (have if given is None else given)}
    require_size(f"{text}, in clips of the longest one's samples,", SAMPLE_BYTES * len(clips) * max(map(len, clips)))
    settled, parts = None if raw.parts is None else raw.parts[recording], None
    if settled is None and len(clips) > len(raw.items) and len(np.unique(whole := clip_keys(raw.items))) > 2:
        parts = split_groups(whole[recording], seed, "recording")
        notes.append("pieces of one recording stand on one side of the split")
    prepared = Prepared(
        raw, text, options, seed, clips, "clips", clip_keys(clips), settled=settled, parts=parts,
        labels=clips.given.get("label"), values=clips.given,
    )  # fmt: skip
    return assemble(prepared, lambda cut: Audio.fit(clips, cut.parts == "train", [*raw.notes, *notes]))


def read_items(source: Source, domain: Audio) -> Read:
    """Reads clips for a model; which of their samples are known, and stay, the model is told."""
    raw = source.read_as(domain.kind)
    clips, account = raw.items, raw.account
    clips.given = {name: values for name, values in clips.given.items() if name in domain.names}
    if clips.rate != domain.rate:
        account.remarks.append(f"resampled from {clips.rate:,} to {domain.rate:,} samples a second")
    return Read(clips.at_rate(domain.rate), None, raw.item_places, account, raw.places)


def cut(clips: Clips) -> tuple[Clips, np.ndarray, list[str]]:
    """Cuts clips to at most `LONGEST` samples, with the recording (n,) that each is of, and a note on those that were
    longer."""
    pieces, recording = [], []
    for number, clip in enumerate(clips):
        pieces_of_clip = [clip[start : start + LONGEST] for start in range(0, len(clip), LONGEST)]
        pieces += pieces_of_clip
        recording += [number] * len(pieces_of_clip)
    recording = np.array(recording, int)
    given = {name: values[recording] for name, values in clips.given.items()}
    long = sum(len(clip) > LONGEST for clip in clips)
    seconds = f"{LONGEST / clips.rate:.2f} seconds"
    notes = [f"{long:,} recording{'s' * (long > 1)} longer than {seconds} cut into pieces of that length"] * bool(long)
    return Clips(pieces, given, rate=clips.rate), recording, notes
