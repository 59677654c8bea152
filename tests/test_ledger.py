"""The ledger says which test or directory takes too long."""

from ledger import directory, over_budget

SHARES = {"tests/run": 10.0, "contract": 2.0}
FIT = "tests/run/test_fit.py::test_a"
VERB = "src/genwright/contract/test_verbs.py::test_b"


def test_tests_and_directories_over_their_share_are_named():
    named = lambda seconds, long=(): [sentence.split()[0] for sentence in over_budget(seconds, set(long), SHARES)]
    assert named({FIT: 5.0, VERB: 2.0}) == []
    assert named({FIT: 5.1, VERB: 2.1}) == [FIT, "contract"]
    assert named({FIT: 13.0}) == [FIT, "tests/run"]
    assert named({FIT: 13.0}, long=[FIT]) == []
    assert over_budget({FIT: 7.5}, set(), SHARES, slowness=1.5) == []  # a busy machine
    assert named({"tests/new/test_c.py::test_d": 0.1}) == ["tests/new"]  # a directory without a share


def test_the_directory_of_a_test_is_its_first_folder():
    directories = {
        FIT: "tests/run",
        VERB: "contract",
        "tests/test_gpu.py::e": "tests",
        "tests/a/b/test_f.py::g": "tests/a",
    }
    assert {test: directory(test) for test in directories} == directories
