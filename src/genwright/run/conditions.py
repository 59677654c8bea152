"""The conditions of samples: values that the model is given, and ranges that samples, or their conditions, lie in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ..core.domain import BaseDomain
from ..core.errors import GivenError
from ..core.type_names import UserItems
from ..kinds.values.conditions import (
    SIGN,
    Condition,
    Variable,
    read_condition,
    require_variable,
    split_conditions,
)

AsGiven = str | Sequence[str] | Mapping[str, object] | Tensor | None


@dataclass(frozen=True)
class Wanted:
    """What is wanted of samples.

    Args:
        given: Values of given variables, as `encode_given` takes them; or a tensor, or None.
        on_given: Conditions on variables that the model is given: those of samples are drawn within them.
        on_items: Conditions on what the model generates.
    """

    given: dict | Tensor | None
    on_given: tuple[Condition, ...] = ()
    on_items: tuple[Condition, ...] = ()

    def meets(self, domain: BaseDomain, items: UserItems) -> np.ndarray:
        """Finds the items that meet the conditions on what is generated, (n,) bool."""
        found = [one.meets(domain.condition_cells(items, one.name)) for one in self.on_items]
        return np.logical_and.reduce([np.ones(len(items), bool), *found])

    def allows(self, domain: BaseDomain, table: Tensor) -> np.ndarray:
        """Finds the conditions (n, G) that may be given, (n,) bool."""
        found = [one.meets(domain.given_values(table, one.name)) for one in self.on_given]
        return np.logical_and.reduce([np.ones(len(table), bool), *found])


def split_typed(domain: BaseDomain, texts: str | Sequence[str] | None) -> dict[str, str]:
    """Cuts typed conditions into {name: what is wanted}; a caption or a file keeps all of its text."""
    variables, given = domain.condition_variables, domain.given.names
    whole = [name for name in given if name not in variables]
    return split_conditions(texts or [], whole, [*given, *variables])


def read_wanted(domain: BaseDomain, given: AsGiven) -> Wanted:
    """Reads conditions as people give them. Raises GivenError for those that cannot be read, or cannot be met."""
    if given is None or isinstance(given, Tensor):
        return Wanted(given)
    if not isinstance(given, (str, list, tuple, Mapping)):
        raise GivenError(f'given is {given!r}: pass {{"label": 3}}, or a text such as "age>60"')
    named = dict(given) if isinstance(given, Mapping) else split_typed(domain, given)
    variables, names = domain.condition_variables, domain.given.names
    values, on_given, on_items = {}, [], []
    for name, wanted in named.items():
        if name in names and not (name in variables and _is_range(variables[name], wanted)):
            values[name] = wanted
        elif name not in names and (not variables or _is_listed(wanted)):
            values[name] = wanted  # which `encode_given` refuses
        else:
            read = read_condition(require_variable(name, {**dict.fromkeys(names), **variables}), wanted)
            (on_given if name in names else on_items).append(read)
    return Wanted(values if values or not named else None, tuple(on_given), tuple(on_items))


def _is_range(variable: Variable, wanted: object) -> bool:
    """Whether something else than one value, or a value for each item, is wanted."""
    if isinstance(wanted, (slice, set, frozenset)) or callable(wanted):
        return True
    if not isinstance(wanted, str) or wanted in map(str, getattr(variable, "known", ())):
        return False
    has_ends = ".." in wanted and not hasattr(variable, "known")
    return bool(SIGN.match(wanted)) or "|" in wanted or has_ends


def _is_listed(wanted: object) -> bool:
    """Whether a value for each item is wanted."""
    return hasattr(wanted, "__len__") and not isinstance(wanted, (str, bytes, set, frozenset))
