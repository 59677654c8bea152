"""The page of a screen: what to buy and how deep, the best molecules drawn, what was left out and why."""

from base64 import b64encode
from collections.abc import Iterable
from math import ceil
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd

from ...measure.plots.figures import INK, REAL, STYLE, make_figure, png
from ...studies.report.page import environment
from ..chemistry.drawings import COMMON_COLOUR, alike, svg
from .record import Settings, Summary
from .rows import describe_columns

MOLECULES_DRAWN = 100
DRAWINGS = 2_500_000  # bytes
FEWEST = 5  # held-out actives, below which no depth is told
DEPTHS = 10, 100, 1_000, 10_000, 100_000
ACTIVE_SHARES = 0.5, 0.8  # shares of held-out actives, whose depth is told
SURE = 1.64  # standard errors by which their mean rank must be better than chance


def page(best: pd.DataFrame, summary: Summary, settings: Settings) -> str:
    """Makes the page of a screen.

    Args:
        best: the rows of ranked.csv that are bought first.
        settings: Settings of the study.
    """
    shown = by_scaffold(best[:MOLECULES_DRAWN])
    return environment().get_template("screen.html.j2").render(
        title=f"Screen of {Path(settings.library).name}",
        first=best[:5].to_dict("records"),
        bought=len(best),
        scaffolds=int(best["scaffold"].nunique()),
        way=f"Ranked by {settings.ranking}.",
        depth=depth(summary),
        chance=no_better_than_chance(summary),
        table=_recalls(summary),
        curve=_curve(summary),
        figures=[(name, _figure(value, se)) for name, (value, se) in summary["figures"].items()],
        how=summary["how"],
        summary=summary,
        removed=sorted(summary["removed"].items(), key=lambda pair: -pair[1]),
        unreadable=summary["unreadable"],
        flags=summary["flags"],
        tied=_tied_sentence(summary),
        cards=_limit_drawings(_card(row, list(summary["flags"])) for row in shown.to_dict("records")),
        columns=[(name, of) for name, of in describe_columns(settings).items() if name in best or name == "removed"],
    )  # fmt: skip


def by_scaffold(best: pd.DataFrame) -> pd.DataFrame:
    """Groups the rows by scaffold, the best of each first. `others`: how many more of the scaffold there are among
    them."""
    is_repeated = best.duplicated("scaffold") & (best["scaffold"] != "")
    scaffold_sizes = best.groupby("scaffold")["smiles"].transform("count") - 1
    scaffold_sizes = scaffold_sizes.where((best["scaffold"] != "") & ~is_repeated, 0)
    return best.assign(again=is_repeated, others=scaffold_sizes).sort_values("again", kind="stable")


def depth(summary: Summary) -> list[str]:
    """Says how deep to buy, in sentences."""
    ranks, library_size = np.array(summary["ranks"]), summary["among"]
    if len(ranks) < FEWEST:
        actives_words = f"{len(ranks)} held-out active{'s' * (len(ranks) != 1)}" if len(ranks) else "No held-out active"
        return [f"{actives_words}: too few to say how deep. {summary['how']}"]
    if no_better_than_chance(summary):
        return [
            f"The {len(ranks):,} actives that the ranking did not learn from stand where a random order puts them. "
            "Do not buy by this ranking: bring more known actives, or another assay."
        ]
    sentences = []
    for part in ACTIVE_SHARES:
        rank = depth_of(ranks, part)
        sentences.append(
            f"{part:.0%} of them in the first {rank:,} ({min(1.0, rank / library_size):.1%} of the library)"
        )
    return [
        f"{len(ranks):,} actives that the ranking did not learn from would stand: {'; '.join(sentences)}.",
        "This holds for actives like the known ones. Actives of a new chemical class may rank lower.",
    ]


def no_better_than_chance(summary: Summary) -> bool:
    """Tells whether the mean rank of n held-out actives is within the error of a random order, 1 / sqrt(12 n) of the
    library."""
    ranks, library_size = np.array(summary["ranks"]), summary["among"]
    if len(ranks) < FEWEST:
        return False
    return (ranks.mean() - 0.5) / library_size > 0.5 - SURE / np.sqrt(12 * len(ranks))


