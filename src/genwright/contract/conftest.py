import pytest
import torch

from genwright.training import loop
from genwright.zoo import registry

from .fixtures import repeated_rows, twins

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
    """`twins` take the tests of FORM alone. Long are `repeated_rows`, and tests beyond FORM of families that `compare`
    leaves out."""
    rows, resumed = {f"{row.label}-{row.family}": row for row in registry.rows()}, set()
    groups_of_twins, repeated, spared = twins(), repeated_rows(), set()
    for item in items:
        if (row := rows.get(_row(item))) is None:
            continue
        is_one_form = item.originalname not in FORM
        is_resume_test = item.originalname == ONCE_A_KIND and row.label in resumed
        if _row(item) in groups_of_twins and is_one_form:
            spared.add(item)
        elif _row(item) in repeated or is_resume_test or (is_one_form and not row.compare):
            item.add_marker(pytest.mark.long)
        elif item.originalname == ONCE_A_KIND and not row.baseline:
            resumed.add(row.label)
    config.hook.pytest_deselected(items=[*spared])
    items[:] = [item for item in items if item not in spared]


def _row(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("fitted") if callspec and "contract" in item.nodeid else None
