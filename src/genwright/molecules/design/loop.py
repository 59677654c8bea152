"""How `design` searches: start molecules and a plan in, the best molecules out, for as few calls of the score as the
budget allows."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd

from ...core.errors import DataError, RunError
from ...core.files import require_inside_folder
from ...core.folder import CONFIG, Folder
from ...core.patience import progress_bar
from ...run.model import Model
from ...run.open import load_model
from ..chemistry.scaffolds import scaffold_of
from ..chemistry.standards import quiet_rdkit
from ..library_tables import open_predictor
from . import laboratory
from .families import GENERATION, Exhausted, Proposal, Search, Task, require_family
from .genetic import STARTED
from .limits import Limits, describe_refusals, elements_of
from .oracle import CALLS as CALLS_FILE
from .oracle import (
    MOST_FAILURES,
    TOLD_FAMILY,
    CallsFile,
    Oracle,
    ScoreFailed,
    Spent,
    Unanswered,
    all_columns,
    read_calls,
)
from .plan import BATCH, MOST_ASKED, DesignPlan, Start
from .result import MOST_PER_SCAFFOLD, Designed, best_of, curves, notes_of_best, summary_of, write_page, write_tables
from .score_process import LOG, ScoreFunction, ScoreProcess, UnaskedLine
from .wants import Objective

RECORD, FORMAT = "design.json", 3
SCORE_FILE = "score file"  # key of the record: the digest of the file that scores
GENETIC, VERSION = "genetic search", 2  # key of the record: the version of the family, and children of a generation
IDLE = 50  # proposals in a row without a new molecule, after which a search ends
PRIOR = "prior"  # folder of the string model


def run_design(start: Start, plan: DesignPlan) -> Designed:
    """Searches for what a plan wants, beginning with these molecules; see `design`."""
    limits, folder = plan.limits(start), plan.folder(start.name)
    first_record, notes = start.begin(limits, plan.lead)
    place = _place_of(folder)
    place.require_own()
    objective = None if plan.in_laboratory else _objective(plan, folder)
    columns = objective.columns if objective else ()
    _require_same(place, plan, _record(plan, first_record, limits, objective, place.read() or {}), columns)
    with ExitStack() as stack:
        stack.enter_context(place.hold())
        record_before = place.read() or {}
        record = _record(plan, first_record, limits, objective, record_before)
        notes += _require_same(place, plan, record, columns)
        place.write(record)
        file = stack.enter_context(CallsFile(folder, columns, plan.is_own(start)))
        if objective and objective.score is not None:
            stack.enter_context(_started(objective.score, place, file, not record_before))
        if plan.tell is not None:
            notes += laboratory.tell(file, folder, plan.tell)
        measured_before = laboratory.measured_before(file, limits)
        first_record = measured_before or first_record
        first = max(record["batch"], len(measured_before)) if plan.in_laboratory else STARTED
        prior = cache(lambda kind: _prior(plan, first_record, folder, kind))
        elements = (limits.elements or elements_of(first_record)) - {"H"}
        task = Task(first_record, limits, elements, plan.seed, record["batch"], first, prior, record[GENETIC][1])
        calls_left, calls = _search_all(plan, task, file, objective)
        table = file.table()
    notes += calls_left
    if plan.ask is not None:
        if plan.ask > record["batch"]:
            notes.append(f"{folder} asks for {record['batch']} molecules at a time, as in its first round")
        notes += laboratory.write_asked(folder, calls[: plan.ask], plan.families[0], plan.seed, start)
    designed = _conclude(table, first_record, objective, plan.diverse, notes, folder)
    descriptions = objective.describe() if objective else []
    write_tables(folder, designed.best, descriptions)
    write_page(designed, start.name, limits.describe(), descriptions)
    return designed


def _record(
    plan: DesignPlan, start_smiles: list[str], limits: Limits, objective: Objective | None, record_before: dict
) -> dict:
    """The record that identifies a design. record_before: the record in its folder."""
    score, batch = objective.score if objective else None, plan.batch or BATCH
    record = {
        "format": FORMAT,
        "start": _digest(start_smiles),
        "score": "laboratory" if plan.in_laboratory else _score_name(plan.score, plan.lower),
        SCORE_FILE: score.digest() if isinstance(score, ScoreProcess) else None,
        "want": [repr(want) for want in plan.wants],
        "like": _digest(plan.lead),
        "runs": objective.runs if objective else {},
        "limits": limits.to_json(),
        "batch": record_before.get("batch", plan.ask or batch) if plan.in_laboratory else batch,
        "diverse": plan.diverse,
        "prior": None if plan.prior is None else str(plan.prior),
    }
    return record | {GENETIC: [VERSION, record["batch"] if plan.in_laboratory or plan.batch else GENERATION]}


def _search_all(
    plan: DesignPlan, task: Task, file: CallsFile, objective: Objective | None
) -> tuple[list[str], list[Proposal]]:
    """Run a search of each family and seed: sentences about how they ended, and molecules that wait for a score."""
    notes, calls, refusals = [], [], {name: [] for name in plan.families}
    for seed in range(plan.seed, plan.seed + plan.seeds):
        for name in plan.families:
            row = require_family(name)
            if row.prior:
                task.prior(row.prior)  # before the clock of the search starts
            oracle = Oracle(file, objective, name, seed, plan.most_calls, plan.minutes, task.batch)
            own_task, search_name = replace(task, seed=seed), f"{name} {seed}"
            try:
                notes += _search(row.search(own_task), oracle, search_name, plan)
            except Unanswered as waiting:
                calls = waiting.proposals
            notes += [f"{search_name}: {text}" for text in own_task.gate.notes]
            refusals[name].append(own_task.gate.counts)
    texts = ((name, describe_refusals(counts)) for name, counts in refusals.items())
    return [*notes, *(f"{name}: {text}" for name, text in texts if text)], calls


def _conclude(
    table: pd.DataFrame, record: list[str], objective: Objective | None, diverse: bool, notes: list[str], folder: Path
) -> Designed:
    """The result of all calls. Raises TrainingFailed where the score failed for every molecule."""
    searched = table[table["family"] != TOLD_FAMILY]
    if objective and len(searched) and searched["score"].isna().all():
        raise ScoreFailed(
            f"the score failed for all {len(searched):,} molecules, at last for this reason: "
            f"{searched['error'].iloc[-1]}; mend it, and name another folder with --out"
        )
    curve = curves(searched)
    if len(searched) > 1 and searched["score"].nunique(dropna=False) == 1:
        notes.append(f"all {len(searched):,} scores are equal, so there was nothing to climb: check the score")
    best = best_of(table, record, list(objective.columns) if objective else [], diverse)
    notes += notes_of_best(best)
    return Designed(best, table, curve, summary_of(searched, curve, record, STARTED), notes, folder)


@dataclass
class _Crowds:
    """How many molecules of each scaffold a search has heard of, where it must stay diverse. crowded: {SMILES: whether
    its scaffold held enough already when it came}."""

    counts: Counter
    crowded: dict[str, bool]

    def scores(self, proposals: list[Proposal], scores: list[float], lowest: float) -> list[float]:
        """The scores, but the lowest seen for each molecule whose scaffold holds enough already."""
        crowd_scores = []
        for proposal, value in zip(proposals, scores):
            if proposal.smiles not in self.crowded:
                scaffold = scaffold_of(proposal.smiles)
                self.counts[scaffold] += 1
                self.crowded[proposal.smiles] = self.counts[scaffold] > MOST_PER_SCAFFOLD
            crowd_scores.append(lowest if self.crowded[proposal.smiles] else value)
        return crowd_scores


def _search(steps: Search, oracle: Oracle, search_name: str, plan: DesignPlan) -> list[str]:
    """Run a search until its budget or its proposals end; sentences about how it ended."""
    crowds, lowest, idle = _Crowds(Counter(), {}), float("inf"), 0
    calls = plan.most_calls
    shows_progress = calls is not None and plan.progress
    with (
        progress_bar(calls, f"{search_name}: molecules scored")
        if shows_progress
        else nullcontext(lambda more: None) as advance,
        quiet_rdkit(),
    ):
        advance(oracle.count)
        try:
            proposals = next(steps)
            while True:
                calls_before = oracle.count
                scores = oracle(proposals)
                advance(oracle.count - calls_before)
                idle = 0 if oracle.news else idle + 1
                if idle >= IDLE:
                    return [
                        f"{search_name}: ended after {oracle.count:,} calls, since it proposed nothing new any more"
                    ]
                if plan.diverse:
                    lowest = min([lowest, *scores])
                    scores = crowds.scores(proposals, scores, lowest)
                proposals = steps.send(scores)
        except StopIteration:
            return [f"{search_name}: ended after {oracle.count:,} calls, since it has no further molecules"]
        except Exhausted as why:
            if not oracle.count:
                raise
            return [f"{search_name}: ended after {oracle.count:,} calls, since {why}"]
        except Spent:
            return []
        finally:
            steps.close()


# ---------------------------------------------------------------------- what a person asked for


def _score_name(score: str | Path | Callable | None, lower_is_better: bool | None) -> str | None:
    """Name of a score in the record of its design, the same in every process."""
    if score is None:
        return None
    name = getattr(score, "__name__", type(score).__name__) if callable(score) else str(score)
    return f"{name}, lower is better" if lower_is_better else name


def _objective(plan: DesignPlan, folder: Path) -> Objective:
    """The objective of a search, whose score has not started. A run is opened on the CPU, so that a resumed search has
    the same bits."""
    open_run, text = cache(open_predictor), str(plan.score)
    is_run = (
        isinstance(plan.score, str)
        and ":" in text
        and any((Path(text.rsplit(":", parts)[0]) / CONFIG).is_file() for parts in (1, 2))
    )
    if is_run:
        return Objective(None, plan.wants, plan.lead, open_run, text, plan.lower)
    if plan.lower is not None:
        raise DataError("--lower and --higher are for --score RUN:PROPERTY: leave them out, and turn your score round")
    if plan.score is None:
        return Objective(None, plan.wants, plan.lead, open_run)
    if callable(plan.score):
        return Objective(ScoreFunction(plan.score), plan.wants, plan.lead, open_run)
    return Objective(ScoreProcess(text, plan.score_seconds, folder / LOG), plan.wants, plan.lead, open_run)


def _prior(plan: DesignPlan, start: list[str], folder: Path, kind: str) -> Model:
    """The model that some families begin with. kind: as of a `Row`."""
    from ...run.fit import fit
    from .string_policy import STRINGS, require_strings

    family = None if kind == STRINGS else kind
    if plan.prior is not None:
        model = load_model(plan.prior, "cpu")
        if family and model.config["family"] != family:
            raise DataError(
                f"{plan.prior} is no {family}: name a run that `genwright fit --family {family}` has written"
            )
        return model if family else require_strings(model, plan.prior)
    from ...kinds.load import load_data

    data = load_data(start, kind="molecules", seed=plan.seed)
    out = folder / (f"{PRIOR}-{family}" if family else PRIOR)
    minutes = plan.prior_minutes
    return fit(data, family=family, minutes=minutes, seed=plan.seed, out=out, progress=plan.progress, device="cpu")


def _digest(smiles: Sequence[str]) -> str:
    return hashlib.blake2b("\n".join(smiles).encode(), digest_size=16).hexdigest()


def _place_of(folder: Path) -> Folder:
    """The folder of a design. A score file may be mended where its search stopped for that (see `_require_same`)."""
    names = ["format", "start", "score", "want", "like", "runs", "limits", "batch", "diverse", "prior"]
    batch = {"type": "integer", "minimum": 1, "maximum": MOST_ASKED}
    schema = {"type": "object", "required": names, "properties": {"batch": batch}}
    require_inside_folder(folder / RECORD)
    identity = lambda record: {name: value for name, value in record.items() if name not in (SCORE_FILE, GENETIC)}
    return Folder(folder, RECORD, "design", "designs", schema=schema, identity=identity)


def _require_same(place: Folder, plan: DesignPlan, record: dict, columns: Sequence[str]) -> list[str]:
    """Raises RunError where the folder holds another design, its calls cannot be used, or its score file has changed,
    so that new scores would mix with old ones. A search may have stopped for a person to mend the file: a note says so.
    """
    record_before, path = place.read(), place.path / CALLS_FILE
    place.require_same(record_before, record)
    if record_before is None:
        return []
    rows = read_calls(path, all_columns(columns))
    if record_before.get(GENETIC) != record[GENETIC] and any(row["family"] == "genetic" for row in rows):
        raise RunError(
            f"the genetic search in {place.path} is of an earlier version or has another --batch: choose another "
            f"folder with --out. A laboratory passes its measurements on with --tell {path}"
        )
    scores = [row["score"] for row in rows]
    count = sum(score is not None for score in scores)
    if not count or record_before.get(SCORE_FILE, record[SCORE_FILE]) == record[SCORE_FILE]:
        return []
    if any(score is not None for score in scores[-MOST_FAILURES:]):
        raise RunError(
            f"{plan.score} has changed since the design in {place.path} began, so new scores would mix with old ones: "
            f'restore it, or choose another folder. If both score alike, remove the line "{SCORE_FILE}" from '
            f"{place.path / RECORD}"
        )
    return [f"{plan.score} was mended after {count:,} scores, which stay as they are"]


@contextmanager
def _started(score: ScoreFunction | ScoreProcess, place: Folder, file: CallsFile, is_new: bool) -> Iterator[None]:
    """A context with the score running. If that of a new design does not start, its folder is as if it had never begun:
    another may be tried. If it has written a line too many, only its first answers are certain: later calls are made
    again."""
    started = False
    try:
        with score:
            started = True
            yield
    except UnaskedLine:
        file.withdraw_later()
        raise
    except DataError:
        for name in (CALLS_FILE, LOG, RECORD) if is_new and not started else ():
            (place.path / name).unlink(missing_ok=True)
        raise
