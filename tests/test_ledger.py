"""The ledger says which test or directory takes too long."""

from ledger import directory, over_budget, slowness

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


def test_a_directory_may_take_some_seconds_more_for_noise():
    far_over = lambda spent: over_budget({FIT: spent}, set(), SHARES, test_slack=9.0, slack=1.25, noise=10.0)
    assert far_over(22.5) == [] and len(far_over(22.6)) == 1


def test_the_directory_of_a_test_is_its_first_folder():
    directories = {
        FIT: "tests/run",
        VERB: "contract",
        "tests/test_gpu.py::e": "tests",
        "tests/a/b/test_f.py::g": "tests/a",
    }
    assert {test: directory(test) for test in directories} == directories


def test_a_machine_is_as_slow_as_the_middle_directory():
    shares = {"tests/run": 100.0, "contract": 20.0, "tests/kinds": 40.0}
    seconds = {FIT: 300.0, VERB: 30.0, "tests/kinds/test_a.py::test_b": 60.0}
    assert slowness(seconds, shares) == 1.5  # one directory has grown, all are half as slow again
    assert slowness({FIT: 50.0}, shares) == 1.0
    assert slowness({}, shares) == 1.0
