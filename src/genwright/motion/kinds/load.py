"""Clips: split by content and label, and understood by the domain of clips."""

import numpy as np

from ...core.account import Account
from ...core.data import Data
from ...core.errors import DataError
from ...kinds.assemble import Cut, Prepared, assemble
from ...kinds.formats.images.caption_files import check_captions
from ...kinds.formats.images.picture_files import pick
from ...kinds.formats.images.pictures import Pictures, picture_keys
from ...kinds.formats.numpy_arrays import read_arrays
from ...kinds.formats.raw import Numbered, Raw, Read
from ...kinds.formats.source import Source
from ...kinds.images.load import telling_captions
from ...kinds.splits import require_enough
from .clip_files import find_clips, shape_clips
from .domain import Clips


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few clips, or a variable that they do not carry.

    Args:
        raw: Items as they were read from the source.
        text: Name of the source in messages.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    require_enough(len(raw.items), text, raw.account)
    given = options.get("given", raw.given or None)
    own_conditions = {
        name: values for name, values in (("label", raw.labels), ("caption", raw.captions)) if values is not None
    }
    if unfit_names := [name for name in given or () if name not in (*own_conditions, "edges")]:
        have = " and ".join(map(repr, (*own_conditions, "edges")))
        raise DataError(f"{raw.name} has no variable {unfit_names[0]!r} to condition on: there is {have}")
    values = {
        name: values for name, values in own_conditions.items() if name in (given if given is not None else ("label",))
    }
    if "caption" in values:
        values["caption"] = telling_captions(raw)
    prepared = Prepared(
        raw, text, options, seed, Pictures(raw.items, values), "clips", picture_keys(raw.items), settled=raw.parts,
        labels=raw.labels, digested=[values.get("caption")],
    )  # fmt: skip

    def fit(cut: Cut) -> Clips:
        train = cut.items["train"]
        return Clips.fit(
            np.asarray(train), values.get("label"), train.given.get("caption"), raw.levels, raw.width, raw.rate,
            len(raw.items), raw.notes, "edges" in (given or ()),
        )  # fmt: skip

    data = assemble(prepared, fit, drawn=raw.drawn)
    if "caption" in own_conditions and "caption" not in values:
        data.notes.append("captions were found: given 'caption' conditions on them")
    if raw.drawn is not None:
        data.notes.append("training clips are drawn anew at each pass")
    return data


def raw_of(data: Data) -> Raw:
    """Joins all clips of `data` in one array, so that they can be split again."""
    parts = [part for part in data.items.values() if len(part)]
    given = {name: np.concatenate([part.given[name] for part in parts]) for name in data.domain.given.names}
    leaf, clips = data.domain.spec.leaf, np.concatenate([np.asarray(part) for part in parts])
    return Raw(
        "clips", data.name, clips, given.get("label"), None, None, leaf.levels, int(leaf.width), licence=data.licence,
        captions=given.get("caption"), given=tuple(data.domain.given.names), rate=data.domain.rate, account=Account(),
    )  # fmt: skip


def read_items(source: Source, domain: Clips) -> Read:
    """Reads clips for a model, and which of their frames are there where clips of a folder are shorter than the
    model's. Arrays may be shorter too, and stay as they are."""
    if source.is_folder:
        found = find_clips(source.path, str(domain.frames), source.get("captions"), domain.size[1])
        known = np.arange(domain.frames) < found.lengths[:, None]
        clips = Pictures(domain.from_pixels(found.pixels), {"label": found.labels, "caption": found.captions})
        return Read(clips, None if known.all() else known, found.places, found.account, found.places)
    if not source.ends(".npz", ".npy"):
        raw = source.read_as(domain.kind)
        clips = Pictures(raw.items, {"label": raw.labels, "caption": raw.captions})
        return Read(clips, None, raw.item_places, raw.account, raw.places)
    arrays = read_arrays(source.path)
    x, labels, captions = (pick(arrays, array_name, source.path) for array_name in ("x", "y", "caption"))
    x = shape_clips(x, str(source.path))
    clips = Pictures(x, {"label": labels, "caption": check_captions(captions, len(x), str(source.path))})
    return Read(clips, arrays.get("known"), Numbered("clip", range(len(x))), Account())
