"""The indexes of cards: facts of each family, read off its card and off a model that its tiny preset builds.

`python -m genwright.contract.card_index` writes them; the registry reads them.
"""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import genwright
from genwright.core.data import Data
from genwright.core.manifest import packages
from genwright.run.model import VERBS
from genwright.run.predictor import VERBS as PREDICTOR_VERBS
from genwright.run.tasks import task_of
from genwright.zoo import registry
from genwright.zoo.card import OWN_INDEX, Card, On, cards_of, describe_settings
from genwright.zoo.registry import CODES_FIGURE, GENERATE, IMAGES, PATH_FIGURES, Row, build, hyperparameters, place

from .small_data import small_data, small_label

ROOT = Path(genwright.__file__).parent


def indexes() -> dict[Path, str]:
    """Maps each index of cards, also of packages, to the dotted name of its folder."""
    return {OWN_INDEX: "genwright.zoo"} | {
        package.index: f"{package.name}.{package.index.parent.name}" for package in packages() if package.index
    }


def make_index(index: Path) -> dict[str, dict]:
    """Returns {family: facts of its card, and of each label that it is for}, in order of names.

    Raises ValueError for two cards of one family in one folder, which would hide each other."""
    folder, facts = indexes()[index], {}
    modules = [f"{folder}.{file.stem}" for file in sorted(index.parent.glob("*.py")) if file.stem != "__init__"]
    for module, card in ((module, card) for module in modules for card in cards_of(module)):
        if card.name in facts:
            raise ValueError(f"{module} has another card of {card.name}")
        facts[card.name] = facts_of_card(module, card)
    return dict(sorted(facts.items()))


def facts_of_card(module: str, card: Card) -> dict:
    return {
        "module": module,
        "advice": card.advice,
        "variants": card.variants,
        "aliases": [asdict(alias) for alias in card.aliases],
        "near": card.near,
        "on": {label: facts_of_row(module, card, label, kinds_of_card) for label, kinds_of_card in card.on.items()},
    }


def facts_of_row(module: str, card: Card, label: str, kinds_of_card: On) -> dict:
    """Returns the arguments of a `Row`. Those that are its defaults are left out."""
    row = Row(
        *place(label),
        card.name,
        (),
        built=kinds_of_card,
        paper=kinds_of_card.paper or card.paper,
        baseline=card.baseline,
        copies=card.copies,
        compare=kinds_of_card.compare,
        default=kinds_of_card.default,
        conditional=kinds_of_card.conditional,
        needs=kinds_of_card.needs,
        keeps=kinds_of_card.keeps,
    )
    values = {**{name: getattr(row, name) for name in INDEXED_FIELDS}, **facts_of_model(row)}
    defaults = asdict(Row("", "", "", ()))
    facts = {name: value for name, value in values.items() if value != defaults[name] or name == "verbs"}
    facts["equations"] = tuple(dict.fromkeys((*kinds_of_card.equations, *card.equations)))
    if kinds_of_card.presets:
        facts["settings"] = {name: value for name, value in describe_settings(kinds_of_card)._asdict().items() if value}
    return facts


INDEXED_FIELDS = ("paper", "baseline", "copies", "compare", "default", "conditional", "needs", "keeps")


def facts_of_model(row: Row) -> dict[str, object]:
    """Returns verbs, kind of likelihood, sampling options and figures of an untrained model."""
    data = _small_data(small_label(row), row.task)
    preset = "tiny" if "tiny" in registry.presets(row) else None
    values = hyperparameters(row, data.domain.spec, data.domain.given, data.sizes["train"], preset)
    family = build(row, data.domain.spec, data.domain.given, values).family
    methods = VERBS if row.task == GENERATE else PREDICTOR_VERBS
    known = registry.MODEL_VERBS if row.task == GENERATE else registry.MATCH_VERBS
    verbs = tuple(verb for verb in known if hasattr(family, methods[verb]))
    paths = PATH_FIGURES if (row.kind, row.task) == IMAGES and family.has_path else ()
    return {
        "verbs": verbs,
        "likelihood": family.kind if "log_prob" in verbs else "",
        "sample_options": tuple(option.name for option in getattr(family, "sample_options", ())),
        "figures": (*paths, *((CODES_FIGURE,) if "encode" in verbs else ()), *row.construction.figures),
    }


@cache
def _small_data(label: str, task: str) -> Data:
    return task_of(small_data(label), task)


OWN_LINES = ("on", "presets", "hyperparameters")  # entries of these have lines of their own, as families have


def write(index: dict[str, dict]) -> str:
    """Writes the index as JSON, a line for each family, label, preset and hyperparameter."""
    lines = (f"{json.dumps(family)}: {_json(facts)}" for family, facts in index.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value: object, name: str = "", depth: int = 0) -> str:
    """A value as JSON. name: its key. depth: dictionaries that it is in."""
    if not isinstance(value, dict):
        return json.dumps(value)
    entries = [f"{json.dumps(key)}: {_json(entry, key, depth + 1)}" for key, entry in value.items()]
    margin = "\n" + " " * depth if name in OWN_LINES else ""
    return "{" + margin + f",{margin or ' '}".join(entries) + "}"


if __name__ == "__main__":
    for path in indexes():
        path.write_text(write(make_index(path)))
