"""Text: lines split by content, or windows of one text split by place, understood by the domain of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..core.data import Data
from ..core.errors import DataError
from ..core.limits import require_size
from ..domains.drawn import Drawn
from ..domains.sequences import BETWEEN, LONGEST, Sequences, Windows, line_keys
from .formats import TEXT, Source, read_of_kind
from .options import OTHERS, first_given
from .raw import Raw
from .splits import PARTS, content_digest, far_from_share, require_enough, split
from .windows import MOST_LOST, cut, lost, parted, require_window

EACH = 2  # bytes of a symbol


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few lines, lines that are too long, or options that are for other data."""
    if wrong := first_given(options, OTHERS):
        raise DataError(f"{raw.name} holds lines of text, which carry nothing else: leave {wrong} out")
    if size := options.get("windows", raw.window):
        return _load_windows(raw, text, size, options)
    require_enough(raw, text)
    lines, notes = _shortened(raw.items, text)
    require_size(f"{text}, in lines of {max(map(len, lines)):,} symbols,", EACH * len(lines) * max(map(len, lines)))
    keys = line_keys(lines)
    parts = split(keys, None, raw.parts, seed)
    items = {part: Drawn(lines)[parts == part] for part in PARTS}
    domain = Sequences.fit(lines, [*raw.notes, *notes])
    notes = [*far_from_share(parts, raw.parts, keys, "lines", "are equal"), *_unseen(items, "lines")]
    digest = content_digest(keys, None, parts)
    return Data(raw.name, domain, items, digest, text, raw.licence, raw.log_density, options, notes)


def _load_windows(raw: Raw, text: str, size: int, options: dict) -> Data:
    require_window(size, text)
    items = {part: Drawn(cut(of, size)) for part, of in parted(raw.items, raw.parts, size, text).items()}
    windows = [window for part in PARTS for window in items[part]]
    require_size(f"{text}, in windows of {size:,} symbols,", EACH * len(windows) * size)
    parts = pd.Categorical(np.repeat(PARTS, [len(items[part]) for part in PARTS]), PARTS)
    domain = Windows.fit(windows, raw.notes)
    notes = [
        "split by place: the end of the text is test, and what is before it validation",
        *_unseen(items, "windows"),
    ]
    digest = content_digest(line_keys(windows), None, parts)
    return Data(raw.name, domain, items, digest, text, raw.licence, raw.log_density, options, notes, settled=True)


def _unseen(items: dict[str, Drawn], what: str) -> list[str]:
    """A sentence where validation or test hold symbols that training never saw: they count, and cost what they cost."""
    seen = set().union(*items["train"])
    others = [item for part in ("valid", "test") for item in items[part] if not seen.issuperset(item)]
    if not others:
        return []
    new = "".join(sorted(set().union(*others) - seen))
    return [f"{len(others):,} {what} to validate or test hold symbols that no training line does: {new[:20]}"]


def read_items(given: Any, domain: Sequences) -> tuple[Drawn, None]:
    """Items for a model, whatever a file looks like; what is known of them their holes say. A file for a model of
    windows is one piece to be completed where it ends in the mark for that, else a text to be cut."""
    from .readers.text_lines import BREAKS, read_lines, read_text

    path = Source(given).path
    is_text = path is not None and path.is_file() and (domain.running or path.name.lower().endswith(TEXT))
    if not domain.running:
        return Drawn(read_lines(path)[0] if is_text else read_of_kind(given, domain.kind).items), None
    texts = [BREAKS.sub("\n", read_text(path))] if is_text else read_of_kind(given, domain.kind).items
    pieces = [piece for text in texts for piece in text.removesuffix(f"\n{BETWEEN}\n").split(f"\n{BETWEEN}\n")]
    return Drawn(item for piece in pieces for item in _pieces(piece, domain)), None


def _pieces(text: str, domain: Sequences) -> list[str]:
    """A text as windows, or as it is where it is to go on, or too short for one."""
    start = text.rstrip("\n")
    if domain.rest and start.endswith(domain.rest):
        return [start]
    return cut(text, domain.longest) or [text]


def _shortened(lines: list[str], what: str) -> tuple[list[str], list[str]]:
    """Lines of at most `LONGEST` symbols, and what to say of those that were longer."""
    over = [line for line in lines if len(line) > LONGEST]
    if not over:
        return lines, []
    if lost(over) > MOST_LOST * sum(map(len, lines)):
        raise DataError(
            f"{what} has lines of up to {max(map(len, over)):,} symbols, and models see {LONGEST} of a line, here less "
            "than half of the text: break it into shorter lines, such as sentences, or read it as one text with windows"
        )
    count = f"{len(over):,} line{'s' if len(over) > 1 else ''} of more than {LONGEST} symbols"
    return [line[:LONGEST] for line in lines], [f"{count} {'were' if len(over) > 1 else 'was'} cut there"]
