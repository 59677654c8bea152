"""docs/families/: a page for each family of the registry, and their index.

A page is what `genwright list FAMILY` prints, and the figures of benchmarks/results/ whose row names the family.
"""

from __future__ import annotations

import re

from draw_records import bars, figure, verdict
from drawing import table

from genwright.cli.families import family_sections
from genwright.zoo import registry

ORDINARY = ("energy", "flow", "forest", "independent", "linear", "mean", "mixture", "nearest", "trees", "walks")
INTRODUCTION = """# Families

These pages are for people who chose a family and want to know how it works or how to set it. Each has the equations, \
verbs, hyperparameters, presets and measured figures of one family.
`genwright list vae` prints the same, without the figures. [Which model do I pick](../choosing.md) helps to choose.
"""


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
        cells = ((row["system"], row["what"], figure(row), row["bar"], verdict(row)) for row in named)
        lines += table(("system", "what", "figure", "bar", "verdict"), cells)
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[str, str]:
    """{page below docs: its text}."""
    measured = [row for found in bars().values() for row in found]
    rows = ((row.label, f"[{row.family}]({row.family}.md)", row.paper) for row in registry.ROWS)
    index = "\n".join([INTRODUCTION, *table(("data or task", "family", "paper"), rows)]) + "\n"
    families = dict.fromkeys(row.family for row in registry.ROWS)
    return {"families/README.md": index} | {f"families/{name}.md": page(name, measured) for name in families}
