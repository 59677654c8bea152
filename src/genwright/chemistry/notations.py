"""The notations in which models read and write molecules."""

from .scaffold_first import ScaffoldFirstSymbols
from .symbols import SelfiesSymbols, SmilesSymbols, Symbols

NOTATIONS = {each.notation: each for each in (SmilesSymbols, SelfiesSymbols, ScaffoldFirstSymbols)}
MOST_SYMBOLS = 4096


def symbols_of_molecules(record: dict) -> Symbols | None:
    """The symbols of such a record; None where it names no notation. Raises ValueError for symbols that stand twice, or
    are none."""
    notation = next((name for name in NOTATIONS if name in record), None)
    if notation is None:
        return None
    symbols, kind = record[notation], NOTATIONS[notation]
    if len(set(symbols)) < len(symbols) or not 0 < len(symbols) <= MOST_SYMBOLS:
        raise ValueError("symbols are there once")
    if not all(isinstance(symbol, str) and kind.pattern.fullmatch(symbol) for symbol in symbols):
        raise ValueError(f"symbols are those of {notation}")
    return kind(symbols)
