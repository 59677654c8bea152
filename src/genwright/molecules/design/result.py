"""Result of a design: its calls, the curve of the best ten, the best molecules with their properties, and the page
that shows them.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd

from ...core.files import require_ours, write_whole
from ...core.safe_text import csv_bytes
from ...measure.plots.figures import COLOURS, STYLE, make_figure, png
from ...studies.report.page import environment
from ..chemistry.drawings import NEW_COLOUR, differing_atoms, svg
from ..chemistry.embedding import SECONDS, can_embed
from ..chemistry.fingerprints import nearest
from ..chemistry.scaffolds import scaffold_of
from ..chemistry.standards import first_of_parents
from ..library_tables import COLUMNS, score
from ..measure.molecule_metrics import describe, tool
from .families import FAMILIES
from .oracle import YOURS

BEST, TOP = 100, 10  # molecules of best.csv; of the mean that a curve shows
SHORTLIST, TOO_ALIKE = 20, 0.6  # molecules of a shortlist, and the similarity that two of them stay below
MOST_PER_SCAFFOLD = 25  # molecules of one scaffold that count, with --diverse
DESIGN_COLUMNS = {
    "rank": "place by score, the best first",
    "score": "what the search climbs, higher is better",
    "family": "the family that found it first",
    "seed": "the seed of its search",
    "number": "the call that scored it",
    "yours": "yes for a molecule that you gave, or a salt or stereoisomer of one",
    "embedded": f"whether RDKit finds coordinates in space for it, within {SECONDS:g} seconds",
    "parent": "the molecule that it was made from; empty where there is none",
    "start": "the start molecule that it comes from, or, of a string model, the one that is most alike",
    "scaffold": "its rings and what links them (Bemis & Murcko)",
}


@dataclass(frozen=True)
class Designed:
    """The result of `design`.

    Args:
        best: a row for each of the best molecules, the best first.
        calls: a row for each call, in the order in which they were made.
        curve: the mean score of the best ten after each call, by family and seed.
        summary: a row for each family.
        notes: sentences about what happened.
        folder: where all of it was written.
    """

    best: pd.DataFrame
    calls: pd.DataFrame
    curve: pd.DataFrame
    summary: pd.DataFrame
    notes: list[str]
    folder: Path

    @property
    def report(self) -> Path:
        """The page with the best molecules, the curve and the families."""
        return self.folder / "report.html"

    @property
    def lead(self) -> str:
        """Says in a sentence or two which family is ahead, and by how much."""
        return _lead(self.summary)

    def __repr__(self) -> str:
        top = f"best {self.best['score'].iloc[0]:.4g}" if len(self.best) else "nothing scored"
        return f"Designed: {len(self.calls):,} calls, {top}, {self.report}"


def curve_of(scores: Sequence[float | None]) -> np.ndarray:
    """Computes the mean (n,) of the best TOP scores so far, from scores (n,) in the order of calls, None of a failure;
    NaN before any."""
    best: list[float] = []
    means = np.full(len(scores), np.nan)
    for k, value in enumerate(scores):
        if value is not None and not np.isnan(value):
            best = sorted([*best, value], reverse=True)[:TOP]
        if best:
            means[k] = np.mean(best)
    return means


def area(curve: np.ndarray, calls: int) -> float:
    """Computes the mean of a curve over `calls` calls, its last value held where it ended earlier."""
    curve = np.nan_to_num(curve, nan=np.nanmin(curve) if np.isfinite(curve).any() else np.nan)[:calls]
    return float((curve.sum() + (calls - len(curve)) * curve[-1]) / calls) if len(curve) else float("nan")


def curves(calls: pd.DataFrame) -> pd.DataFrame:
    """Returns the columns family, seed, number and best10 of all calls: the learning curves of a design."""
    parts = [
        own_calls.assign(best10=curve_of(own_calls["score"].tolist()))[["family", "seed", "number", "best10"]]
        for _, own_calls in calls.groupby(["family", "seed"], sort=False)
    ]
    return (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["family", "seed", "number", "best10"])
    )


def summary_of(calls: pd.DataFrame, curve: pd.DataFrame, start: Sequence[str], first: int) -> pd.DataFrame:
    """Makes a table with a row for each family, the best first by its area, means over its seeds; and one for the start
    molecules among the first calls of a search, which cost nothing more.

    Args:
        first: how many calls these are at most.
    """
    last_call, rows = int(curve["number"].max()) if len(curve) else 0, []
    for family, family_calls in calls.groupby("family", sort=False):
        curves = [part["best10"].to_numpy() for _, part in curve[curve["family"] == family].groupby("seed")]
        scored_calls = family_calls.dropna(subset="score")
        scaffolds = len(set(map(scaffold_of, _highest(scored_calls, BEST)["smiles"])))
        areas, ends = [area(line, last_call) for line in curves], [line[-1] for line in curves]
        deviation = np.std(areas, ddof=1) if len(areas) > 1 else np.nan
        rows.append(
            dict(
                family=family,
                seeds=len(curves),
                calls=len(family_calls),
                failed=len(family_calls) - len(scored_calls),
                best=family_calls["score"].max(),
                best10=np.mean(ends),
                area=np.mean(areas),
                area_sd=deviation,
                scaffolds=scaffolds,
            )
        )
    table = pd.DataFrame(rows).sort_values("area", ascending=False, kind="stable") if rows else pd.DataFrame()
    start_calls = calls[(calls["parent"] == "") & (calls["number"] <= first) & calls["smiles"].isin(start)]
    if len(start_calls) and len(table):
        start_calls = start_calls[
            (start_calls["family"] == start_calls["family"].iloc[0])
            & (start_calls["seed"] == start_calls["seed"].iloc[0])
        ]
        top = curve_of(start_calls["score"].tolist())[-1]
        row = dict(family=STARTED, seeds=1, calls=len(start_calls), failed=int(start_calls["score"].isna().sum()),
                   best=start_calls["score"].max(), best10=top, area=np.nan, area_sd=np.nan,
                   scaffolds=len(set(map(scaffold_of, start_calls["smiles"]))))  # fmt: skip
        table = pd.concat([table, pd.DataFrame([row])], ignore_index=True)
    return table.reset_index(drop=True)


STARTED = "start molecules"


def best_of(calls: pd.DataFrame, start: Sequence[str], extra: Sequence[str], diverse: bool) -> pd.DataFrame:
    """Returns the BEST different molecules with the columns of `genwright score` and those of the design.

    Args:
        extra: columns of calls that stand beside the score.
    """
    top = _highest(calls.dropna(subset="score"), BEST, MOST_PER_SCAFFOLD if diverse else None)
    if not len(top):
        return pd.DataFrame(columns=["rank", "smiles", "score"])
    measured_columns = score(top["smiles"].tolist(), start).drop(columns="smiles")
    described_rows = pd.concat(
        [top.reset_index(drop=True), measured_columns.drop(columns=set(measured_columns) & set(top))], axis=1
    )
    described_rows.insert(0, "rank", range(1, len(described_rows) + 1))
    described_rows["embedded"] = list(map(can_embed, top["smiles"]))
    described_rows["start"] = _origins(top, calls, start)
    described_rows["scaffold"] = list(map(scaffold_of, top["smiles"]))
    own_columns = [
        "rank",
        "smiles",
        "score",
        *extra,
        "family",
        "seed",
        "number",
        "yours",
        "embedded",
        "parent",
        "start",
        "scaffold",
    ]
    return described_rows[[*own_columns, *(name for name in measured_columns if name not in own_columns)]]


def notes_of_best(best: pd.DataFrame) -> list[str]:
    """Describes molecules among the best that are the person's own, and those without coordinates, in sentences."""
    if not len(best):
        return []
    own_count = int((best["yours"] == YOURS).sum())
    flat = int((~best["embedded"]).sum())
    subject = f"of the best {len(best):,}"
    notes = [f"{own_count:,} {subject} molecules are yours: `yours` in best.csv names them"] * bool(own_count)
    doubtful_text = f"{flat:,} {subject} molecules may not exist, since RDKit cannot embed them in space"
    return notes + [f"{doubtful_text}: `embedded` in best.csv names them"] * bool(flat)


