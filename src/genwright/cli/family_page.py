"""One family in full, as sections that `genwright list FAMILY` prints and docs/draw_families.py writes as a page."""

import ast
import json
from dataclasses import dataclass
from pathlib import Path

import genwright

from ..core.errors import DataError
from ..core.hyper import Hyper, nearest
from ..core.sample_options import SHARED
from ..zoo import registry
from ..zoo.card import Card
from ..zoo.index import describe_alias, family_aliases

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
    card = registry.find_card(family)
    modules = dict.fromkeys(name for row in rows for name in (*row.on.equations, *card.equations)) if card else ()
    return [
        *([Section("When to take it", card.advice)] if card else []),
        *(Section(f"Equations: genwright.{name}", block=_docstring(name)) for name in modules),
        *(Section(f"{row.family} ({row.label})", block=_row(row, card)) for row in rows),
    ]


def _docstring(module: str) -> str:
    """Of a module below genwright, which is read and not imported."""
    file = Path(genwright.__file__).parent.joinpath(*module.split("."))
    return ast.get_docstring(ast.parse(file.with_suffix(".py").read_text()))


def family_page(family: str, kind: str | None = None) -> str:
    """The sections of a family as text, also by an alias. Raises DataError as `family_sections` does."""
    known = {row.family for row in registry.rows()}
    meant = [one for one in family_aliases() if one[1].name == family and family not in known]
    found = [describe_alias(*one) for one in meant]
    for section in family_sections(meant[0][0] if meant else family, kind):
        block = "\n".join(f"  {line}".rstrip() for line in section.block.splitlines())
        found.append("\n".join(filter(None, (section.title, *(f"  {one}" for one in section.prose), block))))
    return "\n\n".join(found)


def _row(row: registry.Row, card: Card | None) -> str:
    presets = registry.presets(row)
    lines = [f"paper: {row.paper}"]
    for one in card.aliases if card else ():
        if row.kind in one.kinds:
            lines.append(f"also called: {one.name} ({f'preset {one.preset}; ' if one.preset else ''}{one.paper})")
    lines.append(f"verbs: {', '.join(row.verbs)}")
    if not registry.predicts(row.task):
        lines += [f"likelihood: {row.likelihood or 'none'}", f"conditions: {CONDITIONS[row.conditional]}"]
    lines += ["role: a simple baseline"] * row.baseline
    if row.sample_options:
        phrases = {option.name: f": {option.help}" for option in SHARED}
        lines += ["sampling options:", *(f"  {name}{phrases.get(name, '')}" for name in row.sample_options)]
    if not presets:
        return "\n".join([*lines, "no hyperparameters"])
    default = type(next(iter(presets.values())))()
    lines.append("presets, by default the one that fits the data:")
    for name, preset in presets.items():
        changed = {k: v for k, v in preset.values().items() if v != default.values()[k]}
        variant = card and card.variants.get(name)
        lines.append(f"  {name}{f', {variant}' if variant else ''}: {_settings(changed)}")
    return "\n".join([*lines, "hyperparameters:", *_fields(default)])


def _fields(default: Hyper) -> list[str]:
    lines, values = [], default.values()
    for name, field in default.fields().items():
        lines += [f"  {name} = {_format_value(values[name])}  ({field['kind']})", f"      {field['says']}"]
    return lines


def _settings(values: dict) -> str:
    return ", ".join(f"{name}={_format_value(value)}" for name, value in values.items()) or "the defaults"


def _format_value(value) -> str:
    return value if isinstance(value, str) else json.dumps(value)
