"""Data: one person's items, understood by a domain and split once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any, Callable, Sequence

import numpy as np
from torch import Tensor

from .datasets import NAMES
from .datasets.raw import Raw
from .datasets.sources import read_source
from .domains.domain import Domain
from .errors import DataError
from .randomness import seed_of

TEST_SHARE, VALID_SHARE = 0.2, 0.1  # of all items; of what is left
MOST_VALID = 5_000
FEWEST = 10
RARE = 20  # missing cells of a column
PARTS = ("train", "valid", "test")


@dataclass
class Data:
    """Items in three parts. Early stopping sees `valid`, rulers see `test`, models learn from `train`.

    items: {"train" | "valid" | "test": items in the user's form}. hash: of the content, so that a run can refuse other
    data. source: what `load_data` was given, as text. log_density: the true log density (n,) of items, where it is
    known (toys). licence: of named data, for the report. options: given, types and
    drop as `load_data` was given them, so that a record of a run can repeat them.
    """

    name: str
    domain: Domain
    items: dict[str, Any]
    hash: str
    source: str = ""
    licence: str = ""
    log_density: Callable | None = None
    options: dict[str, Any] = field(default_factory=dict)
    _tensors: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict, repr=False)

    @property
    def train(self) -> Any:
        return self.items["train"]

    @property
    def valid(self) -> Any:
        return self.items["valid"]

    @property
    def test(self) -> Any:
        return self.items["test"]

    def tensors(self, part: str) -> tuple[Tensor, Tensor]:
        """x: (n, *spec.shape) (uint8 for pictures, float32 for rows), given: (n, G) of one part, encoded once."""
        if part not in self._tensors:
            self._tensors[part] = self.domain.encode(self.items[part])
        return self._tensors[part]

    def describe(self) -> list[str]:
        """What was understood, in sentences: the domain's, then the sizes of the parts."""
        train, valid, test = (f"{len(self.items[part]):,}" for part in PARTS)
        return [*self.domain.describe(), f"{train} to train, {valid} to validate, {test} to test"]


def load_data(
    source: Any,
    given: Sequence[str] | str | None = None,
    types: dict[str, str] | None = None,
    drop: Sequence[str] | None = None,
    seed: int = 0,
) -> Data:
    """Data from a name, a path, or objects in memory, described by its domain and split by (seed, content).

    source: a name ("digits", "adult", "pinwheel"; see `genwright.datasets.NAMES`); a folder of PNG / JPEG files whose
    sub-folders are labels; a .npy, .npz, .csv or .csv.gz file; a DataFrame; an array, of pictures (n, H, W) or
    (n, H, W, C), or of rows (n, D), which become columns x0, x1, ..; or (array, labels (n,)).
    given: variables to condition on: columns of a table (none by default), or "label" for pictures (the default where
    there are labels; `given=[]` leaves them out). types, drop: corrections to what is understood of a table's columns.
    seed: of the split, and of the draws of a toy. Official splits are kept; else 20% are test (by label where there are
    labels), and 10% of the rest, at most 5,000, validation. Equal items fall on one side.

    Raises DataError for anything that cannot be read or is too little: one sentence, with the remedy.
    """
    given = [given] if isinstance(given, str) else given
    raw, text = read_source(source, seed)
    if len(raw.items) < FEWEST:
        n = len(raw.items)
        raise DataError(
            f"{text} holds {n} item{'s' * (n != 1)}: at least {FEWEST} are needed to train, validate and test"
        )
    load = _load_pictures if raw.is_pictures else _load_table
    domain, items, digest = load(raw, given, types, drop, seed)
    chosen = {"given": given, "types": types, "drop": drop}
    options = {name: value for name, value in chosen.items() if value is not None}
    return Data(raw.name, domain, items, digest, text, raw.licence, raw.log_density, options)


def _load_pictures(raw: Raw, given, types, drop, seed: int):
    from .domains.images import Images, sort_names
    from .domains.pictures import Pictures

    if types or drop:
        raise DataError(f"{raw.name} holds pictures: types and drop are for the columns of a table, leave them out")
    wrong = [name for name in given or () if name != "label" or raw.labels is None]
    if wrong:
        have = "the only one is 'label'" if raw.labels is not None else "they have no labels"
        raise DataError(f"{raw.name} has no variable {wrong[0]!r} to condition on: {have}")
    keys = picture_keys(raw.items)
    parts = split(keys, raw.labels, raw.parts, seed)
    labels = None if given is not None and not given else raw.labels
    values = {} if labels is None else {"label": labels}
    pictures = Pictures(raw.items, values)
    items = {part: pictures[parts == part] for part in PARTS}
    names = None if labels is None else raw.names or sort_names(labels)
    domain = Images.fit(
        items["train"], items["train"].given.get("label"), names, raw.notes, raw.levels, raw.width, count=len(pictures)
    )
    return domain, items, _digest(keys, raw.labels, parts)


def _load_table(raw: Raw, given, types, drop, seed: int):
    from .domains.tables import Tables, as_frame, row_keys

    given = list(raw.given) if given is None else list(given)
    drop = [*raw.drop, *(drop or ())]
    whole = Tables.fit(raw.items, given=given, types=types, drop=drop)
    frame = as_frame(raw.items)
    keys = row_keys(frame[whole.spec.names + whole.given.names])  # rows that differ in an identifier only are equal
    holes = frame.isna()
    # a stratum of their own, so that training sees that such cells may be missing
    rare = holes.loc[:, holes.sum() < RARE].any(axis=1).to_numpy()
    parts = split(keys, rare, raw.parts, seed)
    items = {part: raw.items[parts == part].reset_index(drop=True) for part in PARTS}
    return Tables.fit(items["train"], given=given, types=types, drop=drop), items, _digest(keys, None, parts)


def read_items(source: str | Path, domain: Domain) -> tuple[Any, np.ndarray | None]:
    """Items from a name, a file or a folder, to score or to complete with a model of `domain`, which checks them later.

    The second part is `known`, bool, where the file holds it (an .npz of pictures); None says that it is up to the
    domain. Raises DataError for what cannot be read, or is of another kind than the model's data.
    """
    from .domains.images import Images
    from .domains.pictures import Pictures

    path, wants_pictures = Path(source).expanduser(), isinstance(domain, Images)
    if wants_pictures and path.exists() and str(source) not in NAMES:
        from .domains.read_pictures import read_for

        return read_for(domain, path)
    raw, _ = read_source(source, 0)
    if raw.is_pictures != wants_pictures:
        kinds = ("a table", "pictures") if wants_pictures else ("pictures", "a table")
        raise DataError(f"{source} holds {kinds[0]} and the model was trained on {kinds[1]}: name data of its kind")
    if raw.is_pictures:
        return Pictures(raw.items, {} if raw.labels is None else {"label": raw.labels}), None
    return raw.items, None


def split(keys: np.ndarray, labels: np.ndarray | None, parts: np.ndarray | None, seed: int) -> np.ndarray:
    """(n,) "train" | "valid" | "test" for items with content keys (n,) uint64, by content and seed, not by order.

    parts: (n,) what is settled already, "" elsewhere. labels: (n,) strata. Equal keys fall on one side, unless more
    than half of the items repeat another: then a repetition is no leak, and items are split one by one.
    """
    if len(np.unique(keys)) < len(keys) / 2:
        keys = _mix(keys, 1 + _occurrence(keys))
    keys = _mix(keys, np.uint64(seed_of("split", seed)))
    strata = np.zeros(len(keys), int) if labels is None else np.unique(labels.astype(str), return_inverse=True)[1]
    parts = np.full(len(keys), "", dtype="<U5") if parts is None else parts.astype("<U5")
    if not (parts == "test").any():
        parts[_choose(keys, strata, ceil(TEST_SHARE * len(keys)))] = "test"
    rest = np.flatnonzero(parts != "test")
    if not (parts == "valid").any():
        count = min(MOST_VALID, ceil(VALID_SHARE * len(rest)))
        parts[rest[_choose(keys[rest], strata[rest], count)]] = "valid"
    parts[parts == ""] = "train"
    return parts


def _choose(keys: np.ndarray, strata: np.ndarray, count: int) -> np.ndarray:
    """Rows, `count` of them where groups of equal keys allow it, each stratum in its share: the lowest keys first."""
    sizes = np.bincount(strata)
    quota = count * sizes / sizes.sum()
    whole = np.floor(quota).astype(int)
    for s in np.argsort(whole - quota, kind="stable")[: count - whole.sum()]:  # largest remainders
        whole[s] += 1
    order = np.lexsort((strata, keys))
    first = np.r_[True, np.diff(keys[order]) != 0]
    group = np.cumsum(first) - 1  # of each row in `order`
    size, stratum = np.bincount(group), strata[order][first]  # a group belongs to the stratum of its first item
    fits = np.zeros(len(size), bool)
    for s in np.flatnonzero(whole):
        members = np.flatnonzero(stratum == s)
        fits[members] = np.cumsum(size[members]) <= whole[s]
    return order[fits[group]]


def picture_keys(pictures: np.ndarray) -> np.ndarray:
    """(n,) uint64, a hash of each picture's shape and values."""
    start = hashlib.blake2b(str(pictures.shape[1:]).encode(), digest_size=8)

    def key(picture: np.ndarray) -> bytes:
        digest = start.copy()
        digest.update(picture.tobytes())
        return digest.digest()

    return np.frombuffer(b"".join(key(picture) for picture in pictures), "<u8")


def _mix(keys: np.ndarray, other: np.ndarray | np.uint64) -> np.ndarray:
    """Two 64-bit numbers into one (the finaliser of splitmix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        z = keys.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15) * np.asarray(other, np.uint64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def _occurrence(keys: np.ndarray) -> np.ndarray:
    """How many equal keys came before each: [a, b, a] -> [0, 0, 1]."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    first = np.maximum.accumulate(np.where(np.r_[True, ranked[1:] != ranked[:-1]], np.arange(len(keys)), 0))
    count = np.empty(len(keys), np.int64)
    count[order] = np.arange(len(keys)) - first
    return count


def _digest(keys: np.ndarray, labels: np.ndarray | None, parts: np.ndarray) -> str:
    digest = hashlib.blake2b(keys.astype("<u8").tobytes(), digest_size=16)
    digest.update(",".join(parts).encode())
    if labels is not None:
        digest.update(repr([str(label) for label in labels]).encode())
    return digest.hexdigest()
