"""The final model: the family of a run, trained once more on all items, those that validated and tested it too.

A run whose validation ended or chose its weights has seen so many passes over its training items when it was best. The
final model has nothing to validate on and trains for as many passes; an ensemble, whose members leave items out in
turn, trains as the run did.
"""

from collections.abc import Sequence

from ..core.domain import as_typed
from ..core.type_names import Options
from ..zoo import registry

BUDGETS = "--minutes", "--items", "--steps", "--epochs"
SUFFIX = "-final"  # of the folder of the final model


def used_share(config: Options) -> str:
    """Words on how many of a person's items a run trained on; "" where it trained on all, or does not say.

    Args:
        config: record of the run.
    """
    data = config.get("data", {})
    items, every = data.get("items", 0), data.get("all_items", 0)
    learns_part = config.get("rows") == "train" and items < every
    return f"{items:,} of {every:,} items ({items / every:.0%})" if learns_part else ""


def final_options(config: Options) -> Options:
    """Keywords of `fit` that train the final model.

    Args:
        config: record of the run.
    """
    passes = final_passes(config)
    asked = {"hyperparameters": config["recipe"], "seed": config["seed"], "rows": "all"}
    return asked | ({"epochs": passes} if passes else config["budget"] if config.get("stages") else {})


def final_words(config: Options, out: object) -> list[str]:
    """The command that trains the final model; none where the data came from Python, or the run trained on all.

    Args:
        config: record of the run.
        out: folder of the run.
    """
    if not used_share(config) or not config["data"]["source"]:
        return []
    data = config["data"]
    words = ["genwright", "fit", data["source"], *as_typed(data["options"]), "--family", config["family"]]
    words += ["--task", config["task"]] if registry.predicts(config["task"]) else []
    budget = config["budget"].items() if config.get("stages") else ()  # nothing else takes time
    words += final_budget(config) or [word for how, amount in budget for word in (f"--{how}", f"{amount:.3g}")]
    words += ["--seed", str(config["seed"])] if config["seed"] else []
    return [*words, "--all-rows", "--out", f"{out}{SUFFIX}"]


def final_passes(config: Options) -> float | None:
    """As many passes as were best by validation; None where several stages, or none, were validated."""
    stages = config.get("stages", [])
    best = stages[0].get("best") if len(stages) == 1 else None
    return best / config["data"]["items"] if best else None


def final_budget(config: Options) -> list[str]:
    """Words for the passes of `final_passes`; none where that is None."""
    passes = final_passes(config)
    return ["--epochs", f"{passes:.3g}"] if passes else []


def typed_again(typed: Sequence[str], config: Options, out: object) -> list[str]:
    """The words that a person typed, as the command that trains the final model. Arguments as of `final_words`."""
    if not used_share(config):
        return []
    budget = final_budget(config)
    dropped = {"--out": True, "--restart": False} | (dict.fromkeys(BUDGETS, True) if budget else {})
    return ["genwright", *without_options(typed, dropped), *budget, "--all-rows", "--out", f"{out}{SUFFIX}"]


def without_options(typed: Sequence[str], options: dict[str, bool]) -> list[str]:
    """Typed words without some options.

    Args:
        typed: words of a command.
        options: {option: whether a value follows}.
    """
    words, kept = iter(typed), []
    for word in words:
        name, equals, _ = word.partition("=")
        if name not in options:
            kept.append(word)
        elif options[name] and not equals:
            next(words, None)
    return kept
