"""A study: fits, and what was measured of them, in one results.json that is written after every row.

A study that was stopped goes on where it stood when the same call is made again; a call that asks for something else is
refused.
"""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..core.errors import RunError
from ..core.folder import Folder
from ..core.patience import bar
from ..run.run_record import RunRecord
from ..training.machine import machine_facts
from ..zoo import registry
from .report.records import Results, Row, StudyPlan
from .report.results import CALLED, FORMAT, RESULTS, jsonable, read, require_own_study, row_of, write


@dataclass(frozen=True)
class Study:
    """results: the content of results.json so far.

    Args:
        folder: where it and the runs are.
    """

    results: Results
    folder: Path

    def row(self, family: str, settings: dict | None = None, seed: int | None = None) -> Row | None:
        """Returns the row with earlier measurements of one fit; None without any.

        Args:
            family: Name of the family.
            settings: Settings of the study.
            seed: Seed of the random numbers.
        """
        return row_of(self.results, family, settings or {}, self.results.seed if seed is None else seed)

    def add(self, row: Row, baseline: bool = False) -> None:
        """Adds a row; it is on disk when this returns.

        Args:
            row: The row.
            baseline: Whether the family is a baseline.
        """
        (self.results.baselines if baseline else self.results.models).append(_as_stored(row))
        self.write()

    def replace_row(self, row: Row, baseline: bool = False) -> None:
        """Replaces the row of a family; others stay, in the order of the plan. It is on disk when this returns.

        Args:
            row: The new row.
            baseline: Whether the family is a baseline.
        """
        rows = self.results.baselines if baseline else self.results.models
        by_family = {kept_row.family: kept_row for kept_row in rows} | {row.family: _as_stored(row)}
        planned = [by_family.pop(family) for family in self.results.plan.families if family in by_family]
        rows[:] = [*planned, *by_family.values()]
        self.write()

    def finish(self, **parts: object) -> None:
        """Writes the end of a study.

        Args:
            parts: Advice, and drawings of all rows together.
        """
        self.update(**parts, finished=True)

    def update(self, **parts: object) -> None:
        """Set parts of the results; on disk when this returns."""
        for name, part in parts.items():
            setattr(self.results, name, part)
        self.write()

    def write(self) -> None:
        write(self.results, self.folder)


@contextmanager
def study(
    kind: str, folder: Path, data: Any, families: list[str], *, seeds: int = 1, minutes: float | None = None,
    cores: int | None = None, share: float | None = None, seed: int = 0, metrics: dict, published: dict | None = None,
    target: str | None = None,
) -> Iterator[Study]:  # fmt: skip
    """Yields the study of this kind in `folder`, begun or gone on with; nobody else may write there meanwhile.

    Raises RunError where the folder holds something else, or a study that was begun otherwise.

    Args:
        kind: Kind of the study.
        data: a Data, None where the study makes its own.
        seeds: Number of seeds.
        minutes: Budget in minutes.
        cores: on which families train at once, and share: minutes of one core for each. A study that resumes keeps
            its own.
        seed: Seed of the random numbers.
        metrics: {"titles": {metric: (title, explanation, unit)}, "headline": {criterion: metric}}, and perhaps
            "beside", as the schema says.
        published: {family: figure}, as the schema says.
        target: the column that is learned from samples, where one was named.
    """
    place = Folder(folder, RESULTS, CALLED[kind], "works", identity=_identity)
    place.require_own()
    require_own_study(folder)
    plan = StudyPlan(list(map(str, families)), seeds, minutes, share, cores, target)
    known = jsonable(dict(data=data and _describe_data(data), machine=machine(), metrics=metrics))
    fresh = Results(format=FORMAT, study=kind, finished=False, seed=seed, plan=plan, **known)
    fresh.published = jsonable(published or {})
    with place.hold():
        if not (folder / RESULTS).is_file():
            write(fresh, folder)
            yield Study(fresh, folder)
            return
        record = read(folder)
        if record.study != kind:
            raise RunError(f"{folder} holds a {CALLED[record.study]}: choose another folder")
        place.require_same(record.to_json(), fresh.to_json())
        yield Study(record, folder)


