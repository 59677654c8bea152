import pytest
import torch

from genwright.training import loop
from genwright.zoo import registry

from .fixtures import repeated_rows

torch.set_num_threads(1)  # the fits are small, and several run side by side
loop.PROBE_SECONDS = 0.0  # longer than such a fit itself

FORM = {  # tests of what a kind of data adds to a family that another kind has been tested with
    "test_it_has_the_verbs_it_claims_and_says_why_not_the_others",
    "test_sample_has_the_form_of_the_data_and_carries_its_given",
    "test_the_same_seed_gives_the_same_items_and_the_first_k_of_n",
    "test_saved_and_opened_it_is_the_same_model",
    "test_complete_keeps_what_is_known_and_depends_on_it",
}
ONCE_A_KIND = "test_resume_is_exact"  # of each kind in `make test`: what it holds is mostly the training loop's


@pytest.hookimpl(tryfirst=True)  # before marks are looked at
def pytest_collection_modifyitems(config, items):
    """A family that is built by the function of an earlier row, as lines, molecules and music share theirs, takes the
    tests of FORM alone. `repeated_rows` are `long`."""
    built, twins, again = set(), set(), repeated_rows()
    for row in registry.rows():
        if not registry.predicts(row.task):
            made = row.construction.build, *map(type, list(registry.presets(row).values())[:1])
            twins |= {f"{row.label}-{row.family}"} if made in built else set()
            built.add(made)
    trained, resumed = {f"{row.label}-{row.family}": row.label for row in registry.rows() if not row.baseline}, set()
    for item in items:
        label = trained.get(_row(item)) if item.name.startswith(ONCE_A_KIND) else None
        if _row(item) in again or label in resumed:
            item.add_marker(pytest.mark.long)
        elif label:
            resumed.add(label)
    spared = [item for item in items if _row(item) in twins and item.originalname not in FORM]
    config.hook.pytest_deselected(items=spared)
    items[:] = [item for item in items if item not in set(spared)]


def _row(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("fitted") if callspec and "contract" in item.nodeid else None
