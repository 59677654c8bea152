"""Guidance: what a network says of the given variables, moved away from what it says of others, or of none.

    linear    f(given) + (guidance - 1) (f(given) - f(against))          (Ho & Salimans 2022)

f is what a family is steered by: the output of a denoiser, log masses, an energy or parameters of p(x | z). A rule is
a function (f(given), f(against), guidance) -> moved f(given), all like f(given). Others come in by `register_guidance`.
Families that draw one number after another guide its log masses by the linear rule (`distributions.heads`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ..core.errors import DataError
from ..core.packages import load_plugins

Rule = Callable[[Tensor, Tensor, float], Tensor]


def linear(answer: Tensor, against: Tensor, guidance: float) -> Tensor:
    """Extrapolates from the answer under `against` through the answer under the conditions (Ho & Salimans 2021).

    Args:
        answer: (B, ...) under the conditions.
        against: (B, ...) under `against`.
        guidance: strength; 1 returns the answer.
    """
    return answer + (guidance - 1) * (answer - against)


RULES: dict[str, Rule] = {"linear": linear}


def register_guidance(name: str, rule: Rule) -> None:
    """Adds a rule of guidance of your own, in this process: `sample` and `complete` take it as `guidance_rule`.

    Args:
        name: what the option calls it.
        rule: (f(given), f(against), guidance) -> moved f(given), tensors of one shape.

    Raises DataError for a name that is taken.
    """
    if name in RULES:
        raise DataError(f"there is a guidance rule {name!r} already: choose another name")
    RULES[name] = rule


@dataclass(frozen=True)
class Guidance:
    """Classifier-free guidance of one draw: moves a network's answer under `given` away from its answer under
    `against`.

    Args:
        given: (B, G).
        guidance: its strength; 1 leaves f(given) as it is.
        against: (B, G) what to move away from, by default nothing: all NaN.
        guidance_rule: name of the rule.

    Raises DataError for an unknown rule.
    """

    given: Tensor
    guidance: float = 1.0
    against: Tensor | None = None
    guidance_rule: str = "linear"

    def __post_init__(self):
        load_plugins()
        if self.guidance_rule not in RULES:
            raise DataError(f"guidance_rule must be one of {', '.join(RULES)}, not {self.guidance_rule!r}")

    @property
    def conditions(self) -> list[Tensor]:
        """The conditions that the rule reads: given and, unless guidance is 1, the one to move away from."""
        if self.guidance == 1:
            return [self.given]
        return [self.given, torch.full_like(self.given, torch.nan) if self.against is None else self.against]

    def __call__(self, answer: Tensor, against: Tensor | None = None) -> Tensor:
        """answer, away: f of each of `conditions`."""
        return answer if against is None else RULES[self.guidance_rule](answer, against, self.guidance)


def predict_guided(predict: Callable[[Tensor], Tensor], given: Tensor, **options: object) -> Tensor:
    """Computes a prediction under guidance.

    Args:
        predict: given (B, G) -> (B, ...).
        given: (B, G) conditions.
        options: Options of guidance.
    """
    guidance = Guidance(given, **options)
    return guidance(*(predict(row) for row in guidance.conditions))


def select_rows(options: Mapping[str, object], rows: Tensor) -> dict[str, object]:
    """Selects the options of guidance for some of the items."""
    return {name: value[rows] if isinstance(value, Tensor) else value for name, value in options.items()}


def tell_more(options: dict[str, object], given: Tensor, tell: Callable[[Tensor], Tensor]) -> dict[str, object]:
    """Extends the options of guidance for a network with additional conditions, so that guidance never moves away from
    these.

    Args:
        options: sampling options, with guidance and `against`.
        given: (B, G) conditions of the person.
        tell: a function that adds the additional conditions, (B, G) -> (B, G').
    """
    other_conditions = Guidance(given, options.get("guidance", 1.0), options.get("against")).conditions[1:]
    return options | {"against": tell(other_conditions[0])} if other_conditions else options


def calls_a_step(guidance: float) -> int:
    """Counts the calls of a network in a step with guidance, for each call without it."""
    return 1 if guidance == 1 else 2
