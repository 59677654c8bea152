"""The ledger of time: CPU seconds of each test, of its fixtures and of the processes that it started.

Each run writes `durations.json` beside `pyproject.toml` and prints the ten slowest tests and the sum of each directory.
`budget.toml` holds the share of each directory, in CPU seconds. A test over LIMIT seconds without a mark of UNLIMITED,
or a directory over its share, is a warning. With `--hold-budget`, a directory is an error at NOISE seconds over SLACK
times its share, and a test over TEST_SLACK times its limit.

A busy machine, or a slower one, takes more CPU seconds for the same work, whatever the directory. So limits and shares
are multiplied by the median over directories of the time taken over the share. With `--hold-budget` a test that seems
too slow runs once more, alone: only what is slow both times is an error.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[1]
DURATIONS = ROOT / "durations.json"
BUDGET = Path(__file__).with_name("budget.toml")
LIMIT = 5.0  # CPU seconds of a test without a mark of UNLIMITED
UNLIMITED = "long", "docs"  # marks of tests that `make test` leaves out
SLACK = 1.25  # times its share that a directory may take before it is an error, and
NOISE = 10.0  # CPU seconds more: one import or fixture that falls to another directory is much of a small share
TEST_SLACK = 2.0  # times its limit that a test may take: one timing is noisier than a sum
SMALL = 20  # CPU seconds of a directory's share below which noise would decide how slow the machine seems
START = pytest.StashKey[float]()


def cpu_seconds() -> float:
    """User and system time of this process and of those of its children that have ended."""
    return sum(os.times()[:4])


def directory(test: str) -> str:
    """tests/kinds/readers/test_x.py::test_y -> tests/kinds; tests/test_gpu.py::test_y -> tests."""
    return "/".join(Path(test.split("::")[0]).parent.parts[:2]) if test.startswith("tests/") else "contract"


def over_budget(
    seconds: dict[str, float],
    long: set[str],
    shares: dict[str, float],
    slowness: float = 1.0,
    test_slack: float = 1.0,
    slack: float = 1.0,
    noise: float = 0.0,
) -> list[str]:
    """A sentence for each test over LIMIT and each directory over its share.

    Args:
        seconds: CPU seconds by test, its path and name as pytest writes them.
        long: the tests that are marked `long` or `docs`, which have no limit and are in no share.
        shares: CPU seconds by directory.
        slowness: what limits and shares are multiplied by.
        test_slack: times its limit that a test may take.
        slack: times its share that a directory may take.
        noise: CPU seconds that a directory may take beyond that.
    """
    limit = LIMIT * slowness
    sums = sum_by_directory({test: spent for test, spent in seconds.items() if test not in long})
    tests = [
        f"{test} took {spent:.1f} CPU seconds (limit {limit:.1f}): make it cheaper, or mark it long"
        for test, spent in seconds.items()
        if spent > test_slack * limit and test not in long
    ]
    directories = [
        f"{name} took {spent:.0f} CPU seconds (its share is {slowness * shares.get(name, 0):.0f}): make its tests "
        f"cheaper, or change its share in {BUDGET.relative_to(ROOT)}"
        for name, spent in sums.items()
        if spent > slowness * (slack * shares.get(name, 0) + noise)
    ]
    return tests + directories


def sum_by_directory(seconds: dict[str, float]) -> dict[str, float]:
    sums = defaultdict(float)
    for test, spent in seconds.items():
        sums[directory(test)] += spent
    return dict(sums)


def slowness(seconds: dict[str, float], shares: dict[str, float]) -> float:
    """Median over directories of the time taken over the share; 1 at least, and for a run of few directories.

    Args:
        seconds: CPU seconds by test that has a limit.
        shares: CPU seconds by directory.
    """
    sums = sum_by_directory(seconds)
    ratios = [sums[name] / share for name, share in shares.items() if share >= SMALL and name in sums]
    return max(1.0, median(ratios)) if ratios else 1.0


def time_alone(tests: list[str]) -> dict[str, float]:
    """CPU seconds by test, of one more run without neighbours."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
    return json.loads(DURATIONS.read_text())["tests"]


def pytest_addoption(parser):
    parser.addoption("--hold-budget", action="store_true", help="fail where tests take longer than tests/budget.toml")


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # the process that starts the workers hears of all tests
        config.pluginmanager.register(Ledger(), "ledger of this run")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    item.stash[START] = cpu_seconds()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "teardown":  # fixtures of the module or session that end here are part of it
        report.user_properties.append(("cpu_seconds", cpu_seconds() - item.stash[START]))
        report.user_properties.append(("unlimited", any(map(item.get_closest_marker, UNLIMITED))))
    return report


class Ledger:
    def __init__(self):
        self.seconds, self.long, self.over, self.far_over = {}, set(), [], []

    def pytest_runtest_logreport(self, report):
        if report.when == "teardown":
            properties = dict(report.user_properties)
            self.seconds[report.nodeid] = properties["cpu_seconds"]
            if properties["unlimited"]:
                self.long.add(report.nodeid)

    def pytest_sessionfinish(self, session):
        shares = tomllib.loads(BUDGET.read_text())["cpu_seconds"]
        held = session.config.getoption("hold_budget")
        slow = [test for test, spent in self.seconds.items() if spent > LIMIT and test not in self.long]
        if held and slow:
            again = time_alone(slow)
            self.seconds |= {test: min(self.seconds[test], again.get(test, self.seconds[test])) for test in slow}
        limited = {test: spent for test, spent in self.seconds.items() if test not in self.long}
        self.slowness = slowness(limited, shares)
        self.over = over_budget(self.seconds, self.long, shares, self.slowness)
        self.far_over = over_budget(self.seconds, self.long, shares, self.slowness, TEST_SLACK, SLACK, NOISE)
        sums = {name: round(spent, 1) for name, spent in sorted(sum_by_directory(self.seconds).items())}
        record = {
            "sum": round(sum(sums.values()), 1),
            "slowness": round(self.slowness, 2),
            "directories": sums,
            "tests": {test: round(spent, 2) for test, spent in sorted(self.seconds.items())},
        }
        DURATIONS.write_text(json.dumps(record, indent=1) + "\n")
        if held and self.far_over:
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        write = terminalreporter.write_line
        sums = sum_by_directory(self.seconds)
        terminalreporter.section("CPU seconds")
        for test in sorted(self.seconds, key=self.seconds.get, reverse=True)[:10]:
            write(f"{self.seconds[test]:8.1f}  {test}")
        for name in sorted(sums, key=sums.get, reverse=True):
            write(f"{sums[name]:8.0f}  {name}")
        write(f"{sum(sums.values()):8.0f}  {len(self.seconds)} tests")
        write(f"{self.slowness:8.2f}  times as slow as where the shares were measured")
        for sentence in self.over:
            write(f"over budget: {sentence}", red=True)

    def pytest_unconfigure(self, config):
        """The last words of a run that fails for its time alone."""
        if config.getoption("hold_budget"):
            for sentence in self.far_over:
                print(f"far over budget: {sentence}")
