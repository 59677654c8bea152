"""The comparison as a terminal shows it: the page's table in as many pieces as the width needs, and the advice."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..core.visible import visible
from .numbers import table_of


def print_table(results: dict, console: Console) -> None:
    """Print both; the likelihoods' kinds are one letter here."""
    content = table_of(results)
    each = max(1, (console.width - 22) // 16)  # columns that fit beside the names
    for start in range(0, len(content["columns"]), each):
        table = Table(box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
        table.add_column("", no_wrap=True)
        for column in content["columns"][start : start + each]:
            unit = f" ({column['unit']})" if column["unit"] else ""
            head = f"{escape(column['title'] + unit)}\n[dim]{column['arrow']} {column['words'].split()[0]}[/dim]"
            table.add_column(head, justify="right", max_width=16)
        for _, lines in content["groups"]:
            for line in lines:
                cells = ["failed" if line["error"] else _plain(cell) for cell in line["cells"][start : start + each]]
                table.add_row(line["name"], *cells)
            table.add_section()
        console.print(table)
    likelihoods = any(cell["kind"] for _, lines in content["groups"] for line in lines for cell in line["cells"])
    legend = "; likelihoods: b bound, e estimate, u unnormalised, else exact" if likelihoods else ""
    console.print(f"± half a 95% interval{legend}", style="dim")
    for sentence in results["advice"]:
        console.print(f"• {escape(visible(sentence))}")


def _plain(cell: dict) -> str:
    mark = {"lower bound": " b", "estimate": " e", "unnormalised": " u"}.get(cell["kind"], "")
    text = cell["text"] + (f" ±{cell['half']}" if cell["half"] else "") + mark
    return f"[bold green]{text}[/bold green]" if cell["best"] else text
