"""The keywords of `fit` become values, which say what excludes what."""

from dataclasses import fields

import pytest

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import BudgetError
from genwright.run.plan import NEEDED, SETTLED, FitOptions, Place, Plan, require_compatible
from genwright.training.progress import Report

OF_PARTS = {"parent", "pace", "codec", "match"}
OF_THE_CALL = {"task", "timeout"}


def test_every_keyword_is_a_field_of_one_value():
    names = [field.name for value in (Plan, Place) for field in fields(value)]
    assert sorted([*names, *OF_PARTS, *OF_THE_CALL]) == sorted([*FitOptions.__annotations__, "family"])


@pytest.mark.parametrize("option, others", SETTLED.items())
def test_what_a_named_run_settles_is_refused_beside_it(option, others):
    for other in others:
        with pytest.raises(BudgetError, match=f"<{other}>"):
            require_compatible(
                {option: "runs/a", other: 1, "parent": "runs/b"} | {"out": "c"}, lambda name: f"<{name}>"
            )
    require_compatible({option: "runs/a"} | dict.fromkeys(others))  # None is not named


@pytest.mark.parametrize("option, other", NEEDED.items())
def test_an_option_without_the_one_that_it_needs_is_refused(option, other):
    with pytest.raises(BudgetError, match=other):
        require_compatible({option: 1})
    require_compatible({option: 1, other: "runs/a"})


def test_a_report_that_is_passed_hears_of_the_run():
    class Heard(Report):
        def say(self, sentence):
            heard.append(sentence)

    heard = []
    genwright.fit(small_data("tables"), "independent", progress=Heard(False))
    assert heard


def test_an_unknown_keyword_is_a_type_error():
    with pytest.raises(TypeError, match="minuts"):
        genwright.fit("digits", minuts=1)


@pytest.mark.parametrize("numbers", [{"minutes": 1, "items": 2}, {"items": 0}, {"rows": "test"}, {"steps": 1.5}])
def test_a_plan_without_sense_is_refused(numbers):
    with pytest.raises(BudgetError):
        Plan(**numbers)