def shortlist_of(best: pd.DataFrame) -> pd.DataFrame:
    """Picks SHORTLIST molecules of the best, none too similar to one above it."""
    if not len(best):
        return best
    bits = describe(best["smiles"].tolist(), ("fingerprints",)).parts["fingerprints"]
    chosen_rows: list[int] = []
    for k in range(len(best)):
        if not chosen_rows or nearest(bits[k : k + 1], bits[chosen_rows])[0][0] < TOO_ALIKE:
            chosen_rows.append(k)
    return best.iloc[chosen_rows[:SHORTLIST]]


def write_tables(folder: Path, best: pd.DataFrame, other_columns: list[str]) -> list[Path]:
    """Writes best.csv, shortlist.csv, and a text about their columns.

    Args:
        folder: Folder to read or write.
        other_columns: lines about columns of the objective.
    """
    legend = folder / "best.columns.txt"
    meanings = {name: meaning for name, (meaning, _) in COLUMNS.items()} | DESIGN_COLUMNS
    lines = [f"{name}: {meanings[name]}" for name in best if name in meanings]
    require_ours(legend, lines[0] if lines else "")
    paths = [write_whole(folder / "best.csv", csv_bytes(best))]
    paths.append(write_whole(folder / "shortlist.csv", csv_bytes(shortlist_of(best))))
    paths.append(write_whole(legend, "\n".join([*lines, *other_columns, f"by {tool()}", ""]).encode()))
    return paths


