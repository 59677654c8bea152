"""How `screen` ranks: a library and a plan in, a ranked list with a page that says what to buy and how deep out."""

import json
import secrets
import shutil
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.errors import DataError, RunError, damage
from ...core.files import require_inside_folder, write_whole
from ...core.limits import open_plain
from ...core.patience import without_bars
from ...core.safe_text import unquoted
from ...core.schemas import LARGEST
from ...kinds.formats.source import Source
from ...kinds.known_kinds import source_like
from ..chemistry.alerts import read_alerts
from ..chemistry.drawings import sdf_block
from ..chemistry.standards import first_of_parents, parsed, quiet_rdkit
from ..kinds.molecule_files import LONGEST
from ..measure.molecule_metrics import tool
from .page import depth, page
from .plan import ScreenPlan, Start
from .record import REPEAT, WORK, Settings, Summary, place_of, read_summary
from .rows import pass_over, screener, write_ranked
from .scorers import Judged, among_library, auc_of

READ = 1_000  # rows that are read at once
ALWAYS = ("rank", "smiles", "name", "place", "score", "filters", "scaffold")  # columns of every ranking, of those kept
TOGETHER = {"low": "high", "nearest_active": "similarity"}  # columns of some rankings
NUMBERS = ("rank", "score", "low", "high", "similarity", "training_similarity")


def best_of(ranked: Path, count: int) -> pd.DataFrame:
    """Returns the first `count` different molecules that are not left out. Raises RunError for a table that is damaged,
    or holds no ranks."""
    best = pd.DataFrame()
    require_inside_folder(ranked)
    with open_plain(ranked, kind=RunError) as file, damage(ranked, REPEAT, RunError):
        for rows in pd.read_csv(file, chunksize=READ, dtype=str, keep_default_na=False):
            remaining = rows[rows["removed"] == ""].drop(columns="removed")
            best = first_of_parents(pd.concat([best, remaining]), count)
            if len(best) == count or len(remaining) < len(rows):
                break
        best = best.reset_index(drop=True)
        _require_ranked(best)
        for name in best.columns:
            best[name] = pd.to_numeric(best[name]) if name in NUMBERS else best[name].map(unquoted)
        if not (best[["rank", "score"]].abs() <= LARGEST).all(axis=None):
            raise ValueError("a rank or a score is no number")
    return best


def _require_ranked(best: pd.DataFrame) -> None:
    """Raises ValueError where texts of ranked.csv are no molecules with ranks."""
    pairs = [other_option for name, other_option in TOGETHER.items() if name in best]
    if missing := [name for name in (*ALWAYS, *pairs) if name not in best]:
        raise ValueError(f"it has no column {missing[0]}")
    if not len(best) or best.map(len).max(axis=None) > LONGEST:
        raise ValueError(f"it has no rows, or a cell of more than {LONGEST:,} characters")
    with quiet_rdkit():
        for smiles in {*best["smiles"], *filter(None, best.get("nearest_active", ()))}:
            if parsed(smiles) is None or len(smiles.split()) > 1:
                raise ValueError(f"more than a molecule stands in {smiles[:80]!r}")


def sdf(best: pd.DataFrame) -> bytes:
    """Writes molecules as SDF, a block each, with the columns as its data."""
    data = lambda row: {name: value for name, value in row.items() if value != "" and not pd.isna(value)}
    rows = best.to_dict("records")
    return "".join(sdf_block(row["smiles"], row["name"] or row["place"], data(row)) for row in rows).encode()


SUMMARY, RANKED, TOP, PAGE, LEGEND = "summary.json", "ranked.csv", "top.sdf", "report.html", "ranked.columns.txt"


