"""One family in full: verbs, presets and hyperparameters for each kind of data."""

from __future__ import annotations

import json

from ..core.errors import DataError
from ..core.hyper import Hyper, nearest
from ..recipes import registry
from ..recipes.names import ALIASES


def family_page(family: str, kind: str | None = None) -> str:
    """kind: of data, or a task; by default every one that the family is for. Raises DataError where there is none."""
    named = [row for row in registry.rows() if row.family == family]
    if meant := [alias for alias in ALIASES if alias.name == family and not named]:
        lines = [f"{family}: {alias}" for alias in meant]
        return "\n".join([*lines, "", family_page(meant[0].family, kind)])
    if not named:
        raise DataError(
            f"no family is called {family!r}{nearest(family, dict.fromkeys(row.family for row in registry.rows()))}"
        )
    rows = [row for row in named if kind in (None, row.kind, row.task)]
    if not rows:
        kinds = ", ".join(row.label for row in named)
        raise DataError(f"{family} is not for {kind}: leave --kind out, or choose one of {kinds}")
    return "\n\n".join(map(_page, rows))


def _page(row: registry.Row) -> str:
    presets = registry.presets(row)
    lines = [
        f"{row.family} ({row.label}): {row.paper}",
        f"verbs: {', '.join(row.verbs)}",
        f"likelihood: {row.likelihood or 'none'}",
    ]
    if not presets:
        return "\n".join([*lines, "no hyperparameters"])
    default = type(next(iter(presets.values())))()
    for name, preset in presets.items():
        changed = {k: v for k, v in preset.values().items() if v != default.values()[k]}
        lines.append(f"preset {name}: {_settings(changed)}")
    return "\n".join([*lines, "hyperparameters:", *_fields(default)])


def _fields(default: Hyper) -> list[str]:
    lines, values = [], default.values()
    for name, field in default.fields().items():
        lines += [f"  {name} = {_shown(values[name])}  ({field['kind']})", f"      {field['says']}"]
    return lines


def _settings(values: dict) -> str:
    return ", ".join(f"{name}={_shown(value)}" for name, value in values.items()) or "the defaults"


def _shown(value) -> str:
    return value if isinstance(value, str) else json.dumps(value)
