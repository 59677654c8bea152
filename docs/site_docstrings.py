"""An extension of griffe, which reads docstrings for the site: lists get the empty line that Markdown asks for."""

import re

import griffe

LIST = re.compile(r"^(?P<line>(?! *[-*] ).*\S)\n(?=(?P<indent> *)[-*] )", re.M)


class ListsApart(griffe.Extension):
    """Docstrings whose lists are lists in Markdown too."""

    def on_object(self, *, obj: griffe.Object, **others: object) -> None:
        if obj.docstring:
            obj.docstring.value = LIST.sub(r"\g<line>\n\n", obj.docstring.value)