def _lead(summary: pd.DataFrame) -> str:
    """Sentences about which family leads, by how much, and which score the start molecules reach. A family leads only
    where its best are above those of the start."""
    if not len(summary):
        return "No molecule was scored yet."
    rows = summary[summary["family"] != STARTED].to_dict("records")
    started = [row["best10"] for row in summary[summary["family"] == STARTED].to_dict("records")]
    reached = f" The start molecules that were scored reach {started[0]:.3g}." if started else ""
    first = next((row for row in rows if not started or row["best10"] > started[0]), None)
    if first is None:
        return f"No family is above the start molecules: {_reach(rows[0])}.{reached}"
    others = [row for row in rows if row is not first]
    text = f"{first['family']} is ahead: " if others or started else ""
    text += f"{_reach(first)}."
    if others:
        gap, second = first["area"] - others[0]["area"], others[0]
        text += f" Over all calls it leads {second['family']} by {gap:.2g} on average"
        sd = max(first["area_sd"], second["area_sd"])
        text += f", {gap / sd:.1f} standard deviations of a seed." if sd > 0 else " (one seed: no error is known)."
    return text + reached


def _reach(row: dict) -> str:
    """What a family reached, of its row of the summary."""
    calls = row["calls"] // row["seeds"]
    return f"the best {TOP} of {row['family']} have a mean of {row['best10']:.3g} after {calls:,} calls"


def _highest(scored_rows: pd.DataFrame, count: int, most_each: int | None = None) -> pd.DataFrame:
    """The different molecules that score highest. most_each: how many of one scaffold count, None for all."""
    ordered = first_of_parents(scored_rows.sort_values("score", ascending=False, kind="stable"))
    if most_each is not None:
        scaffolds = ordered["smiles"].map(scaffold_of)
        ordered = ordered[scaffolds.groupby(scaffolds).cumcount() < most_each]
    return ordered.head(count)


def _origins(top: pd.DataFrame, calls: pd.DataFrame, start: Sequence[str]) -> list[str]:
    """The start molecule of each: the first of its parents, or, without parents, the start molecule most alike."""
    parents: dict[tuple[str, int], dict[str, str]] = {}
    for key, search_calls in calls.groupby(["family", "seed"], sort=False):
        parents[key] = dict(zip(search_calls["smiles"], search_calls["parent"]))
    known_smiles, origins = None, []
    for row in top.itertuples():
        known, smiles = parents[row.family, row.seed], row.smiles
        while known.get(smiles):
            smiles = known[smiles]
        if smiles == row.smiles and smiles not in start:
            known_smiles = known_smiles or describe(start, ("fingerprints",))
            search_calls = describe([smiles], ("fingerprints",)).parts["fingerprints"]
            smiles = known_smiles.canonical[nearest(search_calls, known_smiles.parts["fingerprints"])[1][0]]
        origins.append(smiles)
    return origins