def _identity(record: dict) -> dict:
    """What must not differ when a study resumes."""
    data = record["data"] or {}
    plan = {name: value for name, value in record["plan"].items() if name not in ("further", "cores", "share")}
    return {"data": data.get("hash"), "options": data.get("options"), **plan, "seed": record["seed"]}


def blank_row(family: str, recipe: str, verbs: tuple[str, ...] = (), folder: str = "", **named: Any) -> Row:
    """Makes a row of which nothing is measured yet.

    Args:
        family: Name of the family.
        folder: Folder to read or write.
        named: settings, seed, or what is known already.
    """
    return Row(family, recipe=recipe, verbs=list(verbs), folder=folder, **named)


def _as_stored(row: Row) -> Row:
    """The row as it comes back from its file."""
    return Row.from_json(jsonable(row.to_json()))


def fitted(row: Row, model: Any, memory: float | None = None) -> Row:
    """Returns the row with what a fit left behind.

    Args:
        row: Row of the results, one family.
        model: a Model or Predictor.
        memory: MiB.
    """
    run = RunRecord(jsonable(model.config))
    spent = dict(memory=memory, items=run.items, seconds=row.seconds | {"train": run.seconds})
    return replace(row, verbs=model.verbs, parameters=model.parameters, health=list(run.health), config=run, **spent)


def write_drawings(suite: Any, model: Any, folder: Path, place: str) -> dict:
    """Write a suite's drawings and preview of a model, or of real test items without one, to `place`, a folder in
    `folder`. Returns both as a row has them."""
    drawings = suite.plot(model, folder / place) if model else suite.plot_real(folder / place)
    return _written(drawings, suite, model, folder, place)


def write_first_drawings(suite: Any, model: Any, folder: Path, place: str) -> dict:
    """Returns the sheet of samples and the preview alone of what `write_drawings` gives: what takes a second at most.

    Args:
        model: The trained model.
        folder: Folder to read or write.
    """
    return _written(suite.plot_first(model, folder / place), suite, model, folder, place)


def _written(drawings: dict[str, str], suite: Any, model: Any, folder: Path, place: str) -> dict:
    """Drawings as a row has them, and a preview beside them."""
    (folder / place).mkdir(parents=True, exist_ok=True)
    preview = suite.preview(model, folder / place)
    drawings = {caption: f"{place}/{Path(file).name}" for caption, file in drawings.items()}
    return {"drawings": drawings, "preview": preview and f"{place}/{Path(preview).name}"}


def _describe_data(data: Any) -> dict:
    parts_described = [
        {"holds": rule.holds, "rows": round(rule.support.rows / len(rule.table), 1)}
        for rule in getattr(data.domain, "look_ups", ())
    ]
    return ({"keeps": parts_described} if parts_described else {}) | {
        "name": data.name,
        "source": data.source,
        "options": data.options,
        "hash": data.hash,
        "licence": data.licence,
        "domain": registry.label(data.kind, data.task),
        "suffix": data.domain.viewed,
        "described": data.facts(),
        "protocol": data.protocol,
        "items": data.sizes,
    }


def machine() -> dict:
    """Facts on the machine and the software that a time, and the last bit of a number, depend on."""
    return {
        **machine_facts(),
        "memory": round(psutil.virtual_memory().total / 2**20),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def counted(progress: bool) -> Progress:
    """Returns a bar on stderr that counts the fits of a study."""
    columns = (TextColumn("{task.description}"), BarColumn(30), MofNCompleteColumn(), TimeElapsedColumn())
    return bar(*columns, show=progress, transient=True)


def metrics_of(suite: type) -> dict:
    """Names, meanings and purposes of the metrics, stored so that a report needs no suite."""
    metric_words = {"titles": suite.TITLES, "headline": suite.HEADLINE}
    words = ("beside", "facts", "cures", "most_bad", "called", "aim")
    other_words = {name: getattr(suite, name.upper(), None) for name in words}  # suites of others may have none
    return metric_words | {name: part for name, part in other_words.items() if part}
