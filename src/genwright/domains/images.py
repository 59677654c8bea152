"""Pictures of one size, with or without a label: arrays (n, H, W, C) to the user, level indices (n, C, H, W) inside."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..core.alternatives import Alternatives
from ..core.errors import DataError, GivenError, damage
from ..core.spec import Category, Ordered, Spec, spec_from_json, spec_to_json
from ..distributions.low_resolution import agreeing, low_leaf, shrink
from .captions import Captions
from .column_margins import category_margin
from .domain import Domain
from .pictures import Pictures, find_levels, fit_size, picture_keys, shape_pictures
from .words import Words
from .write_pictures import to_pixels, write_pictures


class Images(Domain):
    """Pictures (n, H, W, C) uint8 whose values are width * {0, .., levels - 1}; given variables `label`, `caption` and
    `low`, any of them or none.

    spec: one leaf `picture`, Ordered(levels, shape=(C, H, W)). given: `label`, a category whose margin holds the
    training frequencies, where there are labels; `caption`, tokens; `low`, the picture at a lower resolution, which
    follows from the picture itself. labels: the user's own names, in the order of their codes. captions: how texts
    become tokens, None where none are given. count: pictures in all parts.
    """

    kind = "images"
    viewed = ".png"

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        labels: list,
        count: int,
        notes: list[str],
        times: int = 0,
        captions: Captions | None = None,
    ):
        """times: how many times smaller the sides of `low` are, 0 where it is not given."""
        self.spec, self.given, self.labels, self.count, self.notes = spec, given, labels, count, notes
        self.times, self.captions = times, captions
        self._codes = {str(label): code for code, label in enumerate(labels)}

    @cached_property
    def low(self) -> Images | None:
        """The domain of the pictures that are given, None where none are."""
        leaf = dict(self.given.leaves).get("low")
        return None if leaf is None else Images(Spec((("picture", leaf),)), Spec(()), [], 0, [])

    @classmethod
    def fit(
        cls,
        pictures: np.ndarray,
        labels: np.ndarray | None = None,
        names: Sequence | None = None,
        note: Sequence[str] = (),
        levels: int | None = None,
        width: int = 1,
        count: int | None = None,
        times: int = 0,
        captions: Sequence[str | None] | None = None,
    ) -> Images:
        """Describe training pictures (n, H, W, C) uint8 with labels (n,) and captions (n,), None where one has none.

        names: every label there is, also those that no training picture has; by default the labels seen, sorted.
        levels and width: where all data, not only these pictures, decide them; found from the pictures otherwise.
        times: how many times smaller the sides of the given pictures `low` are, 0 where there are none. Raises
        DataError where a side of these would be a single pixel.
        """
        if levels is None:
            pictures, levels, width, _ = find_levels(np.asarray(pictures), "the pictures")
        _, height, wide, channels = pictures.shape
        leaf = Ordered(levels, float(width), shape=(channels, height, wide), axis="grid", unit="level")
        given, names = (), list(names) if names is not None else [] if labels is None else sort_names(labels)
        if labels is not None:
            codes = {str(name): code for code, name in enumerate(names)}
            known = [codes[str(label)] for label in labels if label is not None]
            seen = np.bincount(np.array(known, int), minlength=len(names))
            given = (("label", Category(len(names), margin=category_margin(seen, 0.0))),)
        told = None if captions is None else Captions.fit(captions)
        if told:
            given = (*given, ("caption", told.leaf))
        if times:
            if times >= min(height, wide):
                raise DataError(
                    f"pictures of {height} x {wide} pixels cannot be {times} times smaller: choose a number below "
                    f"{min(height, wide)}"
                )
            given = (*given, ("low", low_leaf(leaf, times)))
        count = len(pictures) if count is None else count
        return cls(Spec((("picture", leaf),)), Spec(given), names, count, list(note), times, told)

    # ------------------------------------------------------------------ in

    def encode(self, items: Any) -> tuple[Tensor, Tensor]:
        array, unit = self._batch(items)
        x = self._indices(array, unit)
        table = self._own_given(items, len(array))
        if self.low:
            table[:, -self.low.spec.dims :] = shrink(x, self.times).flatten(1)
        return x, table

    def alternatives(self, items: Any) -> Alternatives | None:
        captions = getattr(items, "given", {}).get("caption")
        if self.captions is None or captions is None:
            return None
        return self.captions.alternatives(captions, sum(self.given.widths[: self.given.names.index("caption")]))

    def encode_given(self, given: dict, n: int) -> Tensor:
        unknown = [name for name in given if name not in self.given.names]
        if unknown:
            have = ", ".join(self.given.names) or "no variable"
            raise GivenError(f"given names {unknown[0]!r}, which this model does not know: it was trained with {have}")
        if "caption" in given and (cut := self.captions.cut(_one_or_each("caption", given["caption"], n))):
            warnings.warn(cut, stacklevel=2)
        return self._encode_given(given, n)

    def _encode_given(self, given: dict, n: int) -> Tensor:
        parts = [self._encode_label(given.get("label"), n), self._encode_caption(given.get("caption"), n)]
        return torch.cat([*parts, self._encode_low(given.get("low"), n)], 1)

    def _encode_label(self, label: Any, n: int) -> Tensor:
        """(n, 1), (n, 0) where there is no such variable."""
        if label is None:
            return torch.full((n, "label" in self.given.names), torch.nan)
        codes = torch.tensor([self._code(value) for value in _one_or_each("label", label, n)], dtype=torch.float32)
        return codes[:, None].expand(n, 1).clone()

    def _encode_caption(self, caption: Any, n: int) -> Tensor:
        """(n, its places), (n, 0) where there is no such variable."""
        if caption is None:
            return torch.full((n, self.captions.leaf.shape[0] if self.captions else 0), torch.nan)
        return self.captions.encode(_one_or_each("caption", caption, n)).expand(n, -1).clone()

    def _encode_low(self, low: Any, n: int) -> Tensor:
        """(n, its pixels), (n, 0) where there is no such variable."""
        if low is None:
            return torch.full((n, self.low.spec.dims if self.low else 0), torch.nan)
        try:
            x, _ = self.low.encode(low)
        except DataError as error:
            raise GivenError(f"given low: {error}") from None
        if len(x) not in (1, n):
            raise GivenError(f"given low holds {len(x)} pictures for {n}: pass one, or one for each picture")
        return x.float().flatten(1).expand(n, -1).clone()

    def encode_holes(self, items: Any, known: Any, given: dict | None) -> tuple[Tensor, Tensor, Tensor]:
        array, unit = self._batch(items, holes=True)
        mask = self._mask(known, array)
        x = self._indices(np.where(mask, array, 0), unit)
        table = self._own_given(items, len(array)) if given is None else self.encode_given(given, len(array))
        return x, table, torch.from_numpy(mask.transpose(0, 3, 1, 2).copy())

    # ------------------------------------------------------------------ out

    def decode(self, x: Tensor, given: Tensor, seed: int | None) -> Pictures:
        top = self.spec.leaf.levels - 1
        x = x.float().clamp(0, top)
        x = agreeing(x, self.given.part(given, "low").to(x), self.times, top) if self.low else x.round()
        levels = x.to(torch.uint8).cpu().numpy()
        pictures = levels.transpose(0, 2, 3, 1) * np.uint8(self.spec.leaf.width)
        return Pictures(np.ascontiguousarray(pictures), self._decode_given(given), seed)

    def decode_holes(self, x: Tensor, items: Any, known: Tensor, given: Tensor, note: dict) -> Pictures:
        """Completed pictures in the dtype of `items`: floats in [0, 1] stay floats."""
        filled = self.decode(x, given, note.get("seed"))
        array, unit = self._batch(items, holes=True)
        mask = known.numpy().transpose(0, 2, 3, 1)
        whole = np.asarray(filled)
        if unit:
            whole = (whole / self.top).astype(array.dtype)
        whole = np.where(mask, array, whole).astype(whole.dtype)
        return Pictures(whole, filled.given, note.get("seed"), note.get("method"), note.get("kind"))

    def left_out(self, items: Any, back: Pictures, first: int) -> bytes:
        """The shape and the type of pictures that are given otherwise than as (n, H, W, C) uint8."""
        given = np.asarray(items)
        alone = given.ndim == 2 or given.shape == self.size
        form = {"shape": given.shape if alone else given.shape[1:], "alone": alone, "dtype": given.dtype.str}
        form["unit"] = self._batch(items)[1]
        again = self._in_form(np.asarray(back), form)
        other = np.flatnonzero((again != given).reshape(len(back), -1).any(1))
        if len(other):
            raise DataError(
                f"{len(other):,} of {len(back):,} pictures would not come back as they are, the first of them number "
                f"{first + other[0] + 1:,}: they hold values between the model's levels"
            )
        same = given.shape == np.shape(back) and given.dtype == back.dtype
        return b"" if same else json.dumps(form).encode()

    def put_back(self, back: Pictures, parts: list[bytes], first: int) -> Pictures:
        if not parts[0]:
            return back
        with damage("what the stream keeps of the form of pictures", "copy the stream again"):
            found = self._in_form(np.asarray(back), json.loads(parts[0]))
        return Pictures(found, back.given, back.seed)

    def _in_form(self, pictures: np.ndarray, form: dict) -> np.ndarray:
        """(n, H, W, C) in user levels in another shape and type, in [0, 1] where it has a unit."""
        values = pictures / self.top if form["unit"] else pictures
        found = values.astype(form["dtype"]).reshape(len(pictures), *form["shape"])
        return found[0] if form["alone"] else found

    def stack(self, completions: list) -> Pictures:
        """(draws, n, H, W, C), given (draws, n)."""
        first = completions[0]
        given = {name: np.stack([c.given[name] for c in completions]) for name in first.given}
        return Pictures(np.stack([np.asarray(c) for c in completions]), given, first.seed, first.method, first.kind)

    def write(self, items: Any, path: Path, names: Sequence[str] = ()) -> Path:
        """.png: one sheet; .npz: x and given; no suffix: a folder of PNG files with labels as sub-folders."""
        return write_pictures(items, Path(path), self.spec.leaf.levels, int(self.spec.leaf.width), names)

    def values(self, items: Pictures, name: str) -> np.ndarray:
        return items.given[name]

    def bare(self, items: Any) -> np.ndarray:
        return np.asarray(items)

    def as_start(self, items: Any) -> Any:
        """Pictures (H, W), (H, W, C), (n, H, W) or (n, H, W, C) of any size, grey or colour, in the model's."""
        array = _numbers(items)
        if array.ndim == 2 or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
            array = array[..., None]
        array = shape_pictures(array[None] if array.ndim == 3 else array, "the start")
        if array.shape[1:] == self.size:
            return items
        x = self._indices(array, self._in_unit(array)).numpy().transpose(0, 2, 3, 1)
        pixels = np.broadcast_to(to_pixels(x, self.spec.leaf.levels, 1), (*x.shape[:3], 3))
        fitted = np.stack([np.asarray(fit_size(Image.fromarray(each), *self.size[:2])) for each in pixels])
        old, new = (f"{h} x {w} {'grey' if c == 1 else 'colour'}" for h, w, c in (array.shape[1:], self.size))
        warnings.warn(f"start brought from {old} to the model's {new}", stacklevel=2)
        return self.from_pixels(fitted)

    def keys(self, items: np.ndarray) -> np.ndarray:
        return picture_keys(items)

    def describe(self) -> list[str]:
        channels, height, width = self.spec.shape
        levels = self.spec.leaf.levels
        kind = f"{'grey' if channels == 1 else 'colour'}, {levels} levels"
        kind = "black and white" if levels == 2 and channels == 1 else kind
        lines = [f"{self.count:,} pictures, {height} x {width}, {kind}"]
        if self.labels:
            few = [str(label) for label in self.labels[:10]]
            lines.append(f"{len(self.labels)} labels: {', '.join(few)}{', ...' if len(self.labels) > 10 else ''}")
        if self.captions:
            lines.append(f"given: {self.captions.describe()}")
        if self.low:
            size = " x ".join(map(str, self.low.spec.shape[1:]))
            lines.append(f"given: `low`, the picture at {size}, each pixel the mean of {self.times} x {self.times}")
        return lines + self.notes

    def to_json(self) -> dict:
        record = {
            "domain": self.kind,
            "spec": spec_to_json(self.spec),
            "given": spec_to_json(self.given),
            "labels": self.labels,
            "count": self.count,
            "notes": self.notes,
        }
        record |= {"words": self.captions.words.to_json()} if self.captions else {}
        return record | ({"times": self.times} if self.times else {})

    @classmethod
    def from_json(cls, record: dict) -> Images:
        spec, given = spec_from_json(record["spec"]), spec_from_json(record["given"])
        if len(record["labels"]) != sum(leaf.levels for name, leaf in given.leaves if name == "label"):
            raise ValueError("there are as many labels as codes")
        captions = Captions(Words.from_json(record["words"])) if "words" in record else None
        if dict(given.leaves).get("caption") != (captions and captions.leaf):
            raise ValueError("captions are of the words that they say")
        times = record.get("times", 0)
        if dict(given.leaves).get("low") != (low_leaf(spec.leaf, times) if times else None):
            raise ValueError("given pictures at a lower resolution are of the size that they say")
        return cls(spec, given, record["labels"], record["count"], record["notes"], times, captions)

    # ------------------------------------------------------------------ inside

    @property
    def size(self) -> tuple[int, int, int]:
        """(H, W, C)."""
        channels, height, width = self.spec.shape
        return height, width, channels

    @property
    def top(self) -> int:
        """The largest value in user levels."""
        return (self.spec.leaf.levels - 1) * int(self.spec.leaf.width)

    def from_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """(n, H, W, 3) with 0 black and 255 white -> (n, H, W, C) uint8 in user levels."""
        if self.size[2] == 1:
            pixels = np.rint(pixels @ np.array([0.299, 0.587, 0.114]))[..., None]  # luma, ITU-R BT.601
        return (np.rint(pixels * ((self.spec.leaf.levels - 1) / 255)) * self.spec.leaf.width).astype(np.uint8)

    def _batch(self, items: Any, holes: bool = False) -> tuple[np.ndarray, bool]:
        """Items as (n, H, W, C), not copied where avoidable, and whether their values are floats in [0, 1]."""
        array, (height, width, channels) = _numbers(items), self.size
        shapes = {(height, width): 2, (height, width, channels): 3}
        if array.shape in shapes and (array.ndim == 3 or channels == 1):
            array = array.reshape(1, height, width, channels)
        elif channels == 1 and array.shape[1:] == (height, width):
            array = array[..., None]
        if array.shape[1:] != self.size or len(array) == 0:
            raise DataError(
                f"the pictures have shape {np.shape(items)}: this model needs (n, {height}, {width}, {channels}), "
                "n at least 1"
            )
        return array, self._in_unit(array, holes)

    def _in_unit(self, array: np.ndarray, holes: bool = False) -> bool:
        """Whether values are floats in [0, 1]. Raises DataError for NaN other than in holes."""
        if array.dtype.kind != "f":
            return False
        present = array[~np.isnan(array)]
        if not holes and present.size < array.size:
            raise DataError("the pictures hold NaN: only `complete` takes pictures with holes, with known= False there")
        whole = present.size and present.max() > 1 and (present == np.rint(present)).all()
        return not whole

    def _indices(self, array: np.ndarray, unit: bool) -> Tensor:
        """(n, H, W, C) values, `unit` when in [0, 1] -> (n, C, H, W) uint8 level indices; else DataError."""
        low, high = array.min(), array.max()
        width, levels = int(self.spec.leaf.width), self.spec.leaf.levels
        if not (low >= 0 and high <= (1 if unit else self.top)):
            raise DataError(
                f"the pictures hold values from {low:g} to {high:g}: this model's are 0 to {self.top}, "
                "or floats in [0, 1]"
            )
        index = np.rint(array * (levels - 1)) if unit else array / width if width > 1 else array
        if width > 1 and not unit and (index != np.rint(index)).any():
            raise DataError(
                f"the pictures hold values that are not multiples of {width}, as this model's {levels} levels are"
            )
        return torch.from_numpy(np.ascontiguousarray(index.astype(np.uint8).transpose(0, 3, 1, 2)))

    def _mask(self, known: Any, array: np.ndarray) -> np.ndarray:
        """known as bool (n, H, W, C)."""
        height, width, channels = self.size
        if known is None:
            raise DataError(
                f"pictures need `known` to be completed: bool ({height}, {width}) or (n, {height}, {width}), "
                "True where kept"
            )
        known = np.asarray(known)
        if known.dtype != bool:
            raise DataError(f"known holds {known.dtype} values: pass bool, True where the picture is kept")
        if known.ndim in (2, 3) and known.shape[-2:] == (height, width) and known.shape != self.size:
            known = known[..., None]
        try:
            mask = np.broadcast_to(known, array.shape)
        except ValueError as error:
            raise DataError(
                f"known has shape {known.shape}, which does not fit pictures of shape {array.shape}"
            ) from error
        if not np.isfinite(array[mask]).all():
            raise DataError("the pictures hold NaN where known is True: mark these places as not known")
        return mask

    def _own_given(self, items: Any, n: int) -> Tensor:
        own = {name: value for name, value in getattr(items, "given", {}).items() if name in self.given.names}
        return self._encode_given(own, n)

    def _code(self, value: Any) -> float:
        if value is None or value != value:  # NaN: left out
            return torch.nan
        text = str(int(value)) if isinstance(value, (float, np.floating)) and value == int(value) else str(value)
        if text not in self._codes:
            few = ", ".join(map(str, self.labels[:20]))
            raise GivenError(
                f"label {value!r} is unknown to this model: it knows {few}{', ...' if len(self.labels) > 20 else ''}"
            )
        return self._codes[text]

    def _decode_given(self, given: Tensor) -> dict[str, np.ndarray]:
        found = {}
        if self.labels and not given[:, 0].isnan().all():
            codes = given[:, 0].cpu().numpy()
            values = np.array(self.labels)[np.nan_to_num(codes).astype(int)]
            if np.isnan(codes).any():
                values = np.where(np.isnan(codes), None, values.astype(object))
            found["label"] = values
        if self.captions and any(texts := self.captions.decode(self.given.part(given, "caption"))):
            found["caption"] = texts
        if self.low and not (low := self.given.part(given, "low")).isnan().any():
            found["low"] = np.asarray(self.low.decode(low, given[:, :0], None))
        return found


def _numbers(items: Any) -> np.ndarray:
    """Raises DataError for what is no numbers."""
    array = np.asarray(items)
    if array.dtype.kind not in "biuf":
        raise DataError(f"the pictures hold {array.dtype} values: pass numbers, uint8 or floats in [0, 1]")
    return array


def _one_or_each(name: str, values: Any, n: int) -> np.ndarray:
    """(1,) or (n,) values of a given variable. Raises GivenError for as many as are neither."""
    found = np.asarray(values, dtype=object).reshape(-1)
    if len(found) not in (1, n):
        raise GivenError(f"given {name} holds {len(found)} values for {n} pictures: pass one, or one for each picture")
    return found


def sort_names(labels: np.ndarray) -> list:
    """Distinct labels as plain ints or strings, but None; numerals in the order of their numbers."""
    names = np.unique([label for label in labels.tolist() if label is not None]).tolist()
    return sorted(names, key=lambda name: (0, int(name), "") if str(name).isdecimal() else (1, 0, str(name)))
