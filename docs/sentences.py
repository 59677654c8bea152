"""Reads the sentences of pages, modules and templates; `tests/docs` and `fifty_sentences.py` use it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "genwright"
FEWEST = 4  # words of a string that is read as a sentence
PROSE = re.compile(r"\b(?:the|an?|of|is|are|to|in|and|with|for|that|it|by)\b")  # other strings are tables as text

CODE = re.compile(r"`[^`]*`")
LINK = re.compile(r"\]\([^)]*\)")
END = re.compile(r"(?<!e\.g)(?<!i\.e)[.!?][)\"'*]*\s+(?=[^a-z]|genwright\b)")
LEFT_OUT = re.compile(r"^```.*?^```$|<!--.*?-->|^[|#].*?$", re.M | re.S)
BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[*#-]|\d+\.)\s)")
BULLET = re.compile(r"\s*(?:(?:[*#-]+|\d+\.)\s+)?")


def sentences(text: str) -> Iterator[str]:
    """As they stand in a text. A code span and the target of a link end none."""
    hidden = LINK.sub(
        lambda link: "]" + "x" * (len(link[0]) - 1), CODE.sub(lambda code: "`" + "x" * (len(code[0]) - 1), text)
    )
    begin = 0
    for end in [*(found.end() for found in END.finditer(hidden)), len(text)]:
        if sentence := text[begin:end].strip():
            yield sentence
        begin = end


def plain(sentence: str) -> str:
    """Without the marks of Markdown, and without the targets of links."""
    return re.sub(r"\*\*|!?\[", "", LINK.sub("", " ".join(sentence.split())))


def of_page(text: str) -> Iterator[str]:
    for block in BLOCK.split(LEFT_OUT.sub("\n\n", text)):
        yield from sentences(block[BULLET.match(block).end() :])


def strings(tree: ast.Module) -> Iterator[str]:
    """The strings of a module, without docstrings other than those of commands; X stands for what is filled in."""
    passed = set()
    for node in ast.walk(tree):  # a string stands behind the expression that it is a part of
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            if node.body and isinstance(node.body[0], ast.Expr) and not _is_command(node):
                passed.add(node.body[0].value)
        if node in passed:
            continue
        if isinstance(node, ast.JoinedStr):
            passed.update(node.values)
            yield "".join(part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def of_module(text: str) -> Iterator[str]:
    """Of strings with at least FEWEST words; what is filled in is one word. Docstrings of commands are among them."""
    for string in strings(ast.parse(text)):
        if len(string.split()) >= FEWEST and PROSE.search(string):
            for paragraph in string.split("\n\n"):
                yield from sentences(paragraph)


def of_docstrings(text: str) -> Iterator[str]:
    """Of the module and its public classes and functions, without commands."""

    def public(node: ast.AST) -> Iterator[str]:
        if not _is_command(node) and (docstring := ast.get_docstring(node)):
            for block in BLOCK.split(docstring):
                yield from sentences(block)
        for child in node.body if isinstance(node, ast.Module | ast.ClassDef) else ():
            if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
                yield from public(child)

    yield from public(ast.parse(text))


def _is_command(node: ast.AST) -> bool:
    return "Example: genwright" in (ast.get_docstring(node) or "")


def of_template(text: str) -> Iterator[str]:
    text = re.sub(r"<(script|style).*?</\1>|\{%.*?%\}|\{#.*?#\}", "\n\n", text, flags=re.S)
    for block in re.sub(r"</?(?!b\b|i\b|code\b|a\b)[^>]*>", "\n\n", re.sub(r"\{\{.*?\}\}", "X", text)).split("\n\n"):
        yield from sentences(re.sub(r"<[^>]*>", "", block))


READ = {".md": of_page, ".py": of_module, ".j2": of_template}
