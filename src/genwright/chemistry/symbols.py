"""Symbols of molecules: the tokens of SMILES, or those of SELFIES.

SMILES are cut as the field does (Schwaller 2018): an atom in brackets, Br and Cl, and a ring number of two digits are
one symbol each, everything else is one letter a symbol. SELFIES (Krenn 2020) are symbols in brackets, of which every
series is a molecule.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from ..core.packages import require_package

SMILES, SELFIES = "smiles", "selfies"
TOKEN = re.compile(r"\[[^\[\]\s]+\]|Br|Cl|%\(\d+\)|%\d\d|[BCNOFPSIbcnops]|[0-9]|[-=#$:/\\().]", re.ASCII)
SELFIES_TOKEN = re.compile(r"\[[^\[\]\s]+\]|\.")
SHOWN_SYMBOLS = 60  # symbols


def tokens(smiles: str) -> list[str]:
    """The symbols of a SMILES. Raises KeyError of the first place that is none."""
    found = TOKEN.findall(smiles)
    if sum(map(len, found)) != len(smiles):
        raise KeyError(TOKEN.sub("", smiles)[0])
    return found


def looks_like_smiles(text: str) -> bool:
    """Whether a text, up to its first space, is cut into symbols of SMILES without a rest, an atom among them."""
    smiles, *_ = text.split(maxsplit=1) or [""]
    found = TOKEN.findall(smiles)
    return sum(map(len, found)) == len(smiles) and any(token[0] == "[" or token.isalpha() for token in found)


def selfies_of(smiles: str) -> list[str]:
    """The symbols of SELFIES that spell a SMILES. Raises KeyError of what they cannot."""
    require_package("selfies")
    from selfies import EncoderError, encoder

    try:
        return SELFIES_TOKEN.findall(encoder(smiles))
    except EncoderError:
        raise KeyError(smiles) from None


class Symbols:
    """symbols: in the order of their codes. pattern: of one symbol of the notation."""

    one, spare = "", 0
    notation: str
    pattern: re.Pattern
    cut: Callable[[str], list[str]]

    def __init__(self, symbols: Sequence[str]):
        self.symbols, self.k = list(symbols), len(symbols)
        self._codes = {symbol: code for code, symbol in enumerate(self.symbols)}

    @classmethod
    def fit(cls, smiles: Iterable[str]):
        return cls(sorted({symbol for line in smiles for symbol in cls.cut(line)}))

    def encode(self, smiles: str) -> list[int]:
        return [self._codes[symbol] for symbol in self.cut(smiles)]

    def decode(self, codes: Iterable[int]) -> str:
        return "".join(self.symbols[code] for code in codes)

    def count(self, smiles: str) -> int:
        return len(self.cut(smiles))

    def describe(self) -> str:
        shown = " ".join(self.symbols[:SHOWN_SYMBOLS]) + " ..." * (self.k > SHOWN_SYMBOLS)
        return f"{self.k:,} different symbols of {self.notation.upper()}: {shown}"

    def to_json(self) -> dict:
        return {self.notation: self.symbols}


class SmilesSymbols(Symbols):
    """Tokens of SMILES. A SMILES is cut in one way."""

    notation, pattern, rest, unique = SMILES, TOKEN, "*", True
    cut = staticmethod(tokens)


class SelfiesSymbols(Symbols):
    """Those of SELFIES, of which several series spell one molecule.

    encode takes SMILES, and decode gives the canonical one of RDKit; "" of a series that spells no atom.
    """

    notation, pattern, rest, unique = SELFIES, SELFIES_TOKEN, "", False
    cut = staticmethod(selfies_of)

    def decode(self, codes: Iterable[int]) -> str:
        from rdkit import Chem
        from selfies import decoder

        smiles = decoder(super().decode(codes))
        molecule = Chem.MolFromSmiles(smiles)
        return smiles if molecule is None else Chem.MolToSmiles(molecule)