def depth_of(ranks: np.ndarray, part: float) -> int:
    """Counts how many molecules, the best first, hold so large a part of held-out actives. Ranks of ties may end in
    .5."""
    return ceil(np.sort(ranks)[ceil(part * len(ranks)) - 1])


def _recalls(summary: Summary) -> list[tuple[str, str, str]]:
    """(how many to buy, held-out actives among them, times as many as at random)."""
    ranks, library_size = np.array(summary["ranks"]), summary["among"]
    if len(ranks) < FEWEST:
        return []
    rows = []
    for depth in sorted(
        {*(depth for depth in DEPTHS if depth < library_size), max(1, library_size // 100), max(1, library_size // 20)}
    ):
        actives = int((ranks <= depth).sum())
        times = actives / len(ranks) / (depth / (library_size + 1))  # an enrichment as in `among_library`
        rows.append((f"{depth:,} ({depth / library_size:.1%})", f"{actives} of {len(ranks)}", f"{times:.1f}"))
    return rows


def _curve(summary: Summary) -> str:
    """Recall against rank, as a data URI of a PNG; "" without held-out actives."""
    ranks, library_size = np.array(summary["ranks"]), summary["among"]
    if len(ranks) < FEWEST:
        return ""
    with matplotlib.rc_context(STYLE):
        figure = make_figure(2.8)
        axis = figure.subplots()
        axis.step(
            [1, *ranks, library_size], [0, *np.arange(1, len(ranks) + 1) / len(ranks), 1], where="post", color=REAL
        )
        random = np.geomspace(1, library_size, 100)
        axis.plot(random, random / library_size, "--", color=INK, linewidth=1, label="at random")
        axis.set(xscale="log", xlim=(1, library_size), ylim=(0, 1.02), xlabel="molecules bought, best first")
        axis.set_ylabel("share of held-out actives")
        axis.legend(loc="upper left")
        return f"data:image/png;base64,{b64encode(png(figure)).decode()}"


def _figure(value: float, se: float | None) -> str:
    return f"{value:.2f}" + (f" ± {se:.2f}" if se is not None and np.isfinite(se) else "")


def _tied_sentence(summary: Summary) -> str:
    tied = summary["tied"]
    if not tied:
        return "No two molecules have the same score."
    repeated = f" Lines that repeat another: {summary['repeated']:,}." if summary["repeated"] else ""
    return f"{tied:,} of {summary['kept']:,} molecules share their score and rank with another.{repeated}"


def _limit_drawings(cards: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """The cards, without drawings once these take DRAWINGS bytes: a page is sent by mail."""
    drawings_left, limited = DRAWINGS, []
    for card in cards:
        drawings_left -= len(card["svg"])
        limited.append(card if drawings_left > 0 else card | {"svg": ""})
    return limited


def _card(row: dict[str, object], flags: list[str]) -> dict[str, object]:
    near = row.get("nearest_active", "")
    marked = dict.fromkeys(sorted(alike(row["smiles"], near)), COMMON_COLOUR) if near else {}
    score = f"{row['score']:.3g}"
    if pd.notna(row.get("low", np.nan)):
        score += f" ({row['low']:.2g} to {row['high']:.2g})"
    lines = [("score", score)]
    if near:
        lines.append(("nearest active", f"{row['similarity']:.2f}"))
    lines += [("filters", row["filters"] or "none")]
    lines += [(flag, " ".join(str(row[name]) for name in (flag, f"{flag}_of") if name in row)) for flag in flags]
    if row["others"]:
        lines.append(("same scaffold", f"{row['others']} more below"))
    called = row["name"] or row["place"]
    return {
        "rank": f"{row['rank']:g}" if row["rank"] < 1e6 else f"{row['rank']:.0f}", "called": called, "lines": lines,
        "smiles": row["smiles"], "near": near, "svg": svg(row["smiles"], marked, f"{called}, rank {row['rank']:g}"),
        "again": row["again"],
    }  # fmt: skip
