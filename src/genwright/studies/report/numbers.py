"""All numbers of a comparison as tables of text, for the page; and for the terminal those that settle a purpose, with
what to know and the picks with their commands."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...core.likelihood import MEASURES
from ...core.safe_text import visible
from ...core.terminal import fill
from ...measure.metric import decimals
from .advice import advice
from .answer import FAIR, GOOD, POOR, UNKNOWN, Answer, answers, file_answers
from .decision import is_coin
from .frame import interval_of, missing_reason
from .records import Results, Row
from .results import MEASURED, find, format_number, is_copy, metric_of, names, predicts, ranking, rows, title
from .rules import PURPOSE_ORDER, count_nouns, listed

ARROWS = {"higher": ("↑", "higher is better"), "lower": ("↓", "lower is better"), "near 1": ("→", "1 is right")}
SAID_SENTENCES = 5  # sentences of the advice beside the picks; the page has all
TONES = {GOOD: "green", FAIR: "yellow", POOR: "red", UNKNOWN: "dim"}  # of a fact, beside its sign
KINDS = {"lower bound": "b", "estimate": "e", "unnormalised": "u"}
SIGNS = {
    "○": "○ not clearly better than chance or noise",
    "b": "b bound",
    "e": "e estimate",
    "u": "u unnormalised",
    "↗": "↗ still improving when its time was up",
}


def tables_of(results: Results) -> list[dict]:
    """Returns all numbers in two tables that fit a page: metrics of samples, and all others. Metrics that settle a
    purpose stand first, and the first metric of a table orders its rows."""
    samples, other_metrics, numbers = [], [], {}
    for m in by_use(results):
        of = next(_records(results, m))["of"]
        (samples if of == "samples" else other_metrics).append(m)
        if of != "samples":
            numbers["likelihood" if of in MEASURES else of] = None
    parts = ("Samples", samples), (listed(list(numbers)).capitalize() if numbers else "", other_metrics)
    return [dict(name=name, **table_of(results, metrics)) for name, metrics in parts if metrics]


def by_use(results: Results) -> list[str]:
    """Returns the metrics, those that settle a purpose first, in the order of purposes, then those shown beside
    them."""
    first = [*(results.metrics["headline"].get(criterion) for criterion in PURPOSE_ORDER), *metrics_beside(results)]
    return sorted(names(results), key=lambda metric: first.index(metric) if metric in first else len(first))


def metrics_beside(results: Results) -> dict[str, str]:
    """Returns {metric that is shown with those that settle a purpose: what it trades against}, of those that were
    measured."""
    measured = names(results)
    return {metric: value for metric, value in results.metrics.get("beside", {}).items() if metric in measured}


def table_of(results: Results, metrics: list[str] | None = None) -> dict:
    """Columns (default: all) and groups of rows; a cell knows its text, its kind if it is a likelihood, and whether it
    is the best."""
    metrics = names(results) if metrics is None else metrics
    best = {m: ranked.order[0] for m in metrics if (ranked := ranking(results, m)).separated}
    columns = []
    for m in metrics:
        record = next(_records(results, m))
        arrow, words = direction(record)
        explanation = results.metrics["titles"].get(m, ["", ""])[1]
        column_words = dict(
            title=title(results, m), unit=unit_of(results, m), explanation=explanation, basis=_basis(results, m)
        )
        columns.append(dict(arrow=arrow, words=words, **column_words))
    order = {family: place for place, family in enumerate(ranking(results, metrics[0]).order)} if metrics else {}
    reference = {m: r for m, r in results.reference_metrics.items() if m in metrics}
    line = lambda row: dict(
        name=row.family,
        error=row.error,
        copied=is_copy(results, row),
        improving=bool(row.improving),
        cells=[
            _cell(record := row.metrics.get(m), best.get(m) == row.family, missing_reason(results, row, m))
            | dict(coin=is_coin(results, metric_of(record), m))
            for m in metrics
        ],
    )
    lines = lambda rows: [line(row) for row in sorted(rows, key=lambda row: order.get(row.family, len(order)))]
    real = Row("real test items", metrics=reference)
    groups = [
        ("Files of samples" if results.study == MEASURED else "Trained families", lines(results.models)),
        ("Simple baselines", lines(results.baselines)),
        ("Reference: real against real", lines([real]) if reference else []),
    ]
    return dict(columns=columns, groups=[(label, lines) for label, lines in groups if lines])


def direction(record: dict) -> tuple[str, str]:
    """Describes which direction of a metric is better, by an arrow and words; the intervals of completions and
    predictions claim 90%."""
    arrow, words = ARROWS[record["better"]]
    claims = record["better"] == "near 1" and record["of"] in ("completions", "predictions")
    return arrow, "0.9 is right" if claims else words


def unit_of(results: Results, metric: str) -> str:
    """Returns the unit as a heading shows it: nothing where the title says it already."""
    unit = results.metrics["titles"].get(metric, ["", "", ""])[2]
    return "" if unit.lower() in title(results, metric).lower() else unit


def _records(results: Results, metric: str):
    reference = results.reference_metrics
    yield from (part[metric] for part in [*(row.metrics for row in rows(results)), reference] if metric in part)


def _basis(results: Results, metric: str) -> str:
    """The basis of a column's numbers: items, feature network with its hash or judge, and the detail that all share."""
    records = [row.metrics[metric] for row in rows(results) if metric in row.metrics]
    if not records:
        return ""
    counts = dict.fromkeys(f"{record['n']:,}" for record in records)
    stands_on = dict.fromkeys(record["reference"] for record in records if record["reference"])
    details = {record.get("detail", "") for record in records}
    return "; ".join([f"n = {' or '.join(counts)}", *stands_on, *(filter(None, details) if len(details) == 1 else [])])


