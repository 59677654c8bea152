"""Lines of text: split by content, and understood by the domain of sequences."""

from __future__ import annotations

from typing import Any

from ..core.data import Data
from ..core.errors import DataError
from ..core.limits import require_size
from ..domains.drawn import Drawn
from ..domains.sequences import LONGEST, Sequences, line_keys
from .formats import TEXT, Source, read_of_kind
from .options import OTHERS, first_given
from .raw import Raw
from .splits import PARTS, content_digest, far_from_share, require_enough, split

MOST_LOST = 0.5  # of all symbols, by cutting long lines
EACH = 2  # bytes of a symbol


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few lines, lines that are too long, or options that are for other data."""
    require_enough(raw, text)
    if wrong := first_given(options, OTHERS):
        raise DataError(f"{raw.name} holds lines of text, which carry nothing else: leave {wrong} out")
    lines, notes = _cut(raw.items, text)
    require_size(f"{text}, in lines of {max(map(len, lines)):,} symbols,", EACH * len(lines) * max(map(len, lines)))
    keys = line_keys(lines)
    parts = split(keys, None, raw.parts, seed)
    items = {part: Drawn(lines)[parts == part] for part in PARTS}
    domain = Sequences.fit(lines, [*raw.notes, *notes])
    notes = far_from_share(parts, raw.parts, keys, "lines", "are equal")
    digest = content_digest(keys, None, parts)
    return Data(raw.name, domain, items, digest, text, raw.licence, raw.log_density, options, notes)


def read_items(given: Any, domain: Sequences) -> tuple[Drawn, None]:
    """Lines for a model, whatever a .txt looks like; what is known of them their holes say."""
    path = Source(given).path
    if path is not None and path.exists() and path.name.lower().endswith(TEXT):
        from .readers.text_lines import read_lines

        return Drawn(read_lines(path)[0]), None
    return Drawn(read_of_kind(given, domain.kind).items), None


def _cut(lines: list[str], what: str) -> tuple[list[str], list[str]]:
    """Lines of at most `LONGEST` symbols, and what to say of those that were longer."""
    over = [line for line in lines if len(line) > LONGEST]
    if not over:
        return lines, []
    lost = sum(map(len, over)) - LONGEST * len(over)
    if lost > MOST_LOST * sum(map(len, lines)):
        raise DataError(
            f"{what} has lines of up to {max(map(len, over)):,} symbols, and models see {LONGEST} of a line, here less "
            "than half of the text: break it into shorter lines, such as sentences"
        )
    count = f"{len(over):,} line{'s' if len(over) > 1 else ''} of more than {LONGEST} symbols"
    return [line[:LONGEST] for line in lines], [f"{count} {'were' if len(over) > 1 else 'was'} cut there"]
