"""docs/families/: a page for each family of the registry, and their index.

A page has what `genwright list FAMILY` prints, a picture where docs/families/FAMILY.png or `PICTURES` has one, and the
figures of benchmarks/results/ whose row names the family.
"""

from __future__ import annotations

import re

from draw_records import DATA, bars, figure, verdict
from drawing import DOCS, table
from equations import as_markdown

from genwright.cli.families import equations, facts_of, format_value, settings_text
from genwright.zoo import registry
from genwright.zoo.card import read_index

ORDINARY = ("energy", "flow", "forest", "independent", "linear", "mean", "mixture", "nearest", "trees", "walks")
INTRODUCTION = """# Families

These pages are for people who chose a family and want to know how it works or how to set it. Each has the equations, \
verbs, hyperparameters, presets and measured figures of one family.
`genwright list vae` prints the same, without the figures. [Which model do I pick](../choosing.md) helps to choose.
"""
PICTURES = {  # {family: a picture of another page that shows its samples, and the sentence below it}
    "gan": ("gan-truncation.png", "Samples of `fashion-mnist`, a class a column pair; the lower rows vary less."),
    "gcn": ("convolution-cora.png", "Papers of Cora by their embeddings: without the graph, and with it."),
    "semi-supervised-vae": ("analogies.png", "The first column is real; each row has its style under every label."),
    "vae": ("latents-ways.png", "From one digit to another: by an autoencoder above, by a VAE below."),
    "autoencoder": ("latents-ways.png", "From one digit to another: by an autoencoder above, by a VAE below."),
    "vq-vae": ("codes-priors.png", "Fashion-MNIST: real, decoded from their codes, and sampled by two priors."),
    "vq-vae-2": ("codes-levels.png", "Fashion-MNIST: real, decoded from all levels, and from each level alone."),
}


def names_family(what: str, family: str) -> bool:
    """Whether the words of a row name a family. One whose name is an ordinary word must stand between commas."""
    if family in ORDINARY:
        return family in re.split(r"[,:] ?", what)
    word = rf"(?<![\w-]){re.escape(family)}(?![\w-])"
    return bool(re.search(word, what) or re.match(word, what, re.I))


def picture(family: str) -> list[str]:
    """The picture of a family: one of its own (`python docs/draw.py families`), or one of another page."""
    own = DOCS / "families" / f"{family}.png"
    if own.exists():
        return [f"![Real items beside samples of {family}]({own.name})", ""]
    if family in PICTURES:
        name, sentence = PICTURES[family]
        return [f"![{sentence.replace('`', '')}](../{name})", "", sentence, ""]
    return []


def settings(row: registry.Row, variants: dict[str, str]) -> list[str]:
    """Presets and hyperparameters of a family on a kind of data, as two tables."""
    found = registry.settings(row)
    if not found.presets:
        return ["It has no hyperparameters.", ""]
    presets = []
    for name, changed in found.presets.items():
        brief = found.brief.get(name)
        few = f"; below {brief['below']:,} items: `{settings_text(brief['values'])}`" if brief else ""
        presets.append(
            (f"`{name}`", variants.get(name), f"`{settings_text(changed)}`{few}" if changed else "the defaults")
        )
    kept = [one for one in zip(("preset", "published as", "settings"), *presets) if any(one[1:])]
    rows = (
        (f"`{name}`", f"`{format_value(default)}`", allowed.replace("|", "\\|"), says.replace("|", "\\|"))
        for name, (default, allowed, says) in found.hyperparameters.items()
    )
    titles = ("hyperparameter", "default", "range", "what it sets")
    return [*table([one[0] for one in kept], zip(*(one[1:] for one in kept))), "", *table(titles, rows), ""]


def facts(row: registry.Row) -> list[str]:
    """What the registry says of a family on a kind of data, as a list."""
    lines = []
    for line in facts_of(row):
        name, _, value = line.partition(": ")
        lines.append(
            f"    * `{name.strip()}`{f': {value}' if value else ''}" if line[0] == " " else f"* {name}: {value}"
        )
    return [*(line.rstrip().replace("options::", "options:") for line in lines), ""]


def page(family: str, measured: list[dict]) -> str:
    """measured: rows of the systems, all that were measured."""
    rows, card = [row for row in registry.ROWS if row.family == family], read_index()[family]
    labels = ", ".join(f"`{row.label}`" for row in rows)
    lines = [f"# {family}", "", " ".join(card["advice"]), "", *picture(family)]
    lines += [f"Kinds of data and tasks: {labels}.", "", "## Equations", ""]
    for place, text in equations(rows).items():
        lines += [*as_markdown(text), f"Code: `genwright.{place}`", ""]
    for row in rows:
        lines += [f"## On {DATA[row.label].partition(': ')[0]} (`{row.label}`)", "", *facts(row)]
        lines += settings(row, card["variants"])
    if named := [row for row in measured if names_family(row["what"], family)]:
        lines += ["## Measured", "", "[Systems](../systems.md) has the commit and benchmark of each figure.", ""]
        cells = ((row["system"], row["what"], figure(row), row["bar"], verdict(row)) for row in named)
        lines += table(("system", "what", "figure", "bar", "verdict"), cells)
    return "\n".join(lines).rstrip() + "\n"


def index() -> str:
    """docs/families/README.md: the families by kind of data, each with the sentence that says when to take it."""
    cards, lines = read_index(), [INTRODUCTION]
    for label in dict.fromkeys(row.label for row in registry.ROWS):
        lines += [f"## {DATA[label][0].upper()}{DATA[label][1:]}", ""]
        rows = (row for row in registry.ROWS if row.label == label)
        cells = ((f"[{row.family}]({row.family}.md)", cards[row.family]["advice"][0], row.paper) for row in rows)
        lines += [*table(("family", "when to take it", "paper"), cells), ""]
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[str, str]:
    """{page below docs: its text}."""
    measured = [row for found in bars().values() for row in found]
    families = dict.fromkeys(row.family for row in registry.ROWS)
    return {"families/README.md": index()} | {f"families/{name}.md": page(name, measured) for name in families}
