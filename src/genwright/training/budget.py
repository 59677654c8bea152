"""Budgets and schedules: everything here is a function of items seen.

The learning rate warms up, stays constant and cools down over the last fifth. A budget of items says where that fifth
begins; a budget of time finds out while running (after four fifths of the time), and the decision is written down
before it counts. No step begins that would not end in time, with the last validation behind it.
"""

from math import ceil, isfinite

from ..core.errors import BudgetError

COOLDOWN_SHARE = 0.2  # share of the stage's items
WARMUP_SHARE = 0.1  # largest share of the stage's items
DEFAULT_MINUTES = 2.0
CLOSING_SHARE = 0.03  # share of a time budget for the last checkpoint, the health report and the files
VALIDATION_SHARE = 0.1  # items of a validation over those of the whole stage, at most, where time is the budget
FORWARD_SHARE = 0.5  # cost of an item of validation over one of training
PATIENCE = 2.5  # stop when this many times the items have been seen at which validation last improved ...
PATIENT_EPOCHS = 20  # ... and at least so many epochs since
VALIDATION_ITEMS = 2000  # items of a validation, at most


def budget_of(
    minutes: float | None, items: int | None, steps: int | None, epochs: float | None
) -> dict[str, float] | None:
    """Returns the one budget that was named, as {unit: number}; None when none was.

    Raises BudgetError for two of them, a number that is not above 0, or a part of an item or step.

    Args:
        minutes, items, steps, epochs: The budget in one of these units.
    """
    budgets_given = {"minutes": minutes, "items": items, "steps": steps, "epochs": epochs}
    budgets_given = {unit: number for unit, number in budgets_given.items() if number is not None}
    if len(budgets_given) > 1:
        raise BudgetError(f"{' and '.join(budgets_given)} are two budgets: name one of them")
    for unit, number in budgets_given.items():
        if not (isfinite(number) and number > 0):
            raise BudgetError(f"{unit} must be above 0, not {number}")
        if unit in ("items", "steps") and number != int(number):
            raise BudgetError(f"{unit} must be a whole number, not {number}")
    return budgets_given or None


def items_of(budget: dict, n: int, batch: int) -> int | None:
    """Converts a budget to items; None for a budget of time.

    Args:
        budget: {unit: number}.
        n: Items of an epoch.
        batch: Items of a step.
    """
    in_items = {"items": 1, "steps": batch, "epochs": n}
    ((unit, number),) = budget.items()
    return None if unit == "minutes" else int(number * in_items[unit])


def stage_items(total: int, shares: list[float], batches: list[int]) -> list[int]:
    """Splits items among stages, whole batches, at least one each.

    Args:
        total: Items of all stages.
        shares: Share of each stage, relative to the others.
        batches: Items of a step of each stage.
    """
    return [max(1, int(total * share / sum(shares)) // batch) * batch for share, batch in zip(shares, batches)]


def total_with_cooldown_at(items: int, batch: int) -> int:
    """Returns the items of the whole stage when its cooldown begins at `items`.

    Args:
        batch: Items of a batch.
    """
    return ceil(items / (1 - COOLDOWN_SHARE) / batch) * batch


def in_cooldown(items: int, total: int | None) -> bool:
    """Tells whether `items` items are in the cooldown of a stage.

    Args:
        total: items of the whole stage, None while nobody knows.
    """
    return total is not None and items >= (1 - COOLDOWN_SHARE) * total


def lr_schedule(items: int, batch: int, warmup: int, total: int | None) -> float:
    """Computes the factor of the peak learning rate for the step that begins after `items` items.

    Args:
        items: Items of the stage so far.
        batch: Items of a step.
        warmup: Items after which the factor is 1.
        total: Items of the whole stage, None while nobody knows.
    """
    warm = min(1.0, (items + batch) / warmup) if warmup else 1.0
    cool = 1.0 if total is None else min(1.0, (total - items) / (COOLDOWN_SHARE * total))
    return warm * max(cool, 0.0)


def progress(items: int, expected_items: int, total: int | None) -> float:
    """Computes the share of a stage's items that are done, in [0, 1].

    Args:
        total: as in `in_cooldown`.
        expected_items: items that the stage was expected to see before it began: until the cooldown the share is of
            these, and at most what comes before it.
    """
    if in_cooldown(items, total):
        return min(items / total, 1.0)
    return min(items / max(expected_items, 1), 1 - COOLDOWN_SHARE)


def next_validation(items: int, cost: int, batch: int) -> int:
    """Schedules the next validation after one at `items`: 5% later, and rarely enough to cost little.

    Args:
        items: At the last validation.
        cost: Cost of a validation, in items of training.
        batch: Items a step.
    """
    gap = max(10 * min(cost, VALIDATION_ITEMS), 10 * batch, items // 20)
    return ceil((items + gap) / batch) * batch


def validated_items(n: int, expected_items: int | None) -> int:
    """Chooses how many of n validation items a validation uses.

    Args:
        n: Number of items.
        expected_items: items that the time is expected to allow the stage; None where time is no budget, 0 where
            nobody knows.
    """
    return min(n, max(1, int(VALIDATION_SHARE * expected_items))) if expected_items else n


def should_stop_early(items: int, improved: int, n: int) -> bool:
    """Tells whether validation has not improved for so long that the stage should end.

    Args:
        items: Items of the stage so far.
        improved: Items at the last improvement.
        n: Items of an epoch.
    """
    return items > PATIENCE * improved and items > improved + PATIENT_EPOCHS * n
