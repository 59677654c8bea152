import pytest
import torch

from genwright.training import loop
from genwright.zoo import registry

torch.set_num_threads(1)  # the fits are small, and several run side by side
loop.PROBE_SECONDS = 0.0  # longer than such a fit itself

FORM = {  # tests of what a kind of data adds to a family that another kind has been tested with
    "test_it_has_the_verbs_it_claims_and_says_why_not_the_others",
    "test_sample_has_the_form_of_the_data_and_carries_its_given",
    "test_the_same_seed_gives_the_same_items_and_the_first_k_of_n",
    "test_saved_and_opened_it_is_the_same_model",
    "test_complete_keeps_what_is_known_and_depends_on_it",
}


@pytest.hookimpl(tryfirst=True)  # before marks are looked at
def pytest_collection_modifyitems(config, items):
    """A family that is built by the function of an earlier row, as lines, molecules and music share theirs, takes the
    tests of FORM alone. A row whose family and whose kind of data have both been tested by then is `long`."""
    built, twins, seen, again = set(), set(), set(), set()
    for row in registry.rows():
        again |= {f"{row.label}-{row.family}"} if {row.label, row.family} <= seen else set()
        seen |= {row.label, row.family}
        if not registry.predicts(row.task):
            made = row.construction.build, *map(type, list(registry.presets(row).values())[:1])
            twins |= {f"{row.label}-{row.family}"} if made in built else set()
            built.add(made)
    for item in items:
        if _row(item) in again:
            item.add_marker(pytest.mark.long)
    spared = [item for item in items if _row(item) in twins and item.originalname not in FORM]
    config.hook.pytest_deselected(items=spared)
    items[:] = [item for item in items if item not in set(spared)]


def _row(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("fitted") if callspec and "contract" in item.nodeid else None
