"""Families and published figures: `genwright list` and `reproduce`.

`list` prints the registry, one row a family and one column a verb, in 80 columns before the paper's name; or one family
in full. docs/draw_families.py writes the same facts as a page.
"""

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import genwright

from ..core.errors import DataError
from ..core.hyper import nearest
from ..core.safe_text import visible
from ..core.sample_options import SHARED
from ..core.terminal import join_paragraphs, line_width, tell
from ..zoo import registry
from ..zoo.card import describe_alias, family_aliases, read_index
from .options import Device, Quiet
from .parser import Shown


def list_families(
    name: Annotated[str | None, Shown("FAMILY|KIND")] = None,
    *,
    of: Annotated[str | None, Shown("KIND", ("--kind",))] = None,
) -> None:
    """List the families, those that fit a kind of data, or print one in full.

    Example: genwright list vae --kind images

    Tables: genwright list tables

    Args:
        name: Print this family in full, or list those for this kind of data or task.
        of: With FAMILY: only one kind of data, or one task.
    """
    width = line_width()
    if name in {word for row in registry.rows() for word in (row.kind, row.task, row.label)}:
        print(kind_table(name, width))
        return
    if name is not None:
        page = family_page(name, of).split("\n")
        tell(page if width is None else join_paragraphs(page))
        return
    print(family_table(width))
    tell(
        [
            "",
            "* a simple baseline.  Train one: genwright fit DATA --family FAMILY.  Compare all: genwright compare DATA",
        ]
    )
    tell(["", *options_table().split("\n"), ""])
    print(predictor_table(width))
    tell(["", "Other names:", *(describe_alias(*one) for one in family_aliases())])
    tell(["", "Train one: genwright fit DATA --task TASK --family FAMILY.  Use it: genwright predict RUN DATA"])


