"""Sound: clips of samples in time, on the 256 levels of 8-bit mu-law; `Clips` to the user.

A clip ends where it ends: END is a code beside the levels, as of lines of text, so that models learn how long clips
are, draw clips of different lengths, and the probability of a clip is that of its samples and of its end.
"""

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ....core.errors import DataError, ItemError, damage
from ....core.spec import Ordered, Spec, spec_from_json, spec_to_json
from ....kinds.domain import Domain, Masks, check_masks
from ....kinds.fields.column import Label, sort_names
from ....kinds.fields.fields import Fields
from ....kinds.values.equals import content_keys
from .clips import LEVELS, Clips, Sound, amplitudes, clips_of, to_levels
from .sound_files import write_sound

LONGEST = 2**15  # samples of a clip
UNIT = "8-bit mu-law"
FINE = np.float32(2**15)  # steps of a sample of 16 bits, from 0 to 1
RESIDUAL_HEADER = struct.Struct("<QI?")  # number of the first clip, how many there are, whether samples are of 16 bits


class Audio(Domain):
    """The domain of clips of sound: at least one sample, and at most as many as the longest clip there was.

    Args:
        spec: one leaf `sound`, Ordered(256, shape=(T,), axis="time", ends=True), in [-1, 1] on the scale of mu-law;
            T counts the end.
        fields: a Label for each variable that clips carry, such as `label`.
        rate: samples a second.
        count: clips in all parts, and samples of the shortest.
        shortest: clips in all parts, and samples of the shortest.
        notes: Notes for the user.
    """

    kind = "audio"
    suffix = viewed = ""
    counted_in = "samples"

    def __init__(self, spec: Spec, fields: Fields, rate: int, count: int, shortest: int, notes: Sequence[str]):
        self.spec, self.fields, self.given, self.rate = spec, fields, fields.spec, rate
        self.count, self.shortest, self.notes = count, shortest, list(notes)
        self._amplitudes = amplitudes()

    @property
    def names(self) -> dict[str, list[str]]:
        """The values of each label."""
        return {field.name: field.labels for field in self.fields if isinstance(field, Label)}

    @classmethod
    def fit(cls, clips: Clips, train: np.ndarray, notes: Sequence[str] = ()) -> "Audio":
        """Fits the domain to all clips that there are, none longer than `LONGEST`.

        Args:
            train: (n,) bool, those to learn from.
            notes: Notes for the user.
        """
        lengths = [len(clip) for clip in clips]
        shape = (max(lengths) + 1,)
        leaf = Ordered(LEVELS, 2 / (LEVELS - 1), -1.0, shape=shape, axis="time", unit=UNIT, ends=True)
        fields = Fields(
            Label.from_values(name, sort_names(None if one is None else str(one) for one in values), values[train])
            for name, values in clips.given.items()
        )
        return cls(Spec((("sound", leaf),)), fields, clips.rate, len(clips), min(lengths), notes)

    # ------------------------------------------------------------------ in

    def encode(self, items: Sound) -> tuple[Tensor, Tensor]:
        clips = self._clips(items)
        x = np.full((len(clips), *self.spec.shape), self.leaf.pad, np.int16)
        for i, clip in enumerate(clips):
            x[i, : len(clip)] = to_levels(clip)
            x[i, len(clip)] = self.leaf.end
        return torch.from_numpy(x), self._encode_carried(clips, len(clips))

    def parted(self, items: Sound, known: Masks = None) -> tuple[Clips, Masks]:
        return clips_of(items, self.rate), known

    def encode_holes(self, items: Sound, known: Masks, given: dict | None) -> tuple[Tensor, Tensor, Tensor]:
        """Encodes clips to be continued.

        Args:
            known: None where each clip is the beginning of one that goes on; else (m,) bool of each clip, True for
                its first samples, which stay.
            given: Conditions by name.
        """
        clips = self._clips(items)
        counts = self._counts(clips, known)
        x, table = self.encode(clips)
        mask = torch.arange(x.shape[1]) < torch.as_tensor(counts)[:, None]
        return x, table if given is None else self.encode_given(given, len(clips)), mask

    # ------------------------------------------------------------------ out

    def decode(self, x: Tensor, given: Tensor, seed: int | None) -> Clips:
        codes = x.float().round().clamp(0, self.leaf.pad).long().cpu().numpy()
        has_ended = codes >= self.leaf.end
        lengths = np.where(has_ended.any(1), has_ended.argmax(1), codes.shape[1])
        clips = (self._amplitudes[row[:n]] for row, n in zip(codes, lengths))
        return Clips(clips, self.fields.decode(given, seed), seed, rate=self.rate)

    def decode_holes(self, x: Tensor, items: Sound, known: Tensor, given: Tensor, note: dict) -> Clips:
        """Decodes continued clips: known samples first, as they were; what follows them on the levels of mu-law.

        Args:
            x: (B, ...) input.
            known: bool mask of what is known.
            given: (B, G) conditions of the items.
            note: Note on how the items were sampled, which is filled in.
        """
        completed = self.decode(x, given, None)
        clips = zip(self._clips(items), completed, known.sum(1).tolist())
        whole = [np.concatenate([old[:count], new[count:]]) for old, new, count in clips]
        return Clips(whole, completed.given, note.get("seed"), note.get("method"), note.get("kind"), self.rate)

    def encode_residue(self, items: Sound, restored: Clips, first: int) -> bytes:
        """Encodes the differences of samples and levels in steps of 16 bits, which most files have; else the samples
        themselves."""
        clips = clips_of(items, self.rate)
        if clips.rate != self.rate:
            raise DataError(
                f"the clips have {clips.rate:,} samples a second, and this model's {self.rate:,}, so they would not "
                "come back as they are: bring them to its rate"
            )
        samples, levels = np.concatenate(clips), np.concatenate(restored)
        if np.array_equal(samples, levels):
            return b""
        fine = FINE * samples
        if whole := bool((fine == np.rint(fine)).all()):
            residue = (fine - np.rint(FINE * levels)).astype("<i2")
        else:
            residue = samples.astype("<f4")
        return RESIDUAL_HEADER.pack(first, len(clips), whole) + residue.tobytes()

    def add_residue(self, restored: Clips, parts: list[bytes], first: int) -> Clips:
        clips = list(restored)
        for part in filter(None, parts):
            with damage("what the stream keeps of samples apart", "copy the stream again"):
                number, count, whole = RESIDUAL_HEADER.unpack_from(part)
                sample_range = slice(number - first, number - first + count)
                levels = np.concatenate(clips[sample_range])
                residue = np.frombuffer(part, "<i2" if whole else "<f4", offset=RESIDUAL_HEADER.size).astype(np.float32)
                samples = (np.rint(FINE * levels) + residue) / FINE if whole else residue
                clips[sample_range] = np.split(samples, np.cumsum([len(clip) for clip in clips[sample_range]])[:-1])
        return Clips(clips, restored.given, restored.seed, rate=restored.rate)

    def write(self, items: Sound, path: Path, names: Sequence[str] = ()) -> Path:
        """Writes clips to a folder of WAV files, with labels as sub-folders; to a .wav: all clips one after another.

        Args:
            path: Path of the file.
            names: Names in the order of the columns.
        """
        draws = items if isinstance(items, list) and items and isinstance(items[0], Clips) else [items]
        labels = [getattr(clips, "given", {}).get("label", [None] * len(clips)) for clips in draws]
        all_clips = [
            (clip, label) for clips, clip_label in zip(draws, labels) for clip, label in zip(clips, clip_label)
        ]
        return write_sound(
            [clip for clip, _ in all_clips], [label for _, label in all_clips], self.rate, Path(path), names
        )

    def bare(self, items: Sound) -> Clips:
        return Clips(items, rate=getattr(items, "rate", self.rate))

    def keys(self, items: Sound) -> np.ndarray:
        return clip_keys(items)

    def describe(self) -> list[str]:
        longest = self.spec.shape[0] - 1
        lengths = f"{self.shortest / self.rate:.2f} to {longest / self.rate:.2f} seconds"
        lines = [f"{self.count:,} clips of {lengths}, {self.rate:,} samples a second, {LEVELS} levels ({UNIT})"]
        return [*lines, *self.fields.describe(), *self.notes]

    def to_json(self) -> dict:
        return {
            "domain": self.kind,
            "spec": spec_to_json(self.spec),
            "given": spec_to_json(self.given),
            "names": self.names,
            "rate": self.rate,
            "count": self.count,
            "shortest": self.shortest,
            "notes": self.notes,
            **self.fields.to_json(self.names),
        }

    @classmethod
    def from_json(cls, record: dict) -> "Audio":
        spec, given, names = spec_from_json(record["spec"]), spec_from_json(record["given"]), record["names"]
        leaf = spec.leaf
        if not (leaf.ends and leaf.axis == "time" and leaf.levels == LEVELS and 1 < leaf.shape[0] <= LONGEST + 1):
            raise ValueError("the leaf is a sound that ends")
        labels = [Label(name, dict(given.leaves)[name], values) for name, values in names.items()]
        domain = cls(
            spec, Fields.from_json(record, labels), record["rate"], record["count"], record["shortest"], record["notes"]
        )
        if domain.given != given:
            raise ValueError("what is given is as the names and the fields say")
        return domain

    # ------------------------------------------------------------------ inside

    @property
    def leaf(self) -> Ordered:
        return self.spec.leaf

    def _clips(self, items: Sound) -> Clips:
        """Items at the model's rate. Raises DataError for one that is longer than any the model was made for."""
        clips, longest = clips_of(items, self.rate).at_rate(self.rate), self.spec.shape[0] - 1
        for i, clip in enumerate(clips):
            if len(clip) > longest:
                raise ItemError(
                    i,
                    f"clip {i}",
                    f"lasts {len(clip) / self.rate:.2f} seconds, and this model knows clips of up to "
                    f"{longest / self.rate:.2f}: cut it",
                )
        return clips

    def _counts(self, clips: Clips, known: Masks) -> list[int]:
        """(n,) how many samples of each clip are known. Raises DataError for a mask that does not fit."""
        if known is None:
            return [len(clip) for clip in clips]
        masks = check_masks(known, [clip.shape for clip in clips], "clip", "samples that stay")
        for i, mask in enumerate(masks):
            if not mask[: mask.sum()].all():
                raise DataError(
                    f"known of clip {i} has a hole before known samples: sound is drawn forwards in time, so only its "
                    "beginning can be known"
                )
        return [int(mask.sum()) for mask in masks]


def clip_keys(clips: Iterable[np.ndarray]) -> np.ndarray:
    """Computes a hash (n,) uint64 of each clip's levels."""
    return content_keys(to_levels(clip).tobytes() for clip in clips)