def _cell(record: dict | None, best: bool, unmeasured: str | None) -> dict:
    """unmeasured: why its row lacks numbers, where that is known."""
    metric = metric_of(record)
    if metric is None:
        text, note = ("not finite", record["note"]) if record else ("–", unmeasured or "not measured")
        return dict(text=text, half="", ends="", kind="", best=False, note=note, value="")
    value, _, half = format_number(metric).partition(" ± ")
    low, high = interval_of(metric)
    places = decimals((high - low) / 2, 2) if high > low else 0
    ends = f"{low:,.{places}f} to {high:,.{places}f}" if half else ""
    kind = metric.kind if metric.of in MEASURES else ""
    note = "; ".join(part for part in (f"n = {metric.n:,}", metric.reference, metric.detail) if part)
    return dict(text=value, half=half, ends=ends, kind=kind, best=best, note=note, value=f"{metric.value:.8g}")


# ---------------------------------------------------------------------- for a terminal


def print_table(results: Results, console: Console) -> None:
    """Print it all, in 80 columns where there are no more."""
    settles, further = [*results.metrics["headline"].values()], metrics_beside(results)
    of_files = results.study == MEASURED
    settles += results.metrics.get("facts", {}) if of_files else ()
    first = [metric for metric in by_use(results) if metric in settles]
    marks_used = _print(results, first, console, timed=not of_files)
    marks_used |= _print(results, list(further), console) if further else set()
    _say(console, "; ".join(["± half a 95% interval", *(SIGNS[s] for s in SIGNS if s in marks_used)]), "dim")
    for metric, said in further.items():
        _say(console, f"{title(results, metric)}: {said}", "dim")
    taken = file_answers(results) if of_files else answers(results) if results.study == "compare" else []
    said = [*advice(results), *(results.advice if of_files else [])]
    rest = [sentence for sentence in said if sentence not in [answer.sentence for answer in taken]]
    for sentence in rest[:SAID_SENTENCES]:
        _say(console, f"• {sentence}")
    if more_said := rest[SAID_SENTENCES:]:
        more_words = count_nouns(more_said, "more sentence", "more sentences")
        _say(console, f"• {more_words}, and all other numbers, are on the page.")
    for answer in taken:
        _print_answer(answer, console)
    console.print()


def _say(console: Console, text: str, style: str = "") -> None:
    """Print a line, filled to the width of a terminal; what of it goes on is indented."""
    width = None if console.soft_wrap else console.width
    console.print(escape(fill(visible(text), width)), style=style)


def _print_answer(answer: Answer, console: Console) -> None:
    """The verdict in bold, its facts and reason, and the command to paste."""
    write = lambda text: escape(visible(text))
    console.print(f"\n{write(answer.purpose)}: [bold]{write(answer.verdict)}[/bold]")
    for chip in answer.chips:
        _say(console, f"  {chip.sign} {chip.label}: {chip.text}", TONES[chip.tone])
    for sentence in filter(None, (answer.reason, answer.warning)):
        _say(console, f"  {sentence}")
    if answer.command:
        console.print(f"  {write(answer.command)}", soft_wrap=True)
    if answer.final:
        console.print(f"  The final model, on all items:\n  {write(answer.final)}", soft_wrap=True)


def _print(results: Results, metrics: list[str], console: Console, timed: bool = False) -> set[str]:
    """Print a table of metrics, and return the signs in it. timed: with the seconds of sampling or predicting."""
    content = table_of(results, metrics)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("", no_wrap=True)
    for column in content["columns"]:
        unit = f" ({column['unit']})" if column["unit"] else ""
        head = f"{escape(column['title'] + unit)}\n[dim]{column['arrow']} {column['words'].split()[0]}[/dim]"
        table.add_column(head, justify="right", max_width=16)
    if timed:
        table.add_column("predicts\nin" if any(map(predicts, results.models)) else "samples\nin", justify="right")
    marks_used = set()
    for _, lines in content["groups"]:
        for line in lines:
            signs = {KINDS[cell["kind"]] for cell in line["cells"] if cell["kind"] in KINDS}
            signs |= {"○" for cell in line["cells"] if cell["coin"]}
            marks_used |= signs | ({"↗"} if line["improving"] else set())
            cells = ["failed" if line["error"] else _plain_text(cell) for cell in line["cells"]]
            name = escape(visible(line["name"])) + (" ↗" if line["improving"] else "")
            table.add_row(name, *cells, *[_seconds(find(results, line["name"]))] * timed)
        table.add_section()
    console.print(table, soft_wrap=False)
    return marks_used


def _seconds(row: Row | None) -> str:
    seconds = row.seconds["sample"] if row else None
    return "" if seconds is None else f"{seconds:,.{decimals(seconds, 2)}f} s"


def _plain_text(cell: dict) -> str:
    mark = (f" {KINDS[cell['kind']]}" if cell["kind"] in KINDS else "") + " ○" * cell["coin"]
    text = cell["text"] + (f" ±{cell['half']}" if cell["half"] else "") + mark
    return f"[bold green]{text}[/bold green]" if cell["best"] else text
