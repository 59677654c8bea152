"""The index of all cards: facts of each family for `genwright list` and for names that people type, without cards."""

import json
from functools import cache
from pathlib import Path

from .card import Alias


@cache
def read_index() -> dict[str, dict]:
    """{family: {"module", "aliases", "near", "on": {label: facts of a row of the registry}}}."""
    return json.loads(Path(__file__).with_name("index.json").read_text())


def family_aliases() -> list[tuple[str, Alias]]:
    """(family, alias) of all that have one."""
    return [(family, Alias(**one)) for family, facts in read_index().items() for one in facts["aliases"]]


def describe_alias(family: str, alias: Alias) -> str:
    """The line of `genwright list` about an alias."""
    preset = f" --preset {alias.preset}" if alias.preset else ""
    return f"{alias.name}: {family}{preset} ({', '.join(alias.kinds)}; {alias.paper})"


def find_alias(kind: str, name: str) -> tuple[str, Alias] | None:
    """(family, alias) that a name means for a kind of data."""
    return next((found for found in family_aliases() if found[1].name == name and kind in found[1].kinds), None)


def nearest_to(name: str) -> list[str]:
    """Families nearest to a model that is not here, best first; none for a name that says nothing."""
    near = {family: facts["near"] for family, facts in read_index().items() if name.lower() in facts["near"]}
    return sorted(near, key=lambda family: near[family].index(name.lower()))
