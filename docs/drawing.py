"""What drawn pages are made of: records of benchmarks/results/, tables and marked parts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
KINDS = {"exact": "", "lower bound": " ≤", "estimate": " ~", "unnormalised": " + c"}
GRAPH_DISTANCES = {  # {metric of the suite of many graphs: its name in the record graph_metrics}
    "degree": "degree, earth mover",
    "clustering": "clustering, earth mover",
    "orbits": "orbits, Gaussian",
    "spectrum": "spectrum, total variation",
}


def recorded(name: str) -> dict:
    """benchmarks/results/NAME.json."""
    return json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text())


def age(row: dict) -> str:
    """When a row of a record was measured, and on which commit."""
    run = row.get("run") or {}
    dated = f"{run['date'][:10]}, {run['commit']}" if run.get("date") else "not recorded"
    parts = "; ".join(f"{count} by {commit}" for commit, count in row.get("parts", {}).items())
    return dated + ", uncommitted changes" * bool(run.get("dirty")) + f" (parts: {parts})" * bool(parts)


def number(metric: dict | None) -> str:
    if metric is None:
        return ""
    kind = KINDS[metric["kind"]] if metric["of"] in ("mass", "density") else ""
    return f"{metric['value']:.3g} ± {metric['se']:.1g}{kind}"


def table(titles: Iterable[object], rows: Iterable[Iterable[object]]) -> list[str]:
    """Lines of a table. None: a cell without text."""
    titles = list(titles)
    line = lambda row: "|" + "".join(" |" if cell is None else f" {cell} |" for cell in row)
    return [line(titles), "|---" * len(titles) + "|", *map(line, rows)]


def metric_table(models: dict[str, dict], titles: dict[str, str]) -> list[str]:
    """Models by the metrics that any of them has. titles: {metric: title of its column}."""
    columns = [name for name in titles if any(name in metrics for metrics in models.values())]
    rows = ([name, *(number(metrics.get(each)) for each in columns)] for name, metrics in models.items())
    return table([None, *(titles[name] for name in columns)], rows)


def marked(text: str, drawn: str, name: str) -> str:
    """The text of a page with `drawn` between the marks of a name."""
    begin, end = (f"<!-- {name}: {where} -->" for where in ("begin", "end"))
    before, rest = text.split(begin)
    return f"{before}{begin}\n{drawn}\n{end}{rest.split(end)[1]}"
