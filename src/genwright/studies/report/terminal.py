"""The comparison as a terminal shows it: what settles each purpose in one table, what to know, and the picks with their
commands. All other numbers are on the page."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...core.safe_text import visible
from ...measure.metric import decimals
from .advice import advice
from .numbers import beside, by_use, table_of
from .picks import command, in_order
from .records import Results, Row
from .results import find, predicts, title

SAID_SENTENCES = 5  # sentences of the advice beside the picks; the page has all
KINDS = {"lower bound": "b", "estimate": "e", "unnormalised": "u"}
SIGNS = {"b": "b bound", "e": "e estimate", "u": "u unnormalised", "↗": "↗ still improving when its time was up"}


def print_table(results: Results, console: Console) -> None:
    """Print it all, in 80 columns where there are no more."""
    settles, more = results.metrics["headline"].values(), beside(results)
    used = _print(results, [metric for metric in by_use(results) if metric in settles], console, timed=True)
    used |= _print(results, list(more), console) if more else set()
    console.print("; ".join(["± half a 95% interval", *(SIGNS[s] for s in SIGNS if s in used)]), style="dim")
    for metric, said in more.items():
        console.print(f"{escape(title(results, metric))}: {escape(said)}", style="dim")
    taken = in_order(results)
    rest = [sentence for sentence in advice(results) if sentence not in [pick.sentence for pick in taken]]
    for sentence in rest[:SAID_SENTENCES]:
        console.print(f"• {escape(visible(sentence))}")
    if len(rest) > SAID_SENTENCES:
        console.print(f"• {len(rest) - SAID_SENTENCES} more sentences, and all other numbers, are on the page.")
    for pick in taken:
        console.print(f"\n{escape(visible(pick.sentence))}", style="bold")
        console.print(f"  {escape(visible(command(results, pick, '')))}", soft_wrap=True)
    console.print()


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
    used = set()
    for _, lines in content["groups"]:
        for line in lines:
            signs = {KINDS[cell["kind"]] for cell in line["cells"] if cell["kind"] in KINDS}
            used |= signs | ({"↗"} if line["improving"] else set())
            cells = ["failed" if line["error"] else _plain(cell) for cell in line["cells"]]
            name = escape(visible(line["name"])) + (" ↗" if line["improving"] else "")
            table.add_row(name, *cells, *[_seconds(find(results, line["name"]))] * timed)
        table.add_section()
    console.print(table)
    return used


def _seconds(row: Row | None) -> str:
    seconds = row.seconds["sample"] if row else None
    return "" if seconds is None else f"{seconds:,.{decimals(seconds, 2)}f} s"


def _plain(cell: dict) -> str:
    mark = f" {KINDS[cell['kind']]}" if cell["kind"] in KINDS else ""
    text = cell["text"] + (f" ±{cell['half']}" if cell["half"] else "") + mark
    return f"[bold green]{text}[/bold green]" if cell["best"] else text
