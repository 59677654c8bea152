"""design: start molecules and a goal in, the best molecules out, for as few calls of the score as the budget allows."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..chemistry.drawings import require_drawing
from ..chemistry.scaffolds import scaffold_of
from ..chemistry.standards import quiet_rdkit
from ..core.errors import BudgetError, DataError, RunError, TrainingFailed
from ..core.folder import Folder
from ..core.patience import progress_bar
from ..core.run_files import CONFIG
from ..run.open import load_model, open_predictor
from . import laboratory
from .families import require_family
from .family import Exhausted, Proposal, Task
from .genetic import SIZE
from .limits import ATOMS, LARGEST_RING, SMALLEST_RING, Limits, capped, elements_of, scaffold_to_keep
from .oracle import CALLS as CALLS_FILE
from .oracle import MOST_FAILURES, TOLD, CallsFile, Oracle, Spent, Unanswered
from .page import write_page
from .result import EACH, Designed, best_of, curves, summary_of, write_tables
from .score_process import LOG, ScoreFunction, ScoreProcess
from .start import Start, read_start
from .wants import SIMILARITY, Objective, Want, parse_want

CALLS = 10_000
RECORD, FORMAT = "design.json", 2
SCORE_FILE = "score file"  # in the record: the digest of the file that scores
IDLE = 50  # proposals in a row without a new molecule, after which a search ends
MOST_BATCH = 500  # molecules whose SMILES fit into a pipe
PRIOR, PRIOR_MINUTES = "prior", 10.0


def design(
    data: Any,
    *,
    score: str | Path | Callable[[list[str]], Sequence[float]] | None = None,
    want: str | Sequence[str] = (),
    family: str | Sequence[str] = "genetic",
    calls: int | None = None,
    minutes: float | None = None,
    out: str | Path | None = None,
    seed: int = 0,
    seeds: int = 1,
    batch: int = 64,
    score_seconds: float = 60.0,
    like: Any = None,
    similar: float = 0.0,
    keep: str = "",
    elements: str | Sequence[str] = (),
    rings: tuple[int, int] | None = (SMALLEST_RING, LARGEST_RING),
    atoms: int | None = ATOMS,
    filters: bool = True,
    diverse: bool = False,
    prior: str | Path | None = None,
    prior_minutes: float = PRIOR_MINUTES,
    ask: int | None = None,
    tell: Any = None,
    progress: bool = True,
) -> Designed:
    """Design molecules that score high, beginning with those of `data` (SMILES, a path, or a name).

    score: a .py file with a function `score(smiles: list[str]) -> list[float]`, another command that reads and writes
    lines of JSON, "RUN:PROPERTY" of a trained model, or a function. Higher is better; NaN or None means that a molecule
    could not be scored. A file or a command runs in a process of its own, in batches of `batch` molecules, for at most
    `score_seconds` each. A function runs in this process, without a limit of time.

    want: wishes such as "qed>=0.8", "weight=300..350", "tpsa=70+-10" or "2*runs/assay:active>=0.9" in place of a score.
    If there is a score too, one wish must be about it: "score>=8+-2".

    family: one or several of the families of designs. calls: different molecules to score, for each family and seed;
    10,000 by default. minutes: of each search; with both, whichever ends first. seeds: how many seeds, from `seed` on.

    like, similar: molecules that every design must resemble, and their least Tanimoto similarity. keep: a scaffold that
    every design must hold, such as "[*:1]c1ccccc1". Further limits hold by default: elements of the start molecules and
    `elements` ("any" for all), rings, heavy atoms, and MOSES' filters; None or False switches one off. diverse: at most
    25 molecules of a scaffold count.

    prior: a run of a string model, for families that begin with one; by default one trains on the start molecules for
    `prior_minutes`.

    ask, tell: a laboratory scores. `ask` writes so many molecules to ask.csv; `tell` is a table with the columns smiles
    and score.

    out: a folder (runs/design-DATA). The same call again resumes a search that was stopped, and makes no recorded call
    again; more calls or families extend it.

    Raises DataError for data or a score that cannot be used, GivenError for wishes that cannot be met, BudgetError for
    a budget that makes no sense, RunError where `out` holds another design, and TrainingFailed after 20 molecules in a
    row that could not be scored.
    """
    require_drawing()
    names = [family] if isinstance(family, str) else list(dict.fromkeys(family))
    rows = {name: require_family(name) for name in names}
    calls = _calls(calls, minutes, batch, seeds, score_seconds, ask)
    start = read_start(data)
    lead = read_start(like).smiles if like is not None else []
    if similar and not lead:
        raise BudgetError("a least similarity needs molecules to compare with: name them with --like")
    wants = [parse_want(text) for text in ([want] if isinstance(want, str) else want)]
    if lead and not similar and all(each.name != SIMILARITY for each in wants):
        raise BudgetError("nothing says how much alike molecules must be to those of --like: add --similar 0.4")
    limits = _limits(start, elements, rings, atoms, filters, keep, lead, similar)
    folder = Path(out if out is not None else Path("runs") / f"design-{Path(start.name).stem}")
    in_laboratory = ask is not None or tell is not None
    if in_laboratory and (score is not None or wants):
        raise BudgetError("a laboratory takes the place of a score: leave score and want out")
    if in_laboratory and len(names) * seeds > 1:
        raise BudgetError("a laboratory serves one family and one seed: name one of each")
    begun, notes = _start_molecules(start, limits, lead)
    place = _place_of(folder)
    place.require_own({CALLS_FILE, LOG})
    with ExitStack() as stack:
        objective = None if in_laboratory else _objective(score, wants, lead, score_seconds, folder)
        asked_score = objective.score if objective else None
        stack.enter_context(place.hold())
        before = place.read() or {}
        record = {
            "format": FORMAT,
            "start": _digest(begun),
            "score": "laboratory" if in_laboratory else None if score is None else _called(score),
            SCORE_FILE: asked_score.digest() if isinstance(asked_score, ScoreProcess) else None,
            "want": [repr(each) for each in wants],
            "like": _digest(lead),
            "runs": objective.runs if objective else {},
            "limits": limits.to_json(),
            "batch": before.get("batch", ask or batch) if in_laboratory else batch,
            "diverse": diverse,
            "prior": None if prior is None else str(prior),
        }
        place.require_same(before or None, record)
        file = stack.enter_context(CallsFile(folder, objective.columns if objective else ()))
        if before.get(SCORE_FILE, record[SCORE_FILE]) != record[SCORE_FILE]:
            notes += _accept_change(score, folder, file)
        if asked_score is not None:
            stack.enter_context(asked_score)
        place.write(record)
        if tell is not None:
            notes += laboratory.tell(file, folder, tell)
        told = laboratory.told_first(file, limits)
        begun = told or begun

        @cache
        def prior_model() -> Any:
            return _prior(prior, begun, prior_minutes, folder, seed, progress)

        asked: list[Proposal] = []
        for one in range(seed, seed + seeds):
            for name in names:
                if rows[name].prior:
                    prior_model()  # before the clock of the search starts
                first = max(record["batch"], len(told)) if in_laboratory else SIZE
                task = Task(begun, limits, _for_edits(limits, begun), one, record["batch"], first, prior_model)
                oracle = Oracle(file, objective, name, one, calls, minutes, record["batch"])
                try:
                    notes += _search(rows[name].search(task), oracle, f"{name} {one}", calls, diverse, progress)
                except Unanswered as waiting:
                    asked = waiting.proposals
        table = file.table()
    if ask is not None and ask > record["batch"]:
        notes.append(f"{folder} asks for {record['batch']} molecules at a time, as in its first round")
    if ask is not None:
        notes += laboratory.write_asked(folder, asked[:ask], names[0], seed, start)
    columns = list(objective.columns) if objective else []
    best = best_of(table, begun, columns, diverse)
    searched = table[table["family"] != TOLD]
    if objective and len(searched) and searched["score"].isna().all():
        raise TrainingFailed(
            f"the score failed for all {len(searched):,} molecules, at last for this reason: "
            f"{searched['error'].iloc[-1]}; mend it, and name another folder with --out"
        )
    curve = curves(searched)
    if len(searched) > 1 and searched["score"].nunique(dropna=False) == 1:
        notes.append(f"all {len(searched):,} scores are equal, so there was nothing to climb: check the score")
    found = Designed(best, table, curve, summary_of(searched, curve, begun, SIZE), notes, folder)
    beside = objective.describe() if isinstance(objective, Objective) else []
    write_tables(folder, best, beside)
    write_page(found, start.name, limits.describe(), beside)
    return found


@dataclass
class _Crowds:
    """How many molecules of each scaffold a search has heard of, where it must stay diverse. crowded: {SMILES: whether
    its scaffold held enough already when it came}."""

    counts: Counter
    crowded: dict[str, bool]

    def scores(self, proposals: list[Proposal], scores: list[float], lowest: float) -> list[float]:
        """The scores, but the lowest seen for each molecule whose scaffold holds enough already."""
        found = []
        for proposal, value in zip(proposals, scores):
            if proposal.smiles not in self.crowded:
                scaffold = scaffold_of(proposal.smiles)
                self.counts[scaffold] += 1
                self.crowded[proposal.smiles] = self.counts[scaffold] > EACH
            found.append(lowest if self.crowded[proposal.smiles] else value)
        return found


def _search(steps: Any, oracle: Oracle, called: str, calls: int | None, diverse: bool, progress: bool) -> list[str]:
    """Run a search until its budget or its proposals end; sentences about how it ended."""
    crowds, lowest, idle = _Crowds(Counter(), {}), float("inf"), 0
    shown = calls is not None and progress
    with (
        progress_bar(calls, f"{called}: molecules scored") if shown else nullcontext(lambda more: None) as done,
        quiet_rdkit(),
    ):
        done(oracle.count)
        try:
            proposals = next(steps)
            while True:
                before = oracle.count
                scores = oracle(proposals)
                done(oracle.count - before)
                idle = 0 if oracle.news else idle + 1
                if idle >= IDLE:
                    return [f"{called}: ended after {oracle.count:,} calls, since it proposed nothing new any more"]
                if diverse:
                    lowest = min([lowest, *scores])
                    scores = crowds.scores(proposals, scores, lowest)
                proposals = steps.send(scores)
        except StopIteration:
            return [f"{called}: ended after {oracle.count:,} calls, since it has no further molecules"]
        except Exhausted as why:
            if not oracle.count:
                raise
            return [f"{called}: ended after {oracle.count:,} calls, since {why}"]
        except Spent:
            return []
        finally:
            steps.close()


# ---------------------------------------------------------------------- what a person asked for


def _calls(
    calls: int | None, minutes: float | None, batch: int, seeds: int, seconds: float, ask: int | None
) -> int | None:
    """The most calls of a search, None where time alone ends it. Raises BudgetError for numbers that make no sense."""
    for name, value, least in (("calls", calls, 1), ("seeds", seeds, 1), ("ask", ask, 1), ("batch", batch, 1)):
        if value is not None and value < least:
            raise BudgetError(f"{name} must be at least {least}, not {value}")
    if batch > MOST_BATCH:
        raise BudgetError(f"batch must be at most {MOST_BATCH}, not {batch:,}")
    if minutes is not None and not minutes > 0:
        raise BudgetError(f"minutes must be above 0, not {minutes:g}")
    if not seconds > 0:
        raise BudgetError(f"score_seconds must be above 0, not {seconds:g}")
    return CALLS if calls is None and minutes is None else calls


def _limits(
    start: Start, elements: str | Sequence[str], rings: Any, atoms: int | None, filters: bool, keep: str, like: list,
    similar: float,
) -> Limits:  # fmt: skip
    if atoms is not None and atoms < 1:
        raise BudgetError(f"atoms must be at least 1, not {atoms}")
    if rings is not None and not 3 <= rings[0] <= rings[1]:
        raise BudgetError(f"rings of {rings[0]} to {rings[1]} atoms do not exist: write the smaller end first, from 3")
    if not 0 <= similar <= 1:
        raise BudgetError(f"similar must lie between 0 and 1, not {similar:g}")
    named = [elements] if isinstance(elements, str) else list(elements)
    named = [symbol for text in named for symbol in text.replace(",", " ").split()]
    if keep:
        size = scaffold_to_keep(keep).pattern.GetNumHeavyAtoms()
        if atoms is not None and size > atoms:
            raise DataError(f"the scaffold has {size} heavy atoms, and {atoms} are allowed: raise --atoms")
    if "any" in named:
        known = None
    else:
        from rdkit import Chem

        table = Chem.GetPeriodicTable()
        for symbol in named:
            try:
                table.GetAtomicNumber(symbol)
            except RuntimeError:
                raise DataError(f"{symbol!r} is no element: write symbols, such as --elements B,Si") from None
        own = elements_of([*start.smiles, *([capped(keep)] if keep else [])])
        known = own | frozenset(named)
    return Limits(known, rings, atoms, filters, keep, tuple(like) if similar else (), similar)


def _for_edits(limits: Limits, start: Sequence[str]) -> frozenset[str]:
    return (limits.elements or elements_of(start)) - {"H"}


def _start_molecules(start: Start, limits: Limits, like: list[str]) -> tuple[list[str], list[str]]:
    """The start molecules within the limits, among them those to be similar to and the scaffold to keep, and notes."""
    notes = [f"{start.unreadable:,} start molecules cannot be read: {start.why}"] * bool(start.unreadable)
    own = [*like, *start.smiles] if limits.similar else start.smiles
    kept, told = Start(start.name, list(dict.fromkeys(own))).within(limits)
    if limits.keep and not kept:
        bare = capped(limits.keep)
        kept, _ = Start("the scaffold", [bare]).within(Limits(limits.elements, limits.rings, limits.atoms, False))
        told = [f"no start molecule holds the scaffold within the limits: the search begins with {bare}"]
    return kept, [*limits.describe(), *notes, *told]


def _called(score: Any) -> str:
    """Name of a score in the record of its design, the same in every process."""
    return getattr(score, "__name__", type(score).__name__) if callable(score) else str(score)


def _objective(score: Any, wants: list[Want], like: list[str], seconds: float, folder: Path) -> Objective:
    """The objective of a search, whose score has not started. A run is opened on the CPU, so that a resumed search has
    the same bits."""
    open_run = cache(open_predictor)
    if score is None:
        return Objective(None, wants, like, open_run)
    if callable(score):
        return Objective(ScoreFunction(score), wants, like, open_run)
    text = str(score)
    if ":" in text and (Path(text.rpartition(":")[0]) / CONFIG).is_file():
        return Objective(None, wants, like, open_run, text)
    return Objective(ScoreProcess(text, seconds, folder / LOG), wants, like, open_run)


def _prior(prior: str | Path | None, start: list[str], minutes: float, folder: Path, seed: int, progress: bool) -> Any:
    """The string model that some families begin with."""
    from ..run.fit import fit
    from .string_policy import require_strings

    if prior is not None:
        return require_strings(load_model(prior, "cpu"), prior)
    from ..data.load import load_data

    data = load_data(start, kind="molecules", seed=seed)
    return fit(data, minutes=minutes, seed=seed, out=folder / PRIOR, progress=progress, device="cpu")


def _digest(smiles: Sequence[str]) -> str:
    return hashlib.blake2b("\n".join(smiles).encode(), digest_size=16).hexdigest()


def _place_of(folder: Path) -> Folder:
    """The folder of a design. A score file may be mended where its search stopped for that (see `_accept_change`)."""
    schema = {"type": "object", "required": ["batch"], "properties": {"batch": {"type": "integer", "minimum": 1}}}
    identity = lambda record: {name: value for name, value in record.items() if name != SCORE_FILE}
    return Folder(folder, RECORD, "design", "designs", schema=schema, identity=identity)


def _accept_change(score: Any, folder: Path, file: CallsFile) -> list[str]:
    """A note about a changed score file whose search had stopped for a person to mend it. Raises RunError where it had
    not, and new scores would mix with old ones."""
    scores = sum(row["score"] is not None for row in file.rows)
    if scores and any(row["score"] is not None for row in file.rows[-MOST_FAILURES:]):
        raise RunError(
            f"{score} has changed since the design in {folder} began, so new scores would mix with old ones: restore "
            f'it, or choose another folder. If both score alike, remove the line "{SCORE_FILE}" from {folder / RECORD}'
        )
    return [f"{score} was mended after {scores:,} scores, which stay as they are"] * bool(scores)
