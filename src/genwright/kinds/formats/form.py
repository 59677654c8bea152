"""A form of files: what it is called, how it is told, and which code reads and writes it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...core.manifest import load_place
from ...core.packages import require_package

KINDS = "genwright.kinds"


@dataclass(frozen=True)
class Form:
    """A form of files.

    Args:
        kind: of data that it holds as a rule; "" of a form that is not read.
        called: what such a file is, as in "a table of Stata"; of one that is not read, with the remedy.
        suffixes: of its name, the first of which it is read by.
        reader: "module:function" below `kinds`, or with its whole name, which kinds of data ask for.
        begin: expression of its first bytes, of a text as text; "" where they tell nothing.
        package: that reads it, beside those that genwright always has.
        extra: of genwright, which has the package.
        packed: whether the reader itself unpacks it where its name goes on with .gz.
        name: that the package has for it.
        writers: "module:function" of each kind that writes it; their rooms say which arguments they take.
    """

    kind: str
    called: str
    suffixes: tuple[str, ...]
    reader: str = ""
    begin: bytes | str = ""
    package: str = ""
    extra: str = ""
    packed: bool = False
    name: str = ""
    writers: tuple[str, ...] = ()

    @cached_property
    def endings(self) -> tuple[str, ...]:
        """Whatever a name may end in."""
        return (*self.suffixes, *(f"{suffix}.gz" for suffix in self.suffixes if self.packed))

    def begins(self, start: bytes) -> bool:
        """Whether a file of other than text has its first bytes."""
        return isinstance(self.begin, bytes) and re.match(self.begin, start, re.DOTALL) is not None

    def require(self, path: Path) -> None:
        """Raises DataError where the package that reads it is not installed."""
        if self.package:
            require_package(self.package, self.extra, f"{path} is {self.called}")

    def function(self, name: str = "") -> Callable:
        """A reader or writer by its name, its reader without one. It is loaded when it is first needed."""
        return load_place(name or self.reader, KINDS)
