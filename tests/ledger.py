"""CPU seconds of each test, of its fixtures and of the processes that it started.

Each run prints the sum and the slowest tests. A test over LIMIT seconds that `make test` runs is a warning, no error: a
busy machine takes more seconds for the same work.
"""

import os

import pytest

LIMIT = 5.0  # CPU seconds of a test without a mark of UNLIMITED
UNLIMITED = "long", "docs"  # marks of tests that `make test` leaves out
SLOWEST = 10  # tests that are printed
START = pytest.StashKey[float]()


def cpu_seconds() -> float:
    """User and system time of this process and of those of its children that have ended."""
    return sum(os.times()[:4])


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
        report.user_properties.append(("limited", not any(map(item.get_closest_marker, UNLIMITED))))
    return report


class Ledger:
    def __init__(self):
        self.seconds, self.limited = {}, set()  # CPU seconds by test; the tests that have a limit

    def pytest_runtest_logreport(self, report):
        if report.when == "teardown":
            properties = dict(report.user_properties)
            self.seconds[report.nodeid] = properties["cpu_seconds"]
            if properties["limited"]:
                self.limited.add(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter):
        write, slowest = terminalreporter.write_line, sorted(self.seconds, key=self.seconds.get, reverse=True)
        terminalreporter.section("CPU seconds")
        for test in slowest[:SLOWEST]:
            write(f"{self.seconds[test]:8.1f}  {test}")
        write(f"{sum(self.seconds.values()):8.0f}  {len(self.seconds)} tests")
        for test in (test for test in slowest if test in self.limited and self.seconds[test] > LIMIT):
            write(f"warning: {self.seconds[test]:.1f} seconds are long: make it cheaper or mark it: {test}", red=True)