MOLECULES_SHOWN = 24  # molecules
SCAFFOLDS = 5  # scaffolds that the page names


def write_page(designed: Designed, name: str, limits: list[str], columns: list[str]) -> Path:
    """Writes the page of a design.

    Args:
        name: Name of the start molecules.
        limits: sentences.
        columns: sentences.
    """
    best = designed.best.head(MOLECULES_SHOWN)
    rows = best.to_dict("records") if "start" in best else []
    pairs = [_pair(row, list(best)) for row in rows]
    scaffold_counts = Counter(scaffold or "no ring" for scaffold in designed.best.get("scaffold", ()))
    text = environment().get_template("design.html.j2").render(
        title=f"Designs from {name}",
        lead=designed.lead,
        curve=_curve(designed.curve) if len(designed.curve) else "",
        rows=[_row(row) for row in designed.summary.to_dict("records")],
        pairs=pairs,
        scaffolds=[f"{count} with {scaffold}" for scaffold, count in scaffold_counts.most_common(SCAFFOLDS)],
        count=len(scaffold_counts),
        best=len(designed.best),
        notes=[note for note in designed.notes if note not in limits],
        limits=limits,
        columns=columns,
        top=TOP,
    )  # fmt: skip
    return write_whole(designed.folder / "report.html", text.encode())


def _row(row: dict) -> list[str]:
    number = lambda value: "" if pd.isna(value) else f"{value:.3g}"
    trivial = row["family"] == STARTED or (row["family"] in FAMILIES and FAMILIES[row["family"]].trivial)
    spread_text = "" if pd.isna(row["area_sd"]) else f" ± {row['area_sd']:.2g}"
    cells = [row["family"] + " (trivial)" * trivial, f"{row['calls']:,}", f"{row['failed']:,}", number(row["best"])]
    return [*cells, number(row["best10"]), number(row["area"]) + spread_text, f"{row['scaffolds']:,}"]


def _pair(row: dict, columns: list[str]) -> dict:
    """A start molecule, and what was made of it, with what is new in colour."""
    new = dict.fromkeys(sorted(differing_atoms(row["smiles"], row["start"])), NEW_COLOUR)
    picture = svg(row["smiles"], new, f"rank {row['rank']}")
    return {"start": svg(row["start"], {}, "start molecule"), "made": picture, "lines": _lines(row, columns)}


def _lines(row: dict, columns: list[str]) -> list[str]:
    """Lines of text below the drawing of one molecule."""
    value_columns = columns[columns.index("score") + 1 : columns.index("family")]
    usual_columns = [
        name for name in ("weight", "logp", "qed", "sa", "tpsa") if name in columns and name not in value_columns
    ]
    shown_columns = [name for name in [*value_columns, *usual_columns] if not name.endswith("desirability")]
    signs = ["yours"] * (row["yours"] == YOURS) + ["may not exist: not embedded in space"] * (not row["embedded"])
    lines = [f"{row['rank']}. score {row['score']:.4g} ({row['family']}, call {row['number']})", *signs]
    lines.append(", ".join(f"{name} {row[name]:.3g}" for name in shown_columns if not pd.isna(row[name])))
    return [*lines, row["smiles"]]


def _curve(curve: pd.DataFrame) -> str:
    """The mean of the best TOP against calls, a line for each family, a band over its seeds."""
    with matplotlib.rc_context(STYLE):
        figure = make_figure(3.4)
        axes = figure.add_subplot()
        for colour, (family, family_curve) in zip(COLOURS, curve.groupby("family", sort=False)):
            score_table = family_curve.pivot_table(index="number", columns="seed", values="best10").ffill()
            axes.plot(score_table.index, score_table.mean(axis=1), color=colour, label=family)
            if score_table.shape[1] > 1:
                axes.fill_between(
                    score_table.index,
                    score_table.min(axis=1),
                    score_table.max(axis=1),
                    color=colour,
                    alpha=0.2,
                    linewidth=0,
                )
        axes.set(xlabel="calls of the score", ylabel=f"mean score of the best {TOP}")
        axes.legend(frameon=False)
        return f"data:image/png;base64,{b64encode(png(figure)).decode()}"
