"""All numbers of a comparison as tables of text, for the page and for the terminal."""

from ...core.likelihood import MEASURES
from .records import Results, Row
from .results import is_copy, metric_of, names, ranking, rows, shown, title
from .rules import listed

PURPOSE_ORDER = ("samples", "words", "labels", "density", "codes")  # the order of purposes: what most people come for
ARROWS = {"higher": ("↑", "higher is better"), "lower": ("↓", "lower is better"), "near 1": ("→", "1 is right")}


def tables_of(results: Results) -> list[dict]:
    """All numbers in two tables that fit a page: metrics of samples, and all others. Metrics that settle a purpose
    stand first, and the first metric of a table orders its rows."""
    samples, rest, said = [], [], {}
    for m in by_use(results):
        of = next(_records(results, m))["of"]
        (samples if of == "samples" else rest).append(m)
        if of != "samples":
            said["likelihood" if of in MEASURES else of] = None
    parts = ("Samples", samples), (listed(list(said)).capitalize() if said else "", rest)
    return [dict(name=name, **table_of(results, metrics)) for name, metrics in parts if metrics]


def by_use(results: Results) -> list[str]:
    """The metrics, those that settle a purpose first, in the order of purposes, then those shown beside them."""
    first = [*(results.metrics["headline"].get(criterion) for criterion in PURPOSE_ORDER), *beside(results)]
    return sorted(names(results), key=lambda metric: first.index(metric) if metric in first else len(first))


def beside(results: Results) -> dict[str, str]:
    """{metric that is shown with those that settle a purpose: what it trades against}, of those that were measured."""
    measured = names(results)
    return {metric: said for metric, said in results.metrics.get("beside", {}).items() if metric in measured}


def table_of(results: Results, metrics: list[str] | None = None) -> dict:
    """Columns (default: all) and groups of rows; a cell knows its text, its kind if it is a likelihood, and whether it
    is the best."""
    metrics = names(results) if metrics is None else metrics
    best = {m: found.order[0] for m in metrics if (found := ranking(results, m)).separated}
    columns = []
    for m in metrics:
        record = next(_records(results, m))
        arrow, words = direction(record)
        explanation = results.metrics["titles"].get(m, ["", ""])[1]
        said = dict(
            title=title(results, m), unit=unit_of(results, m), explanation=explanation, basis=_basis(results, m)
        )
        columns.append(dict(arrow=arrow, words=words, **said))
    order = {family: place for place, family in enumerate(ranking(results, metrics[0]).order)} if metrics else {}
    reference = {m: r for m, r in results.reference_metrics.items() if m in metrics}
    line = lambda row: dict(
        name=row.family,
        error=row.error,
        copied=is_copy(results, row),
        improving=bool(row.improving),
        cells=[_cell(row.metrics.get(m), best.get(m) == row.family, row.unmeasured) for m in metrics],
    )
    lines = lambda rows: [line(row) for row in sorted(rows, key=lambda row: order.get(row.family, len(order)))]
    real = Row("real test items", metrics=reference)
    groups = [
        ("Trained families", lines(results.models)),
        ("Simple baselines", lines(results.baselines)),
        ("Reference: real against real", lines([real]) if reference else []),
    ]
    return dict(columns=columns, groups=[(label, lines) for label, lines in groups if lines])


def direction(record: dict) -> tuple[str, str]:
    """An arrow and words for which way a metric is better; the intervals of completions and predictions claim 90%."""
    arrow, words = ARROWS[record["better"]]
    claims = record["better"] == "near 1" and record["of"] in ("completions", "predictions")
    return arrow, "0.9 is right" if claims else words


def unit_of(results: Results, metric: str) -> str:
    """The unit as a heading shows it: nothing where the title says it already."""
    unit = results.metrics["titles"].get(metric, ["", "", ""])[2]
    return "" if unit.lower() in title(results, metric).lower() else unit


def _records(results: Results, metric: str):
    reference = results.reference_metrics
    yield from (part[metric] for part in [*(row.metrics for row in rows(results)), reference] if metric in part)


def _basis(results: Results, metric: str) -> str:
    """The basis of a column's numbers: items, feature network with its hash or judge, and the detail that all share."""
    found = [row.metrics[metric] for row in rows(results) if metric in row.metrics]
    if not found:
        return ""
    counts = dict.fromkeys(f"{record['n']:,}" for record in found)
    stands_on = dict.fromkeys(record["reference"] for record in found if record["reference"])
    details = {record.get("detail", "") for record in found}
    return "; ".join([f"n = {' or '.join(counts)}", *stands_on, *(filter(None, details) if len(details) == 1 else [])])


def _cell(record: dict | None, best: bool, unmeasured: str | None) -> dict:
    """unmeasured: why its row lacks numbers, where that is known."""
    metric = metric_of(record)
    if metric is None:
        text, note = ("not finite", record["note"]) if record else ("–", unmeasured or "not measured")
        return dict(text=text, half="", kind="", best=False, note=note, value="")
    value, _, half = shown(metric).partition(" ± ")
    kind = metric.kind if metric.of in MEASURES else ""
    note = "; ".join(part for part in (f"n = {metric.n:,}", metric.reference, metric.detail) if part)
    return dict(text=value, half=half, kind=kind, best=best, note=note, value=f"{metric.value:.8g}")
