"""Of forty files as people have them, how many are understood, and asked about, rightly."""

import pytest
from forty_files import FILES, faults_of

NOT_YET = ("matrix", "node_link")  # which are not understood so far


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xfail(strict=True)) if name in NOT_YET else name for name in FILES]
)
def test_a_file_of_people_is_understood_and_asked_about_rightly(name, tmp_path):
    assert not faults_of(name, tmp_path)
