"""report.html of a design: who found the best molecules with how many calls, and what these are."""

from base64 import b64encode
from collections import Counter
from pathlib import Path

import matplotlib
import pandas as pd

from ...chemistry.drawings import NEW_COLOUR, differing_atoms, svg
from ...core.files import write_whole
from ...measure.plots.figures import COLOURS, STYLE, make_figure, png
from ...studies.report.report import environment
from .families import FAMILIES
from .result import STARTED, TOP, Designed

MOLECULES_SHOWN = 24  # molecules
SCAFFOLDS = 5  # that the page names


def write_page(found: Designed, name: str, limits: list[str], columns: list[str]) -> Path:
    """Write the page. name: of the start molecules. limits, columns: sentences."""
    best = found.best.head(MOLECULES_SHOWN)
    rows = best.to_dict("records") if "start" in best else []
    pairs = [_pair(row, list(best)) for row in rows]
    counted = Counter(scaffold or "no ring" for scaffold in found.best.get("scaffold", ()))
    text = environment().get_template("design.html.j2").render(
        title=f"Designs from {name}",
        lead=found.lead,
        curve=_curve(found.curve) if len(found.curve) else "",
        rows=[_row(row) for row in found.summary.to_dict("records")],
        pairs=pairs,
        scaffolds=[f"{count} with {scaffold}" for scaffold, count in counted.most_common(SCAFFOLDS)],
        count=len(counted),
        best=len(found.best),
        notes=[note for note in found.notes if note not in limits],
        limits=limits,
        columns=columns,
        top=TOP,
    )  # fmt: skip
    return write_whole(found.folder / "report.html", text.encode())


def _row(row: dict) -> list[str]:
    number = lambda value: "" if pd.isna(value) else f"{value:.3g}"
    trivial = row["family"] == STARTED or (row["family"] in FAMILIES and FAMILIES[row["family"]].trivial)
    spread = "" if pd.isna(row["area_sd"]) else f" ± {row['area_sd']:.2g}"
    cells = [row["family"] + " (trivial)" * trivial, f"{row['calls']:,}", f"{row['failed']:,}", number(row["best"])]
    return [*cells, number(row["best10"]), number(row["area"]) + spread, f"{row['scaffolds']:,}"]


def _pair(row: dict, columns: list[str]) -> dict:
    """A start molecule, and what was made of it, with what is new in colour."""
    new = dict.fromkeys(sorted(differing_atoms(row["smiles"], row["start"])), NEW_COLOUR)
    made = svg(row["smiles"], new, f"rank {row['rank']}")
    return {"start": svg(row["start"], {}, "start molecule"), "made": made, "lines": _lines(row, columns)}


def _lines(row: dict, columns: list[str]) -> list[str]:
    """Lines of text below the drawing of one molecule."""
    beside = columns[columns.index("score") + 1 : columns.index("family")]
    usual = [name for name in ("weight", "logp", "qed", "sa", "tpsa") if name in columns and name not in beside]
    shown = [name for name in [*beside, *usual] if not name.endswith("desirability")]
    lines = [f"{row['rank']}. score {row['score']:.4g} ({row['family']}, call {row['number']})"]
    lines.append(", ".join(f"{name} {row[name]:.3g}" for name in shown if not pd.isna(row[name])))
    return [*lines, row["smiles"]]


def _curve(curve: pd.DataFrame) -> str:
    """The mean of the best TOP against calls, a line for each family, a band over its seeds."""
    with matplotlib.rc_context(STYLE):
        figure = make_figure(3.4)
        axes = figure.add_subplot()
        for colour, (family, own) in zip(COLOURS, curve.groupby("family", sort=False)):
            wide = own.pivot_table(index="number", columns="seed", values="best10").ffill()
            axes.plot(wide.index, wide.mean(axis=1), color=colour, label=family)
            if wide.shape[1] > 1:
                axes.fill_between(wide.index, wide.min(axis=1), wide.max(axis=1), color=colour, alpha=0.2, linewidth=0)
        axes.set(xlabel="calls of the score", ylabel=f"mean score of the best {TOP}")
        axes.legend(frameon=False)
        return f"data:image/png;base64,{b64encode(png(figure)).decode()}"
