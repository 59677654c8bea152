"""Tables of libraries of molecules: what is known of each in one row, and what a predictor says of it.

Known are properties, the nearest training molecule, filters, and how likely a model finds the molecule. A file is read,
measured or predicted, and written part by part, so that a million molecules take no more memory than a few thousand.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..core.cpu import cores, in_order
from ..core.errors import DataError
from ..core.files import require_ours, write_whole
from ..core.patience import progress_bar
from ..core.safe_text import csv_bytes
from ..kinds.domain import Domain
from ..kinds.formats.source import Source
from ..kinds.known_kinds import source_like
from ..run.model import Model
from ..run.open import load_model
from ..run.predictor import Predictor
from ..run.tasks import training_data_if_there
from .chemistry.alerts import Alerts, own_alerts
from .chemistry.fingerprints import EQUAL_SIMILARITY, nearest
from .chemistry.properties import MEANINGS
from .chemistry.standards import first_of_parents
from .kinds.library import Molecule, as_library, called, count, libraries, read_in_batches
from .measure.molecule_metrics import PROPERTIES, describe, tool
from .measure.molecule_sheets import sheet
from .package import PROPERTIES as TASK

GRID = 24  # molecules of a grid
SCORED_AT_ONCE = 5_000
COLUMNS = {  # name -> what it is, and whether a grid shows the highest first
    "id": ("where the molecule stands in the file", None),
    "smiles": ("the molecule as it was given", None),
    "name": ("what stands behind it in its line; empty where nothing does", None),
    "valid": ("whether RDKit reads it; where it does not, the columns behind are empty", None),
    "nats": ("log p of the string by the model, in nats: of the string alone, a molecule has many", True),
    **{name: (meaning, name not in ("sa", "lipinski", "veber")) for name, meaning in MEANINGS.items()},
    "nearest": ("the training molecule that is most alike", None),
    "similarity": (
        "Tanimoto similarity to it by Morgan fingerprints (radius 2, 1,024 bits); 1 is equal by these",
        True,
    ),
    "alerts": ("filters that it fails, MOSES' MCF and PAINS, large rings, charges, rare elements; empty: none", None),
}


class Scored(NamedTuple):
    """The outcome of `score_file`: the numbers of molecules and of unreadable ones, the files that it wrote, and
    sentences on what was read.

    Args:
        notes: Notes for the user.
    """

    count: int
    unreadable: int
    paths: list[Path]
    notes: list[str]


def score(smiles: Sequence[str], train: Sequence[str] | None = None, model: Model | None = None) -> pd.DataFrame:
    """Computes properties and filters of molecules: a DataFrame with one row each, in their order, and the columns
    COLUMNS except `id` and `name`.

    Args:
        smiles: (n,) molecules.
        train: molecules among which the nearest is sought; they add `nearest` and `similarity`.
        model: Model of strings; it adds `nats`, minus infinity for strings that its tokens cannot spell.
    """
    return _scored(list(smiles), None if train is None else _training(train), model)


def score_file(
    library: object,
    out: Path,
    train: Sequence[str] | None = None,
    model: Model | None = None,
    grid: Path | None = None,
    by: str = "qed",
    alerts: Alerts = (),
    **options: object,
) -> Scored:
    """Scores a library into the CSV `out`, in its order; a text beside it describes the columns.

    Args:
        library: of any form, read as the training data of `model` were.
        grid: a PNG of the GRID best by a column.
        alerts: of a person, sought beside the filters.
        options: as in `read_items`.

    Raises DataError for a column that is none to sort by, and for a library that cannot be read or is empty.
    """
    source, notes = source_like(library, {} if model is None else model.config["data"]["options"], options)
    column = "" if model is None else model.domain.column
    model = model if model is not None and model.has("log_prob") else None
    missing_columns = ("nats",) * (model is None) + ("nearest", "similarity") * (train is None)
    columns = {name: of for name, of in COLUMNS.items() if name not in missing_columns}
    if columns.get(by, ("", None))[1] is None:
        able = ", ".join(name for name, (_, first) in columns.items() if first is not None)
        raise DataError(f"molecules cannot be sorted by {by!r} here: choose one of {able}")
    total = count(source, column)
    if not total:
        raise DataError(f"{called(source)} holds no molecules: give a file with a SMILES a line")
    legend = out.with_suffix(".columns.txt")
    legend_lines = [f"{name:11} {meaning}" for name, (meaning, _) in columns.items()]
    require_ours(legend, legend_lines[0])
    best, counts, training = pd.DataFrame(), np.zeros(2, int), None if train is None else _training(train)

    def scored_parts(advance: Callable[[int], None]) -> Iterator[bytes]:
        nonlocal best, counts
        for part in read_in_batches(source, column, SCORED_AT_ONCE):
            rows = [(place, "", text) if reason else (place, text, name) for place, text, name, reason in part]
            places, smiles, names = map(list, zip(*rows))
            table = _scored(smiles, training, model, alerts)
            table.insert(1, "name", names)
            table.insert(0, "id", places)
            text = csv_bytes(table)
            yield text if not counts[0] else text.split(b"\n", 1)[1]
            counts += len(table), (~table["valid"]).sum()
            both = pd.concat([best, table[table["valid"]]])
            best = first_of_parents(both.sort_values(by, ascending=not COLUMNS[by][1], kind="stable"), GRID)
            advance(len(part))

    with progress_bar(total, "molecules scored") as advance:
        paths = [write_whole(out, scored_parts(advance))]
    paths.append(write_whole(legend, "\n".join([*legend_lines, f"by {tool()}", ""]).encode()))
    if grid is not None and len(best):
        paths.append(Path(sheet(best["smiles"].tolist(), [f"{by} {value:.3g}" for value in best[by]], grid)))
    return Scored(int(counts[0]), int(counts[1]), paths, notes)


class _Training(NamedTuple):
    smiles: np.ndarray
    fingerprints: np.ndarray


def _training(train: Sequence[str]) -> _Training:
    molecules = describe(train, ("fingerprints",))
    if not len(molecules):
        raise DataError(f"none of {len(train):,} training molecules can be read: give SMILES")
    return _Training(molecules.canonical, molecules.parts["fingerprints"])


def _scored(smiles: list[str], training: _Training | None, model: Model | None, alerts: Alerts = ()) -> pd.DataFrame:
    from rdkit.Chem import MolFromSmiles

    molecules = describe(smiles, ("fingerprints", "properties", "alerts"))
    table = pd.DataFrame({"smiles": smiles, "valid": molecules.valid})
    if model is not None:
        table["nats"] = _nats(smiles, model)
    for column, name in enumerate(PROPERTIES):
        table.loc[molecules.valid, name] = molecules.parts["properties"][:, column]
    if training is not None:
        similarity, number = nearest(molecules.parts["fingerprints"], training.fingerprints)
        table.loc[molecules.valid, "nearest"] = training.smiles[number]
        table.loc[molecules.valid, "similarity"] = similarity
    own = [own_alerts(MolFromSmiles(text), alerts) for text in molecules.canonical]
    table.loc[molecules.valid, "alerts"] = ["; ".join(both) for both in map(add, molecules.parts["alerts"], own)]
    return table


def _nats(smiles: list[str], model: Model) -> np.ndarray:
    """(n,) log p of each string; minus infinity where the model's symbols do not spell it."""
    nats, spelled = np.full(len(smiles), -np.inf), [k for k, text in enumerate(smiles) if _spells(model.domain, text)]
    if spelled:
        nats[spelled] = model.log_prob([smiles[k] for k in spelled]).nats
    return nats


