"""Phrases of three words: those that the source can say, and those of a text that it cannot say any more."""

import ast
import html
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import genwright
from genwright.zoo import registry

SOURCE = Path(genwright.__file__).parent
ANY = "*"  # what a text is filled in with
FILLED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{[^{}]*\}", re.S)
RUN = re.compile(r"(?:[A-Za-z]+|\*)(?:[ \n]+(?:[A-Za-z]+|\*))*")  # of words
FAMILIES = {word for row in registry.ROWS for word in row.family.split("-")}


def unsaid(text: str) -> set[str]:
    """Phrases of a text, or of HTML, that no string of the source holds, nor two where one is filled into the other."""
    text = html.unescape(re.sub(r"<(style|script|code|pre|audio)\b.*?</\1>|<[^>]+>", " | ", text, flags=re.S))
    phrases = {phrase for run in _runs(text.replace(ANY, "|")) for phrase in zip(run, run[1:], run[2:])}
    told = {phrase for phrase in phrases if min(map(len, phrase)) > 1 and FAMILIES.isdisjoint(phrase)}
    return {" ".join(phrase) for phrase in told if not _is_said(*phrase)}


def _is_said(a: str, b: str, c: str) -> bool:
    said, begins, ends = _said()
    masked = (a, b, c), (a, b, ANY), (ANY, b, c), (a, ANY, c), (ANY, b, ANY), (a, ANY, ANY), (ANY, ANY, c)
    filled = ((a, ANY) in ends and (b, c) in begins) or ((a, b) in ends and (ANY, c) in begins)
    return filled or not said.isdisjoint(masked)


@cache
def _said() -> tuple[set[tuple[str, ...]], set[tuple[str, ...]], set[tuple[str, ...]]]:
    """Phrases of the strings of the source, and the pairs of words with which runs begin and end."""
    templates = [path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.j2")]
    strings = [text for path in SOURCE.rglob("*.py") for text in _strings(ast.parse(path.read_text(encoding="utf-8")))]
    runs = [run for text in [*templates, *strings] for run in _runs(FILLED.sub(f" {ANY} ", text))]
    cut = [
        part.split() for run in runs for part in re.split(r"(?:^| )\*(?= |$)", " ".join(run))
    ]  # at what is filled in
    phrases = {phrase for run in runs for phrase in zip(run, run[1:], run[2:])}
    pairs = [pair for run in runs for pair in zip(run, run[1:])]
    begins = {tuple(part[:2]) for part in [*runs, *cut]} | {pair for pair in pairs if pair[0] == ANY}
    ends = {tuple(part[-2:]) for part in [*runs, *cut]} | {pair for pair in pairs if pair[1] == ANY}
    return phrases, begins, ends


def _strings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else f" {ANY} " for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _runs(text: str) -> list[list[str]]:
    return [run.lower().split() for run in RUN.findall(text)]