def reproduce(
    name: str | None = None,
    *,
    seeds: int | None = None,
    out: Annotated[Path | None, Shown(panel="Folder")] = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Measure a published figure again, and print both.

    Example: genwright reproduce label-propagation-cora

    Args:
        name: Name of a published figure (default: list them).
        seeds: Number of fits (default: as the target says).
        out: Folder (runs/reproduce-NAME). Resumes a reproduction there.
    """
    from ..studies.reproduce import lines, listed
    from ..studies.reproduce import reproduce as measure

    if name is None:
        print("\n".join(listed()))
        return
    results = measure(name, seeds=seeds, out=out, progress=not quiet, device=device)
    print("\n".join(map(visible, lines(name, results))))
    print(visible(f"results: {(out or Path('runs') / f'reproduce-{name}') / 'results.json'}"))


LEAST_PAPER = 8  # columns of a paper's name that tell something
HEADS = {  # of the verbs whose names are longer than their column
    "sample": ("sam-", "ple"),
    "encode": ("en-", "code"),
    "decode": ("de-", "code"),
    "log_prob": ("log-", "prob"),
    "interpolate": ("inter-", "polate"),
    "complete": ("com-", "plete"),
}


def kind_table(name: str, width: int | None = None) -> str:
    """The families for a kind of data or a task: those that sample, then those that predict. The one that `fit` takes
    by default comes first, in a sentence."""
    rows = [row for row in registry.rows() if name in (row.kind, row.task, row.label)]
    places = dict.fromkeys((row.kind, row.task) for row in rows)
    own = {place: registry.default_family(*place) for place in places}
    usual = [f"{registry.label(*place)}: fit takes {family} by default." for place, family in own.items()]
    tables = []
    if models := [row for row in rows if not registry.predicts(row.task)]:
        tables.append(family_table(width, models))
    if predictors := [row for row in rows if registry.predicts(row.task)]:
        tables.append(predictor_table(width, predictors))
    notes = ["* a simple baseline.  In full: genwright list FAMILY", *usual]
    return "\n\n".join([*tables, "\n".join(notes)])


def family_table(width: int | None = None, rows: Sequence[registry.Row] | None = None) -> str:
    """x: the family has the verb. *: a simple baseline. width: where lines are cut, None for nowhere. rows: of the
    families, all that sample by default."""
    heads = [HEADS.get(verb, ("", verb)) for verb in registry.LATENT]
    widths = [max(map(len, head)) for head in heads]
    models = rows or [row for row in registry.rows() if not registry.predicts(row.task)]
    wide = max(len(row.kind) for row in models) + 1
    left = wide + max(len(row.family) + row.baseline for row in models)

    def line(data: str, family: str, cells: list[str], likelihood: str, paper: str) -> str:
        verbs = " ".join(f"{cell:^{w}}" for cell, w in zip(cells, widths))
        return with_paper(f"{f'{data:{wide}}{family}':{left}} {verbs} {likelihood:12}", paper, width)

    lines = [
        line("", "", [upper for upper, _ in heads], "", ""),
        line("data", "family", [lower for _, lower in heads], "likelihood", "paper"),
    ]
    for row in models:
        marks = ["x" if verb in row.verbs else "-" for verb in registry.LATENT]
        lines.append(line(row.kind, row.family + "*" * row.baseline, marks, row.likelihood or "none", row.paper))
    return "\n".join(lines)


def with_paper(line: str, paper: str, width: int | None) -> str:
    """A line of a table with the paper at its end, as far as there is room for it."""
    room = len(paper) if width is None else width - len(line) - 1
    if len(paper) > room:
        paper = f"{paper[: room - 3].rstrip()}..." if room >= LEAST_PAPER else ""
    return f"{line} {paper}".rstrip()


def options_table() -> str:
    """The sampling options of all families: one row for each kind of data and set of options."""
    alike: dict[tuple, list[str]] = {}
    for row in registry.rows():
        if row.sample_options:
            alike.setdefault((", ".join(row.sample_options), row.kind), []).append(row.family)
    rows = [("options of sample", "data", "families")]
    rows += [(*what, ", ".join(families)) for what, families in sorted(alike.items())]
    options, data = (max(len(row[column]) for row in rows) for column in range(2))
    return "\n".join(f"{names:{options}}  {kind:{data}}  {families}" for names, kind, families in rows)


def predictor_table(width: int | None = None, predictors: Sequence[registry.Row] | None = None) -> str:
    """Families that predict, one row for each task that they are made for. predictors: all by default."""
    predictors = predictors or [row for row in registry.rows() if registry.predicts(row.task)]
    rows = [
        ("data", "task", "family", "paper"),
        *((row.kind, row.task, row.family + "*" * row.baseline, row.paper) for row in predictors),
    ]
    data, task, family = (max(len(row[column]) for row in rows) for column in range(3))
    return "\n".join(with_paper(f"{d:{data}} {t:{task}} {f:{family}} ", paper, width) for d, t, f, paper in rows)


CONDITIONS = {"any": "any variables", "no image": "any variables but images", "label": "one column of labels"}


@dataclass(frozen=True)
class Section:
    """prose: sentences, one a paragraph. block: text whose lines stay as they are."""

    title: str
    prose: tuple[str, ...] = ()
    block: str = ""


def family_sections(family: str, kind: str | None = None) -> list[Section]:
    """Advice, equations, and a section for each kind of data.

    kind: of data, or a task; by default every one that the family is for. Raises DataError where there is none.
    """
    named = [row for row in registry.rows() if row.family == family]
    if not named:
        raise DataError(
            f"no family is called {family!r}{nearest(family, dict.fromkeys(row.family for row in registry.rows()))}"
        )
    rows = [row for row in named if kind in (None, row.kind, row.task)]
    if not rows:
        kinds = ", ".join(row.label for row in named)
        raise DataError(f"{family} is not for {kind}: leave --kind out, or choose one of {kinds}")
    card = read_index().get(family)
    return [
        *([Section("When to take it", tuple(card["advice"]))] if card else []),
        *(Section(f"Equations: genwright.{place}", block=text) for place, text in equations(rows).items()),
        *(Section(f"{row.family} ({row.label})", block=_row(row, card["variants"] if card else {})) for row in rows),
    ]


def equations(rows: Sequence[registry.Row]) -> dict[str, str]:
    """{place below genwright, as families.latent.vae: its docstring} of rows of one family."""
    card = read_index().get(rows[0].family)
    places = dict.fromkeys(place for row in rows for place in card["on"][row.label]["equations"]) if card else ()
    return {place.replace(":", "."): _docstring(place) for place in places}


def _docstring(place: str) -> str:
    """The docstring of a module below genwright, which is read and not imported, or of a class in it (module:name)."""
    module, _, name = place.partition(":")
    tree = ast.parse(Path(genwright.__file__).parent.joinpath(*module.split(".")).with_suffix(".py").read_text())
    node = next(one for one in tree.body if getattr(one, "name", None) == name) if name else tree
    return ast.get_docstring(node).partition("\n\nArgs:")[0]


def family_page(family: str, kind: str | None = None) -> str:
    """The sections of a family as text, also by an alias. Raises DataError as `family_sections` does."""
    known = {row.family for row in registry.rows()}
    meant = [one for one in family_aliases() if one[1].name == family and family not in known]
    parts = [describe_alias(*one) for one in meant]
    for section in family_sections(meant[0][0] if meant else family, kind):
        block = "\n".join(f"  {line}".rstrip() for line in section.block.splitlines())
        parts.append("\n".join(filter(None, (section.title, *(f"  {one}" for one in section.prose), block))))
    return "\n\n".join(parts)


def facts_of(row: registry.Row) -> list[str]:
    """Paper, other names, verbs, likelihood, conditions and sampling options of a family on a kind of data."""
    lines = [f"paper: {row.paper}"]
    for alias in (alias for family, alias in family_aliases() if family == row.family and row.kind in alias.kinds):
        lines.append(f"also called: {alias.name} ({f'preset {alias.preset}; ' if alias.preset else ''}{alias.paper})")
    lines.append(f"verbs: {', '.join(row.verbs)}")
    if not registry.predicts(row.task):
        lines += [f"likelihood: {row.likelihood or 'none'}", f"conditions: {CONDITIONS[row.conditional]}"]
    lines += ["role: a simple baseline"] * row.baseline
    if row.sample_options:
        phrases = {option.name: f": {option.help}" for option in SHARED}
        lines += ["sampling options:", *(f"  {name}{phrases.get(name, '')}" for name in row.sample_options)]
    return lines


def _row(row: registry.Row, variants: dict[str, str]) -> str:
    """A family on a kind of data. variants: {preset: the algorithm by which it differs from the others}."""
    settings, lines = registry.settings(row), facts_of(row)
    if not settings.presets:
        return "\n".join([*lines, "no hyperparameters"])
    lines.append("presets, by default the one that fits the data:")
    for name, changed in settings.presets.items():
        lines.append(f"  {name}{f', {variants[name]}' if name in variants else ''}: {settings_text(changed)}")
        if brief := settings.brief.get(name):
            below, values = brief["below"], settings_text(brief["values"])
            lines.append(f"    where the budget allows fewer than {below:,} items: {values}")
    lines.append("hyperparameters:")
    for name, (default, allowed, says) in settings.hyperparameters.items():
        lines += [f"  {name} = {format_value(default)}  ({allowed})", f"      {says}"]
    return "\n".join(lines)


def settings_text(values: dict) -> str:
    return ", ".join(f"{name}={format_value(value)}" for name, value in values.items()) or "the defaults"


def format_value(value) -> str:
    return value if isinstance(value, str) else json.dumps(value)
