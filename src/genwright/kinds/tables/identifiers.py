"""Columns that name rows: what form the names have, and new ones of that form.

counter     whole numbers, or text that ends in them but for what all have in common (7, A-0007, 2024/7b): the next
uuid        drawn (RFC 9562; the version is the column's own, else 4)
code        letters and digits of one length: drawn, where there are far more such codes than rows
empty       nothing
"""

from __future__ import annotations

import math
import os
import re
import string
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from ...core.seeds import seed_of
from ..values.cells import Dtype, dtype_from_json, dtype_to_json, factorize, native, restore

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
CLASSES = string.digits, string.ascii_lowercase, string.ascii_uppercase
HEX = string.digits + "abcdef", string.digits + "ABCDEF"
SPACE = 10_000  # codes for every row: so rarely is a drawn one there already


@dataclass(frozen=True)
class Identifiers:
    """A column of identifiers, which rows never share.

    Args:
        kind: see above.
        dtype: Type of the numbers.
        prefix: around the number of a counter, whose last is `last`, in steps of `step`, with zeros to `width`
            digits.
        suffix: around the number of a counter, whose last is `last`, in steps of `step`, with zeros to `width`
            digits.
        width: Features of a layer.
        alphabets: what may stand at each place of a uuid or a code.
    """

    kind: str
    dtype: Dtype
    prefix: str = ""
    suffix: str = ""
    last: int = 0
    step: int = 1
    width: int = 0
    alphabets: tuple[str, ...] = ()

    def fill(self, n: int, seed: int) -> pd.Series:
        """Makes n new identifiers, all different; those of a counter are the next, whatever the seed."""
        if self.kind == "empty":
            return restore(np.full(n, None, object), self.dtype)
        if self.kind == "counter":
            numbers = [self.last + self.step * (k + 1) for k in range(n)]
            if not (self.prefix or self.suffix or self.width):
                return _whole_series(numbers, dtype_from_json(self.dtype))
            return restore(
                np.array([f"{self.prefix}{number:0{self.width}}{self.suffix}" for number in numbers], object),
                self.dtype,
            )
        rng, filled_columns = np.random.default_rng(seed_of("identifiers", seed)), {}
        while len(filled_columns) < n:
            filled_columns.setdefault("".join(letters[int(rng.integers(len(letters)))] for letters in self.alphabets))
        return restore(np.array(list(filled_columns), object), self.dtype)

    def to_json(self) -> dict:
        """Returns {name: value} of the fields that differ from the defaults."""
        record = {
            part.name: getattr(self, part.name) for part in fields(self) if getattr(self, part.name) != part.default
        }
        return record | ({"alphabets": list(self.alphabets)} if self.alphabets else {})

    @classmethod
    def from_json(cls, record: dict) -> Identifiers:
        ids = cls(**{**record, "alphabets": tuple(record.get("alphabets", ()))})
        if ids.kind not in ("counter", "uuid", "code", "empty") or not all(map(len, ids.alphabets)):
            raise ValueError(f"no identifiers are of kind {ids.kind!r}")
        if not all(isinstance(text, str) for text in (ids.prefix, ids.suffix, *ids.alphabets)):
            raise ValueError("identifiers stand between texts")
        if not all(type(value) is int for value in (ids.last, ids.step, ids.width)) or not 0 <= ids.width < 100:
            raise ValueError("a counter counts in whole numbers")
        return ids


def _whole_series(numbers: list[int], dtype: Dtype) -> pd.Series:
    try:
        return pd.Series(numbers, dtype=dtype)
    except OverflowError:  # the next is beyond what the dtype holds
        return pd.Series(numbers)


def find_identifiers(cells: pd.Series) -> Identifiers | None:
    """Returns the form of a column's cells, None where they do not name rows, or in no form that is known."""
    ids, dtype = native(cells.dropna()), dtype_to_json(cells.dtype)
    if not len(ids):
        return Identifiers("empty", dtype)
    if isinstance(ids.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(ids.dtype):
        return None
    if pd.api.types.is_numeric_dtype(ids.dtype):
        values = ids.to_numpy()
        whole = (
            values.dtype.kind != "c" and np.isfinite(values.astype(float)).all() and (values == np.rint(values)).all()
        )
        return _counter(values, dtype) if whole else None
    if pd.api.types.infer_dtype(ids) in ("integer", "decimal"):
        values = np.array(factorize(ids, str(cells.name)).distinct, object)
        whole = len(values) == len(ids) and all(isinstance(value, int) for value in values)
        return _counter(values, dtype) if whole else None
    if pd.api.types.infer_dtype(ids) != "string" or not ids.is_unique:
        return None
    texts = ids.tolist()
    return _uuid(texts, dtype) or _numbered(texts, dtype) or _code(texts, dtype)


def _counter(values: np.ndarray, dtype: Dtype, **form) -> Identifiers | None:
    """values: (n,) whole numbers, of any dtype."""
    low, high = int(values.min()), int(values.max())
    fit = -(2**62) < low and high < 2**62  # into 64 bits, and so do the steps from one to the next
    steps = np.diff(np.sort(values.astype(np.int64) if fit else np.array([int(value) for value in values], object)))
    return (
        Identifiers("counter", dtype, last=high, step=int(np.gcd.reduce(steps)) or 1, **form) if steps.all() else None
    )


def _numbered(texts: list[str], dtype: Dtype) -> Identifiers | None:
    prefix = os.path.commonprefix(texts).rstrip(string.digits)
    rests = [text[len(prefix) :] for text in texts]
    suffix = os.path.commonprefix([suffix_text[::-1] for suffix_text in rests])[::-1].lstrip(string.digits)
    middles = [suffix_text[: len(suffix_text) - len(suffix)] for suffix_text in rests]
    if not all(digits.isascii() and digits.isdigit() and len(digits) < 100 for digits in middles):
        return None
    form = {"prefix": prefix, "suffix": suffix, "width": min(map(len, middles))}
    return _counter(np.array([int(digits) for digits in middles], object), dtype, **form)


def _uuid(texts: list[str], dtype: Dtype) -> Identifiers | None:
    matches = [UUID.fullmatch(text) for text in texts]
    if not all(matches):
        return None
    letters = HEX[1] if any(text != text.lower() for text in texts) else HEX[0]
    versions = {match[1] for match in matches}
    version, variant = versions.pop() if len(versions) == 1 else "4", letters[8:12]
    at = {8: "-", 13: "-", 18: "-", 23: "-", 14: version, 19: variant}
    return Identifiers("uuid", dtype, alphabets=tuple(at.get(place, letters) for place in range(36)))


def _code(texts: list[str], dtype: Dtype) -> Identifiers | None:
    if len({len(text) for text in texts}) > 1:
        return None
    symbols_at = [set(place) for place in zip(*texts)]
    varying = set().union(*(letters for letters in symbols_at if len(letters) > 1))
    hexes = next((letters for letters in HEX if varying <= set(letters) and varying & set(letters[10:])), None)
    alphabets = [min(letters) if len(letters) == 1 else hexes or _alphabet(letters) for letters in symbols_at]
    if not all(alphabets) or math.prod(map(len, alphabets)) < SPACE * len(texts):
        return None
    return Identifiers("code", dtype, alphabets=tuple(alphabets))


def _alphabet(characters: set[str]) -> str:
    """The classes of letters and digits that hold all, "" where others are among them."""
    letters = "".join(letters for letters in CLASSES if characters & set(letters))
    return letters if characters <= set(letters) else ""
