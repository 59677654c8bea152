"""Text: lines split by content, or windows of one text split by place, understood by the domain of sequences."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.data import Data
from ...core.errors import DataError
from ...core.limits import require_size
from ..alphabets import CHARACTERS, WORDS, Tokens, Words, WordSymbols, knows
from ..assemble import Prepared, assemble
from ..domain import Drawn
from ..formats.forms import TEXT
from ..formats.raw import Raw, Read
from ..formats.sequences.text_lines import read_lines, read_text
from ..formats.source import Source
from ..splits import FEWEST, SPLIT_NAMES, require_enough, split
from ..values.frames import require_column
from .domain import LONGEST, PIECE_SEPARATOR, Sequences, Windows, line_keys
from .kind import as_lines
from .questions import about_lines
from .windows import cut, parted, require_window

MOST_LOST = 0.5  # largest share of all symbols that cutting long lines may lose
SYMBOL_BYTES = 2  # bytes of a symbol


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few lines, or lines that are too long.

    Args:
        raw: Items as they were read from the source.
        text: The text.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    given, size = list(options.get("given", raw.given)), options.get("windows", raw.window)
    names = [] if raw.beside is None else list(raw.beside.columns)
    if given and (size or not names):
        raise DataError(f"{raw.name} holds lines of text, which carry nothing else: leave given out")
    for name in given:
        require_column(name, names, "given")
    raw.ignore_beside(given)
    symbols = options.get("symbols", CHARACTERS)
    if size:
        return _load_windows(raw, text, size, symbols, options)
    questions = about_lines(raw, options)
    raw, alphabet = _spelled(raw, symbols)
    require_enough(len(raw.items), text, raw.account)
    lines, notes = raw.items, []
    if symbols == CHARACTERS:
        lines, notes = _shortened(lines, len, text)
    keys = line_keys(lines)
    parts = split(keys, None, raw.parts, seed, possible=lambda: _count_possible(lines))
    if symbols == WORDS:
        alphabet = WordSymbols(Words.fit(line for line, part in zip(lines, parts) if part == "train"))
    if alphabet:
        lines, notes = _shortened(lines, alphabet.count, text)
    require_size(
        f"{text}, in lines of {max(map(len, lines)):,} symbols,", SYMBOL_BYTES * len(lines) * max(map(len, lines))
    )
    values = {name: raw.beside[name].to_numpy(object) for name in given}
    prepared = Prepared(
        raw, text, options, seed, Drawn(lines, values), "lines", keys, settled=raw.parts, parts=parts, values=values,
        beside=pd.DataFrame() if raw.beside is None else raw.beside[given], questions=questions,
    )  # fmt: skip
    fit = lambda parts: Sequences.fit(lines, [*raw.notes, *notes], alphabet, parts.fields, raw.column)
    data = assemble(prepared, fit)
    data.notes += _unseen(data.items, "lines") if alphabet is None else []
    return data


def _count_possible(lines: list[str]) -> float:
    """Lines of these characters, at most as long as the longest; 0 where too few differ to split them."""
    return (len(set(lines)) >= FEWEST) * float(len(set().union(*lines)) + 1) ** min(max(map(len, lines)), 100)


def _spelled(raw: Raw, symbols: str) -> tuple[Raw, Tokens | None]:
    """The tokeniser, where symbols name one, and the lines that it spells. Raises DataError where there is none, or it
    spells none."""
    if symbols in (CHARACTERS, WORDS):
        return raw, None
    if not Path(symbols).is_file():
        raise DataError(
            f"symbols are {CHARACTERS}, {WORDS}, or the JSON file of a tokeniser, and {symbols!r} is neither: check "
            "the path"
        )
    alphabet = Tokens(read_text(symbols))
    is_spelled = np.array([knows(alphabet, line) for line in raw.items])
    if not is_spelled.any():
        raise DataError(f"the tokens of {symbols} spell no line of {raw.name} exactly: take another tokeniser")
    if lost := int((~is_spelled).sum()):
        raw.account.leave_out(lost, "line", f"the tokens of {Path(symbols).name} do not spell them exactly")
        conditions = None if raw.beside is None else raw.beside[is_spelled].reset_index(drop=True)
        parts = None if raw.parts is None else raw.parts[is_spelled]
        lines = [line for line, is_known in zip(raw.items, is_spelled) if is_known]
        places = [raw.item_places[i] for i in np.flatnonzero(is_spelled)]
        raw = replace(raw, items=lines, parts=parts, beside=conditions, places=places)
    return raw, alphabet


def _load_windows(raw: Raw, text: str, size: int, symbols: str, options: dict) -> Data:
    require_window(size, text)
    if symbols != CHARACTERS:
        raise DataError(f"windows of {text} are of characters: leave symbols out, or give lines, such as sentences")
    items = {part: cut(of, size) for part, of in parted(raw.items, raw.parts, size, text).items()}
    windows = [window for part in SPLIT_NAMES for window in items[part]]
    require_size(f"{text}, in windows of {size:,} symbols,", SYMBOL_BYTES * len(windows) * size)
    parts = pd.Categorical(np.repeat(SPLIT_NAMES, [len(items[part]) for part in SPLIT_NAMES]), SPLIT_NAMES)
    notes = [
        "split by place: the end of the text is test, and what is before it validation",
        *_unseen(items, "windows"),
    ]
    prepared = Prepared(
        raw, text, options, 0, Drawn(windows), "windows", line_keys(windows), settled=parts, parts=parts, notes=notes,
        remarks=(),
    )  # fmt: skip
    return assemble(prepared, lambda _: Windows.fit(windows, raw.notes))


def _unseen(items: dict[str, Drawn], noun: str) -> list[str]:
    """A sentence where validation or test hold symbols that training never saw: they count, and cost what they cost."""
    known = set().union(*items["train"])
    other_items = [item for part in ("valid", "test") for item in items[part] if not known.issuperset(item)]
    if not other_items:
        return []
    new = "".join(sorted(set().union(*other_items) - known))
    noun_each = noun if len(other_items) > 1 else noun[:-1]
    return [
        f"{len(other_items):,} {noun_each} to validate or test with symbols that no training line holds: {new[:20]}"
    ]


def read_items(source: Source, domain: Sequences) -> Read:
    """Reads lines for a model; their holes say what is known."""
    if domain.running:
        return _windows_of(source, domain)
    if source.ends(*TEXT) and source.path.is_file():
        lines, places, account = read_lines(source.path)
        return Read(Drawn(lines), None, places, account)
    raw = _lines_of(source, domain)
    return Read(Drawn(raw.items, raw.values_beside()), None, raw.item_places, raw.account)


def _windows_of(source: Source, domain: Windows) -> Read:
    """Texts for a model of windows, cut in these; one that ends in the mark for that is to go on, and stays whole."""
    sized = source if source.path is None else source.but(windows=domain.spec.leaf.shape[0])
    raw = sized.read_as(domain.kind)
    mark = f"\n{PIECE_SEPARATOR}\n"
    pieces = [piece for text in raw.items for piece in text.removesuffix(mark).split(mark)]
    ends = [piece.rstrip("\n") for piece in pieces]
    parts, _ = domain.parted([end if domain.is_open(end) else piece for piece, end in zip(pieces, ends)])
    names = [f"text {number}" for number in range(1, len(pieces) + 1)] if len(pieces) > 1 else [""]
    return Read(parts, None, parts.places(names, "window at character", 1), raw.account)


def _lines_of(source: Source, domain: Sequences) -> Raw:
    """Lines for a model, of the column that it was trained on where they stand in a table."""
    if domain.column:
        raw = source.but(kind=domain.kind).read()
        if raw.kind == "tables":
            return as_lines(raw, domain.column, source.called)
    return source.read_as(domain.kind)


def _shortened(lines: list[str], count: Callable[[str], int], noun: str) -> tuple[list[str], list[str]]:
    """Lines of at most `LONGEST` symbols, and what to say of those that were longer. count: symbols of a line."""
    sizes = list(map(count, lines))
    over = [size for size in sizes if size > LONGEST]
    if not over:
        return lines, []
    if sum(over) - LONGEST * len(over) > MOST_LOST * sum(sizes):
        raise DataError(
            f"{noun} has lines of up to {max(over):,} symbols. Models see {LONGEST} of a line, here less than half of "
            "the text. Break it into shorter lines, such as sentences, or read it in windows"
        )
    note = f"{len(over):,} line{'s' if len(over) > 1 else ''} of more than {LONGEST} symbols"
    cut_lines = [line if size <= LONGEST else _cut_at(LONGEST, line, count) for line, size in zip(lines, sizes)]
    return cut_lines, [f"{note} {'were' if len(over) > 1 else 'was'} cut there"]


def _cut_at(most_symbols: int, line: str, count: Callable[[str], int]) -> str:
    """The beginning of a line, of at most so many symbols."""
    while (size := count(line)) > most_symbols:
        line = line[: len(line) * most_symbols // size]
    return line
