"""Draws docs/families/: a page for each family of the registry, and their index.

    python docs/draw_families.py

A page is what `genwright list FAMILY` prints, and the figures of benchmarks/results/ whose row names the family.
"""

from __future__ import annotations

import re

from draw import ROOT, bars, figure, verdict

from genwright.cli.family_page import family_sections
from genwright.recipes import registry

FOLDER = ROOT / "docs" / "families"
ORDINARY = ("energy", "flow", "forest", "independent", "linear", "mean", "mixture", "nearest", "trees", "walks")


def names_family(what: str, family: str) -> bool:
    """Whether the words of a row name a family. One whose name is an ordinary word must stand between commas."""
    if family in ORDINARY:
        return family in re.split(r"[,:] ?", what)
    word = rf"(?<![\w-]){re.escape(family)}(?![\w-])"
    return bool(re.search(word, what) or re.match(word, what, re.I))


def page(family: str, rows: list[dict]) -> str:
    """rows: of the systems, all that were measured."""
    labels = ", ".join(f"`{row.label}`" for row in registry.ROWS if row.family == family)
    lines = [f"# {family}", "", f"`docs/draw_families.py` draws this page. Kinds of data and tasks: {labels}.", ""]
    for section in family_sections(family):
        lines += [f"## {section.title}", ""]
        lines += [line for sentence in section.prose for line in (sentence, "")]
        lines += ["```text", section.block, "```", ""] if section.block else []
    if named := [row for row in rows if names_family(row["what"], family)]:
        lines += ["## Measured", "", "[Systems](../systems.md) has the commit and benchmark of each figure.", ""]
        lines += ["| system | what | figure | bar | verdict |", "|---" * 5 + "|"]
        cells = ((row["system"], row["what"], figure(row), row["bar"], verdict(row)) for row in named)
        lines += [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join(lines).rstrip() + "\n"


def index() -> str:
    lines = [
        "# Families",
        "",
        "These pages are for people who chose a family and want to know how it works or how to set it. "
        "Each has the equations, verbs, hyperparameters, presets and measured figures of one family.",
        "`genwright list vae` prints the same, without the figures. "
        "[Which model do I pick](../choosing.md) helps to choose.",
        "",
        "| data or task | family | paper |",
        "|---|---|---|",
    ]
    lines += [f"| {row.label} | [{row.family}]({row.family}.md) | {row.paper} |" for row in registry.ROWS]
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """{name of the file: its text}."""
    rows = [row for found in bars().values() for row in found]
    families = dict.fromkeys(row.family for row in registry.ROWS)
    return {"README.md": index()} | {f"{family}.md": page(family, rows) for family in families}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
