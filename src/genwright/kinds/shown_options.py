"""Options of data in the signature and the docstring of a function that takes them as `**options`."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ..core.arguments import show_keywords
from .options import OPTIONS

Given = ParamSpec("Given")
Result = TypeVar("Result")


def shows_options(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Writes each option of data into the signature and docstring of a function."""
    return show_keywords(function, [(one.name, one.accepts, one.help) for one in OPTIONS], accepts_others=False)
