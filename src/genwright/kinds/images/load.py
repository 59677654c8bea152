"""Images: split by content and label, and understood by the domain of images."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.data import Data
from ...core.errors import DataError
from ..assemble import Cut, Prepared, assemble
from ..fields.captions import plain_texts
from ..fields.column import sort_names
from ..formats.images.caption_files import WAYS
from ..formats.images.idx import is_idx, read_idx_pictures
from ..formats.images.pictures import Pictures, picture_keys
from ..formats.raw import Raw, Read
from ..formats.source import Source
from ..splits import (
    far_from_share,
    least_keys,
    linked,
    remark,
    require_enough,
    split,
    split_groups,
)
from ..values.several_texts import several, shares_of
from .domain import Images

_LOW_NAME = re.compile(r"low/([2-9]|[1-3]\d)")  # given at so many times smaller
_NUMBER = re.compile(r"[-+]?[.,]?\d[\d.,;:]*(e[-+]?\d+)?")
EXAMPLES, EXAMPLE_CHARS = 5, 100  # captions that are shown, and characters of each


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few images, or a variable that they do not carry.

    Args:
        raw: Items as they were read from the source.
        text: The text.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    require_enough(len(raw.items), text, raw.account)
    if (side := options.get("side", raw.items.shape[1])) != raw.items.shape[1]:
        own = " x ".join(map(str, raw.items.shape[1:3]))
        raise DataError(
            f"{raw.name} has images of {own} pixels, and side = {side} is for files and arrays: leave it out"
        )
    given = options.get("given", raw.given or None)
    times = _times_of(given or ())
    own_names = [name for name, values in (("label", raw.labels), ("caption", raw.captions)) if values is not None]
    own_names += [*raw.images, *raw.texts]
    if unfit_names := [
        name for name in given or () if not (_LOW_NAME.fullmatch(name) or name in (*own_names, "edges"))
    ]:
        if unfit_names[0] == "caption":
            raise DataError(f"{raw.name} has no captions to condition on: {WAYS}")
        own_words = "they have no labels and no captions"
        if own_names:
            own_words = (
                f"the only one is {own_names[0]!r}"
                if len(own_names) == 1
                else f"there are {' and '.join(map(repr, own_names))}"
            )
        raise DataError(
            f"{raw.name} has no variable {unfit_names[0]!r} to condition on: {own_words}, beside 'low/4', the image "
            "four times smaller, and 'edges'"
        )
    if options.get("missing") and (given is None or "label" in given):
        raw = replace(raw, labels=_blank_missing_labels(raw.labels, options["missing"], raw.name))
    other_images = {name: raw.images[name] for name in given or () if name in raw.images}
    texts = {name: raw.texts[name] for name in given or () if name in raw.texts}
    keys, keys_beside = picture_keys(raw.items), list(map(picture_keys, other_images.values()))
    parts, notes = _split(raw, keys, keys_beside, seed)
    labels = None if given is not None and "label" not in given else raw.labels
    captions = telling_captions(raw) if "caption" in (given or ()) else None
    pictures = Pictures(raw.items, {"label": labels, "caption": captions} | other_images | texts)
    captions_read = (
        None if captions is None else [caption and "\0".join(_describe_caption(caption)) for caption in captions]
    )
    prepared = Prepared(
        raw, text, options, seed, pictures, "images", keys, settled=raw.parts, parts=parts, labels=raw.labels,
        digested=[captions_read, *keys_beside, *texts.values()], remarks=notes,
    )  # fmt: skip

    def fit(parts: Cut) -> Images:
        names, known = None if labels is None else raw.names or sort_names(labels), parts.items["train"].given
        return Images.fit(
            parts.items["train"], known.get("label"), names, raw.notes, raw.levels, raw.width, len(pictures), times,
            {name: known[name] for name in ("caption", *texts) if name in known},
            [*other_images, *(name for name in given or () if name == "edges")], raw.brightness,
        )  # fmt: skip

    examples = [] if captions is None else _examples(captions, raw.item_places)
    data = assemble(prepared, fit, examples=examples, rule=raw.rule)
    notes = data.notes
    if labels is not None and (labelled_count := sum(label is not None for label in labels)) < len(labels):
        notes.append(f"{labelled_count:,} of {len(labels):,} images have a label")
    if raw.captions is not None and captions is None:
        notes.append("captions were found: given 'caption' conditions on them")
    notes += data.domain.fields.remarks(pictures.given)
    notes += [
        f"images were found: given {name!r} conditions on them" for name in raw.images if name not in other_images
    ]
    notes += [f"{name} were found: given {name!r} conditions on them" for name in raw.texts if name not in texts]
    return data


def _split(raw: Raw, keys: np.ndarray, other_images: list[np.ndarray], seed: int) -> tuple[pd.Categorical, list[str]]:
    """The parts (n,) and sentences about them. keys, beside: (n,) uint64 of images, and of each image beside them.

    Images with the same image beside them, such as the edits of one photo, are in one part, unless the source settles
    parts or there are fewer than three sets of such images.
    """
    if other_images and raw.parts is None:
        images = np.concatenate([keys, *other_images])
        sets = linked(np.resize(np.arange(len(keys)), len(images)), images)
        count = sets.max() + 1
        if 3 <= count < len(np.unique(keys)):
            parts = split_groups(least_keys(sets, keys), seed, "images")
            note = f"images with the same image beside them are in one part: {count:,} such sets"
            return parts, [note, *far_from_share(parts, None, sets, "images", "share an image beside them")]
    parts = split(keys, raw.labels, raw.parts, seed)
    labels = {} if raw.labels is None else {"label": raw.labels}
    return parts, remark(parts, raw.parts, keys, "images", values=labels)


def telling_captions(raw: Raw) -> np.ndarray:
    """Returns the captions (n,) of images or clips. Raises DataError for numbers, and where all are equal, so that none
    tells one item from another."""
    item = raw.kind.removesuffix("s")
    all_captions = set(plain_texts(raw.captions))
    if all(_NUMBER.fullmatch(word) for text in all_captions for word in text.split()):
        raise DataError(
            f"the captions of {raw.name} are numbers, such as {min(all_captions)!r}. Describe each {item} in "
            "words, or turn a number with few values into labels, one sub-folder each"
        )
    if len(all_captions) == 1:
        raise DataError(
            f"every caption of {raw.name} is {min(all_captions)!r}, which tells no {item} from another: write "
            "captions that differ, or leave 'caption' out of given"
        )
    return raw.captions


def _describe_caption(caption: str) -> list[str]:
    """The texts of an item, and their rates where these differ."""
    rates = shares_of(caption)
    return [*several(caption), *(map(repr, rates) if len(set(rates)) > 1 else ())]


def _examples(captions: np.ndarray, places: Sequence[str]) -> list[str]:
    """A few captions (n,) with the places of their images."""
    captioned = [i for i, caption in enumerate(captions) if caption is not None]
    lines = []
    for i in captioned[:: -(-len(captioned) // EXAMPLES)]:
        text, count = captions[i], len(several(captions[i]))
        text = text if len(text) <= EXAMPLE_CHARS else f"{text[:EXAMPLE_CHARS]}..."
        lines.append(f"caption of {places[i]}{f' (1 of {count})' if count > 1 else ''}: {' '.join(text.split())}")
    return lines


def _times_of(given: Sequence[str]) -> int:
    """Factor by which given images are smaller, 0 if models are not conditioned on any."""
    scale_matches = [match for name in given if (match := _LOW_NAME.fullmatch(name))]
    if len(scale_matches) > 1:
        raise DataError(f"{scale_matches[0][0]!r} and {scale_matches[1][0]!r} are two resolutions: name one of them")
    return int(scale_matches[0][1]) if scale_matches else 0


def _blank_missing_labels(labels: np.ndarray | None, missing: list | dict[str, list], name: str) -> np.ndarray:
    """Labels (n,), None where they stand for none. missing: as `load_data` takes it; the only column is "label".
    Raises DataError for another column, a label that no image has, and where no label is left."""
    words = missing if isinstance(missing, dict) else {"*": missing}
    if unknown := [column for column in words if column not in ("*", "label")]:
        raise DataError(f"{name} has no column {unknown[0]!r} to miss anything in: of images it is 'label'")
    none = {str(word) for texts in words.values() for word in texts}
    known = set() if labels is None else {str(label) for label in labels}
    if (unknown_labels := none - known) and "None" not in known:  # with "None" among them, they may be gone already
        raise DataError(
            f"no image of {name} has the label {min(unknown_labels)!r}, which missing names: other words for what is "
            "missing are for the columns of a table"
        )
    remaining_labels = np.array([None if str(label) in none else label for label in labels.tolist()], object)
    if all(label is None for label in remaining_labels):
        raise DataError(
            f"{name} has no label but {', '.join(sorted(none))}, which is missing: leave labels out by given=[]"
        )
    return remaining_labels if None in remaining_labels else labels


def raw_of(data: Data) -> Raw:
    """Returns all images of `data` in one array, so that they can be split again."""
    parts = [part for part in data.items.values() if len(part)]
    labels = np.concatenate([part.given["label"] for part in parts]) if data.domain.labels else None
    captions = np.concatenate([part.given["caption"] for part in parts]) if data.domain.captions else None
    images = {name: np.concatenate([part.given[name] for part in parts]) for name in data.domain.given_images}
    texts = {name: np.concatenate([part.given[name] for part in parts]) for name in data.domain.given_texts}
    leaf, names, given = data.domain.spec.leaf, data.domain.labels or None, tuple(data.domain.given.names)
    pictures = np.concatenate([np.asarray(part) for part in parts])
    return Raw(
        "images", data.name, pictures, labels, names, None, leaf.levels, int(leaf.width), licence=data.licence,
        captions=captions, images=images, texts=texts, given=given, rule=data.rule, brightness=data.domain.brightness,
        account=Account(),
    )  # fmt: skip


def read_items(source: Source, domain: Images) -> Read:
    """Reads images for a model, and the mask of their known pixels where the file has one."""
    path = source.path
    holds_arrays = source.is_file_for("formats.tables.array_files")  # whose readers find the images
    if path is not None and path.exists() and not holds_arrays and not is_idx(path):
        from ..formats.images.picture_files import read_for

        return read_for(domain, path, source.get("mask"), source.get("captions"))
    if path is not None and path.exists() and not holds_arrays:
        x, labels = read_idx_pictures(path)
        raw = Raw(domain.kind, path.name, x, labels, account=Account())
    else:
        raw = source.read_as(domain.kind)
    pictures = Pictures(raw.items, {"label": raw.labels, "caption": raw.captions, **raw.images, **raw.texts})
    return Read(pictures, None, raw.item_places, raw.account)
