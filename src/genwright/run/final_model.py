"""The final model: the family of a run, trained once more on all items, those that validated and tested it too.

A run whose validation ended or chose its weights has seen so many passes over its training items when it was best. The
final model has nothing to validate on and trains for as many passes; an ensemble, whose members leave items out in
turn, trains as the run did.
"""

from collections.abc import Sequence

from ..core.domain import as_typed
from ..core.type_names import Options
from ..zoo import registry
from .run_record import RunRecord

BUDGETS = "--minutes", "--items", "--steps", "--epochs"
BEGUN = ("--from", "run"), ("--pace", "pace"), ("--control", "control")  # options of a run that began with another one
SUFFIX = "-final"  # of the folder of the final model


def used_share(run: RunRecord) -> str:
    """Returns words on how many of a person's items a run trained on; "" where it trained on all, or does not say."""
    items, all_items = run.items_learned, run.items_in_all
    return f"{items:,} of {all_items:,} items ({items / all_items:.0%})" if run.learns_part else ""


def final_options(run: RunRecord) -> Options:
    """Returns the keywords of `fit` that train the final model."""
    passes = final_passes(run)
    options = {"hyperparameters": run.content["recipe"], "seed": run.seed, "rows": "all"}
    return options | ({"epochs": passes} if passes else run.budget if run.stages else {})


def final_words(run: RunRecord, out: object) -> list[str]:
    """Returns the command that trains the final model; none where the data came from Python, or the run trained on all.

    Args:
        run: its record.
        out: folder of the run.
    """
    if not run.learns_part or not run.source:
        return []
    words = ["genwright", "fit", run.source, *as_typed(run.options), "--family", run.family]
    words += [word for name, key in BEGUN if key in run.parent for word in (name, str(run.parent[key]))]
    words += ["--task", run.task] if registry.predicts(run.task) else []
    budget = run.budget.items() if run.stages else ()  # nothing else takes time
    words += final_budget(run) or [
        word for limit_name, amount in budget for word in (f"--{limit_name}", f"{amount:.3g}")
    ]
    words += ["--seed", str(run.seed)] if run.seed else []
    return [*words, "--all-rows", "--out", f"{out}{SUFFIX}"]


def final_passes(run: RunRecord) -> float | None:
    """Returns as many passes as were best by validation; None where several stages, or none, were validated."""
    best = run.stages[0].get("best") if len(run.stages) == 1 else None
    return best / run.items_learned if best else None


def final_budget(run: RunRecord) -> list[str]:
    """Returns words for the passes of `final_passes`; none where that is None."""
    passes = final_passes(run)
    return ["--epochs", f"{passes:.3g}"] if passes else []


def typed_again(typed_words: Sequence[str], run: RunRecord, out: object) -> list[str]:
    """Returns the words that a person typed, as the command that trains the final model. Arguments as of `final_words`.

    Args:
        run: Folder of the run.
    """
    if not run.learns_part:
        return []
    budget = final_budget(run)
    dropped = {"--out": True, "--restart": False} | (dict.fromkeys(BUDGETS, True) if budget else {})
    return ["genwright", *without_options(typed_words, dropped), *budget, "--all-rows", "--out", f"{out}{SUFFIX}"]


def without_options(typed_words: Sequence[str], options: dict[str, bool]) -> list[str]:
    """Removes some options from the words of a command.

    Args:
        typed_words: words of a command.
        options: {option: whether a value follows}.
    """
    words, kept_words = iter(typed_words), []
    for word in words:
        name, equals, _ = word.partition("=")
        if name not in options:
            kept_words.append(word)
        elif options[name] and not equals:
            next(words, None)
    return kept_words
