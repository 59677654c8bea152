# Tests core/cpu.py
"""CPU time: what work costs, and which share of a core it got."""

import time

from genwright.core.cpu import CpuShare, cpu_seconds


def test_waiting_costs_nothing_and_work_does():
    began = cpu_seconds()
    time.sleep(0.2)
    waited = cpu_seconds() - began
    sum(range(2_000_000))
    assert waited < 0.1 and cpu_seconds() - began > waited


def test_the_share_is_that_of_all_that_was_timed(monkeypatch):
    clocks = {"cpu": 0.0, "wall": 0.0}
    monkeypatch.setattr(time, "thread_time", lambda: clocks["cpu"])
    monkeypatch.setattr(time, "perf_counter", lambda: clocks["wall"])
    share = CpuShare()
    assert share.share is None
    for cpu, wall in ((1.0, 4.0), (2.0, 2.0)):
        with share:
            clocks["cpu"] += cpu
            clocks["wall"] += wall
    assert share.share == 0.5 == share.part_on("cpu") and share.part_on("cuda") == 1.0
