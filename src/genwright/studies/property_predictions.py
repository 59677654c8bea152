"""Predictions about a library of molecules, read, predicted and written part by part, so that a million molecules take
no more memory than a few thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..core.files import require_ours, write_whole
from ..core.formulas import csv_bytes
from ..core.patience import counted
from ..data.library import count, libraries


class Predicted(NamedTuple):
    """What `predict_file` did: molecules of the library, those that could not be read, and the files that it wrote."""

    count: int
    unreadable: int
    paths: list[Path]


def predict_file(model: Any, source: Any, out: Path, descriptors: Any = None) -> Predicted:
    """Predictions of a predictor of properties about a library into the CSV `out`, in the library's order; beside it a
    text says what the columns are. descriptors: as in `libraries`.

    Raises DataError for a library that cannot be read, or of which no molecule can.
    """
    legend, told = (
        out.with_suffix(".columns.txt"),
        {name: f"{name}: {of}" for name, of in model.domain.columns().items()},
    )
    require_ours(legend, next(iter(told.values())))
    total, unreadable, names = 0, 0, []

    def parts(done: Callable[[int], None]) -> Iterator[bytes]:
        nonlocal total, unreadable, names
        for library in libraries(source, model.domain, descriptors):
            table = model.predict(library)
            found, names = csv_bytes(table), list(table)
            yield found if not total else found.split(b"\n", 1)[1]
            total, unreadable = total + len(table), unreadable + int((~library.valid).sum())
            done(len(table))

    with counted(count(source, model.domain), "molecules predicted") as done:
        paths = [write_whole(out, parts(done))]
    paths.append(write_whole(legend, "\n".join([*map(told.get, names), ""]).encode()))
    return Predicted(total, unreadable, paths)
