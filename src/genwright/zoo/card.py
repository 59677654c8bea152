"""Cards of families, and the index of all cards. Importing this module imports no torch.

A card tells all that genwright knows of a family, in one place. A module of this room holds the card of a family, or of
a few kindred families, as values of the module. A package has the cards of its own families, and those of others for
its own kinds of data (`extend_card`). The class of the family tells its verbs, its sampling options and the kind of its
likelihood. `index.json` beside the modules holds these with the facts of the cards, their hyperparameters and presets,
so that `genwright list` needs neither cards nor torch. `python -m genwright.contract.card_index` writes all anew.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib import import_module
from itertools import count
from math import erfc
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ..core.domain import BaseDomain
from ..core.hyper import Brief, Hyper
from ..core.manifest import packages
from ..core.recipe import Recipe

NO_LIKELIHOOD = "It has no log_prob, so it cannot say how likely an item is."
FLOOR = "It is a simple baseline: take a trained family that beats it."


def choose_always(name: str) -> Callable[..., str]:
    """Returns a rule `choose` for a card whose preset of this name fits all data."""
    return lambda presets, spec, given, items: name


@dataclass(frozen=True)
class Recorded:
    """Findings of the records in benchmarks/results on a kind of data, or a task, for data of one size.

    Args:
        items: training items of the data.
        passes: over these, the median of what trained families had; 0 where no record counts them.
        counted_in: name of the record that counts passes.
        favoured: families, by their mean rank over the purposes.
        ranked_in: name of the record that ranks families.
    """

    items: int
    passes: float
    counted_in: str
    favoured: list[str]
    ranked_in: str


@dataclass(frozen=True)
class Spread:
    """The differences between trainings of one family, as a record in benchmarks/results has them.

    Args:
        value: standard deviation over trainings of the mean over items, in standard deviations of one item's
            difference between two trainings.
        family: name of the family.
        items: training items of the data.
        minutes: CPU-minutes of each training.
        record: name of the record, "" for the default.
    """

    value: float
    family: str = ""
    items: int = 1
    minutes: float = 1.0
    record: str = ""


NO_SPREAD = Spread(0.0)  # of what always comes out the same
QUANTILE = 1.96  # standard errors, beyond which a difference is called real
MISTAKEN = 0.05  # of pairs of trainings of one family, of which one may be called better


@dataclass(frozen=True)
class On:
    """The way in which a family is built for a kind of data, or for a task.

    Args:
        build: function `recipe(spec, given, hyper) -> Recipe`; `recipe(spec, given)` without presets.
        presets: {name: instance of one dataclass of hyperparameters}.
        choose: function `(presets, spec, given, items) -> name` of the preset that fits the data; by default the first.
        paper: for people, where it differs from the card's.
        equations: modules below genwright, or `module:Class`, whose docstrings have equations, beside the card's.
        default: whether `fit` takes the family where none is named.
        compare: whether `compare` takes the family where none is named; a baseline always takes part.
        suits: function `(domain) -> bool`, whether the family can model what a domain describes. `compare` leaves out
            a family that does not suit, unless it is named.
        conditional: what its models can be conditioned on: "any" variables, "no image" (any other), or one "label".
        needs: names of variables without which it learns nothing.
        notation: in which molecules must be written, "" for any.
        small_data: class of what the contract test has to try it on, unless it takes whatever the kind has (see
            `contract.kinds.Kind`).
        keeps: what a run keeps of training items, in words, beyond what all of its task keep; it is never published.
        figures: names of the figures that only some families of the task have.
        passes: over the training items that it needs at least, by the record beside it; 0 for those of the kind.
        brief: {preset: what suits few training items in its place}.
    """

    build: Callable[..., Recipe]
    presets: Mapping[str, Hyper] = field(default_factory=dict)
    choose: Callable[..., str] = lambda presets, *_: next(iter(presets))
    paper: str = ""
    equations: tuple[str, ...] = ()
    default: bool = False
    compare: bool = True
    suits: Callable[[BaseDomain], bool] = lambda domain: True
    conditional: str = "any"
    needs: tuple[str, ...] = ()
    notation: str = ""
    small_data: str = ""
    keeps: str = ""
    figures: tuple[str, ...] = ()
    passes: float = 0.0
    brief: Mapping[str, Brief] = field(default_factory=dict)


class Settings(NamedTuple):
    """Hyperparameters and presets of a family on a kind of data, for people.

    Args:
        hyperparameters: {name: its default, range and meaning}.
        presets: {name: hyperparameters that differ from the defaults}.
        brief: {preset: `below` and `values` of its `Brief`}.
    """

    hyperparameters: Mapping[str, Sequence] = MappingProxyType({})
    presets: Mapping[str, Mapping[str, object]] = MappingProxyType({})
    brief: Mapping[str, Mapping[str, object]] = MappingProxyType({})


def describe_settings(on: On) -> Settings:
    """Describes the hyperparameters and presets of a family."""
    if not on.presets:
        return Settings()
    default = type(next(iter(on.presets.values())))()
    usual_values = default.values()
    changes = {
        name: {
            key: value
            for key, value in preset.values().items()
            if key not in usual_values or value != usual_values[key]
        }
        for name, preset in on.presets.items()
    }
    brief = {name: {"below": brief.below, "values": dict(brief.values)} for name, brief in on.brief.items()}
    return Settings(default.describe(), changes, brief)


@dataclass(frozen=True)
class Alias:
    """A name that people type for a family, because a preset runs that algorithm. For example, `flow` has splines in
    every preset, so `maf` and `realnvp`, whose maps are affine, are no aliases.

    Args:
        name: as people type it.
        kinds: kinds of data.
        paper: Paper of the algorithm.
        preset: "" for the one that fits the data.
    """

    name: str
    kinds: tuple[str, ...]
    paper: str
    preset: str = ""


@dataclass(frozen=True)
class Card:
    """All that is known of a family, beside its class: how it is built, its verbs, paper and advice.

    Args:
        name: as people type it.
        advice: two sentences: when to take it, and what speaks against it.
        on: {label: how it is built for that kind of data or task}.
        paper: for people.
        equations: modules below genwright, or `module:Class`, whose docstrings have the equations.
        variants: {preset: the algorithm or the part by which it differs from the others}.
        aliases: other names of the family.
        near: names of models that are not here, to which this family is nearest.
        baseline: whether it is a simple baseline.
        copies: whether its samples are training items, as they are or moved a little; such a family is never
            recommended for new items.
    """

    name: str
    advice: tuple[str, str]
    on: Mapping[str, On]
    paper: str = ""
    equations: tuple[str, ...] = ()
    variants: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    near: tuple[str, ...] = ()
    baseline: bool = False
    copies: bool = False


Baseline = partial(Card, baseline=True)


def extend_card(card: Card, on: Mapping[str, On], **facts: object) -> Card:
    """Returns the card of a family for further kinds of data or tasks, which a package brings for its own.

    Args:
        card: Card of the family; its advice, paper and equations hold here too.
        on: as of a `Card`.
        facts: Facts of `Card`, such as aliases for these kinds.
    """
    return replace(card, **{"on": on, "variants": {}, "aliases": (), "near": ()} | facts)


def cards_of(module: str) -> list[Card]:
    """Returns the cards of a module."""
    return [value for value in vars(import_module(module)).values() if isinstance(value, Card)]


def load_card(module: str, family: str) -> Card:
    """Returns the card of a family in a module."""
    return next(card for card in cards_of(module) if card.name == family)


def on_class(family: type, options: Mapping[str, object] = MappingProxyType({}), **facts: object) -> On:
    """Makes the `On` of a family without hyperparameters, whose module has its equations.

    Args:
        family: Its class.
        options: Arguments of the class beside the specs.
        facts: Facts of `On`.
    """
    return On(lambda spec, given: Recipe(family(spec, given, **options)), **{"equations": own_module(family)} | facts)


def on_predictor(family: type, **facts: object) -> On:
    """Makes the `On` of a predictor without hyperparameters, fitted in one pass, whose module has its equations.

    Args:
        family: Its class.
        facts: Facts of `On`.
    """
    return On(lambda spec, given: Recipe(family(spec), epochs=1), **{"equations": own_module(family)} | facts)


def own_module(family: type) -> tuple[str]:
    """Returns the module of a class, as `equations` names it: below genwright."""
    return (family.__module__.partition(".")[2],)


OWN_INDEX = Path(__file__).with_name("index.json")  # of the cards of the core


@cache
def read_cards(index: Path) -> dict[str, dict]:
    """Facts of each family that has a card beside an index: "module", "advice", "variants", "aliases", "near" and "on".
    The last has the facts of a row of the registry for each label, with "equations" and "settings"."""
    return json.loads(index.read_text())


def read_index() -> dict[str, dict]:
    """Facts of each family by all its cards, those of the core first. Here each label has the "module" of its card."""
    return _join((OWN_INDEX, *(package.index for package in packages() if package.index)))


@cache
def _join(indexes: tuple[Path, ...]) -> dict[str, dict]:
    joined: dict[str, dict] = {}
    for family, facts in (pair for index in indexes for pair in read_cards(index).items()):
        on = {label: {"module": facts["module"]} | row for label, row in facts["on"].items()}
        own = joined.setdefault(
            family, {"advice": facts["advice"], "variants": {}, "aliases": [], "near": [], "on": {}}
        )
        own["on"] |= on
        own["variants"] |= facts["variants"]
        own["near"] += [name for name in facts["near"] if name not in own["near"]]
        for alias in facts["aliases"]:
            same_alias = [one for one in own["aliases"] if one | {"kinds": 0} == alias | {"kinds": 0}]
            if same_alias:
                same_alias[0]["kinds"] = [*same_alias[0]["kinds"], *alias["kinds"]]
            else:
                own["aliases"].append(dict(alias))
    return dict(sorted(joined.items()))


@cache
def read_recorded() -> dict[str, list[Recorded]]:
    """Reads the findings of the records, by kind of data or task, for several sizes of data."""
    record = json.loads(Path(__file__).with_name("recorded.json").read_text())
    return {label: [Recorded(**size) for size in sizes] for label, sizes in record.items()}


@cache
def read_spreads() -> dict[str, list[Spread]]:
    """Reads how far trainings of families differ: {kind of data, or task: differences}."""
    record = json.loads(Path(__file__).with_name("training_spreads.json").read_text())
    return {label: [Spread(**one) for one in spreads] for label, spreads in record.items()}


@cache
def default_spread() -> Spread:
    """Returns the spread of a family of which nothing is on record, as if it were one of those that are.

    It is the least one with which on average over these, and with any number of items, one of two trainings is called
    better in MISTAKEN of all pairs. A mean of the spreads would be too small, since few families make most mistakes."""
    known = [one.value for spreads in read_spreads().values() for one in spreads]
    mistaken = lambda value: sum(erfc(QUANTILE / 2**0.5 * value / one) for one in known) / len(known)
    return Spread(next(k / 1000 for k in count(1) if mistaken(k / 1000) <= MISTAKEN))


def family_aliases() -> list[tuple[str, Alias]]:
    """Returns every family that has another name, with that `Alias`."""
    return [(family, Alias(**one)) for family, facts in read_index().items() for one in facts["aliases"]]


def describe_alias(family: str, alias: Alias) -> str:
    """Writes the line of `genwright list` about an alias."""
    preset = f" --preset {alias.preset}" if alias.preset else ""
    return f"{alias.name}: {family}{preset} ({', '.join(alias.kinds)}; {alias.paper})"


def find_alias(kind: str, name: str) -> tuple[str, Alias] | None:
    """Finds the family and `Alias` that a name means for a kind of data; None where it means none."""
    return next((pair for pair in family_aliases() if pair[1].name == name and kind in pair[1].kinds), None)


def nearest_to(name: str) -> list[str]:
    """Finds the families nearest to a model that is not included, best first; none for a name that says nothing."""
    near = {family: facts["near"] for family, facts in read_index().items() if name.lower() in facts["near"]}
    return sorted(near, key=lambda family: near[family].index(name.lower()))
