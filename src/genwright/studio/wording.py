"""Sentences for people who see a page and no terminal.

Errors and advice name options as a terminal has them, such as `--header-row 2 (header_row=)`. A browser and a client of
HTTP have the same options by name. This module is the one place that says so.
"""

import re

FLAG = re.compile(r"(?<![\w-])(the option |the )?--([a-z][a-z0-9-]*)=?(?=$|[^a-z0-9-])")
IN_PYTHON = re.compile(r"\s*\((?:in Python [^()]*|\w+=)\)")
COMMAND = re.compile(r"`genwright (?:([a-z-]+)`|[^`]*`)")  # one word is a verb, which pages have too
TEXT = re.compile(r">[^<>]*<")  # of HTML, between tags
UPLOAD = re.compile(r"'?uploads/\d{4}(?:/([^\s',:;]+))?'?")


def for_pages(sentence: object) -> str:
    """A sentence with options by their names, as a page has them, and files by theirs, without what one types in
    Python."""
    text = COMMAND.sub(lambda found: found[1] or "a terminal", IN_PYTHON.sub("", str(sentence)))
    text = UPLOAD.sub(lambda found: found[1] or "this folder", text)
    return FLAG.sub(lambda found: f"the option {found[2].replace('-', ' ')!r}", text)


def flags_in(sentence: str) -> list[tuple[str, str]]:
    """(name of an option, the word behind it) for each option that a sentence names."""
    named = re.finditer(r"--([a-z][a-z0-9-]*)[ =]'?([\w*./-]*\w)", sentence)
    return [(found[1].replace("-", "_"), found[2]) for found in named]


def html_for_pages(html: str) -> str:
    """As `for_pages`, for the texts of HTML. Commands that it shows as such stay."""
    parts = re.split(r'(<details class="terminal".*?</details>|<p class="command".*?</p>)', html, flags=re.S)
    return "".join(part if k % 2 else TEXT.sub(lambda found: for_pages(found[0]), part) for k, part in enumerate(parts))
