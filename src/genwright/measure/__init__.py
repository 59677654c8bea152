"""Metrics, and the suites that apply them. The module is also a function: `genwright.measure(real, samples)` measures
files of samples of any tool (`studies/measure_samples.py`).
"""

import sys
from collections.abc import Callable
from importlib import import_module
from inspect import Signature, signature
from types import ModuleType
from typing import Any


def _measure() -> Callable:
    return import_module("genwright.studies.measure_samples").measure


class CallableRoom(ModuleType):
    """This module, which is a function of `genwright` too."""

    def __call__(self, *sources: Any, **options: Any) -> Any:
        """Measure samples against real items; see `genwright measure --help` and docs/measure.md."""
        return _measure()(*sources, **options)

    @property
    def __signature__(self) -> Signature:
        return signature(_measure())


sys.modules[__name__].__class__ = CallableRoom
