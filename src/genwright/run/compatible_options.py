"""Which options of `fit` exclude or need each other."""

from collections.abc import Callable, Mapping

from ..core.errors import BudgetError

BUDGET = ("minutes", "items", "steps", "epochs")
SETTLED = {  # {option that names a run: options that this run settles}
    "replay": (*BUDGET, "preset", "hyperparameters", "ensemble", "balance", "probe", "about", "pace", "control"),
    "parent": ("preset", "hyperparameters", "ensemble", "codec", "match"),
}
NEEDED = {
    "pace": "parent",
    "control": "parent",
    "member": "out",
    "train_members": "out",
}  # {option: the option that it needs}


def require_compatible(options: Mapping[str, object], spelled: Callable[[str], str] = str) -> None:
    """Raises BudgetError for options that exclude each other, and for one without another that it needs.

    Args:
        options: keywords of `fit`; None and False count as not named.
        spelled: the name of an option as the person typed it.
    """
    options_given = {name for name, value in options.items() if value is not None and value is not False}
    for option, settled_by in SETTLED.items():
        if option in options_given and (settled := [name for name in settled_by if name in options_given]):
            raise BudgetError(
                f"{spelled(option)} names a run that settles {spelled(settled[0])}: leave {spelled(settled[0])} out"
            )
    for option, required in NEEDED.items():
        if option in options_given and required not in options_given:
            raise BudgetError(f"{spelled(option)} needs {spelled(required)}: add it, or leave {spelled(option)} out")
