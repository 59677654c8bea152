"""Images of one size: arrays (n, H, W, C) to the user, level indices (n, C, H, W) inside."""

import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import ArrayLike
from PIL import Image
from torch import Tensor

from ...core.errors import DataError, GivenError, damage
from ...core.growth import Growth
from ...core.spec import Ordered, Spec, spec_from_json, spec_to_json
from ...core.type_names import UserItems
from ...distributions.edges import edge_leaf, edges_of
from ...distributions.low_resolution import low_leaf, match_means, shrink
from ..domain import Domain
from ..fields.captions import Captions
from ..fields.column import Label, sort_names
from ..fields.field import Field, require_one_or_each
from ..fields.fields import Fields
from ..fields.text import Text
from ..formats.images.depth import ValueRange, is_deep
from ..formats.images.pictures import (
    Pictures,
    find_levels,
    fit_size,
    picture_keys,
    require_numbers,
    shape_pictures,
    sheet,
    stack_pictures,
    to_pixels,
    write_pictures,
)
from ..values.masks import as_mask


class Images(Domain):
    """Images (n, H, W, C) uint8 whose values are width * {0, .., levels - 1}.

    Args:
        spec: one leaf `picture`, Ordered(levels, shape=(C, H, W)).
        fields: a Label `label`, a Text `caption`, images and texts by any other name, a LowResolution `low`, and
            Edges `edges`, any of them or none.
        count: images in all parts.
        notes: Notes for the user.
        brightness: the values of black and white, where files or arrays had more than 8 bits.
    """

    kind = "images"
    viewed = ".png"
    DIGITS = (1, 8, 8)  # channels, height and width of the digits that a shipped run knows

    def __init__(self, spec: Spec, fields: Fields, count: int, notes: list[str], brightness: ValueRange | None = None):
        self.brightness = brightness
        self.spec, self.fields, self.given, self.count, self.notes = spec, fields, fields.spec, count, notes

    @property
    def labels(self) -> list:
        """The names of the labels in the order of their codes, none where images have no labels."""
        field = self.fields.get("label")
        return field.labels if field else []

    @property
    def captions(self) -> Captions | None:
        """The encoding of captions as tokens, None if models are not given captions."""
        field = self.fields.get("caption")
        return field.captions if field else None

    @property
    def low(self) -> "Images | None":
        """The domain of the images that are given, None where none are."""
        field = self.fields.get("low")
        return field.pictures if field else None

    @property
    def given_images(self) -> list[str]:
        """The names of the images that images carry beside them."""
        return [field.name for field in self.fields if type(field) is GivenImage]

    @property
    def given_texts(self) -> list[str]:
        """The names of the texts that images carry beside their captions."""
        return [field.name for field in self.fields if isinstance(field, Text) and field.name != "caption"]

    @property
    def begins_with(self) -> str:
        return "digits" if self.spec.shape == self.DIGITS else ""

    def grown(self, parts: Iterable[UserItems], own: "Images") -> tuple["Images", list[Growth], list[str]]:
        """Takes over the levels of images of the same size, since most weights see how far a pixel is from black to
        white. Images that are given stay in the levels that they had."""
        leaf, new = self.spec.leaf, own.spec.leaf
        if new.shape != leaf.shape or new == leaf or any(given.shape for given in self.given.columns):
            return super().grown(parts, own)
        grown = copy(self)
        grown.spec, grown.brightness = own.spec, own.brightness
        return grown, [], [f"reads images of {new.levels} levels, not {leaf.levels}"]

    @classmethod
    def fit(
        cls, pictures: np.ndarray, labels: np.ndarray | None = None, names: Sequence | None = None,
        note: Sequence[str] = (), levels: int | None = None, width: int = 1, count: int | None = None, times: int = 0,
        texts: Mapping[str, Sequence[str | None]] = MappingProxyType({}), other_images: Sequence[str] = (),
        brightness: ValueRange | None = None,
    ) -> "Images":  # fmt: skip
        """Describe training images (n, H, W, C) uint8 with labels (n,) and texts {name: (n,)}, such as `caption`, None
        where one has none.

        Raises DataError where a side of `low` would be a single pixel.

        Args:
            names: every label there is, also those that no training image has; by default the labels seen, sorted.
            levels, width: where all data, not only these images, decide them; found from the images otherwise.
            times: how many times smaller the sides of the given images `low` are, 0 where there are none.
            texts: The texts.
            other_images: the names of images that each carries, of its own size, and `edges` where these are given.
            brightness: the values of black and white, of more than 8 bits.
        """
        if levels is None:
            pictures, levels, width, _ = find_levels(np.asarray(pictures), "the images")
        _, height, image_width, channels = pictures.shape
        leaf = Ordered(levels, float(width), shape=(channels, height, image_width), axis="grid", unit="level")
        names = list(names) if names is not None else [] if labels is None else sort_names(labels)
        fields: list[Field] = [] if labels is None else [Label.from_values("label", names, labels)]
        fields += [Text(name, Captions.fit(values, name)) for name, values in texts.items()]
        fields += [Edges(name, leaf) if name == "edges" else GivenImage(name, leaf) for name in other_images]
        if times:
            if times >= min(height, image_width):
                problem = f"images of {height} x {image_width} pixels cannot be {times} times smaller"
                raise DataError(f"{problem}: choose a number below {min(height, image_width)}")
            fields.append(LowResolution("low", low_leaf(leaf, times), times))
        count = len(pictures) if count is None else count
        return cls(Spec((("picture", leaf),)), Fields(fields), count, list(note), brightness)

    # ------------------------------------------------------------------ in

    def encode(self, items: ArrayLike) -> tuple[Tensor, Tensor]:
        array, unit = self._batch(items)
        x = self._indices(array, unit)
        return x, self._encode_carried(items, len(array), x)

    def encode_holes(
        self, items: ArrayLike, known: ArrayLike | None, given: dict | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        array, unit = self._batch(items, holes=True)
        mask = self._mask(known, array)
        x = self._indices(np.where(mask, array, 0), unit)
        table = self._encode_carried(items, len(array)) if given is None else self.encode_given(given, len(array))
        return x, table, torch.from_numpy(mask.transpose(0, 3, 1, 2).copy())

    # ------------------------------------------------------------------ out

    def decode(self, x: Tensor, given: Tensor, seed: int | None) -> Pictures:
        top = self.spec.leaf.levels - 1
        x = self.fields.agreed(x.float().clamp(0, top), given)
        levels = x.round().to(torch.uint8).cpu().numpy()
        pictures = levels.transpose(0, 2, 3, 1) * np.uint8(self.spec.leaf.width)
        return Pictures(np.ascontiguousarray(pictures), self.fields.decode(given, seed), seed)

    def decode_holes(self, x: Tensor, items: ArrayLike, known: Tensor, given: Tensor, note: dict) -> Pictures:
        """Decodes completed images in the dtype of `items`: floats in [0, 1] stay floats.

        Args:
            x: (B, ...) input.
            known: bool mask of what is known.
            given: (B, G) conditions of the items.
            note: Note on how the items were sampled, which is filled in.
        """
        completions = self.decode(x, given, note.get("seed"))
        array, unit = self._batch(items, holes=True)
        mask = known.numpy().transpose(0, 2, 3, 1)
        whole = np.asarray(completions)
        if unit:
            whole = (whole / self.top).astype(array.dtype)
        whole = np.where(mask, array, whole).astype(whole.dtype)
        return Pictures(whole, completions.given, note.get("seed"), note.get("method"), note.get("kind"))

    def encode_residue(self, items: ArrayLike, restored_form: Pictures, first: int) -> bytes:
        """Encodes the shape and the type of images that are not given as (n, H, W, C) uint8.

        Args:
            items: The images.
            restored_form: The images as they are decoded.
            first: Number of the first image in the stream.
        """
        given = np.asarray(items)
        is_plain_array = given.ndim == 2 or given.shape == self.size
        form = {
            "shape": given.shape if is_plain_array else given.shape[1:],
            "alone": is_plain_array,
            "dtype": given.dtype.str,
        }
        form["unit"] = self._batch(items)[1]
        restored = self._in_form(np.asarray(restored_form), form)
        differing = np.flatnonzero((restored != given).reshape(len(restored_form), -1).any(1))
        if len(differing):
            raise DataError(
                f"{len(differing):,} of {len(restored_form):,} images would not come back as they are, the first "
                f"is number {first + differing[0] + 1:,}: they hold values between the model's levels"
            )
        return (
            b""
            if (given.shape, given.dtype) == (np.shape(restored_form), restored_form.dtype)
            else json.dumps(form).encode()
        )

    def add_residue(self, restored: Pictures, parts: list[bytes], first: int) -> Pictures:
        if not parts[0]:
            return restored
        with damage("what the stream keeps of the form of images", "copy the stream again"):
            pictures = self._in_form(np.asarray(restored), json.loads(parts[0]))
        return Pictures(pictures, restored.given, restored.seed)

    def _in_form(self, pictures: np.ndarray, form: dict) -> np.ndarray:
        """(n, H, W, C) in user levels in another shape and type, in [0, 1] where it has a unit."""
        values = pictures / self.top if form["unit"] else pictures
        formed = values.astype(form["dtype"]).reshape(len(pictures), *form["shape"])
        return formed[0] if form["alone"] else formed

    stack = staticmethod(stack_pictures)

    def write(self, items: ArrayLike, path: Path, names: Sequence[str] = ()) -> Path:
        """Writes images. .png: one sheet; .npz: x, given and, of more than 8 bits, `range`; no suffix: a folder of PNG
        files with labels as sub-folders.

        Args:
            path: Path of the file.
            names: Names in the order of the columns.
        """
        leaf = self.spec.leaf
        return write_pictures(items, Path(path), leaf.levels, int(leaf.width), names, self.brightness)

    def pixels(self, items: ArrayLike) -> np.ndarray | None:
        """Draws a sheet of the images; captions have to be drawn."""
        if "caption" in getattr(items, "given", {}):
            return None
        return sheet(to_pixels(np.asarray(items), self.spec.leaf.levels, int(self.spec.leaf.width)))

    def bare(self, items: ArrayLike) -> np.ndarray:
        return np.asarray(items)

    def as_start(self, items: ArrayLike, name: str = "start") -> ArrayLike:
        """Images (H, W), (H, W, C), (n, H, W) or (n, H, W, C) of any size, grey or colour, brought to the model's.

        Args:
            name: what the warning and errors call them.
        """
        array = require_numbers(items)
        if array.ndim == 2 or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
            array = array[..., None]
        array = shape_pictures(array[None] if array.ndim == 3 else array, f"the {name}")
        if array.shape[1:] == self.size:
            return items
        x = self._indices(array, self._in_unit(array)).numpy().transpose(0, 2, 3, 1)
        pixels = np.broadcast_to(to_pixels(x, self.spec.leaf.levels, 1), (*x.shape[:3], 3))
        fitted = np.stack([np.asarray(fit_size(Image.fromarray(image), *self.size[:2])) for image in pixels])
        old, new = (f"{h} x {w} {'grey' if c == 1 else 'colour'}" for h, w, c in (array.shape[1:], self.size))
        warnings.warn(f"{name} brought from {old} to the model's {new}", stacklevel=2)
        return self.from_pixels(fitted)

    def keys(self, items: np.ndarray) -> np.ndarray:
        return picture_keys(items)

    def describe(self) -> list[str]:
        channels, height, width = self.spec.shape
        levels = self.spec.leaf.levels
        colours = f"{'grey' if channels == 1 else 'colour'}, {levels} levels"
        colours = "black and white" if levels == 2 and channels == 1 else colours
        return [f"{self.count:,} images, {height} x {width}, {colours}", *self.fields.describe(), *self.notes]

    def to_json(self) -> dict:
        record = {
            "domain": self.kind,
            "spec": spec_to_json(self.spec),
            "given": spec_to_json(self.given),
            "labels": [],
            "count": self.count,
            "notes": self.notes,
        }
        for field in filter(None, map(self.fields.get, BUILT_IN_FIELDS)):
            record |= field.to_json()
        record |= {"beside": self.given_images} if self.given_images else {}
        record |= {"range": list(self.brightness)} if self.brightness else {}
        return record | self.fields.to_json([*BUILT_IN_FIELDS, *self.given_images])

    @classmethod
    def from_json(cls, record: dict) -> "Images":
        spec, given = spec_from_json(record["spec"]), spec_from_json(record["given"])
        kinds = BUILT_IN_FIELDS | dict.fromkeys(record.get("beside", ()), GivenImage)
        own_fields = [kinds[name].from_json(name, leaf, record) for name, leaf in given.leaves if name in kinds]
        brightness = ValueRange(*record["range"]) if "range" in record else None
        domain = cls(spec, Fields.from_json(record, own_fields), record["count"], record["notes"], brightness)
        if domain.given != given or domain.labels != record["labels"]:
            raise ValueError("what is given is as the labels, the words and the fields say")
        if domain.low and domain.low.spec.leaf != low_leaf(spec.leaf, record["times"]):
            raise ValueError("given images at a lower resolution are of the size that they say")
        if (edges := domain.fields.get("edges")) and edges.leaf != edge_leaf(spec.leaf):
            raise ValueError("edges are those of the images")
        if any(domain.fields.get(name).leaf != spec.leaf for name in domain.given_images):
            raise ValueError("images beside others have their size and levels")
        return domain

    def steered_by(self, name: str, other: "Images") -> "Images":
        """Returns the domain whose images are given one image more: their edges, or one that those of another domain
        carry. Raises DataError for another name."""
        field = Edges(name, self.spec.leaf) if name == "edges" else other.fields.get(name)
        if not isinstance(field, GivenImage) or field.pictures.spec != self.spec:
            raise DataError(f"the images carry no image {name!r} of their size to be steered by: name edges")
        return Images(self.spec, Fields([*self.fields, field]), self.count, self.notes, self.brightness)

    # ------------------------------------------------------------------ inside

    @property
    def size(self) -> tuple[int, int, int]:
        """The shape of an image: (H, W, C)."""
        channels, height, width = self.spec.shape
        return height, width, channels

    @property
    def top(self) -> int:
        """The largest value in user levels."""
        return (self.spec.leaf.levels - 1) * int(self.spec.leaf.width)

    def from_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """Converts pixels (n, H, W, 3) with 0 black and 255 white to (n, H, W, C) uint8 in user levels."""
        if self.size[2] == 1:
            pixels = np.rint(pixels @ np.array([0.299, 0.587, 0.114]))[..., None]  # luma, ITU-R BT.601
        return (np.rint(pixels * ((self.spec.leaf.levels - 1) / 255)) * self.spec.leaf.width).astype(np.uint8)

    def _batch(self, items: ArrayLike, holes: bool = False) -> tuple[np.ndarray, bool]:
        """Items as (n, H, W, C), not copied where avoidable, and whether their values are floats in [0, 1]."""
        array, (height, width, channels) = require_numbers(items), self.size
        array = self.brightness.levels(array) if self.brightness and is_deep(array) else array
        shapes = {(height, width): 2, (height, width, channels): 3}
        if array.shape in shapes and (array.ndim == 3 or channels == 1):
            array = array.reshape(1, height, width, channels)
        elif channels == 1 and array.shape[1:] == (height, width):
            array = array[..., None]
        if array.shape[1:] != self.size or len(array) == 0:
            raise DataError(
                f"the images have shape {np.shape(items)}: this model needs (n, {height}, {width}, {channels}), "
                "n at least 1"
            )
        return array, self._in_unit(array, holes)

    def _in_unit(self, array: np.ndarray, holes: bool = False) -> bool:
        """Whether values are floats in [0, 1]. Raises DataError for NaN other than in holes."""
        if array.dtype.kind != "f":
            return False
        present = array[~np.isnan(array)]
        if not holes and present.size < array.size:
            raise DataError("the images hold NaN: only `complete` takes images with holes, with known= False there")
        whole = present.size and present.max() > 1 and (present == np.rint(present)).all()
        return not whole

    def _indices(self, array: np.ndarray, unit: bool) -> Tensor:
        """(n, H, W, C) values, `unit` when in [0, 1] -> (n, C, H, W) uint8 level indices; else DataError."""
        low, high = array.min(), array.max()
        width, levels = int(self.spec.leaf.width), self.spec.leaf.levels
        if not (low >= 0 and high <= (1 if unit else self.top)):
            known = f"0 to {self.top}, or floats in [0, 1]"
            raise DataError(f"the images hold values from {low:g} to {high:g}: this model's are {known}")
        index = np.rint(array * (levels - 1)) if unit else array / width if width > 1 else array
        if width > 1 and not unit and (index != np.rint(index)).any():
            raise DataError(
                f"the images hold values that are not multiples of {width}, as this model's {levels} levels are"
            )
        return torch.from_numpy(np.ascontiguousarray(index.astype(np.uint8).transpose(0, 3, 1, 2)))

    def _mask(self, known: ArrayLike | None, array: np.ndarray) -> np.ndarray:
        """known as bool (n, H, W, C)."""
        height, width, channels = self.size
        if known is None:
            raise DataError(
                "images need `known` to be completed. Make the missing part transparent, or pass a mask with --known "
                f"(known=, bool of shape ({height}, {width}) or (n, {height}, {width}), True where kept)"
            )
        known = as_mask(known)
        if known.dtype != bool:
            raise DataError(f"known holds {known.dtype} values: pass bool, True where the image is kept")
        if known.ndim in (2, 3) and known.shape[-2:] == (height, width) and known.shape != self.size:
            known = known[..., None]
        try:
            mask = np.broadcast_to(known, array.shape)
        except ValueError as error:
            problem = f"known has shape {known.shape}, which does not fit images of shape {array.shape}"
            raise DataError(problem) from error
        if not np.isfinite(array[mask]).all():
            raise DataError("the images hold NaN where known is True: mark these places as not known")
        return mask


class GivenImage(Field):
    """A second image of each item, such as the one that it was edited from.

    Args:
        leaf: that of the images, whose size, channels and levels it has. images: its domain.
    """

    kind = "image"

    def __init__(self, name: str, leaf: Ordered):
        super().__init__(name, leaf)
        self.pictures = self._domain_of(leaf)

    @staticmethod
    def _domain_of(leaf: Ordered) -> Domain:
        return Images(Spec((("picture", leaf),)), Fields(), 0, [])

    def encode(self, values: ArrayLike, n: int) -> Tensor:
        try:
            x = torch.cat([self.pictures.encode(part)[0] for part in self._fitted(values)])
        except DataError as error:
            raise GivenError(f"given {self.name}: {error}") from None
        require_one_or_each(self.name, len(x), n)
        return x.float().flatten(1).expand(n, -1)

    def decode(self, columns: Tensor, seed: int | None) -> np.ndarray | None:
        if columns.isnan().any():
            return None
        return np.asarray(self.pictures.decode(columns.reshape(-1, *self.leaf.shape), columns[:, :0], None))

    def describe(self) -> str:
        return f"given: `{self.name}`, an image of the same size"

    def _fitted(self, values: ArrayLike) -> Sequence[ArrayLike]:
        """Images in the form of the images, with a warning where they were brought to it: one array, or one for each
        of a list, whose sizes may differ."""
        image_list = (
            values if isinstance(values, (list, tuple)) and all(np.ndim(one) > 1 for one in values) else [values]
        )
        return [self.pictures.as_start(one, self.name) for one in image_list]


class LowResolution(GivenImage):
    """The image itself at a lower resolution, leaf, whose sides are `times` times smaller.

    Args:
        leaf: Leaf of the spec.
    """

    kind = "low"

    def __init__(self, name: str, leaf: Ordered, times: int):
        super().__init__(name, leaf)
        self.times = times

    def derived(self, x: Tensor) -> Tensor:
        return shrink(x, self.times).flatten(1)

    def agreed(self, x: Tensor, columns: Tensor) -> Tensor:
        return match_means(x, columns.reshape(-1, *self.leaf.shape).to(x), self.times, self.leaf.levels - 1)

    def describe(self) -> str:
        size = " x ".join(map(str, self.leaf.shape[1:]))
        return f"given: `{self.name}`, the image at {size}, each pixel the mean of {self.times} x {self.times}"

    def to_json(self) -> dict:
        return {"times": self.times}

    @classmethod
    def from_json(cls, name: str, leaf: Ordered, record: dict) -> "LowResolution":
        return cls(name, leaf, record["times"])

    def _fitted(self, values: ArrayLike) -> Sequence[ArrayLike]:
        return [values]  # an image of another size would be another image


class Edges(GivenImage):
    """Where an image has edges: its structure, without its colours. To ask for edges, name an image that has them, or
    draw them: an image of black and white alone is taken as edges.

    Args:
        whole: the leaf of the images.
    """

    kind = "edges"

    def __init__(self, name: str, whole: Ordered):
        super().__init__(name, whole)
        self.leaf = edge_leaf(whole)

    def encode(self, values: ArrayLike, n: int) -> Tensor:
        whole = self.pictures.spec.leaf
        x = super().encode(values, n).reshape(-1, *whole.shape)
        top, first = whole.levels - 1, x[..., :1, :, :]
        is_constant_border = (((x == 0) | (x == top)) & (x == first)).flatten(1).all(1, keepdim=True)
        return torch.where(is_constant_border, (first == top).float().flatten(1), self.derived(x))

    def derived(self, x: Tensor) -> Tensor:
        return edges_of(x, self.pictures.spec.leaf.levels).flatten(1)

    def decode(self, columns: Tensor, seed: int | None) -> np.ndarray | None:
        if columns.isnan().any():
            return None
        *frames, channels, height, width = self.pictures.spec.shape
        maps = columns.reshape(-1, *frames, 1, height, width) * (self.pictures.spec.leaf.levels - 1)
        whole = maps.expand(-1, *frames, channels, -1, -1)
        return np.asarray(self.pictures.decode(whole, columns[:, :0], None))

    def describe(self) -> str:
        return f"given: `{self.name}`, where an image changes by more than a quarter of its range"

    @classmethod
    def from_json(cls, name: str, leaf: Ordered, record: dict) -> "Edges":
        return cls(name, spec_from_json(record["spec"]).leaf)


# fields that write into the record of the domain itself
BUILT_IN_FIELDS = {"label": Label, "caption": Text, "low": LowResolution, "edges": Edges}
