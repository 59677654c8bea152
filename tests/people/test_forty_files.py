"""Of forty files as people have them, how many are understood, and asked about, rightly."""

import pytest
from forty_files import FILES, faults_of


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_people_is_understood_and_asked_about_rightly(name, tmp_path):
    assert not faults_of(name, tmp_path)
