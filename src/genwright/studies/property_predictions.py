"""Predictions about a library of molecules, read, predicted and written part by part, so that a million molecules take
no more memory than a few thousand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..core.errors import GenwrightError
from ..core.files import require_ours, write_whole
from ..core.formulas import csv_bytes
from ..core.patience import counted
from ..data.library import count, libraries
from ..data.load import load_data

SAME = 1.0  # the similarity of molecules whose fingerprints are equal


class WrittenPredictions(NamedTuple):
    """What `predict_file` did: molecules of the library, the files that it wrote, and sentences about the library."""

    count: int
    paths: list[Path]
    notes: list[str]


def predict_file(model: Any, source: Any, out: Path, descriptors: Any = None) -> WrittenPredictions:
    """Predictions of a predictor of properties about a library into the CSV `out`, in the library's order; beside it a
    text says what the columns are. descriptors: as in `libraries`. The nearest training molecule is a SMILES where the
    training file is there and unchanged, else its number in it.

    Raises DataError for a library that cannot be read, or of which no molecule can.
    """
    legend = out.with_suffix(".columns.txt")
    told = {name: f"{name}: {of}" for name, of in model.domain.columns().items()}
    require_ours(legend, next(iter(told.values())))
    trained, found, names = _training_molecules(model), Counter(), []

    def parts(done: Callable[[int], None]) -> Iterator[bytes]:
        nonlocal names
        for library in libraries(source, model.domain, descriptors):
            table = model.predict(library)
            found["same"] += int((table["similarity"] == SAME).sum()) if "similarity" in table else 0
            if trained is not None:
                table["nearest"] = [trained[k] if valid else None for k, valid in zip(table["nearest"], table["valid"])]
            text, names = csv_bytes(table), list(table)
            yield text if not found["all"] else text.split(b"\n", 1)[1]
            found.update(all=len(table), unreadable=int((~library.valid).sum()))
            done(len(table))

    with counted(count(source, model.domain), "molecules predicted") as done:
        paths = [write_whole(out, parts(done))]
    paths.append(write_whole(legend, "\n".join([*map(told.get, names), ""]).encode()))
    notes = [f"molecules are read as in training: {model.domain.standard.describe()}"]
    notes += [f"{found['unreadable']:,} of {found['all']:,} molecules cannot be read: `valid` is False there"] * bool(
        found["unreadable"]
    )
    notes += [f"{found['same']:,} have the fingerprint of a training molecule"] * bool(found["same"])
    return WrittenPredictions(found["all"], paths, notes)


def _training_molecules(model: Any) -> Sequence[str] | None:
    """The molecules that a model learned from, by their numbers; None where their file is gone, or another."""
    record = model.config["data"]
    try:
        data = load_data(record["source"], seed=model.config["seed"], **record["options"])
    except (GenwrightError, TypeError):
        return None
    return data.smiles if data.hash == record["hash"] else None
