"""Clips of one size: arrays (n, T, H, W, C) to the user, level indices (n, T, C, H, W) inside."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ...core.errors import DataError
from ...core.spec import Ordered, Spec, spec_from_json, spec_to_json
from ...distributions.edges import edge_leaf
from ...kinds.domain import Domain
from ...kinds.fields.captions import Captions
from ...kinds.fields.column import Label, sort_names
from ...kinds.fields.field import Field
from ...kinds.fields.fields import Fields
from ...kinds.fields.text import Text
from ...kinds.formats.images.pictures import LARGEST, Pictures, picture_keys, require_numbers, stack_pictures
from ...kinds.images.domain import Edges, Images
from ...kinds.values.masks import as_mask
from .clip_files import FEWEST_FRAMES, MOST_FRAMES, write_clips

FEW_MOVE = 0.02  # share of the range by which a pixel that moves differs from the frame before


class Clips(Domain):
    """The domain of clips of equally many frames of one size.

    Args:
        spec: one leaf `clip`, Ordered(levels, shape=(T, C, H, W), axis="frames").
        fields: a Label `label`, a Text `caption` and ClipEdges `edges`, any of them or none.
        rate: frames a second.
        count: clips in all parts.
        moving: share of the training pixels that differ from the frame before.
        notes: sentences about how they were read.
    """

    kind = "clips"
    counted_in = "frames"
    viewed = ".gif"

    def __init__(self, spec: Spec, fields: Fields, rate: float, count: int, moving: float, notes: Sequence[str] = ()):
        self.spec, self.fields, self.given = spec, fields, fields.spec
        self.rate, self.count, self.moving, self.notes = rate, count, moving, list(notes)
        leaf = spec.leaf
        frame = Ordered(leaf.levels, leaf.width, shape=leaf.shape[1:], axis="grid", unit="level")
        self._frames = Images(Spec((("picture", frame),)), Fields(), 0, [])  # knows one frame

    @classmethod
    def fit(
        cls, clips: np.ndarray, labels: np.ndarray | None, captions: np.ndarray | None, levels: int, width: int,
        rate: float, count: int, notes: Sequence[str] = (), edges: bool = False,
    ) -> "Clips":  # fmt: skip
        """Fits the domain to training clips.

        Args:
            clips: (n, T, H, W, C) uint8 in user levels.
            labels: (n,) of all parts, or None.
            captions: (n,) texts of the training clips, or None.
            levels: Levels of a pixel.
            width: Width of a level.
            rate: frames a second.
            count: clips in all parts.
            notes: sentences about how they were read.
            edges: whether models are given the edges of all frames.
        """
        _, frames, height, wide, channels = clips.shape
        leaf = Ordered(levels, float(width), shape=(frames, channels, height, wide), axis="frames", unit="level")
        fields: list[Field] = [] if labels is None else [Label.from_values("label", sort_names(labels), labels)]
        if captions is not None:
            fields.append(Text("caption", Captions.fit(captions)))
        fields += [ClipEdges("edges", leaf)] * edges
        return cls(Spec((("clip", leaf),)), Fields(fields), rate, count, share_that_moves(clips, levels * width), notes)

    # ------------------------------------------------------------------ in

    def encode(self, items: ArrayLike) -> tuple[Tensor, Tensor]:
        x = self._codes(self._batch(items)[0])
        return x, self._encode_carried(items, len(x), x)

    def encode_holes(
        self, items: ArrayLike, known: ArrayLike | None, given: dict | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Encodes clips to be completed.

        Args:
            known: bool of frames (T,) or (n, T), or of pixels (T, H, W) or (n, T, H, W); None where what is missing
                are the last frames of clips that are shorter than the model's.
            given: Conditions by name.
        """
        clips, mask = self._with_holes(items, known)
        table = self._encode_carried(items, len(clips)) if given is None else self.encode_given(given, len(clips))
        return self._codes(np.where(mask, clips, 0)), table, torch.from_numpy(mask.transpose(0, 1, 4, 2, 3).copy())

    def known_frames(self, count: int) -> np.ndarray:
        """Makes the mask (T,) bool of frames of which the first `count` are known. Raises DataError for a count that
        leaves nothing to complete, or nothing to begin with."""
        if not 1 <= count < self.frames:
            raise DataError(f"the first {count} frames are to be kept of {self.frames}: keep 1 to {self.frames - 1}")
        return np.arange(self.frames) < count

    # ------------------------------------------------------------------ out

    def decode(self, x: Tensor, given: Tensor, seed: int | None) -> Pictures:
        frames = self._frames.decode(x.flatten(0, 1), torch.zeros(len(x) * self.frames, 0), None)
        clips = np.asarray(frames).reshape(-1, *self.size)
        return Pictures(clips, self.fields.decode(given, seed), seed)

    def decode_holes(self, x: Tensor, items: ArrayLike, known: Tensor, given: Tensor, note: dict) -> Pictures:
        """Decodes completed clips in the dtype of `items`: floats in [0, 1] stay floats.

        Args:
            x: (B, ...) input.
            known: bool mask of what is known.
            given: (B, G) conditions of the items.
            note: Note on how the items were sampled, which is filled in.
        """
        completions = self.decode(x, given, note.get("seed"))
        clips, unit = self._batch(items, holes=True)
        mask, whole = known.numpy().transpose(0, 1, 3, 4, 2), np.asarray(completions)
        if unit:
            whole = (whole / self._frames.top).astype(clips.dtype)
        whole = np.where(mask, _lengthened(clips, self.frames), whole).astype(whole.dtype)
        return Pictures(whole, completions.given, note.get("seed"), note.get("method"), note.get("kind"))

    stack = staticmethod(stack_pictures)

    def write(self, items: ArrayLike, path: Path, names: Sequence[str] = ()) -> Path:
        """Writes clips. .npz: x and what is given; .gif or .apng: one moving sheet; no suffix: a folder of GIFs.

        Args:
            path: Path of the file.
            names: Names in the order of the columns.
        """
        leaf = self.spec.leaf
        return write_clips(items, Path(path), leaf.levels, int(leaf.width), self.rate, names)

    def bare(self, items: ArrayLike) -> np.ndarray:
        return np.asarray(items)

    def keys(self, items: np.ndarray) -> np.ndarray:
        return picture_keys(np.asarray(items))

    def describe(self) -> list[str]:
        frames, channels, height, width = self.spec.shape
        colours = f"{'grey' if channels == 1 else 'colour'}, {self.spec.leaf.levels} levels"
        return [
            f"{self.count:,} clips of {frames} frames, {self.rate:g} a second, {height} x {width}, {colours}",
            f"{self.moving:.1%} of the pixels move from one frame to the next",
            *self.fields.describe(),
            *self.notes,
        ]

    def to_json(self) -> dict:
        record = {
            "domain": self.kind,
            "spec": spec_to_json(self.spec),
            "given": spec_to_json(self.given),
            "labels": [],
            "rate": self.rate,
            "count": self.count,
            "moving": self.moving,
            "notes": self.notes,
        }
        for field in self.fields:
            record |= field.to_json()
        return record

    @classmethod
    def from_json(cls, record: dict) -> "Clips":
        spec, given = spec_from_json(record["spec"]), spec_from_json(record["given"])
        leaf = spec.leaf
        if not (isinstance(leaf, Ordered) and leaf.axis == "frames" and len(leaf.shape) == 4 and leaf.levels <= 256):
            raise ValueError("the leaf is a clip")
        if (
            not FEWEST_FRAMES <= leaf.shape[0] <= MOST_FRAMES
            or max(leaf.shape[2:]) > LARGEST
            or leaf.shape[1] not in (1, 3)
        ):
            raise ValueError("clips are no longer and larger than models see")
        fields = Fields(BUILT_IN_FIELDS[name].from_json(name, leaf, record) for name, leaf in given.leaves)
        if fields.spec != given:
            raise ValueError("what is given is as the labels and the words say")
        if (edges := fields.get("edges")) and edges.leaf != edge_leaf(leaf):
            raise ValueError("edges are those of the clips")
        return cls(spec, fields, record["rate"], record["count"], record["moving"], record["notes"])

    def steered_by(self, name: str, other: "Clips") -> "Clips":
        """Returns the domain whose clips are given the edges of their frames too. Raises DataError for another name."""
        if name != "edges":
            raise DataError(f"clips are steered by their edges alone, not by {name!r}: name edges")
        fields = Fields([*self.fields, ClipEdges(name, self.spec.leaf)])
        return Clips(self.spec, fields, self.rate, self.count, self.moving, self.notes)

    # ------------------------------------------------------------------ inside

    @property
    def frames(self) -> int:
        """The number of frames of a clip."""
        return self.spec.shape[0]

    @property
    def size(self) -> tuple[int, int, int, int]:
        """The shape of a clip: (T, H, W, C)."""
        frames, channels, height, width = self.spec.shape
        return frames, height, width, channels

    def from_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """Converts pixels (n, T, H, W, 3) with 0 black and 255 white to (n, T, H, W, C) uint8 in user levels."""
        frames = self._frames.from_pixels(pixels.reshape(-1, *pixels.shape[2:]))
        return frames.reshape(*pixels.shape[:-1], -1)

    def as_pixels(self, items: ArrayLike) -> np.ndarray:
        """Converts user levels, or floats in [0, 1], to 0 to 255."""
        from ...kinds.formats.images.pictures import to_pixels

        return to_pixels(np.asarray(items), self.spec.leaf.levels, int(self.spec.leaf.width))

    def _batch(self, items: ArrayLike, holes: bool = False) -> tuple[np.ndarray, bool]:
        """Items as (n, t, H, W, C), t at most T, and whether they are floats in [0, 1]. holes: whether t may be less
        than T."""
        array, (frames, height, width, channels) = require_numbers(items), self.size
        if array.shape[-2:] == (height, width) and channels == 1:
            array = array[..., None]
        array = array[None] if array.ndim == 4 else array
        fits = array.ndim == 5 and len(array) and array.shape[2:] == (height, width, channels)
        if not fits or not (1 <= array.shape[1] <= frames if holes else array.shape[1] == frames):
            raise DataError(
                f"the clips have shape {np.shape(items)}: this model needs (n, {frames}, {height}, {width}, "
                f"{channels}), n at least 1{', or fewer frames to begin with' * holes}"
            )
        return array, self._frames._in_unit(array, holes)

    def _with_holes(self, items: ArrayLike, known: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
        """(n, T, H, W, C) clips, whatever stands in their holes, and bool of that shape, True where known."""
        clips, _ = self._batch(items, holes=True)
        given, whole = clips.shape[1], _lengthened(clips, self.frames)
        is_known = np.zeros(whole.shape, bool)
        is_known[:, :given] = True
        if known is None:
            if given == self.frames:
                raise DataError(
                    f"the clips have all their {given} frames: name the first frames to keep with --first (known=, "
                    f"bool of shape ({given},)), or pass shorter clips"
                )
            known = np.ones(self.frames, bool)
        known = as_mask(known)
        if known.dtype != bool:
            raise DataError(f"known holds {known.dtype} values: pass bool, True where the clip is kept")
        frames, height, width, _ = self.size
        if known.shape[-1:] == (frames,) and known.ndim <= 2 and known.shape[-2:] != (height, width):
            known = known[..., None, None, None]
        elif known.shape[-3:] == (frames, height, width):
            known = known[..., None]
        try:
            is_known &= known
        except ValueError as error:
            raise DataError(f"known has shape {known.shape}, which does not fit clips {whole.shape}") from error
        if not np.isfinite(whole[is_known]).all():
            raise DataError("the clips hold NaN in frames that are known: mark these places as not known")
        return whole, is_known

    def _codes(self, clips: np.ndarray) -> Tensor:
        frames, _ = self._frames.encode(clips.reshape(-1, *self.size[1:]))
        return frames.unflatten(0, (len(clips), -1))


class ClipEdges(Edges):
    """A condition: the edges of every frame, as `Edges` are of an image. A clip of black and white alone is taken as
    edges."""

    @staticmethod
    def _domain_of(leaf: Ordered) -> Clips:
        return Clips(Spec((("clip", leaf),)), Fields(), 1.0, 0, 0.0)

    def describe(self) -> str:
        return f"given: `{self.name}`, where a frame changes by more than a quarter of its range"

    def _fitted(self, values: ArrayLike) -> Sequence[ArrayLike]:
        return [values]


BUILT_IN_FIELDS = {"label": Label, "caption": Text, "edges": ClipEdges}


def _lengthened(clips: np.ndarray, frames: int) -> np.ndarray:
    """Clips with frames of zeros behind their last, so that they have that many."""
    lacking = frames - clips.shape[1]
    return clips if not lacking else np.pad(clips, ((0, 0), (0, lacking), (0, 0), (0, 0), (0, 0)))


def share_that_moves(clips: np.ndarray, range_: float) -> float:
    """Computes the share of the pixels of clips (n, T, H, W, C) that differ from the frame before, by more than
    noise."""
    sample_clips = clips[:500].astype(np.float32)
    return float((np.abs(np.diff(sample_clips, axis=1)).max(-1) > FEW_MOVE * range_).mean())
