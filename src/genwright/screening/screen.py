"""screen: a library and what is known in, a ranked list with a page that says what to buy and how deep out."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shlex
import shutil
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..chemistry.alerts import GROUPS, PAINS
from ..chemistry.direction import Direction, find_direction
from ..chemistry.drawings import require_drawing
from ..chemistry.standards import Standard, Unreadable, parent_of, quiet_rdkit
from ..core.data import Data
from ..core.errors import BudgetError, DataError, RunError, damage
from ..core.files import write_whole
from ..core.patience import without_bars
from ..data.kind import Source
from ..data.library import called, parts
from ..data.load import load_data
from ..data.read import source_like
from ..evaluation.intervals import numpy_generator
from ..evaluation.metrics.molecules import tool
from ..recipes import registry
from ..run.fit import fit
from ..run.members import MEMBERS
from ..run.open import open_predictor
from ..run.predictor import Predictor
from ..run.tasks import task_of
from ..run.training_data import training_data_if_there
from .judged import Judged, among_library, auc_of, by_leaving_out, by_test
from .known import Known, Reading, actives_of, measured_of
from .page import depth, page
from .passes import pass_over, write_ranked
from .rows import ALIKE, COLUMNS, MEASURED, OF_TABLES, UNREADABLE, screener
from .scorers import target_of
from .settings import DECOYS, MODEL, WAYS, WORK, Settings, place_of
from .top import best_of, sdf

SUMMARY, RANKED, TOP, PAGE, LEGEND = "summary.json", "ranked.csv", "top.sdf", "report.html", "ranked.columns.txt"
FILTERS = PAINS, *GROUPS
ACTIVE = "active"  # the column of actives and decoys
ENSEMBLE = 5  # networks that rank together
NOTHING = Known([], np.zeros(0, bool), np.zeros(0, bool))
PER_ACTIVE, FEWEST, MOST = 10, 200, 2_000  # decoys of an active, and all decoys at least and at most;
LEFT = 4  # so many times fewer than a small library has, since a decoy counts as inactive


@dataclass(frozen=True)
class Screened:
    """The result of `screen`. folder: with ranked.csv, top.sdf and report.html. summary: counts, and how held-out
    actives rank. notes: sentences about what was read. ranking: by what molecules rank, and which end is better."""

    folder: Path
    summary: dict[str, Any]
    notes: list[str]
    top: int
    ranking: str

    @property
    def ranked(self) -> Path:
        """A row for each molecule of the library, the best first."""
        return self.folder / RANKED

    @property
    def report(self) -> Path:
        """The page that says what to buy and how deep."""
        return self.folder / PAGE

    @cached_property
    def best(self) -> pd.DataFrame:
        """The best molecules, each once, with the columns of ranked.csv."""
        return best_of(self.ranked, self.top)

    def describe(self) -> list[str]:
        """How many molecules are ranked and by what, why others are left out, and how deep to buy."""
        total, kept, removed = (self.summary[name] for name in ("total", "kept", "removed"))
        why = "".join(f"; {count:,} {name}" for name, count in removed.items())
        ranked = f"{kept:,} of {total:,} molecules ranked by {self.ranking}"
        return [f"{ranked}{why}", *depth(self.summary)]


def screen(
    library: Any,
    *,
    actives: Any = None,
    by: str = WAYS[0],
    assay: Any = None,
    target: str | None = None,
    positive: str | None = None,
    lower: bool | None = None,
    run: str | Path | None = None,
    family: str | None = None,
    minutes: float = 2.0,
    top: int = 100,
    without: Sequence[str] = (),
    new: float | None = None,
    flags: Mapping[str, str | Path] | None = None,
    out: str | Path = "hits",
    seed: int = 0,
    progress: bool = True,
) -> Screened:
    """Rank the molecules of a library by how likely they are to be active, and say what to buy and how deep.

    library: a file of molecules of any length, or a list of SMILES. Name one of three things that are known:

    - actives: a file or a list of active molecules. `by` says how they rank: "similarity" to the nearest of them,
      "one-class", a density over all of them, or "decoys", a model that tells them from molecules of the library.
    - assay: a table with measured values, of which `target` is the column that counts. A model is trained on it for
      `minutes`: an ensemble where `family` (the default of properties) is a network.
    - run: the folder of a trained model of properties. target: which of its targets ranks.

    If the target is a class, the probability of `positive` ranks, by default of the class whose word says that it is
    sought ("active" of active and inactive). If the target is a number, larger is better, unless lower=True. Two other
    words, and a number whose name suggests that less is better (IC50, "Ki (nM)"), need `positive` or `lower`. Molecules
    that were measured already are left out, and so are their salts and stereoisomers. top: how many of the best top.sdf
    and the result hold. without: filters ("pains", "mcf", "charges", "elements", "rings") and names of flags whose
    molecules are left out. new: the greatest similarity to a measured molecule that is kept. flags: {name: run}: a
    column of predictions by another model, a warning, which leaves nothing out by itself.

    out: a folder. The same call resumes there, and ends with the same ranked.csv.

    Raises DataError for a library, actives, an assay or options that cannot be used, BudgetError for a number that
    makes no sense, RunError where the folder holds something else or a run cannot be opened.
    """
    require_drawing()
    out, flags = Path(out), {name: str(where) for name, where in (flags or {}).items()}
    _require(actives, assay, run, by, family, target, positive, lower, top, new, without, flags)
    with nullcontext() if progress else without_bars():
        warning = {name: open_predictor(where) for name, where in flags.items()}
        _require_classes(warning, without)
        start = _start(library, actives, by, assay, target, positive, lower, run, family, minutes, seed)
        settings = Settings(
            **start.settings, flags=flags, without=tuple(dict.fromkeys(without)), new=new,
            contents=start.contents | {"known molecules": start.known.digest}
            | {f"flag {name}": model.config["digest"] for name, model in warning.items()},
        )  # fmt: skip
        place, record = place_of(out), settings.to_json()
        place.require_own()
        with place.hold():
            place.require_same(place.read(), record)
            place.write(record)
            if not ((out / SUMMARY).is_file() and (out / RANKED).is_file()):
                model = _ranking(start, settings, family, minutes, seed, out, progress)
                start.known.write(out)
                summary = _screened(out, settings, start, model)
                summary["flags"] = {name: auc_of(model) for name, model in warning.items()}
                write_whole(out / SUMMARY, (json.dumps(summary, indent=1) + "\n").encode())
                shutil.rmtree(out / WORK, ignore_errors=True)
            with damage(out / SUMMARY, "remove it, and run the same command again", RunError):
                found = json.loads((out / SUMMARY).read_text())
            done = Screened(out, found, start.notes, top, settings.ranking)
            write_whole(out / TOP, sdf(done.best))
            write_whole(out / PAGE, page(done.best, done.summary, settings).encode())
    return done


@dataclass(frozen=True)
class Start:
    """Inputs of a screen. settings, contents: of `Settings`. known: measured molecules. source, reading: of the
    library; total: number of its molecules. model: the one that a person named. data: its training data, None if they
    are gone. Without a model, the data to train on, None if nothing is to be trained."""

    settings: dict[str, Any]
    contents: dict[str, str]
    known: Known
    source: Source
    reading: Reading
    total: int
    notes: list[str]
    data: Data | None = None
    model: Predictor | None = None


def _start(
    library: Any, actives: Any, by: str, assay: Any, target: str | None, positive: str | None, lower: bool | None,
    run: Any, family: str | None, minutes: float, seed: int,
) -> Start:  # fmt: skip
    source, notes = source_like(list(library) if isinstance(library, (tuple, np.ndarray)) else library, {}, {})
    trained = {"family": family or "", "minutes": f"{minutes:g}", "seed": str(seed)}
    if actives is not None:
        known, more = actives_of(actives)
        total, contents, decoys = _survey(source, Reading(), by == DECOYS, len(known.smiles), seed)
        settings, data = {"library": called(source), "by": by}, None
        if by == DECOYS:
            known, data = _with_decoys(known, decoys, seed)
            settings |= {"run": MODEL, "target": ACTIVE, "positive": ACTIVE}
            contents |= trained
        return Start(settings, contents, known, source, Reading(), total, notes + more, data)
    if assay is not None:
        data = task_of(load_data(assay, target=target, seed=seed), None)
        column = data.domain.targets[0]
        direction = find_direction(column, positive, lower)
        reading, known = Reading(data.domain.standard, data.domain.column), measured_of(data.whole, direction)
        settings = {"run": MODEL}
        told, model = {"assay": data.hash} | trained, None
        notes += data.whole.describe()
    else:
        model = open_predictor(run)
        column, data = target_of(model, target or "", str(run)), training_data_if_there(model)
        direction = find_direction(column, positive, lower)
        reading = Reading(model.domain.standard, model.domain.column)
        known = NOTHING if data is None else measured_of(data.whole, direction)
        settings = {"run": str(run)}
        told = {"run": model.config["digest"]}
        if data is None:
            notes.append(
                f"the training table of {run} is gone, or another: molecules with the fingerprint of a training "
                "molecule are left out, and no active is named"
            )
    total, contents, _ = _survey(source, reading, False, 0, seed)
    settings |= {"target": column.name, "positive": direction.positive, "lower": direction.lower}
    settings |= {"library": called(source), "standard": reading.standard.to_json(), "column": reading.column}
    return Start(settings, contents | told, known, source, reading, total, notes, data, model)


def _survey(source: Source, reading: Reading, draws: bool, actives: int, seed: int) -> tuple[int, dict, list[str]]:
    """How many molecules a library holds, a digest of them, and texts drawn from it where decoys are wanted. Raises
    DataError for an empty one."""
    total, texts = 0, hashlib.blake2b(digest_size=16)
    wanted = min(max(FEWEST, PER_ACTIVE * actives), MOST) if draws else 0
    held, rng = [], numpy_generator("decoys", seed)
    for molecules in parts(source, reading):
        for _, text, _, why in molecules:
            texts.update(text.encode() + b"\n")
            total += 1
            if not why and len(held) < wanted:
                held.append(text)
            elif not why and wanted and (place := int(rng.integers(total))) < wanted:
                held[place] = text
    held = [held[k] for k in rng.permutation(len(held))[: max(1, total // LEFT)]]
    if not total:
        raise DataError(f"{called(source)} holds no molecules: give a file with a SMILES a line")
    return total, {"library": texts.hexdigest()}, held


def _with_decoys(known: Known, texts: list[str], seed: int) -> tuple[Known, Data]:
    """Actives and decoys as an assay. Raises DataError where nothing is left to tell actives from."""
    decoys = []
    with quiet_rdkit():
        for text in texts:
            with suppress(Unreadable):
                smiles = Standard().smiles(text)
                if parent_of(smiles) not in known.parents:
                    decoys.append(smiles)
    smiles = [*known.smiles, *dict.fromkeys(decoys)]
    active = np.arange(len(smiles)) < len(known.smiles)
    words = np.where(active, "active", "inactive")
    data = task_of(load_data((smiles, words), target=ACTIVE, seed=seed), None)
    own = measured_of(data.whole, Direction(ACTIVE, positive=ACTIVE))
    return Known(own.smiles, own.active, ~own.active), data


def _ranking(
    start: Start, settings: Settings, family: str | None, minutes: float, seed: int, out: Path, progress: bool
) -> Predictor | None:
    """The model that ranks, trained where there is none yet; None where known actives rank alone."""
    if start.model is not None or start.data is None:
        return start.model
    name = family or registry.TASKS[registry.PROPERTIES].default
    row = registry.row(*registry.PROPERTIES, name)
    several = any(hasattr(hyper, MEMBERS) for hyper in registry.presets(row).values())
    return fit(
        start.data, name, minutes=minutes, ensemble=ENSEMBLE if several else None, seed=seed, out=out / MODEL,
        progress=progress,
    )  # fmt: skip


def _screened(out: Path, settings: Settings, start: Start, model: Predictor | None) -> dict[str, Any]:
    """Pass over the library, write ranked.csv, and sum up what was seen."""
    judged, call = _judged(settings, start, model), secrets.token_hex(8)
    paths = pass_over(out, call, start.source, start.reading, start.total)
    columns = screener(str(out), call).columns
    held, sign = np.array(judged.scores), settings.direction.sign
    found = write_ranked(paths, list(columns), out, held, start.known.decoys, sign)
    if not found["kept"]:
        why = ", ".join(f"{name} {count:,}" for name, count in found["removed"].items())
        raise DataError(
            f"{settings.library} keeps no molecule ({why}): give another library, or fewer filters in another folder"
        )
    legend = [f"{name:20} {of}" for name, of in columns.items()]
    write_whole(out / LEGEND, "\n".join([*legend, f"by {tool()}", ""]).encode())
    figures, how = dict(judged.figures), judged.how
    if judged.scores and start.known.decoys:
        how += " The actives are placed among molecules of the library that are no decoys."
    if found["ranks"] and not figures:
        figures = among_library(np.array(found["ranks"]), found["among"])
    return {
        "total": start.total, "ranked by": settings.ranking, **found, "how": how, "figures": figures,
        "known": len(start.known.smiles), "actives": int(start.known.active.sum()),
    }  # fmt: skip


def _judged(settings: Settings, start: Start, model: Predictor | None) -> Judged:
    if model is None:
        return by_leaving_out(settings.by, start.known)
    if model.config["rows"] != "train":
        return Judged("The model learned from all molecules of its table, so none is left to measure recall on.")
    if start.data is None:
        return Judged("The training table is gone, or another, so no molecule is left to measure recall on.")
    target = target_of(model, settings.target, settings.run)
    return by_test(model, start.data, target, settings.direction)


def _require(
    actives: Any, assay: Any, run: Any, by: str, family: str | None, target: str | None, positive: str | None,
    lower: bool | None, top: int, new: float | None, without: Sequence[str], flags: dict[str, str],
) -> None:  # fmt: skip
    """Raises DataError and BudgetError for what makes no sense, before anything is read."""
    named = [name for name, value in {"actives": actives, "assay": assay, "run": run}.items() if value is not None]
    if len(named) != 1:
        said = f"{' and '.join(named)} are named" if named else "nothing is known"
        raise DataError(f"{said}: name one of --actives FILE, --assay FILE with --target COLUMN, or --run RUN")
    if assay is not None and target is None:
        raise DataError("an assay needs the column that counts: name it with --target")
    if actives is not None and target is not None:
        raise DataError("known actives have no target: leave --target out")
    if actives is not None and not (positive is None and lower is None):
        raise DataError("known actives are all sought: leave --positive, --lower and --higher out")
    if by not in WAYS:
        raise DataError(f"by={by!r} is unknown: choose one of {', '.join(WAYS)}")
    if actives is None and by != WAYS[0]:
        raise DataError("--by ranks by known actives: leave --by out")
    if family is not None and assay is None and by != DECOYS:
        raise DataError("--family is for an assay, on which a model is trained: leave --family out")
    if top < 1:
        raise BudgetError(f"top must be at least 1, not {top}")
    if new is not None and not 0 < new <= 1:
        raise BudgetError(f"new is a similarity above 0 and at most 1, not {new}")
    taken = {*COLUMNS, *OF_TABLES, *FILTERS, UNREADABLE, MEASURED, ALIKE, *(f"{name}_of" for name in flags)}
    for name, where in flags.items():
        if name in taken or name != _writable(name):
            other = _writable(name)
            other += "-flag" * (other in {*taken, *flags})
            typed = shlex.quote(f"{other}={where}")
            raise DataError(
                f"a flag cannot be called {name!r}, which the screen uses or cannot write: use --flag {typed}"
            )
    if strange := [name for name in without if name not in (*FILTERS, *flags)]:
        raise DataError(f"no filter or flag is called {strange[0]!r}: choose one of {', '.join((*FILTERS, *flags))}")


def _writable(name: str) -> str:
    """A name that a reason of ranked.csv and --without can hold: without colon, comma, and characters that no one
    sees."""
    plain = re.sub(r"[:,]+", "-", "".join(letter if letter.isprintable() else " " for letter in name))
    return " ".join(plain.split()).strip("-") or "flag"


def _require_classes(warning: Mapping[str, Predictor], without: Sequence[str]) -> None:
    """Raises DataError where a flag is to leave molecules out, and its model gives no probability."""
    for name, model in warning.items():
        if name in without and not any(target.classes for target in model.domain.targets):
            raise DataError(f"flag {name!r} predicts numbers alone, which remove nothing: leave it out of --without")