def _spells(domain: Domain, text: str) -> bool:
    try:
        domain.encode([text])
    except (DataError, KeyError):
        return False
    return True


PARALLEL_FROM = 1_000  # molecules that are worth the start of a process


class WrittenPredictions(NamedTuple):
    """The outcome of `predict_file`: the number of molecules, the files that it wrote, and sentences on the library.

    Args:
        notes: Notes for the user.
    """

    count: int
    paths: list[Path]
    notes: list[str]


def predict_file(
    model: Predictor, library: object, out: Path, descriptors: object = None, **options: object
) -> WrittenPredictions:
    """Predicts a library by a predictor of properties into the CSV `out`, in the library's order; beside it a text says
    what the columns are. The nearest training molecule is a SMILES where the training file is there and unchanged, else
    its number in it.

    Raises DataError for a library that cannot be read, or of which no molecule can.

    Args:
        model: The trained model.
        library: Library of molecules.
        descriptors: as in `libraries`.
        options: as in `read_items`.
    """
    legend = out.with_suffix(".columns.txt")
    legend_lines = {name: f"{name}: {of}" for name, of in model.domain.columns().items()}
    require_ours(legend, next(iter(legend_lines.values())))
    source, notes = source_like(library, model.config["data"]["options"], options)
    trained, counts, names = _training_molecules(model), Counter(), []
    total = count(source, model.domain.column)

    def blocks(advance: Callable[[int], None]) -> Iterator[bytes]:
        nonlocal names
        for table in _tables(model, source, total, descriptors):
            counts["same"] += int((table["similarity"] == EQUAL_SIMILARITY).sum()) if "similarity" in table else 0
            if trained is not None:
                table["nearest"] = [trained[k] if valid else None for k, valid in zip(table["nearest"], table["valid"])]
            text, names = csv_bytes(table), list(table)
            yield text if not counts["all"] else text.split(b"\n", 1)[1]
            counts.update(all=len(table), unreadable=int((~table["valid"]).sum()))
            advance(len(table))

    with progress_bar(total, "molecules predicted") as advance:
        paths = [write_whole(out, blocks(advance))]
    paths.append(write_whole(legend, "\n".join([*map(legend_lines.get, names), ""]).encode()))
    notes.append(f"molecules are read as in training: {model.domain.standard.describe()}")
    notes += [f"{counts['unreadable']:,} of {counts['all']:,} molecules cannot be read: `valid` is False there"] * bool(
        counts["unreadable"]
    )
    notes += [f"{counts['same']:,} have the fingerprint of a training molecule"] * bool(counts["same"])
    return WrittenPredictions(counts["all"], paths, notes)


