"""Metrics, and the suites that apply them. The module is also a function: `genwright.measure(real, samples)` measures
files of samples of any tool (`studies/measure_files.py`).
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class CallableRoom(ModuleType):
    """This module, which is a function of `genwright` too."""

    def __call__(self, real: Any, samples: Any, **options: Any) -> Any:
        """Measure samples against real items; see `genwright measure --help` and docs/measure.md."""
        return import_module("genwright.studies.measure_files").measure(real, samples, **options)


sys.modules[__name__].__class__ = CallableRoom