@dataclass(frozen=True)
class Screened:
    """The result of `screen`.

    Args:
        folder: with ranked.csv, top.sdf and report.html.
        summary: counts, and how held-out actives rank.
        notes: sentences about what was read.
        top: how many of the best molecules `best` holds.
        ranking: by what molecules rank, and which end is better.
    """

    folder: Path
    summary: Summary
    notes: list[str]
    top: int
    ranking: str

    @property
    def ranked(self) -> Path:
        """Reads the table of all molecules of the library, the best first."""
        return self.folder / RANKED

    @property
    def report(self) -> Path:
        """The page that says what to buy and how deep."""
        return self.folder / PAGE

    @cached_property
    def best(self) -> pd.DataFrame:
        """Returns the best molecules, each once, with the columns of ranked.csv."""
        return best_of(self.ranked, self.top)

    def describe(self) -> list[str]:
        """Says how many molecules are ranked and by what, why others are left out, and how deep to buy."""
        total, remaining, removed = (self.summary[name] for name in ("total", "kept", "removed"))
        removed_text = "".join(f"; {count:,} {name}" for name, count in removed.items())
        ranked = f"{remaining:,} of {total:,} molecules ranked by {self.ranking}"
        return [f"{ranked}{removed_text}", *depth(self.summary)]


def run_screen(library: object, plan: ScreenPlan) -> Screened:
    """Ranks a library as a plan says; see `screen`."""
    out, evidence = Path(plan.out), plan.evidence
    with nullcontext() if plan.progress else without_bars():
        digests = {f"flag {name}": flag.model.config["digest"] for name, flag in plan.warning.items()}
        source, notes = source_like(library, {}, {})
        start = evidence.begin(source)
        settings = Settings(
            **start.settings,
            flags=plan.runs_of_flags,
            without=tuple(dict.fromkeys(plan.without)),
            alerts=() if plan.smarts is None else read_alerts(plan.smarts),
            new=plan.new,
            contents=start.contents | {"known molecules": start.known.digest} | digests,
        )
        place, record = place_of(out), settings.to_json()
        place.require_own()
        place.require_same(place.read(), record)
        with place.hold():
            place.require_same(place.read(), record)
            place.write(record)
            if not ((out / SUMMARY).is_file() and (out / RANKED).is_file()):
                model = evidence.train(start, out, plan.progress)
                start.known.write(out)
                judged = evidence.judge(start, model)
                summary = _screened(out, settings, start, source, judged)
                summary["flags"] = {name: auc_of(flag) for name, flag in plan.warning.items()}
                write_whole(out / SUMMARY, (json.dumps(summary, indent=1) + "\n").encode())
                shutil.rmtree(out / WORK, ignore_errors=True)
            screened = Screened(out, read_summary(out / SUMMARY), notes + start.notes, plan.top, settings.ranking)
            write_whole(out / TOP, sdf(screened.best))
            write_whole(out / PAGE, page(screened.best, screened.summary, settings).encode())
    return screened


def _screened(out: Path, settings: Settings, start: Start, library: Source, judged: Judged) -> Summary:
    """Pass over the library, write ranked.csv, and sum up what was seen."""
    call = secrets.token_hex(8)
    paths = pass_over(out, call, library, start.reading, start.total)
    screening = screener(str(out), call)
    held, sign = np.array(judged.scores), settings.direction.sign
    counts = write_ranked(paths, screening.part_columns, out, held, start.known.decoys, sign)
    if (counted_rows := counts["kept"] + sum(counts["removed"].values())) != start.total:
        raise RunError(f"{out / WORK} is damaged (it holds {counted_rows:,} of {start.total:,} molecules): {REPEAT}")
    if not counts["kept"]:
        counts_text = ", ".join(f"{name} {count:,}" for name, count in counts["removed"].items())
        raise DataError(
            f"{settings.library} keeps no molecule ({counts_text}): give another library, or fewer filters in "
            "another folder"
        )
    legend = [f"{name:20} {of}" for name, of in screening.columns.items()]
    write_whole(out / LEGEND, "\n".join([*legend, f"by {tool()}", ""]).encode())
    figures, method = dict(judged.figures), judged.how
    if judged.scores and start.known.decoys:
        method += " The actives are placed among molecules of the library that are no decoys."
    if counts["ranks"] and not figures:
        figures = among_library(np.array(counts["ranks"]), counts["among"])
    return {
        "total": start.total, "ranked by": settings.ranking, **counts, "how": method, "figures": figures,
        "known": len(start.known.smiles), "actives": int(start.known.active.sum()),
    }  # fmt: skip
