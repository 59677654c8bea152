"""An extension of griffe, which reads docstrings for the site: lists get the empty line that Markdown asks for, and
equations become TeX."""

import re
import sys
from dataclasses import replace
from functools import wraps
from pathlib import Path

import griffe

sys.path.append(str(Path(__file__).parent))

from equations import as_markdown  # noqa: E402

find_package = griffe.ModuleFinder.find_package


@wraps(find_package)
def find_without_stub(self: griffe.ModuleFinder, name: str) -> griffe.Package:
    """A package without its stub, whose function `measure` would hide the module of that name."""
    return replace(find_package(self, name), stubs=None)


griffe.ModuleFinder.find_package = find_without_stub
LIST = re.compile(r"^(?P<line>(?! *[-*] ).*\S)\n(?=(?P<indent> *)[-*] )", re.M)
WITH_EQUATIONS = re.compile(r"\.(?:families|networks)\.")


class Docstrings(griffe.Extension):
    def on_object(self, *, obj: griffe.Object, **others: object) -> None:
        """Change the docstring of an object before it is parsed."""
        if not obj.docstring:
            return
        text, arguments, rest = obj.docstring.value.partition("\n\nArgs:")
        if WITH_EQUATIONS.search(obj.path):
            text = "\n".join(as_markdown(text)).rstrip()
        obj.docstring.value = LIST.sub(r"\g<line>\n\n", text + arguments + rest)
