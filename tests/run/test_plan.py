"""The keywords of `fit` become values, which say what excludes what."""

from dataclasses import fields

import pytest

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import BudgetError
from genwright.run.fit import DEFAULTS, plan_and_place
from genwright.run.plan import Place, Plan
from genwright.training.progress import Report

OF_PARTS = {"parent", "pace", "control", "codec", "match"}
OF_THE_CALL = {"task", "timeout"}


def test_every_keyword_is_a_field_of_one_value():
    names = [field.name for value in (Plan, Place) for field in fields(value)]
    assert sorted([*names, *OF_PARTS, *OF_THE_CALL]) == sorted(DEFAULTS)


def test_a_report_that_is_passed_hears_of_the_run():
    class Heard(Report):
        def say(self, sentence):
            heard.append(sentence)

    heard = []
    genwright.fit(small_data("tables"), "independent", progress=Heard(False))
    assert heard


@pytest.mark.parametrize("numbers", [{"minutes": 1, "items": 2}, {"items": 0}, {"rows": "test"}, {"steps": 1.5}])
def test_a_plan_without_sense_is_refused(numbers):
    with pytest.raises(BudgetError):
        plan_and_place(**numbers)
