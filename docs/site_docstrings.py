"""An extension of griffe, which reads docstrings for the site: lists get the empty line that Markdown asks for, and
equations become TeX."""

import re
import sys
from pathlib import Path

import griffe

sys.path.append(str(Path(__file__).parent))

from equations import as_markdown  # noqa: E402

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
