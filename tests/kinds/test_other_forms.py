"""Forms of other libraries are read by their content as the kind that they hold, every item of them."""

import pytest
from other_forms import FORMS, put_form

import genwright
from genwright.core.errors import GenwrightError


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_a_form_is_read_whole(form, tmp_path):
    data = genwright.load_data(put_form(form, tmp_path))
    count = len(data) if data.kind == "proteins" else data.graph.rows if data.kind == "graph" else 0
    items = count or sum(data.sizes.values())
    assert (data.kind, items) == (form.kind, form.items or items)


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
@pytest.mark.parametrize("how", ["empty", "other"])
def test_what_is_empty_or_of_other_content_gets_a_sentence(form, how, tmp_path):
    source = put_form(form, tmp_path)
    for file in form.damaged:
        path = tmp_path / file
        path.write_bytes({"empty": b"", "other": bytes(range(256)) * 4}[how])
    try:
        genwright.load_data(source)  # where one damaged file among many is passed over
    except GenwrightError as error:
        assert str(error).count("\n") == 0
