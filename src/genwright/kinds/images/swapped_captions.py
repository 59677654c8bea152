"""Captions that say something else with the same words: two colours swapped, or a relation reversed.

A reader that takes a caption for a bag of its words cannot tell the two apart (Yuksekgonul 2023).
"""

import re

COLOURS = (
    "black", "white", "grey", "gray", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "violet",
    "turquoise", "beige", "gold", "golden", "silver", "cyan", "magenta",
)  # fmt: skip
OPPOSITES = (
    ("left of", "right of"),
    ("to the left", "to the right"),
    ("above", "below"),
    ("over", "under"),
    ("on top of", "underneath"),
    ("in front of", "behind"),
    ("inside", "outside"),
    ("before", "after"),
)
_OPPOSITE_WORDS = {a: b for pair in OPPOSITES for a, b in (pair, pair[::-1])}


def _word_pattern(words) -> re.Pattern:
    """Longer ones first, so that `golden` is not read as `gold`."""
    return re.compile(rf"\b(?:{'|'.join(sorted(words, key=len, reverse=True))})\b")


_COLOUR, _RELATION = _word_pattern(COLOURS), _word_pattern(_OPPOSITE_WORDS)


def swapped_colours(text: str) -> str | None:
    """A caption in lower case with its first two colours swapped, None where it has no two that differ."""
    first, *others = [*_COLOUR.finditer(text)] or [None]
    other = next((one for one in others if one[0] != first[0]), None)
    if other is None:
        return None
    return "".join((text[: first.start()], other[0], text[first.end() : other.start()], first[0], text[other.end() :]))


def reversed_relation(text: str) -> str | None:
    """A caption in lower case with its first relation turned round, None where it has none."""
    match = _RELATION.search(text)
    return None if match is None else f"{text[: match.start()]}{_OPPOSITE_WORDS[match[0]]}{text[match.end() :]}"


SWAPS = {"colours": swapped_colours, "relation": reversed_relation}
