"""Captions that combine words as no training caption does, so that a model cannot draw them from memory."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from .metrics.alignment import words


def are_compositions(captions: Sequence[str], training: Sequence[str | None]) -> list[bool]:
    """Whether each caption has two words that training captions have, but never in one caption. training: None where an
    image has no caption."""
    captions_with: dict[str, set[int]] = defaultdict(set)
    for number, caption in enumerate({caption for caption in training if caption is not None}):
        for word in words(caption):
            captions_with[word].add(number)

    def is_composition(caption: str) -> bool:
        seen = [captions_with[word] for word in set(words(caption)) if word in captions_with]
        return any(one.isdisjoint(other) for one, other in combinations(seen, 2))

    return [is_composition(caption) for caption in captions]
