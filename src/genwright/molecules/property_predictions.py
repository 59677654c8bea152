"""Predictions about a library of molecules, read, predicted and written part by part, so that a million molecules take
no more memory than a few thousand."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pandas as pd

from ..core.files import require_ours, write_whole
from ..core.formulas import csv_bytes
from ..core.patience import progress_bar
from ..core.workers import cores, in_order
from ..kinds.kind import Source
from ..kinds.library import Molecule, as_library, called, count, libraries, read_in_batches
from ..kinds.read import source_like
from ..run.open import load_model
from ..run.training_data import training_data_if_there

EQUAL_SIMILARITY = 1.0  # the similarity of molecules whose fingerprints are equal
PARALLEL_FROM = 1_000  # molecules that are worth the start of a process


class WrittenPredictions(NamedTuple):
    """Outcome of `predict_file`: the number of molecules, the files that it wrote, and sentences on the library."""

    count: int
    paths: list[Path]
    notes: list[str]


def predict_file(model: Any, library: Any, out: Path, descriptors: Any = None, **options: Any) -> WrittenPredictions:
    """Predictions of a predictor of properties about a library into the CSV `out`, in the library's order; beside it a
    text says what the columns are. descriptors: as in `libraries`. options: as in `read_items`. The nearest training
    molecule is a SMILES where the training file is there and unchanged, else its number in it.

    Raises DataError for a library that cannot be read, or of which no molecule can.
    """
    legend = out.with_suffix(".columns.txt")
    told = {name: f"{name}: {of}" for name, of in model.domain.columns().items()}
    require_ours(legend, next(iter(told.values())))
    source, notes = source_like(library, model.config["data"]["options"], options)
    trained, found, names = _training_molecules(model), Counter(), []
    total = count(source, model.domain)

    def blocks(done: Callable[[int], None]) -> Iterator[bytes]:
        nonlocal names
        for table in _tables(model, source, total, descriptors):
            found["same"] += int((table["similarity"] == EQUAL_SIMILARITY).sum()) if "similarity" in table else 0
            if trained is not None:
                table["nearest"] = [trained[k] if valid else None for k, valid in zip(table["nearest"], table["valid"])]
            text, names = csv_bytes(table), list(table)
            yield text if not found["all"] else text.split(b"\n", 1)[1]
            found.update(all=len(table), unreadable=int((~table["valid"]).sum()))
            done(len(table))

    with progress_bar(total, "molecules predicted") as done:
        paths = [write_whole(out, blocks(done))]
    paths.append(write_whole(legend, "\n".join([*map(told.get, names), ""]).encode()))
    notes.append(f"molecules are read as in training: {model.domain.standard.describe()}")
    notes += [f"{found['unreadable']:,} of {found['all']:,} molecules cannot be read: `valid` is False there"] * bool(
        found["unreadable"]
    )
    notes += [f"{found['same']:,} have the fingerprint of a training molecule"] * bool(found["same"])
    return WrittenPredictions(found["all"], paths, notes)


def _tables(model: Any, source: Source, total: int, descriptors: Any) -> Iterator[pd.DataFrame]:
    """Tables of `model.predict` for the parts of a library, in their order. On the processor, several processes share a
    large library. A part has the same bits in each process, since one thread computes it."""
    processes = min(cores(), total // PARALLEL_FROM) if model.device.type == "cpu" and descriptors is None else 1
    if processes < 2:
        yield from map(model.predict, libraries(source, model.domain, descriptors))
        return
    any_valid = False
    with TemporaryDirectory() as folder:
        model.save(folder)
        for table in in_order(
            partial(_table, folder, called(source)), read_in_batches(source, model.domain), processes
        ):
            any_valid |= bool(table["valid"].any())
            yield table
    if not any_valid:
        deque(libraries(source, model.domain), 0)  # raises the error that says why


def _table(folder: str, source: str, molecules: Sequence[Molecule]) -> pd.DataFrame:
    """Predictions for one part, by the model that is kept in a folder."""
    model = _opened(folder)
    return model.predict(as_library(molecules, model.domain, source))


@lru_cache(maxsize=1)
def _opened(folder: str) -> Any:
    return load_model(folder, "cpu")


def _training_molecules(model: Any) -> Sequence[str] | None:
    """The molecules that a model learned from, by their numbers; None where their file is gone, or another."""
    data = training_data_if_there(model)
    if data is None or not (model.family.numbers < len(data.whole.smiles)).all():
        return None
    return data.whole.smiles