def _tables(model: Predictor, source: Source, total: int, descriptors: object) -> Iterator[pd.DataFrame]:
    """Tables of `model.predict` for the parts of a library, in their order. On the processor, several processes share a
    large library. A part has the same bits in each process, since one thread computes it."""
    processes = min(cores(), total // PARALLEL_FROM) if model.device.type == "cpu" and descriptors is None else 1
    if processes < 2:
        yield from map(model.predict, libraries(source, model.domain, descriptors))
        return
    any_valid = False
    with TemporaryDirectory() as folder:
        model.save(folder)
        molecules = read_in_batches(source, model.domain.column)
        for table in in_order(partial(_table, folder, called(source)), molecules, processes):
            any_valid |= bool(table["valid"].any())
            yield table
    if not any_valid:
        deque(libraries(source, model.domain), 0)  # raises the error that says why


def _table(folder: str, source: str, molecules: Sequence[Molecule]) -> pd.DataFrame:
    """Predictions for one part, by the model that is kept in a folder."""
    model = _opened(folder)
    return model.predict(as_library(molecules, model.domain, source))


@lru_cache(maxsize=1)
def _opened(folder: str) -> Predictor:
    return load_model(folder, "cpu")


def _training_molecules(model: Predictor) -> Sequence[str] | None:
    """The molecules that a model learned from, by their numbers; None where their file is gone, or another."""
    data = training_data_if_there(model)
    if data is None or not (model.family.numbers < len(data.whole.smiles)).all():
        return None
    return data.whole.smiles


def open_predictor(run: str | Path) -> Predictor:
    """Open a run that predicts properties of molecules. Raises DataError where it is of something else, or needs a
    person's descriptors."""
    model = load_model(run, "cpu")
    if (model.config["kind"], model.config["task"]) != TASK:
        raise DataError(f"{run} predicts no properties of molecules: train one with genwright fit FILE --target COLUMN")
    if not isinstance(model.domain.descriptors, str):
        raise DataError(
            f"{run} was trained with descriptors of a file, which are not at hand here: train it with --descriptors "
            "rdkit, or none"
        )
    return model
